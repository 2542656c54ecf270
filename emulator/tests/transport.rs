//! Sockets, TLS, HTTP versions, and the service without any of them.

use std::time::Duration;

use emulator::{Options, tenant};
use reqwest::{Certificate, Client, Version};
use tokio::io::AsyncReadExt;

use crate::client::{Tenant, certificates, options, sign_in};

#[tokio::test]
async fn both_http_versions_and_both_names_work_with_the_bundle() {
    let tenant = Tenant::start().await;
    let bundle = Certificate::from_pem_bundle(&std::fs::read(tenant.running.ca_bundle()).unwrap()).unwrap();
    let old = Client::builder().tls_certs_only(bundle).http1_only().build().unwrap();
    let port = tenant.running.host().rsplit_once(':').unwrap().1.to_owned();
    for (client, version) in [(&tenant.client, Version::HTTP_2), (&old, Version::HTTP_11)] {
        for name in ["127.0.0.1", "localhost"] {
            let answer = client.get(format!("https://{name}:{port}/metadata/endpoints")).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
            // Links lead back by the name that the client used.
            assert!(answer.text().await.unwrap().contains(&format!("https://{name}:{port}")));
        }
    }
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can_read_it() {
    let tenant = Tenant::start().await;
    let bundle = Certificate::from_pem_bundle(&std::fs::read(tenant.running.ca_bundle()).unwrap()).unwrap();
    let plain = Client::builder().tls_certs_only(bundle).no_gzip().build().unwrap();
    let url = format!("{}/metadata/endpoints", tenant.running.url());
    let answer = plain.get(&url).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(plain.get(&url).send().await.unwrap().headers().get("content-encoding"), None);
}

#[tokio::test]
async fn a_peer_that_says_nothing_keeps_nobody_waiting() {
    let tenant = Tenant::start().await;
    let _silent = tokio::net::TcpStream::connect(tenant.running.host()).await.unwrap();
    tenant.get("/v1.0/groups").await.ok();
}

#[tokio::test]
async fn stop_frees_the_port_and_drop_stops() {
    let tenant = Tenant::start().await;
    let host = tenant.running.host();
    let mut silent = tokio::net::TcpStream::connect(&host).await.unwrap();
    tenant.running.stop().await;
    let again = Options { listen: host.parse().unwrap(), ..options() };
    let running = emulator::start(again).await.unwrap();
    // The connection that said nothing was closed as well.
    let read = tokio::time::timeout(Duration::from_secs(10), silent.read(&mut [0])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
    drop(running);
    let error = tokio::time::timeout(Duration::from_secs(10), async {
        while tokio::net::TcpStream::connect(&host).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    error.await.unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let tenant = Tenant::start().await;
    let listen = tenant.running.host().parse().unwrap();
    let error = emulator::start(Options { listen, ..options() }).await.unwrap_err().to_string();
    assert!(error.contains(&tenant.running.host()), "{error}");
}

#[tokio::test]
async fn the_environment_leads_here() {
    let tenant = Tenant::start().await;
    let environment = tenant.running.environment();
    let value = |wanted: &str| environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(value("ARM_TENANT_ID"), tenant::TENANT_ID);
    assert_eq!(value("ARM_CLIENT_ID"), tenant::CLIENT_ID);
    assert_eq!(value("ARM_CLIENT_SECRET"), tenant::CLIENT_SECRET);
    assert_eq!(value("ARM_SUBSCRIPTION_ID"), tenant::SUBSCRIPTION_ID);
    assert_eq!(format!("https://{}", value("ARM_METADATA_HOSTNAME")), value("AKSACCESS_EMULATOR_URL"));
    assert_eq!(value("SSL_CERT_FILE"), certificates().join("bundle.pem").display().to_string());
    assert_eq!(value("REQUESTS_CA_BUNDLE"), value("SSL_CERT_FILE"));
    assert_eq!(environment.len(), 8);
}

#[tokio::test]
async fn certificates_that_nobody_keeps_vanish() {
    let running = emulator::start(Options::default()).await.unwrap();
    let bundle = running.ca_bundle().to_owned();
    sign_in(&running, &crate::client::client(&running)).await;
    running.stop().await;
    assert!(!bundle.exists());
}

#[tokio::test]
async fn the_service_answers_without_a_socket() {
    use tower::ServiceExt;
    let tenant = Tenant::start().await;
    let request = axum::extract::Request::get("/v1.0/organization")
        .header("host", tenant.running.host())
        .header("authorization", format!("Bearer {}", tenant.token))
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = emulator::app(tenant.running.emulator()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
}
