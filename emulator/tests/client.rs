//! A client for tests: signs in once and speaks JSON.

use std::path::PathBuf;

use emulator::{Options, Running, tenant};
use reqwest::{Certificate, Client, Method, Response, header::HeaderMap};
use serde_json::{Value, json};

/// A started emulator and somebody who is signed in to it.
pub struct Tenant {
    pub running: Running,
    pub client: Client,
    pub token: String,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub token: String,
}

/// Application id of Microsoft Graph Command Line Tools.
pub const GRAPH_COMMAND_LINE: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// Application id of the Azure CLI.
pub const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

/// Certificates that all tests share, because an RSA key takes a while to make.
pub fn certificates() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("certificates")
}

pub fn options() -> Options {
    Options { certificates: Some(certificates()), ..Options::default() }
}

pub fn client(running: &Running) -> Client {
    let bundle = std::fs::read(running.ca_bundle()).unwrap();
    Client::builder().tls_certs_only(Certificate::from_pem_bundle(&bundle).unwrap()).build().unwrap()
}

impl Tenant {
    pub async fn start() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: Options) -> Self {
        let running = emulator::start(options).await.unwrap();
        let client = client(&running);
        let token = sign_in(&running, &client).await;
        Self { running, client, token }
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        self.send_as(&self.token, method, path, body, headers).await
    }

    /// With somebody else's token.
    pub async fn send_as(&self, token: &str, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let url = if path.starts_with("https://") { path.to_owned() } else { format!("{}{path}", self.running.url()) };
        let mut request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[]).await
    }

    /// With the header that advanced queries need.
    pub async fn get_eventual(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[("ConsistencyLevel", "eventual")]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body), &[]).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, &[]).await
    }

    /// A security group; its id.
    pub async fn group(&self, name: &str) -> String {
        self.post("/v1.0/groups", security_group(name)).await.created()
    }

    /// A user; their id.
    pub async fn user(&self, alias: &str) -> String {
        self.post("/v1.0/users", user(alias)).await.created()
    }

    /// A user who is signed in: with Microsoft Graph Command Line Tools, which get every permission that there is.
    pub async fn person(&self, alias: &str) -> Person {
        let mut body = user(alias);
        body["passwordProfile"]["forceChangePasswordNextSignIn"] = json!(false);
        let id = self.post("/v1.0/users", body).await.created();
        let name = format!("{alias}@{}", tenant::DOMAIN);
        Person { id, token: self.token_of(GRAPH_COMMAND_LINE, &name, "Correct-Horse-1").await }
    }

    /// The token of a user who signs in with this client.
    pub async fn token_of(&self, client: &str, name: &str, password: &str) -> String {
        let answer = self.sign_in(client, name, password, &Value::Null).await.ok();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// What the token endpoint answers to a user who signs in, with what the token must say.
    pub async fn sign_in(&self, client: &str, name: &str, password: &str, claims: &Value) -> Answer {
        let url = format!("{}/organizations/oauth2/v2.0/token", self.running.url());
        let scope = format!("{}/.default", self.running.url());
        let mut form = format!("grant_type=password&client_id={client}&username={name}&password={password}&scope={scope}");
        if !claims.is_null() {
            form += &format!("&claims={claims}");
        }
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        read(request.send().await.unwrap()).await
    }

    pub async fn link(&self, group: &str, relation: &str, id: &str) -> Answer {
        let body = json!({"@odata.id": self.reference(id)});
        self.post(&format!("/v1.0/groups/{group}/{relation}/$ref"), body).await
    }

    pub fn reference(&self, id: &str) -> String {
        format!("{}/v1.0/directoryObjects/{id}", self.running.url())
    }

    /// The ids of a listing, all pages of it.
    pub async fn ids(&self, path: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.get_eventual(&path).await.ok();
            out.extend(page["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
        }
        out
    }
}

pub async fn read(response: Response) -> Answer {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, headers, body }
}

pub async fn sign_in(running: &Running, client: &Client) -> String {
    let url = format!("{}/{}/oauth2/v2.0/token", running.url(), tenant::TENANT_ID);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}/.default",
        tenant::CLIENT_ID,
        tenant::CLIENT_SECRET,
        running.url()
    );
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer = read(request.send().await.unwrap()).await.ok();
    answer["access_token"].as_str().unwrap().to_owned()
}

pub fn security_group(name: &str) -> Value {
    json!({"displayName": name, "mailEnabled": false, "mailNickname": "nickname", "securityEnabled": true})
}

pub fn user(alias: &str) -> Value {
    json!({
        "accountEnabled": true, "displayName": alias, "mailNickname": alias,
        "userPrincipalName": format!("{alias}@{}", tenant::DOMAIN),
        "passwordProfile": {"password": "Correct-Horse-1", "forceChangePasswordNextSignIn": true},
    })
}

impl Answer {
    /// The body of a 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The id in a 201.
    #[track_caller]
    pub fn created(self) -> String {
        assert_eq!(self.status, 201, "{}", self.body);
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// A 204 without a body.
    #[track_caller]
    pub fn empty(self) {
        assert_eq!((self.status, &self.body), (204, &json!("")));
    }

    /// A refusal.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str, message: &str) {
        let error = &self.body["error"];
        let got = (self.status, error["code"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default());
        assert_eq!(got, (status, code, message));
    }
}
