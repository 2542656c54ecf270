//! `aksaccess_authentication_context` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{begins, list_objects};
use crate::azure::Request;
use crate::conditional_access::CONTEXTS;
use crate::resources::AuthenticationContext;
use crate::services::Services;

/// Lists the authentication contexts of the tenant.
#[derive(Clone, Debug, Model)]
pub(super) struct AuthenticationContextList {
    /// Lists only contexts whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
}

impl ListResource for AuthenticationContextList {
    type Of = AuthenticationContext;

    async fn list(self, results: &mut Results<AuthenticationContext>, cx: &mut Context<Services>) -> Result {
        let keep = |context: &AuthenticationContext| begins(&context.display_name, self.display_name_prefix.as_ref());
        list_objects(Request::get(CONTEXTS.all), "authentication contexts", keep, results, cx).await
    }
}
