//! `aksaccess_authentication_strength_policy` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::begins;
use crate::azure::{Listing, Request};
use crate::client::diagnose::could_not;
use crate::conditional_access::STRENGTHS;
use crate::resources::{AuthenticationStrengthPolicy, AuthenticationStrengthResponse};
use crate::services::Services;

/// Lists the authentication strengths of the tenant, but for those that every tenant has and nobody can change.
#[derive(Clone, Debug, Model)]
pub(super) struct AuthenticationStrengthPolicyList {
    /// Lists only authentication strengths whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
}

impl ListResource for AuthenticationStrengthPolicyList {
    type Of = AuthenticationStrengthPolicy;

    async fn list(self, results: &mut Results<AuthenticationStrengthPolicy>, cx: &mut Context<Services>) -> Result {
        let mut listing = Listing::new(Request::get(STRENGTHS.all));
        let what = || could_not("list authentication strengths");
        while let Some(page) = cx.api.client().next_page::<AuthenticationStrengthResponse>(&mut listing).await.map_err(what())? {
            for answer in page {
                let strength = AuthenticationStrengthPolicy::from_listing(answer, results.include_resource(), cx).await?;
                let Some(strength) = strength.filter(|strength| begins(&strength.display_name, self.display_name_prefix.as_ref())) else {
                    continue;
                };
                if results.push(strength.display_name.clone(), strength).await.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
