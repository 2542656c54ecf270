//! The attributes of a request for which conditions of role assignments are evaluated.

use serde_json::Value;

use super::context::Context;
use crate::{
    arm::{
        conditions::Source,
        records::{
            assignments::{DELETE, TABLE, WRITE, scope},
            principals, roles,
        },
    },
    store::Row,
};

/// Attributes that conditions examine when a role assignment is created or deleted; none for any other action.
pub fn attributes(context: &Context<'_>, action: &str) -> Vec<(Source, &'static str, String)> {
    let (source, row) = match action {
        WRITE => {
            let body = context.body().unwrap_or_default();
            let given =
                |name: &str| body.get("properties").and_then(|properties| properties.get(name)).and_then(Value::as_str).unwrap_or_default();
            let (principal, kind) = (given("principalId").to_owned(), given("principalType").to_owned());
            let known = principals::find(context.view, &principal).map(|principal| principal.kind.to_owned());
            let role = roles::guid(given("roleDefinitionId")).unwrap_or_default();
            (Source::Request, [role, principal, known.unwrap_or(kind)])
        }
        DELETE => {
            let Some(row) = addressed_assignment(context, context.parameter("roleAssignmentName")) else { return Vec::new() };
            (Source::Resource, ["roleDefinition", "principalId", "principalType"].map(|name| text(&row, name).to_owned()))
        }
        _ => return Vec::new(),
    };
    named(source, row)
}

/// Attributes of an assignment, or of an eligibility for one, that a request would create (`Source::Request`) or remove (`Source::Resource`).
pub fn of_assignment(context: &Context<'_>, source: Source, role: &str, principal: &str) -> Vec<(Source, &'static str, String)> {
    let kind = principals::find(context.view, principal).map(|principal| principal.kind.to_owned());
    named(source, [role.to_owned(), principal.to_owned(), kind.unwrap_or_default()])
}

fn named(source: Source, values: [String; 3]) -> Vec<(Source, &'static str, String)> {
    let names = [
        "Microsoft.Authorization/roleAssignments:RoleDefinitionId",
        "Microsoft.Authorization/roleAssignments:PrincipalId",
        "Microsoft.Authorization/roleAssignments:PrincipalType",
    ];
    names.into_iter().zip(values).map(|(name, value)| (source, name, value)).filter(|(_, _, value)| !value.is_empty()).collect()
}

/// The assignment that the path names. Its scope must be the path's.
pub fn addressed_assignment(context: &Context<'_>, name: &str) -> Option<Row> {
    let row = context.view.get(TABLE, &name.to_lowercase())?;
    (scope(&row).key() == context.scope().key()).then_some(row)
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
