//! The control API of an emulator in this process, without a socket.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;

use crate::failure::Failure;

/// A call of the control API; what is not a success is a failure.
pub async fn control(tenant: &Arc<::emulator::Emulator>, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{method} /emulator/{path}: {error}"));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = Request::builder().method(method).uri(format!("/emulator/{path}")).header("content-type", "application/json").body(body);
    let request = request.map_err(|error| failed(&error))?;
    let answer = ::emulator::app(Arc::clone(tenant)).oneshot(request).await.map_err(|error| failed(&error))?;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.map_err(|error| failed(&error))?;
    if !status.is_success() {
        return Err(failed(&status));
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}
