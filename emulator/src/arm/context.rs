//! What the handler of one request to Azure Resource Manager knows.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{authenticate, conditions::Asked, error::ArmError, route::Parameters, scope::Scope};
use crate::{
    arm::config::ArmConfig,
    caller::Caller,
    http::{Request, Response},
    store::{Change, Key, Properties, Row, View},
    tenant::ids,
};

/// A request in the middle of being handled.
#[derive(Debug)]
pub struct Context<'a> {
    /// How this tenant's Azure Resource Manager behaves.
    pub config: &'a ArmConfig,
    /// The store as it is. Azure Resource Manager reads what it wrote; only the directory is seen late, see
    /// [`super::principals`].
    pub view: View<'a>,
    /// The request.
    pub request: &'a Request,
    /// What the placeholders of the path stand for.
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

/// What a handler decided: the answer, and what is to be written before it is sent.
#[derive(Debug)]
pub struct Outcome {
    /// The answer.
    pub response: Response,
    /// Empty for a read.
    pub changes: Vec<Change>,
}

impl Outcome {
    /// A read, or a write that changes nothing.
    pub fn read(response: Response) -> Self {
        Self { response, changes: Vec::new() }
    }

    /// 200 with a body.
    pub fn ok(body: Value) -> Self {
        Self::read(Response::json(StatusCode::OK, body))
    }

    /// 200 with a list.
    pub fn list(values: Vec<Value>) -> Self {
        Self::ok(serde_json::json!({"value": values}))
    }

    /// A write.
    pub fn written(status: StatusCode, body: Value, changes: Vec<Change>) -> Self {
        Self { response: Response::json(status, body), changes }
    }
}

impl Context<'_> {
    /// What a placeholder of the path stands for.
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
        let asked = Asked { action, attributes: super::assignments::attributes(self, action) };
        super::access::allowed_to(self.view, &self.caller.object_id, &asked, scope).map_err(|unfulfilled| {
            let refusal = self.forbidden(action, scope);
            if unfulfilled { refusal.for_a_condition() } else { refusal }
        })
    }

    /// Refuses a reference to something in a subscription of another tenant, unless the caller brought a token of that one. Unverified: which
    /// operations look at what they refer to; the text is the documented one.
    pub fn must_reach(&self, id: &str, action: &str, scope: &Scope) -> Result<(), ArmError> {
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
}

/// A change that puts a row.
pub fn put(table: &'static str, key: impl Into<Key>, row: impl Into<Row>) -> Change {
    Change::Put { table, key: key.into(), row: row.into() }
}

/// A JSON object as a row; of anything else an empty row.
pub fn properties(value: Value) -> Properties {
    match value {
        Value::Object(row) => row,
        _ => Properties::new(),
    }
}

/// An instant as Azure Resource Manager writes it: seven decimals of a second.
pub fn instant(at: Timestamp) -> String {
    format!("{}.{:07}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), at.subsec_nanosecond() / 100)
}
