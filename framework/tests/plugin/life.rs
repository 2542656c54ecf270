//! How the plugin lives and ends: go-plugin's services, Shutdown, signals, a parent that dies.

use std::process::Stdio;

use framework::proto::health::HealthCheckRequest;
use framework::proto::health::health_check_response::ServingStatus;
use framework::proto::health::health_client::HealthClient;
use framework::proto::plugin::ConnInfo;
use framework::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use framework::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use framework::proto::tfplugin6::{DynamicValue, configure_provider, read_resource};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio_stream::StreamExt;
use tonic::{Code, Response};

use crate::client::{Client, origin};
use crate::process::{HANG, Plugin, cleaned, command, plugin_command, program, signal};

async fn started() -> (Plugin, Client) {
    let plugin = Plugin::start(&mut plugin_command()).await;
    let client = Client::plain(&plugin.socket()).await;
    (plugin, client)
}

#[tokio::test]
async fn health_is_reported() {
    let (plugin, client) = started().await;
    let mut health = HealthClient::with_origin(client.channel.clone(), origin());
    let asked = |service: &str| HealthCheckRequest { service: service.into() };
    for service in ["", "plugin"] {
        let status = health.check(asked(service)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving);
        let mut watched = health.watch(asked(service)).await.unwrap().into_inner();
        assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    }
    assert_eq!(health.check(asked("other")).await.unwrap_err().code(), Code::NotFound);
    let mut watched = health.watch(asked("other")).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::ServiceUnknown);
    client.shutdown().await;
    plugin.ended().await;
}

#[tokio::test]
async fn streams_of_go_plugin_stay_open_until_shutdown() {
    let (plugin, client) = started().await;
    let mut stdio = GrpcStdioClient::with_origin(client.channel.clone(), origin());
    let mut stdio = stdio.stream_stdio(()).await.unwrap().into_inner();
    let mut broker = GrpcBrokerClient::with_origin(client.channel.clone(), origin());
    let mut broker = broker.start_stream(tokio_stream::pending::<ConnInfo>()).await.unwrap().into_inner();
    // A round trip later both are open still.
    client.schema().await.unwrap();
    tokio::select! {
        biased;
        ended = stdio.next() => panic!("stdio ended: {ended:?}"),
        ended = broker.next() => panic!("broker ended: {ended:?}"),
        () = std::future::ready(()) => {}
    }
    client.shutdown().await;
    assert!(stdio.next().await.is_none() && broker.next().await.is_none());
    assert_eq!(plugin.ended().await.status.code(), Some(0));
}

#[tokio::test]
async fn shutdown_ends_the_process_though_handlers_never_do() {
    for forever in ["never", "blocking"] {
        let (plugin, client) = started().await;
        // As many as there are threads for handlers, and more.
        for _ in 0..4 {
            let client = client.clone();
            tokio::spawn(async move { client.read(forever).await });
        }
        if forever == "never" {
            client.read("echo").await.unwrap();
        }
        // Answered though no thread is left.
        client.shutdown().await;
        // Two seconds after the answer Terraform kills.
        let ended = tokio::time::timeout(std::time::Duration::from_secs(2), plugin.ended()).await;
        assert_eq!(ended.expect("Terraform would kill it").status.code(), Some(0), "{forever}");
    }
}

#[tokio::test]
async fn a_handler_goes_on_when_its_connection_breaks_until_it_hears_of_the_shutdown() {
    let mut plugin = Plugin::start(plugin_command().env("TF_LOG_PROVIDER", "WARN")).await;
    let (client, hold) = Client::cuttable(&plugin.socket()).await;
    let call = tokio::spawn(async move { client.read("finishing").await });
    assert!(plugin.stderr_line().await.contains(r#""@message":"begun""#));
    hold.shutdown(std::net::Shutdown::Both).unwrap();
    assert!(call.await.unwrap().is_err());

    let other = Client::plain(&plugin.socket()).await;
    other.shutdown().await;
    drop(other);
    let ended = plugin.ended().await;
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains(r#""@message":"finished""#), "{}", ended.stderr);
}

#[tokio::test]
async fn an_answer_comes_after_the_shutdown_too() {
    let mut plugin = Plugin::start(plugin_command().env("TF_LOG_PROVIDER", "WARN")).await;
    let client = Client::plain(&plugin.socket()).await;
    let asking = client.clone();
    let call = tokio::spawn(async move { asking.read("finishing").await });
    assert!(plugin.stderr_line().await.contains(r#""@message":"begun""#));
    client.shutdown().await;
    call.await.unwrap().unwrap();
    drop(client);
    plugin.ended().await;
}

#[tokio::test]
async fn ctrl_c_and_hangup_are_not_for_the_plugin() {
    let (plugin, client) = started().await;
    for name in ["INT", "HUP", "INT"] {
        signal(plugin.pid(), name).await;
        client.read("echo").await.unwrap();
    }
    client.shutdown().await;
    assert_eq!(plugin.ended().await.status.code(), Some(0));
}

#[tokio::test]
async fn an_orphan_ends_by_itself() {
    // A shell between the test and the plugin is the parent that dies.
    let mut parent = cleaned("sh");
    parent.args(["-c", r#""$0" & wait"#]).arg(program());
    for (name, value) in plugin_command().as_std().get_envs() {
        match value {
            Some(value) => parent.env(name, value),
            None => parent.env_remove(name),
        };
    }
    let mut parent = parent.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = BufReader::new(parent.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).await.unwrap();
    let socket = std::path::PathBuf::from(line.split('|').nth(3).unwrap());
    let client = Client::plain(&socket).await;
    client.schema().await.unwrap();

    parent.kill().await.unwrap();
    // Standard output ends when the last process that holds it does.
    let ended = tokio::time::timeout(HANG, stdout.read_to_string(&mut line)).await;
    if ended.is_err() {
        client.shutdown().await;
        panic!("the orphan lived on");
    }
    assert!(!socket.exists() && !socket.parent().unwrap().exists());
}

#[tokio::test]
async fn messages_may_be_large() {
    let (plugin, client) = started().await;
    let state = DynamicValue { msgpack: vec![0xc0; 64 << 20], json: Vec::new() };
    let request = read_resource::Request { type_name: "echo".into(), current_state: Some(state.clone()), ..Default::default() };
    let answer = client.provider().read_resource(request).await.unwrap().into_inner();
    assert!(answer.new_state == Some(state));
    client.shutdown().await;
    plugin.ended().await;
}

#[tokio::test]
async fn debugging_survives_many_connections_and_configurations() {
    let directory = tempfile::tempdir_in("/tmp").unwrap();
    for end in ["INT", "TERM"] {
        let mut debugged = command();
        debugged.arg("--debug").env("PLUGIN_UNIX_SOCKET_DIR", directory.path());
        let mut child = debugged.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
        let json = line.strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix("'\n").unwrap();
        let providers: serde_json::Value = serde_json::from_str(json).unwrap();
        let echo = &providers["aksaccess/echo"];
        assert_eq!(
            (&echo["Protocol"], &echo["ProtocolVersion"], &echo["Test"], &echo["Addr"]["Network"]),
            (&"grpc".into(), &6.into(), &true.into(), &"unix".into())
        );
        assert_eq!(echo["Pid"], child.id().unwrap());
        let socket = std::path::PathBuf::from(echo["Addr"]["String"].as_str().unwrap());

        let mut open = Vec::new();
        for _ in 0..3 {
            let client = Client::plain(&socket).await;
            let configured = client.provider().configure_provider(configure_provider::Request::default()).await;
            assert_eq!(configured.map(Response::into_inner).unwrap().diagnostics, []);
            open.push(client);
        }
        drop(open.pop());
        open[0].schema().await.unwrap();

        signal(child.id().unwrap(), end).await;
        let status = tokio::time::timeout(HANG, child.wait()).await.expect("debugging does not end").unwrap();
        assert_eq!(status.code(), Some(0), "{end}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "something is left");
    }
}
