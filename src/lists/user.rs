//! `aksaccess_user` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{list_objects, paged};
use crate::azure::{Request, odata_literal};
use crate::resources::{USER_MANAGER, USER_SELECT, User};
use crate::services::Services;

/// Lists users of Microsoft Entra ID.
#[derive(Clone, Debug, Model)]
pub(super) struct UserList {
    /// Lists only users whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
    /// Lists only users whose user principal name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    user_principal_name_prefix: Option<String>,
    /// Lists only users of this type: `Member` or `Guest`.
    #[attr(check(one_of(&["Member", "Guest"])))]
    user_type: Option<String>,
    /// Lists only users who can sign in, or who cannot.
    account_enabled: Option<bool>,
}

impl ListResource for UserList {
    type Of = User;

    async fn list(self, results: &mut Results<User>, cx: &mut Context<Services>) -> Result {
        let starts = |property: &str, prefix: &String| format!("startswith({property},{})", odata_literal(prefix));
        let filter: Vec<String> = [
            self.display_name_prefix.as_ref().map(|prefix| starts("displayName", prefix)),
            self.user_principal_name_prefix.as_ref().map(|prefix| starts("userPrincipalName", prefix)),
            self.user_type.as_ref().map(|kind| format!("userType eq {}", odata_literal(kind))),
            self.account_enabled.map(|enabled| format!("accountEnabled eq {enabled}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut request = Request::get("/users").query("$select", USER_SELECT.as_str());
        if results.include_resource() {
            request = request.query("$expand", USER_MANAGER);
        }
        if !filter.is_empty() {
            request = request.query("$filter", filter.join(" and "));
        }
        list_objects(paged(request, results), "users", |_| true, results, cx).await
    }
}
