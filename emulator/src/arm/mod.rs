//! Azure Resource Manager: the resources of a subscription, and who may do what with them.
//!
//! A request is matched with the table of routes ([`request::route`]), its caller's roles are asked ([`request::authorization`]), and its handler
//! decides on the answer and on what is written. Resources are untyped JSON, keyed by their id in lower case.

mod assignments;
pub(crate) mod clusters;
pub(crate) mod conditions;
mod management_groups;
pub(crate) mod pim;
pub(crate) mod records;
pub(crate) mod request;
mod resource_groups;
mod roles;
mod subscriptions;

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use jiff::Timestamp;

pub(crate) use self::request::config::{ArmConfig, ArmSettings};
use self::request::{
    authenticate,
    context::{Context, Outcome},
    error::ArmError,
    route::{Parameters, Route},
};
use crate::{
    caller::Signer,
    database::TimedWork,
    http::{self, Payload, Request, Response, Service},
    rate_limit::{ArmLimits, Kind},
    store::{Change, DiskError, TableSpec, View},
    tenant::ids,
};

/// Everything that can be addressed. The first that matches is it.
static ROUTES: &[&[Route]] =
    &[subscriptions::ROUTES, resource_groups::ROUTES, management_groups::ROUTES, roles::ROUTES, assignments::ROUTES, clusters::ROUTES];

/// The tables that Azure Resource Manager needs.
pub(crate) const TABLES: &[TableSpec] = &[
    TableSpec { name: records::subscriptions::TABLE, indexed: &[] },
    TableSpec { name: records::resource_groups::TABLE, indexed: &[] },
    TableSpec { name: records::management_groups::TABLE, indexed: &[] },
    TableSpec { name: records::roles::TABLE, indexed: &[] },
    records::assignments::SPEC,
    TableSpec { name: records::clusters::TABLE, indexed: &[] },
    TableSpec { name: records::clusters::OBJECTS, indexed: &[] },
    TableSpec { name: clusters::operations::TABLE, indexed: &[] },
];

/// Rows of a fresh tenant.
pub(crate) fn fixture(now: Timestamp) -> Vec<Change> {
    let mut out = vec![records::management_groups::fixture(), records::subscriptions::fixture(), records::resource_groups::fixture()];
    let names = ["55555555-5555-4555-8555-000000000001", "55555555-5555-4555-8555-000000000002"];
    out.extend(records::assignments::fixture(now, ids::SERVICE_PRINCIPAL_ID, "ServicePrincipal", names));
    let names = ["55555555-5555-4555-8555-000000000003", "55555555-5555-4555-8555-000000000004"];
    out.extend(records::assignments::fixture(now, ids::ADMINISTRATOR_ID, "User", names));
    out.extend(clusters::fixture());
    out
}

/// Changes that time makes in Azure Resource Manager.
pub(crate) const TIMED_WORK: [TimedWork; 2] = [
    TimedWork { changes: |view, now| crate::pim::pass_time(view, &pim::ROLES, now), next: |view| crate::pim::next(view, &pim::ROLES) },
    TimedWork { changes: clusters::deleted, next: clusters::next_deletion },
];

/// The change that lets somebody else change a cluster, given by its id, until an instant.
pub(crate) fn busy_cluster(view: View<'_>, id: &str, until: Timestamp) -> Option<Change> {
    let key = id.to_lowercase();
    let mut row = records::clusters::find(view, &key)?.as_ref().clone();
    row.insert("eTag".into(), serde_json::json!(uuid::Uuid::new_v4().to_string()));
    clusters::operations::mark_busy(&mut row, until);
    Some(records::put(records::clusters::TABLE, key, row))
}

/// All role assignments: scope, name of the role, and object id of the holder.
pub(crate) fn role_assignments(view: View<'_>) -> Vec<(String, String, String)> {
    records::assignments::all(view)
}

/// A location as answers have it.
pub(crate) fn location(name: &str) -> String {
    records::subscriptions::location(name)
}

/// A resource group of a fresh tenant; `None`: there is no such location.
pub(crate) fn new_resource_group(name: &str, location: &str) -> Option<Change> {
    if !records::subscriptions::is_location(location) {
        return None;
    }
    let id = records::resource_groups::id(ids::SUBSCRIPTION_ID, name);
    let row = records::resource_groups::resource(&id, name, &records::subscriptions::location(location), None);
    Some(records::put(records::resource_groups::TABLE, id.to_lowercase(), row))
}

/// A role assignment of a fresh tenant, the role given by name or GUID; `None`: there is no such built-in role.
pub(crate) fn new_role_assignment(name: &str, scope: &str, role: &str, principal: &str, kind: &str, now: Timestamp) -> Option<Change> {
    let role = records::roles::built_in_named(role)?;
    let scope = records::scope::Scope::new(scope);
    Some(records::assignments::New { name, scope: scope.shown(), role: &role, principal, kind, by: ids::ADMINISTRATOR_ID }.change(now))
}

/// A cluster of a fresh tenant; `None`: the service would refuse it.
pub(crate) fn new_cluster(group: &str, name: &str, body: serde_json::Value) -> Option<Vec<Change>> {
    clusters::new(group, name, body)
}

/// The route of a request and the values of its placeholders.
#[derive(Debug, Clone)]
struct MatchedRoute {
    route: Option<&'static Route>,
    parameters: Parameters,
}

impl MatchedRoute {
    /// Matches a path against the routes.
    fn of(segments: &[String]) -> Self {
        // Ids of a subscription can begin with its provider.
        let segments = match segments {
            [providers, namespace, rest @ ..]
                if providers.eq_ignore_ascii_case("providers")
                    && namespace.eq_ignore_ascii_case("Microsoft.Subscription")
                    && rest.first().is_some_and(|segment| segment.eq_ignore_ascii_case("subscriptions")) =>
            {
                rest
            }
            _ => segments,
        };
        let found = ROUTES.iter().chain(&pim::ROUTES).copied().flatten().find_map(|route| Some((route, route.matches(segments)?)));
        match found {
            Some((route, parameters)) => Self { route: Some(route), parameters },
            None => Self { route: None, parameters: Parameters::default() },
        }
    }

    /// The path with placeholders, as the contract writes it.
    fn template(&self, request: &Request) -> String {
        self.route.map_or_else(|| request.path.clone(), |route| route.path.to_owned())
    }
}

/// Azure Resource Manager of the tenant.
#[derive(Debug)]
pub(crate) struct ResourceManager {
    /// Checks access tokens.
    pub signer: Arc<Signer>,
    /// The configuration of handlers.
    pub config: ArmConfig,
    /// How much can be asked in a while, if that has an end.
    pub limits: Option<ArmLimits>,
}

impl Service for ResourceManager {
    fn route(self: Arc<Self>, request: &Request) -> Option<http::Route> {
        let segments = request.segments();
        let first = segments.first()?.to_lowercase();
        if !["subscriptions", "tenants", "providers"].contains(&first.as_str()) {
            return None;
        }
        let target = MatchedRoute::of(&segments);
        Some(http::Route::new(target.template(request), move |request| respond(&self, &target, request)))
    }

    fn failure(&self, request: &Request, status: StatusCode) -> Response {
        fault(self, request, status)
    }

    fn reset(&self) {
        self.config.settings.reset();
        self.config.pim.reset();
    }
}

/// Answers a request.
fn respond(arm: &ResourceManager, target: &MatchedRoute, request: &Request) -> Response {
    let now = arm.config.database.now();
    let remaining = match arm.limits.as_ref().map(|limits| limits.admit(kind_of(&request.method), now)) {
        Some(Err(seconds)) => {
            return refusal(arm, request, &too_many(request, seconds)).with_header(header::RETRY_AFTER, &seconds.to_string());
        }
        Some(Ok(remaining)) => remaining,
        None => UNLIMITED_REMAINING,
    };
    let response = match handle(arm, target, request) {
        Ok(response) => with_headers(arm, request, response),
        Err(error) => refusal(arm, request, &error),
    };
    let name = match kind_of(&request.method) {
        Kind::Read => "x-ms-ratelimit-remaining-subscription-reads",
        Kind::Write => "x-ms-ratelimit-remaining-subscription-writes",
        Kind::Delete => "x-ms-ratelimit-remaining-subscription-deletes",
    };
    let response = response.with(name, &remaining.to_string());
    // Counters of all callers together: of the subscription, or of the tenant where the path has no subscription.
    let everybody = match (kind_of(&request.method), request.path.to_lowercase().starts_with("/subscriptions")) {
        (Kind::Read, true) => "x-ms-ratelimit-remaining-subscription-global-reads",
        (Kind::Read, false) => "x-ms-ratelimit-remaining-tenant-reads",
        (Kind::Write, _) => "x-ms-ratelimit-remaining-subscription-global-writes",
        (Kind::Delete, _) => "x-ms-ratelimit-remaining-subscription-global-deletes",
    };
    response.with(everybody, "3749")
}

/// The remaining number of requests that answers name where there is no limit.
const UNLIMITED_REMAINING: u64 = 199;

/// A refusal as a whole answer.
fn refusal(arm: &ResourceManager, request: &Request, error: &ArmError) -> Response {
    with_headers(arm, request, authenticate::with_hint(error.respond()))
}

/// The refusal that a fault asks for. Unverified: codes and texts that docs/services/resource-manager.md does not have.
fn fault(arm: &ResourceManager, request: &Request, status: StatusCode) -> Response {
    let is_cluster = request.path.to_lowercase().contains("/microsoft.containerservice/");
    let error = match status.as_u16() {
        401 => authenticate::expired(Timestamp::now(), Timestamp::now()),
        409 if is_cluster => clusters::operation_in_progress("Updating"),
        409 => ArmError::new(status, "ScopeLocked", "The scope cannot perform the operation because it is locked."),
        429 => too_many(request, 1),
        500 => ArmError::new(status, "InternalServerError", "An internal server error occurred."),
        502 => ArmError::new(status, "BadGateway", "The gateway received an invalid response."),
        503 => ArmError::new(status, "ServiceUnavailable", "The service is temporarily unavailable."),
        504 => ArmError::new(status, "GatewayTimeout", "The gateway did not receive a response in time."),
        _ => ArmError::new(status, "Fault", "An error that a test asked for."),
    };
    refusal(arm, request, &error)
}

fn handle(arm: &ResourceManager, target: &MatchedRoute, request: &Request) -> Result<Response, ArmError> {
    let caller = authenticate::authenticate(&arm.signer, request)?;
    let auxiliary_tenants = authenticate::auxiliary(&arm.signer, request)?;
    let route = target.route.ok_or_else(|| ArmError::unknown_path(&request.path))?;
    let operation = route.operation(&request.method).ok_or_else(|| ArmError::method_not_allowed(request.method.as_str()))?;
    let version = request.option("api-version").unwrap_or_default();
    route.check_version(&version, &arm.config.database.now().strftime("%Y-%m-%d").to_string())?;
    arm.config.database.run_if_due().map_err(disk_error)?;
    let now = arm.config.database.now();
    let decide = |view| -> Result<Outcome, ArmError> {
        let context = Context {
            config: &arm.config,
            view,
            request,
            parameters: &target.parameters,
            caller: &caller,
            auxiliary_tenants: &auxiliary_tenants,
            version: &version,
            now,
        };
        // The gateway knows the subscriptions, and answers before any resource provider does.
        let scope = context.scope();
        if let Some(subscription) = scope.subscription().filter(|id| !records::subscriptions::exists(view, id)) {
            return Err(ArmError::no_subscription(subscription));
        }
        refuse_unknown_options(route, request)?;
        if !operation.action.is_empty() {
            context.must_be_allowed(operation.action, &scope)?;
        }
        (operation.handler)(&context)
    };
    if [Method::GET, Method::HEAD].contains(&request.method) {
        return decide(arm.config.database.read().latest()).map(|outcome| outcome.response);
    }
    let mut store = arm.config.database.write();
    let outcome = decide(store.latest())?;
    let timed = outcome.changes.iter().any(|change| crate::pim::is_timed(&pim::ROLES, change));
    store.commit(outcome.changes, now).map_err(disk_error)?;
    if let Some(next) = timed.then(|| crate::pim::next(store.latest(), &pim::ROLES)).flatten() {
        arm.config.database.due_at(next);
    }
    Ok(outcome.response)
}

/// Refuses query options that the route's handler does not read: a filter that is ignored lists what the client did not ask for.
/// Unverified: that each of these services refuses them, and the text.
fn refuse_unknown_options(route: &Route, request: &Request) -> Result<(), ArmError> {
    if request.method != Method::GET {
        return Ok(());
    }
    let ends = |path: &str| route.path.to_ascii_lowercase().ends_with(&path.to_ascii_lowercase());
    let filtered = route.path.starts_with("/{scope}/providers/Microsoft.Authorization/") || ends("/resourcegroups");
    if let Some(filter) = request.option("$filter").filter(|filter| !filter.is_empty() && !filtered) {
        return Err(request::filter::unsupported(&filter));
    }
    let limited = ["/resourcegroups", "/managementGroups", "/providers", "/subscriptions"].into_iter().any(ends);
    if request.option("$top").is_some() && !limited {
        return Err(ArmError::bad_request("UnsupportedQuery", "The query option '$top' is not supported here."));
    }
    Ok(())
}

/// A write that the disk did not take has not happened.
fn disk_error(error: DiskError) -> ArmError {
    tracing::error!(%error, "a write was lost");
    ArmError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The emulator could not keep what was written.")
}

fn too_many(request: &Request, seconds: u64) -> ArmError {
    let kind = match kind_of(&request.method) {
        Kind::Read => "read",
        Kind::Write => "write",
        Kind::Delete => "delete",
    };
    ArmError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "SubscriptionRequestsThrottled",
        format!(
            "Number of '{kind}' requests for subscription '{}' exceeded the limit. Please try again after '{seconds}' seconds \
             after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.",
            ids::SUBSCRIPTION_ID
        ),
    )
}

/// Which of the limits a method counts for.
fn kind_of(method: &Method) -> Kind {
    match *method {
        Method::GET | Method::HEAD => Kind::Read,
        Method::DELETE => Kind::Delete,
        _ => Kind::Write,
    }
}

/// With the headers that all answers have.
fn with_headers(arm: &ResourceManager, request: &Request, response: Response) -> Response {
    let id = request.id.to_string();
    let time = arm.config.database.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let response = match response.body {
        // The AKS resource provider says no charset (docs/emulator/fidelity.md#clusters).
        Payload::Json(_) if request.path.to_lowercase().contains("/providers/microsoft.containerservice/") => {
            response.with_header(header::CONTENT_TYPE, "application/json")
        }
        Payload::Json(_) => response.with_header(header::CONTENT_TYPE, "application/json; charset=utf-8"),
        _ => response,
    };
    response
        .with_header(header::CACHE_CONTROL, "no-cache")
        .with_header(header::PRAGMA, "no-cache")
        .with_header(header::EXPIRES, "-1")
        .with("x-content-type-options", "nosniff")
        .with("x-ms-request-id", &id)
        .with("x-ms-correlation-request-id", request.header("x-ms-correlation-request-id").unwrap_or(&id))
        .with("x-ms-routing-request-id", &format!("EMULATOR:{time}:{id}"))
}
