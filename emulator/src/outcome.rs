//! The outcome of a handler: a response and the changes to commit.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{http::Response, store::Change};

/// The answer, and what is to be written before it is sent.
#[derive(Debug)]
pub struct Outcome {
    /// The answer.
    pub response: Response,
    /// Empty for a read.
    pub changes: Vec<Change>,
}

impl Outcome {
    /// A read, or a write that changes nothing.
    pub fn read(response: Response) -> Self {
        Self { response, changes: Vec::new() }
    }

    /// 200 with a body.
    pub fn ok(body: Value) -> Self {
        Self::read(Response::json(StatusCode::OK, body))
    }

    /// 200 with a list, as Azure Resource Manager writes it.
    pub fn list(values: Vec<Value>) -> Self {
        Self::ok(json!({ "value": values }))
    }

    /// A write that is answered with a body.
    pub fn written(status: StatusCode, body: Value, changes: Vec<Change>) -> Self {
        Self { response: Response::json(status, body), changes }
    }

    /// A write that is answered with 204 and no body.
    pub fn no_content(changes: Vec<Change>) -> Self {
        Self { response: Response::empty(StatusCode::NO_CONTENT), changes }
    }
}
