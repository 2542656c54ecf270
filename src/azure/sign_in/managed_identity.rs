//! A managed identity's token from an endpoint that is named: by `msi_endpoint`, or by the agent of Azure Arc. The library knows two places only,
//! and refuses where the environment names another.
//!
//! Azure Arc differs: the agent answers the first request with the name of a file that only it and its group can write and read, and what is
//! in there is what the second request proves itself with
//! (learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication). An impostor could name any file, so only
//! `.key` files of the agent's own folder are read, as Microsoft's libraries do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use azure_core::credentials::AccessToken;
use azure_core::time::OffsetDateTime;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer};
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::azure::answer::Answer;
use crate::azure::credential_source::Text;
use crate::azure::error::Error;
use crate::azure::http::{Call, History, Sender};
use crate::azure::operation_context::OperationContext;
use crate::azure::request_kind::RequestKind;
use crate::azure::service::Service;

/// Known to the instance metadata service and to the agent of Azure Arc.
const VERSION: &str = "2019-11-01";
/// Most bytes of a key file.
const LARGEST_KEY: usize = 4096;

/// Where tokens are, and whose.
pub(super) struct Endpoint<'a> {
    /// Its address.
    pub(super) address: &'a str,
    /// The user-assigned identity, if it is one.
    pub(super) client_id: Option<&'a Text>,
    pub(super) sender: &'a Sender,
    pub(super) operation_context: &'a OperationContext,
}

/// A token as the endpoint gives it: the numbers are strings (docs/services/sign-in.md#managed-identities).
#[derive(Deserialize)]
struct Given {
    access_token: Zeroizing<String>,
    #[serde(default, deserialize_with = "seconds")]
    expires_on: Option<i64>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<i64>,
}

/// A number, or a string that holds one; of anything else nothing.
fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    let value = serde_json::Value::deserialize(value)?;
    Ok(value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()))
}

impl Endpoint<'_> {
    /// Asks for a token for a scope.
    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken, Error> {
        self.token_with_keys_in(folder().as_deref(), scope).await
    }

    /// Asks for a token, where the agent of Azure Arc writes its keys into this folder.
    async fn token_with_keys_in(&self, folder: Option<&Path>, scope: &str) -> Result<AccessToken, Error> {
        let url = self.url(scope).await?;
        let answer = match self.ask(&url, None).await {
            Err(error) => match error.key_file() {
                Some(named) => self.ask(&url, Some(&key(named, folder).await?)).await?,
                None => return Err(error),
            },
            Ok(answer) => answer,
        };
        let given: Given = answer.json()?;
        let now = OffsetDateTime::now_utc();
        let expires = given.expires_on.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        let life = || Duration::from_secs(given.expires_in.and_then(|seconds| seconds.try_into().ok()).unwrap_or_default());
        Ok(AccessToken::new(given.access_token.to_string(), expires.unwrap_or_else(|| now + life())))
    }

    async fn url(&self, scope: &str) -> Result<Url, Error> {
        let mut url = Url::parse(self.address).map_err(|_| Error::Invalid("msi_endpoint is no address".to_owned()))?;
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        url.query_pairs_mut().append_pair("api-version", VERSION).append_pair("resource", resource);
        if let Some(client_id) = self.client_id {
            let client_id = client_id.read().await?;
            url.query_pairs_mut().append_pair("client_id", client_id.expose_secret());
        }
        Ok(url)
    }

    async fn ask(&self, url: &Url, key: Option<&str>) -> Result<Answer, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("metadata"), HeaderValue::from_static("true"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(key) = key {
            let basic = Zeroizing::new(format!("Basic {key}"));
            let mut basic = HeaderValue::from_str(&basic).map_err(|_| invalid("what is in its key file cannot be sent in a header"))?;
            basic.set_sensitive(true);
            headers.insert(AUTHORIZATION, basic);
        }
        let call = Call {
            service: Service::ManagedIdentity,
            method: Method::GET,
            template: "the managed identity endpoint",
            url: url.clone(),
            headers,
            body: None,
            // Asking for a token changes nothing.
            kind: RequestKind::Read,
        };
        self.sender.send(&call, self.operation_context, &mut History::default()).await
    }
}

/// Where the agent of Azure Arc puts its keys on this system, if there is one for it.
fn folder() -> Option<PathBuf> {
    if cfg!(windows) {
        let data = std::env::var_os("ProgramData")?;
        return Some(Path::new(&data).join("AzureConnectedMachineAgent").join("Tokens"));
    }
    cfg!(target_os = "linux").then(|| PathBuf::from("/var/opt/azcmagent/tokens"))
}

/// What is in the key file that the agent named.
async fn key(named: &str, folder: Option<&Path>) -> Result<Zeroizing<String>, Error> {
    let folder = folder.ok_or_else(|| invalid("there is no agent of Azure Arc for this system"))?;
    let path = Path::new(named);
    if path.parent() != Some(folder) || path.extension().is_none_or(|extension| extension != "key") {
        let folder = folder.display();
        return Err(invalid(&format!("it names the key file {named:?}, and only files of {folder} that end in .key are read")));
    }
    let unreadable = |error: std::io::Error| {
        invalid(&format!(
            "its key file {named} cannot be read: {error}; the user that runs Terraform must be an administrator or belong to the group himds"
        ))
    };
    // Not what a link leads to, nor anything that never ends.
    if !tokio::fs::symlink_metadata(path).await.map_err(unreadable)?.is_file() {
        return Err(invalid(&format!("its key file {named} is no file")));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST_KEY + 1));
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    file.take(LARGEST_KEY as u64 + 1).read_to_end(&mut bytes).await.map_err(unreadable)?;
    if bytes.len() > LARGEST_KEY {
        return Err(invalid(&format!("its key file {named} is larger than {LARGEST_KEY} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid(&format!("its key file {named} is no text")))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn invalid(why: &str) -> Error {
    Error::Invalid(format!("the managed identity endpoint wants a key, as Azure Arc does, and {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::azure::http::script::{Script, says};

    #[tokio::test]
    async fn the_key_that_the_agent_of_azure_arc_names_is_sent_back() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("one.key");
        std::fs::write(&file, "the-key\n").unwrap();
        let challenge = format!("Basic realm={}", file.display());
        let script = Script::new(move |_, seen| match seen.header("authorization") {
            "" => says(401, json!({"error": "unauthorized_client"})).header("www-authenticate", &challenge),
            "Basic the-key" => says(200, json!({"access_token": "the-token", "expires_in": "3600"})),
            other => panic!("{other}"),
        });
        let sender = Sender::new(Box::new(Arc::clone(&script)));
        let operation_context = crate::azure::tests::hour();
        let endpoint = Endpoint {
            address: "http://127.0.0.1:40342/metadata/identity/oauth2/token",
            client_id: None,
            sender: &sender,
            operation_context: &operation_context,
        };
        let token = endpoint.token_with_keys_in(Some(place.path()), "https://graph.microsoft.com/.default").await.unwrap();
        assert_eq!(token.token.secret(), "the-token");
        let error = endpoint.token_with_keys_in(Some(Path::new("/elsewhere")), "https://graph.microsoft.com/.default").await.unwrap_err();
        assert!(error.to_string().contains("only files of /elsewhere"), "{error}");
    }

    #[tokio::test]
    async fn only_key_files_of_the_agents_folder_are_read() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("tokens");
        std::fs::create_dir(&folder).unwrap();
        let write = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
        write(&folder.join("good.key"), "the-key\n");
        write(&folder.join("large.key"), &"x".repeat(LARGEST_KEY + 1));
        write(&folder.join("good.txt"), "the-text");
        write(&place.path().join("outside.key"), "the-outside");
        std::os::unix::fs::symlink(place.path().join("outside.key"), folder.join("link.key")).unwrap();
        std::fs::create_dir(folder.join("folder.key")).unwrap();
        let read = async |path: PathBuf| key(path.to_str().unwrap(), Some(&folder)).await.map(|key| key.to_string());
        assert_eq!(read(folder.join("good.key")).await.unwrap(), "the-key");
        for (path, message) in [
            (folder.join("good.txt"), "only files of"),
            (place.path().join("outside.key"), "only files of"),
            (folder.join("../outside.key"), "only files of"),
            (folder.join("folder.key/x.key"), "only files of"),
            (PathBuf::from("good.key"), "only files of"),
            (PathBuf::from(""), "only files of"),
            (folder.join("link.key"), "is no file"),
            (folder.join("folder.key"), "is no file"),
            (folder.join("large.key"), "is larger than 4096 bytes"),
            (folder.join("missing.key"), "cannot be read"),
        ] {
            let error = read(path.clone()).await.unwrap_err().to_string();
            assert!(error.contains(message) && !error.contains("the-"), "{path:?}: {error}");
        }
        assert!(key("/x.key", None).await.unwrap_err().to_string().contains("no agent of Azure Arc"));
    }

    #[test]
    fn numbers_come_as_strings() {
        let given: Given = serde_json::from_str(r#"{"access_token":"t","expires_on":"1790000000","expires_in":3599}"#).unwrap();
        assert_eq!((given.expires_on, given.expires_in), (Some(1_790_000_000), Some(3599)));
        let given: Given = serde_json::from_str(r#"{"access_token":"t","expires_on":"soon"}"#).unwrap();
        assert_eq!((given.expires_on, given.expires_in), (None, None));
    }
}
