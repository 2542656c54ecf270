//! The objects of a collection, asked for one at a time: by single reads that turn into listing when the reads made would have paid for it.
//!
//! So a small configuration in a huge tenant never pays for the tenant, and a large one never makes a request for each object.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::azure::{Client, Error, Listing, OperationContext, Request};

/// So many single reads pay for one page. A page holds hundreds of objects but costs the service more than one; with four, ten objects of a
/// tenant of tens of thousands cost at most two pages, and a thousand of a tenant as large a handful of requests.
const SINGLES_A_PAGE: usize = 4;

/// What is read of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Projection {
    /// The path of one object, with `{id}` in it.
    pub one: &'static str,
    /// The path of the collection.
    pub all: &'static str,
    /// The properties, for `$select`.
    pub select: &'static str,
    /// A relationship that is read along, for `$expand`.
    pub expand: Option<&'static str>,
}

impl Projection {
    /// The request that reads one object on its own.
    pub fn request(&self, id: &str) -> Request {
        let request = Request::get(self.one).with("id", id).query("$select", self.select);
        match self.expand {
            Some(relationship) => request.query("$expand", relationship),
            None => request,
        }
    }
}

/// How objects are read one by one and all together.
pub struct Source {
    /// The request for the object of an id.
    pub one: Box<dyn Fn(&str) -> Request + Send + Sync>,
    /// The request for the collection that it may be in.
    pub all: Request,
    /// How many single reads pay for one page of the collection.
    pub request_cost: usize,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("all", &self.all).field("price", &self.request_cost).finish_non_exhaustive()
    }
}

impl From<Projection> for Source {
    fn from(reading: Projection) -> Self {
        let mut all = Request::get(reading.all).query("$select", reading.select).query("$top", "999");
        if let Some(relationship) = reading.expand {
            all = all.query("$expand", relationship);
        }
        Source { one: Box::new(move |id| reading.request(id)), all, request_cost: SINGLES_A_PAGE }
    }
}

/// An object as it was answered: kept as text, which takes less room than a tree.
#[derive(Debug)]
pub struct CachedObject {
    id: String,
    json: Box<RawValue>,
}

impl CachedObject {
    /// Its id, as it was answered.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The object as a struct.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.json.get())
            .map_err(|error| Error::Invalid(format!("the answer about {} cannot be read: {error}", self.id)))
    }
}

impl<'de> Deserialize<'de> for CachedObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Id {
            id: String,
        }
        let json = Box::<RawValue>::deserialize(deserializer)?;
        let Id { id } = serde_json::from_str(json.get()).map_err(D::Error::custom)?;
        Ok(CachedObject { id, json })
    }
}

/// The objects of one collection that this process has read.
#[derive(Debug)]
pub struct ReadThroughCache {
    source: Source,
    known: Mutex<CacheState>,
    /// Held while the next page is read; other callers wait, because the page may have what they need.
    listing: tokio::sync::Mutex<Listing>,
}

#[derive(Debug, Default)]
struct CacheState {
    listed: HashMap<String, Arc<CachedObject>>,
    /// Objects that were written or read singly: of these no listing is believed.
    excluded: HashSet<String>,
    singles: usize,
    pages: usize,
    /// No more pages: the last was read, or the service refuses to list.
    over: bool,
    /// When the last page was read.
    complete: Option<Instant>,
}

impl ReadThroughCache {
    /// Nothing is read yet.
    pub fn new(source: impl Into<Source>) -> Self {
        let source = source.into();
        let listing = tokio::sync::Mutex::new(Listing::new(source.all.clone()));
        ReadThroughCache { source, known: Mutex::default(), listing }
    }

    /// The object of that id. Not being in a listing is never believed: what is not found there is read singly.
    pub async fn get(&self, client: &Client, id: &str, operation_context: &OperationContext) -> Result<Arc<CachedObject>, Error> {
        let key = id.to_lowercase();
        loop {
            match self.next_step(&key) {
                Step::Known(object) => return Ok(object),
                Step::ReadSingly => return self.read(client, id, operation_context).await.map(Arc::new),
                Step::ReadPage => {
                    self.read_page(client, &key, operation_context, |known| known.page_costs_no_more(self.source.request_cost)).await?
                }
            }
        }
    }

    /// The object of that id, or none if there is none, for a caller that asks about many objects that mostly do not exist: the collection is listed at
    /// once, and for a minute an object that the listing does not have is taken for absent.
    pub async fn find(&self, client: &Client, id: &str, operation_context: &OperationContext) -> Result<Option<Arc<CachedObject>>, Error> {
        let key = id.to_lowercase();
        loop {
            if let Some(known) = self.known().known_of(&key) {
                return Ok(known);
            }
            if !self.known().is_listable(&key) {
                break;
            }
            self.read_page(client, &key, operation_context, |known| known.is_listable(&key)).await?;
        }
        match self.read(client, id, operation_context).await {
            Ok(object) => Ok(Some(Arc::new(object))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The object of that id, read now, whatever was listed.
    pub async fn read(&self, client: &Client, id: &str, operation_context: &OperationContext) -> Result<CachedObject, Error> {
        client.send(&(self.source.one)(id), operation_context).await?.json()
    }

    /// The object was written by this process: no listing is believed about it any more.
    pub fn written(&self, id: &str) {
        let key = id.to_lowercase();
        let mut known = self.known();
        known.listed.remove(&key);
        known.excluded.insert(key);
    }

    fn next_step(&self, key: &str) -> Step {
        let mut known = self.known();
        if let Some(object) = known.listed.get(key) {
            return Step::Known(object.clone());
        }
        if !known.excluded.contains(key) && known.page_costs_no_more(self.source.request_cost) {
            return Step::ReadPage;
        }
        known.singles += 1;
        Step::ReadSingly
    }

    /// Reads one page more, unless another caller did so meanwhile.
    async fn read_page(
        &self,
        client: &Client,
        key: &str,
        operation_context: &OperationContext,
        is_wanted: impl Fn(&CacheState) -> bool,
    ) -> Result<(), Error> {
        let mut listing = operation_context.waiting(self.listing.lock()).await?;
        {
            let known = self.known();
            if known.listed.contains_key(key) || !is_wanted(&known) {
                return Ok(());
            }
        }
        let page = client.next_page::<CachedObject>(&mut listing, operation_context).await;
        let mut known = self.known();
        known.pages += 1;
        match page {
            Ok(objects) => {
                for object in objects.into_iter().flatten() {
                    let key = object.id.to_lowercase();
                    if !known.excluded.contains(&key) {
                        known.listed.insert(key, Arc::new(object));
                    }
                }
                known.over = listing.is_complete();
                known.complete = known.over.then(Instant::now);
                Ok(())
            }
            Err(error) if error.is_ended() => Err(error),
            Err(error) => {
                // Without the permission to list, single objects may still be readable.
                tracing::debug!(%error, collection = ?self.source.all, "cannot be listed");
                known.over = true;
                Ok(())
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, CacheState> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheState {
    /// Whether the single reads that were made would have paid for one page more.
    fn page_costs_no_more(&self, request_cost: usize) -> bool {
        !self.over && (self.pages + 1) * request_cost <= self.singles
    }
}

/// For so long a listing is believed about what it does not show.
const BELIEVED: Duration = Duration::from_secs(60);

impl CacheState {
    /// What a listing says of an object: that it is there, that it is not, or nothing.
    fn known_of(&self, key: &str) -> Option<Option<Arc<CachedObject>>> {
        let is_believed = self.complete.is_some_and(|complete| complete.elapsed() < BELIEVED);
        match self.listed.get(key) {
            Some(object) => Some(Some(object.clone())),
            None if is_believed && !self.excluded.contains(key) => Some(None),
            None => None,
        }
    }

    fn is_listable(&self, key: &str) -> bool {
        !self.over && !self.excluded.contains(key)
    }
}

enum Step {
    Known(Arc<CachedObject>),
    ReadSingly,
    ReadPage,
}
