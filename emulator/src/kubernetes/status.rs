//! Refusals of the Kubernetes API: a `Status`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{authorization::Attributes, resources::Resource};
use crate::http::Response;

/// A refusal.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    reason: &'static str,
    message: String,
    details: Value,
}

impl Refusal {
    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason: "BadRequest", message: message.into(), details: Value::Null }
    }

    /// The answer.
    pub fn respond(&self) -> Response {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.status.as_u16(),
        });
        if let (Some(body), false) = (body.as_object_mut(), self.details.is_null()) {
            body.insert("details".into(), self.details.clone());
        }
        Response::json(self.status, body)
    }
}

/// 401 for a request without a token that is accepted.
pub fn unauthorized() -> Refusal {
    Refusal { status: StatusCode::UNAUTHORIZED, reason: "Unauthorized", message: "Unauthorized".into(), details: Value::Null }
}

/// 404 for a path that leads nowhere.
pub fn not_found_path() -> Refusal {
    let message = "the server could not find the requested resource".into();
    Refusal { status: StatusCode::NOT_FOUND, reason: "NotFound", message, details: json!({}) }
}

/// 404 for an object that is not there.
pub fn not_found(resource: &Resource, name: &str) -> Refusal {
    let qualified = qualified(resource.group, resource.name);
    let mut details = json!({"name": name, "kind": resource.name});
    if !resource.group.is_empty() {
        details["group"] = json!(resource.group);
    }
    Refusal { status: StatusCode::NOT_FOUND, reason: "NotFound", message: format!("{qualified} \"{name}\" not found"), details }
}

/// 405 for what is not done here: objects are only read.
pub fn method_not_allowed() -> Refusal {
    Refusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource: the emulator's clusters are only read".into(),
        details: json!({}),
    }
}

/// 403, in the words of Kubernetes; `why` are those of the authorizer, if it has any.
pub fn forbidden(user: &str, asked: &Attributes, why: &str) -> Refusal {
    let mut resource = qualified(&asked.group, &asked.resource);
    if !asked.name.is_empty() {
        resource = format!("{resource} \"{}\"", asked.name);
    }
    let kind = if asked.subresource.is_empty() { asked.resource.clone() } else { format!("{}/{}", asked.resource, asked.subresource) };
    let place = match asked.namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    let mut details = json!({"kind": asked.resource});
    for (name, value) in [("name", &asked.name), ("group", &asked.group)] {
        if !value.is_empty() {
            details[name] = json!(value);
        }
    }
    Refusal {
        status: StatusCode::FORBIDDEN,
        reason: "Forbidden",
        message: format!(
            "{resource} is forbidden: User \"{user}\" cannot {} resource \"{kind}\" in API group \"{}\" {place}{why}",
            asked.verb, asked.group
        ),
        details,
    }
}

/// `deployments.apps`
fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}
