//! `aksaccess_role_assignments`: who has which role at a scope.

use framework::{Context, DataSource, Diagnostics, Model, Result, View};

use crate::arm::{Assignment, Scope, roles};
use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::services::Services;

/// Lists the role assignments that count at a scope: those made at it and those inherited from above and, if asked for, those made further inside, such as
/// the ones of a cluster's namespaces, which the Azure portal does not show.
#[derive(Clone, Debug, Model)]
pub struct RoleAssignments {
    /// Resource ID of the AKS cluster whose assignments are listed.
    #[attr(computed, semantic_equality(placement::same_scope), computed_from(placement::cluster_id), check(placement::is_cluster()))]
    cluster_id: Option<String>,
    /// Kubernetes namespace of the cluster, if its assignments are meant.
    #[attr(computed, case_insensitive, computed_from(placement::namespace), check(placement::is_namespace()))]
    namespace: Option<String>,
    /// Node pool of the cluster, if its assignments are meant.
    #[attr(computed, case_insensitive, computed_from(placement::node_pool), check(placement::is_node_pool()))]
    node_pool: Option<String>,
    /// The scope: any of Azure Resource Manager.
    #[attr(computed, semantic_equality(placement::same_scope), computed_from(placement::scope), check(placement::is_scope()))]
    scope: Option<String>,
    /// Only assignments to this principal itself, by its object ID.
    #[attr(case_insensitive, check(uuid()))]
    principal_id: Option<String>,
    /// Only assignments of this role: its name, or an ID of its definition.
    #[attr(semantic_equality(roles::same), check(length(1, 1024)))]
    role: Option<String>,
    /// Whether those that are inherited from above are listed, too.
    #[attr(default(true))]
    include_inherited: bool,
    /// Whether those that were made further inside are listed, too: of a cluster, those of its namespaces and node pools.
    #[attr(default(false))]
    include_children: bool,
    /// The results, by scope from the top, then by role and principal.
    #[attr(output)]
    assignments: Option<Vec<Found>>,
}

/// A role assignment.
#[derive(Clone, Debug, Model)]
pub struct Found {
    /// Its resource ID.
    #[attr(output)]
    id: Option<String>,
    /// Its name, a UUID.
    #[attr(output)]
    name: Option<String>,
    /// Where it was made.
    #[attr(output)]
    scope: Option<String>,
    /// The namespace that it was made for.
    #[attr(output)]
    namespace: Option<String>,
    /// Whether it was made above the scope that was asked for.
    #[attr(output)]
    inherited: Option<bool>,
    /// Object ID of who has the role.
    #[attr(output)]
    principal_id: Option<String>,
    /// What the principal is.
    #[attr(output)]
    principal_type: Option<String>,
    /// ID of the role definition; of a built-in role without a subscription.
    #[attr(output)]
    role_definition_id: Option<String>,
    /// Name of the role, if it can be seen.
    #[attr(output)]
    role_name: Option<String>,
    /// Why the role is given.
    #[attr(output)]
    description: Option<String>,
    /// Under which condition.
    #[attr(output)]
    condition: Option<String>,
}

impl DataSource for RoleAssignments {
    type Api = Services;
    const NAME: &'static str = "role_assignments";
    const SUBCATEGORY: &'static str = "Azure roles";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let scope = placement::parsed("scope", self.scope.as_deref().unwrap_or_default())?;
        let wanted = match &self.role {
            Some(role) => Some(cx.api.arm().role(&scope, role).await.map_err(|why| placement::no_role(role, &scope, why))?.guid),
            None => None,
        };
        let listed =
            if self.include_children { cx.api.arm().assignments_in(&scope).await } else { cx.api.arm().assignments_at(&scope).await };
        let listed = listed.map_err(could_not(format!("list the role assignments at {scope}")))?;
        let mut found = Vec::new();
        for assignment in listed {
            let Some(place) = place(&assignment) else { continue };
            let inherited = place != scope && !scope.covers(&place);
            let fits = (self.include_inherited || !inherited)
                && self.principal_id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&assignment.properties.principal_id))
                && wanted.is_none_or(|role| roles::guid(&assignment.properties.role_definition_id) == Some(role));
            if fits {
                found.push(Found::of(assignment, &place, inherited, &scope, &cx.api).await);
            }
        }
        found.sort_by_key(Found::order);
        self.assignments = Some(found);
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        placement::validate(config, found);
    }
}

/// Where an assignment was made.
fn place(assignment: &Assignment) -> Option<Scope> {
    Scope::parse(assignment.properties.scope.as_deref()?).ok()
}

impl Found {
    async fn of(assignment: Assignment, place: &Scope, inherited: bool, seen_from: &Scope, api: &Services) -> Self {
        let definition = assignment.role_definition_id();
        // The assignment is listed even if the caller may not read its role definition.
        let role_name = api.arm().role(seen_from, &definition).await.ok().and_then(|role| role.name);
        let properties = assignment.properties;
        Found {
            id: Some(assignment.id),
            name: Some(assignment.name),
            scope: Some(place.to_string()),
            namespace: place.namespace().map(str::to_owned),
            inherited: Some(inherited),
            principal_id: Some(properties.principal_id),
            principal_type: properties.principal_type,
            role_definition_id: Some(definition),
            role_name,
            description: properties.description,
            condition: properties.condition,
        }
    }

    fn order(&self) -> (usize, [Option<String>; 4]) {
        let depth = self.scope.iter().flat_map(|scope| scope.split('/')).filter(|segment| !segment.is_empty()).count();
        (depth, [self.scope.clone(), self.role_name.clone(), self.principal_id.clone(), self.id.clone()])
    }
}
