//! Reviews in protocol buffers, as newer clients send them. Answers are JSON, which these clients take as well.

use prost::Message;
use serde_json::{Value, json};

use super::{
    reviews::Kind,
    status::{Refusal, unsupported_media_type},
};
use crate::http::Request;

/// The first bytes of a body in protocol buffers.
const MAGIC: &[u8] = b"k8s\0";

/// The envelope of every object. Field numbers here and below are those of the published `generated.proto` files of Kubernetes.
#[derive(Clone, PartialEq, Message)]
struct Unknown {
    #[prost(bytes = "vec", tag = "2")]
    raw: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct AccessReview {
    #[prost(message, optional, tag = "2")]
    spec: Option<AccessSpec>,
}

#[derive(Clone, PartialEq, Message)]
struct AccessSpec {
    #[prost(message, optional, tag = "1")]
    resource: Option<ResourceAttributes>,
    #[prost(message, optional, tag = "2")]
    non_resource: Option<NonResourceAttributes>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceAttributes {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    verb: String,
    #[prost(string, tag = "3")]
    group: String,
    #[prost(string, tag = "4")]
    version: String,
    #[prost(string, tag = "5")]
    resource: String,
    #[prost(string, tag = "6")]
    subresource: String,
    #[prost(string, tag = "7")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct NonResourceAttributes {
    #[prost(string, tag = "1")]
    path: String,
    #[prost(string, tag = "2")]
    verb: String,
}

#[derive(Clone, PartialEq, Message)]
struct RulesReview {
    #[prost(message, optional, tag = "2")]
    spec: Option<RulesSpec>,
}

#[derive(Clone, PartialEq, Message)]
struct RulesSpec {
    #[prost(string, tag = "1")]
    namespace: String,
}

/// The spec of a review, in whichever encoding it came.
pub fn spec(request: &Request, kind: Kind) -> Result<Value, Refusal> {
    let Some(envelope) = request.body.strip_prefix(MAGIC) else {
        let body = request.json().map_err(|error| Refusal::bad_request(error.to_string()))?.unwrap_or_default();
        return Ok(body.get("spec").cloned().unwrap_or_else(|| json!({})));
    };
    match kind {
        Kind::Access => {}
        Kind::Rules => {
            let decoded = Unknown::decode(envelope).and_then(|unknown| RulesReview::decode(unknown.raw.as_slice()));
            let spec = decoded.map_err(|error| Refusal::bad_request(error.to_string()))?.spec.unwrap_or_default();
            return Ok(json!({"namespace": spec.namespace}));
        }
        Kind::Identity => return Ok(json!({})),
        Kind::OthersAccess | Kind::OthersLocalAccess => return Err(unsupported_media_type("application/vnd.kubernetes.protobuf")),
    }
    let decoded = Unknown::decode(envelope).and_then(|unknown| AccessReview::decode(unknown.raw.as_slice()));
    let spec = decoded.map_err(|error| Refusal::bad_request(error.to_string()))?.spec.unwrap_or_default();
    let mut out = json!({});
    if let Some(asked) = spec.resource {
        out["resourceAttributes"] = json!({
            "namespace": asked.namespace, "verb": asked.verb, "group": asked.group, "version": asked.version,
            "resource": asked.resource, "subresource": asked.subresource, "name": asked.name,
        });
    }
    if let Some(asked) = spec.non_resource {
        out["nonResourceAttributes"] = json!({"path": asked.path, "verb": asked.verb});
    }
    Ok(out)
}
