//! What resources ask of conditional access, shared with all others of the process.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::collection_cache::asking;
use super::{Collection, ConditionalAccess};
use crate::azure::{Api, Error};
use crate::client::creation;

impl<'a> ConditionalAccess<'a> {
    /// An object of a collection that is read whole. Until `stale_until`, by the service's clock, an answer is asked for again that does not show what was
    /// last written (`shows`).
    pub async fn listed<T: DeserializeOwned>(
        &self,
        whole: Collection,
        id: &str,
        stale_until: Option<Timestamp>,
        shows: impl Fn(&T) -> bool,
    ) -> Result<T, Error> {
        let (client, state) = self.shared()?;
        let listed = state.listed(whole);
        // A second look must see something newer than the first.
        let last = Mutex::new(None::<Instant>);
        let look = || async {
            let after = last.lock().unwrap_or_else(PoisonError::into_inner).replace(Instant::now());
            listed.one(client, id, after, &self.client.operation_context).await?.parse()
        };
        let settled = |read: &Result<T, Error>| match read {
            Ok(read) => shows(read),
            Err(error) => !error.is_not_found(),
        };
        client.until(Api::Graph, stale_until, &self.client.operation_context, look, settled).await
    }

    /// Every object of a collection that is read whole, as of the last write of this process at the earliest. None if the caller may not list.
    pub async fn all_listed<T: DeserializeOwned>(&self, whole: Collection) -> Result<Option<Vec<T>>, Error> {
        let (client, state) = self.shared()?;
        let taken = state.listed(whole).taken(client, None, &self.client.operation_context).await?;
        taken.map(|taken| taken.objects.iter().map(|object| object.parse()).collect()).transpose()
    }

    /// Whether this process has written to a collection that is read whole.
    pub fn has_recent_write(&self, whole: Collection) -> bool {
        self.state.listed(whole).known().writes > 0
    }

    /// Notes an object that is in this configuration's state.
    pub fn note_object(&self, id: &str) {
        self.state.noted.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_lowercase());
    }

    /// Whether the object is in this configuration's state: it exists then, though a replica may not show it yet.
    pub fn is_noted(&self, id: &str) -> bool {
        self.state.noted.lock().unwrap_or_else(PoisonError::into_inner).contains(&id.to_lowercase())
    }

    /// The next caller lists again.
    pub fn forget_listed(&self, whole: Collection) {
        self.state.listed(whole).known().taken = None;
    }

    /// Creates an object of a collection that is read whole by `send`, also if the answer is lost: then it is the one object that `is_ours`.
    pub async fn create_once<T: DeserializeOwned, F: Future<Output = Result<T, Error>>>(
        &self,
        whole: Collection,
        send: impl Fn() -> F,
        is_ours: impl Fn(&T) -> bool,
    ) -> Result<T, Error> {
        let created = creation::once(self.client, send, &asking(whole.all), is_ours).await;
        self.has_written(whole);
        created
    }

    /// This process has written to a collection that is read whole.
    pub fn has_written(&self, whole: Collection) {
        self.state.listed(whole).written();
    }

    /// Object ids of the users and groups that no conditional access policy may catch.
    pub fn emergency_access(&self) -> &'a [String] {
        &self.state.emergency_access
    }

    /// Whether requests to conditional access had to queue for long. Reported once.
    pub fn announce_queue(&self) -> bool {
        self.client.azure().is_ok_and(|client| client.announce_queue())
    }
}
