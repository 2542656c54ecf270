//! Removing links and objects, and confirming that they are removed.
//!
//! "Not found" in answer to a removal proves nothing: a replica that has not received the latest write answers the same for an object that exists
//! (devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra), as a gateway does, and as the service does to a removal
//! that is sent again because its first answer was lost. So it is confirmed by a read; every removal of this provider goes through [`confirm`].

use std::time::Duration;

use framework::Context;
use jiff::{SignedDuration, Timestamp};

use super::OperationClient;
use super::consistency;
use crate::azure::{Api, Backoff, Client, Error, OperationContext, Request};

/// How long something is removed again that a read still finds: as long as an answer may be an old one.
const STILL_FOUND: SignedDuration = consistency::REPLICATION_WINDOW;

/// Outcome of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done now.
    Applied,
    /// There was nothing to do: it was there already, or there was none.
    AlreadyApplied,
}

/// Links or objects that are removed together; each is known by its index.
pub trait Removals: Sync {
    /// How many there are.
    fn count(&self) -> usize {
        1
    }

    /// Asks the service once to remove these, and returns what it said of each, in their order: [`Outcome::AlreadyApplied`] or an error that
    /// [says so](Error::is_nothing_to_remove) where it found nothing to remove.
    fn remove(&self, which: &[usize]) -> impl Future<Output = Vec<Result<Outcome, Error>>> + Send;

    /// Whether these exist, in their order: read now, not taken from a cache.
    fn exist(&self, which: &[usize]) -> impl Future<Output = Vec<Result<bool, Error>>> + Send;
}

/// One of [`Removals`] on its way to an outcome.
struct Item {
    said: Result<Outcome, Error>,
    /// An attempt whose answer was lost may have removed it.
    lost: bool,
    settled: bool,
}

impl Item {
    fn new(said: Result<Outcome, Error>) -> Self {
        let mut item = Self { said: Ok(Outcome::AlreadyApplied), lost: false, settled: false };
        item.take(said);
        item
    }

    /// Takes what the service said. Only "nothing to remove" leaves it open.
    fn take(&mut self, said: Result<Outcome, Error>) {
        self.lost |= matches!(&said, Err(error) if error.is_repeated());
        self.settled = !matches!(&said, Ok(Outcome::AlreadyApplied)) && !matches!(&said, Err(error) if error.is_nothing_to_remove());
        self.said = said;
    }

    fn settle(&mut self, outcome: Result<Outcome, Error>) {
        (self.said, self.settled) = (outcome, true);
    }

    fn error(&self) -> Option<Error> {
        self.said.as_ref().err().cloned()
    }
}

/// Confirms what the service `said` to [`Removals::remove`] of all: what it did not find is read, and removed again as long as it is found or an answer
/// may still be an old one (`stale_until`, by the service's clock; `None` if it was not written lately).
///
/// # Errors
/// What the service answered if it is anything but "nothing to remove"; the error of the read; [`Error::StillThere`] if the service finds nothing to
/// remove and a read finds it to the end.
pub async fn confirm(
    removals: &impl Removals,
    said: Vec<Result<Outcome, Error>>,
    client: &Client,
    stale_until: Option<Timestamp>,
    operation_context: &OperationContext,
) -> Vec<Result<Outcome, Error>> {
    let mut items: Vec<Item> = said.into_iter().map(Item::new).collect();
    let (mut backoff, mut give_up_at) = (Backoff::for_replication(), None);
    loop {
        let mut open = open(&items);
        if open.is_empty() {
            break;
        }
        let found = removals.exist(&open).await;
        let now = client.now(Api::Graph);
        let give_up_at = *give_up_at.get_or_insert_with(|| stale_until.max(now.checked_add(STILL_FOUND).ok()).unwrap_or(now));
        let is_stale = stale_until.is_some_and(|until| now < until);
        for (item, found) in items.iter_mut().filter(|item| !item.settled).zip(found) {
            match found {
                Ok(false) if !is_stale => item.settle(Ok(if item.lost { Outcome::Applied } else { Outcome::AlreadyApplied })),
                Ok(true) if now >= give_up_at => item.settle(Err(Error::StillThere(item.error().map(Box::new)))),
                Ok(_) => {}
                Err(error) => item.settle(Err(error)),
            }
        }
        open = self::open(&items);
        if open.is_empty() {
            break;
        }
        let until = stale_until.filter(|_| is_stale).unwrap_or(give_up_at);
        let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        if let Err(ended) = operation_context.sleep(backoff.next_pause().min(left.max(Backoff::FIRST_REPLICATION_PAUSE))).await {
            items.iter_mut().filter(|item| !item.settled).for_each(|item| item.settle(Err(ended.with(item.error()))));
            break;
        }
        let said = removals.remove(&open).await;
        items.iter_mut().filter(|item| !item.settled).zip(said).for_each(|(item, said)| item.take(said));
    }
    items.into_iter().map(|item| item.said).collect()
}

fn open(items: &[Item]) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| !item.settled).map(|(which, _)| which).collect()
}

/// Whether a read found something: "not found" is an answer, every other error is not.
pub fn found<T>(read: Result<T, Error>) -> Result<bool, Error> {
    match read {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// One link or object that has requests of its own to be removed and read with.
#[derive(Debug)]
pub struct Removal<'a> {
    client: &'a Client,
    operation_context: &'a OperationContext,
    remove: Request,
    read: Request,
}

impl Removals for Removal<'_> {
    async fn remove(&self, _: &[usize]) -> Vec<Result<Outcome, Error>> {
        vec![self.client.send(&self.remove, self.operation_context).await.map(|_| Outcome::Applied)]
    }

    async fn exist(&self, _: &[usize]) -> Vec<Result<bool, Error>> {
        vec![found(self.client.send(&self.read, self.operation_context).await)]
    }
}

impl OperationClient {
    /// Removes links or objects that may have been written until shortly before `stale_until`, and confirms it. Returns the outcome of each, in their order.
    /// See [`confirm`].
    pub(crate) async fn remove_all(&self, removals: &impl Removals, stale_until: Option<Timestamp>) -> Vec<Result<Outcome, Error>> {
        let all: Vec<usize> = (0..removals.count()).collect();
        if all.is_empty() {
            return Vec::new();
        }
        match self.azure() {
            Ok(client) => confirm(removals, removals.remove(&all).await, client, stale_until, &self.operation_context).await,
            Err(error) => all.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// As [`OperationClient::remove_all`], of one.
    pub(crate) async fn remove_one(&self, removal: &impl Removals, stale_until: Option<Timestamp>) -> Result<Outcome, Error> {
        let outcome = self.remove_all(removal, stale_until).await.pop();
        outcome.unwrap_or_else(|| Err(Error::Invalid("nothing came of a removal; this is a bug of the provider".to_owned())))
    }

    /// Removes one link or object by requests of its own: one that removes it, and one whose answer "not found" shows that it does not exist.
    pub(crate) async fn remove(&self, remove: Request, read: Request, stale_until: Option<Timestamp>) -> Result<Outcome, Error> {
        let client = self.azure()?;
        self.remove_one(&Removal { client, operation_context: &self.operation_context, remove, read }, stale_until).await
    }
}

/// Deletes the object of a resource: `object` is its path, with `{id}` in it. Returns whether it existed.
pub async fn delete(cx: &Context<impl AsRef<OperationClient>>, object: &'static str, id: &str) -> Result<Outcome, Error> {
    let (remove, read) = (Request::delete(object).with("id", id), Request::get(object).with("id", id));
    cx.api.as_ref().remove(remove, read, consistency::stale_until(cx)).await
}

/// Permanently deletes a deleted object: `object` is its path there, with `{id}` in it. One that was [deleted](delete) just now may
/// take a while to be found there.
pub async fn purge(cx: &Context<impl AsRef<OperationClient>>, object: &'static str, id: &str, deleted: Outcome) -> Result<(), Error> {
    let stale_until = if deleted == Outcome::Applied { Some(cx.api.as_ref().consistency_window_end()?) } else { None };
    let (remove, read) = (Request::delete(object).with("id", id), Request::get(object).with("id", id));
    cx.api.as_ref().remove(remove, read, stale_until).await.map(drop)
}
