//! Objects as a table, which `kubectl` asks for to print it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Context, RESOURCE_VERSION, resources::Resource, typed};
use crate::http::{Request, Response};

/// Whether a client wants a table more than anything else.
pub fn is_wanted(request: &Request) -> bool {
    request.header("accept").is_some_and(|accept| accept.split(',').next().is_some_and(|first| first.contains("as=Table")))
}

/// The answer with a table.
pub fn respond(context: &Context<'_>, resource: &Resource, all: &[Value]) -> Response {
    Response::json(StatusCode::OK, body(context, resource, all))
}

/// The table.
pub fn body(context: &Context<'_>, resource: &Resource, all: &[Value]) -> Value {
    let name = json!({"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0});
    let columns = resource
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "type": column.kind, "format": "", "description": "", "priority": column.priority}));
    let whole = context.request.option("includeObject").is_some_and(|include| include == "Object");
    let row = |one: &Value| {
        let name = one.pointer("/metadata/name").cloned().unwrap_or_default();
        let cells = resource.columns.iter().map(|column| (column.cell)(one, context.cluster.now));
        let object = if whole {
            typed(resource, one.clone())
        } else {
            json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": one.get("metadata")})
        };
        json!({"cells": std::iter::once(name).chain(cells).collect::<Vec<_>>(), "object": object})
    };
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": RESOURCE_VERSION},
        "columnDefinitions": std::iter::once(name).chain(columns).collect::<Vec<_>>(),
        "rows": all.iter().map(row).collect::<Vec<_>>(),
    })
}
