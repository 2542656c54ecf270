//! The program as a shell sees it.
#![allow(missing_docs)] // tests speak for themselves
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic
#![cfg(unix)]

mod conditional_access;
mod demo;
mod kills;
mod kubectl;
mod mistakes;

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Output, Stdio},
};

use reqwest::{Certificate, Client};
use serde_json::Value;

mod people;
mod tenant;
#[path = "../../tests/terraform_command.rs"]
mod terraform_command;

fn aksaccess(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aksaccess"));
    command.args(arguments);
    command
}

fn exec(script: &str) -> Output {
    aksaccess(&["emulator", "exec", "--", "sh", "-c", script]).output().unwrap()
}

#[test]
fn exec_returns_the_exit_code_of_its_command() {
    for code in [0, 7] {
        assert_eq!(exec(&format!("exit {code}")).status.code(), Some(code));
    }
    // As a shell says it.
    assert_eq!(exec("kill -KILL $$").status.code(), Some(128 + 9));
}

#[test]
fn exec_sets_the_environment_of_a_tenant_that_answers() {
    let script = r#"
        for name in ARM_TENANT_ID ARM_CLIENT_ID ARM_CLIENT_SECRET ARM_SUBSCRIPTION_ID ARM_METADATA_HOSTNAME \
            SSL_CERT_FILE REQUESTS_CA_BUNDLE AKSACCESS_EMULATOR_URL; do
            eval "test -n \"\$$name\"" || exit 3
        done
        test -s "$SSL_CERT_FILE" || exit 4
        echo "$AKSACCESS_EMULATOR_URL"
    "#;
    let output = exec(script);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("https://127.0.0.1:"));
}

#[test]
fn exec_asks_its_command_to_end_and_says_how_it_did() {
    let script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = aksaccess(&["emulator", "exec", "--", "sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn start_prints_the_environment_and_ends_when_interrupted() {
    let mut child = aksaccess(&["emulator", "start", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<String> = out.by_ref().lines().take(8).map(Result::unwrap).collect();
    assert!(lines.iter().all(|line| line.starts_with("export ") && line.ends_with('\'')), "{lines:?}");
    assert!(lines[7].starts_with("export AKSACCESS_EMULATOR_URL='https://127.0.0.1:"), "{lines:?}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn listening_for_others_is_warned_about() {
    let command = ["emulator", "exec", "--listen", "0.0.0.0:0", "--", "true"];
    let output = aksaccess(&command).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("warning"));
}

/// A started emulator with data, its address, and somebody signed in to it.
async fn started(data: &str) -> (Child, String, Client, String) {
    let arguments = ["emulator", "start", "--listen", "127.0.0.1:0", "--data", data];
    let mut child = aksaccess(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(8).map(Result::unwrap).collect();
    let value = |name: &str| {
        let line = lines.iter().find(|line| line.starts_with(&format!("export {name}="))).unwrap();
        line.split('\'').nth(1).unwrap().to_owned()
    };
    let bundle = Certificate::from_pem_bundle(&std::fs::read(value("SSL_CERT_FILE")).unwrap()).unwrap();
    let client = Client::builder().tls_certs_only(bundle).build().unwrap();
    let url = value("AKSACCESS_EMULATOR_URL");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={url}/.default",
        value("ARM_CLIENT_ID"),
        value("ARM_CLIENT_SECRET")
    );
    let request = client.post(format!("{url}/{}/oauth2/v2.0/token", value("ARM_TENANT_ID")));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    (child, url, client, token)
}
