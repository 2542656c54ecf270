//! The members of groups and administrative units, asked for one membership at a time: a single read, or one more page of the listing once single reads have paid for it.
//!
//! The rule: what the listing has so far is answered from it; else, while fewer pages were read than single reads made, the next page is read;
//! else that one membership. So one membership of a group of 80,000 costs one request, two hundred of a group cost two, and never are more than
//! twice as many made as the better of the two ways would have needed. Absence is only ever believed of a single read.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::object_id;
use super::related::{GroupRelation, Select, advanced};
use crate::azure::{Client, Error, Listing, OperationContext, Request, odata_literal};
use crate::client::consistency::REPLICATION_WINDOW;

/// What has members, by its object id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MembersOf {
    /// A group.
    Group(Uuid),
    /// An administrative unit.
    AdministrativeUnit(Uuid),
}

impl From<Uuid> for MembersOf {
    fn from(group: Uuid) -> Self {
        Self::Group(group)
    }
}

impl MembersOf {
    /// The requests that list the members, without a filter: each member is in one of the collections.
    fn collections(self) -> Vec<Request> {
        match self {
            Self::Group(id) => {
                let group = id.to_string();
                let members = GroupRelation::Members;
                vec![members.without_service_principals(&group, Select::Id), members.service_principals(&group, Select::Id)]
            }
            // Users, groups and devices (docs/services/graph.md#members-and-owners).
            Self::AdministrativeUnit(id) => {
                vec![Request::get("/directory/administrativeUnits/{id}/members").with("id", id.to_string()).query("$select", "id")]
            }
        }
    }

    /// The request that takes a member out.
    pub(crate) fn removing(self, member: Uuid) -> Request {
        let (path, id) = match self {
            Self::Group(id) => ("/groups/{id}/members/{member}/$ref", id),
            Self::AdministrativeUnit(id) => ("/directory/administrativeUnits/{id}/members/{member}/$ref", id),
        };
        Request::delete(path).with("id", id.to_string()).with("member", member.to_string())
    }

    /// The listings of all members, before their first pages.
    fn listings(self) -> Vec<Listing> {
        self.collections().into_iter().map(|request| Listing::new(request.query("$top", "999"))).collect()
    }

    /// The requests of whose answers one has that member, if it is one: the likelier one first.
    fn singles(self, member: Uuid) -> Vec<Request> {
        let filter = format!("id eq {}", odata_literal(&member.to_string()));
        let filtered = |(at, request): (usize, Request)| {
            let request = request.query("$filter", filter.clone());
            // A cast is an advanced query already; the members of an administrative unit are documented without.
            if at == 0 && matches!(self, Self::Group(_)) { advanced(request) } else { request }
        };
        self.collections().into_iter().enumerate().map(filtered).collect()
    }
}

/// The memberships of every group and administrative unit that was read.
#[derive(Debug, Default)]
pub(super) struct Memberships {
    groups: Mutex<HashMap<MembersOf, Arc<Group>>>,
}

/// What this process knows of the members of one group or administrative unit.
#[derive(Debug)]
pub(super) struct Group {
    of: MembersOf,
    known: Mutex<KnownMembers>,
    /// The listings of its collections, read one after the other. Held while the next page is read; other callers wait, because the page may have what they need.
    listings: tokio::sync::Mutex<Vec<Listing>>,
}

#[derive(Debug, Default)]
struct KnownMembers {
    listed: HashSet<Uuid>,
    /// What this process made of a membership, and when: it goes before anything that is read as long as that may be older.
    written: HashMap<Uuid, (bool, Instant)>,
    singles: usize,
    pages: usize,
    /// No more pages: the last was read, or the service refuses to list.
    over: bool,
}

enum Step {
    Known(bool),
    ReadPage,
    ReadSingly,
}

#[derive(Deserialize)]
struct Member {
    #[serde(deserialize_with = "object_id")]
    id: Uuid,
}

impl Memberships {
    pub(super) fn of(&self, group: impl Into<MembersOf>) -> Arc<Group> {
        let group = group.into();
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.entry(group).or_insert_with(|| Arc::new(Group::new(group))).clone()
    }
}

impl Group {
    fn new(of: MembersOf) -> Self {
        Self { of, known: Mutex::default(), listings: tokio::sync::Mutex::new(of.listings()) }
    }

    pub(super) fn of(&self) -> MembersOf {
        self.of
    }

    /// Whether that object is a member.
    pub(super) async fn has(&self, client: &Client, member: Uuid, operation_context: &OperationContext) -> Result<bool, Error> {
        loop {
            match self.next_step(member) {
                Step::Known(there) => return Ok(there),
                Step::ReadSingly => return self.look(client, member, operation_context).await,
                Step::ReadPage => self.read_page(client, member, operation_context).await?,
            }
        }
    }

    /// Whether that object is a member, read now, whatever was listed.
    pub(super) async fn look(&self, client: &Client, member: Uuid, operation_context: &OperationContext) -> Result<bool, Error> {
        for request in self.of.singles(member) {
            if !client.list::<Member>(&request, operation_context).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Which of these are members, read now, in batches.
    pub(super) async fn look_for(
        &self,
        client: &Client,
        members: &[Uuid],
        operation_context: &OperationContext,
    ) -> Result<HashSet<Uuid>, Error> {
        #[derive(Deserialize)]
        struct Page {
            value: Vec<Member>,
        }
        let mut found = HashSet::new();
        for collection in 0..self.of.collections().len() {
            let missing = members.iter().filter(|member| !found.contains(*member));
            let requests: Vec<Request> = missing.filter_map(|member| self.of.singles(*member).into_iter().nth(collection)).collect();
            for answer in client.batch(&requests, operation_context).await {
                found.extend(answer?.json::<Page>()?.value.into_iter().map(|member| member.id));
            }
        }
        Ok(found)
    }

    /// Every member.
    pub(super) async fn all(&self, client: &Client, operation_context: &OperationContext) -> Result<HashSet<Uuid>, Error> {
        let mut listings = operation_context.waiting(self.listings.lock()).await?;
        while self.take_page(client, &mut listings, operation_context).await? {}
        let known = self.known();
        let mut all = known.listed.clone();
        for (member, there) in known.recent_writes() {
            if there {
                all.insert(member)
            } else {
                all.remove(&member)
            };
        }
        Ok(all)
    }

    /// Lists every member. Recent writes of this process take precedence: the listing may come from a replica that does not show them yet.
    pub(super) async fn list_all(&self, client: &Client, operation_context: &OperationContext) -> Result<HashSet<Uuid>, Error> {
        {
            let mut listings = operation_context.waiting(self.listings.lock()).await?;
            *listings = self.of.listings();
            let mut known = self.known();
            let written = std::mem::take(&mut known.written);
            *known = KnownMembers { singles: known.singles, written, ..KnownMembers::default() };
        }
        self.all(client, operation_context).await
    }

    /// This process made an object a member, or no member any more.
    pub(super) fn written(&self, member: Uuid, there: bool) {
        let mut known = self.known();
        known.written.insert(member, (there, Instant::now()));
        if !there {
            known.listed.remove(&member);
        }
    }

    /// What this process made of a membership, if a read may still come from before.
    pub(super) fn recent_write(&self, member: Uuid) -> Option<bool> {
        self.known().recent_write(member)
    }

    fn next_step(&self, member: Uuid) -> Step {
        let mut known = self.known();
        if let Some(there) = known.recent_write(member) {
            return Step::Known(there);
        }
        if known.listed.contains(&member) {
            return Step::Known(true);
        }
        if known.page_costs_no_more() {
            return Step::ReadPage;
        }
        known.singles += 1;
        Step::ReadSingly
    }

    /// Reads one page more, unless another caller did so meanwhile.
    async fn read_page(&self, client: &Client, member: Uuid, operation_context: &OperationContext) -> Result<(), Error> {
        let mut listings = operation_context.waiting(self.listings.lock()).await?;
        {
            let known = self.known();
            if known.listed.contains(&member) || !known.page_costs_no_more() {
                return Ok(());
            }
        }
        match self.take_page(client, &mut listings, operation_context).await {
            Err(error) if error.is_ended() || error.is_not_found() => Err(error),
            Err(error) => {
                // Without the permission to list, single objects may still be readable.
                tracing::debug!(%error, "members cannot be listed");
                self.known().over = true;
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Reads the next page. Returns false if there is none.
    async fn take_page(&self, client: &Client, listings: &mut [Listing], operation_context: &OperationContext) -> Result<bool, Error> {
        let Some(listing) = listings.iter_mut().find(|listing| !listing.is_complete()) else { return Ok(false) };
        let page = match client.next_page::<Member>(listing, operation_context).await {
            // The service forgot where the listing was. Once more from the beginning; if that happens again, it is an error.
            Err(error) if error.is_expired_page() => {
                listing.restart();
                client.next_page(listing, operation_context).await?
            }
            page => page?,
        };
        let mut known = self.known();
        known.pages += 1;
        for Member { id } in page.into_iter().flatten() {
            if known.recent_write(id) != Some(false) {
                known.listed.insert(id);
            }
        }
        known.over = listings.iter().all(Listing::is_complete);
        Ok(true)
    }

    fn known(&self) -> MutexGuard<'_, KnownMembers> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KnownMembers {
    /// What this process made of a membership, if a read may still come from before.
    fn recent_write(&self, member: Uuid) -> Option<bool> {
        self.written.get(&member).filter(|(_, at)| is_lately(*at)).map(|(there, _)| *there)
    }

    fn recent_writes(&self) -> impl Iterator<Item = (Uuid, bool)> + '_ {
        self.written.iter().filter(|(_, (_, at))| is_lately(*at)).map(|(member, (there, _))| (*member, *there))
    }

    /// Whether the single reads that were made would have paid for one page more.
    fn page_costs_no_more(&self) -> bool {
        !self.over && self.pages < self.singles
    }
}

/// Whether a read may still come from before that instant.
fn is_lately(written: Instant) -> bool {
    written.elapsed() < REPLICATION_WINDOW.unsigned_abs()
}
