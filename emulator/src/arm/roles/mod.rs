//! Role definitions: the built-in ones, and those of the tenant's own.

mod custom;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    records::{
        roles::{TYPE, all, assignable_scopes, find, id_at, is_assignable},
        scope::Scope,
    },
    request::{
        context::{Context, Outcome},
        error::ArmError,
        filter::{self, Term},
        route::{Route, operation},
    },
};
use crate::store::Row;

/// The routes of this module.
pub static ROUTES: &[Route] = &[
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleDefinitions",
        since: "2015-07-01",
        until: "2022-05-01",
        operations: &[operation(Method::GET, READ, list)],
    },
    Route {
        path: "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
        since: "2015-07-01",
        until: "2022-05-01",
        operations: &[
            operation(Method::GET, READ, get),
            operation(Method::PUT, "", custom::put),
            operation(Method::DELETE, "", custom::delete),
        ],
    },
];

const READ: &str = "Microsoft.Authorization/roleDefinitions/read";

fn list(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let scope = context.scope();
    let terms = match context.request.option("$filter") {
        Some(text) => filter::parse(&text)?,
        None => Vec::new(),
    };
    let and_below = terms.contains(&Term::Function("atscopeandbelow".into()));
    let here =
        |role: &Row| is_assignable(context.view, role, &scope) || (and_below && assignable_scopes(role).any(|below| scope.covers(&below)));
    let mut out = Vec::new();
    for role in all(context.view).filter(|role| here(role)) {
        let mut holds = true;
        for term in &terms {
            holds &= match term {
                Term::Equals(property, value) if property == "rolename" => text(&role, "roleName").to_lowercase() == value.to_lowercase(),
                Term::Equals(property, value) if property == "type" => text(&role, "type").eq_ignore_ascii_case(value),
                Term::Function(name) if name == "atscopeandbelow" || name == "atscope" => true,
                _ => return Err(filter::unsupported(&context.request.option("$filter").unwrap_or_default())),
            };
        }
        if holds {
            out.push(render(&scope, &role));
        }
    }
    Ok(Outcome::list(out))
}

fn get(context: &Context<'_>) -> Result<Outcome, ArmError> {
    let name = context.parameter("roleDefinitionId");
    let role = find(context.view, name).ok_or_else(|| not_found(name))?;
    Ok(Outcome::ok(render(&context.scope(), &role)))
}

/// 404 for a role that is not there. Unverified: the text for a single read.
fn not_found(name: &str) -> ArmError {
    ArmError::not_found("RoleDefinitionDoesNotExist", format!("The specified role definition with ID '{name}' does not exist."))
}

fn render(scope: &Scope, role: &Row) -> Value {
    let mut shown = role.as_ref().clone();
    let name = shown.remove("name").unwrap_or_default();
    json!({
        "properties": shown,
        "id": id_at(scope, name.as_str().unwrap_or_default()),
        "type": TYPE,
        "name": name,
    })
}

fn text<'r>(row: &'r Row, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
