//! Role definitions that only Azure knows: custom roles, and built-in ones that are not in the table.

use serde::Deserialize;
use uuid::Uuid;

use super::roles;
use super::{AUTHORIZATION, Level, Scope};
use crate::azure::{Request, odata_literal};

/// A role definition in an answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Definition {
    /// The whole path, under whichever scope the service likes.
    pub id: String,
    /// Its properties.
    pub properties: Properties,
}

/// The properties of a role definition.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Its name.
    pub role_name: String,
    /// `BuiltInRole` or `CustomRole`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What its holder may do.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Where it can be assigned.
    #[serde(default)]
    pub assignable_scopes: Vec<String>,
}

/// What the holder of a role may do: the actions, without the `not_` ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Permission {
    /// Operations on resources.
    pub actions: Vec<String>,
    /// Exceptions from them.
    pub not_actions: Vec<String>,
    /// Operations on data inside of resources.
    pub data_actions: Vec<String>,
    /// Exceptions from them.
    pub not_data_actions: Vec<String>,
}

impl Permission {
    /// Whether it allows an action.
    pub fn allows(&self, action: &str) -> bool {
        self.actions.iter().any(|pattern| matches(pattern, action)) && !self.not_actions.iter().any(|pattern| matches(pattern, action))
    }
}

/// Whether a pattern with any number of `*` in it stands for an action; case means nothing.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((first, middle)) = pattern.split_once('*') else { return pattern == action };
    let (middle, last) = middle.rsplit_once('*').unwrap_or(("", middle));
    let Some(mut rest) = action.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    middle.split('*').all(|part| {
        rest.split_once(part).is_some_and(|(_, after)| {
            rest = after;
            true
        })
    })
}

impl Definition {
    /// The last part of its id.
    pub fn guid(&self) -> Option<Uuid> {
        roles::guid(&self.id)
    }

    /// Whether it allows an action on resources.
    pub fn allows(&self, action: &str) -> bool {
        self.properties.permissions.iter().any(|permission| permission.allows(action))
    }

    /// Whether it gives access to what is inside of clusters.
    pub fn reaches_into_clusters(&self) -> bool {
        const INSIDE: &str = "microsoft.containerservice/managedclusters/";
        let inside = |action: &String| action == "*" || action.to_ascii_lowercase().starts_with(INSIDE);
        self.properties.permissions.iter().flat_map(|permission| &permission.data_actions).any(inside)
    }
}

/// Where roles are looked for that can be assigned at a scope: no role can be bound to less than a resource group
/// (learn.microsoft.com/azure/role-based-access-control/custom-roles).
pub(super) fn home(scope: &Scope) -> Scope {
    let mut home = scope.clone();
    while home.level() == Level::Resource {
        match home.parent() {
            Some(parent) => home = parent,
            None => break,
        }
    }
    home
}

/// The request for the roles of that name.
pub(super) fn by_name(home: &Scope, name: &str) -> Request {
    Request::get("/{scope}/providers/Microsoft.Authorization/roleDefinitions")
        .arm(AUTHORIZATION)
        .with_path("scope", &home.to_string())
        .query("$filter", format!("roleName eq {}", odata_literal(name)))
}

/// The request for the role of that id.
pub(super) fn by_guid(home: &Scope, guid: Uuid) -> Request {
    Request::get("/{scope}/providers/Microsoft.Authorization/roleDefinitions/{id}")
        .arm(AUTHORIZATION)
        .with_path("scope", &home.to_string())
        .with("id", guid.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_stand_for_actions() {
        let action = "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action";
        for (pattern, stands) in [
            ("*", true),
            (action, true),
            ("microsoft.containerservice/managedclusters/*", true),
            ("Microsoft.ContainerService/*/action", true),
            ("*/listClusterAdminCredential/action", true),
            ("*/read", false),
            ("Microsoft.ContainerService/managedClusters", false),
            ("Microsoft.ContainerService/managedClusters/listClusterUserCredential/action", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, action), stands, "{pattern}");
        }
    }

    #[test]
    fn a_role_is_looked_for_in_the_group_of_the_resource() {
        let group = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101/resourceGroups/rg";
        let namespace = format!("{group}/providers/Microsoft.ContainerService/managedClusters/prod/namespaces/a");
        assert_eq!(home(&Scope::parse(&namespace).unwrap()).to_string(), group);
        assert_eq!(home(&Scope::parse("/").unwrap()).to_string(), "/");
    }

    #[test]
    fn the_reach_of_a_role_follows_from_its_permissions() {
        let role = |permissions: serde_json::Value| -> Definition {
            serde_json::from_value(json!({ "id": "/providers/Microsoft.Authorization/roleDefinitions/x", "properties": {
                "roleName": "r", "permissions": [permissions] } }))
            .unwrap()
        };
        let reader = role(json!({ "actions": ["*/read"], "dataActions": ["Microsoft.ContainerService/managedClusters/pods/read"] }));
        assert!(reader.reaches_into_clusters() && !reader.allows("Microsoft.ContainerService/managedClusters/write"));
        let contributor = role(json!({ "actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"] }));
        assert!(contributor.allows("Microsoft.ContainerService/managedClusters/write") && !contributor.reaches_into_clusters());
        assert!(!contributor.allows("Microsoft.Authorization/roleAssignments/write"));
    }
}
