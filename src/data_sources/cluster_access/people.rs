//! Resolves a principal to people: the principal itself, or the transitive and eligible members of a group.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use framework::Result;
use serde::Deserialize;
use serde_json::json;

use super::Access;
use super::grants::Grant;
use crate::azure::{Error, Request, odata_literal};
use crate::client::diagnose::could_not;
use crate::directory::{GroupRelation, RelatedObject, Select};
use crate::services::Services;

/// A principal at the end of a way, or a group that is still to be looked into.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) path: Vec<String>,
    pub(super) eligible: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Eligibility {
    access_id: String,
    principal_id: String,
}

/// The members of a group, and the ids of those who are eligible to become one; none if they may not be read.
#[derive(Debug, Default)]
struct Inside {
    members: Option<Vec<RelatedObject>>,
    eligible: Vec<String>,
}

/// Everybody who was met, each group read once.
#[derive(Debug, Default)]
pub(super) struct People {
    groups: HashMap<String, Arc<Inside>>,
    unseen: BTreeSet<String>,
}

/// What Azure Resource Manager calls the type of an object.
fn principal_type(object: &RelatedObject) -> Option<String> {
    let kind = object.kind.strip_prefix("#microsoft.graph.")?;
    let mut letters = kind.chars();
    Some(letters.next()?.to_uppercase().chain(letters).collect())
}

/// The name by which an object is best known.
fn best_name(object: &RelatedObject) -> Option<String> {
    object.user_principal_name.clone().or(object.display_name.clone())
}

impl People {
    /// The people who have a grant through its principal: an entry for each membership.
    ///
    /// Every group is looked into once, however many ways lead to it: by a way without an activation if there is one, else by the shortest.
    pub(super) async fn people_of(&mut self, grant: &Grant, api: &Services) -> Result<Vec<Person>> {
        let principal = grant.principal.to_lowercase();
        let kind = match &grant.kind {
            Some(kind) => Some(kind.clone()),
            None => self.kind_of(&principal, api).await?,
        };
        let mut found = Vec::new();
        let mut visited: HashSet<String> = HashSet::new();
        // Whatever needs an activation waits until everything else was looked at.
        let (mut standing, mut eligible) = (VecDeque::new(), VecDeque::new());
        let first = Person { id: principal, kind, name: None, path: Vec::new(), eligible: grant.eligible };
        standing.push_back(first);
        while let Some(next) = standing.pop_front().or_else(|| eligible.pop_front()) {
            if next.kind.as_deref() != Some("Group") {
                found.push(next);
                continue;
            }
            if !visited.insert(next.id.clone()) {
                continue;
            }
            let inside = self.inside(&next.id, api).await?;
            let Some(members) = &inside.members else {
                found.push(next);
                continue;
            };
            let path: Vec<String> = next.path.iter().chain([&next.id]).cloned().collect();
            for member in members {
                let (id, kind, name) = (member.id.to_lowercase(), principal_type(member), best_name(member));
                let person = Person { id, kind, name, path: path.clone(), eligible: next.eligible };
                if next.eligible { eligible.push_back(person) } else { standing.push_back(person) }
            }
            for principal in &inside.eligible {
                let kind = self.kind_of(principal, api).await?;
                eligible.push_back(Person { id: principal.clone(), kind, name: None, path: path.clone(), eligible: true });
            }
        }
        Ok(found)
    }

    /// What a principal is that was met without its kind: a group can be eligible, too.
    async fn kind_of(&mut self, id: &str, api: &Services) -> Result<Option<String>> {
        let Ok(uuid) = uuid::Uuid::parse_str(id) else { return Ok(None) };
        match api.directory().principal_type(uuid).await {
            Ok(kind) => Ok(kind.map(str::to_owned)),
            Err(error) => {
                let what = format!("What {id} is cannot be read, and who is behind it if it is a group");
                self.not_seen(&what, "look for somebody who has access", error)?;
                Ok(None)
            }
        }
    }

    async fn inside(&mut self, group: &str, api: &Services) -> Result<Arc<Inside>> {
        if let Some(inside) = self.groups.get(group) {
            return Ok(inside.clone());
        }
        let filter = format!("groupId eq {}", odata_literal(group));
        let eligible = Request::get("/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances").query("$filter", filter);
        let mut inside = Inside::default();
        match api.directory().related(group, GroupRelation::Members, Select::Names).await {
            Ok(members) => inside.members = Some(members),
            Err(error) => {
                let what = format!("The members of the group {group} cannot be read");
                self.not_seen(&what, &format!("read the members of the group {group}"), error)?;
            }
        }
        match api.client().list::<Eligibility>(eligible).await {
            Ok(eligible) => {
                let member = |one: &Eligibility| one.access_id.eq_ignore_ascii_case("member");
                inside.eligible = eligible.into_iter().filter(member).map(|one| one.principal_id.to_lowercase()).collect();
            }
            // No licence, or a group that was never taken into Privileged Identity Management.
            Err(error) if error.is_unlicensed() || error.is_not_found() => {}
            Err(error) => {
                self.not_seen(
                    "Who is eligible to become a member of a group cannot be read",
                    &format!("read who is eligible for the group {group}"),
                    error,
                )?;
            }
        }
        let inside = Arc::new(inside);
        self.groups.insert(group.to_owned(), inside.clone());
        Ok(inside)
    }

    /// Notes what the service refused to show, so that it is reported as unseen. Any other failure is temporary, and an error.
    fn not_seen(&mut self, what: &str, doing: &str, error: Error) -> Result {
        if !(error.is_denied() || error.is_rejected() || error.is_not_found()) {
            return Err(could_not(doing)(error));
        }
        if !self.unseen.iter().any(|known| known.starts_with(what)) {
            self.unseen.insert(format!("{what}: {error}"));
        }
        Ok(())
    }

    /// Puts in the names of those who were met without one, asked for a thousand at a time.
    pub(super) async fn fill_in_names(&mut self, access: &mut [Access], api: &Services) -> Result {
        let nameless: BTreeSet<String> =
            access.iter().filter(|one| one.principal_name.is_none()).filter_map(|one| one.principal_id.clone()).collect();
        let ids: Vec<String> = nameless.into_iter().collect();
        let mut named: HashMap<String, RelatedObject> = HashMap::new();
        for ids in ids.chunks(1000) {
            let request = Request::post("/directoryObjects/getByIds")
                .query("$select", "id,displayName,userPrincipalName")
                .json(&json!({ "ids": ids }))
                .reads();
            match api.client().list::<RelatedObject>(request).await {
                Ok(objects) => named.extend(objects.into_iter().map(|object| (object.id.to_lowercase(), object))),
                Err(error) => self.not_seen("The names of principals cannot be read", "look for the names of principals", error)?,
            }
        }
        for one in access.iter_mut().filter(|one| one.principal_name.is_none()) {
            if let Some(object) = one.principal_id.as_ref().and_then(|id| named.get(id)) {
                one.principal_name = best_name(object);
                one.principal_type = principal_type(object).or(one.principal_type.take());
            }
        }
        Ok(())
    }

    /// What could not be seen.
    pub(super) fn unseen(self) -> impl Iterator<Item = String> {
        self.unseen.into_iter()
    }
}
