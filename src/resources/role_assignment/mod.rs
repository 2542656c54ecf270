//! `aksaccess_role_assignment`: an Azure role of a principal at a scope.
//!
//! The caller chooses the name of a role assignment, and a second one of the same role, principal and scope is refused whatever its name
//! (docs/services/resource-manager.md#refusals-of-role-assignments). So the name is derived from the three, and a creation whose answer was lost is repeated.

pub(super) mod checks;
mod create;
mod json;

use framework::moved::Source;
use framework::warning_kind::WarningKind;
use framework::{Change, Context, Diagnostic, Diagnostics, Existence, Model, Resource, Result, Timeouts, View};

use crate::arm::{Assignment, AssignmentId, name_of, roles};
use crate::attributes::placement::{self, Placement};
use crate::azure::Error;
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::resources::cluster_warnings;
use crate::resources::membership::Named;

use crate::resources::takeover::{azurerm, by_id};
use crate::services::Services;

/// What a principal can be (`principalType`).
const PRINCIPAL_TYPES: [&str; 7] = ["User", "Group", "ServicePrincipal", "ForeignGroup", "Device", "AgentUser", "AgentServicePrincipal"];
/// Other names of what a principal can be.
const PRINCIPAL_TYPE_SYNONYMS: [(&str, &str); 6] = [
    ("guest", "User"),
    ("sp", "ServicePrincipal"),
    ("app", "ServicePrincipal"),
    ("application", "ServicePrincipal"),
    ("managed_identity", "ServicePrincipal"),
    ("msi", "ServicePrincipal"),
];

/// Gives a user, a group or a service principal an Azure role at a scope: a cluster, one of its namespaces or node pools, or any other scope of Azure.
///
/// The scope is given by `cluster_id`, with `namespace` or `node_pool` where the role is to count only there, or by `scope`, which takes every scope: a
/// management group, a subscription, a resource group, a virtual machine scale set, a managed namespace, a fleet. Each follows from the other, and the plan
/// shows both. A node pool in Azure Resource Manager is `<cluster>/agentPools/<name>`, and that is what `node_pool` makes; articles also write
/// `<cluster>/nodepools/<name>`, which is another scope, and a raw `scope` is taken as it is.
///
/// Roles inside of a cluster (`Azure Kubernetes Service RBAC Reader` and its kin) count only where Azure RBAC is on; see `aksaccess_cluster_aad_profile`.
///
/// IDs are compared as IDs: their case, and the subscription in front of a built-in role's, are never a difference. An assignment that exists already
/// under another name is not taken over silently: import it, or set `adopt_existing`. A new assignment takes up to ten minutes to have an effect.
///
/// `azurerm_role_assignment` is this resource with other names: `role_definition_name` and `role_definition_id` are `role`, and
/// `skip_service_principal_aad_check` is not needed.
#[derive(Clone, Debug, Model)]
pub struct RoleAssignment {
    /// Resource ID of the role assignment.
    #[attr(identity, use_state_for_unknown)]
    pub id: String,
    /// Object ID of the user, group or service principal. Not an application (client) ID.
    #[attr(replace, case_insensitive, check(uuid()))]
    pub principal_id: String,
    /// What the principal is, such as `User`, `Group` or `ServicePrincipal`. Looked up when omitted.
    #[attr(computed, use_state_for_unknown, replace, recompute_when(&["principal_id"]))]
    #[attr(check(one_of_with_synonyms(&PRINCIPAL_TYPES, &PRINCIPAL_TYPE_SYNONYMS)))]
    pub principal_type: Option<String>,
    /// The role and the scope.
    #[attr(flatten)]
    pub placement: Placement,
    /// A condition that narrows what the role allows, in the language of Azure's attribute-based access control (ABAC): which roles may be given on, or which
    /// custom resources of a cluster may be read. Spaces and line breaks outside of quotes are never a difference.
    #[attr(normalize(checks::condition_key), check(length(1, 8192)), check(checks::balanced()))]
    pub condition: Option<String>,
    /// Version of the language of the condition: `2.0`, which is also what it is when omitted, and the only one that Azure takes for a new condition.
    #[attr(computed, use_state_for_unknown, computed_from(checks::condition_version), check(one_of(&["1.0", "2.0"])))]
    pub condition_version: Option<String>,
    /// Why the role is given.
    #[attr(check(length(1, 1024)))]
    pub description: Option<String>,
    /// Resource ID of the managed identity through which the role is given to a principal of another tenant.
    #[attr(replace, semantic_equality(placement::same_scope), check(placement::is_scope()))]
    pub delegated_managed_identity_resource_id: Option<String>,
    /// Name of the role assignment, a UUID. Made of scope, role and principal when omitted, so that it is the same in every run.
    #[attr(computed, use_state_for_unknown, replace, case_insensitive, check(uuid()))]
    pub name: Option<String>,
    /// Whether to adopt an assignment of the same role to the same principal at the same scope, whatever its name, instead of failing. An adopted assignment is
    /// deleted on destroy.
    #[attr(default(false))]
    pub adopt_existing: bool,
}

impl Resource for RoleAssignment {
    type Api = Services;
    const NAME: &'static str = "role_assignment";
    const MOVED_FROM: &'static [Source<Self>] = &[azurerm("azurerm_role_assignment", by_id)];
    const SUBCATEGORY: &'static str = "Azure roles";
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const WARNING_KINDS: &'static [&'static WarningKind] = cluster_warnings::ALL;

    fn id(&self) -> &str {
        &self.id
    }

    fn describe(&self) -> String {
        let role = if self.placement.role.is_empty() { "a role" } else { &self.placement.role };
        format!("the assignment of {role} to {} at {}", self.principal_id, self.placement.scope.as_deref().unwrap_or("an unknown scope"))
    }

    fn planned_id(planned: View<'_>) -> Option<String> {
        let (scope, role) = placement::scope_and_role(planned)?;
        let principal = Named::attribute(planned, "principal_id")?.id;
        let name = match Named::attribute(planned, "name") {
            Some(name) => name.id,
            None => name_of(&scope, roles::guid(&role)?, principal),
        };
        Some(AssignmentId { scope, name }.to_string())
    }

    async fn create(&mut self, cx: &mut Context<Services>) -> Result {
        self.make(cx).await
    }

    async fn read(&mut self, cx: &mut Context<Services>) -> Result<Existence> {
        let id = self.parsed_id()?;
        match self.answered(&id, cx).await {
            Ok(answered) => {
                let name = self.role_name_of(&id, &answered, cx).await;
                self.update_from_response(&answered, name);
                Ok(Existence::Found)
            }
            Err(error) if error.is_not_found() => Ok(Existence::Gone),
            Err(error) => Err(could_not(format!("read {}", self.describe()))(error)),
        }
    }

    async fn update(&mut self, prior: &Self, cx: &mut Context<Services>) -> Result {
        if !self.says_the_same(prior) {
            let id = self.parsed_id()?;
            let definition = roles::id_at(&id.scope, &prior.placement.role_definition_id);
            let put = cx.api.arm().put_assignment(&id, &self.properties(&definition)).await;
            put.map_err(|error| checks::about_the_condition(&error, could_not(format!("update {}", self.describe()))(error.clone())))?;
            consistency::mark_written(cx);
        }
        Ok(())
    }

    async fn delete(&mut self, cx: &mut Context<Services>) -> Result {
        let id = self.parsed_id()?;
        cx.api
            .arm()
            .delete_assignment(&id, consistency::stale_until(cx))
            .await
            .map_err(could_not(format!("delete {}", self.describe())))?;
        Ok(())
    }

    fn import(id: &str) -> Result<Self> {
        // azurerm appends the tenant of a principal from another tenant to the id.
        let path = id.trim().split('|').next().unwrap_or_default();
        let parsed = AssignmentId::parse(path).ok_or_else(|| {
            Diagnostic::error(
                format!("{id:?} is not the import id of a role assignment"),
                "Give its resource ID, `<scope>/providers/Microsoft.Authorization/roleAssignments/<name>`, in any case; `az role assignment list --scope <scope>` \
                 shows it as `id`. azurerm's `<id>|<tenant>` is understood, too.",
            )
        })?;
        Ok(RoleAssignment { id: parsed.to_string(), ..RoleAssignment::absent() })
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        placement::validate(config, found);
        checks::validate(config, found);
    }

    async fn plan_check(change: Change<'_>, cx: &mut Context<Services>) -> Diagnostics {
        let mut found = Diagnostics::new();
        if cx.api.client().is_configured() {
            checks::principal_exists(change, cx, &mut found).await;
            checks::role_exists(change, cx, &mut found).await;
            if !found.has_error() {
                cluster_warnings::plan_check(change, cx, &mut found).await;
            }
        }
        found
    }
}

impl RoleAssignment {
    fn parsed_id(&self) -> Result<AssignmentId> {
        AssignmentId::parse(&self.id).ok_or_else(|| {
            Diagnostic::error(format!("{:?} is no id of a role assignment", self.id), "If the state was edited by hand, put it right.")
        })
    }

    /// Reads the assignment; after a write, without the cache until the answer shows what was written.
    async fn answered(&self, id: &AssignmentId, cx: &Context<Services>) -> Result<Assignment, Error> {
        let answered = cx.api.arm().assignment(id).await;
        if !consistency::may_be_stale(cx) {
            return answered;
        }
        match answered {
            Ok(answered) if self.matches_response(&answered) => Ok(answered),
            Err(error) if !error.is_not_found() => Err(error),
            _ => cx.api.arm().assignment_now(id, consistency::stale_until(cx), |answered| self.matches_response(answered)).await,
        }
    }

    /// The name of the role that an answer refers to: as it is known already, or looked up.
    async fn role_name_of(&self, id: &AssignmentId, answered: &Assignment, cx: &Context<Services>) -> Option<String> {
        let definition = &answered.properties.role_definition_id;
        if let roles::Named::BuiltIn(role) = roles::named(definition) {
            return Some(role.name.to_owned());
        }
        if self.placement.role_name.is_some() && roles::are_same(&self.placement.role_definition_id, definition) {
            return self.placement.role_name.clone();
        }
        // A reader who may not see the role still sees the assignment.
        cx.api.arm().role(&id.scope, definition).await.ok()?.name
    }
}
