//! Small collections that are read whole: all callers who ask for one object share one listing.
//!
//! The conditional access service allows one request a second and holds a few hundred objects at most (docs/services/conditional-access.md#policies and
//! docs/services/conditional-access.md#throttling), so a listing pays from the second object on. What was written a moment ago may be missing from it, or be there
//! as it was before: then everybody who waits for such an object shares the next listing, too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::azure::{Client, Error, OperationContext, Request};
use crate::client::read_through_cache::CachedObject;

/// A collection that is read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Collection {
    /// The path of one object, with `{id}` in it.
    pub one: &'static str,
    /// The path of the collection.
    pub all: &'static str,
}

impl Collection {
    /// The request that reads a single object.
    pub fn request(&self, id: &str) -> Request {
        asking(self.one).with("id", id)
    }
}

/// Members that an enumeration got later are sent only to clients that ask for them; others get `unknownFutureValue`.
pub(super) fn asking(template: &'static str) -> Request {
    Request::get(template).header("Prefer", "include-unknown-enum-members")
}

/// What this process knows of such a collection.
#[derive(Debug)]
pub(super) struct CollectionCache {
    whole: Collection,
    known: Mutex<CollectionState>,
    /// Held while the collection is listed; other callers wait for that listing.
    listing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
pub(super) struct CollectionState {
    pub(super) taken: Option<Snapshot>,
    /// How often this process has written: a listing that began before a write is not believed after it.
    pub(super) writes: u64,
    /// The caller may not list.
    refused: bool,
    /// How many have asked so far.
    arrivals: u64,
    /// The last failure, and how many had asked when it came: it is theirs, too. Later ones try again.
    failure: Option<(u64, Error)>,
}

#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) objects: Arc<Vec<Arc<CachedObject>>>,
    by_id: Arc<HashMap<String, Arc<CachedObject>>>,
    begun: Instant,
}

impl CollectionCache {
    pub(super) fn new(whole: Collection) -> Self {
        Self { whole, known: Mutex::default(), listing: tokio::sync::Mutex::default() }
    }

    /// This process has written to the collection.
    pub(super) fn written(&self) {
        let mut known = self.known();
        known.writes += 1;
        known.taken = None;
    }

    /// The listing, begun after that instant if one is named; none if the caller may not list.
    pub(super) async fn taken(
        &self,
        client: &Client,
        after: Option<Instant>,
        operation_context: &OperationContext,
    ) -> Result<Option<Snapshot>, Error> {
        let usable = |known: &CollectionState| {
            let fresh = known.taken.as_ref().filter(|taken| after.is_none_or(|after| taken.begun > after));
            if known.refused { Some(None) } else { fresh.cloned().map(Some) }
        };
        let arrival = {
            let mut known = self.known();
            if let Some(taken) = usable(&known) {
                return Ok(taken);
            }
            known.arrivals += 1;
            known.arrivals
        };
        let _listing = operation_context.waiting(self.listing.lock()).await?;
        let writes = {
            let known = self.known();
            if let Some(taken) = usable(&known) {
                return Ok(taken);
            }
            let failure = known.failure.as_ref().filter(|(arrived, _)| arrival <= *arrived);
            // An outage that another caller waited out in vain is this caller's, unless it has more time.
            if let Some((_, error)) = failure.filter(|(_, error)| !error.is_outage() || operation_context.is_own_time_over()) {
                return Err(error.clone());
            }
            known.writes
        };
        let begun = Instant::now();
        match client.list::<CachedObject>(&asking(self.whole.all), operation_context).await {
            Ok(objects) => {
                let objects: Vec<Arc<CachedObject>> = objects.into_iter().map(Arc::new).collect();
                let by_id = objects.iter().map(|object| (object.id().to_lowercase(), object.clone())).collect();
                let taken = Snapshot { objects: Arc::new(objects), by_id: Arc::new(by_id), begun };
                let mut known = self.known();
                known.failure = None;
                if known.writes == writes {
                    known.taken = Some(taken.clone());
                }
                Ok(Some(taken))
            }
            Err(error) if error.is_forbidden() => {
                tracing::debug!(%error, collection = self.whole.all, "cannot be listed");
                self.known().refused = true;
                Ok(None)
            }
            Err(error) => {
                // That this caller ran out of time or was stopped says nothing about the others.
                if !error.is_ended() || error.is_outage() {
                    let mut known = self.known();
                    known.failure = Some((known.arrivals, error.clone()));
                }
                Err(error)
            }
        }
    }

    /// One object. Not being in the listing is never believed without a single read.
    pub(super) async fn one(
        &self,
        client: &Client,
        id: &str,
        after: Option<Instant>,
        operation_context: &OperationContext,
    ) -> Result<Arc<CachedObject>, Error> {
        let listed = self.taken(client, after, operation_context).await?.and_then(|taken| taken.by_id.get(&id.to_lowercase()).cloned());
        match listed {
            Some(object) => Ok(object),
            None => client.send(&self.whole.request(id), operation_context).await?.json().map(Arc::new),
        }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, CollectionState> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
