//! Roles by name and by id, without asking anybody: the built-in ones that matter to a cluster, and the general ones.
//!
//! Built-in roles have the same id in every tenant (learn.microsoft.com/azure/role-based-access-control/built-in-roles, September 2026), but ARM writes it with the subscription of the caller in front: so ids are compared by their last part alone.

use framework::schema::check::is_uuid;
use framework::value::Value;
use uuid::Uuid;

use super::Scope;

/// What comes before the last part of the id of a role definition.
const DEFINITIONS: &str = "/providers/Microsoft.Authorization/roleDefinitions/";

/// What a built-in role is good for, as far as a cluster is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Access inside of clusters, decided by Azure RBAC for Kubernetes: data actions.
    Kubernetes,
    /// Clusters as resources of Azure.
    Clusters,
    /// Anything else.
    General,
}

/// A built-in role.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// The last part of its id.
    pub guid: &'static str,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whether its holder can fetch the credential of a cluster's local administrator (`listClusterAdminCredential/action`).
    pub is_local_admin: bool,
}

const fn kubernetes(name: &'static str, guid: &'static str) -> BuiltIn {
    BuiltIn { name, guid, purpose: Purpose::Kubernetes, is_local_admin: false }
}

const fn clusters(name: &'static str, guid: &'static str) -> BuiltIn {
    BuiltIn { name, guid, purpose: Purpose::Clusters, is_local_admin: false }
}

const fn general(name: &'static str, guid: &'static str) -> BuiltIn {
    BuiltIn { name, guid, purpose: Purpose::General, is_local_admin: false }
}

const fn local_admin(role: BuiltIn) -> BuiltIn {
    BuiltIn { is_local_admin: true, ..role }
}

/// The built-in roles that are known here.
pub const BUILT_IN: [BuiltIn; 44] = [
    kubernetes("Azure Kubernetes Service RBAC Reader", "7f6c6a51-bcf8-42ba-9220-52d62157d7db"),
    kubernetes("Azure Kubernetes Service RBAC Writer", "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb"),
    kubernetes("Azure Kubernetes Service RBAC Admin", "3498e952-d568-435e-9b2c-8d77e338d7f7"),
    kubernetes("Azure Kubernetes Service RBAC Cluster Admin", "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"),
    clusters("Azure Kubernetes Service Cluster User Role", "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"),
    local_admin(clusters("Azure Kubernetes Service Cluster Admin Role", "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8")),
    clusters("Azure Kubernetes Service Cluster Monitoring User", "1afdec4b-e479-420e-99e7-f82237c7c5e6"),
    local_admin(clusters("Azure Kubernetes Service Contributor Role", "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8")),
    clusters("Azure Kubernetes Service Namespace Contributor", "289d8817-ee69-43f1-a0af-43a45505b488"),
    clusters("Azure Kubernetes Service Namespace User", "c9f76ca8-b262-4b10-8ed2-09cf0948aa35"),
    general("Azure Kubernetes Service Arc Cluster Admin Role", "b29efa5f-7782-4dc3-9537-4d5bc70a5e9f"),
    general("Azure Kubernetes Service Arc Cluster User Role", "233ca253-b031-42ff-9fba-87ef12d6b55f"),
    general("Azure Kubernetes Service Arc Contributor Role", "5d3f1697-4507-4d08-bb4a-477695db5f82"),
    general("Azure Kubernetes Fleet Manager Contributor Role", "63bb64ad-9799-4770-b5c3-24ed299a07bf"),
    general("Azure Kubernetes Fleet Manager Hub Agent Role", "de2b316d-7a2c-4143-b4cd-c148f6a355a1"),
    general("Azure Kubernetes Fleet Manager Hub Cluster User Role", "850c5848-fc51-4a9a-8823-f220370626e3"),
    general("Azure Kubernetes Fleet Manager RBAC Reader", "30b27cfc-9c84-438e-b0ce-70e35255df80"),
    general("Azure Kubernetes Fleet Manager RBAC Writer", "5af6afb3-c06c-4fa4-8848-71a8aee05683"),
    general("Azure Kubernetes Fleet Manager RBAC Admin", "434fb43a-c01c-447e-9f67-c3ad923cfaba"),
    general("Azure Kubernetes Fleet Manager RBAC Cluster Admin", "18ab4d3d-a1bf-4477-8ad9-8359bc988f69"),
    general("Azure Kubernetes Fleet Manager RBAC Reader for Member Clusters", "463ad26c-fcce-4469-9c7f-5653d8acbab5"),
    general("Azure Kubernetes Fleet Manager RBAC Writer for Member Clusters", "50346970-0998-40f2-b47d-f3b8809840f8"),
    general("Azure Kubernetes Fleet Manager RBAC Admin for Member Clusters", "d1f699ed-700a-4c77-a22f-29890ac7b115"),
    general("Azure Kubernetes Fleet Manager RBAC Cluster Admin for Member Clusters", "79a36d98-eb96-4a76-ae1d-481dc98d2c23"),
    general("Azure Arc Enabled Kubernetes Cluster User Role", "00493d72-78f6-4148-b6c5-d3ce8e4799dd"),
    general("Azure Arc Kubernetes Admin", "dffb1e0c-446f-4dde-a09f-99eb5cc68b96"),
    general("Azure Arc Kubernetes Cluster Admin", "8393591c-06b9-48a2-a542-1bd6b377f6a2"),
    general("Azure Arc Kubernetes Viewer", "63f0a09d-1495-4db4-a681-037d84835eb4"),
    general("Azure Arc Kubernetes Writer", "5b999177-9696-4545-85c7-50de3797e5a1"),
    general("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    local_admin(general("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c")),
    local_admin(general("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")),
    general("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    general("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
    general("Virtual Machine Contributor", "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"),
    general("Virtual Machine Administrator Login", "1c0163c0-47e6-4577-8991-ea5c82e286e4"),
    general("Virtual Machine User Login", "fb879df8-f326-4884-b1cf-06f3ad86be52"),
    general("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"),
    general("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
    general("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"),
    general("Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"),
    general("Managed Identity Contributor", "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"),
    general("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
    general("Monitoring Contributor", "749f88d5-cbae-40b8-bcfc-e573ddc772fa"),
];

impl BuiltIn {
    /// Its id without a subscription.
    pub fn id(&self) -> String {
        format!("{DEFINITIONS}{}", self.guid)
    }
}

/// The role that a text names.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// A built-in role, by name or id.
    BuiltIn(&'static BuiltIn),
    /// The last part of an id alone.
    Guid(Uuid),
    /// An id, and its last part.
    Id(Uuid, &'a str),
    /// The name of a role that only Azure knows.
    Name(&'a str),
}

/// The role that a text names.
pub fn named(text: &str) -> Named<'_> {
    let built_in = |matches: &dyn Fn(&BuiltIn) -> bool| BUILT_IN.iter().find(|role| matches(role));
    match guid(text) {
        Some(guid) => match built_in(&|role| Uuid::try_parse(role.guid) == Ok(guid)) {
            Some(role) => Named::BuiltIn(role),
            None if is_uuid(text) => Named::Guid(guid),
            None => Named::Id(guid, text),
        },
        None => built_in(&|role| role.name.eq_ignore_ascii_case(text)).map_or(Named::Name(text), Named::BuiltIn),
    }
}

/// The last part of the id of a role definition, in any of its forms: alone, or after a scope, any case.
pub fn guid(text: &str) -> Option<Uuid> {
    let last = match split(text, DEFINITIONS) {
        Some((_, last)) => last,
        None => text,
    };
    if is_uuid(last) { Uuid::try_parse(last).ok() } else { None }
}

/// Whether two texts name the same role, as far as that is known without a request.
pub fn are_same(one: &str, other: &str) -> bool {
    match (named(one), named(other)) {
        (Named::BuiltIn(one), Named::BuiltIn(other)) => one.guid == other.guid,
        (Named::Guid(one) | Named::Id(one, _), Named::Guid(other) | Named::Id(other, _)) => one == other,
        (Named::Name(one), Named::Name(other)) => one.to_lowercase() == other.to_lowercase(),
        _ => false,
    }
}

/// Whether two values name the same role.
pub fn same(one: &Value, other: &Value) -> bool {
    matches!((one.as_str(), other.as_str()), (Some(one), Some(other)) if are_same(one, other))
}

/// The id by which an assignment at a scope refers to a role: as ARM itself writes it, a built-in role's under the subscription of the scope.
pub fn id_at(scope: &Scope, id: &str) -> String {
    match (named(id), scope.subscription_id()) {
        (Named::BuiltIn(role), Some(subscription)) => format!("/subscriptions/{subscription}{}", role.id()),
        (Named::BuiltIn(role), None) => role.id(),
        _ => id.to_owned(),
    }
}

/// What is before and after the last occurrence of a part of a path, in any case.
pub(super) fn split<'a>(path: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    // ASCII lower-casing keeps every byte in its place.
    let at = path.to_ascii_lowercase().rfind(&part.to_ascii_lowercase())?;
    Some((path.get(..at)?, path.get(at + part.len()..)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::collections::HashSet;

    use super::*;

    const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    const OTHER: &str = "0f1e2d3c-0000-4000-8000-00000000abcd";

    #[test]
    fn every_row_of_the_table_is_a_role_of_its_own() {
        let names: HashSet<String> = BUILT_IN.iter().map(|role| role.name.to_lowercase()).collect();
        let guids: HashSet<Uuid> = BUILT_IN.iter().map(|role| Uuid::try_parse(role.guid).unwrap()).collect();
        assert_eq!((names.len(), guids.len()), (BUILT_IN.len(), BUILT_IN.len()));
    }

    #[test]
    fn a_built_in_role_has_many_spellings() {
        let subscription = "/subscriptions/6b085460-5f21-477e-ba44-1035046e9101";
        for spelling in [
            "Reader".to_owned(),
            "reader".to_owned(),
            READER.to_owned(),
            READER.to_uppercase(),
            format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}"),
            format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{READER}"),
            format!("{subscription}/PROVIDERS/microsoft.authorization/roledefinitions/{READER}"),
        ] {
            assert!(are_same(&spelling, "Reader"), "{spelling}");
        }
        assert!(!are_same("Reader", "Contributor"));
    }

    #[test]
    fn custom_roles_are_compared_by_name_or_by_id() {
        assert!(are_same("Cluster Viewer", "cluster viewer"));
        assert!(are_same(OTHER, &format!("/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{OTHER}")));
        assert!(!are_same(OTHER, "Cluster Viewer"));
        assert!(matches!(named(OTHER), Named::Guid(_)));
        assert!(matches!(named("/providers/Microsoft.Authorization/roleDefinitions/x"), Named::Name(_)));
    }
}
