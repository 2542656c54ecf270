//! Long-running operations of Azure Resource Manager: a write that has only begun when its answer comes, and is polled until it has ended.
//!
//! Long-running operations. The status of one that failed is returned with 200 (docs/services/resource-manager.md#managed-clusters).

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::answer::Answer;
use super::backoff::{Backoff, SHORTEST_PAUSE};
use super::client::Client;
use super::error::{Error, OperationError};
use super::operation_context::OperationContext;
use super::paging::follow;
use super::request::Request;
use super::service::Api;

const LONGEST_POLL_PAUSE: Duration = Duration::from_secs(15);

/// The status of an operation.
#[derive(Deserialize)]
struct PollResponse {
    /// `InProgress`, `Succeeded`, `Failed`, `Canceled`, or something else that means that it goes on.
    #[serde(default)]
    status: String,
    error: Option<Why>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Why {
    code: String,
    message: String,
}

impl Client {
    /// Waits for the end of the operation that this answer to a write began, if it began one. An operation that fails is an error.
    pub async fn finish(&self, answer: &Answer, operation_context: &OperationContext) -> Result<(), Error> {
        let Some(address) = answer.header("azure-asyncoperation") else { return Ok(()) };
        let endpoints = self.endpoints(operation_context).await?;
        let base = Url::parse(&endpoints.base(Api::Arm)).map_err(|error| Error::Invalid(format!("ARM's address: {error}")))?;
        let url = follow(&base, address).map_err(|reason| answer.unreadable(format!("the address of the operation: {reason}")))?;
        // The version is a part of the address.
        let request = Request::get("/operation").arm_with_version_in_url();
        let mut backoff = Backoff::for_operation(LONGEST_POLL_PAUSE);
        loop {
            let response = self.send_to(&request, url.clone(), &endpoints, operation_context).await?;
            let pause = backoff.next_pause();
            let retry_after = response.retry_after();
            let PollResponse { status, error } = response.json()?;
            match status.as_str() {
                "Succeeded" => return Ok(()),
                "Failed" | "Canceled" | "Cancelled" => {
                    let Why { code, message } = error.unwrap_or_default();
                    let code = if code.is_empty() { status } else { code };
                    return Err(Error::Operation(Box::new(OperationError { code, message, request_id: response.request_id().to_owned() })));
                }
                _ => operation_context.sleep(retry_after.map_or(pause, |wait| wait.max(SHORTEST_PAUSE))).await?,
            }
        }
    }
}
