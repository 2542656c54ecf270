//! `aksaccess_group` in `terraform query`.

use framework::{Context, ListResource, Model, Result, Results};

use super::collection::{list_objects, paged};
use crate::azure::{Request, odata_literal};
use crate::resources::{GROUP_SELECT, Group};
use crate::services::Services;

/// Lists groups of Microsoft Entra ID.
#[derive(Clone, Debug, Model)]
pub(super) struct GroupList {
    /// Lists only groups whose name begins so. Case is not significant.
    #[attr(check(length(1, 256)))]
    display_name_prefix: Option<String>,
    /// Lists only groups that can be given access to resources, or that cannot.
    security_enabled: Option<bool>,
    /// Lists only groups that have a mail address, or that have none.
    mail_enabled: Option<bool>,
    /// Lists only groups whose members a rule computes, or whose members are assigned.
    dynamic: Option<bool>,
}

impl ListResource for GroupList {
    type Of = Group;

    async fn list(self, results: &mut Results<Group>, cx: &mut Context<Services>) -> Result {
        let prefix = self.display_name_prefix.as_ref().map(|prefix| format!("startswith(displayName,{})", odata_literal(prefix)));
        let flags = [("securityEnabled", self.security_enabled), ("mailEnabled", self.mail_enabled)];
        let flags = flags.into_iter().filter_map(|(property, flag)| Some(format!("{property} eq {}", flag?)));
        // The opposite is a query that the service answers with a delay: the others are left out here.
        let dynamic = (self.dynamic == Some(true)).then(|| "groupTypes/any(c:c eq 'DynamicMembership')".to_owned());
        let filter: Vec<String> = prefix.into_iter().chain(flags).chain(dynamic).collect();
        let mut request = Request::get("/groups").query("$select", GROUP_SELECT);
        if !filter.is_empty() {
            request = request.query("$filter", filter.join(" and "));
        }
        let keep = |group: &Group| self.dynamic.is_none_or(|dynamic| dynamic == group.dynamic_membership.is_some());
        list_objects(paged(request, results), "groups", keep, results, cx).await
    }
}
