//! `aksaccess_pim_role_eligibilities` and `aksaccess_pim_role_assignments`: who can activate Azure roles at a scope, and who has them.

use framework::{Context, DataSource, Diagnostic, Diagnostics, Model, Result, View};

use crate::arm::{Scope, roles};
use crate::attributes::placement;
use crate::client::diagnose::could_not;
use crate::pim::{GrantKind, GrantScope, Layer, Row};
use crate::services::Services;

/// Where grants are looked for, and which.
#[derive(Clone, Debug, Model)]
pub struct RoleGrantFilter {
    /// Resource ID of the AKS cluster. Either this or `scope`.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_cluster()))]
    cluster_id: Option<String>,
    /// The scope: any of Azure Resource Manager. Either this or `cluster_id`.
    #[attr(semantic_equality(placement::same_scope), check(placement::is_scope()))]
    scope: Option<String>,
    /// Only those of this principal itself, by its object ID.
    #[attr(case_insensitive, check(uuid()))]
    principal_id: Option<String>,
    /// Only those for this role: its name, or an ID of its definition.
    #[attr(semantic_equality(roles::same), check(length(1, 1024)))]
    role: Option<String>,
}

/// Lists who is eligible for Azure roles at a scope, through Privileged Identity Management (PIM).
///
/// What begins later is listed, too; what was given above the scope or further inside is not.
#[derive(Clone, Debug, Model)]
pub struct PimRoleEligibilities {
    /// Where, and which.
    #[attr(flatten)]
    filter: RoleGrantFilter,
    /// The results, in a fixed order.
    #[attr(output)]
    eligibilities: Option<Vec<RoleEligibility>>,
}

/// An eligibility that was found.
#[derive(Clone, Debug, Model)]
pub struct RoleEligibility {
    /// Identifier, also for import: `<scope>|<role definition>|<principal>`.
    #[attr(output)]
    id: Option<String>,
    /// The scope.
    #[attr(output)]
    scope: Option<String>,
    /// Object ID of the principal.
    #[attr(output)]
    principal_id: Option<String>,
    /// ID of the role definition; of a built-in role without a subscription.
    #[attr(output)]
    role_definition_id: Option<String>,
    /// Name of the role, if it can be seen.
    #[attr(output)]
    role_name: Option<String>,
    /// When it begins or began.
    #[attr(output)]
    start: Option<String>,
    /// When it ends; null if never.
    #[attr(output)]
    end: Option<String>,
    /// Status, such as `Provisioned`.
    #[attr(output)]
    status: Option<String>,
    /// A condition that narrows what the role allows.
    #[attr(output)]
    condition: Option<String>,
}

/// Lists who has Azure roles at a scope through Privileged Identity Management (PIM): assigned by an administrator, or by an activation.
///
/// What begins later is listed, too; what was given above the scope or further inside is not. Assignments that were made without PIM are in
/// `aksaccess_role_assignments`.
#[derive(Clone, Debug, Model)]
pub struct PimRoleAssignments {
    /// Where, and which.
    #[attr(flatten)]
    filter: RoleGrantFilter,
    /// The results, in a fixed order.
    #[attr(output)]
    assignments: Option<Vec<ActiveRole>>,
}

/// An active assignment that was found.
#[derive(Clone, Debug, Model)]
pub struct ActiveRole {
    /// Identifier: `<scope>|<role definition>|<principal>`.
    #[attr(output)]
    id: Option<String>,
    /// The scope.
    #[attr(output)]
    scope: Option<String>,
    /// Object ID of the principal.
    #[attr(output)]
    principal_id: Option<String>,
    /// ID of the role definition; of a built-in role without a subscription.
    #[attr(output)]
    role_definition_id: Option<String>,
    /// Name of the role, if it can be seen.
    #[attr(output)]
    role_name: Option<String>,
    /// Whether the principal activated it, instead of having been assigned it.
    #[attr(output)]
    activated: Option<bool>,
    /// When it begins or began.
    #[attr(output)]
    start: Option<String>,
    /// When it ends; null if never.
    #[attr(output)]
    end: Option<String>,
    /// Status, such as `Provisioned`.
    #[attr(output)]
    status: Option<String>,
    /// A condition that narrows what the role allows.
    #[attr(output)]
    condition: Option<String>,
}

/// A row, and the names of its role.
struct FoundGrant {
    row: Row,
    scope: String,
    role_definition_id: String,
    role_name: Option<String>,
}

impl FoundGrant {
    fn id(&self) -> String {
        format!("{}|{}|{}", self.scope, self.role_definition_id, self.row.principal)
    }
}

impl RoleGrantFilter {
    fn scope(&self) -> Result<Scope> {
        placement::parsed("scope", self.scope.as_deref().or(self.cluster_id.as_deref()).unwrap_or_default())
    }

    async fn find(&self, kind: GrantKind, what: &str, cx: &Context<Services>) -> Result<Vec<FoundGrant>> {
        let scope = self.scope()?;
        let wanted = match &self.role {
            Some(role) => {
                Some(cx.api.arm().role(&scope, role).await.map_err(|why| placement::no_role(role, &scope, why))?.guid.to_string())
            }
            None => None,
        };
        let area = GrantScope::scope(&scope.to_string());
        let listed = cx.api.pim().all_granted(kind, Layer::Schedules, &area).await;
        let listed = listed.map_err(could_not(format!("list {what} at {scope}")))?;
        let is_wanted = |row: &&Row| {
            self.principal_id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&row.principal.to_string()))
                && wanted.as_ref().is_none_or(|role| *role == row.subject)
        };
        let mut rows: Vec<Row> = listed.iter().filter(is_wanted).cloned().collect();
        rows.sort_by(|one, other| (&one.subject, one.principal, one.start).cmp(&(&other.subject, other.principal, other.start)));
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            // The grant is listed even if the caller may not read its role definition.
            let role = cx.api.arm().role(&scope, &row.subject).await.ok();
            let id = role.as_ref().map_or_else(|| roles::id_at(&scope, &row.subject), |role| role.id.clone());
            let role_definition_id = match roles::named(&id) {
                roles::Named::BuiltIn(built_in) => built_in.id(),
                _ => id,
            };
            found.push(FoundGrant { row, scope: scope.to_string(), role_definition_id, role_name: role.and_then(|role| role.name) });
        }
        Ok(found)
    }
}

pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    match (config.is_set("cluster_id"), config.is_set("scope")) {
        (false, false) => found.add(Diagnostic::error("The scope is missing", "Give `cluster_id` or `scope`.")),
        (true, true) if config.raw("cluster_id").is_wholly_known() && config.raw("scope").is_wholly_known() => {
            found.error("scope", "The scope is given twice", "Give either `cluster_id` or `scope`.");
        }
        _ => {}
    }
}

impl DataSource for PimRoleEligibilities {
    type Api = Services;
    const NAME: &'static str = "pim_role_eligibilities";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let found = self.filter.find(GrantKind::Eligibility, "the eligibilities", cx).await?;
        let of = |found: FoundGrant| RoleEligibility {
            id: Some(found.id()),
            scope: Some(found.scope),
            principal_id: Some(found.row.principal.to_string()),
            role_definition_id: Some(found.role_definition_id),
            role_name: found.role_name,
            start: found.row.start.map(|start| start.to_string()),
            end: found.row.end.map(|end| end.to_string()),
            status: Some(found.row.status),
            condition: found.row.condition.map(|(condition, _)| condition),
        };
        self.eligibilities = Some(found.into_iter().map(of).collect());
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        validate(config, found);
    }
}

impl DataSource for PimRoleAssignments {
    type Api = Services;
    const NAME: &'static str = "pim_role_assignments";
    const SUBCATEGORY: &'static str = "Privileged Identity Management";

    async fn read(&mut self, cx: &mut Context<Services>) -> Result {
        let found = self.filter.find(GrantKind::Assignment, "the active assignments", cx).await?;
        let of = |found: FoundGrant| ActiveRole {
            id: Some(found.id()),
            scope: Some(found.scope),
            principal_id: Some(found.row.principal.to_string()),
            role_definition_id: Some(found.role_definition_id),
            role_name: found.role_name,
            activated: Some(found.row.activated),
            start: found.row.start.map(|start| start.to_string()),
            end: found.row.end.map(|end| end.to_string()),
            status: Some(found.row.status),
            condition: found.row.condition.map(|(condition, _)| condition),
        };
        self.assignments = Some(found.into_iter().map(of).collect());
        Ok(())
    }

    fn validate(config: View<'_>, found: &mut Diagnostics) {
        validate(config, found);
    }
}
