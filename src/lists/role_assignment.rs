//! `aksaccess_role_assignment` in `terraform query`.

use framework::{Context, Diagnostics, ListResource, Model, Resource, Result, Results, View};

use super::role_scope::{self, RoleScope};
use crate::arm::{Scope, roles};
use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::resources::RoleAssignment;
use crate::services::Services;

/// Lists the role assignments that were made at a scope, or with `include_children` also inside of it: of a cluster those of its namespaces and node pools.
///
/// Assignments that are inherited from above are not listed.
#[derive(Clone, Debug, Model)]
pub(super) struct RoleAssignmentList {
    /// The scope.
    #[attr(flatten)]
    at: RoleScope,
    /// Whether assignments that were made further inside are listed, too.
    #[attr(default(false))]
    include_children: bool,
    /// Lists only assignments to this principal itself, by its object ID.
    #[attr(case_insensitive, check(uuid()))]
    principal_id: Option<String>,
    /// Lists only assignments of this role: its name, or an ID of its definition.
    #[attr(semantic_equality(roles::same), check(length(1, 1024)))]
    role: Option<String>,
}

impl ListResource for RoleAssignmentList {
    type Of = RoleAssignment;

    async fn list(self, results: &mut Results<RoleAssignment>, cx: &mut Context<Services>) -> Result {
        let scope = self.at.scope()?;
        let wanted = match &self.role {
            Some(role) => Some(cx.api.arm().role(&scope, role).await.map_err(|why| placement::no_role(role, &scope, why))?.guid),
            None => None,
        };
        let listed =
            if self.include_children { cx.api.arm().assignments_in(&scope).await } else { cx.api.arm().assignments_at(&scope).await };
        let listed = listed.map_err(could_not(format!("list the role assignments at {scope}")))?;
        for assignment in listed {
            let place = assignment.properties.scope.as_deref().and_then(|place| Scope::parse(place).ok());
            let is_here = place.is_some_and(|place| place == scope || scope.covers(&place));
            let is_wanted = self.principal_id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&assignment.properties.principal_id))
                && wanted.is_none_or(|role| roles::guid(&assignment.properties.role_definition_id) == Some(role));
            if !is_here || !is_wanted {
                continue;
            }
            // Built-in roles cost no request, each custom role one.
            let definition = assignment.role_definition_id();
            let role_name = cx.api.arm().role(&scope, &definition).await.ok().and_then(|role| role.name);
            let mut found = RoleAssignment::import(&assignment.id)?;
            found.update_from_response(&assignment, role_name);
            let name = format!("{} for {}", found.placement.role, found.principal_id);
            if results.push(name, found).await.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        role_scope::validate(config, found);
    }
}
