//! `aksaccess_conditional_access_policy` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{begins, list_objects};
use crate::azure::Request;
use crate::conditional_access::{POLICIES, values};
use crate::resources::ConditionalAccessPolicy;
use crate::services::Services;

/// Lists the conditional access policies of the tenant.
#[derive(Clone, Debug, Model)]
pub(super) struct ConditionalAccessPolicyList {
    /// Lists only policies whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
    /// Lists only policies that are `enabled`, `disabled`, or `enabledForReportingButNotEnforced`.
    #[attr(check(one_of_with_synonyms(&values::STATES, &values::STATE_SYNONYMS)))]
    state: Option<String>,
}

impl ListResource for ConditionalAccessPolicyList {
    type Of = ConditionalAccessPolicy;

    async fn list(self, results: &mut Results<ConditionalAccessPolicy>, cx: &mut Context<Services>) -> Result {
        let keep = |policy: &ConditionalAccessPolicy| {
            begins(&policy.display_name, self.display_name_prefix.as_ref())
                && self.state.as_ref().is_none_or(|state| *state == policy.state)
        };
        list_objects(Request::get(POLICIES.all), "conditional access policies", keep, results, cx).await
    }
}
