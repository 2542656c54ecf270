//! `aksaccess_conditional_access_policy`: what a sign-in needs before it is let in.
//!
//! The odd thing about policies: a PATCH merges, also inside of nested objects, so what left the configuration is cleared by name (`resources/merge.rs`);
//! and the service allows one request a second to everybody together, so nothing is read or written singly that can be shared.

mod checks;
mod errors;
mod guard;
mod json;
mod named;
mod save;
#[cfg(test)]
mod tests;
mod upgrade;

use framework::moved::Source;
use framework::{Change, Context, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};
use serde_json::{Map, Value as Json};

pub(crate) use save::{BUSY, announce_queue};

use crate::attributes::{enumerations, import_id};
use crate::client::consistency;
use crate::client::removal;
use crate::conditional_access::POLICIES;
use crate::conditional_access::conditions::Conditions;
use crate::conditional_access::controls::{GrantControls, SessionControls};
use crate::conditional_access::policy::PolicyResponse;
use crate::conditional_access::values;
use crate::resources::existing;
use crate::resources::interrupted_creation::{self, MAY_EXIST};
use crate::resources::listed::Listed;
use crate::resources::takeover::{azuread, by_id};
use crate::services::Services;

/// The state of a policy that is in the bin.
const DELETED: &str = "deleted";

/// Manages a conditional access policy: whose sign-ins to what are let in under which conditions, and what is asked of them.
///
/// Arguments, blocks and values are those of azuread's `azuread_conditional_access_policy`; a configuration of it is valid here with another type name.
///
/// What leaves the configuration is cleared at the service. Properties that this provider does not know are left as they are. Needs the Microsoft Graph
/// permissions `Policy.Read.All`, `Policy.ReadWrite.ConditionalAccess` and `Application.Read.All`, and Microsoft Entra ID P1.
///
/// The service allows one request a second to all applications of a tenant together. Policies are therefore read in one listing, and writes wait their
/// turn; that time does not count against `timeouts`.
///
/// A deleted policy can be restored for 30 days. Importing its ID shows it with the `state` `deleted`, and the next apply restores it.
///
/// A plan evaluates the policy against the sign-ins that must stay possible: those of the identity that Terraform signs in as, to Microsoft Graph and Azure
/// Resource Manager; those of `emergency_access_principals` of the provider, to any application; and those of all users together. Users, groups (nested ones
/// too), directory roles, guests, applications, client applications, risks, locations, platforms, devices, authentication flows and filters count. Whom an
/// enabled policy catches in every sign-in is an error. Whom it catches in some sign-ins only is a warning: an address, a device, a platform or a risk cannot
/// be known before the sign-in, so a condition on one never counts as "does not apply". Sign-ins by legacy authentication need not stay possible. Nothing is
/// said of whom the policy does not catch. Which controls count:
///
/// - `emergency_access_principals`: every control in `grant_controls`. Members of their groups count one by one, and all of them as Global Administrators
///   where a policy includes that role.
/// - The identity that Terraform signs in as: `block`, and what must be prepared before the sign-in (`compliantDevice`, `domainJoinedDevice`,
///   `approvedApplication`, `compliantApplication`), unless another control can be met instead (`OR`).
/// - All users, if nobody is excluded: every control. It is an error where `block` or only such prepared controls meet every sign-in to all applications, and
///   a warning in all other cases.
///
/// An enabled policy that the plan does not change is evaluated against `emergency_access_principals` as well, because they, or the groups that they are in,
/// may have changed. Whom it catches is a warning then, as the policy is in force already.
///
/// A policy that is `enabledForReportingButNotEnforced` gives warnings in place of errors, and each finding can be silenced by its ID.
///
/// Continuous access evaluation, agents and Global Secure Access are in the beta version of Microsoft Graph only, and are not managed here. A policy keeps what it
/// has of them, and a plan names it in a warning.
#[derive(Clone, Debug, Model)]
pub struct ConditionalAccessPolicy {
    /// ID of the policy.
    #[attr(identity, use_state_for_unknown)]
    pub id: String,
    /// Name of the policy.
    #[attr(check(length(1, 256)))]
    pub display_name: String,
    /// What it is for. The metadata of Microsoft Graph has it and the documentation does not: whether the service keeps it could not be verified.
    #[attr(check(length(1, 1024)))]
    pub description: Option<String>,
    /// Whether it is applied: `enabled`, `disabled`, or `enabledForReportingButNotEnforced`, which only reports what it would do.
    #[attr(check(one_of_with_synonyms(&values::STATES, &values::STATE_SYNONYMS)))]
    pub state: String,
    /// The circumstances in which it applies.
    #[attr(block)]
    pub conditions: Conditions,
    /// Controls that are required before access is granted, or `block`.
    #[attr(block)]
    pub grant_controls: Option<GrantControls>,
    /// How long and how freely a session may go on.
    #[attr(block)]
    pub session_controls: Option<SessionControls>,
    /// Restores the one deleted policy of this name instead of making another; and this one, with its id, if it was deleted elsewhere.
    #[attr(default(false))]
    pub restore_deleted: bool,
    /// What destroying does: `delete` moves the policy to the deleted items, from which it can be restored for 30 days; `purge` removes it from there, too.
    #[attr(default("delete"), check(enumerations::delete_or_purge()))]
    pub on_destroy: String,
    /// ID of the template that it was made from.
    #[attr(output, use_state_for_unknown)]
    pub template_id: Option<String>,
    /// When it was made.
    #[attr(output, use_state_for_unknown)]
    pub created_date_time: Option<String>,
}

impl Listed for ConditionalAccessPolicy {
    type Answer = PolicyResponse;

    fn from_listing(answer: PolicyResponse) -> Option<(String, Self)> {
        let mut policy = ConditionalAccessPolicy::import(&answer.policy.id).ok()?;
        policy.update_from_response(answer.policy);
        Some((policy.display_name.clone(), policy))
    }
}

impl Resource for ConditionalAccessPolicy {
    type Api = Services;
    const NAME: &'static str = "conditional_access_policy";
    const VERSION: i64 = 1;
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_conditional_access_policy", by_id)];
    const SUBCATEGORY: &'static str = "Conditional Access";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = &[
        &guard::LOCKS_EVERYBODY_OUT,
        &guard::NEEDS_DEVICE,
        &guard::EXCLUDES_NOBODY,
        &guard::CATCHES_EMERGENCY_ACCESS,
        &guard::CATCHES_CALLER,
        &save::UNMANAGED_SETTINGS,
        &BUSY,
        &MAY_EXIST,
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        if self.display_name.is_empty() {
            format!("the conditional access policy {}", self.id)
        } else {
            format!("the conditional access policy {:?}", self.display_name)
        }
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        let _search = cx.lock(&self.display_name).await;
        if self.restore_deleted && self.restore_by_name(cx).await? { Ok(()) } else { self.create_once(cx).await }
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let stale_until = consistency::stale_until(cx);
        let shows = |answered: &PolicyResponse| self.matches_response(answered);
        match cx.api.conditional_access().listed::<PolicyResponse>(POLICIES, &self.id, stale_until, shows).await {
            Ok(answered) => {
                save::remember_shared(&answered.shared, cx);
                self.update_from_response(answered.policy);
                self.report_unknown(&answered.unknown, cx);
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => self.find_deleted(cx).await,
            Err(error) => Err(errors::could_not(format!("read {}", self.describe()))(error)),
        }
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        let (prior, shared) = if prior.is_deleted() {
            let restored = self
                .restore(&prior.id, cx)
                .await
                .map_err(|failed| errors::could_not(format!("restore {}", self.describe()))(failed.error))?;
            let mut prior = prior.clone();
            prior.update_from_response(restored.policy);
            (prior, restored.shared)
        } else {
            (prior.clone(), save::recall_shared(cx))
        };
        self.patch(&prior, &shared, cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let deleted = removal::delete(cx, POLICIES.one, &self.id).await;
        cx.api.conditional_access().has_written(POLICIES);
        let deleted = deleted.map_err(errors::could_not(format!("delete {}", self.describe())))?;
        announce_queue(cx);
        if self.on_destroy == "purge" {
            self.purge(deleted, cx).await;
        }
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        let id = import_id::object_id(id, "conditional access policy", "identity/conditionalAccess/policies", "policyId")?;
        Ok(ConditionalAccessPolicy { id, on_destroy: "delete".to_owned(), ..ConditionalAccessPolicy::absent() })
    }

    fn upgrade(_from: i64, state: Map<String, Json>) -> Result<Map<String, Json>> {
        upgrade::from_attributes(state)
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        checks::validate(config, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        guard::plan_check(change, cx, &mut found).await;
        named::plan_check(change, cx, &mut found).await;
        let name = change.planned.get::<String>("display_name");
        let is_this = |there: &PolicyResponse| Some(&there.policy.display_name) == name.as_ref();
        existing::none_of_name(change, POLICIES, "conditional access policy", is_this, |there| &there.policy.id, cx, &mut found).await;
        let created_at = |there: &PolicyResponse| (there.policy.id.clone(), there.policy.created_date_time.clone());
        interrupted_creation::check(change, POLICIES, Self::matches_response, created_at, cx, &mut found).await;
        found
    }

    async fn unchanged_check(planned: View<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        guard::unchanged_check(planned, cx, &mut found).await;
        found
    }
}

impl ConditionalAccessPolicy {
    /// Whether an answer shows what was last written.
    fn matches_response(&self, answered: &PolicyResponse) -> bool {
        let mut read = self.clone();
        read.update_from_response(answered.policy.clone());
        self.changes(&read, &[]).is_empty()
    }
}
