//! Who may connect: the one client whose certificate was announced, and nobody else.

use rustls::{ProtocolVersion, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tonic::Code;

use crate::client::{Client, Identity, Tls, version};
use crate::process::{Plugin, plugin_command};

static TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

async fn started() -> (Plugin, Identity) {
    let identity = Identity::new();
    let plugin = Plugin::start(plugin_command().env("PLUGIN_CLIENT_CERT", &identity.pem)).await;
    (plugin, identity)
}

/// Serves the right client, and ends when it says so.
async fn is_well(plugin: Plugin, identity: &Identity) {
    let client = Client::secure(&plugin, identity).await;
    let schema = client.schema().await.unwrap().into_inner();
    assert!(schema.data_source_schemas.contains_key("echo_text"));
    client.shutdown().await;
    assert_eq!(plugin.ended().await.status.code(), Some(0));
}

/// Whether a gRPC call is answered over that connection.
async fn answers(tls: &Tls<'_>, plugin: &Plugin) -> bool {
    // With TLS 1.3 a client hears of its refusal only after the handshake.
    let Ok(stream) = tls.connect(plugin).await else {
        return false;
    };
    let Ok(client) = Client::over(stream).await else {
        return false;
    };
    client.schema().await.is_ok()
}

#[tokio::test]
async fn the_right_client_is_served_with_both_versions_of_tls() {
    let (plugin, identity) = started().await;
    for (versions, wanted) in [(TLS12, ProtocolVersion::TLSv1_2), (TLS13, ProtocolVersion::TLSv1_3)] {
        let stream = Tls { versions, ..Tls::of(&identity) }.connect(&plugin).await.unwrap();
        assert_eq!(version(&stream), Some(wanted));
        let client = Client::over(stream).await.unwrap();
        client.schema().await.unwrap();
    }
    is_well(plugin, &identity).await;
}

#[tokio::test]
async fn rpcs_that_are_not_served_answer_unimplemented() {
    let (plugin, identity) = started().await;
    let client = Client::secure(&plugin, &identity).await;
    let refused = client.provider().get_functions(framework::proto::tfplugin6::get_functions::Request {}).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unimplemented);
    is_well(plugin, &identity).await;
}

#[tokio::test]
async fn no_certificate_and_another_certificate_are_refused() {
    let (plugin, identity) = started().await;
    for versions in [TLS12, TLS13] {
        assert!(!answers(&Tls { identity: None, versions, ..Tls::of(&identity) }, &plugin).await);
        // Alike in everything but its key.
        let other = Identity::new();
        assert!(!answers(&Tls { versions, ..Tls::of(&other) }, &plugin).await);
        assert!(answers(&Tls { versions, ..Tls::of(&identity) }, &plugin).await, "the test itself must be able to fail");
    }
    is_well(plugin, &identity).await;
}

#[tokio::test]
async fn the_certificate_is_for_localhost_only() {
    let (plugin, identity) = started().await;
    let refused = Tls { name: "example.com", ..Tls::of(&identity) }.connect(&plugin).await.unwrap_err();
    assert!(refused.to_string().contains("example.com"), "{refused}");
    is_well(plugin, &identity).await;
}

#[tokio::test]
async fn plaintext_is_refused() {
    let (plugin, identity) = started().await;
    let stream = UnixStream::connect(plugin.socket()).await.unwrap();
    // The client's own part of the handshake does not wait for an answer.
    let client = Client::over(stream).await.unwrap();
    assert!(client.schema().await.is_err());
    is_well(plugin, &identity).await;
}

#[tokio::test]
async fn garbage_does_no_harm() {
    let (plugin, identity) = started().await;
    for garbage in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], &[0; 4096], &[0x16, 3, 1, 0xff, 0xff, 1, 2, 3], b""] {
        let mut stream = UnixStream::connect(plugin.socket()).await.unwrap();
        // The peer may have hung up in the middle of it.
        let _ = stream.write_all(garbage).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    is_well(plugin, &identity).await;
}

#[tokio::test]
async fn peers_that_are_stuck_block_nobody() {
    let (plugin, identity) = started().await;
    let mut stuck = Vec::new();
    for _ in 0..50 {
        let mut stream = UnixStream::connect(plugin.socket()).await.unwrap();
        // The beginning of a ClientHello that never goes on.
        stream.write_all(&[0x16, 3, 1, 1, 0, 1, 0, 0]).await.unwrap();
        stuck.push(stream);
    }
    is_well(plugin, &identity).await;
}
