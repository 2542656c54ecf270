//! Collections: page after page, each item handed over as it comes, so that only what is kept takes memory.

use std::collections::HashSet;
use std::ops::ControlFlow;

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::budget::Budget;
use super::client::Client;
use super::error::Error;
use super::request::Request;

/// Far more than any collection that the services will list: a page holds up to 999.
const MOST_PAGES: usize = 10_000;
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
    pub async fn list<T: DeserializeOwned>(&self, request: &Request, budget: &Budget) -> Result<Vec<T>, Error> {
        let push = |items: &mut Vec<T>, item| {
            items.push(item);
            ControlFlow::Continue(())
        };
        self.fold(request, budget, Vec::new, push).await
    }

    /// Goes through a collection: `start` makes what is to be kept, `step` adds an item to it or ends the walk.
    ///
    /// `start` is called again if the listing has to begin again, which happens when a page's token expires.
    pub async fn fold<T: DeserializeOwned, A>(
        &self,
        request: &Request,
        budget: &Budget,
        start: impl Fn() -> A,
        mut step: impl FnMut(&mut A, T) -> ControlFlow<()>,
    ) -> Result<A, Error> {
        let mut restarts = 0;
        loop {
            let mut kept = start();
            match self.walk(request, budget, |item| step(&mut kept, item)).await {
                Ok(()) => return Ok(kept),
                Err(error) if error.is_expired_page() && restarts < MOST_RESTARTS => restarts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn walk<T: DeserializeOwned>(
        &self,
        request: &Request,
        budget: &Budget,
        mut each: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let endpoints = self.endpoints(budget).await?;
        let first = request.url(&endpoints.base(request.api))?;
        let mut seen = HashSet::new();
        let mut url = first.clone();
        loop {
            seen.insert(url.clone());
            let answer = self.send_to(request, url, &endpoints, budget).await?;
            let page: Page<T> = answer.json()?;
            for item in page.value {
                if each(item).is_break() {
                    return Ok(());
                }
            }
            let Some(next) = page.next else { return Ok(()) };
            url = follow(&first, &next).map_err(|reason| answer.unreadable(reason))?;
            if seen.contains(&url) {
                return Err(answer.unreadable("the link to the next page leads back to one that was read already"));
            }
            if seen.len() >= MOST_PAGES {
                return Err(answer.unreadable(format!("more than {MOST_PAGES} pages")));
            }
        }
    }
}

/// The address of the next page, if the token may go there.
fn follow(first: &Url, next: &str) -> Result<Url, String> {
    match Url::parse(next) {
        Ok(url) if url.origin() == first.origin() && url.username().is_empty() && url.password().is_none() => Ok(url),
        Ok(url) => Err(format!(
            "the next page is at {}, where the token for {} must not go",
            url.origin().ascii_serialization(),
            first.origin().ascii_serialization()
        )),
        Err(error) => Err(format!("the link to the next page is no address: {error}")),
    }
}
