//! Self reviews: SelfSubjectAccessReview, SelfSubjectRulesReview and SelfSubjectReview.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Context,
    authorization::{self, Attributes},
    protobuf,
    status::Refusal,
};
use crate::http::Response;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SelfSubjectAccessReview`: whether the caller may do something.
    Access,
    /// `SelfSubjectRulesReview`: the caller's own permissions.
    Rules,
    /// `SelfSubjectReview`: who the caller is.
    Identity,
}

impl Kind {
    /// The question of a resource.
    pub fn of_resource(group: &str, resource: &str) -> Option<Self> {
        match (group, resource) {
            ("authorization.k8s.io", "selfsubjectaccessreviews") => Some(Self::Access),
            ("authorization.k8s.io", "selfsubjectrulesreviews") => Some(Self::Rules),
            ("authentication.k8s.io", "selfsubjectreviews") => Some(Self::Identity),
            _ => None,
        }
    }
}

/// Answers a question. Everybody may ask.
pub fn respond(context: &Context<'_>, kind: Kind) -> Result<Response, Refusal> {
    let spec = protobuf::spec(context.request, kind)?;
    let (name, version, status) = match kind {
        Kind::Access => ("SelfSubjectAccessReview", "authorization.k8s.io/v1", access(context, &spec)?),
        // A webhook can be asked about one thing, and not about all.
        Kind::Rules => (
            "SelfSubjectRulesReview",
            "authorization.k8s.io/v1",
            json!({
                "resourceRules": [], "nonResourceRules": [], "incomplete": true,
                "evaluationError": "webhook authorizer does not support user rule resolution",
            }),
        ),
        Kind::Identity => ("SelfSubjectReview", "authentication.k8s.io/v1", json!({"userInfo": user_info(context)})),
    };
    let mut body = json!({"kind": name, "apiVersion": version, "metadata": {"creationTimestamp": null}, "status": status});
    if let (Some(body), true) = (body.as_object_mut(), kind != Kind::Identity) {
        body.insert("spec".into(), spec);
    }
    Ok(Response::json(StatusCode::CREATED, body))
}

fn access(context: &Context<'_>, spec: &Value) -> Result<Value, Refusal> {
    if let Some(path) = spec.pointer("/nonResourceAttributes/path").and_then(Value::as_str) {
        // Discovery is open to every authenticated caller.
        let open = ["/api", "/apis", "/version", "/healthz", "/livez", "/readyz", "/openapi"];
        let allowed = context.identity.is_local() || open.iter().any(|known| path == *known || path.starts_with(&format!("{known}/")));
        return Ok(json!({"allowed": allowed}));
    }
    let Some(asked) = spec.get("resourceAttributes").filter(|asked| asked.is_object()) else {
        return Err(Refusal::bad_request("spec: exactly one of nonResourceAttributes or resourceAttributes must be specified"));
    };
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let asked = Attributes {
        verb: text("verb"),
        group: text("group"),
        resource: text("resource"),
        subresource: text("subresource"),
        namespace: text("namespace"),
        name: text("name"),
    };
    Ok(match authorization::check(context, &asked) {
        Ok(()) => json!({"allowed": true}),
        Err(_) => json!({"allowed": false, "reason": authorization::reason(context)}),
    })
}

fn user_info(context: &Context<'_>) -> Value {
    let identity = &context.identity;
    if identity.is_local() {
        return json!({"username": identity.name, "groups": ["system:masters", "system:authenticated"]});
    }
    let groups: Vec<&str> = identity.groups.iter().map(AsRef::as_ref).chain(["system:authenticated"]).collect();
    json!({"username": identity.name, "groups": groups, "extra": {"oid": [identity.object_id]}})
}
