//! Azure Resource Manager's refusals: status, code and text, and the envelopes around them (docs/services/resource-manager.md#errors).

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::http::Response;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmError {
    /// HTTP status.
    pub status: StatusCode,
    /// Code, which clients match on.
    pub code: &'static str,
    /// Text, which clients sometimes match on as well.
    pub message: String,
    /// Which envelope it comes in.
    pub envelope: Envelope,
}

/// The envelopes of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// `{"error": {"code", "message"}}`
    Wrapped,
    /// `{"code", "message", "details", "subcode"}`, as the AKS resource provider has it.
    Bare,
}

impl ArmError {
    /// A refusal of Azure Resource Manager.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), envelope: Envelope::Wrapped }
    }

    /// A refusal of the AKS resource provider, whose envelope lacks `error`.
    pub fn without_envelope(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { envelope: Envelope::Bare, ..Self::new(status, code, message) }
    }

    /// 400.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 for a body that is not what the operation takes. Unverified: the text.
    pub fn invalid_body(what: impl std::fmt::Display) -> Self {
        Self::bad_request("InvalidRequestContent", format!("The request content was invalid and could not be deserialized: '{what}'."))
    }

    /// 404.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 404 for a subscription that is not there.
    pub fn no_subscription(id: &str) -> Self {
        if uuid::Uuid::try_parse(id).is_err() {
            return Self::bad_request(
                "InvalidSubscriptionId",
                format!("The provided subscription identifier '{id}' is malformed or invalid."),
            );
        }
        Self::not_found("SubscriptionNotFound", format!("The subscription '{id}' could not be found."))
    }

    /// 404 for a resource group that is not there.
    pub fn no_resource_group(name: &str) -> Self {
        Self::not_found("ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
    }

    /// 404 for a resource that is not there: its type with its name, as in `Microsoft.X/ys/name`.
    pub fn no_resource(resource: &str, group: &str) -> Self {
        Self::not_found(
            "ResourceNotFound",
            format!(
                "The Resource '{resource}' under resource group '{group}' was not found. For more details please go to \
                 https://aka.ms/ARMResourceNotFoundFix"
            ),
        )
    }

    /// 400 for a request without an api-version.
    pub fn no_version() -> Self {
        Self::bad_request("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
    }

    /// 400 for an api-version that is none. Unverified: the end of the text.
    pub fn unknown_version(version: &str, since: &str, until: &str) -> Self {
        Self::bad_request(
            "InvalidApiVersionParameter",
            format!("The api-version '{version}' is invalid. The supported versions are from '{since}' to '{until}'."),
        )
    }

    /// 404 for a path that leads nowhere. Unverified: the text.
    pub fn unknown_path(path: &str) -> Self {
        Self::not_found("InvalidResourceType", format!("The resource type could not be found at '{path}'."))
    }

    /// 405 for a method that the path does not have. Unverified: code and text.
    pub fn method_not_allowed(method: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            format!("The requested resource does not support http method '{method}'."),
        )
    }

    /// 403 for a caller that may not do this, or a scope that is not there.
    pub fn forbidden(client: &str, object_id: &str, action: &str, scope: &str) -> Self {
        let scope = if scope.is_empty() { "/" } else { scope };
        Self::new(
            StatusCode::FORBIDDEN,
            "AuthorizationFailed",
            format!(
                "The client '{client}' with object id '{object_id}' does not have authorization to perform action '{action}' \
                 over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
            ),
        )
    }

    /// The same for a caller whose roles allow it, but for their conditions (docs/services/resource-manager.md#refusals-of-role-assignments).
    pub fn because_of_condition(mut self) -> Self {
        let plain = "does not have authorization to perform";
        self.message = self.message.replacen(plain, "does not have authorization or an ABAC condition not fulfilled to perform", 1);
        self
    }

    /// The answer.
    pub fn respond(&self) -> Response {
        let body: Value = match self.envelope {
            Envelope::Wrapped => json!({"error": {"code": self.code, "message": self.message}}),
            Envelope::Bare => json!({"code": self.code, "details": null, "message": self.message, "subcode": ""}),
        };
        let response = Response::json(self.status, body);
        // Set where the gateway answers, and no resource provider (docs/emulator/fidelity.md#azure-resource-manager).
        let gateway = ["SubscriptionNotFound", "ResourceGroupNotFound", "InvalidSubscriptionId"].contains(&self.code);
        if gateway { response.with("x-ms-failure-cause", "gateway") } else { response }
    }
}

/// An id without its dashes, as some texts print it.
pub fn without_dashes(id: &str) -> String {
    id.replace('-', "")
}
