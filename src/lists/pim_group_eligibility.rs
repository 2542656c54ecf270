//! `aksaccess_pim_group_eligibility` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use crate::attributes::object_id;
use crate::pim::{ACCESS, GrantKind, GrantScope, Row};
use crate::resources::{PimGroupEligibility, list_grants};
use crate::services::Services;

/// Lists the eligibilities for membership or ownership of a group, through Privileged Identity Management (PIM).
///
/// What has ended is left out.
#[derive(Clone, Debug, Model)]
pub(super) struct PimGroupEligibilityList {
    /// Object ID of the group.
    #[attr(case_insensitive, check(uuid()))]
    group_id: String,
    /// Lists only those for this type of access: `member` or `owner`.
    #[attr(check(one_of(ACCESS)))]
    access: Option<String>,
}

impl ListResource for PimGroupEligibilityList {
    type Of = PimGroupEligibility;

    async fn list(self, results: &mut Results<PimGroupEligibility>, cx: &mut Context<Services>) -> Result {
        let area = GrantScope::Group(object_id("group_id", &self.group_id)?);
        let keep = |row: &Row| self.access.as_ref().is_none_or(|access| *access == row.subject);
        list_grants(GrantKind::Eligibility, &area, keep, results, cx).await
    }
}
