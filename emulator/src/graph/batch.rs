//! `POST /$batch`: up to 20 requests in one (docs/services/graph.md#batches).

use std::collections::HashMap;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Graph, model::error::GraphError};
use crate::http::{Payload, Request, Response};

/// Most requests in a batch.
const MAX_REQUESTS: usize = 20;

/// One request of a batch.
struct BatchedRequest {
    id: String,
    depends_on: Vec<String>,
    request: Request,
}

/// Answers a batch. Its requests are made one after the other, each for itself: one that fails leaves the others.
pub fn respond(graph: &Graph, request: &Request) -> Result<Response, GraphError> {
    if request.method != Method::POST {
        return Err(GraphError::method_not_allowed());
    }
    let inner = read(request)?;
    check_dependencies(&inner)?;
    let mut statuses: HashMap<&str, StatusCode> = HashMap::new();
    let mut responses = Vec::new();
    for one in &inner {
        let failed = |id: &String| statuses.get(id.as_str()).is_some_and(|status| !status.is_success());
        let response = if one.depends_on.iter().any(failed) {
            failed_dependency(graph, &one.request)
        } else {
            super::respond_inside_batch(graph, &one.request)
        };
        statuses.insert(&one.id, response.status);
        responses.push(part(&one.id, &response));
    }
    // The service promises no order, and clients must not count on one: the last comes first.
    responses.reverse();
    Ok(Response::json(StatusCode::OK, json!({"responses": responses})))
}

fn part(id: &str, response: &Response) -> Value {
    let headers: Map<String, Value> = response
        .headers
        .iter()
        .filter(|(name, _)| [header::CONTENT_TYPE, header::LOCATION, header::CACHE_CONTROL, header::RETRY_AFTER].contains(name))
        .filter_map(|(name, value)| Some((title(name.as_str()), json!(value.to_str().ok()?))))
        .collect();
    let mut out = json!({"id": id, "status": response.status.as_u16(), "headers": headers});
    let body = match &response.body {
        Payload::Empty | Payload::Open(_) => None,
        Payload::Json(value) => Some(value.clone()),
        Payload::Text(text) => Some(json!(text)),
    };
    if let (Some(body), Some(out)) = (body, out.as_object_mut()) {
        out.insert("body".into(), body);
    }
    out
}

/// `content-type` as `Content-Type`, which is how batches write the names of headers.
fn title(name: &str) -> String {
    let word = |word: &str| word.get(..1).map(str::to_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default();
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// Unverified: code and text.
fn failed_dependency(graph: &Graph, request: &Request) -> Response {
    let id = request.id.to_string();
    let error = GraphError::new(
        StatusCode::FAILED_DEPENDENCY,
        "FailedDependency",
        "The request was not executed because a request that it depends on has failed.",
    );
    Response::json(error.status, error.body(graph.database.now(), &id, &id))
}

/// The requests of a batch, well formed. Unverified: the texts of the refusals; that duplicate ids are one is known.
fn read(request: &Request) -> Result<Vec<BatchedRequest>, GraphError> {
    let malformed = |text: &str| GraphError::malformed(text);
    let body = request.json().ok().flatten().unwrap_or_default();
    let requests = body.get("requests").and_then(Value::as_array).ok_or_else(|| malformed("Invalid batch payload format."))?;
    if requests.is_empty() || requests.len() > MAX_REQUESTS {
        return Err(malformed(&format!("Number of batch request steps must be between 1 and the maximum value of {MAX_REQUESTS}.")));
    }
    let version = if request.path.starts_with("/beta") { "/beta" } else { "/v1.0" };
    let mut out: Vec<BatchedRequest> = Vec::new();
    for step in requests {
        let text = |name: &str| step.get(name).and_then(Value::as_str);
        let (Some(id), Some(method), Some(url)) = (text("id"), text("method"), text("url")) else {
            return Err(malformed("Each batch request step must have an id, a method and a url, all of them strings."));
        };
        if out.iter().any(|other| other.id.eq_ignore_ascii_case(id)) {
            return Err(malformed(&format!("Request Id {id} has to be unique in a batch.")));
        }
        if url.contains("://") {
            return Err(malformed(&format!("Request Id {id}: the url must be relative.")));
        }
        let depends_on = match step.get("dependsOn") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(_) => return Err(malformed(&format!("Request Id {id}: dependsOn must be a list."))),
        };
        let headers = headers(request, step.get("headers"));
        let body = match step.get("body") {
            None | Some(Value::Null) => Bytes::new(),
            Some(_) if !headers.contains_key(header::CONTENT_TYPE) => {
                return Err(malformed(&format!("Request Id {id}: a body needs the header Content-Type.")));
            }
            Some(body) => Bytes::from(body.to_string()),
        };
        let method =
            Method::from_bytes(method.to_uppercase().as_bytes()).map_err(|_| malformed(&format!("Request Id {id}: no method.")))?;
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let path = format!("{version}/{}", path.trim_start_matches('/'));
        let request = Request { method, path, query: query.to_owned(), headers, body, host: request.host.clone(), id: Uuid::new_v4() };
        out.push(BatchedRequest { id: id.to_owned(), depends_on, request });
    }
    Ok(out)
}

/// The headers of one request: its own, and the token of the batch.
fn headers(request: &Request, own: Option<&Value>) -> HeaderMap {
    let mut out = HeaderMap::new();
    for (name, value) in own.and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = value.as_str().map(HeaderValue::from_str);
        if let (Ok(name), Some(Ok(value))) = (name, value) {
            out.insert(name, value);
        }
    }
    for name in [header::AUTHORIZATION, HeaderName::from_static("client-request-id")] {
        if let (Some(value), false) = (request.headers.get(&name), out.contains_key(&name)) {
            out.insert(name, value.clone());
        }
    }
    out
}

/// Dependencies lead to earlier requests, and all in one of the ways that are supported: each on the one before it,
/// or all on the same. Unverified: the text.
fn check_dependencies(all: &[BatchedRequest]) -> Result<(), GraphError> {
    for (index, one) in all.iter().enumerate() {
        let earlier = all.get(..index).unwrap_or_default();
        if let Some(unknown) = one.depends_on.iter().find(|id| !earlier.iter().any(|other| other.id == **id)) {
            return Err(GraphError::malformed(format!(
                "Request Id {} depends on {unknown}, which is not an earlier request of the batch.",
                one.id
            )));
        }
    }
    let dependent: Vec<&BatchedRequest> = all.iter().filter(|one| !one.depends_on.is_empty()).collect();
    let same = dependent.windows(2).all(|two| matches!(two, [a, b] if a.depends_on == b.depends_on));
    let serial = all.windows(2).all(|two| matches!(two, [a, b] if b.depends_on == [a.id.as_str()]));
    if same || serial {
        return Ok(());
    }
    Err(GraphError::malformed("The dependencies of a batch must be fully sequential or fully parallel."))
}
