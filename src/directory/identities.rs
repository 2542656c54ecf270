//! What objects of the directory are, by their IDs. Questions of resources that are planned at the same time are batched, and answers are cached.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::batcher::{Batch, BatchedWork, Batcher, Job};
use super::object_id;
use crate::azure::{Client, Error, Listing, OperationContext, Request};

/// Properties that are read of an object.
const SELECT: &str = "id,groupTypes,isAssignableToRole,onPremisesSyncEnabled";

/// What Graph calls a group.
const GROUP: &str = "#microsoft.graph.group";

/// Largest number of IDs in one `getByIds`.
const MAX_IDS: usize = 1000;

/// Pauses after which a missing object is asked for again before it is reported as absent: replicas may not show a new object yet.
const RETRY_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Properties of a directory object that decide about its memberships.
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
    /// An object of which only the kind is known, as Azure Resource Manager names it: `User`, `Group`.
    pub(super) fn of_kind(principal_type: &str) -> Self {
        let kind = match principal_type {
            "Group" => GROUP.to_owned(),
            "User" => "#microsoft.graph.user".to_owned(),
            other => format!("#microsoft.graph.{other}"),
        };
        Self { kind, ..Self::default() }
    }

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

    /// Whether it is a group with dynamic membership.
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

    /// Whether it is synchronized from an on-premises directory, and managed there.
    pub fn is_synchronized(&self) -> bool {
        self.on_premises_sync_enabled == Some(true)
    }

    fn has_type(&self, name: &str) -> bool {
        self.group_types.iter().any(|kind| kind == name)
    }
}

/// The objects with the IDs that were asked for; none for an ID that no object has.
pub type Identified = HashMap<Uuid, Option<Arc<Identity>>>;

/// Objects that were found.
type Located = HashMap<Uuid, Arc<Identity>>;

/// How long the absence of an object is cached: long enough for resources of one plan, too short for an object that the apply creates.
pub(super) const ABSENCE_KEPT: Duration = Duration::from_secs(10);

/// The kind of object that IDs most likely belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likely {
    /// Anything.
    Anything,
    /// Groups, as for principals of roles.
    Groups,
}

/// IDs that one caller asks about.
pub(super) struct Question {
    ids: Vec<Uuid>,
    likely: Likely,
}

/// Cached answers: objects that were found, and IDs that had no object at an instant.
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

    fn record(&mut self, answered: &Identified) {
        for (id, identity) in answered {
            match identity {
                Some(identity) => drop(self.found.insert(*id, identity.clone())),
                None => drop(self.missing.insert(*id, Instant::now())),
            }
        }
    }
}

/// Cache of what objects are.
#[derive(Debug)]
pub(super) struct Identities {
    answers: Mutex<Answers>,
    batcher: Arc<Batcher<Lookup>>,
}

impl Default for Identities {
    fn default() -> Self {
        Self { answers: Mutex::default(), batcher: Batcher::new(Lookup::default()) }
    }
}

impl Identities {
    /// What the objects with these IDs are. Only the number of requests depends on `likely`.
    pub(super) async fn of(
        &self,
        client: &Arc<Client>,
        ids: &HashSet<Uuid>,
        likely: Likely,
        operation_context: &OperationContext,
    ) -> Result<Identified, Error> {
        let mut identified: Identified = {
            let answers = self.answers();
            ids.iter().filter_map(|id| Some((*id, answers.get(id)?))).collect()
        };
        let unknown: Vec<Uuid> = ids.iter().filter(|id| !identified.contains_key(id)).copied().collect();
        if !unknown.is_empty() {
            let answered = self.batcher.submit(client, Question { ids: unknown, likely }, operation_context).await??;
            self.answers().record(&answered);
            identified.extend(answered);
        }
        Ok(identified)
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks objects up in Microsoft Graph.
#[derive(Debug, Default)]
struct Lookup {
    groups: tokio::sync::Mutex<Groups>,
}

/// The groups of the tenant as far as they were listed, decided by ski rental: Terraform asks for ten objects at a time, and a page of 999 groups costs
/// the service as much as one such question. While most objects that were asked for are groups, one page is read for each question; if several callers
/// expect groups at once, the first page replaces the first question. Listing ends with a page that holds nothing of what is wanted, because the tenant is
/// large. An object that is not listed is asked for.
#[derive(Debug)]
struct Groups {
    listing: Listing,
    listed: Located,
    questions: usize,
    pages: usize,
    /// Numbers of groups and of other objects that were asked for and found.
    found: (usize, usize),
    has_ended: bool,
}

impl Default for Groups {
    fn default() -> Self {
        let listing = Listing::new(Request::get("/groups").query("$select", SELECT).query("$top", "999"));
        Self { listing, listed: HashMap::new(), questions: 0, pages: 0, found: (0, 0), has_ended: false }
    }
}

impl Groups {
    /// The wanted objects that are listed, after one more page if the heuristic allows it.
    async fn find(
        &mut self,
        client: &Client,
        wanted: &HashSet<Uuid>,
        likely: Likely,
        operation_context: &OperationContext,
    ) -> Result<Located, Error> {
        let is_listed = |listed: &Located| wanted.iter().all(|id| listed.contains_key(id));
        let is_page_earned = self.pages < self.questions && self.found.0 > self.found.1;
        let is_first_page_expected = likely == Likely::Groups && self.pages == 0 && self.questions == 0;
        if !self.has_ended && (is_page_earned || is_first_page_expected) && !is_listed(&self.listed) {
            self.read_page(client, wanted, operation_context).await?;
        }
        Ok(wanted.iter().filter_map(|id| Some((*id, self.listed.get(id)?.clone()))).collect())
    }

    async fn read_page(&mut self, client: &Client, wanted: &HashSet<Uuid>, operation_context: &OperationContext) -> Result<(), Error> {
        self.pages += 1;
        match client.next_page::<Found>(&mut self.listing, operation_context).await {
            Ok(page) => {
                let page = page.unwrap_or_default();
                self.has_ended = self.listing.is_complete() || !page.iter().any(|group| wanted.contains(&group.id));
                let group = |found: Found| (found.id, Arc::new(Identity { kind: GROUP.to_owned(), ..found.identity }));
                self.listed.extend(page.into_iter().map(group));
                Ok(())
            }
            Err(error) if error.is_ended() => Err(error),
            Err(error) => {
                // A caller without the permission to list can still ask.
                tracing::debug!(%error, "groups cannot be listed");
                self.has_ended = true;
                Ok(())
            }
        }
    }

    /// Counts a question and what it found.
    fn count_question(&mut self, found: &Located) {
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

/// Jobs whose objects were not all found, to be asked for again.
struct Unfound {
    client: Arc<Client>,
    operation_context: OperationContext,
    jobs: Vec<Job<Lookup>>,
    found: Located,
}

impl BatchedWork for Lookup {
    type Input = Question;
    type Output = Result<Identified, Error>;
    type Rest = Unfound;
    // One batch at a time.
    type Key = ();
    const DISPATCH_SIZE: usize = MAX_IDS;
    const MAX_SIZE: usize = MAX_IDS;

    fn key(_: &Question) {}

    fn size(question: &Question) -> usize {
        question.ids.len()
    }

    async fn run(&self, batch: Batch<Self>) -> Option<Unfound> {
        let Batch { client, operation_context, jobs } = batch;
        let wanted = wanted_ids(&jobs);
        // A single question is answered about its own objects, without a page.
        let expecting = jobs.iter().filter(|job| job.input.likely == Likely::Groups).count();
        let likely = if expecting > 1 { Likely::Groups } else { Likely::Anything };
        let mut found = Located::new();
        let asked = self.ask(&client, wanted, likely, &mut found, &operation_context).await;
        let (settled, open): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| asked.is_err() || job.input.ids.iter().all(|id| found.contains_key(id)));
        answer(settled, &asked, &found);
        if open.is_empty() { None } else { Some(Unfound { client, operation_context, jobs: open, found }) }
    }

    async fn finish(&self, Unfound { client, operation_context, jobs, mut found }: Unfound) {
        let asked = ask_again(&client, wanted_ids(&jobs), &mut found, &operation_context).await;
        answer(jobs, &asked, &found);
    }
}

fn wanted_ids(jobs: &[Job<Lookup>]) -> HashSet<Uuid> {
    jobs.iter().flat_map(|job| job.input.ids.iter().copied()).collect()
}

impl Lookup {
    /// Looks for objects among the listed groups, and asks for the others.
    async fn ask(
        &self,
        client: &Client,
        mut wanted: HashSet<Uuid>,
        likely: Likely,
        found: &mut Located,
        operation_context: &OperationContext,
    ) -> Result<(), Error> {
        let mut groups = self.groups.lock().await;
        found.extend(groups.find(client, &wanted, likely, operation_context).await?);
        wanted.retain(|id| !found.contains_key(id));
        if wanted.is_empty() {
            return Ok(());
        }
        let mut answered = Located::new();
        let asked = ask(client, &wanted, &mut answered, operation_context).await;
        groups.count_question(&answered);
        found.extend(answered);
        asked
    }
}

/// Asks for what was missing again, after each of the pauses.
async fn ask_again(
    client: &Client,
    mut wanted: HashSet<Uuid>,
    found: &mut Located,
    operation_context: &OperationContext,
) -> Result<(), Error> {
    for pause in RETRY_PAUSES {
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
    for ids in ids.chunks(MAX_IDS) {
        let request = Request::post("/directoryObjects/getByIds").query("$select", SELECT).json(&json!({ "ids": ids })).reads();
        let objects: Vec<Found> = client.list(&request, operation_context).await?;
        found.extend(objects.into_iter().map(|object| (object.id, Arc::new(object.identity))));
    }
    Ok(())
}

fn answer(jobs: Vec<Job<Lookup>>, asked: &Result<(), Error>, found: &Located) {
    for Job { input, answer, .. } in jobs {
        let identified = asked.clone().map(|()| input.ids.into_iter().map(|id| (id, found.get(&id).cloned())).collect());
        // Fails if the caller was cancelled.
        let _ = answer.send(identified);
    }
}
