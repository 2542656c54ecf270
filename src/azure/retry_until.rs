//! Retries until a write is visible to all replicas: an operation on a new object is repeated within the consistency window.

use jiff::Timestamp;

use super::backoff::Backoff;
use super::client::Client;
use super::error::Error;
use super::operation_context::OperationContext;
use super::service::Api;

impl Client {
    /// Repeats an operation while its error means that something [is not there yet](Error::is_not_yet_there) and the
    /// object it depends on is new; after that, the error is final. See [`until`](Self::until).
    pub async fn retry_until_found<T, F: Future<Output = Result<T, Error>>>(
        &self,
        api: Api,
        stale_until: Option<Timestamp>,
        operation_context: &OperationContext,
        operation: impl FnMut() -> F,
    ) -> Result<T, Error> {
        let settled = |outcome: &Result<T, Error>| !matches!(outcome, Err(error) if error.is_not_yet_there());
        self.until(api, stale_until, operation_context, operation, settled).await
    }

    /// Repeats an operation until `settled` accepts the outcome, with growing pauses, but only until `stale_until`
    /// by the service's clock: the last outcome is then returned as it is. `None` is something that is not new: one
    /// try.
    // A plain closure and not an async one: the future of an async closure cannot be declared `Send` for every lifetime.
    pub async fn until<T, F: Future<Output = Result<T, Error>>>(
        &self,
        api: Api,
        stale_until: Option<Timestamp>,
        operation_context: &OperationContext,
        mut operation: impl FnMut() -> F,
        settled: impl Fn(&Result<T, Error>) -> bool,
    ) -> Result<T, Error> {
        let mut backoff = Backoff::for_replication();
        loop {
            let outcome = operation().await;
            let may_be_stale = stale_until.is_some_and(|until| self.now(api) < until);
            if settled(&outcome) || !may_be_stale {
                return outcome;
            }
            if let Err(ended) = operation_context.sleep(backoff.next_pause()).await {
                return Err(ended.with(outcome.err()));
            }
        }
    }
}
