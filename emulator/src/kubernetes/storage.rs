//! Objects that were created, changed or deleted in a cluster: rows of the store, in the place of those that a fresh cluster has.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    Context, RESOURCE_VERSION, ServedCluster,
    authorization::{self, Attributes},
    objects, rbac,
    resources::Resource,
    status::{self, Refusal},
    typed,
};
use crate::{
    arm::records::clusters::OBJECTS,
    clock::seconds,
    http::Response,
    store::{Change, Key, Row},
};

/// The mark of a row that stands for a deleted object of a fresh cluster.
const DELETED: &str = "$deleted";

/// The row of an object: the cluster, the resource, and the object's place.
fn key(served: &ServedCluster<'_>, resource: &Resource, namespace: &str, name: &str) -> Key {
    format!("{}|{}|{}|{namespace}|{name}", served.key(), resource.group, resource.name).into()
}

/// The objects of a resource: those of a fresh cluster that were not changed, and the stored ones. In the order of their names.
pub fn merged(served: &ServedCluster<'_>, resource: &Resource, fresh: Vec<Value>) -> Vec<Value> {
    if !resource.writable {
        return fresh;
    }
    let start = format!("{}|{}|{}|", served.key(), resource.group, resource.name);
    let rows = served.view.rows(OBJECTS, Some(start.as_str())).take_while(|(key, _)| key.starts_with(&start));
    let stored: Vec<(Key, Row)> = rows.collect();
    let is_stored = |one: &Value| {
        let key = key(served, resource, metadata(one, "namespace"), metadata(one, "name"));
        stored.iter().any(|(known, _)| *known == key)
    };
    let mut out: Vec<Value> = fresh.into_iter().filter(|one| !is_stored(one)).collect();
    out.extend(stored.iter().filter(|(_, row)| !row.contains_key(DELETED)).map(|(_, row)| shown(row)));
    out.sort_by(|one, two| {
        let place = |value: &Value| (metadata(value, "namespace").to_owned(), metadata(value, "name").to_owned());
        place(one).cmp(&place(two))
    });
    out
}

fn shown(row: &Row) -> Value {
    Value::Object(row.as_ref().clone())
}

fn metadata<'v>(object: &'v Value, name: &str) -> &'v str {
    object.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default()
}

/// A write: the answer, and the changes that it makes.
///
/// # Errors
///
/// 400, 404, 405, 409, 415 and 422 as the Kubernetes API, and 403 for a role or binding that gives more than the caller has.
pub fn write(context: &Context<'_>, resource: &'static Resource, asked: &Attributes) -> Result<(Response, Vec<Change>), Refusal> {
    if !resource.writable {
        return Err(status::method_not_allowed());
    }
    let served = &context.cluster;
    let found = |name: &str| {
        let is = |one: &Value| metadata(one, "name") == name && (!resource.namespaced || metadata(one, "namespace") == asked.namespace);
        objects::of(served, resource).into_iter().find(is)
    };
    let dry_run = context.request.option("dryRun").is_some_and(|value| value == "All");
    let (old, object) = match context.request.method {
        Method::POST if asked.name.is_empty() => {
            let given = body(context, resource)?;
            let name = metadata(&given, "name").to_owned();
            if name.is_empty() {
                return Err(status::invalid(resource, "", "metadata.name: Required value: name or generateName is required"));
            }
            if found(&name).is_some() {
                return Err(status::already_exists(resource, &name));
            }
            (None, given)
        }
        Method::PUT | Method::PATCH if !asked.name.is_empty() => {
            let old = found(&asked.name).ok_or_else(|| status::not_found(resource, &asked.name))?;
            let object = if context.request.method == Method::PUT {
                let given = body(context, resource)?;
                let version = metadata(&given, "resourceVersion");
                if !version.is_empty() && version != metadata(&old, "resourceVersion") {
                    return Err(status::conflict(resource, &asked.name));
                }
                given
            } else {
                patched(context, &old)?
            };
            (Some(old), object)
        }
        Method::DELETE if !asked.name.is_empty() => {
            let old = found(&asked.name).ok_or_else(|| status::not_found(resource, &asked.name))?;
            let mark = Map::from_iter([(DELETED.to_owned(), json!(true))]);
            let change =
                Change::Put { table: OBJECTS, key: key(served, resource, metadata(&old, "namespace"), &asked.name), row: mark.into() };
            let details = json!({"name": asked.name, "kind": resource.name, "group": resource.group, "uid": metadata(&old, "uid")});
            let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
            return Ok((Response::json(StatusCode::OK, body), if dry_run { Vec::new() } else { vec![change] }));
        }
        _ => return Err(status::method_not_allowed()),
    };
    let object = completed(context, resource, asked, old.as_ref(), object)?;
    check_escalation(context, resource, &object)?;
    let row: Row = object.as_object().cloned().unwrap_or_default().into();
    let key = key(served, resource, metadata(&object, "namespace"), metadata(&object, "name"));
    let answer = Response::json(if old.is_some() { StatusCode::OK } else { StatusCode::CREATED }, typed(resource, shown(&row)));
    Ok((answer, if dry_run { Vec::new() } else { vec![Change::Put { table: OBJECTS, key, row }] }))
}

fn body(context: &Context<'_>, resource: &Resource) -> Result<Value, Refusal> {
    let kind = context.request.header("content-type").unwrap_or_default();
    if !kind.is_empty() && !kind.starts_with("application/json") {
        return Err(status::unsupported_media_type(kind));
    }
    let given = context.request.json().map_err(|error| Refusal::bad_request(error.to_string()))?.unwrap_or_default();
    let has = |name: &str, wanted: &str| given.get(name).and_then(Value::as_str).is_none_or(|value| value == wanted);
    if !given.is_object() || !has("kind", resource.kind) || !has("apiVersion", &resource.api_version()) {
        return Err(Refusal::bad_request(format!("the object must be a {} of {}", resource.kind, resource.api_version())));
    }
    Ok(given)
}

/// The object after a patch. Lists are replaced as a whole, as those of roles and bindings are in strategic merge patches, too.
fn patched(context: &Context<'_>, old: &Value) -> Result<Value, Refusal> {
    let kind = context.request.header("content-type").unwrap_or_default();
    if !["application/merge-patch+json", "application/strategic-merge-patch+json"].iter().any(|known| kind.starts_with(known)) {
        return Err(status::unsupported_media_type(kind));
    }
    let patch = context.request.json().map_err(|error| Refusal::bad_request(error.to_string()))?.unwrap_or_default();
    let mut out = old.clone();
    merge(&mut out, &patch);
    Ok(out)
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let (Some(object), Value::Object(patch)) = (target.as_object_mut(), patch) else {
        *target = patch.clone();
        return;
    };
    for (name, value) in patch {
        match value {
            Value::Null => drop(object.remove(name)),
            // Directives of strategic merge patches say how lists are merged.
            _ if name.starts_with('$') => {}
            value => merge(object.entry(name).or_insert(json!({})), value),
        }
    }
}

/// The object with what the server sets, checked.
fn completed(
    context: &Context<'_>,
    resource: &'static Resource,
    asked: &Attributes,
    old: Option<&Value>,
    mut object: Value,
) -> Result<Value, Refusal> {
    let name = metadata(&object, "name").to_owned();
    let Some(members) = object.as_object_mut() else { return Err(Refusal::bad_request("an object is expected")) };
    members.remove("kind");
    members.remove("apiVersion");
    let invalid = |text: &str| status::invalid(resource, &name, text);
    if old.is_some() && name != asked.name {
        return Err(Refusal::bad_request(format!("the name of the object ({name}) does not match the name on the URL ({})", asked.name)));
    }
    match resource.kind {
        "RoleBinding" | "ClusterRoleBinding" => {
            let role = members.get("roleRef").cloned().unwrap_or_default();
            let kinds: &[&str] = if resource.namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
            let text = |name: &str| role.get(name).and_then(Value::as_str).unwrap_or_default();
            if !kinds.contains(&text("kind")) || text("name").is_empty() || text("apiGroup") != rbac::GROUP {
                return Err(invalid("roleRef: Invalid value: it must have the apiGroup rbac.authorization.k8s.io, a kind and a name"));
            }
            if old.is_some_and(|old| old.get("roleRef") != Some(&role)) {
                return Err(invalid("roleRef: Invalid value: cannot change roleRef"));
            }
        }
        "Role" | "ClusterRole" => {
            let rules = members.entry("rules").or_insert(Value::Null);
            let wrong =
                rules.as_array().into_iter().flatten().any(|rule| rule.get("verbs").and_then(Value::as_array).is_none_or(Vec::is_empty));
            if wrong {
                return Err(invalid("rules.verbs: Required value: verbs must contain at least one value"));
            }
        }
        "Namespace" => {
            members.insert("spec".into(), json!({"finalizers": ["kubernetes"]}));
            members.insert("status".into(), json!({"phase": "Active"}));
        }
        _ => {}
    }
    let now = seconds(context.cluster.now);
    let version: u64 =
        old.and_then(|old| metadata(old, "resourceVersion").parse().ok()).unwrap_or_else(|| RESOURCE_VERSION.parse().unwrap_or(0));
    let inner = members.entry("metadata").or_insert(json!({}));
    let uid = old.map_or_else(|| uuid::Uuid::new_v4().to_string(), |old| metadata(old, "uid").to_owned());
    let made = old.map_or(now, |old| metadata(old, "creationTimestamp").to_owned());
    if let Some(inner) = inner.as_object_mut() {
        inner.remove("managedFields");
        inner.insert("uid".into(), json!(uid));
        inner.insert("creationTimestamp".into(), json!(made));
        inner.insert("resourceVersion".into(), json!((version + 1).to_string()));
        if resource.namespaced {
            let namespace = inner.entry("namespace").or_insert(json!(asked.namespace));
            if namespace.as_str() != Some(&asked.namespace) {
                return Err(Refusal::bad_request("the namespace of the provided object does not match the namespace sent on the request"));
            }
        }
        if resource.kind == "Namespace"
            && let Some(labels) = inner.entry("labels").or_insert(json!({})).as_object_mut()
        {
            labels.insert("kubernetes.io/metadata.name".into(), json!(name));
        }
    }
    Ok(object)
}

/// Refuses a role or binding that gives more than the caller has
/// (kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
fn check_escalation(context: &Context<'_>, resource: &'static Resource, object: &Value) -> Result<(), Refusal> {
    if resource.group != rbac::GROUP {
        return Ok(());
    }
    let (namespace, name) = (metadata(object, "namespace"), metadata(object, "name"));
    let is_role = ["Role", "ClusterRole"].contains(&resource.kind);
    let (verb, target, target_name) = if is_role {
        ("escalate", resource.name, name)
    } else {
        let kind = object.pointer("/roleRef/kind").and_then(Value::as_str).unwrap_or_default();
        let target = if kind == "Role" { "roles" } else { "clusterroles" };
        ("bind", target, object.pointer("/roleRef/name").and_then(Value::as_str).unwrap_or_default())
    };
    let exempt = Attributes {
        verb: verb.into(),
        group: rbac::GROUP.into(),
        resource: target.into(),
        namespace: namespace.into(),
        name: target_name.into(),
        ..Attributes::default()
    };
    let is_allowed = |asked: &Attributes| authorization::is_allowed(&context.cluster, &context.identity, asked);
    if is_allowed(&exempt) {
        return Ok(());
    }
    let rules = if is_role {
        object.get("rules").and_then(Value::as_array).cloned().unwrap_or_default()
    } else {
        rbac::rules_of(&context.cluster, object)
    };
    match rbac::missing(context, &rules, namespace, is_allowed) {
        None => Ok(()),
        Some(missing) => Err(status::escalation(&context.identity.name, resource, name, &missing)),
    }
}
