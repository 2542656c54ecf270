//! The context of one request to Azure Resource Manager.

use std::ops::RangeInclusive;

pub use crate::outcome::Outcome;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{attributes, authenticate, authorization, config::ArmConfig, error::ArmError, route::Parameters};
use crate::{
    arm::{
        conditions::RequestedAction,
        records::{
            principals::{self, Principal},
            scope::Scope,
        },
    },
    caller::Caller,
    http::Request,
    random,
    store::View,
    tenant::ids,
};

/// The shortest and the longest time, in seconds, in which a new principal is not found: reports range from five
/// seconds to over thirty (docs/services/resource-manager.md#replication).
const REPLICATION_LAG_SECONDS: RangeInclusive<u64> = 5..=30;

/// A request in the middle of being handled.
#[derive(Debug)]
pub struct Context<'a> {
    /// How this tenant's Azure Resource Manager behaves.
    pub config: &'a ArmConfig,
    /// The store as it is. Azure Resource Manager reads what it wrote; only the directory is seen late, see
    /// [`Context::known_principal`].
    pub view: View<'a>,
    /// The request.
    pub request: &'a Request,
    /// Values of the path's placeholders.
    pub parameters: &'a Parameters,
    /// The api-version that the client wants.
    pub version: &'a str,
    /// Who is calling.
    pub caller: &'a Caller,
    /// The other tenants that the caller brought tokens of.
    pub auxiliary_tenants: &'a [String],
    /// The tenant's time.
    pub now: Timestamp,
}

impl Context<'_> {
    /// The value of a placeholder of the path.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name)
    }

    /// The scope that the path begins with.
    pub fn scope(&self) -> Scope {
        Scope::new(self.parameter("scope"))
    }

    /// The body, which must be an object.
    pub fn body(&self) -> Result<Map<String, Value>, ArmError> {
        match self.request.json() {
            Ok(Some(Value::Object(body))) => Ok(body),
            Ok(_) => Err(ArmError::invalid_body("An object is expected.")),
            Err(error) => Err(ArmError::invalid_body(error)),
        }
    }

    /// Refuses callers who may not do this at the scope.
    pub fn must_be_allowed(&self, action: &str, scope: &Scope) -> Result<(), ArmError> {
        let asked = RequestedAction { action, attributes: attributes::attributes(self, action) };
        authorization::allowed_to(self.view, &self.caller.object_id, &asked, scope).map_err(|unfulfilled| {
            let refusal = self.forbidden(action, scope);
            if unfulfilled { refusal.because_of_condition() } else { refusal }
        })
    }

    /// Refuses callers who may not do `action` at the scope, or whose condition forbids the role assignment that it creates or removes:
    /// `assignment` is the action on role assignments that it stands for, with its attributes.
    pub fn must_be_allowed_to_delegate(&self, action: &str, assignment: &RequestedAction<'_>, scope: &Scope) -> Result<(), ArmError> {
        authorization::allowed_to_delegate(self.view, &self.caller.object_id, action, assignment, scope).map_err(|unfulfilled| {
            let refusal = self.forbidden(action, scope);
            if unfulfilled { refusal.because_of_condition() } else { refusal }
        })
    }

    /// Refuses a reference to something in a subscription of another tenant, unless the caller brought a token of that one. Unverified: which
    /// operations look at what they refer to; the text is the documented one.
    pub fn check_reachable(&self, id: &str, action: &str, scope: &Scope) -> Result<(), ArmError> {
        let linked = Scope::new(id);
        let Some(subscription) = linked.subscription() else { return Ok(()) };
        match self.config.other_tenants.tenant_of(subscription) {
            Some(tenant) if !self.auxiliary_tenants.contains(&tenant) => Err(ArmError::new(
                StatusCode::FORBIDDEN,
                "LinkedAuthorizationFailed",
                format!(
                    "The client has permission to perform action '{action}' on scope '{}', however the current tenant '{}' is not authorized to access \
                     linked subscription '{subscription}'.",
                    scope.text(),
                    ids::TENANT_ID
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The refusal of this caller.
    pub fn forbidden(&self, action: &str, scope: &Scope) -> ArmError {
        ArmError::forbidden(authenticate::name(self.caller), &self.caller.object_id, action, scope.text())
    }

    /// A principal by object id, if word of it has got here yet.
    pub fn known_principal(&self, id: &str) -> Option<Principal> {
        principals::find(self.view, id).filter(|principal| self.is_known(principal))
    }

    fn is_known(&self, principal: &Principal) -> bool {
        let Some(seed) = self.config.lag_seed else { return true };
        let created = principal.row.get("createdDateTime").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        let number = uuid::Uuid::try_parse(&principal.id).map_or(0, |id| id.as_u64_pair().0);
        let seconds = random::within(seed, 0xA5A5, number, REPLICATION_LAG_SECONDS);
        let lag = SignedDuration::from_secs(seconds.try_into().unwrap_or_default());
        created.is_none_or(|created| self.now.duration_since(created) > lag)
    }
}
