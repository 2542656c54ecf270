//! What comes over standard error: lines of hclog, and `panic: ` for those panics only that nobody catches.

use serde_json::Value;
use tonic::Code;

use crate::client::Client;
use crate::process::{Plugin, plugin_command};

/// Calls that handler; gives what the plugin wrote to standard error in its whole life.
async fn stderr_of(type_name: &str, variables: &[(&str, &str)]) -> String {
    let plugin = Plugin::start(plugin_command().envs(variables.iter().copied())).await;
    let client = Client::plain(&plugin.socket()).await;
    let answer = client.read(type_name).await;
    match type_name {
        "panicking" => assert_eq!(answer.unwrap_err().code(), Code::Internal),
        "caught" => {
            let said = answer.unwrap().diagnostics.remove(0).summary;
            assert!(said.starts_with("somebody catches this (at ") && said.contains("examples/echo_provider.rs:"), "{said}");
        }
        _ => assert!(answer.is_ok()),
    }
    // One handler's crash is not the end of the others.
    client.read("echo").await.unwrap();
    client.shutdown().await;
    let ended = plugin.ended().await;
    assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(0), ""));
    ended.stderr
}

#[tokio::test]
async fn lines_are_hclog_and_carry_the_request() {
    let stderr = stderr_of("leaking", &[("TF_LOG_PROVIDER_ECHO", "TRACE"), ("TF_LOG", "OFF")]).await;
    let lines: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for line in &lines {
        assert!(line.as_object().unwrap().values().all(Value::is_string), "{line}");
        let shape: String = line["@timestamp"].as_str().unwrap().chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        assert_eq!(shape, "9999-99-99T99:99:99.999999Z");
        assert!(["trace", "debug", "info", "warn", "error"].contains(&line["@level"].as_str().unwrap()));
    }
    // Two calls, each with an id of its own in all its lines.
    let received: Vec<_> = lines.iter().filter(|line| line["@message"] == "request received").collect();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|line| line["tf_rpc"] == "ReadResource"));
    assert_ne!(received[0]["tf_req_id"], received[1]["tf_req_id"]);
    let within = lines.iter().find(|line| line["@message"] == "a warning of h2").unwrap();
    assert_eq!(within["tf_req_id"], received[0]["tf_req_id"]);
    assert_eq!(within["@module"], "h2::codec");
}

#[tokio::test]
async fn strangers_do_not_log_headers_even_at_trace() {
    let stderr = stderr_of("leaking", &[("TF_LOG", "TRACE")]).await;
    assert!(stderr.contains("a warning of h2"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
    assert!(!stderr.contains("content-type"), "h2 shows headers: {stderr}");
}

#[tokio::test]
async fn unasked_a_plugin_is_silent() {
    assert_eq!(stderr_of("leaking", &[]).await, "");
    assert_eq!(stderr_of("caught", &[]).await, "");
}

#[tokio::test]
async fn an_uncaught_panic_is_reported_in_terraforms_format() {
    let stderr = stderr_of("panicking", &[]).await;
    let (first, rest) = stderr.split_once("\n\n").unwrap();
    assert_eq!(first, "panic: nobody catches this");
    assert!(rest.starts_with("thread handler at ") && rest.contains("examples/echo_provider.rs:"), "{rest}");
    assert_eq!(rest.lines().count(), 1, "a backtrace only if asked for: {rest}");

    let stderr = stderr_of("panicking", &[("RUST_BACKTRACE", "1")]).await;
    assert!(stderr.starts_with("panic: nobody catches this\n\nthread handler at "), "{stderr}");
    assert!(stderr.contains("read_resource"), "{stderr}");
}

#[tokio::test]
async fn a_caught_panic_is_a_line_of_the_log() {
    let stderr = stderr_of("caught", &[("TF_LOG", "ERROR")]).await;
    let line: Value = serde_json::from_str(stderr.trim_end()).expect(&stderr);
    assert_eq!(line["@level"], "error");
    assert_eq!(line["tf_rpc"], "ReadResource");
    let message = line["@message"].as_str().unwrap();
    assert!(message.starts_with("caught a panic: somebody catches this (at "), "{message}");
    assert!(!stderr.lines().any(|line| line.starts_with("panic: ")));
}
