//! What can be known to be wrong before anything is changed.

use framework::schema::Check;
use framework::value::Value;
use framework::{Change, Context, Diagnostic, Diagnostics, View};
use uuid::Uuid;

use crate::arm::Scope;
use crate::attributes::placement;
use crate::azure::Error;
use crate::services::Services;

/// The version of a condition's language, where there is a condition.
pub(crate) fn condition_version(config: View<'_>, _: View<'_>) -> Option<Value> {
    Some(match config.get::<Option<String>>("condition") {
        None => Value::UNKNOWN,
        Some(None) => Value::Null,
        Some(Some(_)) => Value::from("2.0"),
    })
}

/// The comparison key of a condition: everything but the spaces and line breaks outside of quotes, which mean nothing.
pub(crate) fn condition_key(text: &str) -> String {
    let is_sign = |c: char| ['(', ')', '{', '}', ',', '!'].contains(&c);
    let mut key = String::new();
    for (at, part) in text.split('\'').enumerate() {
        if at > 0 {
            key.push('\'');
        }
        if at % 2 == 1 {
            key.push_str(part);
            continue;
        }
        let mut space = false;
        for c in part.chars() {
            if c.is_whitespace() {
                space = true;
                continue;
            }
            let joins = is_sign(c) || key.is_empty() || key.ends_with(['(', ')', '{', '}', ',', '!']);
            if space && !joins {
                key.push(' ');
            }
            space = false;
            key.push(c);
        }
    }
    key
}

/// A refusal that is about the condition points at it.
pub(super) fn about_the_condition(error: &Error, mut diagnostic: Diagnostic) -> Diagnostic {
    if !error.is_invalid_condition() {
        return diagnostic;
    }
    diagnostic.detail.push_str(
        "\n\nThe language is described in learn.microsoft.com/azure/role-based-access-control/conditions-format, and its version is 2.0. Names of actions stand in single \
         quotes, attributes in brackets behind `@Resource` or `@Request`.",
    );
    diagnostic.at_attribute("condition")
}

/// Refuses a condition whose brackets or quotes do not match. The rest of the language is the service's to check.
pub(crate) fn balanced() -> Check {
    Check::text("have matching parentheses, brackets, braces and quotes", is_balanced)
}

fn is_balanced(condition: &str) -> bool {
    let (mut open, mut quoted) = (Vec::new(), false);
    for letter in condition.chars() {
        let closes = |opening: char, open: &mut Vec<char>| open.pop() == Some(opening);
        let fits = match letter {
            '\'' => {
                quoted = !quoted;
                true
            }
            _ if quoted => true,
            '(' | '[' | '{' => {
                open.push(letter);
                true
            }
            ')' => closes('(', &mut open),
            ']' => closes('[', &mut open),
            '}' => closes('{', &mut open),
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    open.is_empty() && !quoted
}

/// Attributes that do not go together.
pub(crate) fn validate(config: View<'_>, found: &mut Diagnostics) {
    if config.is_set("condition_version") && !config.is_set("condition") {
        found.error("condition_version", "`condition_version` needs `condition`", "Give the condition, or leave its version out.");
    }
}

/// Checks that a principal whose ID is known exists and is of the configured type. An ID that only the apply knows is that of a new principal.
pub(super) async fn principal_exists(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    let planned = |name: &str| change.planned.get::<Option<String>>(name).flatten();
    // In the apply walk the service reports the error; and a principal of another tenant is not in this one's directory.
    let elsewhere =
        change.planned.is_set("delegated_managed_identity_resource_id") || planned("principal_type").as_deref() == Some("ForeignGroup");
    let Some(principal) = planned("principal_id").and_then(|id| Uuid::parse_str(&id).ok()) else { return };
    if change.in_apply || elsewhere || !change.touches("principal_id") {
        return;
    }
    let identity = match cx.api.directory().principal(principal).await {
        Ok(identity) => identity,
        // A failed lookup is no reason to refuse: the apply reports the error.
        Err(error) => return tracing::info!(%error, "the principal is not checked"),
    };
    let Some(identity) = identity else {
        let detail = format!(
            "No object of the tenant has the object id {principal}. Check for a mistyped id, an application (client) id in place of its service principal's object \
             id, or an object of another tenant."
        );
        return found.add(Diagnostic::error("This principal does not exist", detail).at_attribute("principal_id").absent(principal));
    };
    match (identity.principal_type(), planned("principal_type")) {
        (None, _) => {
            let detail = format!("The object {principal} is neither a user, a group, a service principal nor a device.");
            found.error("principal_id", "This object cannot be given roles", detail);
        }
        (Some(actual), Some(given)) if actual != given => {
            let detail = format!("The object {principal} is of the type {actual}. Put it right, or leave `principal_type` out.");
            found.error("principal_type", format!("The principal is no {given}"), detail);
        }
        _ => {}
    }
}

/// A role must exist at its scope, if both are known already.
pub(super) async fn role_exists(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    let (Some(role), Some(Some(scope))) = (change.planned.get::<String>("role"), change.planned.get::<Option<String>>("scope")) else {
        return;
    };
    let Ok(scope) = Scope::parse(&scope) else { return };
    if change.in_apply || !(change.touches("role") || change.touches("scope")) {
        return;
    }
    if let Err(why) = cx.api.arm().role(&scope, &role).await {
        placement::role_is_missing(&role, &scope, why, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_quotes_of_a_condition_match() {
        for right in ["", "((a{'b'}) OR (@Request[c] StringEquals 'd'))", "a StringEquals '}])'", "a StringEquals 'it''s'"] {
            assert!(is_balanced(right), "{right}");
        }
        for wrong in ["(a{'b'}}", "((a)", "a)", "(a]", "[a", "a StringEquals 'b", "{a[b}]"] {
            assert!(!is_balanced(wrong), "{wrong}");
        }
    }

    #[test]
    fn spaces_in_a_condition_mean_nothing_outside_of_quotes() {
        let plain = "!(ActionMatches{'a b'}) OR (@Request[c] StringEquals 'd')";
        for same in [
            "! ( ActionMatches {'a b'} )\n OR\n (\n  @Request[c]\tStringEquals  'd'\n )\n",
            " !(ActionMatches{ 'a b' }) OR (@Request[c] StringEquals 'd') ",
        ] {
            assert_eq!(condition_key(same), condition_key(plain), "{same}");
        }
        for other in [
            "!(ActionMatches{'ab'}) OR (@Request[c] StringEquals 'd')",
            "!(ActionMatches{'a b'}) OR (@Request[c] StringEquals 'd ')",
            "a b",
            "ab",
        ] {
            assert_ne!(condition_key(other), condition_key(plain), "{other}");
        }
        assert_ne!(condition_key("a b"), condition_key("ab"));
    }
}
