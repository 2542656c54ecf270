//! `aksaccess_group_owner`: that one object is an owner of one group.
//!
//! The service refuses to remove the last owner who counts, and lists service principals among the owners only where they are read together
//! with the group (docs/services/graph.md#members-and-owners).

use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View};
use uuid::Uuid;

use crate::attributes::{import_id, object_id};
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::{consistency, creation, reference};
use crate::directory::{Identity, Part};
use crate::resources::group::last_owner;
use crate::resources::membership::{self, Named, Wanted};
use crate::services::Services;

/// Manages a single owner of a group: a user or a service principal. Other owners are not managed.
///
/// All owners of a group, authoritative, are `owners` of `aksaccess_group`; a plan refuses both for one group.
///
/// Microsoft Graph refuses to remove the last owner of a group who is a user. So where this resource is destroyed, that owner stays one, and a warning says so;
/// destroying the group as well ends it. To replace the only owner, set `create_before_destroy`, so that the new one comes first. In a group that can be given
/// roles, service principals count as well.
///
/// An owner that already exists is not adopted silently: import it, or set `adopt_existing`.
#[derive(Clone, Debug, Model)]
pub struct GroupOwner {
    /// Object IDs of the group and of the owner, with a slash between them.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// Object ID of the group.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub group_id: String,
    /// Object ID of the user or service principal that is an owner.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub owner_id: String,
    /// Whether to adopt an owner that already exists instead of failing. An adopted owner is removed on destroy.
    #[attr(default(false))]
    pub adopt_existing: bool,
}

impl GroupOwner {
    fn ids(&self) -> Result<(Uuid, Uuid)> {
        Ok((object_id("group_id", &self.group_id)?, object_id("owner_id", &self.owner_id)?))
    }

    /// Whether an ownership exists that was requested a moment ago, in a time of its own: what may exist must not get lost, also after an interruption.
    async fn exists_by_now(group: Uuid, owner: Uuid, cx: &mut Context<Services>) -> bool {
        let own_time = cx.api.with_time(creation::SEARCH);
        let interrupted = std::mem::replace(&mut cx.api, own_time);
        let stale_until = cx.api.client().consistency_window_end().ok();
        let look = || last_owner::is_owner_now(group, owner, cx);
        let found = cx.api.client().until(stale_until, look, |found| !matches!(found, Ok(false))).await;
        cx.api = interrupted;
        found.is_ok_and(|there| there)
    }
}

impl Resource for GroupOwner {
    type Api = Services;
    const NAME: &'static str = "group_owner";
    const SUBCATEGORY: &'static str = "Directory";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the owner {} of the group {}", self.owner_id, self.group_id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        membership::planned_id(planned, ["group_id", "owner_id"])
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let (group, owner) = self.ids()?;
        let id = format!("{group}/{owner}");
        if cx.api.directory().manages_list("owners", &group.to_string(), Part::Element, true) {
            return Err(membership::managed_both_ways("owners", &group.to_string()));
        }
        let request = Request::post("/groups/{id}/owners/$ref").with("id", group.to_string());
        match reference::add(cx, request, &owner.to_string(), last_owner::is_owner_now(group, owner, cx)).await {
            Ok(Outcome::AlreadyApplied) if self.adopt_existing => cx.adopt(&id)?,
            Ok(Outcome::AlreadyApplied) => return Err(membership::exists_already("group_owner", &self.describe(), &id)),
            Ok(Outcome::Applied) => {}
            Err(error) if error.is_ambiguous() && Self::exists_by_now(group, owner, cx).await => {
                tracing::warn!(%error, "the answer was lost; the reference is there");
            }
            Err(error) => return Err(could_not(format!("add {}", self.describe()))(error)),
        }
        self.id = id;
        consistency::mark_written(cx);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let (group, owner) = self.ids()?;
        let there = last_owner::is_owner(group, owner, cx).await.map_err(could_not(format!("read {}", self.describe())))?;
        Ok(if there { Existence::Found } else { Existence::Gone })
    }

    async fn update(&mut self, _: &Self, _: &mut Context<Services>) -> Result {
        // Only `adopt_existing` can change without another owner, and the service knows nothing of it.
        Ok(())
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let (group, owner) = self.ids()?;
        let request = Request::delete("/groups/{id}/owners/{owner}/$ref").with("id", group.to_string()).with("owner", owner.to_string());
        match reference::remove(cx, request, || last_owner::is_owner_now(group, owner, cx)).await {
            // A configuration that has the group as well could never be destroyed.
            Err(error) if error.is_last_owner() => {
                let detail = format!(
                    "{error}\n\nNobody can remove the last owner who counts. It stays one until the group has another or is deleted."
                );
                cx.warn(Diagnostic::warning(format!("Left {} in place", self.describe()), detail));
                Ok(())
            }
            removed => removed.map(drop).map_err(could_not(format!("remove {}", self.describe()))),
        }
    }

    fn import(id: &str) -> Result<Self> {
        let (group_id, owner_id) = import_id::reference(id, "group's owner", ("group", "group"), "owner")?;
        Ok(Self { id: format!("{group_id}/{owner_id}"), group_id, owner_id, ..Self::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&format!("{}/{}", identified.group_id, identified.owner_id))
    }

    fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
        let Some(group) = Named::attribute(change.planned, "group_id") else { return };
        let id = group.id.to_string();
        if api.directory().manages_list("owners", &id, Part::Element, change.touches("id")) {
            found.add(membership::managed_both_ways("owners", &id).at_attribute("group_id"));
        }
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let group = Wanted::new("group_id", "group", "group", Identity::is_group);
        let owner = Wanted::new("owner_id", "owner", "user or service principal", Identity::can_own);
        membership::check_reference(change, [group, owner], cx, &mut found).await;
        if let Some(prior) = change.prior.filter(|_| !change.in_apply && (change.touches("group_id") || change.touches("owner_id"))) {
            last_owner::last_is_replaced(prior, cx, &mut found).await;
        }
        found
    }
}
