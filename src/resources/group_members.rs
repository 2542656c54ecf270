//! `aksaccess_group_members`: all members of one group.
//!
//! A principal whose membership was just activated through Privileged Identity Management (PIM) is listed like any other member
//! (docs/services/pim.md#objects-and-life-cycle), and removing the link would end the activation. So members through PIM alone are not removed.

use std::collections::HashSet;

use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};
use jiff::Timestamp;
use uuid::Uuid;

use crate::attributes::import_id;
use crate::attributes::object_id;
use crate::azure::{Backoff, Error};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::directory::{Part, Privileged};
use crate::resources::membership;
use crate::services::Services;

/// Manages all members of a group: those that are listed and no others.
///
/// The list is authoritative from the first apply on. Members that are not listed are removed, also when the resource is created: the plan warns and names
/// them. To begin with what is there, import the group's members. azuread manages such a list as `members` of `azuread_group`. To manage
/// some members and leave all others alone, use `aksaccess_group_member`; do not use both for one group.
///
/// Members who have only an active assignment in Privileged Identity Management (PIM), such as an activation that was just approved, are not managed:
/// they are neither a difference nor removed, and PIM removes them at the end of the assignment. The provider asks PIM only if the group has members
/// that are not listed, and then needs the permission `PrivilegedAssignmentSchedule.Read.AzureADGroup`. A member that leaves the list is removed,
/// unless PIM has granted the membership for a limited time.
///
/// Destroying the resource removes the listed members; the group remains.
#[derive(Clone, Debug, Model)]
pub struct GroupMembers {
    /// Object ID of the group.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// Object ID of the group whose members these are. It must not be dynamic.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub group_id: String,
    /// Object IDs of all users, groups and service principals that are members, in any order. May be empty.
    #[attr(unordered, case_insensitive, check(uuid()))]
    pub members: Vec<String>,
}

/// So many absences are confirmed one by one; of more, the group is listed once more.
const LOOKED_FOR_SINGLY: usize = 20;
/// How many ids a message names.
const NAMED: usize = 10;

/// The members, as a set.
fn set(members: &[String]) -> HashSet<Uuid> {
    members.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect()
}

/// Ids in order, so that what happens does not depend on chance.
fn sorted(ids: impl IntoIterator<Item = Uuid>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    ids.sort_unstable();
    ids
}

/// Ids for a message.
fn named(ids: &[Uuid]) -> String {
    let first: Vec<String> = ids.iter().take(NAMED).map(Uuid::to_string).collect();
    let rest = ids.len().saturating_sub(NAMED);
    if rest == 0 { first.join(", ") } else { format!("{} and {rest} more", first.join(", ")) }
}

/// The error of not knowing who is a member through PIM.
fn pim_unreadable(group: Uuid) -> impl FnOnce(Error) -> Diagnostic {
    move |error| {
        let detail = format!(
            "{error}\n\nThe group has members that are not listed. Those who are members only through an active assignment in Privileged Identity Management \
             must be left alone, and it is not known who they are. Grant the identity that Terraform signs in as the Microsoft Graph permission \
             PrivilegedAssignmentSchedule.Read.AzureADGroup, or list every member."
        );
        Diagnostic::error(format!("Could not read who is a member of the group {group} through Privileged Identity Management"), detail)
    }
}

impl GroupMembers {
    fn group(&self) -> Result<Uuid> {
        object_id("group_id", &self.group_id)
    }

    /// Who is a member but neither listed nor one through PIM. PIM is only asked if there is anybody to ask about.
    async fn unlisted(group: Uuid, there: &HashSet<Uuid>, listed: &HashSet<Uuid>, cx: &Context<Services>) -> Result<Vec<Uuid>> {
        let unlisted: Vec<Uuid> = there.difference(listed).copied().collect();
        if unlisted.is_empty() {
            return Ok(Vec::new());
        }
        let privileged = cx.api.directory().privileged_members(group).await.map_err(pim_unreadable(group))?;
        Ok(sorted(privileged.unlisted(unlisted)))
    }

    async fn add(&self, group: Uuid, added: Vec<Uuid>, cx: &Context<Services>) -> Result {
        let came = cx.api.directory().add_members(group, &added).await;
        outcome_of("add", "to", group, &added, came)
    }

    async fn remove(&self, group: Uuid, removed: Vec<Uuid>, stale_until: Option<Timestamp>, cx: &Context<Services>) -> Result {
        let came = cx.api.directory().remove_members(group, &removed, stale_until).await;
        outcome_of("remove", "from", group, &removed, came)
    }

    /// Removes members that were listed, but not those whom PIM has made members for a while. Not being allowed to ask PIM does not keep a configuration from
    /// taking back what it gave itself.
    async fn release(&self, group: Uuid, mut released: Vec<Uuid>, stale_until: Option<Timestamp>, cx: &Context<Services>) -> Result {
        if released.is_empty() {
            return Ok(());
        }
        let privileged = match cx.api.directory().privileged_members(group).await {
            Err(error) if error.is_forbidden() => Privileged::default(),
            asked => asked.map_err(pim_unreadable(group))?,
        };
        released.retain(|member| !privileged.has_for_a_while(member));
        self.remove(group, released, stale_until, cx).await
    }

    /// Who is a member, as far as it is this resource's business: those that are listed in state, and unlisted. What does not agree with the state is looked at
    /// again: once if nothing was written recently, otherwise until it agrees or the consistency window has passed.
    async fn see(
        group: Uuid,
        mut there: HashSet<Uuid>,
        listed: &HashSet<Uuid>,
        stale_until: Option<Timestamp>,
        cx: &Context<Services>,
    ) -> Result<HashSet<Uuid>> {
        let what = || could_not(format!("list the members of the group {group}"));
        let mut backoff = Backoff::for_replication();
        loop {
            let unlisted = Self::unlisted(group, &there, listed, cx).await?;
            let missing = sorted(listed.difference(&there).copied());
            let may_be_stale = cx.api.client().may_be_stale(stale_until).map_err(what())?;
            if !may_be_stale || (missing.is_empty() && unlisted.is_empty()) {
                let found = Self::confirm(group, &missing, cx).await.map_err(what())?;
                let held = listed.intersection(&there).copied().chain(found);
                return Ok(held.chain(unlisted).collect());
            }
            cx.api.client().pause(backoff.next_pause()).await.map_err(what())?;
            there = cx.api.directory().list_members(group, stale_until).await.map_err(what())?;
        }
    }

    /// Which of those that a listing lacks are members all the same: absence is only believed of a second look.
    async fn confirm(group: Uuid, missing: &[Uuid], cx: &Context<Services>) -> Result<Vec<Uuid>, Error> {
        let found = match missing.len() {
            0 => return Ok(Vec::new()),
            1..=LOOKED_FOR_SINGLY => cx.api.directory().find_members(group, missing).await?,
            _ => cx.api.directory().list_members(group, None).await?,
        };
        Ok(missing.iter().filter(|member| found.contains(member)).copied().collect())
    }
}

/// The first failure, and of whom there are more.
fn outcome_of(verb: &str, to: &str, group: Uuid, members: &[Uuid], came: Vec<Result<Outcome, Error>>) -> Result {
    let mut failed = members.iter().zip(came).filter_map(|(member, came)| Some((*member, came.err()?)));
    let Some((first, error)) = failed.next() else { return Ok(()) };
    let others: Vec<Uuid> = failed.map(|(member, _)| member).collect();
    let mut diagnostic = could_not(format!("{verb} {first} {to} the group {group}"))(error).at_attribute("members");
    if !others.is_empty() {
        diagnostic.detail = format!("{}\n\nNor could the provider {verb} {}.", diagnostic.detail, named(&others));
    }
    Err(diagnostic)
}

impl Resource for GroupMembers {
    type Api = Services;
    const NAME: &'static str = "group_members";
    const SUBCATEGORY: &'static str = "Directory";
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&membership::MEMBERS_MANAGED_TWICE];
    const TIMEOUTS: Timeouts = Timeouts::minutes(30);

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the members of the group {}", self.group_id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        Some(membership::Named::attribute(planned, "group_id")?.id.to_string())
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let group = self.group()?;
        let listed = set(&self.members);
        let what = || could_not(format!("list the members of the group {group}"));
        let stale_until = cx.api.client().consistency_window_end().map_err(what())?;
        let there = cx.api.directory().members(group, Some(stale_until)).await.map_err(what())?;
        // Asked before anything is changed, so that a refusal leaves everything as it was.
        let unlisted = Self::unlisted(group, &there, &listed, cx).await?;
        // The ID is set last: after a failure the resource is not in state and not tainted, and the next apply continues instead of removing every
        // member first.
        self.add(group, sorted(listed.difference(&there).copied()), cx).await?;
        self.remove(group, unlisted, None, cx).await?;
        self.id = group.to_string();
        consistency::mark_written(cx);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let group = self.group()?;
        let stale_until = consistency::stale_until(cx);
        let there = match cx.api.directory().members(group, stale_until).await {
            Ok(there) => there,
            Err(error) if error.is_not_found() => return Ok(Existence::Gone),
            Err(error) => return Err(could_not(format!("list the members of the group {group}"))(error)),
        };
        let there = Self::see(group, there, &set(&self.members), stale_until, cx).await?;
        self.members = sorted(there).iter().map(Uuid::to_string).collect();
        Ok(Existence::Found)
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        let group = self.group()?;
        let (listed, before) = (set(&self.members), set(&prior.members));
        let stale_until = consistency::stale_until(cx);
        let added = self.add(group, sorted(listed.difference(&before).copied()), cx).await;
        // After an answer, so that the service's clock is known: the local clock may be minutes slow.
        consistency::mark_written(cx);
        added?;
        let released = self.release(group, sorted(before.difference(&listed).copied()), stale_until, cx).await;
        consistency::mark_written(cx);
        released
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let group = self.group()?;
        self.release(group, sorted(set(&self.members)), consistency::stale_until(cx), cx).await
    }

    fn import(id: &str) -> Result<Self> {
        let group = import_id::object_id(id, "group", "groups", "groupId")?;
        Ok(GroupMembers { id: group.clone(), group_id: group, ..GroupMembers::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&identified.group_id)
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        let group = config.get::<String>("group_id").and_then(|group| Uuid::parse_str(&group).ok());
        for member in membership::Named::list(config, "members").into_iter().filter(|member| Some(member.id) == group) {
            found.add(Diagnostic::error("A group cannot be a member of itself", "Take it out of the list.").at(member.at));
        }
    }

    fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
        membership::members_conflict(change, Part::Whole, api, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        // In the apply walk the service reports the error.
        if change.in_apply || !(change.touches("group_id") || change.touches("members")) {
            return found;
        }
        let before: HashSet<Uuid> = change
            .prior
            .map(|prior| membership::Named::list(prior, "members"))
            .unwrap_or_default()
            .into_iter()
            .map(|named| named.id)
            .collect();
        let listed = membership::Named::list(change.planned, "members");
        let new = listed.iter().filter(|member| !before.contains(&member.id)).cloned().collect();
        membership::plan_check(change.planned, new, cx, &mut found).await;
        let whole = change.planned.raw("members").is_wholly_known();
        if let (None, false, Some(group), true) =
            (change.prior, found.has_error(), membership::Named::attribute(change.planned, "group_id"), whole)
        {
            found.extend(warn_of_removed_members(group.id, &listed.iter().map(|member| member.id).collect(), cx).await);
        }
        found
    }
}

/// Warns about members that a creation removes, which a plan does not show.
async fn warn_of_removed_members(group: Uuid, listed: &HashSet<Uuid>, cx: &Context<Services>) -> Option<Diagnostic> {
    let there = match cx.api.directory().members(group, None).await {
        Ok(there) => there,
        Err(error) => {
            tracing::info!(%error, "who would be removed is not known");
            return None;
        }
    };
    match GroupMembers::unlisted(group, &there, listed, cx).await {
        Ok(unlisted) if unlisted.is_empty() => None,
        Ok(unlisted) => Some(
            Diagnostic::warning(
                format!("Members that are not listed will be removed from the group {group}"),
                format!(
                    "The list is authoritative, and {} will no longer be members: {}. List them, or import the members first.",
                    unlisted.len(),
                    named(&unlisted)
                ),
            )
            .at_attribute("members"),
        ),
        Err(refusal) => Some(refusal),
    }
}
