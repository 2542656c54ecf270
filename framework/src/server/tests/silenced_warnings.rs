//! Warnings that the provider block silences.

use super::*;

pub(super) const ODD_NOTE: WarningKind = WarningKind { id: "odd_note", about: "A note is odd." };

fn config(silenced: Value) -> Option<proto::DynamicValue> {
    let config = Value::object([("region", Value::Null), ("silence_warnings", silenced)]);
    Some(to_wire(&config, &Config::object().ty()).unwrap())
}

fn list(ids: &[&str]) -> Value {
    Value::List(ids.iter().map(|id| Value::from(*id)).collect())
}

#[tokio::test]
async fn silenced_warnings_are_left_out_and_no_others() {
    for (silenced, count) in [(Value::Null, 1), (list(&[]), 1), (Value::UNKNOWN, 1), (list(&["odd_note"]), 0)] {
        let server = Server::<Works>::new(Lifecycle { shutdown: CancellationToken::new(), handlers: Default::default() });
        let request = proto::configure_provider::Request { config: config(silenced.clone()), ..Default::default() };
        let configured = server.configure_provider(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(configured.diagnostics, vec![]);
        let odd = machine(&[("name", Value::from("a")), ("note", Value::from("odd"))]);
        let (found, state, _) = apply(&server, &Value::Null, &odd, b"").await;
        assert_eq!(found.len(), count, "{silenced:?}");
        assert!(found.iter().all(|found| found.detail.contains("silence_warnings = [\"odd_note\"]")), "{found:?}");
        assert_eq!(state.attribute("note"), &Value::from("odd"));
    }
}

#[tokio::test]
async fn only_what_there_is_can_be_silenced() {
    let server = works().await;
    for (silenced, summary) in [(list(&["odd_note"]), None), (list(&["odd"]), Some("There is no warning \"odd\" to silence"))] {
        let request = proto::validate_provider_config::Request { config: config(silenced) };
        let found = server.validate_provider_config(Request::new(request)).await.unwrap().into_inner().diagnostics;
        assert_eq!(summaries(&found), Vec::from_iter(summary));
    }
}
