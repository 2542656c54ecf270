//! Collections: page after page, each item handed over as it comes, so that only what is kept takes memory; and no more pages, objects and bytes than
//! the largest tenants have (docs/decisions/0051-listing-limits.md).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::error::{Error, quoted};
use super::operation_context::OperationContext;
use super::request::Request;

/// The most pages of one listing. A page has 100 objects or more, but for those that a filter empties.
const MAX_PAGES: usize = 20_000;
/// The most objects of one listing: twice those of the largest tenant, which has 500,000 users
/// (learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions).
const MAX_OBJECTS: usize = 1_000_000;
/// The most bytes of one listing, unpacked: twice a million users with the properties that the provider reads.
const MAX_BYTES: usize = 1 << 30;
/// How often a listing begins again because the service forgot where it was.
const MOST_RESTARTS: u32 = 3;

/// A page. Graph calls the link to the next one `@odata.nextLink`, Azure Resource Manager `nextLink`.
#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink", alias = "nextLink")]
    next: Option<String>,
}

impl Client {
    /// All items of a collection.
    pub async fn list<T: DeserializeOwned>(&self, request: &Request, operation_context: &OperationContext) -> Result<Vec<T>, Error> {
        let push = |items: &mut Vec<T>, item| {
            items.push(item);
            ControlFlow::Continue(())
        };
        self.fold(request, operation_context, Vec::new, push).await
    }

    /// Goes through a collection: `start` makes what is to be kept, `step` adds an item to it or ends the walk.
    ///
    /// `start` is called again if the listing has to begin again, which happens when a page's token expires.
    pub async fn fold<T: DeserializeOwned, A>(
        &self,
        request: &Request,
        operation_context: &OperationContext,
        start: impl Fn() -> A,
        mut step: impl FnMut(&mut A, T) -> ControlFlow<()>,
    ) -> Result<A, Error> {
        let mut restarts = 0;
        loop {
            let mut kept = start();
            match self.walk(request, operation_context, |item| step(&mut kept, item)).await {
                Ok(()) => return Ok(kept),
                Err(error) if error.is_expired_page() && restarts < MOST_RESTARTS => restarts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn walk<T: DeserializeOwned>(
        &self,
        request: &Request,
        operation_context: &OperationContext,
        mut each: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut listing = Listing::new(request.clone());
        while let Some(page) = self.next_page(&mut listing, operation_context).await? {
            for item in page {
                if each(item).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The next page of a listing; none after the last. After an error the same page is asked for again.
    pub async fn next_page<T: DeserializeOwned>(
        &self,
        listing: &mut Listing,
        operation_context: &OperationContext,
    ) -> Result<Option<Vec<T>>, Error> {
        let endpoints = self.endpoints(operation_context).await?;
        let url = match &listing.next {
            Next::First => listing.request.url(&endpoints.base(listing.request.api))?,
            Next::At(url) => url.clone(),
            Next::End => return Ok(None),
        };
        let answer = self.send_to(&listing.request, url.clone(), &endpoints, operation_context).await?;
        let page: Page<T> = answer.json()?;
        let next = match page.next {
            None => Next::End,
            Some(next) => {
                let next = follow(&url, &next).map_err(|reason| answer.unreadable(reason))?;
                if next == url || listing.seen.contains(&hash(&next)) {
                    return Err(answer.unreadable("the link to the next page leads back to one that was read already"));
                }
                Next::At(next)
            }
        };
        listing.seen.insert(hash(&url));
        listing.objects += page.value.len();
        listing.bytes += answer.body.len();
        let is_more = matches!(next, Next::At(_));
        let exceeded = [
            (listing.objects > MAX_OBJECTS, format!("{MAX_OBJECTS} objects")),
            (listing.bytes > MAX_BYTES, format!("{} MiB", MAX_BYTES >> 20)),
            (is_more && listing.seen.len() >= MAX_PAGES, format!("{MAX_PAGES} pages")),
        ];
        if let Some((_, limit)) = exceeded.into_iter().find(|(is_exceeded, _)| *is_exceeded) {
            return Err(answer.unreadable(format!("more than {limit}, which is the most that one listing is read of")));
        }
        listing.next = next;
        Ok(Some(page.value))
    }
}

/// A collection that is read a page at a time.
#[derive(Clone)]
pub struct Listing {
    request: Request,
    next: Next,
    /// Hashes of the addresses that were read: addresses hold tokens of a kilobyte.
    seen: HashSet<u64>,
    objects: usize,
    bytes: usize,
}

fn hash(url: &Url) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    hasher.finish()
}

#[derive(Clone)]
enum Next {
    First,
    At(Url),
    End,
}

impl std::fmt::Debug for Listing {
    /// Without addresses, which may have confidential values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listing").field("request", &self.request).field("pages", &self.seen.len()).finish_non_exhaustive()
    }
}

impl Listing {
    /// Before the first page of what this request lists.
    pub fn new(request: Request) -> Self {
        Self { request, next: Next::First, seen: HashSet::new(), objects: 0, bytes: 0 }
    }

    /// Goes back to the first page.
    pub fn restart(&mut self) {
        self.next = Next::First;
        self.seen.clear();
    }

    /// Whether the last page was read.
    pub fn is_complete(&self) -> bool {
        matches!(self.next, Next::End)
    }
}

/// The address of the next page or of an operation, if the token may go there.
pub(super) fn follow(first: &Url, next: &str) -> Result<Url, String> {
    match Url::parse(next) {
        Ok(url) if url.origin() == first.origin() && url.username().is_empty() && url.password().is_none() => Ok(url),
        Ok(url) => Err(format!(
            "it leads to {}, where the token for {} must not go",
            quoted(&url.origin().ascii_serialization()),
            first.origin().ascii_serialization()
        )),
        Err(error) => Err(format!("the link {} is no address: {error}", quoted(next))),
    }
}
