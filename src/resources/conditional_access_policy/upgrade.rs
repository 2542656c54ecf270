//! State of schema version 0, in which configuration was nested in attributes with other names and values, as version 1 has it.

use framework::{Diagnostic, Result};
use serde_json::{Map, Value, json};

use crate::conditional_access::session::{BOTH_AUTHENTICATIONS, EVERY_TIME, TIME_BASED};
use crate::conditional_access::values::ENUMERATED_TENANTS;
use crate::conditional_access::values::REPORT_ONLY;

type Object = Map<String, Value>;

/// The state in the blocks of version 1.
///
/// # Errors
/// The state is not of version 0. Nothing is dropped: what is left over is refused when the state is decoded.
pub(super) fn from_attributes(mut state: Object) -> Result<Object> {
    if state.get("state").is_some_and(|word| word == "report_only") {
        state.insert("state".to_owned(), json!(REPORT_ONLY));
    }
    let conditions = inner(&mut state, "conditions").ok_or_else(|| unreadable("conditions"))?;
    if let Some(users) = inner(conditions, "users") {
        for side in ["included", "excluded"] {
            rename(users, &format!("{side}_group_ids"), &format!("{side}_groups"));
            rename(users, &format!("{side}_role_ids"), &format!("{side}_roles"));
            if let Some(guests) = inner(users, &format!("{side}_guests_or_external_users")) {
                rename(guests, "types", "guest_or_external_user_types");
                let tenants = match guests.remove("external_tenant_ids") {
                    None | Some(Value::Null) => Value::Null,
                    Some(members) => json!({ "membership_kind": ENUMERATED_TENANTS, "members": members }),
                };
                guests.insert("external_tenants".to_owned(), tenants);
            }
        }
    }
    let applications = inner(conditions, "applications").ok_or_else(|| unreadable("conditions.applications"))?;
    rename(applications, "included_authentication_context_ids", "included_authentication_context_class_references");
    let flows = conditions.remove("authentication_flows").unwrap_or_default();
    conditions.insert("authentication_flow_transfer_methods".to_owned(), flows.get("transfer_methods").cloned().unwrap_or_default());
    let levels: Vec<&str> =
        conditions.get("insider_risk_levels").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let levels = if levels.is_empty() { Value::Null } else { json!(levels.join(",")) };
    conditions.insert("insider_risk_levels".to_owned(), levels);
    if let Some(grant) = inner(&mut state, "grant_controls") {
        rename(grant, "terms_of_use_ids", "terms_of_use");
    }
    if let Some(session) = inner(&mut state, "session_controls") {
        rename(session, "application_enforced_restrictions", "application_enforced_restrictions_enabled");
        rename(session, "cloud_app_security", "cloud_app_security_policy");
        rename(session, "persistent_browser", "persistent_browser_mode");
        rename(session, "secure_sign_in_session", "secure_sign_in_session_enabled");
        let frequency = session.remove("sign_in_frequency").unwrap_or_default();
        let (number, period) = match (&frequency["hours"], &frequency["days"]) {
            (Value::Null, Value::Null) => (Value::Null, Value::Null),
            (Value::Null, days) => (days.clone(), json!("days")),
            (hours, _) => (hours.clone(), json!("hours")),
        };
        let interval = if frequency["every_time"] == true { EVERY_TIME } else { TIME_BASED };
        let kind = frequency["authentication_type"].as_str().unwrap_or(BOTH_AUTHENTICATIONS);
        session.insert("sign_in_frequency".to_owned(), number);
        session.insert("sign_in_frequency_period".to_owned(), period);
        session.insert("sign_in_frequency_interval".to_owned(), json!(interval));
        session.insert("sign_in_frequency_authentication_type".to_owned(), json!(kind));
    }
    Ok(state)
}

fn inner<'a>(object: &'a mut Object, name: &str) -> Option<&'a mut Object> {
    object.get_mut(name).and_then(Value::as_object_mut)
}

fn rename(object: &mut Object, from: &str, to: &str) {
    let value = object.remove(from).unwrap_or_default();
    object.insert(to.to_owned(), value);
}

fn unreadable(place: &str) -> Diagnostic {
    let detail = "Remove the policy from state (`terraform state rm`) and import it by its ID; nothing at the service changes.";
    Diagnostic::error(format!("The stored state has no `{place}`"), detail)
}
