//! What tests do to a tenant behind the program's back, they do as its administrator's application.

use emulator::{Running, tenant};
use reqwest::{Certificate, Client};
use serde_json::Value;

/// A client that trusts the tenant, and a token that may do everything.
pub async fn administrator(running: &Running) -> (Client, String) {
    let bundle = Certificate::from_pem_bundle(&std::fs::read(running.ca_bundle()).unwrap()).unwrap();
    let client = Client::builder().tls_certs_only(bundle).build().unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}/.default",
        tenant::CLIENT_ID,
        tenant::CLIENT_SECRET,
        running.url()
    );
    let request = client.post(format!("{}/{}/oauth2/v2.0/token", running.url(), tenant::TENANT_ID));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    (client, token)
}
