//! The calls as Terraform makes them, on a provider whose service is a map in memory and whose handlers fail on demand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod adoption;
mod created_in_this_run;
mod drift;
mod effective_values;
mod ephemeral;
mod functions;
mod silenced_warnings;
mod streams;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use super::convert::{from_wire, to_wire};
use super::*;
use crate::resource::{Change, Context, Existence, Limits, Resource};
use crate::value::Path;
use crate::{Configuration, Diagnostics, Entry, EphemeralEntry, FunctionEntry, Model, Provider, Timeouts, View, WarningKind, diagnostic};

type Store = Arc<Mutex<BTreeMap<String, (String, Option<String>)>>>;

struct Works;

/// The provider block.
#[derive(Model)]
struct Config {
    /// Where.
    region: Option<String>,
    /// A sensitive value.
    silence_warnings: Option<Vec<String>>,
}

/// The store, and when to fail.
#[derive(Clone, Default)]
struct Api {
    store: Store,
    stop: CancellationToken,
}

thread_local! {
    /// The store of this test: tests run on threads of their own, and nothing is shared between them.
    static STORE: Store = Store::default();
}

impl Provider for Works {
    type Config = Config;
    type Client = Api;
    type Api = Api;
    const NAME: &'static str = "works";

    fn resources() -> Vec<Entry<Api>> {
        vec![Entry::of::<Machine>()]
    }
    fn list_resources() -> Vec<crate::ListEntry<Api>> {
        vec![crate::ListEntry::of::<streams::Machines>()]
    }
    fn actions() -> Vec<crate::ActionEntry<Api>> {
        vec![crate::ActionEntry::of::<streams::Restart>()]
    }
    fn ephemeral() -> Vec<EphemeralEntry<Api>> {
        vec![EphemeralEntry::of::<ephemeral::Loan>()]
    }
    fn functions() -> Vec<FunctionEntry> {
        vec![FunctionEntry::of::<functions::Label>()]
    }
    async fn configure(configured: Configuration<Config>, _: Limits) -> diagnostic::Result<Api> {
        match configured.config.region.as_deref() {
            Some("moon") => Err(Diagnostic::error("No such region", "Choose another.").at_attribute("region")),
            _ => Ok(Api { store: STORE.with(Clone::clone), stop: CancellationToken::new() }),
        }
    }
    async fn was_deleted(_: &Api, id: &str) -> bool {
        id == "of deleted"
    }
    fn api(client: &Arc<Api>, limits: Limits) -> Api {
        Api { store: client.store.clone(), stop: limits.stop }
    }
}

/// A machine. Its name decides what goes wrong.
#[derive(Clone, Debug, Model)]
struct Machine {
    /// The id.
    #[attr(identity, use_state_for_unknown)]
    id: String,
    /// The name.
    name: String,
    /// A note.
    note: Option<String>,
    /// Filled in late.
    #[attr(output)]
    serial: Option<String>,
    /// Never stored.
    #[attr(write_only)]
    password: Option<SecretString>,
    /// In no order.
    #[attr(unordered, case_insensitive)]
    labels: Option<Vec<String>>,
}

impl Resource for Machine {
    type Api = Api;
    const NAME: &'static str = "machine";
    const SUBCATEGORY: &'static str = "Machines";
    const VERSION: i64 = 2;
    const TIMEOUTS: Timeouts = Timeouts::minutes(1);
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&silenced_warnings::ODD_NOTE];

    fn id(&self) -> &str {
        &self.id
    }
    fn describe(&self) -> String {
        format!("the machine {:?}", self.name)
    }
    async fn create(&mut self, cx: &mut Context<Api>) -> diagnostic::Result {
        match self.name.as_str() {
            "refused" => return Err(Diagnostic::error("Refused", "No.")),
            "panics at once" => panic!("at once"),
            "waits" => cx.api.stop.cancelled().await,
            name if name.starts_with("there") => return adoption::adopt(self, cx).await,
            _ => {}
        }
        self.id = format!("id of {}", self.name);
        cx.api
            .store
            .lock()
            .unwrap()
            .insert(self.id.clone(), (self.name.clone(), self.password.take().map(|password| password.expose_secret().to_owned())));
        cx.remember("made", 7);
        match self.name.as_str() {
            "fails later" => return Err(Diagnostic::error("Failed later", "Half done.")),
            "panics later" => panic!("half done"),
            "waits" => return Err(Diagnostic::error("Interrupted", "Stopped while waiting.")),
            _ => {}
        }
        self.serial = Some(effective_values::seen(self));
        Ok(())
    }
    async fn read(&mut self, cx: &mut Context<Api>) -> diagnostic::Result<Existence> {
        let mut store = cx.api.store.lock().unwrap();
        let Some((name, _)) = store.get_mut(&self.id) else { return Ok(Existence::Gone) };
        self.name = name.clone();
        if name == "missed once" {
            *name = "seen again".to_owned();
            return Ok(Existence::Gone);
        }
        Ok(Existence::Found)
    }
    async fn update(&mut self, _prior: &Self, cx: &mut Context<Api>) -> diagnostic::Result {
        cx.applied("note");
        match self.name.as_str() {
            "panics" => panic!("in update"),
            "refused" => Err(Diagnostic::error("Refused", "No.").at_attribute("name")),
            _ => {
                cx.api.store.lock().unwrap().insert(self.id.clone(), (self.name.clone(), None));
                Ok(())
            }
        }
    }
    async fn delete(&mut self, cx: &mut Context<Api>) -> diagnostic::Result {
        if self.name == "panics" {
            panic!("in delete");
        }
        cx.api.store.lock().unwrap().remove(&self.id);
        Ok(())
    }
    fn import(id: &str) -> diagnostic::Result<Self> {
        Ok(Machine { id: id.to_owned(), ..Machine::absent() })
    }
    fn validate(config: View<'_>, found: &mut Diagnostics) {
        if config.get::<String>("name").as_deref() == Some("") {
            found.error("name", "A machine needs a name", "It is empty.");
        }
    }
    async fn plan_check(change: Change<'_>, _cx: &mut Context<Api>) -> Diagnostics {
        let mut found = Diagnostics::new();
        if change.touches("note") && change.planned.get::<Option<String>>("note").flatten().as_deref() == Some("odd") {
            let summary = if change.in_apply { "An odd note is applied" } else { "An odd note" };
            found.add(Diagnostic::warning(summary, "Are you sure?").at_attribute("note").of(&silenced_warnings::ODD_NOTE));
        }
        if change.planned.get::<Option<String>>("note").flatten().as_deref() == Some("of nobody") {
            found.add(Diagnostic::error("Nobody is there", "Name somebody.").at_attribute("note"));
        }
        if let Some(absent @ ("of deleted" | "of missing")) = change.planned.get::<Option<String>>("note").flatten().as_deref() {
            found.add(Diagnostic::error("It does not exist", "Name another.").at_attribute("note").absent(absent));
        }
        found
    }
    fn upgrade(
        from: i64,
        mut state: serde_json::Map<String, serde_json::Value>,
    ) -> diagnostic::Result<serde_json::Map<String, serde_json::Value>> {
        if let Some(title) = state.remove(if from == 0 { "title" } else { "label" }) {
            state.insert(if from == 0 { "label" } else { "name" }.to_owned(), title);
        }
        Ok(state)
    }
}

const TYPE: &str = "works_machine";

async fn works() -> Server<Works> {
    let server = Server::<Works>::new(Lifecycle { shutdown: CancellationToken::new(), handlers: Default::default() });
    next_run(&server).await;
    server
}

/// Terraform configures the provider anew in every run.
async fn next_run(server: &Server<Works>) {
    server.configure_provider(Request::new(Default::default())).await.unwrap();
}

fn machine(attributes: &[(&str, Value)]) -> Value {
    let mut all: BTreeMap<String, Value> =
        ["id", "name", "note", "serial", "password", "labels", "timeouts"].map(|name| (name.to_owned(), Value::Null)).into();
    all.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Map(all)
}

fn dynamic(server: &Server<Works>, value: &Value) -> Option<proto::DynamicValue> {
    Some(to_wire(value, &server.resource_type(TYPE).unwrap()).unwrap())
}

fn value(server: &Server<Works>, message: Option<&proto::DynamicValue>) -> Value {
    from_wire(message, &server.resource_type(TYPE).unwrap()).unwrap()
}

/// Plans and applies as core does; answers the plan's and the apply's diagnostics, the state and the private bytes.
async fn apply(server: &Server<Works>, prior: &Value, config: &Value, private: &[u8]) -> (Vec<proto::Diagnostic>, Value, Vec<u8>) {
    let planned = server
        .plan_resource_change(Request::new(proto::plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: dynamic(server, prior),
            config: dynamic(server, config),
            prior_private: private.to_vec(),
            ..Default::default()
        }))
        .await
        .unwrap()
        .into_inner();
    let applied = server
        .apply_resource_change(Request::new(proto::apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: dynamic(server, prior),
            planned_state: planned.planned_state,
            config: dynamic(server, config),
            planned_private: planned.planned_private,
            ..Default::default()
        }))
        .await
        .unwrap()
        .into_inner();
    let state = value(server, applied.new_state.as_ref());
    ([planned.diagnostics, applied.diagnostics].concat(), state, applied.private)
}

async fn create(name: &str) -> (Server<Works>, Vec<proto::Diagnostic>, Value, Vec<u8>) {
    let server = works().await;
    let (found, state, private) =
        apply(&server, &Value::Null, &machine(&[("name", Value::from(name)), ("password", Value::from("hunter2"))]), b"").await;
    (server, found, state, private)
}

fn summaries(found: &[proto::Diagnostic]) -> Vec<&str> {
    found.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

#[tokio::test]
async fn a_create_stores_everything_but_what_is_write_only() {
    let (_, found, state, private) = create("a").await;
    assert_eq!(summaries(&found), Vec::<&str>::new());
    assert_eq!(state, machine(&[("id", Value::from("id of a")), ("name", Value::from("a")), ("serial", Value::from("s1"))]));
    assert_eq!(private, br#"{"made":7}"#);
    // The handler had the password all the same.
    assert_eq!(STORE.with(|store| store.lock().unwrap()["id of a"].1.clone()).as_deref(), Some("hunter2"));
}

#[tokio::test]
async fn what_exists_is_kept_whatever_goes_wrong_after_it() {
    for (name, summary) in
        [("fails later", "Failed later"), ("panics later", "The provider failed while creating the machine \"panics later\"")]
    {
        let (_, found, state, private) = create(name).await;
        assert_eq!(summaries(&found), [summary]);
        assert_eq!(state, machine(&[("id", Value::from(format!("id of {name}"))), ("name", Value::from(name))]));
        assert_eq!(private, br#"{"made":7}"#, "{name}: what was remembered is kept too");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_stored() {
    for name in ["refused", "panics at once"] {
        let (_, found, state, _) = create(name).await;
        assert_eq!((found.len(), state), (1, Value::Null), "{name}");
    }
}

#[tokio::test]
async fn a_failed_update_keeps_what_was_and_what_was_applied() {
    let (server, _, prior, private) = create("a").await;
    next_run(&server).await;
    for name in ["refused", "panics"] {
        let config = machine(&[("name", Value::from(name)), ("note", Value::from("new"))]);
        let (found, state, kept) = apply(&server, &prior, &config, &private).await;
        assert_eq!(found.len(), 1);
        let expected = machine(&[
            ("id", Value::from("id of a")),
            ("name", Value::from("a")),
            ("note", Value::from("new")),
            ("serial", Value::from("s1")),
        ]);
        assert_eq!((state, kept), (expected, private.clone()), "{name}");
    }
}

#[tokio::test]
async fn a_failed_delete_keeps_the_object_and_a_good_one_does_not() {
    let (server, _, state, private) = create("a").await;
    next_run(&server).await;
    let Value::Map(mut broken) = state.clone() else { panic!("an object") };
    broken.insert("name".to_owned(), Value::from("panics"));
    let broken = Value::Map(broken);
    let (found, kept, _) = apply(&server, &broken, &Value::Null, &private).await;
    assert_eq!((found.len(), kept), (1, broken));
    let (found, gone, _) = apply(&server, &state, &Value::Null, &private).await;
    assert_eq!((found.len(), gone), (0, Value::Null));
}

#[tokio::test]
async fn an_interruption_ends_waits_and_later_calls_are_not_affected() {
    let server = Arc::new(works().await);
    let waiting = async { apply(&server, &Value::Null, &machine(&[("name", Value::from("waits"))]), b"").await };
    let interrupt = async {
        tokio::task::yield_now().await;
        server.stop_provider(Request::new(Default::default())).await.unwrap();
    };
    let ((found, state, _), ()) = tokio::join!(waiting, interrupt);
    assert_eq!((summaries(&found), state.attribute("id")), (vec!["Interrupted"], &Value::from("id of waits")));
    let (found, _, _) = apply(&server, &Value::Null, &machine(&[("name", Value::from("b"))]), b"").await;
    assert_eq!(found, vec![]);
}

#[tokio::test]
async fn a_read_keeps_what_is_remembered_and_tells_what_is_gone() {
    let (server, _, state, private) = create("a").await;
    let read = async |state: &Value| {
        let request = proto::read_resource::Request {
            type_name: TYPE.to_owned(),
            current_state: dynamic(&server, state),
            private: private.clone(),
            ..Default::default()
        };
        let answer = server.read_resource(Request::new(request)).await.unwrap().into_inner();
        (value(&server, answer.new_state.as_ref()), answer.private, answer.diagnostics)
    };
    assert_eq!(read(&state).await, (state.clone(), private.clone(), vec![]));
    let other = machine(&[("id", Value::from("nowhere")), ("name", Value::from("a"))]);
    assert_eq!(read(&other).await.0, Value::Null);
}

#[tokio::test]
async fn what_one_read_misses_stays_in_state() {
    let (server, _, state, private) = create("missed once").await;
    let request = proto::read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: dynamic(&server, &state),
        private,
        ..Default::default()
    };
    let read = server.read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(value(&server, read.new_state.as_ref()).attribute("name"), &Value::from("seen again"));
}

#[tokio::test]
async fn an_import_needs_only_the_id() {
    let (server, _, state, _) = create("a").await;
    let request = proto::import_resource_state::Request { type_name: TYPE.to_owned(), id: "id of a".to_owned(), ..Default::default() };
    let imported = server.import_resource_state(Request::new(request)).await.unwrap().into_inner().imported_resources.remove(0);
    let request = proto::read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: imported.state,
        private: imported.private,
        ..Default::default()
    };
    let read = server.read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(value(&server, read.new_state.as_ref()).attribute("name"), state.attribute("name"));
    assert_eq!(read.private, Vec::<u8>::new(), "the mark of the import is gone after the first read");
}

#[tokio::test]
async fn state_of_older_versions_is_upgraded_step_by_step() {
    let server = works().await;
    let upgrade = async |version: i64, json: &str| {
        let raw_state = Some(proto::RawState { json: json.as_bytes().to_vec(), ..Default::default() });
        let request = proto::upgrade_resource_state::Request { type_name: TYPE.to_owned(), version, raw_state };
        let answer = server.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
        (value(&server, answer.upgraded_state.as_ref()), answer.diagnostics)
    };
    let current = machine(&[("id", Value::from("1")), ("name", Value::from("a"))]);
    for (version, json) in [(0, r#"{"id":"1","title":"a"}"#), (1, r#"{"id":"1","label":"a"}"#), (2, r#"{"id":"1","name":"a"}"#)] {
        assert_eq!(upgrade(version, json).await, (current.clone(), vec![]), "{json}");
    }
    for (version, json) in [(3, "{}"), (2, r#"{"title":"a"}"#), (2, "["), (0, "7")] {
        assert_eq!(upgrade(version, json).await.1.len(), 1, "{json}");
    }
}

#[tokio::test]
async fn a_review_adds_findings_and_changes_nothing() {
    let server = works().await;
    let (found, state, _) = apply(&server, &Value::Null, &machine(&[("name", Value::from("a")), ("note", Value::from("odd"))]), b"").await;
    assert_eq!(summaries(&found), ["An odd note"]);
    assert_eq!(state.attribute("note"), &Value::from("odd"));
    // What is planned after something was applied is planned in an apply walk, though this client does not say so.
    let (found, _, _) = apply(&server, &Value::Null, &machine(&[("name", Value::from("b")), ("note", Value::from("odd"))]), b"").await;
    assert_eq!(summaries(&found), ["An odd note is applied"]);
}

#[tokio::test]
async fn a_change_of_timeouts_alone_reaches_no_handler() {
    let (server, _, mut prior, private) = create("a").await;
    let Value::Map(attributes) = &mut prior else { panic!("an object") };
    attributes.insert("name".to_owned(), Value::from("refused"));
    let block = Value::object(
        ["create", "read", "update", "delete"].map(|name| (name, if name == "read" { Value::from("9m") } else { Value::Null })),
    );
    let config = machine(&[("name", Value::from("refused")), ("timeouts", block.clone())]);
    let (found, state, _) = apply(&server, &prior, &config, &private).await;
    assert_eq!((found, state.attribute("timeouts")), (vec![], &block));
}

#[tokio::test]
async fn validation_points_at_the_attribute() {
    let server = works().await;
    let validate = async |config: &Value, allowed: bool| {
        let capabilities = proto::ClientCapabilities { write_only_attributes_allowed: allowed, ..Default::default() };
        let request = proto::validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: dynamic(&server, config),
            client_capabilities: Some(capabilities),
        };
        server.validate_resource_config(Request::new(request)).await.unwrap().into_inner().diagnostics
    };
    let empty = validate(&machine(&[("name", Value::from(""))]), true).await;
    assert_eq!(empty[0].attribute, Some(convert::path(&Path::attribute("name"))));
    let secret = machine(&[("name", Value::from("a")), ("password", Value::from("x"))]);
    assert_eq!(validate(&secret, true).await, vec![]);
    assert_eq!(summaries(&validate(&secret, false).await), ["Write-only argument needs Terraform 1.11"]);
    let timeouts = Value::object(["create", "read", "update", "delete"].map(|name| (name, Value::from("soon"))));
    assert_eq!(validate(&machine(&[("name", Value::UNKNOWN), ("timeouts", timeouts)]), true).await.len(), 4);
}

#[tokio::test]
async fn generated_configuration_leaves_out_what_cannot_be_configured() {
    let (server, _, state, _) = create("a").await;
    let request = proto::generate_resource_config::Request { type_name: TYPE.to_owned(), state: dynamic(&server, &state) };
    let answer = server.generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(value(&server, answer.config.as_ref()), machine(&[("name", Value::from("a"))]));
}

#[tokio::test]
async fn what_is_refused_by_configuration_says_where() {
    let server = works().await;
    let config = Value::object([("region", Value::from("moon")), ("silence_warnings", Value::Null)]);
    let request =
        proto::configure_provider::Request { config: Some(to_wire(&config, &Config::object().ty()).unwrap()), ..Default::default() };
    let found = server.configure_provider(Request::new(request)).await.unwrap().into_inner().diagnostics;
    assert_eq!((summaries(&found), found[0].attribute.clone()), (vec!["No such region"], Some(convert::path(&Path::attribute("region")))));
}

#[tokio::test]
async fn hostile_bytes_are_refused_and_named() {
    let server = works().await;
    for msgpack in [vec![0xc1], vec![0x81], vec![0xdf, 0xff, 0xff, 0xff, 0xff], b"\x86\xa2id\x05".to_vec()] {
        let request = proto::read_resource::Request {
            type_name: TYPE.to_owned(),
            current_state: Some(proto::DynamicValue { msgpack, json: vec![] }),
            ..Default::default()
        };
        let answer = server.read_resource(Request::new(request.clone())).await.unwrap().into_inner();
        assert_eq!(
            (summaries(&answer.diagnostics), answer.new_state),
            (vec!["A value from Terraform cannot be read"], request.current_state)
        );
    }
    let request = proto::read_resource::Request { type_name: "works_boat".to_owned(), ..Default::default() };
    let answer = server.read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(summaries(&answer.diagnostics), ["There is no resource works_boat"]);
}
