//! What objects are, by their ids: several resources that are planned at about the same time ask together, and every answer is kept.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::batcher::{Batch, BatchedWork, Batcher, Job};
use super::object_id;
use crate::azure::{Client, Error, Listing, OperationContext, Request};

/// What is read of an object.
const SELECT: &str = "id,groupTypes,isAssignableToRole,onPremisesSyncEnabled";

/// What Graph calls a group.
const GROUP: &str = "#microsoft.graph.group";

/// How many ids one `getByIds` takes.
const IDS_AT_ONCE: usize = 1000;

/// An object that was made a moment ago may be missing from an answer: before it is said not to exist it is asked for again, after these pauses.
const ONCE_MORE_AFTER: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// What an object of the directory is, as far as it matters to memberships.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identity {
    #[serde(rename = "@odata.type")]
    kind: String,
    group_types: Vec<String>,
    is_assignable_to_role: Option<bool>,
    on_premises_sync_enabled: Option<bool>,
}

impl Identity {
    /// Whether it is a group.
    pub fn is_group(&self) -> bool {
        self.kind == GROUP
    }

    /// Whether it is a user.
    pub fn is_user(&self) -> bool {
        self.kind == "#microsoft.graph.user"
    }

    /// What Azure Resource Manager calls this kind of principal; none of what cannot be one.
    pub fn principal_type(&self) -> Option<&'static str> {
        match self.kind.strip_prefix("#microsoft.graph.")? {
            "user" => Some("User"),
            "group" => Some("Group"),
            "servicePrincipal" => Some("ServicePrincipal"),
            "device" => Some("Device"),
            _ => None,
        }
    }

    /// Whether it is a service principal.
    pub fn is_service_principal(&self) -> bool {
        self.kind == "#microsoft.graph.servicePrincipal"
    }

    /// Whether it can own a group: only users and service principals can.
    pub fn can_own(&self) -> bool {
        self.is_user() || self.is_service_principal()
    }

    /// Whether it can be a member of an administrative unit: only users, groups and devices can.
    pub fn can_be_in_administrative_unit(&self) -> bool {
        self.is_user() || self.is_group() || self.kind == "#microsoft.graph.device"
    }

    /// Whether it is an administrative unit.
    pub fn is_administrative_unit(&self) -> bool {
        self.kind == "#microsoft.graph.administrativeUnit"
    }

    /// Whether it is a group whose members a rule decides.
    pub fn is_dynamic(&self) -> bool {
        self.has_type("DynamicMembership")
    }

    /// Whether it is a Microsoft 365 group.
    pub fn is_unified(&self) -> bool {
        self.has_type("Unified")
    }

    /// Whether it is a group that can be given roles.
    pub fn is_assignable_to_role(&self) -> bool {
        self.is_assignable_to_role == Some(true)
    }

    /// Whether it comes from a directory on premises, and is managed there.
    pub fn is_synchronized(&self) -> bool {
        self.on_premises_sync_enabled == Some(true)
    }

    fn has_type(&self, name: &str) -> bool {
        self.group_types.iter().any(|kind| kind == name)
    }
}

/// What the ids are that were asked for; nothing for one that no object has.
pub type Identified = HashMap<Uuid, Option<Arc<Identity>>>;

/// Objects that were found.
type Located = HashMap<Uuid, Arc<Identity>>;

/// How long an object is said not to exist without asking again: for those who are planned together, not for one that is made meanwhile.
pub(super) const ABSENCE_KEPT: Duration = Duration::from_secs(10);

/// What ids most likely name, where whoever asks has an opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likely {
    /// Anything.
    Anything,
    /// Groups: what roles are given to.
    Groups,
}

/// Ids that somebody asks about.
pub(super) struct MembershipChange {
    ids: Vec<Uuid>,
    likely: Likely,
}

/// What is known of ids: what was found stays so, and what was missing, as of an instant, may be made.
#[derive(Debug, Default)]
struct Answers {
    found: Located,
    missing: HashMap<Uuid, Instant>,
}

impl Answers {
    fn get(&self, id: &Uuid) -> Option<Option<Arc<Identity>>> {
        match self.found.get(id) {
            Some(identity) => Some(Some(identity.clone())),
            None => self.missing.get(id).filter(|asked| asked.elapsed() < ABSENCE_KEPT).map(|_| None),
        }
    }

    fn take(&mut self, answered: &Identified) {
        for (id, identity) in answered {
            match identity {
                Some(identity) => drop(self.found.insert(*id, identity.clone())),
                None => drop(self.missing.insert(*id, Instant::now())),
            }
        }
    }
}

/// What objects are, asked for and kept.
#[derive(Debug)]
pub(super) struct Identities {
    known: Mutex<Answers>,
    gatherer: Arc<Batcher<Asking>>,
}

impl Default for Identities {
    fn default() -> Self {
        Self { known: Mutex::default(), gatherer: Batcher::new(Asking::default()) }
    }
}

impl Identities {
    /// What these ids are. It is a wager what they are `likely` to be, and only the number of requests depends on it.
    pub(super) async fn of(
        &self,
        client: &Arc<Client>,
        ids: &HashSet<Uuid>,
        likely: Likely,
        operation_context: &OperationContext,
    ) -> Result<Identified, Error> {
        let mut known: Identified = {
            let known = self.known();
            ids.iter().filter_map(|id| Some((*id, known.get(id)?))).collect()
        };
        let unknown: Vec<Uuid> = ids.iter().filter(|id| !known.contains_key(id)).copied().collect();
        if !unknown.is_empty() {
            let answered = self.gatherer.ask(client, MembershipChange { ids: unknown, likely }, operation_context).await??;
            self.known().take(&answered);
            known.extend(answered);
        }
        Ok(known)
    }

    fn known(&self) -> MutexGuard<'_, Answers> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for what objects are.
#[derive(Debug, Default)]
struct Asking {
    groups: tokio::sync::Mutex<Groups>,
}

/// The groups of the tenant, listed while that pays: Terraform asks for ten objects at a time, and a page of groups costs the service as much as one such
/// question. So where most objects that were asked for are groups, each question pays for one page; and where several ask at once who expect groups, the
/// first page comes in place of the first question. A page in which nothing was that is wanted is the last, for the tenant is large. Not being listed means
/// nothing: what is not there is asked for.
#[derive(Debug)]
struct Groups {
    listing: Listing,
    listed: Located,
    questions: usize,
    pages: usize,
    /// What was asked for and found: groups, and others.
    found: (usize, usize),
    over: bool,
}

impl Default for Groups {
    fn default() -> Self {
        let listing = Listing::new(Request::get("/groups").query("$select", SELECT).query("$top", "999"));
        Self { listing, listed: HashMap::new(), questions: 0, pages: 0, found: (0, 0), over: false }
    }
}

impl Groups {
    /// What is listed of these, after one page more if that is paid.
    async fn look(
        &mut self,
        client: &Client,
        wanted: &HashSet<Uuid>,
        likely: Likely,
        operation_context: &OperationContext,
    ) -> Result<Located, Error> {
        let is_listed = |listed: &Located| wanted.iter().all(|id| listed.contains_key(id));
        let is_paid = self.pages < self.questions && self.found.0 > self.found.1;
        let is_wagered = likely == Likely::Groups && self.pages == 0 && self.questions == 0;
        if !self.over && (is_paid || is_wagered) && !is_listed(&self.listed) {
            self.read_page(client, wanted, operation_context).await?;
        }
        Ok(wanted.iter().filter_map(|id| Some((*id, self.listed.get(id)?.clone()))).collect())
    }

    async fn read_page(&mut self, client: &Client, wanted: &HashSet<Uuid>, operation_context: &OperationContext) -> Result<(), Error> {
        self.pages += 1;
        match client.next_page::<Found>(&mut self.listing, operation_context).await {
            Ok(page) => {
                let page = page.unwrap_or_default();
                self.over = self.listing.is_complete() || !page.iter().any(|group| wanted.contains(&group.id));
                let group = |found: Found| (found.id, Arc::new(Identity { kind: GROUP.to_owned(), ..found.identity }));
                self.listed.extend(page.into_iter().map(group));
                Ok(())
            }
            Err(error) if error.is_ended() => Err(error),
            Err(error) => {
                // Whoever may not list can still ask.
                tracing::debug!(%error, "groups cannot be listed");
                self.over = true;
                Ok(())
            }
        }
    }

    /// Takes note of a question and of what it found.
    fn asked(&mut self, found: &Located) {
        self.questions += 1;
        let groups = found.values().filter(|identity| identity.is_group()).count();
        self.found.0 += groups;
        self.found.1 += found.len() - groups;
    }
}

#[derive(Deserialize)]
struct Found {
    #[serde(deserialize_with = "object_id")]
    id: Uuid,
    #[serde(flatten)]
    identity: Identity,
}

impl BatchedWork for Asking {
    type MembershipChange = MembershipChange;
    type Answer = Result<Identified, Error>;
    // One question at a time: those that come meanwhile are the next.
    type Key = ();
    const FULL: usize = IDS_AT_ONCE;
    const MOST: usize = IDS_AT_ONCE;

    fn key(_: &MembershipChange) {}

    fn size(wish: &MembershipChange) -> usize {
        wish.ids.len()
    }

    async fn fly(self: Arc<Self>, flight: Batch<Self>) -> Option<BoxFuture<'static, ()>> {
        let Batch { client, operation_context, passengers } = flight;
        let wanted: HashSet<Uuid> = passengers.iter().flat_map(|passenger| passenger.wish.ids.iter().copied()).collect();
        // Whoever asks alone gets an answer about that one object, and no page.
        let expecting = passengers.iter().filter(|passenger| passenger.wish.likely == Likely::Groups).count();
        let likely = if expecting > 1 { Likely::Groups } else { Likely::Anything };
        let mut found = Located::new();
        let asked = self.ask(&client, wanted, likely, &mut found, &operation_context).await;
        let (settled, open): (Vec<_>, Vec<_>) =
            passengers.into_iter().partition(|passenger| asked.is_err() || passenger.wish.ids.iter().all(|id| found.contains_key(id)));
        tell(settled, &asked, &found);
        if open.is_empty() {
            return None;
        }
        Some(Box::pin(async move {
            let wanted = open.iter().flat_map(|passenger| passenger.wish.ids.iter().copied()).collect();
            let asked = ask_again(&client, wanted, &mut found, &operation_context).await;
            tell(open, &asked, &found);
        }))
    }
}

impl Asking {
    /// Looks for objects among the groups, and asks for the others.
    async fn ask(
        &self,
        client: &Client,
        mut wanted: HashSet<Uuid>,
        likely: Likely,
        found: &mut Located,
        operation_context: &OperationContext,
    ) -> Result<(), Error> {
        let mut groups = self.groups.lock().await;
        found.extend(groups.look(client, &wanted, likely, operation_context).await?);
        wanted.retain(|id| !found.contains_key(id));
        if wanted.is_empty() {
            return Ok(());
        }
        let mut came = Located::new();
        let asked = ask(client, &wanted, &mut came, operation_context).await;
        groups.asked(&came);
        found.extend(came);
        asked
    }
}

/// Asks for what was missing a few times more.
async fn ask_again(
    client: &Client,
    mut wanted: HashSet<Uuid>,
    found: &mut Located,
    operation_context: &OperationContext,
) -> Result<(), Error> {
    for pause in ONCE_MORE_AFTER {
        wanted.retain(|id| !found.contains_key(id));
        if wanted.is_empty() {
            break;
        }
        operation_context.sleep(pause).await?;
        ask(client, &wanted, found, operation_context).await?;
    }
    Ok(())
}

async fn ask(client: &Client, wanted: &HashSet<Uuid>, found: &mut Located, operation_context: &OperationContext) -> Result<(), Error> {
    let ids: Vec<String> = wanted.iter().map(Uuid::to_string).collect();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let request = Request::post("/directoryObjects/getByIds").query("$select", SELECT).json(&json!({ "ids": ids })).reads();
        let objects: Vec<Found> = client.list(&request, operation_context).await?;
        found.extend(objects.into_iter().map(|object| (object.id, Arc::new(object.identity))));
    }
    Ok(())
}

fn tell(passengers: Vec<Job<Asking>>, asked: &Result<(), Error>, found: &Located) {
    for Job { wish, answer, .. } in passengers {
        let told = asked.clone().map(|()| wish.ids.into_iter().map(|id| (id, found.get(&id).cloned())).collect());
        // Whoever has gone away is not told.
        let _ = answer.send(told);
    }
}
