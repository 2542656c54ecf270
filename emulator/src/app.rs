//! The HTTP service: every request that is not for the control API goes through [`answer`].

use std::sync::Arc;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::Response,
    routing::get,
};
use tower_http::compression::CompressionLayer;
use uuid::Uuid;

use crate::{
    answer::Answer,
    arm,
    call::Call,
    control,
    emulator::Emulator,
    faults::{self, Effect},
    graph::{self, path::Path},
    kubernetes, overview,
    recent::Answered,
    token::{
        self, Version, discovery,
        fixtures::{self as issuers, Issuer},
        managed_identity::{self, Place},
    },
};

/// Largest request body, in bytes.
const LARGEST_BODY: usize = 32 << 20;

/// The emulator as an HTTP service, without a socket: tests call it directly.
pub fn app(emulator: Arc<Emulator>) -> Router {
    Router::new()
        .nest("/emulator", control::routes())
        .route("/", get(overview::show))
        .fallback(answer)
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
    fn of(call: &Call) -> Self {
        let segments = call.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (&call.method, parts.as_slice()) {
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
            (_, ["kubernetes", ..]) => Self::Kubernetes(kubernetes::Target::of(segments.get(1..).unwrap_or_default(), call)),
            _ if arm::Target::is_here(&segments) => Self::ResourceManager(arm::Target::of(&segments)),
            _ => Self::Nowhere,
        }
    }

    /// The path with placeholders, by which requests are counted.
    fn template(&self, call: &Call) -> String {
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
            Self::ResourceManager(target) => target.template(call),
            Self::Kubernetes(target) => target.template(call),
            Self::Nowhere => call.path.clone(),
        }
    }

    fn answer(&self, emulator: &Emulator, call: &Call) -> Answer {
        match self {
            Self::Endpoints => Answer::json(StatusCode::OK, discovery::endpoints(&call.host)),
            Self::OpenIdConfiguration(tenant) => {
                discovery::openid_configuration(&call.host, tenant).unwrap_or_else(|refusal| refusal.answer(emulator.clock.steady()))
            }
            Self::Keys => Answer::json(StatusCode::OK, emulator.signer.published()),
            Self::AdfsConfiguration => discovery::adfs_configuration(&call.host),
            Self::Instance => discovery::instance(&call.host, call),
            Self::UserRealm(name) => discovery::user_realm(&call.host, name),
            Self::Token(tenant, version) => token::issue(emulator, tenant, *version, call),
            Self::DeviceCode(tenant, version) => token::device::begin(emulator, tenant, *version, call),
            Self::DeviceLogin if call.method == Method::GET => token::show(call),
            Self::DeviceLogin => token::decide(emulator, call),
            Self::ManagedIdentity(place) => managed_identity::issue(emulator, *place, call),
            Self::Exchangeable(issuer) => issuers::issue(emulator, *issuer, call),
            Self::Graph(path) => graph::answer(emulator, path, call),
            Self::ResourceManager(target) => arm::answer(emulator, target, call),
            Self::Kubernetes(target) => kubernetes::answer(emulator, target, call),
            Self::Nowhere => {
                Answer::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", format!("The emulator serves nothing at {}.\n", call.path))
            }
        }
    }
}

async fn answer(State(emulator): State<Arc<Emulator>>, request: Request) -> Response {
    let call = match read(request).await {
        Ok(call) => call,
        Err(answer) => return answer.into_response(),
    };
    let began = std::time::Instant::now();
    let service = Service::of(&call);
    let template = service.template(&call);
    emulator.counts.http(format!("{} {template}", call.method));
    if !emulator.latency.is_zero() {
        tokio::time::sleep(emulator.latency).await;
    }
    let effect = emulator.faults.strike(call.method.as_str(), &template, false);
    if let Some(Effect::Delay(time)) = effect {
        tokio::time::sleep(time).await;
    }
    let instead = effect.and_then(|effect| faults::answer(&emulator, &call, effect));
    let answer = match (effect, &instead) {
        (Some(Effect::ResetBefore), _) => return faults::reset(),
        (Some(Effect::StatusAfter(_)), _) | (_, None) => work(&emulator, service, &call).await,
        (_, Some(_)) => None,
    };
    let Some(answer) = instead.or(answer) else {
        return Answer::empty(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    let date = emulator.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let answer = answer.with_header(header::DATE, &date);
    emulator.recent.add(Answered {
        at: emulator.clock.now(),
        method: call.method.to_string(),
        path: call.path.clone(),
        status: answer.status.as_u16(),
        took: began.elapsed(),
    });
    match effect {
        // What never arrived whole is no exchange, and a gateway's page is no answer of the service.
        Some(Effect::ResetAfter) => return faults::reset(),
        Some(Effect::Truncate) => return faults::truncated(answer),
        Some(Effect::Html) => {}
        _ => {
            if let Some(recorder) = &emulator.recorder {
                recorder.write(&call, &answer);
            }
        }
    }
    answer.into_response()
}

/// The answer of a service. Services work on memory, and may be busy with it for a while: not on a thread that serves
/// connections. `None`: it panicked.
async fn work(emulator: &Arc<Emulator>, service: Service, call: &Call) -> Option<Answer> {
    let (emulator, call) = (Arc::clone(emulator), call.clone());
    tokio::task::spawn_blocking(move || service.answer(&emulator, &call)).await.ok()
}

async fn read(request: Request) -> Result<Call, Answer> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.map_err(|_| Answer::empty(StatusCode::PAYLOAD_TOO_LARGE))?;
    let host = parts.uri.authority().map(ToString::to_string);
    let host = host.or_else(|| Some(parts.headers.get(header::HOST)?.to_str().ok()?.to_owned()));
    Ok(Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        host: host.unwrap_or_else(|| "localhost".into()),
        id: Uuid::new_v4(),
    })
}
