//! Paths of requests to a cluster.

use axum::http::Method;

use super::{authorization::Attributes, reviews::Kind};
use crate::http::Request;

/// A request to the Kubernetes API of a cluster.
#[derive(Debug, Clone)]
pub struct Target {
    /// The first label of the cluster's name in the DNS.
    pub cluster: String,
    /// The operation.
    pub request: ApiPath,
}

/// A parsed path of the Kubernetes API.
#[derive(Debug, Clone)]
pub enum ApiPath {
    /// Its version.
    Version,
    /// The list of API groups: those of `/api`, or those of `/apis`.
    Groups {
        /// Those of `/api`.
        legacy: bool,
    },
    /// The versions of a group.
    Group(String),
    /// The resources of a group. The group of `/api/v1` is empty.
    Resources {
        /// Name of the group.
        group: String,
        /// Version of it.
        version: String,
    },
    /// `/openapi/v3`: the list of documents.
    OpenApi,
    /// `/openapi/v3/{path}`: the document of a group.
    OpenApiGroup(String),
    /// A review, in a namespace or, if that is empty, in the whole cluster.
    Review(Kind, String),
    /// Something with objects.
    Objects(Attributes),
    /// Nothing that is served.
    Unknown,
}

impl Target {
    /// Parses the segments of a request's path after `/kubernetes`.
    pub fn of(segments: &[String], request: &Request) -> Self {
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (cluster, rest) = parts.split_first().unwrap_or((&"", &[]));
        let request = match rest {
            ["version"] => ApiPath::Version,
            ["api"] => ApiPath::Groups { legacy: true },
            ["apis"] => ApiPath::Groups { legacy: false },
            ["apis", group] => ApiPath::Group((*group).to_owned()),
            ["api", "v1"] => ApiPath::Resources { group: String::new(), version: "v1".into() },
            ["apis", group, version] => ApiPath::Resources { group: (*group).to_owned(), version: (*version).to_owned() },
            ["apis", group, "v1", name] if Kind::of_resource(group, name).is_some() => {
                Kind::of_resource(group, name).map_or(ApiPath::Unknown, |kind| ApiPath::Review(kind, String::new()))
            }
            ["apis", group, "v1", "namespaces", namespace, name] if Kind::of_resource(group, name) == Some(Kind::OthersLocalAccess) => {
                ApiPath::Review(Kind::OthersLocalAccess, (*namespace).to_owned())
            }
            ["openapi", "v3"] => ApiPath::OpenApi,
            ["openapi", "v3", path @ ..] => ApiPath::OpenApiGroup(path.join("/")),
            ["api", "v1", below @ ..] => objects("", below, request),
            ["apis", group, _, below @ ..] => objects(group, below, request),
            _ => ApiPath::Unknown,
        };
        Self { cluster: (*cluster).to_owned(), request }
    }

    /// The path with placeholders, by which requests are counted.
    pub fn template(&self, request: &Request) -> String {
        let ApiPath::Objects(asked) = &self.request else {
            return request.path.replacen(&format!("/{}", self.cluster), "/{cluster}", 1);
        };
        let group = if asked.group.is_empty() { "api/v1".to_owned() } else { format!("apis/{}/v1", asked.group) };
        let mut out = format!("/kubernetes/{{cluster}}/{group}");
        if !asked.namespace.is_empty() && asked.resource != "namespaces" {
            out.push_str("/namespaces/{namespace}");
        }
        out.push_str(&format!("/{}", asked.resource));
        if !asked.name.is_empty() {
            out.push_str("/{name}");
        }
        if !asked.subresource.is_empty() {
            out.push_str(&format!("/{}", asked.subresource));
        }
        out
    }
}

/// `pods`, `pods/{name}`, `namespaces/{namespace}/pods/{name}/{subresource}` and so on. A namespace is in itself: that is what its own
/// requests are decided by.
fn objects(group: &str, below: &[&str], request: &Request) -> ApiPath {
    let (namespace, rest) = match below {
        ["namespaces", namespace] | ["namespaces", namespace, "status" | "finalize"] => (*namespace, below),
        ["namespaces", namespace, rest @ ..] => (*namespace, rest),
        rest => ("", rest),
    };
    let (resource, name, subresource) = match rest {
        [resource] => (*resource, "", ""),
        [resource, name] => (*resource, *name, ""),
        [resource, name, subresource] => (*resource, *name, *subresource),
        _ => return ApiPath::Unknown,
    };
    ApiPath::Objects(attributes(group, namespace, resource, name, subresource, request))
}

fn attributes(group: &str, namespace: &str, resource: &str, name: &str, subresource: &str, request: &Request) -> Attributes {
    let watch = request.option("watch").is_some_and(|watch| watch == "true" || watch == "1");
    let verb = match (&request.method, name.is_empty()) {
        (&Method::GET | &Method::HEAD, _) if watch => "watch",
        (&Method::GET | &Method::HEAD, true) => "list",
        (&Method::GET | &Method::HEAD, false) => "get",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "deletecollection",
        _ => "delete",
    };
    Attributes {
        verb: verb.into(),
        group: group.into(),
        resource: resource.into(),
        subresource: subresource.into(),
        namespace: namespace.into(),
        name: name.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use axum::{
        body::Bytes,
        http::{HeaderMap, Method},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn paths_and_what_they_address() {
        for (method, path, query, written, template) in [
            (Method::GET, "api/v1/pods", "", "list /pods", "api/v1/pods"),
            (Method::GET, "api/v1/namespaces/a/pods", "", "list a/pods", "api/v1/namespaces/{namespace}/pods"),
            (Method::GET, "api/v1/namespaces/a/pods/b", "", "get a/pods/b", "api/v1/namespaces/{namespace}/pods/{name}"),
            (Method::GET, "api/v1/namespaces/a/pods/b/log", "", "get a/pods/b/log", "api/v1/namespaces/{namespace}/pods/{name}/log"),
            (Method::GET, "api/v1/namespaces", "watch=true", "watch /namespaces", "api/v1/namespaces"),
            (Method::GET, "api/v1/namespaces/a", "", "get a/namespaces/a", "api/v1/namespaces/{name}"),
            (Method::DELETE, "api/v1/namespaces/a", "", "delete a/namespaces/a", "api/v1/namespaces/{name}"),
            (Method::DELETE, "api/v1/namespaces/a/secrets", "", "deletecollection a/secrets", "api/v1/namespaces/{namespace}/secrets"),
            (Method::POST, "api/v1/namespaces/a/secrets", "", "create a/secrets", "api/v1/namespaces/{namespace}/secrets"),
            (
                Method::PATCH,
                "apis/apps/v1/namespaces/a/deployments/b",
                "",
                "patch a/deployments/b",
                "apis/apps/v1/namespaces/{namespace}/deployments/{name}",
            ),
        ] {
            let request = Request {
                method,
                path: format!("/kubernetes/c/{path}"),
                query: query.into(),
                headers: HeaderMap::new(),
                body: Bytes::new(),
                host: "h".into(),
                id: Uuid::nil(),
            };
            let target = Target::of(&request.segments()[1..], &request);
            let ApiPath::Objects(asked) = &target.request else { panic!("{path}") };
            let mut shown = format!("{} {}/{}", asked.verb, asked.namespace, asked.resource);
            for part in [&asked.name, &asked.subresource] {
                if !part.is_empty() {
                    shown.push_str(&format!("/{part}"));
                }
            }
            assert_eq!((shown.as_str(), target.template(&request)), (written, format!("/kubernetes/{{cluster}}/{template}")));
        }
    }
}
