//! API discovery of a cluster, in the forms of older and newer clients.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    rbac,
    resources::{RESOURCES, Resource},
    reviews::{self, Kind},
};
use crate::{
    http::{Request, Response},
    store::Row,
};

/// API groups besides the core, each in version `v1`.
pub const GROUPS: &[&str] = &["apps", "authentication.k8s.io", "authorization.k8s.io", rbac::GROUP];

/// The version of a cluster.
pub fn version(cluster: &Row) -> Response {
    let version =
        cluster.get("properties").and_then(|inner| inner.get("currentKubernetesVersion")).and_then(Value::as_str).unwrap_or_default();
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Response::json(
        StatusCode::OK,
        json!({
            "major": major, "minor": minor, "gitVersion": format!("v{version}"), "gitCommit": "0000000000000000000000000000000000000000",
            "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.24", "compiler": "gc",
            "platform": "linux/amd64",
        }),
    )
}

/// The list of groups: names only, or everything at once for clients that can take it.
pub fn groups(request: &Request, legacy: bool) -> Response {
    let accept = request.header("accept").unwrap_or_default();
    let aggregated = ["v2", "v2beta1"].into_iter().find(|version| {
        accept.split(',').any(|one| {
            let has = |wanted: &str| one.split(';').any(|part| part.trim() == wanted);
            has("g=apidiscovery.k8s.io") && has("as=APIGroupDiscoveryList") && has(&format!("v={version}"))
        })
    });
    if let Some(version) = aggregated {
        let items: Vec<Value> =
            if legacy { vec![group_resources("")] } else { GROUPS.iter().map(|group| group_resources(group)).collect() };
        let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {}, "items": items});
        let kind = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
        return Response::json(StatusCode::OK, body).with_header(header::CONTENT_TYPE, &kind);
    }
    let body = if legacy {
        json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
    } else {
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": GROUPS.iter().map(|group| one_group(group)).collect::<Vec<_>>()})
    };
    Response::json(StatusCode::OK, body)
}

/// A group, if there is one of that name.
pub fn group(name: &str) -> Option<Response> {
    let name = GROUPS.iter().find(|group| **group == name)?;
    let mut body = one_group(name);
    body["kind"] = json!("APIGroup");
    body["apiVersion"] = json!("v1");
    Some(Response::json(StatusCode::OK, body))
}

fn one_group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

/// The resources of a group, if it is there in that version.
pub fn resources(group: &str, version: &str) -> Option<Response> {
    if version != "v1" || !(group.is_empty() || GROUPS.contains(&group)) {
        return None;
    }
    let objects = of(group).map(|resource| {
        json!({
            "name": resource.name, "singularName": resource.singular, "namespaced": resource.namespaced, "kind": resource.kind,
            "verbs": resource.verbs(), "shortNames": resource.short, "categories": categories(resource),
        })
    });
    let questions = reviews::KINDS.iter().filter(|(_, of, ..)| *of == group).map(|(review, _, name, kind)| {
        let namespaced = *review == Kind::OthersLocalAccess;
        json!({"name": name, "singularName": kind.to_lowercase(), "namespaced": namespaced, "kind": kind, "verbs": ["create"]})
    });
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    Some(Response::json(
        StatusCode::OK,
        json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version,
            "resources": objects.chain(questions).collect::<Vec<_>>(),
        }),
    ))
}

/// A group with its resources, in the newer form.
fn group_resources(group: &str) -> Value {
    let kind = |kind: &str| json!({"group": group, "version": "v1", "kind": kind});
    let objects = of(group).map(|resource| {
        json!({
            "resource": resource.name, "responseKind": kind(resource.kind), "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": resource.singular, "verbs": resource.verbs(), "shortNames": resource.short, "categories": categories(resource),
        })
    });
    let questions = reviews::KINDS.iter().filter(|(_, of, ..)| *of == group).map(|(review, _, name, of)| {
        let scope = if *review == Kind::OthersLocalAccess { "Namespaced" } else { "Cluster" };
        json!({"resource": name, "responseKind": kind(of), "scope": scope, "singularResource": of.to_lowercase(), "verbs": ["create"]})
    });
    let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
    json!({
        "metadata": metadata,
        "versions": [{"version": "v1", "resources": objects.chain(questions).collect::<Vec<_>>(), "freshness": "Current"}],
    })
}

fn categories(resource: &Resource) -> &'static [&'static str] {
    if resource.in_all { &["all"] } else { &[] }
}

fn of(group: &str) -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().filter(move |resource| resource.group == group)
}
