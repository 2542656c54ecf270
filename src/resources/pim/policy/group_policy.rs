//! `aksaccess_pim_group_policy`: under which conditions membership or ownership of a group is granted and activated.
//!
//! A policy exists as long as its group, and can only be changed (docs/services/pim.md#policies-of-groups).

use framework::moved::{ForeignState, Source};
use framework::schema::check::is_uuid;
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View, WarningKind};

use super::checks;
use super::managed::ManagedPolicy;
use crate::attributes::{enumerations, object_id};
use crate::client::diagnose::could_not;
use crate::pim::ACCESS;
use crate::pim::GrantScope;
use crate::pim::{PolicyKey, Settings};
use crate::resources::pim::group_access::planned_access;
use crate::resources::pim::plan_checks;
use crate::resources::takeover::azuread;
use crate::services::Services;

/// Manages the policy of Privileged Identity Management (PIM) for members or for owners of a group: how long, with whose approval and under which conditions
/// they are assigned and activate.
///
/// Every group has one policy for members and one for owners, and both cannot be made or removed. Settings that the configuration does not mention are left as they are, and
/// shown; a setting that leaves the configuration goes back to the service's default, if an apply has set it: one that was added with the value that it had
/// anyway was no change, so nothing was applied, and it stays. Destroying the resource puts the whole policy back to the service's
/// defaults, or leaves it as it is with `on_destroy = "keep"`.
///
/// The policy is known by its group and access, for the service gives it another id with every change. Microsoft Entra ID P2 or Governance is needed, and the
/// permission `RoleManagementPolicy.ReadWrite.AzureADGroup`.
///
/// Import ids are `<group>/<access>` and the service's ids of the policy or of its assignment. `azuread_group_role_management_policy` has the id of the
/// policy, which is outdated once the policy was changed.
#[derive(Clone, Debug, Model)]
pub struct PimGroupPolicy {
    /// Identifier of the policy. Stable, unlike the service's own ID.
    #[attr(use_state_for_unknown)]
    pub id: String,
    /// Object ID of the group. It must be neither dynamic nor synchronised from on premises.
    #[attr(identity, replace, case_insensitive, check(uuid()))]
    pub group_id: String,
    /// Whose policy: that for each `member` or for each `owner` of the group.
    #[attr(identity, default("member"), replace, check(one_of(ACCESS)))]
    pub access: String,
    /// The settings.
    #[attr(flatten)]
    pub settings: Settings,
    /// What destroying does: `reset` puts every setting back to the service's default; `keep` leaves the policy as it is.
    #[attr(default("reset"), check(enumerations::reset_or_keep()))]
    pub on_destroy: String,
}

/// The id of azuread's resource is outdated once the policy was changed.
fn taken(from: &ForeignState<'_>) -> Result<PimGroupPolicy> {
    PimGroupPolicy::import(&format!("{}/{}", from.required("group_id")?, from.required("role_id")?))
}

impl ManagedPolicy for PimGroupPolicy {
    fn policy_key(&self) -> Result<PolicyKey> {
        Ok(PolicyKey { area: GrantScope::Group(object_id("group_id", &self.group_id)?), subject: self.access.clone() })
    }

    /// Whose policy it is, if an import gave only its id. Answers whether there is one.
    async fn resolve(&mut self, cx: &Context<Services>) -> Result<bool> {
        if !self.access.is_empty() {
            return Ok(true);
        }
        let area = self.policy_key()?.area;
        let policies = cx.api.pim().policies(&area, None).await.map_err(could_not(format!("read the policies of {area}")))?;
        let Some(policy) = policies.iter().find(|policy| policy.id.eq_ignore_ascii_case(&self.id)) else { return Ok(false) };
        self.access = policy.subject.clone();
        Ok(true)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn set(&mut self, id: String, settings: Settings) {
        (self.id, self.settings) = (id, settings);
    }
}

impl Resource for PimGroupPolicy {
    type Api = Services;
    const NAME: &'static str = "pim_group_policy";
    const MOVED_FROM: &'static [Source<Self>] = &[azuread("azuread_group_role_management_policy", taken)];
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = plan_checks::POLICY_WARNINGS;

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        format!("the policy for {}s of the group {}", self.access, self.group_id)
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        let group = object_id("group_id", &planned.get::<String>("group_id")?).ok()?;
        Some(PolicyKey { area: GrantScope::Group(group), subject: planned_access(planned)? }.id())
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        self.write(cx).await
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        self.read_settings(cx).await
    }

    async fn update(&mut self, _: &Self, cx: &mut Context<Services>) -> Result {
        self.write(cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        if self.on_destroy == "keep" { Ok(()) } else { self.policy_key()?.reset(cx).await }
    }

    fn import(id: &str) -> Result<Self> {
        let trimmed = id.trim();
        let known = |access: &str| ACCESS.contains(&access.to_lowercase().as_str());
        let (group, access) = match (trimmed.split('/').collect::<Vec<_>>().as_slice(), trimmed.split('_').collect::<Vec<_>>().as_slice()) {
            ([group, access], _) if is_uuid(group) && known(access) => (group.to_lowercase(), access.to_lowercase()),
            (_, ["Group", group, policy, access]) if is_uuid(group) && is_uuid(policy) && known(access) => {
                (group.to_lowercase(), access.to_lowercase())
            }
            // The ID of a policy does not name its access.
            (_, ["Group", group, policy]) if is_uuid(group) && is_uuid(policy) => (group.to_lowercase(), String::new()),
            _ => {
                return Err(Diagnostic::error(
                    format!("{id:?} is not the import id of a group's policy"),
                    "Give the object id of the group with `/member` or `/owner` behind it, or the service's id of the policy, `Group_<group>_<guid>`, or of its assignment.",
                ));
            }
        };
        Ok(PimGroupPolicy { id: trimmed.to_owned(), group_id: group, access, on_destroy: "reset".to_owned(), ..PimGroupPolicy::absent() })
    }

    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(&format!("{}/{}", identified.group_id, identified.access))
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        checks::validate(config, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        plan_checks::group_policy(change, cx).await
    }
}
