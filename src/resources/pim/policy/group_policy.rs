//! `aksaccess_pim_group_policy`: under which conditions membership or ownership of a group is granted and activated.
//!
//! The odd thing: a policy is there from the beginning and stays there to the end; it can only be changed (service-behaviour 7.1).

use framework::schema::check::is_uuid;
use framework::{Change, Context, Diagnostic, Existence, Findings, Model, Resource, Result, Timeouts, View};

use super::settings::{Activation, ActiveAssignment, EligibleAssignment, Notifications};
use super::{Governed, Settings, checks};
use crate::diagnose::could_not;
use crate::directory::pim::Area;
use crate::directory::recent;
use crate::provider::Azure;
use crate::resources::membership::object_id;
use crate::resources::pim::group::ACCESS;
use crate::resources::pim::review;

/// Manages the policy of Privileged Identity Management (PIM) for members or for owners of a group: how long, with whose approval and under which conditions
/// they are assigned and activate.
///
/// Every group has one policy for members and one for owners, and both cannot be made or removed. Settings that the configuration does not mention are left as they are, and
/// shown; a setting that leaves the configuration goes back to the service's default. Destroying the resource puts the whole policy back to the service's
/// defaults, or leaves it as it is with `on_destroy = "keep"`.
///
/// The policy is known by its group and access, for the service gives it another id with every change. Microsoft Entra ID P2 or Governance is needed, and the
/// permission `RoleManagementPolicy.ReadWrite.AzureADGroup`.
///
/// Import ids are `<group>/<access>` and the service's ids of the policy or of its assignment. `azuread_group_role_management_policy` has the id of the
/// policy, which is outdated once the policy was changed.
#[derive(Clone, Debug, Model)]
pub struct PimGroupPolicy {
    /// Object ID of the group and the access, with a slash between them.
    #[attr(stable)]
    pub id: String,
    /// Object ID of the group. It must be neither dynamic nor synchronised from on premises.
    #[attr(replace, caseless, check(uuid()))]
    pub group_id: String,
    /// Whose policy: that for each `member` or for each `owner` of the group.
    #[attr(default("member"), replace, check(one_of(ACCESS)))]
    pub access: String,
    /// Conditions of an activation by whoever is eligible.
    #[attr(computed, stable)]
    pub activation: Option<Activation>,
    /// Conditions under which somebody is made eligible.
    #[attr(computed, stable)]
    pub eligible_assignment: Option<EligibleAssignment>,
    /// Conditions under which somebody is made an active member or owner.
    #[attr(computed, stable)]
    pub active_assignment: Option<ActiveAssignment>,
    /// Who gets mail when.
    #[attr(computed, stable)]
    pub notifications: Option<Notifications>,
    /// What destroying does: `reset` puts every setting back to the service's default; `keep` leaves the policy as it is.
    #[attr(default("reset"), check(one_of(&["reset", "keep"])))]
    pub on_destroy: String,
}

impl PimGroupPolicy {
    fn governed(&self) -> Result<Governed> {
        Ok(Governed { area: Area::Group(object_id("group_id", &self.group_id)?), subject: self.access.clone() })
    }

    fn settings(&self) -> Settings {
        Settings {
            activation: self.activation.clone().unwrap_or_default(),
            eligible: self.eligible_assignment.clone().unwrap_or_default(),
            active: self.active_assignment.clone().unwrap_or_default(),
            notifications: self.notifications.clone().unwrap_or_default(),
        }
    }

    fn take(&mut self, settings: Settings) {
        self.id = format!("{}/{}", self.group_id.to_lowercase(), self.access);
        self.activation = Some(settings.activation);
        self.eligible_assignment = Some(settings.eligible);
        self.active_assignment = Some(settings.active);
        self.notifications = Some(settings.notifications);
    }

    async fn write(&mut self, cx: &mut Context<Azure>) -> Result {
        let settings = self.governed()?.change(&self.settings(), cx).await?;
        self.take(settings);
        recent::wrote(cx);
        Ok(())
    }
}

impl Resource for PimGroupPolicy {
    type Api = Azure;
    const NAME: &'static str = "pim_group_policy";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const CONCERNS: &'static [&'static framework::Concern] = review::POLICY_CONCERNS;

    fn id(&self) -> &str {
        &self.id
    }

    fn subject(&self) -> String {
        format!("the policy for {}s of the group {}", self.access, self.group_id)
    }

    async fn create(&mut self, cx: &mut Context<Azure>) -> Result {
        self.write(cx).await
    }

    async fn read(&mut self, cx: &mut Context<Azure>) -> Result<Existence> {
        let what = could_not(format!("read {}", self.subject()));
        let (young_until, imported) = (recent::young_until(cx), cx.just_imported());
        if !self.find_access(cx).await? {
            return Ok(Existence::Gone);
        }
        let (governed, wanted) = (self.governed()?, self.settings());
        let mut first = true;
        let policy = {
            let cx = &*cx;
            let look = || {
                let anew = !std::mem::take(&mut first);
                let governed = &governed;
                async move { if anew { governed.find_now(cx).await } else { governed.find(cx).await } }
            };
            let shows = |found: &Result<Option<_>, crate::azure::Error>| match found {
                Ok(Some(policy)) => {
                    let policy: &crate::directory::pim::Policy = policy;
                    imported || wanted.differences(&policy.rules, governed.dialect()).is_empty()
                }
                Ok(None) => false,
                Err(error) => !error.is_not_found(),
            };
            cx.api.until(young_until, look, shows).await
        };
        match policy {
            Ok(Some(policy)) => {
                self.take(Settings::read(&policy.rules, governed.dialect()));
                Ok(Existence::Found)
            }
            Err(error) if !error.is_not_found() => Err(what(error)),
            // With the group its policies are gone.
            Ok(None) | Err(_) => {
                cx.api.vanished(uuid::Uuid::parse_str(&self.group_id));
                Ok(Existence::Gone)
            }
        }
    }

    async fn update(&mut self, _: &Self, cx: &mut Context<Azure>) -> Result {
        self.write(cx).await
    }

    async fn delete(&mut self, cx: &mut Context<Azure>) -> Result {
        if self.on_destroy == "keep" {
            return Ok(());
        }
        let governed = self.governed()?;
        // With the group its policies are gone.
        if governed.find_now(cx).await.map_err(could_not(format!("find {}", self.subject())))?.is_none() {
            return Ok(());
        }
        governed.change(&Settings::defaults(), cx).await.map(|_| ())
    }

    fn import(id: &str) -> Result<Self> {
        let trimmed = id.trim();
        let known = |access: &str| ACCESS.contains(&access.to_lowercase().as_str());
        let (group, access) = match (trimmed.split('/').collect::<Vec<_>>().as_slice(), trimmed.split('_').collect::<Vec<_>>().as_slice()) {
            ([group, access], _) if is_uuid(group) && known(access) => (group.to_lowercase(), access.to_lowercase()),
            (_, ["Group", group, policy, access]) if is_uuid(group) && is_uuid(policy) && known(access) => {
                (group.to_lowercase(), access.to_lowercase())
            }
            // The id of a policy does not say whose it is.
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

    fn validate(config: View<'_>, found: &mut Findings) {
        checks::validate(config, found);
    }

    async fn review(change: Change<'_>, cx: &mut Context<Azure>) -> Findings {
        review::group_policy(change, cx).await
    }
}

impl PimGroupPolicy {
    /// Whose policy it is, if an import gave only its id. Answers whether there is one.
    async fn find_access(&mut self, cx: &Context<Azure>) -> Result<bool> {
        if !self.access.is_empty() {
            return Ok(true);
        }
        let area = self.governed()?.area;
        let policies = cx.api.policies(&area, None).await.map_err(could_not(format!("read the policies of {area}")))?;
        let Some(policy) = policies.iter().find(|policy| policy.id.eq_ignore_ascii_case(&self.id)) else { return Ok(false) };
        self.access = policy.subject.clone();
        Ok(true)
    }
}
