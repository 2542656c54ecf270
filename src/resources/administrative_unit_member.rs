//! `aksaccess_administrative_unit_member`: that one object is in one administrative unit.
//!
//! The service adds one member at a time (<https://learn.microsoft.com/graph/api/administrativeunit-post-members>), but lists them all.

use framework::moved::Source;
use framework::{Change, Context, Diagnostics, Existence, Model, Resource, Result, Timeouts, View};
use uuid::Uuid;

use crate::attributes::{import_id, object_id};
use crate::azure::Request;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::{consistency, creation, reference};
use crate::directory::{Identity, MembersOf, Part};
use crate::resources::membership::{self, Named, Wanted};
use crate::resources::takeover::{azuread, by_id};
use crate::services::Services;

/// Manages a single membership of an administrative unit: that a user, group or device is in it. Other members are not managed.
///
/// Any number of these can be managed for one unit: a plan lists the members of the unit once it pays. The administrative units of a group can be managed as
/// `administrative_unit_ids` of `aksaccess_group` instead; a plan refuses both for one group.
///
/// A membership that already exists is not adopted silently: import it, or set `adopt_existing`.
///
/// `azuread_administrative_unit_member` is this resource with other names: `administrative_unit_object_id` is `administrative_unit_id`, `member_object_id` is
/// `member_id`, and its import id `<unit>/member/<member>` is understood.
#[derive(Clone, Debug, Model)]
pub struct AdministrativeUnitMember {
    /// Object IDs of the administrative unit and of the member, with a slash between them.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// Object ID of the administrative unit. Its members must be assigned, not follow from a rule.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub administrative_unit_id: String,
    /// Object ID of the user, group or device that is a member.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub member_id: String,
    /// Whether to adopt a membership that already exists instead of failing. An adopted membership is removed on destroy.
    #[attr(default(false))]
    pub adopt_existing: bool,
}

impl AdministrativeUnitMember {
    fn ids(&self) -> Result<(Uuid, Uuid)> {
        Ok((object_id("administrative_unit_id", &self.administrative_unit_id)?, object_id("member_id", &self.member_id)?))
    }
}

impl Resource for AdministrativeUnitMember {
    type Api = Services;
    const NAME: &'static str = "administrative_unit_member";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_administrative_unit_member", by_id)];
    const SUBCATEGORY: &'static str = "Directory";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the membership of {} in the administrative unit {}", self.member_id, self.administrative_unit_id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        membership::planned_id(planned, ["administrative_unit_id", "member_id"])
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let (unit, member) = self.ids()?;
        let id = format!("{unit}/{member}");
        let (list, group) = ("administrative_unit_ids", member.to_string());
        if cx.api.directory().manages_list(list, &group, Part::Element, true) {
            return Err(membership::managed_both_ways(list, &group));
        }
        let request = Request::post("/directory/administrativeUnits/{id}/members/$ref").with("id", unit.to_string());
        // What may exist must not get lost, so it is looked for in a time of its own, also after an interruption.
        let exists = async { Ok(cx.api.with_time(creation::SEARCH).is_member_by_now(MembersOf::AdministrativeUnit(unit), member).await) };
        match reference::add(cx, request, &member.to_string(), exists).await.map_err(could_not(format!("make {}", self.describe())))? {
            Outcome::AlreadyApplied if self.adopt_existing => cx.adopt(&id)?,
            Outcome::AlreadyApplied => return Err(membership::exists_already("administrative_unit_member", &self.describe(), &id)),
            Outcome::Applied => {}
        }
        self.id = id;
        consistency::mark_written(cx);
        Ok(())
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let (unit, member) = self.ids()?;
        let there = cx.api.directory().is_member(MembersOf::AdministrativeUnit(unit), member, consistency::stale_until(cx)).await;
        let there = there.map_err(could_not(format!("read {}", self.describe())))?;
        Ok(if there { Existence::Found } else { Existence::Gone })
    }

    async fn update(&mut self, _: &Self, _: &mut Context<Services>) -> Result {
        // Only `adopt_existing` can change without another membership, and the service knows nothing of it.
        Ok(())
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let (unit, member) = self.ids()?;
        let (of, directory) = (MembersOf::AdministrativeUnit(unit), cx.api.directory());
        let removed = reference::remove(cx, of.removing(member), || directory.is_member_now(of, member)).await;
        removed.map_err(could_not(format!("end {}", self.describe())))?;
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        let (unit, member) = import_id::reference(id, "membership of an administrative unit", ("administrative unit", "unit"), "member")?;
        Ok(Self { id: format!("{unit}/{member}"), administrative_unit_id: unit, member_id: member, ..Self::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&format!("{}/{}", identified.administrative_unit_id, identified.member_id))
    }

    fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
        let Some(member) = Named::attribute(change.planned, "member_id") else { return };
        let (list, id) = ("administrative_unit_ids", member.id.to_string());
        if api.directory().manages_list(list, &id, Part::Element, change.touches("id")) {
            found.add(membership::managed_both_ways(list, &id).at_attribute("member_id"));
        }
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let unit = Wanted::new("administrative_unit_id", "administrative unit", "administrative unit", Identity::is_administrative_unit);
        let member = Wanted::new("member_id", "member", "user, group or device", Identity::can_be_in_administrative_unit);
        membership::check_reference(change, [unit, member], cx, &mut found).await;
        found
    }
}
