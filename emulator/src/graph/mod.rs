//! Microsoft Graph, `/v1.0` and `/beta`: the directory.
//!
//! A request is taken apart ([`path`], [`query`]), answered by what all collections have in common ([`objects`],
//! [`list`], [`write`], [`references`], [`deleted`]) after the table of collections ([`rows`]), and written out
//! ([`render`], [`error`]).

mod authenticate;
mod collection;
mod context;
pub(crate) mod deleted;
mod error;
mod filter;
mod list;
mod nickname;
mod objects;
pub(crate) mod path;
mod property;
mod query;
mod references;
mod render;
pub(crate) mod rows;
mod search;
mod units;
mod write;

use axum::http::header;
use serde_json::json;

use self::{
    context::{Context, Handled},
    error::GraphError,
    path::Path,
};
use crate::{
    answer::{Answer, Payload},
    call::Call,
    emulator::Emulator,
};

/// Answers a request below `/v1.0` or `/beta`.
pub(crate) fn answer(emulator: &Emulator, path: &Path, call: &Call) -> Answer {
    let handled = authenticate::authenticate(emulator, call).and_then(|()| handle(emulator, path, call));
    let now = emulator.clock.now();
    let request_id = call.id.to_string();
    let client_request_id = call.header("client-request-id").unwrap_or(&request_id).to_owned();
    let answer = handled.unwrap_or_else(|error| {
        let answer = Answer::json(error.status, error.body(now, &request_id, &client_request_id));
        if error.status == axum::http::StatusCode::UNAUTHORIZED {
            answer.with_header(
                header::WWW_AUTHENTICATE,
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"",
            )
        } else {
            answer
        }
    });
    let answer = if matches!(answer.body, Payload::Json(_)) {
        let metadata = render::metadata(call).name();
        answer.with_header(
            header::CONTENT_TYPE,
            &format!("application/json;odata.metadata={metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8"),
        )
    } else {
        answer
    };
    let server = json!({"ServerInfo": {
        "DataCenter": "Emulator", "Slice": "E", "Ring": "0", "ScaleUnit": "000", "RoleInstance": "AKSACCESS",
    }});
    answer
        .with_header(header::CACHE_CONTROL, "no-cache")
        .with("request-id", &request_id)
        .with("client-request-id", &client_request_id)
        .with("x-ms-ags-diagnostic", &server.to_string())
        .with("x-ms-resource-unit", &cost(path, call).to_string())
        .with("odata-version", "4.0")
}

/// Reads under a shared lock; decides on a write and makes it under an exclusive one, before anybody hears of it.
fn handle(emulator: &Emulator, path: &Path, call: &Call) -> Result<Answer, GraphError> {
    if call.method == axum::http::Method::GET {
        let store = emulator.read();
        return route(&context(emulator, store.truth(), path, call)).map(|outcome| outcome.answer);
    }
    let mut store = emulator.write();
    let outcome = route(&context(emulator, store.truth(), path, call))?;
    emulator.commit(&mut store, outcome.changes);
    Ok(outcome.answer)
}

fn context<'a>(emulator: &'a Emulator, truth: crate::store::View<'a>, path: &'a Path, call: &'a Call) -> Context<'a> {
    let version = if path.beta { "beta" } else { "v1.0" };
    let base = format!("https://{}/{version}", call.host);
    Context { emulator, view: truth, truth, call, path, base, now: emulator.clock.now() }
}

fn route(context: &Context<'_>) -> Handled {
    match context.path.root {
        path::Root::Collection(collection) => objects::handle(context, collection),
        path::Root::DirectoryObjects => objects::any_directory_object(context),
        path::Root::DeletedItems => deleted::handle(context),
        path::Root::Me => Err(GraphError::malformed("/me request is only valid with delegated authentication flow.")),
        path::Root::Unknown => Err(GraphError::no_such_segment(context.path.rest.first().map_or("", String::as_str))),
    }
}

/// Resource units of a request (service-behaviour section 10): what is documented, and one for the rest.
fn cost(path: &Path, call: &Call) -> u32 {
    let rest = path.rest();
    let mut units: i32 = match (call.method.as_str(), path.root, rest.as_slice()) {
        ("GET", path::Root::Collection(row), []) if row.kind == "user" && path.single.is_none() => 2,
        ("GET", path::Root::Collection(row), ["members", ..]) if row.kind == "group" => 3,
        ("GET", path::Root::Collection(row), ["transitiveMembers", ..]) if row.kind == "group" => 5,
        _ => 1,
    };
    if call.option("$select").is_some() {
        units -= 1;
    }
    if call.option("$expand").is_some() {
        units += 1;
    }
    if call.option("$top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20) {
        units -= 1;
    }
    units.max(1).unsigned_abs()
}
