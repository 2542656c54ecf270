//! Service principals: the applications of the tenant.

use crate::store::{Key, View};

/// Table of the service principals.
pub const TABLE: &str = "servicePrincipals";

/// The object id of the service principal of an application, given by its application id.
pub fn key_of(view: View<'_>, app_id: &str) -> Option<Key> {
    view.with(TABLE, "appId", app_id)?.pop()
}
