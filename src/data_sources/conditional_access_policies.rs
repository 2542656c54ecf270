//! `aksaccess_conditional_access_policies`: the policies of the tenant, in one request.

use framework::{Context, DataSource, Model, Result};

use crate::client::diagnose::could_not;
use crate::conditional_access::POLICIES;
use crate::conditional_access::conditions::Conditions;
use crate::conditional_access::controls::{GrantControls, SessionControls};
use crate::conditional_access::policy::{self, PolicyResponse};
use crate::conditional_access::values;
use crate::services::Services;

/// Lists the conditional access policies of the tenant, those that Terraform manages and all others.
///
/// Needs the Microsoft Graph permission `Policy.Read.All`.
#[derive(Clone, Debug, Model)]
pub struct ConditionalAccessPolicies {
    /// Finds only policies that are `enabled`, `disabled`, or `enabledForReportingButNotEnforced`.
    #[attr(check(one_of_with_synonyms(&values::STATES, &values::STATE_SYNONYMS)))]
    state: Option<String>,
    /// Finds only policies whose name begins so.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
    /// Finds only policies that include this application by its ID, `AKS` or a word such as `All`. Policies that include it otherwise, by `All` for one, are
    /// not found by its ID.
    #[attr(check(length(1, 256)))]
    included_application: Option<String>,
    /// IDs of the policies that were found, in the order of their names.
    #[attr(output)]
    ids: Option<Vec<String>>,
    /// The policies that were found, in the order of their names.
    #[attr(output)]
    policies: Option<Vec<FoundPolicy>>,
}

/// A policy that was found.
#[derive(Clone, Debug, Model)]
pub struct FoundPolicy {
    /// ID of the policy.
    id: String,
    /// Name of the policy.
    display_name: String,
    /// Whether it is applied: `enabled`, `disabled`, or `enabledForReportingButNotEnforced`.
    state: String,
    /// The circumstances in which it applies.
    conditions: Conditions,
    /// Controls that are required before access is granted, or `block`.
    grant_controls: Option<GrantControls>,
    /// How long and how freely a session may go on.
    session_controls: Option<SessionControls>,
    /// ID of the template that it was made from.
    template_id: Option<String>,
    /// When it was made.
    created_date_time: Option<String>,
}

impl DataSource for ConditionalAccessPolicies {
    type Api = Services;
    const NAME: &'static str = "conditional_access_policies";
    const SUBCATEGORY: &'static str = "Conditional Access";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let what = could_not("list the conditional access policies");
        // None: the caller may not list. Asked in its own name the service says what is missing.
        let all = match cx.api.conditional_access().all_listed::<PolicyResponse>(POLICIES).await {
            Ok(Some(all)) => all,
            Ok(None) => cx.api.client().list(crate::azure::Request::get(POLICIES.all)).await.map_err(what)?,
            Err(error) => return Err(what(error)),
        };
        let mut found: Vec<FoundPolicy> =
            all.into_iter().map(|answered| FoundPolicy::of(answered.policy)).filter(|policy| self.wants(policy)).collect();
        found.sort_by(|one, other| (&one.display_name, &one.id).cmp(&(&other.display_name, &other.id)));
        self.ids = Some(found.iter().map(|policy| policy.id.clone()).collect());
        self.policies = Some(found);
        Ok(())
    }
}

impl ConditionalAccessPolicies {
    fn wants(&self, policy: &FoundPolicy) -> bool {
        let key = crate::conditional_access::values::application_key;
        let includes = |wanted: &String| {
            policy.conditions.applications.included_applications.iter().flatten().any(|included| key(included) == key(wanted))
        };
        self.state.as_ref().is_none_or(|state| *state == policy.state)
            && self.display_name_prefix.as_ref().is_none_or(|prefix| policy.display_name.starts_with(prefix.as_str()))
            && self.included_application.as_ref().is_none_or(includes)
    }
}

impl FoundPolicy {
    fn of(read: crate::conditional_access::policy::Read) -> Self {
        FoundPolicy {
            id: read.id,
            display_name: read.display_name,
            state: policy::state(&read.state),
            conditions: read.conditions,
            grant_controls: read.grant_controls,
            session_controls: read.session_controls,
            template_id: read.template_id,
            created_date_time: read.created_date_time,
        }
    }
}
