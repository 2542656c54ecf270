//! The Kubernetes API of each managed cluster, under `/kubernetes/{cluster}`: enough for `kubectl` to be let in or refused.
//!
//! A cluster holds the few objects that a fresh one has ([`objects`]). They are only read; who may do what with them is
//! decided as the service does ([`authorization`]), also for what is not served.

mod authenticate;
mod authorization;
mod columns;
mod discovery;
mod objects;
mod path;
mod protobuf;
mod resources;
mod reviews;
mod selector;
mod status;
mod table;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use self::{
    authenticate::Identity,
    path::{ApiPath, Target},
    resources::Resource,
    selector::Selector,
    status::{Refusal, not_found_path},
};
use crate::{
    arm::{self},
    caller::Signer,
    database::Database,
    http::{Request, Response, Route, Service},
    identity,
    store::{Row, View},
};

/// A request in the middle of being handled.
struct Context<'a> {
    clusters: &'a Clusters,
    view: View<'a>,
    /// The cluster's row.
    cluster: Row,
    identity: Identity,
    request: &'a Request,
    now: Timestamp,
}

/// The Kubernetes API of every cluster of the tenant.
#[derive(Debug)]
pub(crate) struct Clusters {
    /// The data and the time of the tenant.
    pub database: Arc<Database>,
    /// Checks access tokens.
    pub signer: Arc<Signer>,
    /// Seed from which it is chosen how long clusters do not know new role assignments; `None` where they know them at once.
    pub lag_seed: Option<u64>,
    /// Certificate of the authority that clients trust, PEM.
    pub authority: String,
}

impl Service for Clusters {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        let segments = request.segments();
        let (first, rest) = segments.split_first()?;
        if first != "kubernetes" {
            return None;
        }
        let target = Target::of(rest, request);
        Some(Route::new(target.template(request), move |request| respond(&self, &target, request)))
    }

    fn failure(&self, _: &Request, status: StatusCode) -> Response {
        identity::failure(status)
    }
}

/// Answers a request.
fn respond(clusters: &Clusters, target: &Target, request: &Request) -> Response {
    let now = clusters.database.now();
    let store = clusters.database.read();
    let view = store.latest();
    let handled = arm::clusters::by_host_label(view, &target.cluster).ok_or_else(not_found_path).and_then(|cluster| {
        let identity = authenticate::authenticate(&clusters.signer, view, &cluster, request)?;
        let context = Context { clusters, view, cluster, identity, request, now };
        handle(&context, &target.request)
    });
    handled.unwrap_or_else(|refusal| refusal.respond()).with("audit-id", &request.id.to_string())
}

fn handle(context: &Context<'_>, request: &ApiPath) -> Result<Response, Refusal> {
    match request {
        ApiPath::Version => Ok(discovery::version(&context.cluster)),
        ApiPath::Groups { legacy } => Ok(discovery::groups(context.request, *legacy)),
        ApiPath::Group(group) => discovery::group(group).ok_or_else(not_found_path),
        ApiPath::Resources { group, version } => discovery::resources(group, version).ok_or_else(not_found_path),
        ApiPath::Review(kind) if context.request.method == Method::POST => reviews::respond(context, *kind),
        ApiPath::Objects(attributes) => objects_of(context, attributes),
        ApiPath::Review(_) | ApiPath::Unknown => Err(not_found_path()),
    }
}

/// A request for a resource: authorized first, whether the resource is served or not.
fn objects_of(context: &Context<'_>, asked: &authorization::Attributes) -> Result<Response, Refusal> {
    authorization::check(context, asked)?;
    let resource = resources::find(&asked.group, &asked.resource).filter(|_| asked.subresource.is_empty()).ok_or_else(not_found_path)?;
    if resource.namespaced && asked.namespace.is_empty() && !asked.name.is_empty() {
        return Err(not_found_path());
    }
    if !["get", "list", "watch"].contains(&asked.verb.as_str()) {
        return Err(status::method_not_allowed());
    }
    let mut all = objects::of(context, resource);
    if !asked.name.is_empty() {
        let found = all.into_iter().find(|one| {
            let name = |name: &str| one.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
            name("name") == asked.name && (!resource.namespaced || name("namespace") == asked.namespace)
        });
        let found = found.ok_or_else(|| status::not_found(resource, &asked.name))?;
        return Ok(if table::is_wanted(context.request) {
            table::respond(context, resource, &[found])
        } else {
            Response::json(StatusCode::OK, typed(resource, found))
        });
    }
    if resource.namespaced && !asked.namespace.is_empty() {
        all.retain(|one| one.pointer("/metadata/namespace").and_then(Value::as_str) == Some(&asked.namespace));
    }
    let selector = Selector::of(context.request)?;
    all.retain(|one| selector.selects(one));
    if table::is_wanted(context.request) && asked.verb == "list" {
        return Ok(table::respond(context, resource, &all));
    }
    if asked.verb == "watch" {
        return Ok(watched(context, resource, all));
    }
    Ok(Response::json(
        StatusCode::OK,
        json!({
            "kind": format!("{}List", resource.kind),
            "apiVersion": resource.api_version(),
            "metadata": {"resourceVersion": RESOURCE_VERSION},
            "items": all,
        }),
    ))
}

/// Nothing ever changes.
const RESOURCE_VERSION: &str = "1000";

/// A watch: everything that is there, and then its end. Clients that want more begin again.
fn watched(context: &Context<'_>, resource: &Resource, all: Vec<Value>) -> Response {
    let wants_table = table::is_wanted(context.request);
    let event = |one: Value| {
        let object = if wants_table { table::body(context, resource, &[one]) } else { typed(resource, one) };
        format!("{}\n", json!({"type": "ADDED", "object": object}))
    };
    // With a resource version the client has seen it all.
    let seen = context.request.option("resourceVersion").is_some_and(|version| version == RESOURCE_VERSION);
    let lines: String = all.into_iter().filter(|_| !seen).map(event).collect();
    Response::text(StatusCode::OK, "application/json", lines)
}

/// An object with its kind, which lists leave out.
fn typed(resource: &Resource, object: Value) -> Value {
    let mut out = json!({"kind": resource.kind, "apiVersion": resource.api_version()});
    if let (Some(out), Value::Object(object)) = (out.as_object_mut(), object) {
        out.extend(object);
    }
    out
}
