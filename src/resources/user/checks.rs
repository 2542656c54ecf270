//! What can be known to be wrong before anything is changed.

use framework::schema::Check;
use framework::value::Value;
use framework::{Change, Context, Diagnostic, Diagnostics, View};
use secrecy::{ExposeSecret, SecretString};

use super::password;
use crate::services::Services;

/// Characters that Graph refuses in a mail nickname (docs/services/graph.md#creating-groups and docs/services/graph.md#users).
const NOT_IN_NICKNAMES: &str = "@()\\[]\";:<>, ";

/// What a user principal name must be. The characters and lengths are those of the service's documentation.
pub(super) fn principal_name() -> Check {
    Check::text(
        "be a user principal name such as `anna@contoso.com`: at most 64 letters, digits and `' . - _ ! # ^ ~` before the `@`, no full stop right in front \
         of it, and a domain name of at most 48 characters behind it",
        is_principal_name,
    )
}

/// Whether this can be a user principal name at all.
pub(super) fn is_principal_name(name: &str) -> bool {
    let Some((local, domain)) = name.split_once('@') else { return false };
    let is_local = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c);
    (1..=64).contains(&local.len())
        && (1..=48).contains(&domain.len())
        && local.chars().all(is_local)
        && !local.ends_with('.')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// What stands before the `@`.
pub(super) fn local_part(name: &str) -> Option<&str> {
    name.split_once('@').map(|(local, _)| local)
}

fn domain(name: &str) -> Option<&str> {
    name.split_once('@').map(|(_, domain)| domain)
}

/// The mail nickname of a user that is to be created without one. Of an existing user it stays as it is, and one that is adopted or restored keeps its own.
pub(super) fn nickname_of_name(config: View<'_>, prior: View<'_>) -> Option<Value> {
    let may_exist = |attribute: &str| config.is_set(attribute) && config.get::<bool>(attribute) != Some(false);
    let exists = prior.get::<String>("id").is_some_and(|id| !id.is_empty());
    if exists || may_exist("adopt_existing") || may_exist("restore_deleted") {
        return None;
    }
    match config.get::<String>("user_principal_name") {
        None => Some(Value::UNKNOWN),
        Some(name) => local_part(&name).map(Value::from),
    }
}

/// What a mail nickname must be.
pub(super) fn nickname() -> Check {
    Check::text("have 1 to 64 ASCII characters, none of them a space or one of `@ ( ) \\ [ ] \" ; : < > ,`", |text| {
        (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() && !NOT_IN_NICKNAMES.contains(c))
    })
}

/// What a mail address must be, at the least.
pub(super) fn mail() -> Check {
    Check::text("be a mail address such as `anna@contoso.com`", |text| {
        text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
            && !text.contains(char::is_whitespace)
    })
}

/// What a country code must be.
pub(super) fn country() -> Check {
    Check::text("be a country code of two capital letters such as `DE`", |text| {
        text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase())
    })
    .with_hint(|text| Some(text.to_uppercase()))
}

/// Attributes that do not go together, and passwords: a check would show what it refuses.
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    let is_given = |attribute: &str| config.is_set(attribute);
    if is_given("password") && is_given("password_wo") {
        found.error("password_wo", "There is one password", "Give `password` or `password_wo`, not both.");
    }
    if is_given("password_wo") && !is_given("password_wo_version") {
        let detail = "What is stored nowhere cannot be seen to change. Set `password_wo_version`, and another number whenever the password is to be set anew.";
        found.error("password_wo", "A write-only password needs a version", detail);
    }
    if is_given("password_wo_version") && !is_given("password_wo") {
        found.error("password_wo_version", "There is no password to this version", "Set `password_wo`, or leave the version out.");
    }
    if config.get::<Option<bool>>("disable_strong_password").map(Option::unwrap_or_default) == Some(false) {
        for attribute in ["password", "password_wo"] {
            let password = config.get::<Option<SecretString>>(attribute).flatten();
            if let Some(why) = password.and_then(|password| password::weakness(password.expose_secret())) {
                found.error(attribute, "The service would refuse this password", why);
            }
        }
    }
}

/// The domain of a new name must be one of the tenant's verified domains, if these can be read.
pub(super) async fn domain_is_verified(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    if change.in_apply || !change.touches("user_principal_name") {
        return;
    }
    let name = change.planned.get::<String>("user_principal_name");
    let Some(domain) = name.as_deref().and_then(domain) else { return };
    match cx.api.directory().verified_domains().await {
        Ok(Some(verified)) if !verified.iter().any(|known| known.eq_ignore_ascii_case(domain)) => found.error(
            "user_principal_name",
            format!("{domain:?} is not a verified domain of the tenant"),
            format!("The domain behind the `@` must be one of: {}.", verified.join(", ")),
        ),
        Ok(_) => {}
        // A failed lookup is no reason to refuse: the apply reports the error.
        Err(error) => tracing::info!(%error, "the domain is not checked"),
    }
}

/// A manager that is newly named must exist, if it is known already. What only apply knows was made in the same run.
pub(super) async fn manager_exists(change: Change<'_>, cx: &mut Context<Services>, found: &mut Diagnostics) {
    let Value::String(manager) = change.planned.raw("manager_id") else { return };
    if change.in_apply || !change.touches("manager_id") {
        return;
    }
    match cx.api.directory().missing_objects(&[manager.to_lowercase()]).await {
        Ok(missing) if missing.is_empty() => {}
        Ok(_) => {
            let detail =
                format!("No object of the tenant has the object id {manager}. Check for a mistyped id, or a user of another tenant.");
            found.add(Diagnostic::error("This manager does not exist", detail).at_attribute("manager_id").absent(manager.as_str()));
        }
        Err(error) => tracing::info!(%error, "the manager is not checked"),
    }
}

/// What a user principal name is declared as.
pub(super) const KIND: &str = "user";

/// No two users can have the same name, also not two of one configuration.
pub(super) fn name_is_declared_once(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
    let Some(name) = change.planned.get::<String>("user_principal_name") else { return };
    if api.directory().declared_name(KIND, &name).is_conflict() {
        let detail = "A user principal name is unique. Keep one of the resources; if one was renamed, tell Terraform with a `moved` block.";
        found.error("user_principal_name", format!("Two users of this configuration are called {name:?}"), detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_principal_names() {
        for name in ["anna@contoso.com", "o'brien-1_x!@eu.contoso.com", "a.b#EXT#@contoso.onmicrosoft.com", "A^~@c.de"] {
            assert!(is_principal_name(name), "{name}");
        }
        let long = format!("{}@contoso.com", "a".repeat(65));
        for name in [
            "anna",
            "@contoso.com",
            "anna@",
            "anna@contoso",
            "a b@contoso.com",
            "anna.@contoso.com",
            "änna@contoso.com",
            "a@b@contoso.com",
            "a@-.",
            &long,
        ] {
            assert!(!is_principal_name(name), "{name}");
        }
    }
}
