//! The guard against locking everybody out: looks at a plan, and says who would stand outside.
//!
//! What a policy that is on would do is an error. It is a warning if the policy only reports, or if it depends on circumstances such as risk, place or device, which
//! leave a way in. Each can be silenced by its ID. The rules read what is planned and known; about the rest they are silent, and look again in the apply walk.

use std::collections::HashSet;

use framework::value::{Path, Value};
use framework::{Change, Concern, Context, Diagnostic, Findings, View};
use uuid::Uuid;

use crate::services::Services;

/// Nobody could sign in to anything.
pub(super) const LOCKS_EVERYBODY_OUT: Concern = Concern {
    id: "policy_locks_everybody_out",
    about: "A policy blocks all users from all applications, and nobody and nothing is left out.",
};
/// A compliant device is asked of everybody.
pub(super) const NEEDS_DEVICE: Concern = Concern {
    id: "policy_needs_device_of_everybody",
    about: "A policy lets nobody in to any application without a compliant or joined device, and nobody and nothing is left out.",
};
/// An emergency access account would be caught.
pub(super) const CATCHES_EMERGENCY_ACCESS: Concern = Concern {
    id: "policy_catches_emergency_access",
    about: "A policy blocks, or asks more of, one of the provider's `emergency_access_principals`, who are taken to be Global Administrators.",
};
/// Terraform would lock itself out.
pub(super) const CATCHES_CALLER: Concern = Concern {
    id: "policy_catches_signed_in_principal",
    about: "A policy keeps the identity that Terraform signs in as from Microsoft Graph or Azure Resource Manager.",
};

/// Applications that the provider itself needs: Microsoft Graph, and Azure Resource Manager.
const OURS: [&str; 2] = ["00000003-0000-0000-c000-000000000000", "797f4846-ba00-4fd7-ba43-dac1f8f63013"];
/// The role that an account for emergencies holds.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// What a policy would do, as far as it is known.
struct Policy<'a>(View<'a>);

impl<'a> Policy<'a> {
    fn texts(&self, place: &str) -> Option<Vec<&'a str>> {
        self.0.texts(place)
    }

    fn lists(&self, place: &str, word: &str) -> bool {
        // What is listed is listed, whatever else only apply will tell.
        let elements = self.0.find(place).elements().unwrap_or_default();
        elements.iter().filter_map(Value::as_str).any(|listed| listed.eq_ignore_ascii_case(word))
    }

    fn controls(&self) -> Vec<&'a str> {
        self.texts("grant_controls.built_in_controls").unwrap_or_default()
    }

    fn blocks(&self) -> bool {
        self.controls().contains(&"block")
    }

    /// Whether nobody gets in without a device that an administrator has set up.
    fn needs_device(&self) -> bool {
        let is_device = |control: &&str| matches!(*control, "compliantDevice" | "domainJoinedDevice");
        let controls = self.controls();
        let others = ["authentication_strength_policy_id", "terms_of_use_ids", "custom_authentication_factors"]
            .iter()
            .any(|name| self.0.says(&format!("grant_controls.{name}")) != Some(false));
        match self.0.find("grant_controls.operator").as_str() {
            Some("AND") => controls.iter().any(is_device),
            _ => !controls.is_empty() && controls.iter().all(is_device) && !others,
        }
    }

    /// Whether it asks for anything before it lets somebody in.
    fn asks(&self) -> bool {
        self.0.says("grant_controls") == Some(true)
    }

    fn is_for_all_users(&self) -> bool {
        self.lists("conditions.users.included_users", "All")
    }

    fn is_for_all_applications(&self) -> bool {
        self.lists("conditions.applications.included_applications", "All")
    }

    /// Whether somebody or something is, or may be, left out: by an exclusion or by a circumstance.
    fn leaves_out(&self) -> bool {
        let left_out = [
            "conditions.users.excluded_users",
            "conditions.users.excluded_group_ids",
            "conditions.users.excluded_role_ids",
            "conditions.users.excluded_guests_or_external_users",
            "conditions.applications.excluded_applications",
            "conditions.applications.filter",
        ];
        left_out.iter().any(|place| self.0.says(place) != Some(false)) || self.depends_on_circumstances()
    }

    /// Whether it applies, or may apply, to some sign-ins of the same principal only: by risk, place, device, client application or the way of signing in. There
    /// is then a way in for whom it catches otherwise.
    fn depends_on_circumstances(&self) -> bool {
        let circumstances = [
            "conditions.locations",
            "conditions.devices",
            "conditions.sign_in_risk_levels",
            "conditions.user_risk_levels",
            "conditions.service_principal_risk_levels",
            "conditions.insider_risk_levels",
            "conditions.authentication_flows",
            "conditions.platforms.excluded_platforms",
        ];
        let narrowed = |place: &str| self.texts(place).is_none_or(|words| !words.is_empty() && !words.contains(&"all"));
        circumstances.iter().any(|place| self.0.says(place) != Some(false))
            || narrowed("conditions.client_app_types")
            || narrowed("conditions.platforms.included_platforms")
    }
}

/// Looks at a planned policy.
pub(super) async fn review(change: Change<'_>, cx: &mut Context<Services>, found: &mut Findings) {
    let touched = ["state", "conditions", "grant_controls"].iter().any(|attribute| change.touches(attribute));
    let enforced = match change.planned.get::<String>("state").as_deref() {
        Some("enabled") => true,
        Some("report_only") => false,
        _ => return,
    };
    // In the apply walk a warning would be told twice.
    if !touched || (change.in_apply && !enforced) {
        return;
    }
    let policy = Policy(change.planned);
    let depends = policy.depends_on_circumstances();
    let mut say = |place: &str, summary: String, detail: String, concern: &'static Concern| {
        let detail = match (enforced, depends) {
            (false, _) => format!("{detail} For now it would only be reported."),
            (true, true) => format!("{detail} That depends on the other conditions of the policy, so this is no error."),
            (true, false) => detail,
        };
        let finding = if enforced && !depends { Diagnostic::error(summary, detail) } else { Diagnostic::warning(summary, detail) };
        found.add(finding.at(Path::nested(place)).of(concern));
    };
    if policy.is_for_all_users() && policy.is_for_all_applications() && !policy.leaves_out() {
        if policy.blocks() {
            let detail = "All users are blocked from all applications, the portals in which this could be undone among them. Exclude emergency access \
                          accounts, or narrow the conditions.";
            say("conditions.users", "This policy would lock everybody out".to_owned(), detail.to_owned(), &LOCKS_EVERYBODY_OUT);
        } else if policy.needs_device() {
            let detail = "All users need a compliant or joined device for all applications, also to set up the first such device, and to undo this. \
                          Exclude emergency access accounts.";
            say(
                "conditions.users",
                "This policy would lock out everybody without a managed device".to_owned(),
                detail.to_owned(),
                &NEEDS_DEVICE,
            );
        }
    }
    if policy.asks() {
        for caught in caught_for_emergencies(&policy, cx).await {
            let does = if policy.blocks() { "blocks" } else { "asks more of" };
            let summary = format!("This policy {does} {}, which is for emergencies", caught.id);
            let detail = format!(
                "The provider's `emergency_access_principals` lists it, and it {}. Exclude it with `excluded_users` or `excluded_group_ids`, or exclude a \
                 group that it is in.",
                caught.why
            );
            say("conditions.users", summary, detail, &CATCHES_EMERGENCY_ACCESS);
        }
    }
    if (policy.blocks() || policy.needs_device())
        && !depends
        && let Some(why) = catches_caller(&policy, cx).await
    {
        let summary = "This policy would keep out the identity that Terraform signs in as".to_owned();
        let detail = format!("{why} After this apply Terraform could change nothing any more, this policy included. Exclude it.");
        say("conditions", summary, detail, &CATCHES_CALLER);
    }
}

struct Caught {
    id: String,
    why: String,
}

/// Who of the emergency access principals is caught.
async fn caught_for_emergencies(policy: &Policy<'_>, cx: &Context<Services>) -> Vec<Caught> {
    let mut caught = Vec::new();
    for id in cx.api.conditional_access().emergency_access() {
        if let Some(why) = catches(policy, id, true, cx).await {
            caught.push(Caught { id: id.clone(), why });
        }
    }
    caught
}

/// Why a policy applies to a user, or to the members of a group; none if it does not, or if that is not known.
async fn catches(policy: &Policy<'_>, id: &str, for_emergencies: bool, cx: &Context<Services>) -> Option<String> {
    let (included, excluded) = ("conditions.users.included_group_ids", "conditions.users.excluded_group_ids");
    let by_name = |side: &str| {
        policy.lists(&format!("conditions.users.{side}_users"), id) || policy.lists(&format!("conditions.users.{side}_group_ids"), id)
    };
    if by_name("excluded") {
        return None;
    }
    // An excluded group that is only about to be made may well be the one for emergencies.
    let excluded_groups = policy.texts(excluded)?;
    let role = for_emergencies
        && policy.lists("conditions.users.included_role_ids", GLOBAL_ADMINISTRATOR)
        && !policy.lists("conditions.users.excluded_role_ids", GLOBAL_ADMINISTRATOR);
    let may_be = policy.is_for_all_users() || role || by_name("included") || policy.0.says(included) == Some(true);
    if !may_be {
        return None;
    }
    let included_groups: Vec<&str> = policy.0.find(included).elements().unwrap_or_default().iter().filter_map(Value::as_str).collect();
    let groups = if excluded_groups.is_empty() && included_groups.is_empty() {
        HashSet::new()
    } else {
        match cx.api.directory().groups_of(id).await {
            Ok(groups) => groups.as_ref().clone(),
            Err(error) => {
                tracing::info!(%error, "the groups of a principal are not known");
                return None;
            }
        }
    };
    let is_in = |listed: &[&str]| listed.iter().map(|group| group.to_lowercase()).find(|group| groups.contains(group));
    if is_in(&excluded_groups).is_some() {
        return None;
    }
    if policy.is_for_all_users() {
        Some("is not left out of all users".to_owned())
    } else if by_name("included") {
        Some("is included by its id".to_owned())
    } else if let Some(group) = is_in(&included_groups) {
        Some(format!("is in the included group {group}"))
    } else if role {
        Some("is taken to be a Global Administrator, which is an included role".to_owned())
    } else {
        None
    }
}

/// Why the identity that Terraform signs in as would be kept out of what the provider needs.
async fn catches_caller(policy: &Policy<'_>, cx: &Context<Services>) -> Option<String> {
    let needed = policy.is_for_all_applications()
        || OURS.iter().any(|application| policy.lists("conditions.applications.included_applications", application));
    let spared = OURS.iter().all(|application| policy.lists("conditions.applications.excluded_applications", application));
    if !needed || spared || !cx.api.client().is_configured() {
        return None;
    }
    let caller = cx.api.client().caller().await.ok()?.object_id?;
    let service_principals = "conditions.client_applications.included_service_principals";
    let named = policy.lists(service_principals, &caller) || policy.lists(service_principals, "ServicePrincipalsInMyTenant");
    if named && policy.blocks() {
        let left_out = policy.lists("conditions.client_applications.excluded_service_principals", &caller)
            || policy.0.says("conditions.client_applications.filter") != Some(false);
        return (!left_out).then(|| format!("It is the service principal {caller}."));
    }
    if policy.0.says("conditions.users") != Some(true) {
        return None;
    }
    // Policies for users do not concern service principals.
    let id = Uuid::parse_str(&caller).ok()?;
    let identities = cx.api.directory().identities(&HashSet::from([id])).await.ok()?;
    let is_user = identities.get(&id)?.as_ref().is_some_and(|identity| identity.is_user());
    let why = if is_user { catches(policy, &caller, false, cx).await? } else { return None };
    Some(format!("It is the user {caller}, who {why}."))
}
