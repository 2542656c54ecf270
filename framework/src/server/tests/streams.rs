//! The results of a list, and the events of an action.

use std::time::Duration;

use tokio_stream::StreamExt;

use super::*;
use crate::proto::tfplugin6::invoke_action::event::Type;
use crate::{Action, ListResource, Progress, Results};

/// Machines that there are.
#[derive(Clone, Debug, Model)]
pub(super) struct Machines {
    /// What goes wrong.
    fault: Option<String>,
    /// How many there are.
    #[attr(default(3))]
    count: i64,
}

impl ListResource for Machines {
    type Of = Machine;

    async fn list(self, results: &mut Results<Machine>, cx: &mut Context<Api>) -> diagnostic::Result {
        for at in 0..self.count {
            let id = if self.fault.as_deref() == Some("no id") { String::new() } else { format!("m{at}") };
            let machine = Machine { id, name: format!("machine\n{at}"), ..Machine::absent() };
            if results.push(machine.name.clone(), machine).await.is_break() {
                break;
            }
        }
        match self.fault.as_deref() {
            Some("panics") => panic!("in the list"),
            Some("fails") => Err(Diagnostic::error("Failed", "In the middle.")),
            Some("warns") => {
                cx.warn(Diagnostic::warning("Incomplete", "One is missing."));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Restarts a machine.
#[derive(Clone, Debug, Model)]
pub(super) struct Restart {
    /// How it goes.
    #[attr(default("well"))]
    how: String,
}

impl Action for Restart {
    type Api = Api;
    const NAME: &'static str = "restart";
    const SUBCATEGORY: &'static str = "Machines";

    async fn invoke(self, progress: &Progress, cx: &mut Context<Api>) -> diagnostic::Result {
        progress.report("begun");
        match self.how.as_str() {
            "panics" => panic!("in the action"),
            "fails" => Err(Diagnostic::error("Failed", "Half done.")),
            "waits" => {
                cx.api.stop.cancelled().await;
                progress.report("not to be heard");
                Err(Diagnostic::error("Interrupted", "Half done."))
            }
            "takes its time" => {
                tokio::time::sleep(Duration::from_secs(25)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

async fn listed(config: &[(&str, Value)], limit: i64) -> Vec<proto::list_resource::Event> {
    let server = works().await;
    let of = server.0.list_entry(TYPE).unwrap().object.ty();
    let mut all: BTreeMap<String, Value> = ["fault", "count", "timeouts"].map(|name| (name.to_owned(), Value::Null)).into();
    all.extend(config.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let config = Some(to_wire(&Value::Map(all), &of).unwrap());
    let request = proto::list_resource::Request { type_name: TYPE.to_owned(), config, include_resource_object: true, limit };
    let stream = server.list_resource(Request::new(request)).await.unwrap().into_inner();
    stream.map(Result::unwrap).collect().await
}

#[tokio::test]
async fn results_have_an_identity_a_name_of_one_line_and_the_object() {
    let events = listed(&[], 100).await;
    assert_eq!(events.iter().map(|event| event.display_name.as_str()).collect::<Vec<_>>(), ["machine 0", "machine 1", "machine 2"]);
    let server = works().await;
    let object = value(&server, events[1].resource_object.as_ref());
    assert_eq!((object.attribute("id"), object.attribute("password")), (&Value::from("m1"), &Value::Null));
    let identity = from_wire(
        events[1].identity.as_ref().unwrap().identity_data.as_ref(),
        &crate::value::Type::object([("id".to_owned(), crate::value::Type::String)]),
    );
    assert_eq!(identity.unwrap(), Value::object([("id", Value::from("m1"))]));
    assert_eq!(listed(&[("count", Value::from(500))], 2).await.len(), 2);
    assert_eq!(listed(&[], 0).await, []);
}

#[tokio::test]
async fn what_goes_wrong_is_the_last_event() {
    for (fault, results, summary) in [
        ("panics", 3, "The provider failed while listing machine"),
        ("fails", 3, "Failed"),
        ("warns", 3, "Incomplete"),
        ("no id", 0, "A list has no identity of the machine"),
    ] {
        let events = listed(&[("fault", Value::from(fault))], 100).await;
        assert_eq!(events.len(), results + 1, "{fault}");
        let last = events.last().unwrap();
        assert!(last.identity.is_none() && last.diagnostic[0].summary.starts_with(summary), "{fault}: {last:?}");
    }
}

#[tokio::test]
async fn a_list_ends_when_nobody_takes_its_results() {
    let server = works().await;
    let of = server.0.list_entry(TYPE).unwrap().object.ty();
    let config = Value::object([("fault", Value::Null), ("count", Value::from(1_000_000_000_i64)), ("timeouts", Value::Null)]);
    let request = proto::list_resource::Request {
        type_name: TYPE.to_owned(),
        config: Some(to_wire(&config, &of).unwrap()),
        include_resource_object: false,
        limit: i64::MAX,
    };
    let mut stream = server.list_resource(Request::new(request)).await.unwrap().into_inner();
    assert!(stream.next().await.is_some());
    drop(stream);
    server.1.close();
    tokio::time::timeout(Duration::from_secs(10), server.1.wait()).await.unwrap();
}

async fn invoked(server: &Server<Works>, how: Option<&str>) -> Vec<Type> {
    let of = server.0.action_entry("works_restart").unwrap().object.ty();
    let config = how.map(|how| to_wire(&Value::object([("how", Value::from(how)), ("timeouts", Value::Null)]), &of).unwrap());
    let request = proto::invoke_action::Request { action_type: "works_restart".to_owned(), config, client_capabilities: None };
    let stream = server.invoke_action(Request::new(request)).await.unwrap().into_inner();
    stream.map(|event| event.unwrap().r#type.unwrap()).collect().await
}

fn messages(events: &[Type]) -> Vec<&str> {
    events.iter().filter_map(|event| if let Type::Progress(progress) = event { Some(progress.message.as_str()) } else { None }).collect()
}

#[tokio::test]
async fn an_action_ends_with_what_came_of_it() {
    let server = works().await;
    // Without a `config` block, too.
    for (how, summary) in
        [(None, None), (Some("well"), None), (Some("fails"), Some("Failed")), (Some("panics"), Some("The provider failed while running"))]
    {
        let events = invoked(&server, how).await;
        assert_eq!(messages(&events), ["begun"], "{how:?}");
        let Some((Type::Completed(completed), before)) = events.split_last() else { panic!("{events:?}") };
        assert_eq!(before.len(), 1, "completed is sent once");
        assert_eq!(
            completed.diagnostics.first().map(|found| found.summary.starts_with(summary.unwrap())),
            summary.map(|_| true),
            "{how:?}"
        );
        if let Some(found) = completed.diagnostics.first() {
            assert!(found.detail.contains("-invoke=action.works_restart.NAME"), "{found:?}");
        }
    }
}

#[tokio::test]
async fn after_an_interruption_an_action_says_nothing_but_its_end() {
    let server = works().await;
    let (events, ()) = tokio::join!(invoked(&server, Some("waits")), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.stop_provider(Request::new(Default::default())).await.unwrap();
    });
    assert_eq!(messages(&events), ["begun"]);
    assert!(matches!(events.last(), Some(Type::Completed(completed)) if completed.diagnostics[0].summary == "Interrupted"), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_action_shows_that_it_is_running() {
    let server = works().await;
    let events = invoked(&server, Some("takes its time")).await;
    assert_eq!(messages(&events), ["begun", "Still running after 10 seconds.", "Still running after 20 seconds."]);
}
