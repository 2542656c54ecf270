//! The HTTP service: every request that is not for the control API goes through [`answer`].

use std::sync::Arc;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request as HttpRequest, State},
    http::{Method, StatusCode, header},
    response::Response as HttpResponse,
    routing::get,
};
use tower_http::compression::CompressionLayer;
use uuid::Uuid;

use crate::{
    arm, control,
    emulator::Emulator,
    faults::{self, Effect},
    graph::{self, path::Path},
    http::{Request, Response},
    identity::{
        self, Version, discovery,
        fixtures::{self as issuers, Issuer},
        managed_identity::{self, Place},
    },
    kubernetes, overview,
    traffic::latest::Answered,
};

/// Largest request body, in bytes.
const LARGEST_BODY: usize = 32 << 20;

/// The emulator as an HTTP service, without a socket: tests call it directly.
pub fn app(emulator: Arc<Emulator>) -> Router {
    Router::new()
        .nest("/emulator", control::routes())
        .route("/", get(overview::show))
        .fallback(respond)
        .layer(CompressionLayer::new().gzip(true))
        .with_state(emulator)
}

/// Which of the services a request is for.
enum Service {
    Endpoints,
    OpenIdConfiguration(String),
    AdfsConfiguration,
    Instance,
    UserRealm(String),
    Keys,
    Token(String, Version),
    DeviceCode(String, Version),
    DeviceLogin,
    ManagedIdentity(Place),
    Exchangeable(Issuer),
    Graph(Path),
    ResourceManager(arm::Target),
    Kubernetes(kubernetes::Target),
    Nowhere,
}

impl Service {
    fn of(request: &Request) -> Self {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (&request.method, parts.as_slice()) {
            (&Method::GET, ["metadata", "endpoints"]) => Self::Endpoints,
            (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => Self::OpenIdConfiguration((*tenant).to_owned()),
            (&Method::GET, ["adfs", ".well-known", "openid-configuration"]) => Self::AdfsConfiguration,
            (&Method::GET, [_, "discovery", "instance"]) => Self::Instance,
            (&Method::GET, [_, "userrealm", name]) => Self::UserRealm((*name).to_owned()),
            (&Method::GET, [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"]) => Self::Keys,
            (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => Self::Token((*tenant).to_owned(), Version::Two),
            (&Method::POST, [tenant, "oauth2", "token"]) => Self::Token((*tenant).to_owned(), Version::One),
            (&Method::POST, [tenant, "oauth2", "v2.0", "devicecode"]) => Self::DeviceCode((*tenant).to_owned(), Version::Two),
            (&Method::POST, [tenant, "oauth2", "devicecode"]) => Self::DeviceCode((*tenant).to_owned(), Version::One),
            (&Method::GET | &Method::POST, ["devicelogin"]) => Self::DeviceLogin,
            (&Method::GET, ["metadata", "identity", "oauth2", "token"]) => Self::ManagedIdentity(Place::Machine),
            (&Method::GET, ["arc", "metadata", "identity", "oauth2", "token"]) => Self::ManagedIdentity(Place::Arc),
            (&Method::GET, ["msi", "token"]) => Self::ManagedIdentity(Place::AppService),
            (&Method::GET, ["fixtures", "github", "token"]) => Self::Exchangeable(Issuer::GitHub),
            (&Method::POST, ["fixtures", "azure-pipelines", "token"]) => Self::Exchangeable(Issuer::AzurePipelines),
            (_, ["v1.0", ..]) => Self::Graph(Path::parse(false, segments.get(1..).unwrap_or_default())),
            (_, ["beta", ..]) => Self::Graph(Path::parse(true, segments.get(1..).unwrap_or_default())),
            (_, ["kubernetes", ..]) => Self::Kubernetes(kubernetes::Target::of(segments.get(1..).unwrap_or_default(), request)),
            _ if arm::Target::is_here(&segments) => Self::ResourceManager(arm::Target::of(&segments)),
            _ => Self::Nowhere,
        }
    }

    /// The path with placeholders, by which requests are counted.
    fn template(&self, request: &Request) -> String {
        match self {
            Self::Endpoints => "/metadata/endpoints".into(),
            Self::OpenIdConfiguration(_) => "/{tenant}/v2.0/.well-known/openid-configuration".into(),
            Self::AdfsConfiguration => "/adfs/.well-known/openid-configuration".into(),
            Self::Instance => "/common/discovery/instance".into(),
            Self::UserRealm(_) => "/common/userrealm/{name}".into(),
            Self::Keys => "/{tenant}/discovery/v2.0/keys".into(),
            Self::Token(_, Version::Two) => "/{tenant}/oauth2/v2.0/token".into(),
            Self::Token(_, Version::One) => "/{tenant}/oauth2/token".into(),
            Self::DeviceCode(_, Version::Two) => "/{tenant}/oauth2/v2.0/devicecode".into(),
            Self::DeviceCode(_, Version::One) => "/{tenant}/oauth2/devicecode".into(),
            Self::DeviceLogin => "/devicelogin".into(),
            Self::ManagedIdentity(Place::Machine) => "/metadata/identity/oauth2/token".into(),
            Self::ManagedIdentity(Place::Arc) => "/arc/metadata/identity/oauth2/token".into(),
            Self::ManagedIdentity(Place::AppService) => "/msi/token".into(),
            Self::Exchangeable(Issuer::GitHub) => "/fixtures/github/token".into(),
            Self::Exchangeable(Issuer::AzurePipelines) => "/fixtures/azure-pipelines/token".into(),
            Self::Graph(path) => path.template(),
            Self::ResourceManager(target) => target.template(request),
            Self::Kubernetes(target) => target.template(request),
            Self::Nowhere => request.path.clone(),
        }
    }

    fn respond(&self, emulator: &Emulator, request: &Request) -> Response {
        match self {
            Self::Endpoints => Response::json(StatusCode::OK, discovery::endpoints(&request.host)),
            Self::OpenIdConfiguration(tenant) => {
                discovery::openid_configuration(&request.host, tenant).unwrap_or_else(|refusal| refusal.respond(emulator.clock.steady()))
            }
            Self::Keys => Response::json(StatusCode::OK, emulator.signer.published()),
            Self::AdfsConfiguration => discovery::adfs_configuration(&request.host),
            Self::Instance => discovery::instance(&request.host, request),
            Self::UserRealm(name) => discovery::user_realm(&request.host, name),
            Self::Token(tenant, version) => identity::issue(emulator, tenant, *version, request),
            Self::DeviceCode(tenant, version) => identity::device::begin(emulator, tenant, *version, request),
            Self::DeviceLogin if request.method == Method::GET => identity::show(request),
            Self::DeviceLogin => identity::decide(emulator, request),
            Self::ManagedIdentity(place) => managed_identity::issue(emulator, *place, request),
            Self::Exchangeable(issuer) => issuers::issue(emulator, *issuer, request),
            Self::Graph(path) => graph::respond(emulator, path, request),
            Self::ResourceManager(target) => arm::respond(emulator, target, request),
            Self::Kubernetes(target) => kubernetes::respond(emulator, target, request),
            Self::Nowhere => Response::text(
                StatusCode::NOT_FOUND,
                "text/plain; charset=utf-8",
                format!("The emulator serves nothing at {}.\n", request.path),
            ),
        }
    }
}

async fn respond(State(emulator): State<Arc<Emulator>>, incoming: HttpRequest) -> HttpResponse {
    let request = match read(incoming).await {
        Ok(request) => request,
        Err(response) => return response.into_response(),
    };
    let began = std::time::Instant::now();
    let service = Service::of(&request);
    let template = service.template(&request);
    emulator.counts.http(format!("{} {template}", request.method));
    if !emulator.latency.is_zero() {
        tokio::time::sleep(emulator.latency).await;
    }
    let effect = emulator.faults.strike(request.method.as_str(), &template, false);
    if let Some(Effect::Delay(time)) = effect {
        tokio::time::sleep(time).await;
    }
    let instead = effect.and_then(|effect| faults::respond(&emulator, &request, effect));
    let response = match (effect, &instead) {
        (Some(Effect::ResetBefore), _) => return faults::reset(),
        (Some(Effect::StatusAfter(_)), _) | (_, None) => work(&emulator, service, &request).await,
        (_, Some(_)) => None,
    };
    let Some(response) = instead.or(response) else {
        return Response::empty(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    let date = emulator.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let response = response.with_header(header::DATE, &date);
    emulator.recent.add(Answered {
        at: emulator.clock.now(),
        method: request.method.to_string(),
        path: request.path.clone(),
        status: response.status.as_u16(),
        took: began.elapsed(),
    });
    match effect {
        // What never arrived whole is no exchange, and a gateway's page is no answer of the service.
        Some(Effect::ResetAfter) => return faults::reset(),
        Some(Effect::Truncate) => return faults::truncated(response),
        Some(Effect::Html) => {}
        _ => {
            if let Some(recorder) = &emulator.recorder {
                recorder.write(&request, &response);
            }
        }
    }
    response.into_response()
}

/// The answer of a service. Services work on memory, and may be busy with it for a while: not on a thread that serves
/// connections. `None`: it panicked.
async fn work(emulator: &Arc<Emulator>, service: Service, request: &Request) -> Option<Response> {
    let (emulator, request) = (Arc::clone(emulator), request.clone());
    tokio::task::spawn_blocking(move || service.respond(&emulator, &request)).await.ok()
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
