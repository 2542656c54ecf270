//! The Kubernetes API of each managed cluster, under `/kubernetes/{cluster}`: enough for `kubectl` to be let in or refused.
//!
//! A cluster holds the few objects that a fresh one has ([`objects`]). Namespaces, service accounts, roles and bindings can be written
//! ([`storage`]), the others only read; who may do what with them is decided as the service does ([`authorization`]), also for what is not served.

mod authenticate;
mod authorization;
mod columns;
mod discovery;
mod impersonation;
mod objects;
mod openapi;
mod path;
mod protobuf;
mod rbac;
mod resources;
mod reviews;
mod selector;
mod status;
mod storage;
mod table;
mod watch;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use self::{
    authenticate::{GroupLookup, Identity},
    path::{ApiPath, Target},
    resources::Resource,
    selector::Selector,
    status::{Refusal, not_found_path},
};
use crate::{
    arm,
    caller::Signer,
    database::Database,
    http::{Request, Response, Route, Service},
    identity,
    store::{Change, Row, View},
};

/// A cluster whose API is served.
struct ServedCluster<'a> {
    clusters: Arc<Clusters>,
    view: View<'a>,
    row: Row,
    now: Timestamp,
}

impl ServedCluster<'_> {
    /// The key of its row.
    fn key(&self) -> String {
        self.row.get("id").and_then(Value::as_str).unwrap_or_default().to_lowercase()
    }
}

/// The cluster with this key.
fn served<'a>(clusters: &Arc<Clusters>, view: View<'a>, key: &str) -> Option<ServedCluster<'a>> {
    let row = arm::records::clusters::find(view, key)?;
    Some(ServedCluster { clusters: Arc::clone(clusters), view, row, now: clusters.database.now() })
}

/// A request in the middle of being handled.
struct Context<'a> {
    cluster: ServedCluster<'a>,
    identity: Identity,
    request: &'a Request,
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
    /// Whether the groups of a caller are those of the token, and not those of the directory.
    pub groups_from_token: bool,
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
fn respond(clusters: &Arc<Clusters>, target: &Target, request: &Request) -> Response {
    let now = clusters.database.now();
    let lookup = GroupLookup { from_token: clusters.groups_from_token, now };
    let handle_in = |view| {
        let row = arm::clusters::by_host_label(view, &target.cluster).ok_or_else(not_found_path)?;
        let identity = authenticate::authenticate(&clusters.signer, view, &row, request, lookup)?;
        let mut context = Context { cluster: ServedCluster { clusters: Arc::clone(clusters), view, row, now }, identity, request };
        if let Some(identity) = impersonation::impersonated(&context)? {
            context.identity = identity;
        }
        handle(&context, &target.request)
    };
    let handled = if [Method::GET, Method::HEAD].contains(&request.method) {
        handle_in(clusters.database.read().latest()).map(|(response, _)| response)
    } else {
        let mut store = clusters.database.write();
        handle_in(store.latest()).and_then(|(response, changes)| {
            store.commit(changes, now).map(|()| response).map_err(|error| {
                tracing::error!(%error, "a write was lost");
                status::internal("the emulator could not keep what was written")
            })
        })
    };
    handled.unwrap_or_else(|refusal| refusal.respond()).with("audit-id", &request.id.to_string())
}

/// The answer, and the changes that are made with it.
fn handle(context: &Context<'_>, request: &ApiPath) -> Result<(Response, Vec<Change>), Refusal> {
    let path = |response: Option<Response>| {
        let verb = context.request.method.as_str().to_lowercase();
        let path = context.request.path.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        if !rbac::allows_path(&context.cluster, &context.identity, &verb, &path) {
            return Err(status::forbidden_path(&context.identity.name, &verb, &path));
        }
        response.ok_or_else(not_found_path)
    };
    let read = match request {
        ApiPath::Version => path(Some(discovery::version(&context.cluster.row))),
        ApiPath::Groups { legacy } => path(Some(discovery::groups(context.request, *legacy))),
        ApiPath::Group(group) => path(discovery::group(group)),
        ApiPath::Resources { group, version } => path(discovery::resources(group, version)),
        ApiPath::OpenApi => path(Some(openapi::index())),
        ApiPath::OpenApiGroup(group) => path(openapi::document(group)),
        ApiPath::Review(kind, namespace) if context.request.method == Method::POST => reviews::respond(context, *kind, namespace),
        ApiPath::Objects(attributes) => return objects_of(context, attributes),
        ApiPath::Review(..) | ApiPath::Unknown => Err(not_found_path()),
    };
    read.map(|response| (response, Vec::new()))
}

/// A request for a resource: authorized first, whether the resource is served or not.
fn objects_of(context: &Context<'_>, asked: &authorization::Attributes) -> Result<(Response, Vec<Change>), Refusal> {
    authorization::check(context, asked)?;
    let resource = resources::find(&asked.group, &asked.resource).filter(|_| asked.subresource.is_empty()).ok_or_else(not_found_path)?;
    if resource.namespaced && asked.namespace.is_empty() && !asked.name.is_empty() {
        return Err(not_found_path());
    }
    if !["get", "list", "watch"].contains(&asked.verb.as_str()) {
        return storage::write(context, resource, asked);
    }
    read(context, resource, asked).map(|response| (response, Vec::new()))
}

fn read(context: &Context<'_>, resource: &'static Resource, asked: &authorization::Attributes) -> Result<Response, Refusal> {
    if asked.verb == "watch" {
        return Ok(watch::respond(context, resource, asked, Selector::of(context.request)?));
    }
    let mut all = objects::of(&context.cluster, resource);
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
    if table::is_wanted(context.request) {
        return Ok(table::respond(context, resource, &all));
    }
    Ok(Response::json(
        StatusCode::OK,
        json!({
            "kind": format!("{}List", resource.kind),
            "apiVersion": resource.api_version(),
            "metadata": {"resourceVersion": watch::version_of(&all)},
            "items": all,
        }),
    ))
}

/// The resource version of every object that was not written since the cluster was created.
const RESOURCE_VERSION: &str = "1000";

/// An object with its kind, which lists leave out.
fn typed(resource: &Resource, object: Value) -> Value {
    let mut out = json!({"kind": resource.kind, "apiVersion": resource.api_version()});
    if let (Some(out), Value::Object(object)) = (out.as_object_mut(), object) {
        out.extend(object);
    }
    out
}
