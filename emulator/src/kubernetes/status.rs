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
    Refusal {
        status: StatusCode::NOT_FOUND,
        reason: "NotFound",
        message: format!("{qualified} \"{name}\" not found"),
        details: details(resource, name),
    }
}

/// 405 for a write of a resource that is only read here.
pub fn method_not_allowed() -> Refusal {
    Refusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource: the emulator only reads it".into(),
        details: json!({}),
    }
}

/// 409 for an object that is there.
pub fn already_exists(resource: &Resource, name: &str) -> Refusal {
    let message = format!("{} \"{name}\" already exists", qualified(resource.group, resource.name));
    Refusal { status: StatusCode::CONFLICT, reason: "AlreadyExists", message, details: details(resource, name) }
}

/// 409 for an update that is based on an older version of the object.
pub fn conflict(resource: &Resource, name: &str) -> Refusal {
    let message = format!(
        "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to the latest version and try \
         again",
        qualified(resource.group, resource.name)
    );
    Refusal { status: StatusCode::CONFLICT, reason: "Conflict", message, details: details(resource, name) }
}

/// 422 for an object that is not valid; `why` names the member.
pub fn invalid(resource: &Resource, name: &str, why: &str) -> Refusal {
    let kind = if resource.group.is_empty() { resource.kind.to_owned() } else { format!("{}.{}", resource.kind, resource.group) };
    let message = format!("{kind} \"{name}\" is invalid: {why}");
    Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, reason: "Invalid", message, details: details(resource, name) }
}

/// 415 for a body or a patch of another type.
pub fn unsupported_media_type(kind: &str) -> Refusal {
    let message = format!("the body of the request was in an unknown format - the emulator accepts JSON and merge patches, not {kind:?}");
    Refusal { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, reason: "UnsupportedMediaType", message, details: json!({}) }
}

/// 500 with a reason.
pub fn internal(message: &str) -> Refusal {
    let message = format!("Internal error occurred: {message}");
    Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, reason: "InternalError", message, details: json!({}) }
}

/// 403 for a role or binding that gives what the caller does not have.
pub fn escalation(user: &str, resource: &Resource, name: &str, missing: &Attributes) -> Refusal {
    let message = format!(
        "{} \"{name}\" is forbidden: user \"{user}\" is attempting to grant RBAC permissions not currently held:\n\
         {{APIGroups:[\"{}\"], Resources:[\"{}\"], Verbs:[\"{}\"]}}",
        qualified(resource.group, resource.name),
        missing.group,
        missing.resource,
        missing.verb
    );
    Refusal { status: StatusCode::FORBIDDEN, reason: "Forbidden", message, details: details(resource, name) }
}

/// 403 for a path that is no resource.
pub fn forbidden_path(user: &str, verb: &str, path: &str) -> Refusal {
    let message = format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\"");
    Refusal { status: StatusCode::FORBIDDEN, reason: "Forbidden", message, details: json!({}) }
}

fn details(resource: &Resource, name: &str) -> Value {
    let mut out = json!({"name": name, "kind": resource.name});
    if !resource.group.is_empty() {
        out["group"] = json!(resource.group);
    }
    out
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
