//! A reference from one object of the directory to another: an owner of a group, a member of an administrative unit. It has no id of its own, and is added and
//! removed by `$ref`.

use framework::Context;
use serde_json::json;

use super::OperationClient;
use super::consistency;
use super::removal::{Outcome, Removals};
use crate::azure::{Error, Request};

/// Adds a reference to the object `to` by a request to a path that ends in `$ref`. Waits for a new object that replicas may not show yet. Where the answer gets
/// lost, `exists` decides the outcome.
///
/// # Errors
/// The refusal, but for one because the reference exists: that is [`Outcome::AlreadyApplied`].
pub async fn add(
    cx: &Context<impl AsRef<OperationClient>>,
    request: Request,
    to: &str,
    exists: impl Future<Output = Result<bool, Error>>,
) -> Result<Outcome, Error> {
    let client = cx.api.as_ref();
    let address = client.reference("directoryObjects", to).await?;
    match client.send_until_visible(request.json(&json!({ "@odata.id": address })).repeatable()).await {
        Ok(_) => Ok(Outcome::Applied),
        // A lost answer: the attempt before did it.
        Err(error) if error.is_reference_exists() && error.is_repeated() => Ok(Outcome::Applied),
        Err(error) if error.is_reference_exists() => Ok(Outcome::AlreadyApplied),
        Err(error) if error.is_ambiguous() && exists.await.is_ok_and(|there| there) => {
            tracing::warn!(%error, "the answer was lost; the reference is there");
            Ok(Outcome::Applied)
        }
        Err(error) => Err(error),
    }
}

/// Removes a reference, and confirms it by `exists`, which reads it again. A reference that does not exist is no error.
///
/// # Errors
/// As [`super::removal::confirm`].
pub async fn remove<A, E, F>(cx: &Context<A>, request: Request, exists: E) -> Result<Outcome, Error>
where
    A: AsRef<OperationClient>,
    E: Fn() -> F + Sync,
    F: Future<Output = Result<bool, Error>> + Send,
{
    let client = cx.api.as_ref();
    client.remove_one(&Reference { client, request, exists }, consistency::stale_until(cx)).await
}

/// A reference that is removed.
struct Reference<'a, E> {
    client: &'a OperationClient,
    request: Request,
    exists: E,
}

impl<E: Fn() -> F + Sync, F: Future<Output = Result<bool, Error>> + Send> Removals for Reference<'_, E> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        vec![self.client.send(self.request.clone()).await.map(|_| Outcome::Applied)]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        vec![(self.exists)().await]
    }
}
