//! Reviews: questions about who a caller is and what somebody may do, and their answers.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Context,
    authenticate::Identity,
    authorization::{self, Attributes},
    protobuf, rbac,
    status::Refusal,
};
use crate::http::Response;

/// The kind of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SelfSubjectAccessReview`: whether the caller may do something.
    Access,
    /// `SelfSubjectRulesReview`: the caller's own permissions.
    Rules,
    /// `SelfSubjectReview`: who the caller is.
    Identity,
    /// `SubjectAccessReview`: whether another identity may do something.
    OthersAccess,
    /// `LocalSubjectAccessReview`: the same, in one namespace.
    OthersLocalAccess,
}

/// Every kind with its API group, the plural name and the kind of its objects.
pub const KINDS: [(Kind, &str, &str, &str); 5] = [
    (Kind::Identity, "authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    (Kind::OthersLocalAccess, "authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview"),
    (Kind::Access, "authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    (Kind::Rules, "authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    (Kind::OthersAccess, "authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
];

impl Kind {
    /// The kind of a resource.
    pub fn of_resource(group: &str, resource: &str) -> Option<Self> {
        KINDS.iter().find(|(_, of, name, _)| *of == group && *name == resource).map(|(kind, ..)| *kind)
    }

    fn names(self) -> (&'static str, &'static str, &'static str) {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or(("", "", ""), |(_, group, resource, kind)| (*group, *resource, *kind))
    }
}

/// Answers a review. Every authenticated caller may ask about themselves; about others only a caller who may create such reviews.
pub fn respond(context: &Context<'_>, kind: Kind, namespace: &str) -> Result<Response, Refusal> {
    let (group, resource, name) = kind.names();
    let asked = Attributes {
        verb: "create".into(),
        group: group.into(),
        resource: resource.into(),
        namespace: namespace.into(),
        ..Attributes::default()
    };
    authorization::check(context, &asked)?;
    let spec = protobuf::spec(context.request, kind)?;
    let status = match kind {
        Kind::Access => access(context, &context.identity, &spec)?,
        Kind::Rules => rules(context, &spec),
        Kind::Identity => json!({"userInfo": context.identity.user_info()}),
        Kind::OthersAccess | Kind::OthersLocalAccess => access(context, &other(&spec)?, &spec)?,
    };
    let mut body = json!({"kind": name, "apiVersion": format!("{group}/v1"), "metadata": {"creationTimestamp": null}, "status": status});
    if let (Some(body), true) = (body.as_object_mut(), kind != Kind::Identity) {
        body.insert("spec".into(), spec);
    }
    Ok(Response::json(StatusCode::CREATED, body))
}

/// The identity about which a review asks.
fn other(spec: &Value) -> Result<Identity, Refusal> {
    let text = |name: &str| spec.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let groups = spec.get("groups").map(texts).unwrap_or_default();
    if text("user").is_empty() && groups.is_empty() {
        return Err(Refusal::bad_request("spec.user: Invalid value: \"\": at least one of user or group must be specified"));
    }
    let extra = spec.get("extra").and_then(Value::as_object).into_iter().flatten();
    let extra: std::collections::BTreeMap<_, _> = extra.map(|(name, values)| (name.to_lowercase(), texts(values))).collect();
    let object_id = extra.get("oid").and_then(|ids| ids.first()).map(|id| id.to_lowercase()).unwrap_or_default();
    Ok(Identity { name: text("user"), object_id, groups, uid: text("uid"), extra })
}

/// The rules of the bindings. What roles of Azure allow cannot be listed: the authorizer can be asked about one thing, and not about all.
fn rules(context: &Context<'_>, spec: &Value) -> Value {
    let namespace = spec.get("namespace").and_then(Value::as_str).unwrap_or_default();
    let (paths, resources): (Vec<Value>, Vec<Value>) =
        rbac::rules(&context.cluster, &context.identity, namespace).into_iter().partition(|rule| rule.get("nonResourceURLs").is_some());
    let mut out = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false});
    if authorization::has_azure_rbac(&context.cluster.row) {
        out["incomplete"] = json!(true);
        out["evaluationError"] = json!("webhook authorizer does not support user rule resolution");
    }
    out
}

fn access(context: &Context<'_>, identity: &Identity, spec: &Value) -> Result<Value, Refusal> {
    if let Some(asked) = spec.get("nonResourceAttributes").filter(|asked| asked.is_object()) {
        let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
        return Ok(json!({"allowed": rbac::allows_path(&context.cluster, identity, text("verb"), text("path"))}));
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
    Ok(if authorization::is_allowed(&context.cluster, identity, &asked) {
        json!({"allowed": true})
    } else {
        json!({"allowed": false, "reason": authorization::reason(&context.cluster, identity)})
    })
}
