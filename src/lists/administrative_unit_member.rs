//! `aksaccess_administrative_unit_member` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::list_members;
use crate::azure::Request;
use crate::resources::AdministrativeUnitMember;
use crate::services::Services;

/// Lists the memberships of an administrative unit: one for each member.
#[derive(Clone, Debug, Model)]
pub(super) struct AdministrativeUnitMemberList {
    /// Object ID of the administrative unit.
    #[attr(case_insensitive, check(uuid()))]
    administrative_unit_id: String,
}

impl ListResource for AdministrativeUnitMemberList {
    type Of = AdministrativeUnitMember;

    async fn list(self, results: &mut Results<AdministrativeUnitMember>, cx: &mut Context<Services>) -> Result {
        let unit = &self.administrative_unit_id;
        let request = Request::get("/directory/administrativeUnits/{id}/members").with("id", unit).query("$select", "id,displayName");
        list_members(vec![request], unit, "the members", results, cx).await
    }
}
