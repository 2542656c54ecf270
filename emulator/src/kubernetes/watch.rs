//! Watches: the objects that are there, and then every change until the time that the client asked for is over.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Clusters, Context, RESOURCE_VERSION, authorization::Attributes, objects, resources::Resource, selector::Selector, served, table, typed,
};
use crate::http::{Request, Response};

/// How long a watch stays open if the client does not say; servers choose 30 to 60 minutes.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The answer to a watch.
pub fn respond(context: &Context<'_>, resource: &'static Resource, asked: &Attributes, selector: Selector) -> Response {
    let seconds = context.request.option("timeoutSeconds").and_then(|seconds| seconds.parse().ok());
    let until = Instant::now() + seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
    let mut watch = Watch {
        clusters: Arc::clone(&context.cluster.clusters),
        cluster: context.cluster.key().to_owned(),
        request: context.request.clone(),
        context_identity: context.identity.clone(),
        resource,
        asked: asked.clone(),
        selector,
        known: BTreeMap::new(),
    };
    // With a resource version the client has seen what there is.
    let seen = context.request.option("resourceVersion").is_some_and(|version| !version.is_empty() && version != "0");
    let first = watch.events(context);
    let first = if seen { String::new() } else { first };
    Response::open("application/json", first, until, move || watch.poll())
}

struct Watch {
    clusters: Arc<Clusters>,
    cluster: String,
    request: Request,
    context_identity: super::authenticate::Identity,
    resource: &'static Resource,
    asked: Attributes,
    selector: Selector,
    /// Every object that the client knows, by namespace and name.
    known: BTreeMap<(String, String), Value>,
}

impl Watch {
    /// Events since the last call; `None` once the cluster is gone.
    fn poll(&mut self) -> Option<String> {
        let clusters = Arc::clone(&self.clusters);
        let store = clusters.database.read();
        let cluster = served(&clusters, store.latest(), &self.cluster)?;
        let request = self.request.clone();
        let context = Context { cluster, identity: self.context_identity.clone(), request: &request };
        Some(self.events(&context))
    }

    fn events(&mut self, context: &Context<'_>) -> String {
        let place = |one: &Value| {
            let text = |name: &str| one.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
            (text("namespace"), text("name"))
        };
        let mut now: BTreeMap<(String, String), Value> =
            objects::of(&context.cluster, self.resource).into_iter().map(|one| (place(&one), one)).collect();
        now.retain(|(namespace, name), one| {
            (self.asked.namespace.is_empty() || !self.resource.namespaced || *namespace == self.asked.namespace)
                && (self.asked.name.is_empty() || *name == self.asked.name)
                && self.selector.selects(one)
        });
        let mut out = String::new();
        for (key, one) in &now {
            match self.known.get(key) {
                None => out += &event(context, self.resource, "ADDED", one),
                Some(known) if known != one => out += &event(context, self.resource, "MODIFIED", one),
                Some(_) => {}
            }
        }
        for (key, one) in &self.known {
            if !now.contains_key(key) {
                out += &event(context, self.resource, "DELETED", one);
            }
        }
        self.known = now;
        out
    }
}

fn event(context: &Context<'_>, resource: &Resource, kind: &str, one: &Value) -> String {
    let object = if table::is_wanted(context.request) {
        table::body(context, resource, std::slice::from_ref(one))
    } else {
        typed(resource, one.clone())
    };
    format!("{}\n", json!({"type": kind, "object": object}))
}

/// The newest resource version of a list.
pub fn version_of(all: &[Value]) -> String {
    let versions = all.iter().filter_map(|one| one.pointer("/metadata/resourceVersion")?.as_str()?.parse::<u64>().ok());
    versions.max().map_or_else(|| RESOURCE_VERSION.to_owned(), |version| version.to_string())
}
