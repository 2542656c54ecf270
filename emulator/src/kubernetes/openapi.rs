//! OpenAPI documents of the served resources: enough for `kubectl explain`, and for `kubectl apply` to leave the validation to the server.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    discovery::GROUPS,
    resources::{RESOURCES, Resource},
};
use crate::http::Response;

/// The list of documents: one of each group.
pub fn index() -> Response {
    let paths = std::iter::once("").chain(GROUPS.iter().copied()).map(|group| {
        let path = path_of(group);
        (path.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=1")}))
    });
    Response::json(StatusCode::OK, json!({"paths": paths.collect::<Map<_, _>>()}))
}

/// The document of a group, given by its path, as in `apis/apps/v1`.
pub fn document(path: &str) -> Option<Response> {
    let group = std::iter::once("").chain(GROUPS.iter().copied()).find(|group| path_of(group) == path)?;
    let resources = || RESOURCES.iter().filter(move |resource| resource.group == group);
    let schemas: BTreeMap<String, Value> = resources().map(|resource| (schema_name(resource), schema(resource))).collect();
    let paths: BTreeMap<String, Value> = resources().map(|resource| (object_path(resource), operations(resource))).collect();
    let body = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1"},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    Some(Response::json(StatusCode::OK, body))
}

fn path_of(group: &str) -> String {
    if group.is_empty() { "api/v1".into() } else { format!("apis/{group}/v1") }
}

fn object_path(resource: &Resource) -> String {
    let namespace = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
    format!("/{}{namespace}/{}/{{name}}", path_of(resource.group), resource.name)
}

fn schema_name(resource: &Resource) -> String {
    let group = match resource.group {
        "" => "core",
        group => group.split('.').next().unwrap_or(group),
    };
    format!("io.k8s.api.{group}.v1.{}", resource.kind)
}

fn kind_of(resource: &Resource) -> Value {
    json!({"group": resource.group, "kind": resource.kind, "version": "v1"})
}

fn schema(resource: &Resource) -> Value {
    let mut properties = Map::new();
    let common = [
        ("apiVersion", "string", "The version of the schema of this object."),
        ("kind", "string", "The type of this object."),
        ("metadata", "object", "Name, namespace, labels and other data about the object."),
    ];
    for (name, kind, description) in common.iter().chain(resource.fields) {
        let mut property = json!({"type": kind, "description": description});
        if *kind == "array" {
            property["items"] = json!({"type": "object"});
        }
        properties.insert((*name).to_owned(), property);
    }
    json!({
        "description": resource.description,
        "type": "object",
        "properties": properties,
        "x-kubernetes-group-version-kind": [kind_of(resource)],
    })
}

/// Reading, and changing where that is served: the parameter says that the server validates fields.
fn operations(resource: &Resource) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{}", schema_name(resource))}}});
    let operation = |action: &str| {
        json!({
            "responses": {"200": {"description": "OK", "content": content}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": kind_of(resource),
        })
    };
    let mut out = json!({"get": operation("get")});
    if resource.writable {
        let mut patch = operation("patch");
        patch["parameters"] = json!([{"name": "fieldValidation", "in": "query", "schema": {"type": "string", "uniqueItems": true}}]);
        out["patch"] = patch;
    }
    out
}
