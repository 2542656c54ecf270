//! Microsoft Graph, `/v1.0` and `/beta`: the directory.
//!
//! The lowest layer is [`model`]: what a collection, a request and an answer are. Above it are the options of reads
//! ([`query`]), the table of collections ([`rows`]), Privileged Identity Management for groups ([`pim`]), and what all
//! collections have in common ([`objects`], [`mod@write`], [`references`], [`deleted`], [`delta`]).

mod actions;
mod audit;
mod authenticate;
pub(crate) mod authorization;
mod batch;
pub(crate) mod deleted;
mod delta;
mod dynamic_groups;
pub(crate) mod model;
mod objects;
pub(crate) mod pim;
mod query;
mod references;
pub(crate) mod rows;
mod units;
mod what_if;
mod write;

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use self::dynamic_groups::Evaluation;
pub(crate) use self::model::config::GraphConfig;
use self::{
    model::{
        collection,
        context::{Context, HandlerResult},
        error::GraphError,
        path::{Path, Root},
        render,
    },
    rows::{COLLECTIONS, USERS},
};
use crate::{
    caller::{Caller, Signer},
    database::{Database, TimedWork},
    faults::{self, FaultEffect, Faults},
    http::{Payload, Request, Response, Route, Service},
    rate_limit::{ConditionalAccessLimit, GraphLimit, Throttled},
    store::{DiskError, Store, UnreplicatedChanges},
    traffic::counts::Counts,
};

/// Timed work of the directory.
pub(crate) const TIMED_WORK: [TimedWork; 3] = [
    TimedWork { changes: dynamic_groups::due, next: dynamic_groups::next },
    TimedWork { changes: deleted::expired, next: deleted::next_expiry },
    TimedWork { changes: |view, now| crate::pim::pass_time(view, &pim::GROUPS, now), next: |view| crate::pim::next(view, &pim::GROUPS) },
];

/// Microsoft Graph of the tenant.
#[derive(Debug)]
pub(crate) struct Graph {
    /// The data and the time of the tenant.
    pub database: Arc<Database>,
    /// Checks access tokens.
    pub signer: Arc<Signer>,
    /// The configuration of handlers.
    pub config: GraphConfig,
    /// How much can be asked in a while, if that has an end.
    pub limit: Option<GraphLimit>,
    /// How fast conditional access can be asked, if that has an end.
    pub conditional_access_limit: Option<ConditionalAccessLimit>,
    /// The faults, which strike requests inside of batches, too.
    pub faults: Arc<Faults>,
    /// Counts requests inside of batches.
    pub counts: Arc<Counts>,
}

impl Service for Graph {
    fn route(self: Arc<Self>, request: &Request) -> Option<Route> {
        let segments = request.segments();
        let beta = match segments.first()?.as_str() {
            "v1.0" => false,
            "beta" => true,
            _ => return None,
        };
        let path = Path::parse(COLLECTIONS, beta, segments.get(1..).unwrap_or_default());
        Some(Route::new(path.template(), move |request| respond(&self, &path, request)))
    }

    fn failure(&self, request: &Request, status: StatusCode) -> Response {
        refusal(self, request, &GraphError::of_status(status))
    }

    fn reset(&self) {
        self.config.pim.reset();
    }
}

/// Answers a request below `/v1.0` or `/beta`.
fn respond(graph: &Graph, path: &Path, request: &Request) -> Response {
    let units = cost(path, request);
    let is_batch = matches!(path.root, Root::Batch);
    let paced = path.service() == collection::Service::ConditionalAccess;
    if let Some(limit) = graph.conditional_access_limit.as_ref().filter(|_| paced)
        && !limit.admit(graph.database.now())
    {
        return refusal(graph, request, &too_many());
    }
    // A batch is admitted request by request.
    if let Some(limit) = graph.limit.as_ref().filter(|_| !is_batch && !paced)
        && let Err(wait) = limit.admit(units, request.method != Method::GET, graph.database.now())
    {
        return throttled(graph, request, wait);
    }
    let handled = authenticate::authenticate(&graph.signer, request)
        .and_then(|caller| if is_batch { batch::respond(graph, request) } else { handle(graph, path, request, &caller) });
    match handled {
        Ok(response) => with_headers(request, response).with("x-ms-resource-unit", &units.to_string()),
        Err(error) => refusal(graph, request, &error),
    }
}

/// Unverified: the body.
fn too_many() -> GraphError {
    GraphError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests.")
}

fn throttled(graph: &Graph, request: &Request, wait: Throttled) -> Response {
    refusal(graph, request, &too_many())
        .with_header(header::RETRY_AFTER, &wait.seconds.to_string())
        .with("x-ms-throttle-scope", "Tenant_Application/ReadWrite")
        .with("x-ms-throttle-information", wait.limit)
}

/// Answers a request inside of a batch: counted apart, and struck by the faults that need no connection.
fn respond_inside_batch(graph: &Graph, request: &Request) -> Response {
    let segments = request.segments();
    let path = Path::parse(COLLECTIONS, request.path.starts_with("/beta"), segments.get(1..).unwrap_or_default());
    let template = path.template();
    graph.counts.batched(format!("{} {template}", request.method));
    if matches!(path.root, Root::Batch) {
        // Unverified: the text.
        return refusal(graph, request, &GraphError::malformed("A batch cannot be inside of a batch."));
    }
    let effect = graph.faults.next_effect(request.method.as_str(), &template, true);
    let instead = effect.as_ref().and_then(|effect| faults::replacement(effect, |status| graph.failure(request, status)));
    match (effect, instead) {
        (Some(FaultEffect::StatusAfter(_)), Some(instead)) => {
            respond(graph, &path, request);
            instead
        }
        (_, Some(instead)) => instead,
        (_, None) => respond(graph, &path, request),
    }
}

/// A refusal as a whole answer.
fn refusal(graph: &Graph, request: &Request, error: &GraphError) -> Response {
    let id = request.id.to_string();
    let body = error.body(graph.database.now(), &id, request.header("client-request-id").unwrap_or(&id));
    // Errors have the plain type (docs/emulator/fidelity.md#microsoft-graph).
    let response = with_headers(request, Response::json(error.status, body)).with_header(header::CONTENT_TYPE, "application/json");
    if error.status != StatusCode::UNAUTHORIZED {
        return response;
    }
    let hint = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"";
    response.with_header(header::WWW_AUTHENTICATE, hint)
}

/// With the headers that all answers have.
fn with_headers(request: &Request, response: Response) -> Response {
    let id = request.id.to_string();
    let server = json!({"ServerInfo": {
        "DataCenter": "Emulator", "Slice": "E", "Ring": "0", "ScaleUnit": "000", "RoleInstance": "AKSACCESS",
    }});
    let metadata = render::metadata(request).name();
    let kind = format!("application/json;odata.metadata={metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8");
    let response = match response.body {
        Payload::Json(_) => response.with_header(header::CONTENT_TYPE, &kind),
        _ => response,
    };
    response
        .with_header(header::CACHE_CONTROL, "no-cache")
        .with("request-id", &id)
        .with("client-request-id", request.header("client-request-id").unwrap_or(&id))
        .with("x-ms-ags-diagnostic", &server.to_string())
        .with("odata-version", "4.0")
}

/// Reads under a shared lock; decides on a write and makes it under an exclusive one, before anybody hears of it.
fn handle(graph: &Graph, path: &Path, request: &Request, caller: &Caller) -> Result<Response, GraphError> {
    graph.database.run_if_due().map_err(disk_error)?;
    let own;
    let path = if matches!(path.root, Root::Me) {
        own = path
            .of_caller(&USERS, caller)
            .ok_or_else(|| GraphError::malformed("/me request is only valid with delegated authentication flow."))?;
        &own
    } else {
        path
    };
    let (now, number) = (graph.database.now(), graph.database.number_request());
    let version = if path.beta { "beta" } else { "v1.0" };
    let base = format!("https://{}/{version}", request.host);
    let decide = |store: &Store| {
        authorization::check(store.latest(), caller, path, request)?;
        let unreplicated = unreplicated(graph, store, caller, number);
        route(&Context {
            config: &graph.config,
            collections: COLLECTIONS,
            view: store.without(&unreplicated),
            truth: store.latest(),
            request,
            caller,
            path,
            base: base.clone(),
            now,
        })
    };
    if request.method == Method::GET {
        return decide(&graph.database.read()).map(|outcome| outcome.response);
    }
    let mut store = graph.database.write();
    let outcome = decide(&store)?;
    let timed = outcome.changes.iter().any(|change| crate::pim::is_timed(&pim::GROUPS, change));
    let mut changes = outcome.changes;
    changes.extend(audit::record(store.latest(), &changes, caller, request, now));
    let evaluation = if graph.config.lag_seed.is_some() { Evaluation::Delayed } else { Evaluation::Immediate };
    changes.extend(dynamic_groups::follow(store.latest(), &changes, evaluation, now));
    let due = dynamic_groups::due_by(&changes);
    store.commit(changes, now).map_err(disk_error)?;
    if let Some(at) = due {
        graph.database.due_at(at);
    }
    if let Some(next) = timed.then(|| crate::pim::next(store.latest(), &pim::GROUPS)).flatten() {
        graph.database.due_at(next);
    }
    Ok(outcome.response)
}

/// Changes that the replica which answers this caller has not received yet.
fn unreplicated(graph: &Graph, store: &Store, caller: &Caller, number: u64) -> UnreplicatedChanges {
    if graph.config.switches.only_applications_see_lag && caller.is_user() {
        return UnreplicatedChanges::default();
    }
    store.unreplicated(number, graph.database.now())
}

/// A write that the disk did not take has not happened.
fn disk_error(error: DiskError) -> GraphError {
    tracing::error!(%error, "a write was lost");
    GraphError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The emulator could not keep what was written.")
}

fn route(context: &Context<'_>) -> HandlerResult {
    match context.path.root {
        Root::Collection(collection) => objects::handle(context, collection),
        Root::Bin(collection) => deleted::of_collection(context, collection),
        Root::DirectoryObjects => objects::any_directory_object(context),
        Root::DeletedItems => deleted::handle(context),
        Root::Evaluate if context.request.method == Method::POST => what_if::evaluate(context),
        Root::Evaluate => Err(GraphError::method_not_allowed()),
        Root::Batch => Err(GraphError::method_not_allowed()),
        // A caller's own path has become a user's before this.
        Root::Unknown if context.path.is_prefix(COLLECTIONS) => Err(GraphError::incomplete_path(&context.path.written)),
        Root::Me | Root::Unknown => Err(GraphError::no_such_segment(context.path.unknown_segment(COLLECTIONS))),
    }
}

/// Resource units of a request (docs/services/graph.md#throttling): what is documented, and one for the rest.
fn cost(path: &Path, request: &Request) -> u32 {
    let rest = path.rest();
    let mut units: i32 = match (request.method.as_str(), path.root, rest.as_slice()) {
        // As recorded.
        ("POST", _, ["getMemberGroups"]) => 2,
        ("POST", _, ["getByIds"]) => 3,
        ("GET", Root::Collection(row), []) if row.kind == "user" && path.single.is_none() => 2,
        ("GET", Root::Collection(row), ["members", ..]) if row.kind == "group" => 3,
        ("GET", Root::Collection(row), ["transitiveMembers", ..]) if row.kind == "group" => 5,
        _ => 1,
    };
    if request.option("$select").is_some() {
        units -= 1;
    }
    if request.option("$expand").is_some() {
        units += 1;
    }
    if request.option("$top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20) {
        units -= 1;
    }
    units.max(1).unsigned_abs()
}
