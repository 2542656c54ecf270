//! From the start to the handshake line, and the refusals in between.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;

use crate::client::Identity;
use crate::process::{COOKIE, Plugin, command, output, plugin_command, signal};

#[tokio::test]
async fn by_hand_it_explains_itself() {
    for cookie in ["", "wrong"] {
        let ran = output(command().env(COOKIE.0, cookie).env("PLUGIN_PROTOCOL_VERSIONS", "6")).await;
        assert_eq!(ran.status.code(), Some(1));
        assert!(ran.stdout.is_empty());
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(said.contains("is a Terraform provider") && said.contains("source = \"aksaccess/echo\""), "{said}");
    }
}

#[tokio::test]
async fn version_and_help_are_answered_on_standard_output() {
    let version = output(command().arg("--version")).await;
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(String::from_utf8(version.stdout).unwrap(), concat!("terraform-provider-echo ", env!("CARGO_PKG_VERSION"), "\n"));

    let help = output(command().arg("--help")).await;
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8(help.stdout).unwrap().contains("required_providers"));
    assert!(version.stderr.is_empty() && help.stderr.is_empty());
}

#[tokio::test]
async fn unknown_arguments_are_refused_even_with_the_cookie() {
    let ran = output(plugin_command().args(["plan", "--loud"])).await;
    assert_eq!(ran.status.code(), Some(2));
    assert!(ran.stdout.is_empty());
    assert!(String::from_utf8(ran.stderr).unwrap().starts_with("unknown arguments: plan --loud\n"));
}

#[tokio::test]
async fn what_cannot_work_is_refused_without_a_handshake() {
    let refusals = [
        ("PLUGIN_PROTOCOL_VERSIONS", "5", "speaks Terraform's plugin protocol 6 only, and the program that started it offers 5"),
        ("PLUGIN_CLIENT_CERT", "no certificate", "PLUGIN_CLIENT_CERT does not hold a certificate"),
        ("PLUGIN_UNIX_SOCKET_DIR", "/no/such/directory", "cannot listen on /no/such/directory/"),
        ("PLUGIN_UNIX_SOCKET_GROUP", "no such group", "names the group no such group, which does not exist"),
    ];
    for (name, value, wanted) in refusals {
        let ran = output(plugin_command().env(name, value)).await;
        assert_eq!(ran.status.code(), Some(1), "{name}");
        assert!(ran.stdout.is_empty(), "{name}");
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(said.starts_with("terraform-provider-echo: ") && said.contains(wanted), "{said}");
    }
}

#[tokio::test]
async fn the_handshake_line_has_six_fields() {
    let identity = Identity::new();
    let plugin = Plugin::start(plugin_command().env("PLUGIN_CLIENT_CERT", &identity.pem)).await;
    let fields = plugin.fields();
    assert_eq!((fields.len(), &fields[..3], fields[4]), (6, &["1", "6", "unix"][..], "grpc"));
    assert!(plugin.socket().is_absolute() && fields[3].len() < 104, "{}", fields[3]);
    let der = base64::engine::general_purpose::STANDARD_NO_PAD.decode(fields[5]).unwrap();
    ParsedCertificate::try_from(&CertificateDer::from(der)).unwrap();

    let mode = std::fs::metadata(plugin.socket().parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "nobody else may pass");

    signal(plugin.pid(), "TERM").await;
    let ended = plugin.ended().await;
    assert_eq!((ended.status.code(), ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
}

#[tokio::test]
async fn without_a_client_certificate_none_is_announced() {
    let plugin = Plugin::start(&mut plugin_command()).await;
    assert_eq!(plugin.fields()[5], "");
    signal(plugin.pid(), "TERM").await;
    plugin.ended().await;
}

#[tokio::test]
async fn the_socket_lies_where_the_host_wants_it() {
    let directory = tempfile::tempdir_in("/tmp").unwrap();
    let plugin = Plugin::start(plugin_command().env("PLUGIN_UNIX_SOCKET_DIR", directory.path())).await;
    assert!(plugin.socket().starts_with(directory.path()));
    signal(plugin.pid(), "TERM").await;
    plugin.ended().await;
}

#[tokio::test]
async fn a_long_directory_for_temporary_files_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let long = directory.path().join("x".repeat(120));
    std::fs::create_dir(&long).unwrap();
    let plugin = Plugin::start(plugin_command().env("TMPDIR", &long)).await;
    assert!(plugin.fields()[3].len() < 104);
    signal(plugin.pid(), "TERM").await;
    plugin.ended().await;
}
