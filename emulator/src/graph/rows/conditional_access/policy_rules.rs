//! Validation of policies: which values can be combined, with the service's numbered errors (docs/services/conditional-access.md#refusals).
//!
//! The catalogue of numbers is not published. Numbers and texts are as seen where nothing else is said; where a
//! refusal is known and its number is not, the number here is [`UNKNOWN_NUMBER`].

use serde_json::{Map, Value, json};

use super::NAMED_LOCATIONS;
use crate::{
    directory::is_guid,
    graph::{
        model::{context::Context, error::GraphError},
        rows::security_defaults,
    },
};

/// In the place of a number that nobody has written down.
const UNKNOWN_NUMBER: u32 = 1000;
/// Most applications that one policy includes or excludes. Unverified.
const MAX_APPLICATIONS: usize = 250;
/// The location "MFA trusted IPs", which a policy can name and nobody can read.
const MFA_TRUSTED_IPS: &str = "00000000-0000-0000-0000-000000000000";
/// All compliant network locations of Global Secure Access (learn.microsoft.com/entra/global-secure-access/how-to-compliant-network).
const COMPLIANT_NETWORKS: &str = "3d46dbda-8382-466a-856d-eb00cbc6b910";

const USERS: &[&str] = &["All", "None", "GuestsOrExternalUsers"];
const APPLICATIONS: &[&str] = &["All", "None", "Office365", "MicrosoftAdminPortals"];
const LOCATIONS: &[&str] = &["All", "AllTrusted"];

/// Lists with special values, which are kept in the service's letter case.
const SPECIAL_VALUES: &[(&str, &[&str])] = &[
    ("/conditions/users/includeUsers", USERS),
    ("/conditions/users/excludeUsers", USERS),
    ("/conditions/applications/includeApplications", APPLICATIONS),
    ("/conditions/applications/excludeApplications", APPLICATIONS),
    ("/conditions/locations/includeLocations", LOCATIONS),
    ("/conditions/locations/excludeLocations", LOCATIONS),
];

/// Writes a policy as the service keeps it: special values in their letter case, and no session control that does nothing.
pub fn normalise(policy: &mut Map<String, Value>) {
    let mut whole = Value::Object(std::mem::take(policy));
    for (path, names) in SPECIAL_VALUES {
        for value in whole.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(name) = names.iter().find(|name| value.as_str().is_some_and(|text| name.eq_ignore_ascii_case(text))) {
                *value = json!(name);
            }
        }
    }
    if let Some(session) = whole.get_mut("sessionControls").filter(|session| !session.is_null() && !has_effect(session)) {
        *session = Value::Null;
    }
    // Of a strength the id counts; the rest is what a client has read before.
    if let Some(strength) = whole.pointer_mut("/grantControls/authenticationStrength").filter(|strength| strength.is_object()) {
        *strength = json!({"id": strength["id"].as_str().map(str::to_lowercase)});
    }
    // A policy for applications that sign in has no users (seen in captures).
    if !whole["conditions"]["clientApplications"].is_null() && whole["conditions"]["users"].is_null() {
        whole["conditions"]["users"] = json!({
            "includeUsers": ["None"], "excludeUsers": [], "includeGroups": [], "excludeGroups": [], "includeRoles": [], "excludeRoles": [],
            "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
        });
    }
    if let Value::Object(whole) = whole {
        *policy = whole;
    }
}

/// Whether session controls do anything. The service takes those that do not for none at all.
fn has_effect(session: &Value) -> bool {
    let is_on = |control: &Value| {
        *control == json!(true) || control["isEnabled"] == json!(true) || control["mode"].is_string() && control["isEnabled"].is_null()
    };
    session.as_object().into_iter().flatten().any(|(_, control)| is_on(control))
}

/// Refuses a policy that cannot be. `new` is what the client sent of it.
pub fn check(context: &Context<'_>, policy: &Map<String, Value>, new: &Map<String, Value>) -> Result<(), GraphError> {
    if policy.get("state") == Some(&json!("enabled")) && security_defaults::are_on(context.truth) {
        return Err(GraphError::malformed(
            "Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional Access policy.",
        ));
    }
    let policy = Policy { policy, new };
    policy.applications(context)?;
    policy.users()?;
    policy.locations(context)?;
    policy.grant(context)?;
    policy.session()?;
    policy.flows(context)?;
    policy.check_lock_out(context)
}

struct Policy<'p> {
    policy: &'p Map<String, Value>,
    new: &'p Map<String, Value>,
}

impl<'p> Policy<'p> {
    fn at(&self, path: &str) -> &'p Value {
        at(self.policy, path)
    }

    fn list(&self, path: &str) -> Vec<&'p str> {
        self.at(path).as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn applications(&self, context: &Context<'_>) -> Result<(), GraphError> {
        let included = self.list("conditions/applications/includeApplications");
        let actions = self.list("conditions/applications/includeUserActions");
        let contexts = self.list("conditions/applications/includeAuthenticationContextClassReferences");
        if self.list("conditions/clientAppTypes").is_empty() {
            return Err(GraphError::numbered(
                1064,
                "'clientAppTypes' condition does not support []. If you want to target all client apps, use ['All'].",
            ));
        }
        let others = usize::from(!actions.is_empty()) + usize::from(!contexts.is_empty());
        // An empty list counted as one when the number was seen; azuread sends one today, so an update can clear it.
        let named_empty = context.path.single.is_none()
            && at(self.new, "conditions/applications/includeApplications").is_array()
            && context.config.switches.empty_applications_beside_user_actions_are_refused;
        if others + usize::from(!included.is_empty() || named_empty && others > 0) > 1 {
            return Err(GraphError::numbered(
                1012,
                "'applications' condition cannot include both 'includeApplications' and 'includeUserActions'/'includeProtectionLevels'.",
            ));
        }
        if others == 0 && included.is_empty() && self.at("conditions/applications/applicationFilter").is_null() {
            return Err(GraphError::numbered(
                1011,
                "'applications' condition must specify the applications to include. Try 'includeApplications' = ['none'] to start with.",
            ));
        }
        for name in ["includeApplications", "excludeApplications"] {
            let applications = self.list(&format!("conditions/applications/{name}"));
            if applications.len() > MAX_APPLICATIONS {
                return Err(GraphError::numbered(
                    UNKNOWN_NUMBER,
                    format!("'{name}' cannot have more than {MAX_APPLICATIONS} applications."),
                ));
            }
            if let Some(wrong) = applications.iter().find(|one| !APPLICATIONS.contains(one) && !is_guid(one)) {
                return Err(GraphError::numbered(UNKNOWN_NUMBER, format!("Invalid application value: {wrong}.")));
            }
        }
        match contexts.iter().find(|id| !super::context_class::is_id(id)) {
            Some(wrong) => Err(GraphError::numbered(UNKNOWN_NUMBER, format!("Invalid authentication context value: {wrong}."))),
            None => Ok(()),
        }
    }

    fn users(&self) -> Result<(), GraphError> {
        if self.at("conditions/users").is_null() && self.at("conditions/clientApplications").is_null() {
            return Err(GraphError::numbered(
                UNKNOWN_NUMBER,
                "'users' condition must specify the users to include. Try 'includeUsers' = ['none'] to start with.",
            ));
        }
        for side in ["include", "exclude"] {
            let users = self.list(&format!("conditions/users/{side}Users"));
            if let Some(wrong) = users.iter().find(|one| !USERS.contains(one) && !is_guid(one)) {
                return Err(GraphError::numbered(UNKNOWN_NUMBER, format!("Invalid user value: {wrong}.")));
            }
            if let Some(wrong) = self.list(&format!("conditions/users/{side}Groups")).iter().find(|one| !is_guid(one)) {
                return Err(GraphError::numbered(1054, format!("Invalid group value: {wrong}.")));
            }
            if let Some(wrong) = self.list(&format!("conditions/users/{side}Roles")).iter().find(|one| !is_guid(one)) {
                return Err(GraphError::numbered(UNKNOWN_NUMBER, format!("Invalid role value: {wrong}.")));
            }
            if users.contains(&"GuestsOrExternalUsers") && !self.at(&format!("conditions/users/{side}GuestsOrExternalUsers")).is_null() {
                return Err(GraphError::numbered(
                    UNKNOWN_NUMBER,
                    "'GuestsOrExternalUsers' cannot be combined with guestOrExternalUserTypes",
                ));
            }
        }
        Ok(())
    }

    fn locations(&self, context: &Context<'_>) -> Result<(), GraphError> {
        let all = ["include", "exclude"].map(|side| self.list(&format!("conditions/locations/{side}Locations"))).concat();
        for id in all.into_iter().filter(|id| !LOCATIONS.contains(id) && ![MFA_TRUSTED_IPS, COMPLIANT_NETWORKS].contains(id)) {
            // As a replica sees it: a location that was just made is not known everywhere.
            if context.view.get(NAMED_LOCATIONS.table, &id.to_lowercase()).is_none() {
                return Err(GraphError::numbered(1040, format!("NamedLocation with id {id} does not exist in the directory.")));
            }
        }
        Ok(())
    }

    fn grant(&self, context: &Context<'_>) -> Result<(), GraphError> {
        let invalid = |what: &str| GraphError::numbered(1032, format!("ConditionalActionPolicy validation failed due to {what}."));
        if self.at("grantControls").is_null() {
            return if self.at("sessionControls").is_null() { Err(invalid("InvalidControls")) } else { Ok(()) };
        }
        let controls = self.list("grantControls/builtInControls");
        let strength = self.at("grantControls/authenticationStrength");
        let others = [self.list("grantControls/termsOfUse"), self.list("grantControls/customAuthenticationFactors")].concat().len()
            + usize::from(!strength.is_null());
        if !strength.is_null() && controls.contains(&"mfa") {
            return Err(GraphError::numbered(1108, "Authentication strengths cannot be used alongside the MFA built-in control."));
        }
        let count = controls.len() + others;
        let operator = self.at("grantControls/operator").as_str();
        if count == 0 || operator.is_none() || controls.contains(&"block") && count > 1 {
            return Err(invalid("InvalidControls"));
        }
        if controls.contains(&"passwordChange") {
            let strong = controls.contains(&"mfa") || !strength.is_null();
            let for_all = self.list("conditions/clientAppTypes") == ["all"];
            let risky = !self.list("conditions/userRiskLevels").is_empty();
            if !(strong && for_all && risky && operator == Some("AND")) {
                return Err(invalid("InvalidPasswordResetControl"));
            }
        }
        // Unverified: number and text.
        match strength["id"].as_str().filter(|id| context.view.get(super::STRENGTHS.table, id).is_none()) {
            Some(id) => Err(GraphError::numbered(
                UNKNOWN_NUMBER,
                format!("AuthenticationStrengthPolicy with id {id} does not exist in the directory."),
            )),
            None => Ok(()),
        }
    }

    fn session(&self) -> Result<(), GraphError> {
        let frequency = self.at("sessionControls/signInFrequency");
        if frequency["isEnabled"] != json!(true) {
            return Ok(());
        }
        let (value, unit) = (&frequency["value"], &frequency["type"]);
        let every_time = frequency["frequencyInterval"] == json!("everyTime");
        let right = if every_time {
            let alone = ["applicationEnforcedRestrictions", "disableResilienceDefaults"];
            value.is_null() && unit.is_null() && alone.iter().all(|name| self.at(&format!("sessionControls/{name}")).is_null())
        } else {
            value.as_u64().is_some_and(|value| value > 0) && !unit.is_null()
        };
        if !right {
            return Err(GraphError::numbered(UNKNOWN_NUMBER, "Invalid 'signInFrequency' session control."));
        }
        // Unverified: since when; seen for policies on a risk of users.
        let risky = !self.list("conditions/userRiskLevels").is_empty();
        let controls = self.list("grantControls/builtInControls");
        if every_time && risky && !controls.contains(&"passwordChange") && !controls.contains(&"riskRemediation") {
            return Err(GraphError::numbered(
                UNKNOWN_NUMBER,
                "'signInFrequency' of 'everyTime' with 'userRiskLevels' needs the control 'passwordChange'.",
            ));
        }
        Ok(())
    }

    /// Unverified: number and text.
    fn check_lock_out(&self, context: &Context<'_>) -> Result<(), GraphError> {
        let excludes = ["users/excludeUsers", "users/excludeGroups", "users/excludeRoles", "applications/excludeApplications"];
        let out = self.at("state") == "enabled"
            && self.list("conditions/users/includeUsers").contains(&"All")
            && self.list("conditions/applications/includeApplications").contains(&"All")
            && self.list("grantControls/builtInControls").contains(&"block")
            && excludes.iter().all(|path| self.list(&format!("conditions/{path}")).is_empty())
            && ["locations", "platforms", "devices", "authenticationFlows"]
                .iter()
                .all(|name| self.at(&format!("conditions/{name}")).is_null())
            && ["signInRiskLevels", "userRiskLevels"].iter().all(|name| self.list(&format!("conditions/{name}")).is_empty())
            && self.list("conditions/clientAppTypes").contains(&"all");
        if out && context.config.switches.locking_everybody_out_is_refused {
            return Err(GraphError::numbered(UNKNOWN_NUMBER, "The policy would keep everybody out of everything."));
        }
        Ok(())
    }

    fn flows(&self, context: &Context<'_>) -> Result<(), GraphError> {
        if !context.config.switches.authentication_flows_can_only_be_blocked {
            return Ok(());
        }
        let methods = self.at("conditions/authenticationFlows/transferMethods").as_str();
        if methods.is_none_or(|methods| methods == "none") {
            return Ok(());
        }
        // An object of session controls counts as such even if all of them are null.
        let session = self.new.get("sessionControls").is_some_and(Value::is_object) || !self.at("sessionControls").is_null();
        let grant = self.at("grantControls");
        let others =
            ["termsOfUse", "customAuthenticationFactors"].iter().any(|name| !self.list(&format!("grantControls/{name}")).is_empty());
        if session || others || !grant["authenticationStrength"].is_null() || self.list("grantControls/builtInControls") != ["block"] {
            return Err(GraphError::numbered(
                1235,
                "Configured controls are unsupported for policies containing the protocol flows condition. Only the Block grant control \
                 is allowed. No session or external controls are allowed.",
            ));
        }
        Ok(())
    }
}

/// A value inside of values; null where there is none.
fn at<'v>(object: &'v Map<String, Value>, path: &str) -> &'v Value {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let value = object.get(first).unwrap_or(&Value::Null);
    if rest.is_empty() { value } else { value.pointer(&format!("/{rest}")).unwrap_or(&Value::Null) }
}
