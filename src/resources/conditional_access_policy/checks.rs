//! What can be known to be wrong before anything is changed: combinations that the service refuses (docs/services/conditional-access.md#refusals), reported in validation
//! with a place.

use framework::value::{Path, Value};
use framework::{Diagnostic, Diagnostics, View};

use crate::conditional_access::session::{BOTH_AUTHENTICATIONS, EVERY_TIME};
use crate::conditional_access::values;

const APPLICATIONS: &str = "conditions.applications";
const INCLUDED_APPLICATIONS: &str = "conditions.applications.included_applications";
const APPLICATION_FILTER: &str = "conditions.applications.filter";
const USER_ACTIONS: &str = "conditions.applications.included_user_actions";
const AUTHENTICATION_CONTEXTS: &str = "conditions.applications.included_authentication_context_class_references";
const CONTROLS: &str = "grant_controls.built_in_controls";
const FREQUENCY: &str = "session_controls.sign_in_frequency";
const PERIOD: &str = "session_controls.sign_in_frequency_period";
const INTERVAL: &str = "session_controls.sign_in_frequency_interval";
const AUTHENTICATION_TYPE: &str = "session_controls.sign_in_frequency_authentication_type";
const STRENGTH: &str = "grant_controls.authentication_strength_policy_id";

/// Attributes that do not go together. What is unknown is not looked at.
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    subjects(config, found);
    targets(config, found);
    grants(config, found);
    sessions(config, found);
}

fn refuse(found: &mut Diagnostics, place: &str, summary: &str, detail: &str) {
    found.add(Diagnostic::error(summary, detail).at(Path::nested(place)));
}

/// Whether one of them says something: yes if one is known to, no if all are known not to.
fn any(config: View<'_>, places: &[&str]) -> Option<bool> {
    let said: Vec<Option<bool>> = places.iter().map(|place| config.says(place)).collect();
    if said.contains(&Some(true)) {
        return Some(true);
    }
    said.iter().all(|said| *said == Some(false)).then_some(false)
}

fn lists(config: View<'_>, place: &str, word: &str) -> bool {
    config.texts(place).is_some_and(|words| words.iter().any(|listed| listed.eq_ignore_ascii_case(word)))
}

fn subjects(config: View<'_>, found: &mut Diagnostics) {
    if any(config, &["conditions.users", "conditions.client_applications"]) == Some(false) {
        refuse(found, "conditions", "A policy needs somebody to apply to", "Set `users`, or `client_applications` for service principals.");
    }
    let included = ["included_users", "included_groups", "included_roles", "included_guests_or_external_users"]
        .map(|name| format!("conditions.users.{name}"));
    if config.says("conditions.users") == Some(true) && any(config, &included.each_ref().map(String::as_str)) == Some(false) {
        refuse(
            found,
            "conditions.users",
            "A policy needs somebody to apply to",
            "Include users, groups, roles or guests; `included_users = [\"None\"]` is nobody.",
        );
    }
    for side in ["included", "excluded"] {
        let (users, guests) = (format!("conditions.users.{side}_users"), format!("conditions.users.{side}_guests_or_external_users"));
        if lists(config, &users, "GuestsOrExternalUsers") && config.says(&guests) == Some(true) {
            refuse(
                found,
                &guests,
                "Guests are named in two ways",
                &format!("The service does not combine `GuestsOrExternalUsers` with `{side}_guests_or_external_users`. Keep one of them."),
            );
        }
        external_tenants(config, &guests, found);
    }
    let service_principals = ["included_service_principals", "filter"].map(|name| format!("conditions.client_applications.{name}"));
    if config.says("conditions.client_applications") == Some(true)
        && any(config, &service_principals.each_ref().map(String::as_str)) == Some(false)
    {
        refuse(
            found,
            "conditions.client_applications",
            "A policy needs somebody to apply to",
            "Include service principals, or `ServicePrincipalsInMyTenant`.",
        );
    }
}

/// Tenants are enumerated where they are listed, and only of those who can come from one.
fn external_tenants(config: View<'_>, guests: &str, found: &mut Diagnostics) {
    let (kind, members) = (format!("{guests}.external_tenants.membership_kind"), format!("{guests}.external_tenants.members"));
    let is_null = |place: &str| config.find(place).is_null();
    match config.find(&kind).as_str() {
        Some(values::ALL_TENANTS) if config.says(&members) == Some(true) => refuse(
            found,
            &members,
            "`all` tenants are not listed",
            "Set `membership_kind = \"enumerated\"` to mean only these tenants, or leave `members` out.",
        ),
        Some(values::ENUMERATED_TENANTS) if is_null(&members) => refuse(
            found,
            &kind,
            "No tenant is enumerated",
            "Set `members`: the IDs of the tenants, or `[]` for none of them. Without `external_tenants` external users may come from any tenant.",
        ),
        Some(values::ENUMERATED_TENANTS)
            if config.texts(&format!("{guests}.guest_or_external_user_types")).is_some_and(|types| types == ["internalGuest"]) =>
        {
            refuse(
                found,
                &kind,
                "Internal guests come from no other tenant",
                "Leave `external_tenants` out, or name a type of external users.",
            );
        }
        _ => {}
    }
}

fn targets(config: View<'_>, found: &mut Diagnostics) {
    let kinds = [
        (any(config, &[INCLUDED_APPLICATIONS, APPLICATION_FILTER]), INCLUDED_APPLICATIONS),
        (config.says(USER_ACTIONS), USER_ACTIONS),
        (config.says(AUTHENTICATION_CONTEXTS), AUTHENTICATION_CONTEXTS),
    ];
    let given: Vec<&str> = kinds.iter().filter(|(said, _)| *said == Some(true)).map(|(_, place)| *place).collect();
    if kinds.iter().all(|(said, _)| *said == Some(false)) {
        refuse(
            found,
            APPLICATIONS,
            "A policy needs something to protect",
            "Include applications, user actions or authentication contexts; `included_applications = [\"None\"]` is nothing (the service's error 1011).",
        );
    }
    if let [_, second, ..] = given.as_slice() {
        refuse(
            found,
            second,
            "A policy protects one kind of thing",
            "Applications, user actions and authentication contexts exclude each other (the service's error 1012). Make a policy for each.",
        );
    }
    for place in ["conditions.client_app_types", "conditions.platforms.included_platforms"] {
        if lists(config, place, "all") && config.texts(place).is_some_and(|words| words.len() > 1) {
            refuse(found, place, "`all` stands alone", "It contains all others: list it alone, or leave it out.");
        }
    }
    if config.texts("conditions.client_app_types").is_some_and(|types| types.is_empty())
        && !config.find("conditions.client_app_types").is_null()
    {
        refuse(
            found,
            "conditions.client_app_types",
            "No client application is no condition",
            "Use `[\"all\"]`, or leave it out (the service's error 1064).",
        );
    }
}

fn grants(config: View<'_>, found: &mut Diagnostics) {
    let controls = [CONTROLS, STRENGTH, "grant_controls.terms_of_use", "grant_controls.custom_authentication_factors"];
    let grants = any(config, &controls);
    let session = config.says("session_controls");
    if (grants, session) == (Some(false), Some(false)) {
        refuse(
            found,
            if config.says("grant_controls") == Some(true) { "grant_controls" } else { "conditions" },
            "A policy must ask for something",
            "Set a control in `grant_controls`, or `session_controls`. To keep everybody out that it applies to, use `block`.",
        );
    } else if grants == Some(false) && config.says("grant_controls") == Some(true) {
        refuse(
            found,
            "grant_controls",
            "`grant_controls` asks for nothing",
            "Set a control in it, or leave the block out: the service refuses one without a control, also beside `session_controls` (its error 1032).",
        );
    }
    let Some(built_in) = config.texts(CONTROLS) else { return };
    let has = |control: &str| built_in.contains(&control);
    if has("mfa") && config.says(STRENGTH) == Some(true) {
        refuse(
            found,
            STRENGTH,
            "An authentication strength takes the place of `mfa`",
            "Remove `mfa` from `built_in_controls`, or the authentication strength (the service's error 1108).",
        );
    }
    if has("block") && (built_in.len() > 1 || any(config, controls.get(1..).unwrap_or_default()) == Some(true)) {
        refuse(
            found,
            CONTROLS,
            "`block` stands alone",
            "Who is kept out cannot be asked for anything. Remove `block`, or everything else.",
        );
    }
    if has("passwordChange") {
        if config.texts("conditions.client_app_types").is_some_and(|types| !types.is_empty() && types != ["all"]) {
            refuse(
                found,
                "conditions.client_app_types",
                "A change of password is asked of all client applications",
                "Leave `client_app_types` out (the service's error 1032, InvalidPasswordResetControl).",
            );
        }
        let and = matches!(config.find("grant_controls.operator"), Value::String(operator) if operator == "AND");
        let known = !config.find("grant_controls.operator").is_unknown();
        if known && (!and || !(has("mfa") || config.says(STRENGTH) != Some(false))) {
            refuse(
                found,
                CONTROLS,
                "A change of password needs multifactor authentication",
                "Set `operator = \"AND\"` and `built_in_controls = [\"mfa\", \"passwordChange\"]`.",
            );
        }
        if config.says("conditions.user_risk_levels") == Some(false) {
            refuse(
                found,
                CONTROLS,
                "A change of password is asked of users at risk",
                "Set `user_risk_levels` in `conditions` (the service's error 1032, InvalidPasswordResetControl).",
            );
        }
    }
    if config.says("conditions.authentication_flow_transfer_methods") == Some(true) && (built_in != ["block"] || session == Some(true)) {
        refuse(
            found,
            "conditions.authentication_flow_transfer_methods",
            "A policy about authentication flows can only block",
            "Set `built_in_controls = [\"block\"]` and no `session_controls` (the service's error 1235).",
        );
    }
}

fn sessions(config: View<'_>, found: &mut Diagnostics) {
    let (frequency, period) = (config.says(FREQUENCY), config.says(PERIOD));
    for (has, lacks, missing) in [(frequency, period, PERIOD), (period, frequency, FREQUENCY)] {
        if (has, lacks) == (Some(true), Some(false)) {
            let detail = "Set both `sign_in_frequency` and `sign_in_frequency_period`, such as 4 and `hours`, or neither.";
            refuse(found, missing, "The sign-in frequency is a number and a period", detail);
        }
    }
    match config.find(INTERVAL) {
        Value::String(interval) if interval == EVERY_TIME => every_time(config, found),
        Value::Unknown(_) => {}
        _ if frequency == Some(false) && config.find(AUTHENTICATION_TYPE).as_str().is_some_and(|kind| kind != BOTH_AUTHENTICATIONS) => {
            let detail = "Set `sign_in_frequency` and `sign_in_frequency_period`, or `sign_in_frequency_interval = \"everyTime\"`.";
            refuse(found, AUTHENTICATION_TYPE, "No sign-in is repeated", detail);
        }
        _ => {}
    }
}

fn every_time(config: View<'_>, found: &mut Diagnostics) {
    for place in [FREQUENCY, PERIOD] {
        if config.says(place) == Some(true) {
            let detail = "A sign-in each time has no other frequency. Leave it out, or set `sign_in_frequency_interval = \"timeBased\"`.";
            refuse(found, place, "A sign-in has one frequency", detail);
        }
    }
    for place in ["session_controls.application_enforced_restrictions_enabled", "session_controls.disable_resilience_defaults"] {
        if config.find(place) == &Value::Bool(true) {
            let detail = "Leave it out, or set `sign_in_frequency` and `sign_in_frequency_period` instead of `everyTime`.";
            refuse(found, place, "It does not go together with signing in every time", detail);
        }
    }
}
