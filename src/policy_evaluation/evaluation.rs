//! Whether a policy applies to a sign-in of which not everything is known.
//!
//! Each condition is met by the sign-in, is not met, or depends on something that is not known of it. One that is not met decides; one that depends is never
//! taken for "does not apply". Semantics of the conditions: learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-conditions and
//! concept-conditional-access-users-groups.

use framework::View;
use framework::value::Value;

use super::sign_in::{Circumstances, Guest, Principal, SignIn, SignInTarget, Who};
use crate::conditional_access::values;

/// The template ID of the role that emergency access accounts hold.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Whether a policy applies to a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyEffect {
    /// It applies, whatever the rest of the sign-in is like.
    Applies {
        /// The condition by which the principal is included, as part of a sentence.
        by: String,
    },
    /// It applies to some such sign-ins and not to others.
    MayApply {
        /// The condition by which the principal is included, as part of a sentence.
        by: String,
        /// Attributes of `conditions` that decide, such as `locations`.
        depends_on: Vec<&'static str>,
    },
    /// It does not apply, because of this attribute of `conditions`.
    DoesNotApply(&'static str),
    /// What decides is only known after other changes are applied.
    NotYetKnown,
}

/// What one condition makes of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    Yes,
    No,
    Depends,
    NotYetKnown,
}

impl Met {
    fn of(answer: bool) -> Self {
        if answer { Met::Yes } else { Met::No }
    }

    /// Met for all of the possible values, for none, or for some.
    fn over<'a>(candidates: &[&'a str], is_met: impl Fn(&'a str) -> bool) -> Self {
        match candidates.iter().filter(|candidate| is_met(candidate)).count() {
            0 => Met::No,
            count if count == candidates.len() => Met::Yes,
            _ => Met::Depends,
        }
    }
}

/// Evaluates the `conditions` of a policy against a sign-in.
pub(crate) fn evaluate(conditions: View<'_>, sign_in: &SignIn<'_>) -> PolicyEffect {
    let (mut all, by) = who(conditions, &sign_in.who);
    all.push(("applications", target(conditions, &sign_in.target)));
    all.extend(circumstances(conditions, &sign_in.circumstances, matches!(sign_in.who, Who::ServicePrincipal(_))));
    if let Some((condition, _)) = all.iter().find(|(_, met)| *met == Met::No) {
        return PolicyEffect::DoesNotApply(condition);
    }
    if all.iter().any(|(_, met)| *met == Met::NotYetKnown) {
        return PolicyEffect::NotYetKnown;
    }
    let depends_on: Vec<&str> = all.iter().filter(|(_, met)| *met == Met::Depends).map(|(condition, _)| *condition).collect();
    if depends_on.is_empty() { PolicyEffect::Applies { by } } else { PolicyEffect::MayApply { by, depends_on } }
}

/// Conditions of a policy that these circumstances leave open.
pub(crate) fn undetermined(conditions: View<'_>, of: &Circumstances<'_>, is_service_principal: bool) -> Vec<&'static str> {
    let all = circumstances(conditions, of, is_service_principal);
    all.into_iter().filter(|(_, met)| *met == Met::Depends).map(|(condition, _)| condition).collect()
}

/// The known texts of a list, or of a text with commas between them, and whether there are no others.
fn list<'a>(conditions: View<'a>, place: &str) -> (Vec<&'a str>, bool) {
    let value = conditions.find(place);
    if let Value::String(words) = value {
        return (words.split(',').map(str::trim).collect(), true);
    }
    (value.elements().unwrap_or_default().iter().filter_map(Value::as_str).collect(), value.is_wholly_known())
}

fn who(conditions: View<'_>, who: &Who) -> (Vec<(&'static str, Met)>, String) {
    match who {
        Who::Everybody => {
            let (included, _) = list(conditions, "users.included_users");
            let excluded = ["excluded_users", "excluded_groups", "excluded_roles", "excluded_guests_or_external_users"];
            let is_nobody_excluded = excluded.iter().all(|name| conditions.says(&format!("users.{name}")) == Some(false));
            let met = Met::of(included.contains(&"All") && is_nobody_excluded);
            (vec![("users", met)], "included by `users.included_users = [\"All\"]`, and nobody is excluded".to_owned())
        }
        Who::User(principal) => {
            let (included, by) = side(conditions, &INCLUDED, principal);
            let (excluded, _) = side(conditions, &EXCLUDED, principal);
            let mut all = vec![("users", included)];
            all.push(match excluded {
                Met::Yes => ("users", Met::No),
                Met::No => ("users", Met::Yes),
                open => ("users", open),
            });
            (all, by)
        }
        Who::ServicePrincipal(id) => {
            let named = |place: &str| {
                let (listed, is_complete) = list(conditions, place);
                let is_it = |one: &&str| *one == "ServicePrincipalsInMyTenant" || one.eq_ignore_ascii_case(id);
                match listed.iter().find(|one| is_it(one)) {
                    Some(_) => Met::Yes,
                    None if is_complete => Met::No,
                    None => Met::NotYetKnown,
                }
            };
            let excluded = match named("client_applications.excluded_service_principals") {
                Met::Yes => Met::No,
                Met::No => Met::Yes,
                open => open,
            };
            // A filter is a rule over custom security attributes, which few may read.
            let filter = match conditions.says("client_applications.filter") {
                Some(false) => Met::Yes,
                _ => Met::Depends,
            };
            let included = match named("client_applications.included_service_principals") {
                Met::No if filter == Met::Depends => Met::Depends,
                met => met,
            };
            let by = "included by `client_applications.included_service_principals`".to_owned();
            (vec![("client_applications", included), ("client_applications", excluded), ("client_applications.filter", filter)], by)
        }
    }
}

/// The attributes of `users` that include or exclude.
struct Side {
    users: &'static str,
    groups: &'static str,
    roles: &'static str,
    guests: &'static str,
    includes: bool,
}

const INCLUDED: Side = Side {
    users: "users.included_users",
    groups: "users.included_groups",
    roles: "users.included_roles",
    guests: "users.included_guests_or_external_users",
    includes: true,
};
const EXCLUDED: Side = Side {
    users: "users.excluded_users",
    groups: "users.excluded_groups",
    roles: "users.excluded_roles",
    guests: "users.excluded_guests_or_external_users",
    includes: false,
};

/// Whether one side names a principal, and by what.
fn side(conditions: View<'_>, side: &Side, principal: &Principal) -> (Met, String) {
    let mut open = Vec::new();
    let (users, is_complete) = list(conditions, side.users);
    for user in &users {
        let is_named = match *user {
            "All" => Met::Yes,
            "GuestsOrExternalUsers" => match principal.guest {
                Guest::Kind(_) => Met::Yes,
                Guest::No => Met::No,
                Guest::Unknown => Met::Depends,
            },
            id => Met::of(id.eq_ignore_ascii_case(&principal.id)),
        };
        match is_named {
            Met::Yes => return (Met::Yes, format!("included by `{}`, which lists `{user}`", side.users)),
            Met::No => {}
            depends => open.push((depends, side.users)),
        }
    }
    if !is_complete {
        open.push((Met::NotYetKnown, side.users));
    }
    let (roles, _) = list(conditions, side.roles);
    if side.includes && principal.is_assumed_administrator && roles.iter().any(|role| role.eq_ignore_ascii_case(GLOBAL_ADMINISTRATOR)) {
        let role = format!("taken to be a Global Administrator, a role that `{}` lists", side.roles);
        return (Met::Yes, role);
    }
    for (place, held, noun) in [(side.groups, &principal.groups, "group"), (side.roles, &principal.roles, "role")] {
        let (listed, is_complete) = list(conditions, place);
        match held {
            Some(held) => {
                if let Some(one) = listed.iter().find(|one| held.contains(&one.to_lowercase())) {
                    return (Met::Yes, format!("in the {noun} {one}, which `{place}` lists"));
                }
            }
            None if listed.is_empty() => {}
            None => open.push((Met::Depends, place)),
        }
        if !is_complete {
            open.push((Met::NotYetKnown, place));
        }
    }
    match guests(conditions, side.guests, principal.guest) {
        Met::Yes => return (Met::Yes, format!("a guest or external user that `{}` names", side.guests)),
        Met::No => {}
        depends => open.push((depends, side.guests)),
    }
    let not_yet = open.iter().find(|(met, _)| *met == Met::NotYetKnown);
    match not_yet.or(open.first()) {
        Some((met, place)) => (*met, format!("perhaps included by `{place}`")),
        None => (Met::No, String::new()),
    }
}

fn guests(conditions: View<'_>, place: &str, guest: Guest) -> Met {
    match (conditions.says(place), guest) {
        (Some(false), _) | (Some(true), Guest::No) => Met::No,
        (None, _) => Met::NotYetKnown,
        (Some(true), Guest::Unknown) => Met::Depends,
        (Some(true), Guest::Kind(kind)) => {
            let (types, is_complete) = list(conditions, &format!("{place}.guest_or_external_user_types"));
            if !types.contains(&kind) {
                return if is_complete { Met::No } else { Met::NotYetKnown };
            }
            let tenants = conditions.find(&format!("{place}.external_tenants"));
            // An internal guest belongs to this tenant, whatever the others are.
            if kind == "internalGuest" || tenants.is_null() {
                return Met::Yes;
            }
            match (tenants.attribute("membership_kind"), tenants.attribute("members").elements()) {
                (Value::Unknown(_), _) => Met::NotYetKnown,
                (Value::String(all), _) if all == values::ALL_TENANTS => Met::Yes,
                (_, Some([])) => Met::No,
                _ => Met::Depends,
            }
        }
    }
}

fn target(conditions: View<'_>, target: &SignInTarget) -> Met {
    let (included, is_complete) = list(conditions, "applications.included_applications");
    let (excluded, is_excluded_complete) = list(conditions, "applications.excluded_applications");
    let names = |listed: &[&str], id: &str| listed.iter().any(|one| *one == "All" || values::application_id(one).eq_ignore_ascii_case(id));
    let is_filtered = conditions.says("applications.filter") != Some(false);
    let is_something_else = ["applications.included_user_actions", "applications.included_authentication_context_class_references"]
        .iter()
        .any(|place| conditions.says(place) != Some(false));
    match target {
        SignInTarget::Application(id) => {
            if names(&excluded, id) {
                return Met::No;
            }
            match (names(&included, id), is_filtered) {
                (true, false) if !is_excluded_complete => Met::NotYetKnown,
                (true, false) => Met::Yes,
                (_, true) => Met::Depends,
                (false, false) if !is_complete => Met::NotYetKnown,
                (false, false) => Met::No,
            }
        }
        SignInTarget::SomeApplication | SignInTarget::EveryApplication => {
            if !is_complete {
                return Met::NotYetKnown;
            }
            let is_any = included.iter().any(|one| *one != "None");
            let is_every = included.contains(&"All") && excluded.is_empty() && is_excluded_complete && !is_filtered;
            match target {
                SignInTarget::EveryApplication if is_every => Met::Yes,
                SignInTarget::SomeApplication if is_any && !is_filtered => Met::Yes,
                _ if is_any || is_filtered || is_something_else => Met::Depends,
                _ => Met::No,
            }
        }
    }
}

/// What the conditions that are neither about who nor about what make of a sign-in.
fn circumstances(conditions: View<'_>, of: &Circumstances<'_>, is_service_principal: bool) -> Vec<(&'static str, Met)> {
    let one_of = |place: &'static str, candidates: &[&str]| {
        let (listed, is_complete) = list(conditions, place);
        let met = match (is_complete, listed.is_empty()) {
            (false, _) => Met::NotYetKnown,
            (true, true) => Met::Yes,
            (true, false) => Met::over(candidates, |one| one == "all" || listed.contains(&"all") || listed.contains(&one)),
        };
        (place, met)
    };
    let mut all = if is_service_principal {
        vec![one_of("service_principal_risk_levels", &of.service_principal_risks)]
    } else {
        vec![
            one_of("sign_in_risk_levels", &of.sign_in_risks),
            one_of("user_risk_levels", &of.user_risks),
            one_of("insider_risk_levels", &of.insider_risks),
        ]
    };
    all.push(one_of("client_app_types", &of.client_apps));
    all.push(one_of("authentication_flow_transfer_methods", &of.transfer_methods));
    all.push(("platforms", platforms(conditions, &of.platforms)));
    all.push(("locations", if of.has_location { Met::Yes } else { locations(conditions) }));
    let device = if of.has_device || conditions.says("devices.filter") == Some(false) { Met::Yes } else { Met::Depends };
    all.push(("devices", device));
    all
}

fn platforms(conditions: View<'_>, candidates: &[&str]) -> Met {
    let (included, is_complete) = list(conditions, "platforms.included_platforms");
    let (excluded, is_excluded_complete) = list(conditions, "platforms.excluded_platforms");
    if !is_complete || !is_excluded_complete {
        return Met::NotYetKnown;
    }
    if included.is_empty() && excluded.is_empty() {
        return Met::Yes;
    }
    Met::over(candidates, |platform| {
        (platform == "all" || included.contains(&"all") || included.contains(&platform)) && !excluded.contains(&platform)
    })
}

/// Without an address: only a policy for all locations that leaves none out is sure to apply.
fn locations(conditions: View<'_>) -> Met {
    let (included, _) = list(conditions, "locations.included_locations");
    let says = |place: &str| conditions.says(place) != Some(false);
    let is_excluding = says("locations.excluded_locations");
    match (says("locations.included_locations"), is_excluding) {
        (false, false) => Met::Yes,
        (true, false) if included.contains(&"All") => Met::Yes,
        _ => Met::Depends,
    }
}
