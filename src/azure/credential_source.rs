//! The ways to sign in, as plain data. What is in a file is read when a token is asked for, and again for the next one:
//! pipelines and clusters replace such files while they run.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use super::challenge::Challenge;
use super::error::Error;

/// How to sign in.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// An application with a client secret.
    ClientSecret(Application, Text),
    /// An application with a certificate: PKCS#12 (PFX), or PEM with the private key.
    ClientCertificate(Application, Text, SecretString),
    /// An application with a federated token of another issuer.
    Federated(Application, Issuer),
    /// The identity that Azure gave the machine or the app that this runs on.
    ManagedIdentity {
        /// Client id of a user-assigned identity; `None` is the machine's own.
        client_id: Option<Text>,
        /// Where its tokens are; `None` is the usual place.
        endpoint: Option<String>,
    },
    /// The account that is signed in to the Azure CLI.
    AzureCli {
        /// The tenant, where it is not the CLI's own.
        tenant_id: Option<String>,
    },
    /// A person, for the companion program: Terraform does not sign people in.
    User(User),
    /// A token that was fetched elsewhere.
    Token(SecretString),
}

/// A user who signs in to a public client.
#[derive(Clone, Debug)]
pub struct User {
    /// Directory (tenant) that is signed in to, or `organizations` for whatever tenant the person comes from.
    pub tenant_id: String,
    /// Application (client) id of the public client.
    pub client_id: String,
    /// Delegated permissions of Microsoft Graph that are needed.
    pub permissions: &'static [&'static str],
    /// How the person proves who they are.
    pub proof: UserProof,
    /// The claims challenge of a service that refused another token, from an [`Error`].
    pub challenge: Option<Challenge>,
}

/// How a person proves who they are.
#[derive(Clone, Debug)]
pub enum UserProof {
    /// With name and password, in one request: only where no more than a password is asked for.
    Password {
        /// User principal name.
        username: String,
        /// Their password.
        password: SecretString,
    },
    /// In a browser, wherever there is one; what is to be typed there is shown by this.
    DeviceCode(fn(&DeviceCode)),
}

/// What a person has to type, and where.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct DeviceCode {
    /// The page.
    pub verification_uri: String,
    /// What is typed there.
    pub user_code: String,
    /// All of it as a sentence, in the service's words.
    pub message: String,
}

/// An application of a tenant.
#[derive(Clone, Debug)]
pub struct Application {
    /// Directory (tenant) that is signed in to: its id or one of its domain names.
    pub tenant_id: String,
    /// Application (client) id.
    pub client_id: Text,
}

/// The issuer of a federated token.
#[derive(Clone, Debug)]
pub enum Issuer {
    /// The issuer of this token.
    Token(Text),
    /// GitHub Actions, asked for a token.
    GitHub {
        /// Where the job asks.
        url: String,
        /// What it proves itself with.
        token: SecretString,
    },
    /// Azure Pipelines, asked for a token.
    AzurePipelines {
        /// Where the job asks.
        url: String,
        /// What it proves itself with.
        token: SecretString,
        /// The service connection that stands for the application.
        service_connection_id: String,
    },
}

/// A text that was given, or is in a file, or both.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// What its setting is called, for messages.
    pub name: &'static str,
    /// The text itself.
    pub value: Option<SecretString>,
    /// The file that holds it.
    pub file: Option<PathBuf>,
}

/// Most bytes of such a file.
const LARGEST: u64 = 1 << 20;

impl Text {
    /// A text that was given.
    pub fn given(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: Some(SecretString::from(value.into())), file: None }
    }

    /// Whether there is any.
    pub fn is_given(&self) -> bool {
        self.value.is_some() || self.file.is_some()
    }

    /// The text, without the white space around what a file holds. Where both are given they must be the same.
    pub(super) async fn read(&self) -> Result<SecretString, Error> {
        let Some(path) = &self.file else { return Ok(self.value.clone().unwrap_or_default()) };
        let bytes = self.bytes().await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| invalid(format!("the {} file {} is no text", self.name, path.display())))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid(format!("the {} file {} is empty", self.name, path.display())));
        }
        match &self.value {
            Some(value) if value.expose_secret() != text => {
                Err(invalid(format!("{} was given, and the file {} holds another", self.name, path.display())))
            }
            _ => Ok(SecretString::from(text.to_owned())),
        }
    }

    /// What the file holds, as it is.
    pub(super) async fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let path = self.file.as_deref().unwrap_or_else(|| std::path::Path::new(""));
        let unreadable = |error: std::io::Error| invalid(format!("the {} file {} cannot be read: {error}", self.name, path.display()));
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(LARGEST + 1).read_to_end(&mut bytes).await.map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(invalid(format!("the {} file {} is larger than 1 MiB", self.name, path.display())));
        }
        Ok(bytes)
    }
}

fn invalid(why: String) -> Error {
    Error::Invalid(why)
}

impl CredentialSource {
    /// The same identity in another tenant; `None` where it has only one.
    pub(super) fn in_tenant(&self, tenant_id: &str) -> Option<Self> {
        let tenant_id = tenant_id.to_owned();
        let application = |application: &Application| Application { tenant_id: tenant_id.clone(), ..application.clone() };
        match self {
            Self::ClientSecret(of, secret) => Some(Self::ClientSecret(application(of), secret.clone())),
            Self::ClientCertificate(of, certificate, password) => {
                Some(Self::ClientCertificate(application(of), certificate.clone(), password.clone()))
            }
            Self::Federated(of, issuer) => Some(Self::Federated(application(of), issuer.clone())),
            Self::AzureCli { .. } => Some(Self::AzureCli { tenant_id: Some(tenant_id) }),
            Self::ManagedIdentity { .. } | Self::User(_) | Self::Token(_) => None,
        }
    }

    /// The application or managed identity that was named, if one was.
    pub(super) async fn client_id(&self) -> Result<Option<String>, Error> {
        let text = match self {
            Self::ClientSecret(application, _) | Self::ClientCertificate(application, ..) | Self::Federated(application, _) => {
                Some(&application.client_id)
            }
            Self::ManagedIdentity { client_id, .. } => client_id.as_ref(),
            Self::User(user) => return Ok(Some(user.client_id.clone())),
            Self::AzureCli { .. } | Self::Token(_) => None,
        };
        match text {
            Some(text) => Ok(Some(text.read().await?.expose_secret().to_owned())),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[tokio::test]
    async fn a_file_is_read_each_time_and_must_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id");
        std::fs::write(&path, "one\n").unwrap();
        let text = Text { name: "client_id", value: None, file: Some(path.clone()) };
        assert_eq!(text.read().await.unwrap().expose_secret(), "one");
        std::fs::write(&path, "two").unwrap();
        assert_eq!(text.read().await.unwrap().expose_secret(), "two");
        let both = Text { value: Some(SecretString::from("one".to_owned())), ..text.clone() };
        assert!(both.read().await.unwrap_err().to_string().contains("client_id was given, and the file"));
        std::fs::write(&path, "").unwrap();
        assert!(text.read().await.unwrap_err().to_string().contains("is empty"));
        std::fs::write(&path, vec![b'x'; (1 << 20) + 1]).unwrap();
        assert!(text.read().await.unwrap_err().to_string().contains("larger than 1 MiB"));
        std::fs::remove_file(&path).unwrap();
        assert!(text.read().await.unwrap_err().to_string().contains("cannot be read"));
    }
}
