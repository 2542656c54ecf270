//! Users: their passwords, their sessions, and whether they administer the directory.

use serde_json::{Value, json};

use crate::store::{Key, Row, View};

/// Table of the users.
pub const TABLE: &str = "users";

/// The user of a user principal name, in whatever letter case.
pub fn named(view: View<'_>, user_principal_name: &str) -> Option<(Key, Row)> {
    let key = view.with(TABLE, "userPrincipalName", user_principal_name)?.pop()?;
    view.get(TABLE, &key).map(|row| (key, row))
}

/// Where the mark of a password is kept. No property: no answer can show it.
pub const PASSWORD: &str = "~password";

/// Whether the user must choose another password before anything else.
pub const MUST_CHANGE_PASSWORD: &str = "~mustChangePassword";

/// How often the user's sessions were revoked.
pub const SESSIONS_REVOKED: &str = "~sessionsRevoked";

/// A hash that recognizes a user's password. It keeps nothing secret: the passwords of an emulator are nobody's.
pub fn password_hash(key: &str, password: &str) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("{key} {password}").as_bytes()).to_string()
}

/// Whether this is the password of the user of that name; none if there is no such user.
pub fn is_password(view: View<'_>, name: &str, password: &str) -> Option<bool> {
    let key = view.with(TABLE, "userPrincipalName", name)?.pop()?;
    let row = view.get(TABLE, &key)?;
    Some(row.get(PASSWORD).and_then(Value::as_str) == Some(password_hash(&key, password).as_str()))
}

/// Whether the user must choose another password before they can sign in without a browser.
pub fn must_change_password(row: &Row) -> bool {
    row.get(MUST_CHANGE_PASSWORD) == Some(&json!(true))
}

/// The row of a user with that password, for those that a tenant starts with.
pub fn with_password(key: &str, mut row: Value, password: &str) -> Value {
    if let Some(row) = row.as_object_mut() {
        row.insert(PASSWORD.into(), json!(password_hash(key, password)));
    }
    row
}

/// The number of times that a user's sessions have been revoked after this one.
pub fn next_revocation(row: &Row) -> u64 {
    row.get(SESSIONS_REVOKED).and_then(Value::as_u64).unwrap_or_default() + 1
}
