//! The HTTP service: every request that is not for the control API goes through [`respond`].

use std::sync::Arc;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request as HttpRequest, State},
    http::{Extensions, HeaderMap, StatusCode, Version, header},
    response::Response as HttpResponse,
    routing::get,
};
use tower_http::compression::{CompressionLayer, DefaultPredicate, Predicate};
use uuid::Uuid;

use crate::{
    control,
    emulator::Emulator,
    faults::{self, FaultEffect},
    http::{Request, Responder, Response, Route, Unbuffered},
    identity, overview,
    traffic::latest::Exchange,
};

/// Largest request body, in bytes.
const LARGEST_BODY: usize = 32 << 20;

/// The emulator as an HTTP service, without a socket: tests call it directly.
pub fn app(emulator: Arc<Emulator>) -> Router {
    Router::new()
        .nest("/emulator", control::routes())
        .route("/", get(overview::show))
        .fallback(respond)
        .layer(CompressionLayer::new().gzip(true).compress_when(DefaultPredicate::new().and(is_buffered)))
        .with_state(emulator)
}

/// Whether an answer may be compressed.
fn is_buffered(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Unbuffered>().is_none()
}

async fn respond(State(emulator): State<Arc<Emulator>>, incoming: HttpRequest) -> HttpResponse {
    let request = match read(incoming).await {
        Ok(request) => request,
        Err(response) => return response.into_response(),
    };
    let began = std::time::Instant::now();
    let (service, route) = match emulator.route(&request) {
        Some((service, route)) => (Some(service), route),
        None => (None, unknown_route(&request)),
    };
    let template = route.template.clone();
    emulator.counts.http(format!("{} {template}", request.method));
    if !emulator.latency.is_zero() {
        tokio::time::sleep(emulator.latency).await;
    }
    let effect = emulator.faults.next_effect(request.method.as_str(), &template, false);
    if let Some(FaultEffect::Delay(time)) = &effect {
        tokio::time::sleep(*time).await;
    }
    let failure = |status| service.as_ref().map_or_else(|| identity::failure(status), |service| service.failure(&request, status));
    let instead = effect.as_ref().and_then(|effect| faults::replacement(effect, failure));
    let response = match (&effect, &instead) {
        (Some(FaultEffect::ResetBefore), _) => return faults::reset(),
        (Some(FaultEffect::StatusAfter(_)), _) | (_, None) => work(route.respond, &request).await,
        (_, Some(_)) => None,
    };
    let Some(response) = instead.or(response) else {
        return Response::empty(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    let response = match &effect {
        Some(FaultEffect::Empty(names)) => faults::without_nulls(response, names, Some(&"".into())),
        Some(FaultEffect::Absent(names)) => faults::without_nulls(response, names, None),
        _ => response,
    };
    let date = emulator.database.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let response = response.with_header(header::DATE, &date);
    emulator.latest.add(Exchange {
        at: emulator.database.now(),
        method: request.method.to_string(),
        path: request.path.clone(),
        status: response.status.as_u16(),
        took: began.elapsed(),
    });
    match effect {
        // What never arrived whole is no exchange, a gateway's page is no answer of the service, and a text that is empty on purpose breaks its contract.
        Some(FaultEffect::ResetAfter) => return faults::reset(),
        Some(FaultEffect::Truncate) => return faults::truncated(response),
        Some(FaultEffect::Html | FaultEffect::Empty(_)) => {}
        _ => {
            if let Some(recorder) = &emulator.recorder {
                recorder.write(&request, &response);
            }
        }
    }
    response.into_response()
}

/// The route of a request that no service answers. Its template is its path.
fn unknown_route(request: &Request) -> Route {
    Route::new(&request.path, |request| {
        Response::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", format!("The emulator serves nothing at {}.\n", request.path))
    })
}

/// The response of a service. Services compute in memory, and may be busy with it for a while: not on a thread that serves
/// connections. `None`: it panicked.
async fn work(respond: Responder, request: &Request) -> Option<Response> {
    let request = request.clone();
    tokio::task::spawn_blocking(move || respond(&request)).await.ok()
}

async fn read(incoming: HttpRequest) -> Result<Request, Response> {
    let (parts, body) = incoming.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Response::empty(StatusCode::PAYLOAD_TOO_LARGE))?;
    let host = parts.uri.authority().map(ToString::to_string);
    let host = host.or_else(|| Some(parts.headers.get(header::HOST)?.to_str().ok()?.to_owned()));
    Ok(Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        host: host.unwrap_or_else(|| "localhost".into()),
        id: Uuid::new_v4(),
    })
}
