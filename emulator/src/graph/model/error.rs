//! Graph's refusals: status, code and text, and the envelope around them.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphError {
    /// HTTP status.
    pub status: StatusCode,
    /// Code, which clients match on.
    pub code: &'static str,
    /// Text, which clients sometimes match on as well.
    pub message: String,
    /// More about single properties.
    pub details: Vec<Detail>,
    /// The inner service's error, where the gateway's own text says nothing.
    pub inner: Option<String>,
}

/// More about one property.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Details of the error.
    pub code: &'static str,
    /// The property, or the other object in a conflict.
    pub target: String,
}

impl GraphError {
    /// The refusal with a status, as an injected fault asks for it. Unverified: codes and texts, apart from `Request_ResourceNotFound`, `TooManyRequests` and `InvalidAuthenticationToken`.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, text) = match status.as_u16() {
            401 => return Self::token_expired(),
            403 => return Self::denied(),
            404 => (
                "Request_ResourceNotFound",
                "Resource 'of a fault' does not exist or one of its queried reference-property objects are not present.",
            ),
            429 => ("TooManyRequests", "Too many requests."),
            500 => ("InternalServerError", "An internal server error occurred."),
            502 => ("BadGateway", "The gateway received an invalid response."),
            503 => ("ServiceNotAvailable", "The service is temporarily unavailable."),
            504 => ("GatewayTimeout", "The gateway did not receive a response in time."),
            _ => ("UnknownError", "An error that a test asked for."),
        };
        Self::new(status, code, text)
    }

    /// A refusal without details.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), inner: None }
    }

    /// 400 `Request_BadRequest`.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// 400 `BadRequest`, which comes from the gateway before the directory has seen the request.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400 `Request_UnsupportedQuery`.
    pub fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    /// 404 for an object that is not there, in the words that clients wait on.
    pub fn not_found(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Request_ResourceNotFound",
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
        )
    }

    /// 400 of conditional access: the useful text is inside, with a number in front (docs/services/conditional-access.md#refusals).
    pub fn numbered(number: u32, text: impl std::fmt::Display) -> Self {
        let mut error = Self::malformed("The server could not process the request because it is malformed or incorrect.");
        error.inner = Some(format!("{number}: {text}"));
        error
    }

    /// 400 of conditional access for a body that is not what it should be, whatever the reason.
    pub fn not_of_schema(label: &str) -> Self {
        Self::numbered(
            1007,
            format!(
                "Incoming {label} object is null or does not match the schema of {label} type. For examples, please see API documentation \
                 at https://docs.microsoft.com/en-us/graph/api/conditionalaccessroot-post-policies?view=graph-rest-1.0."
            ),
        )
    }

    /// 404 of conditional access.
    pub fn no_policy(label: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", format!("{label} with id {id} does not exist in the directory."))
    }

    /// 400 for a path that leads nowhere.
    pub fn no_such_segment(segment: &str) -> Self {
        // Unverified: the status; the text is the gateway's.
        Self::malformed(format!("Resource not found for the segment '{segment}'."))
    }

    /// 404 for a path that leads on to others and is nothing itself, as was seen of `identity/conditionalAccess/deletedItems`.
    /// Unverified: the code and the text.
    pub fn incomplete_path(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", format!("Resource not found for the path '{path}'."))
    }

    /// 400 for an id that is no GUID.
    pub fn invalid_id(id: &str) -> Self {
        Self::bad_request(format!("Invalid object identifier '{id}'."))
    }

    /// 400 for a value that the property cannot have.
    pub fn invalid_value(property: &str, label: &str) -> Self {
        let mut error = Self::bad_request(format!("Invalid value specified for property '{property}' of resource '{label}'."));
        error.details.push(Detail { code: "InvalidValue", target: property.into() });
        error
    }

    /// 400 for a property that an object cannot be without.
    pub fn value_required(property: &str, label: &str) -> Self {
        Self::bad_request(format!("A value is required for property '{property}' of resource '{label}'."))
    }

    /// 400 for a value that another object has.
    pub fn conflict(property: &str, label: &str, other: &str) -> Self {
        let mut error = Self::bad_request(format!("Another object with the same value for property {property} already exists."));
        error.details.push(Detail { code: "ObjectConflict", target: property.into() });
        error.details.push(Detail { code: "ConflictingObjects", target: format!("{label}_{other}") });
        error
    }

    /// 400, the directory's word for whatever it does not want to say more about.
    pub fn invalid_properties() -> Self {
        Self::bad_request("One or more property values specified are invalid.")
    }

    /// 400 for a change of what is synchronized from a directory on premises, and is changed there.
    ///
    /// The text as quoted at <https://github.com/KelvinTegelaar/CIPP/issues/1407> for the removal of a member.
    pub fn on_premises() -> Self {
        Self::bad_request(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
        )
    }

    /// 403 for a caller without the permission.
    pub fn denied() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// 401 for a token that is not accepted.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// 401 for a token that was good. Unverified: the text.
    pub fn token_expired() -> Self {
        Self::unauthenticated("Lifetime validation failed, the token is expired.")
    }

    /// 405 for a method that the path does not have.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    }

    /// The body of the answer (docs/services/graph.md#responses-and-errors).
    pub fn body(&self, now: Timestamp, request_id: &str, client_request_id: &str) -> Value {
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                // Without a `Z`, as the service has it.
                "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        });
        if let (Some(text), Some(inner)) = (&self.inner, error.get_mut("innerError").and_then(Value::as_object_mut)) {
            inner.insert("message".into(), json!(text));
        }
        if let (false, Some(error)) = (self.details.is_empty(), error.as_object_mut()) {
            let details = self.details.iter().map(|detail| json!({"code": detail.code, "message": self.message, "target": detail.target}));
            error.insert("details".into(), details.collect());
        }
        json!({"error": error})
    }
}
