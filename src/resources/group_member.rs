//! `aksaccess_group_member`: that one object is a member of one group.
//!
//! The odd thing about memberships: they have no id of their own, and one that was made a second ago may not be seen by the next read
//! (docs/services/graph.md#replication), so the instant of the making is remembered beside the state.

use framework::moved::Source;
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};
use uuid::Uuid;

use crate::attributes::import_id;
use crate::attributes::object_id;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::{consistency, creation};
use crate::directory::Part;
use crate::resources::membership;
use crate::resources::takeover::{azuread, by_id};
use crate::services::Services;

/// Manages a single membership: that a user, group or service principal is a member of a group. Other members of the group are not managed.
///
/// Any number of these can be managed for one group. They are read together and written together: a plan lists the members of a group once it pays,
/// and members that are added at about the same time travel twenty in a request. The group's whole list, authoritative, is
/// `aksaccess_group_members`; do not use both for one group.
///
/// A membership that already exists is not adopted silently: import it, or set `adopt_existing`.
///
/// `azuread_group_member` is this resource with other names: `group_object_id` is `group_id`, `member_object_id` is `member_id`, and its import id
/// `<group>/member/<member>` is understood.
#[derive(Clone, Debug, Model)]
pub struct GroupMember {
    /// Object IDs of the group and of the member, with a slash between them.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// Object ID of the group.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub group_id: String,
    /// Object ID of the user, group or service principal that is a member.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub member_id: String,
    /// Whether to adopt a membership that already exists instead of failing. An adopted membership is removed on destroy.
    #[attr(default(false))]
    pub adopt_existing: bool,
}

impl GroupMember {
    fn ids(&self) -> Result<(Uuid, Uuid)> {
        Ok((object_id("group_id", &self.group_id)?, object_id("member_id", &self.member_id)?))
    }

    fn exists_already(&self, group: Uuid, member: Uuid) -> Diagnostic {
        let detail = format!(
            "{member} is a member of the group {group}, and this configuration did not make it one. Bring the membership under its management with an import block \
             (put the resource's own name in):\n\n  import {{\n    to = aksaccess_group_member.NAME\n    id = \"{group}/{member}\"\n  }}\n\n\
             or set adopt_existing = true to take it over. If a resource was renamed, tell Terraform with a `moved` block instead."
        );
        Diagnostic::error("The membership exists already", detail)
    }
}

impl Resource for GroupMember {
    type Api = Services;
    const NAME: &'static str = "group_member";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_group_member", by_id)];
    const SUBCATEGORY: &'static str = "Directory";
    const WARNING_KINDS: &'static [&'static WarningKind] = &[&membership::MEMBERS_MANAGED_TWICE];
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the membership of {} in the group {}", self.member_id, self.group_id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        let [group, member] = ["group_id", "member_id"].map(|name| membership::Named::attribute(planned, name));
        Some(format!("{}/{}", group?.id, member?.id))
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let (group, member) = self.ids()?;
        let came = cx.api.directory().add_members(group, &[member]).await.into_iter().next();
        match came {
            Some(Ok(Outcome::Applied)) => {}
            Some(Ok(Outcome::AlreadyApplied)) if self.adopt_existing => cx.adopt(&format!("{group}/{member}"))?,
            Some(Ok(Outcome::AlreadyApplied)) => return Err(self.exists_already(group, member)),
            // No answer came, and the service may have done it all the same.
            Some(Err(error)) if error.is_ambiguous() && cx.api.with_time(creation::SEARCH).is_member_by_now(group, member).await => {
                tracing::warn!(%error, "the answer was lost; the membership is there");
            }
            Some(Err(error)) => return Err(could_not(format!("make {member} a member of the group {group}"))(error)),
            None => return Err(Diagnostic::error("Nothing came of the membership", "This is a bug of the provider.")),
        }
        self.id = format!("{group}/{member}");
        consistency::mark_written(cx);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let (group, member) = self.ids()?;
        let stale_until = consistency::stale_until(cx);
        match cx.api.directory().is_member(group, member, stale_until).await {
            Ok(true) => Ok(Existence::Found),
            Ok(false) => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", self.describe()))(error)),
        }
    }

    async fn update(&mut self, _: &Self, _: &mut Context<Services>) -> Result {
        // Only `adopt_existing` can change without another membership, and the service knows nothing of it.
        Ok(())
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let (group, member) = self.ids()?;
        for came in cx.api.directory().remove_members(group, &[member], consistency::stale_until(cx)).await {
            came.map_err(could_not(format!("remove {member} from the group {group}")))?;
        }
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        let (group_id, member_id) = import_id::membership(id)?;
        Ok(GroupMember { id: format!("{group_id}/{member_id}"), group_id, member_id, ..GroupMember::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&format!("{}/{}", identified.group_id, identified.member_id))
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        let (group, member) = (config.get::<String>("group_id"), config.get::<String>("member_id"));
        if let (Some(group), Some(member)) = (group, member)
            && group.eq_ignore_ascii_case(&member)
        {
            found.error("member_id", "A group cannot be a member of itself", "Name another member, or another group.");
        }
    }

    fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
        membership::members_conflict(change, Part::Element, api, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        // In the apply walk the service reports the error.
        if !change.in_apply && (change.touches("group_id") || change.touches("member_id")) {
            let member = membership::Named::attribute(change.planned, "member_id");
            membership::plan_check(change.planned, member.into_iter().collect(), cx, &mut found).await;
        }
        found
    }
}
