//! The built-in roles that decide about clusters, and the general ones, with their permissions as documented
//! (Microsoft's reference of built-in roles, articles "Privileged", "General" and "Containers").
//!
//! The stored copies of those articles do not have the permissions of a few newer roles; these are marked "unverified" and
//! follow their descriptions.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::properties;
use crate::store::Row;

/// A role as this table writes it.
struct BuiltIn {
    guid: &'static str,
    name: &'static str,
    description: &'static str,
    actions: List,
    not_actions: List,
    data: List,
    not_data: List,
}

/// Actions, separated by white space, each behind a common prefix.
type List = &'static [(&'static str, &'static str)];

/// The prefix of actions that are written out.
const NO_PREFIX: &str = "";
const AKS: &str = "Microsoft.ContainerService/managedClusters/";
const FLEET: &str = "Microsoft.ContainerService/fleets/";

const NO_ACTIONS: List = &[];
/// What the roles for the Kubernetes API of a cluster may read beside it.
const AKS_COMMON_ACTIONS: &str = "Microsoft.Authorization/*/read Microsoft.Resources/subscriptions/operationresults/read \
                      Microsoft.Resources/subscriptions/read Microsoft.Resources/subscriptions/resourceGroups/read";
const AKS_ALL: List = &[(AKS, "*")];
/// What an AKS administrator of namespaces may not touch.
const QUOTAS_AND_NAMESPACES: List = &[(AKS, "resourcequotas/write resourcequotas/delete namespaces/write namespaces/delete")];
const AKS_READER: List = &[(
    AKS,
    "apps/controllerrevisions/read apps/daemonsets/read apps/deployments/read apps/replicasets/read apps/statefulsets/read \
     autoscaling/horizontalpodautoscalers/read batch/cronjobs/read batch/jobs/read configmaps/read \
     discovery.k8s.io/endpointslices/read endpoints/read events.k8s.io/events/read events/read extensions/daemonsets/read \
     extensions/deployments/read extensions/ingresses/read extensions/networkpolicies/read extensions/replicasets/read \
     limitranges/read metrics.k8s.io/pods/read metrics.k8s.io/nodes/read namespaces/read networking.k8s.io/ingresses/read \
     networking.k8s.io/networkpolicies/read persistentvolumeclaims/read pods/read policy/poddisruptionbudgets/read \
     replicationcontrollers/read resourcequotas/read serviceaccounts/read services/read",
)];
const AKS_WRITER: List = &[(
    AKS,
    "apps/controllerrevisions/read apps/daemonsets/* apps/deployments/* apps/replicasets/* apps/statefulsets/* \
     autoscaling/horizontalpodautoscalers/* batch/cronjobs/* coordination.k8s.io/leases/read coordination.k8s.io/leases/write \
     coordination.k8s.io/leases/delete discovery.k8s.io/endpointslices/read batch/jobs/* configmaps/* endpoints/* \
     events.k8s.io/events/read events/* extensions/daemonsets/* extensions/deployments/* extensions/ingresses/* \
     extensions/networkpolicies/* extensions/replicasets/* limitranges/read metrics.k8s.io/pods/read metrics.k8s.io/nodes/read \
     namespaces/read networking.k8s.io/ingresses/* networking.k8s.io/networkpolicies/* persistentvolumeclaims/* pods/* \
     policy/poddisruptionbudgets/* replicationcontrollers/* resourcequotas/read secrets/* serviceaccounts/* services/*",
)];
const FLEET_READER: List = &[(
    FLEET,
    "apps/controllerrevisions/read apps/daemonsets/read apps/deployments/read apps/statefulsets/read \
     autoscaling/horizontalpodautoscalers/read batch/cronjobs/read batch/jobs/read configmaps/read endpoints/read \
     events.k8s.io/events/read events/read extensions/daemonsets/read extensions/deployments/read extensions/ingresses/read \
     extensions/networkpolicies/read limitranges/read namespaces/read networking.k8s.io/ingresses/read \
     networking.k8s.io/networkpolicies/read persistentvolumeclaims/read policy/poddisruptionbudgets/read \
     replicationcontrollers/read replicationcontrollers/read resourcequotas/read serviceaccounts/read services/read \
     cluster.kubernetes-fleet.io/internalmemberclusters/read placement.kubernetes-fleet.io/resourceoverrides/read \
     placement.kubernetes-fleet.io/resourceoverridesnapshots/read placement.kubernetes-fleet.io/works/read",
)];
const FLEET_WRITER: List = &[(
    FLEET,
    "apps/controllerrevisions/read apps/daemonsets/read apps/daemonsets/write apps/deployments/read apps/deployments/write \
     apps/statefulsets/read apps/statefulsets/write autoscaling/horizontalpodautoscalers/read \
     autoscaling/horizontalpodautoscalers/write batch/cronjobs/read batch/cronjobs/write batch/jobs/read batch/jobs/write \
     configmaps/read configmaps/write endpoints/read endpoints/write events.k8s.io/events/read events/read \
     extensions/daemonsets/read extensions/daemonsets/write extensions/deployments/read extensions/deployments/write \
     extensions/ingresses/read extensions/ingresses/write extensions/networkpolicies/read extensions/networkpolicies/write \
     limitranges/read namespaces/read networking.k8s.io/ingresses/read networking.k8s.io/ingresses/write \
     networking.k8s.io/networkpolicies/read networking.k8s.io/networkpolicies/write persistentvolumeclaims/read \
     persistentvolumeclaims/write policy/poddisruptionbudgets/read policy/poddisruptionbudgets/write \
     replicationcontrollers/read replicationcontrollers/write resourcequotas/read secrets/read secrets/write \
     serviceaccounts/read serviceaccounts/write services/read services/write \
     cluster.kubernetes-fleet.io/internalmemberclusters/read placement.kubernetes-fleet.io/resourceoverrides/read \
     placement.kubernetes-fleet.io/resourceoverrides/write placement.kubernetes-fleet.io/resourceoverridesnapshots/read \
     placement.kubernetes-fleet.io/works/read",
)];
const FLEET_ADMIN: List = &[(
    FLEET,
    "apps/controllerrevisions/read apps/daemonsets/* apps/deployments/* apps/statefulsets/* \
     authorization.k8s.io/localsubjectaccessreviews/write autoscaling/horizontalpodautoscalers/* batch/cronjobs/* batch/jobs/* \
     configmaps/* endpoints/* events.k8s.io/events/read events/read extensions/daemonsets/* extensions/deployments/* \
     extensions/ingresses/* extensions/networkpolicies/* limitranges/read namespaces/read networking.k8s.io/ingresses/* \
     networking.k8s.io/networkpolicies/* persistentvolumeclaims/* policy/poddisruptionbudgets/* \
     rbac.authorization.k8s.io/rolebindings/* rbac.authorization.k8s.io/roles/* replicationcontrollers/* \
     replicationcontrollers/* resourcequotas/read secrets/* serviceaccounts/* services/* \
     cluster.kubernetes-fleet.io/internalmemberclusters/read placement.kubernetes-fleet.io/resourceoverrides/* \
     placement.kubernetes-fleet.io/resourceoverridesnapshots/read placement.kubernetes-fleet.io/works/read",
)];
const FLEET_COMMON_ACTIONS: List = &[(NO_PREFIX, AKS_COMMON_ACTIONS), (FLEET, "read listCredentials/action")];

/// A role for the control plane.
const fn role(guid: &'static str, name: &'static str, description: &'static str, actions: List) -> BuiltIn {
    BuiltIn { guid, name, description, actions, not_actions: NO_ACTIONS, data: NO_ACTIONS, not_data: NO_ACTIONS }
}

impl BuiltIn {
    const fn except(mut self, not_actions: List) -> Self {
        self.not_actions = not_actions;
        self
    }

    const fn data(mut self, data: List) -> Self {
        self.data = data;
        self
    }

    const fn except_data(mut self, not_data: List) -> Self {
        self.not_data = not_data;
        self
    }
}

const TABLE: &[BuiltIn] = &[
    role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        &[(NO_PREFIX, "*/read")],
    ),
    role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in \
         Azure Blueprints, or share image galleries.",
        &[(NO_PREFIX, "*")],
    )
    .except(&[(
        NO_PREFIX,
        "Microsoft.Authorization/*/Delete Microsoft.Authorization/*/Write Microsoft.Authorization/elevateAccess/Action \
         Microsoft.Blueprint/blueprintAssignments/write Microsoft.Blueprint/blueprintAssignments/delete \
         Microsoft.Compute/galleries/share/action Microsoft.Purview/consents/write Microsoft.Purview/consents/delete \
         Microsoft.Resources/deploymentStacks/manageDenySetting/action Microsoft.Subscription/cancel/action \
         Microsoft.Subscription/enable/action",
    )]),
    role(
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        &[(NO_PREFIX, "*")],
    ),
    role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        &[(NO_PREFIX, "*/read Microsoft.Authorization/* Microsoft.Support/*")],
    ),
    role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage access using \
         other ways, such as Azure Policy.",
        &[(
            NO_PREFIX,
            "Microsoft.Authorization/roleAssignments/write Microsoft.Authorization/roleAssignments/delete */read \
             Microsoft.Support/*",
        )],
    ),
    role(
        "7f6c6a51-bcf8-42ba-9220-52d62157d7db",
        "Azure Kubernetes Service RBAC Reader",
        "Allows read-only access to see most objects in a namespace. It does not allow viewing roles or role bindings. This role \
         does not allow viewing Secrets, since reading the contents of Secrets enables access to ServiceAccount credentials in \
         the namespace, which would allow API access as any ServiceAccount in the namespace (a form of privilege escalation). \
         Applying this role at cluster scope will give access across all namespaces.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS)],
    )
    .data(AKS_READER),
    role(
        "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
        "Azure Kubernetes Service RBAC Writer",
        "Allows read/write access to most objects in a namespace.This role does not allow viewing or modifying roles or role \
         bindings. However, this role allows accessing Secrets and running Pods as any ServiceAccount in the namespace, so it can \
         be used to gain the API access levels of any ServiceAccount in the namespace. Applying this role at cluster scope will \
         give access across all namespaces.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS)],
    )
    .data(AKS_WRITER),
    role(
        "3498e952-d568-435e-9b2c-8d77e338d7f7",
        "Azure Kubernetes Service RBAC Admin",
        "Lets you manage all resources under cluster/namespace, except update or delete resource quotas and namespaces.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS), (AKS, "listClusterUserCredential/action")],
    )
    .data(AKS_ALL)
    .except_data(QUOTAS_AND_NAMESPACES),
    role(
        "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
        "Azure Kubernetes Service RBAC Cluster Admin",
        "Lets you manage all resources in the cluster.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS), (AKS, "listClusterUserCredential/action")],
    )
    .data(AKS_ALL),
    role(
        "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
        "Azure Kubernetes Service Cluster User Role",
        "List cluster user credential action.",
        &[(AKS, "listClusterUserCredential/action read")],
    ),
    role(
        "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
        "Azure Kubernetes Service Cluster Admin Role",
        "List cluster admin credential action.",
        &[(AKS, "listClusterAdminCredential/action accessProfiles/listCredential/action read runcommand/action")],
    ),
    role(
        "1afdec4b-e479-420e-99e7-f82237c7c5e6",
        "Azure Kubernetes Service Cluster Monitoring User",
        "List cluster monitoring user credential action.",
        &[(AKS, "listClusterMonitoringUserCredential/action read")],
    ),
    role(
        "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",
        "Azure Kubernetes Service Contributor Role",
        "Grants access to read and write Azure Kubernetes Service clusters",
        &[
            (NO_PREFIX, "Microsoft.Authorization/*/read"),
            ("Microsoft.ContainerService/", "locations/* managedClusters/* managedclustersnapshots/* snapshots/*"),
            (NO_PREFIX, "Microsoft.Insights/alertRules/* Microsoft.Resources/deployments/*"),
            (NO_PREFIX, "Microsoft.Resources/subscriptions/resourceGroups/read"),
        ],
    ),
    // Unverified: the actions.
    role(
        "289d8817-ee69-43f1-a0af-43a45505b488",
        "Azure Kubernetes Service Namespace Contributor",
        "Allows users to create and manage Azure Kubernetes Service namespace resources.",
        &[
            (NO_PREFIX, AKS_COMMON_ACTIONS),
            (AKS, "read managedNamespaces/*"),
            (NO_PREFIX, "Microsoft.ContainerService/locations/operations/read Microsoft.Resources/deployments/*"),
        ],
    ),
    // Unverified: the actions.
    role(
        "c9f76ca8-b262-4b10-8ed2-09cf0948aa35",
        "Azure Kubernetes Service Namespace User",
        "Allows users to read Azure Kubernetes Service namespace resources. In-cluster namespace access further requires assignment \
         of Azure Kubernetes Service RBAC roles to the namespace resource for an Entra ID enabled cluster.",
        &[(AKS, "managedNamespaces/read managedNamespaces/listCredential/action")],
    ),
    role(
        "b29efa5f-7782-4dc3-9537-4d5bc70a5e9f",
        "Azure Kubernetes Service Arc Cluster Admin Role",
        "List cluster admin credential action.",
        &[
            ("Microsoft.HybridContainerService/provisionedClusterInstances/", "read listAdminKubeconfig/action"),
            (NO_PREFIX, "Microsoft.Kubernetes/connectedClusters/Read"),
        ],
    ),
    role(
        "233ca253-b031-42ff-9fba-87ef12d6b55f",
        "Azure Kubernetes Service Arc Cluster User Role",
        "List cluster user credential action.",
        &[
            ("Microsoft.HybridContainerService/provisionedClusterInstances/", "read listUserKubeconfig/action"),
            (NO_PREFIX, "Microsoft.Kubernetes/connectedClusters/Read"),
        ],
    ),
    role(
        "5d3f1697-4507-4d08-bb4a-477695db5f82",
        "Azure Kubernetes Service Arc Contributor Role",
        "Grants access to read and write Azure Kubernetes Services hybrid clusters",
        &[
            (
                "Microsoft.HybridContainerService/",
                "Locations/operationStatuses/read Operations/read kubernetesVersions/read kubernetesVersions/write \
                 kubernetesVersions/delete provisionedClusterInstances/read provisionedClusterInstances/write \
                 provisionedClusterInstances/delete provisionedClusterInstances/agentPools/read \
                 provisionedClusterInstances/agentPools/write provisionedClusterInstances/agentPools/delete \
                 provisionedClusterInstances/upgradeProfiles/read skus/read skus/write skus/delete virtualNetworks/read \
                 virtualNetworks/write virtualNetworks/delete",
            ),
            ("Microsoft.ExtendedLocation/customLocations/", "deploy/action read"),
            ("Microsoft.Kubernetes/connectedClusters/", "Read Write Delete listClusterUserCredential/action"),
            (NO_PREFIX, "Microsoft.AzureStackHCI/clusters/read"),
        ],
    ),
    role(
        "63bb64ad-9799-4770-b5c3-24ed299a07bf",
        "Azure Kubernetes Fleet Manager Contributor Role",
        "Grants read/write access to Azure resources provided by Azure Kubernetes Fleet Manager, including fleets, fleet members, \
         fleet update strategies, fleet update runs, etc.",
        &[(FLEET, "*"), (NO_PREFIX, "Microsoft.Resources/deployments/*")],
    ),
    // Unverified: the actions.
    role(
        "de2b316d-7a2c-4143-b4cd-c148f6a355a1",
        "Azure Kubernetes Fleet Manager Hub Agent Role",
        "Grants access to Azure resources needed by Azure Kubernetes Fleet Manager hub agents.",
        &[(
            "Microsoft.Network/",
            "trafficManagerProfiles/read trafficManagerProfiles/write trafficManagerProfiles/delete \
             trafficManagerProfiles/azureEndpoints/read trafficManagerProfiles/azureEndpoints/write \
             trafficManagerProfiles/azureEndpoints/delete publicIPAddresses/read",
        )],
    ),
    // Unverified: the actions.
    role(
        "850c5848-fc51-4a9a-8823-f220370626e3",
        "Azure Kubernetes Fleet Manager Hub Cluster User Role",
        "Grants read access to Azure Kubernetes Fleet Manager as well as the Kubernetes config file to connect to the fleet-managed \
         hub cluster.",
        &[(FLEET, "read listCredentials/action")],
    ),
    role(
        "434fb43a-c01c-447e-9f67-c3ad923cfaba",
        "Azure Kubernetes Fleet Manager RBAC Admin",
        "Grants read/write access to Kubernetes resources within a namespace in the fleet-managed hub cluster - provides write \
         permissions on most objects within a a namespace, with the exception of ResourceQuota object and the namespace object \
         itself. Applying this role at cluster scope will give access across all namespaces.",
        FLEET_COMMON_ACTIONS,
    )
    .data(FLEET_ADMIN),
    role(
        "18ab4d3d-a1bf-4477-8ad9-8359bc988f69",
        "Azure Kubernetes Fleet Manager RBAC Cluster Admin",
        "Grants read/write access to all Kubernetes resources in the fleet-managed hub cluster.",
        FLEET_COMMON_ACTIONS,
    )
    .data(&[(FLEET, "*")]),
    role(
        "30b27cfc-9c84-438e-b0ce-70e35255df80",
        "Azure Kubernetes Fleet Manager RBAC Reader",
        "Grants read-only access to most Kubernetes resources within a namespace in the fleet-managed hub cluster. It does not allow \
         viewing roles or role bindings. This role does not allow viewing Secrets, since reading the contents of Secrets enables \
         access to ServiceAccount credentials in the namespace, which would allow API access as any ServiceAccount in the namespace \
         (a form of privilege escalation).  Applying this role at cluster scope will give access across all namespaces.",
        FLEET_COMMON_ACTIONS,
    )
    .data(FLEET_READER),
    role(
        "5af6afb3-c06c-4fa4-8848-71a8aee05683",
        "Azure Kubernetes Fleet Manager RBAC Writer",
        "Grants read/write access to most Kubernetes resources within a namespace in the fleet-managed hub cluster. This role does \
         not allow viewing or modifying roles or role bindings. However, this role allows accessing Secrets as any ServiceAccount in \
         the namespace, so it can be used to gain the API access levels of any ServiceAccount in the namespace.  Applying this role \
         at cluster scope will give access across all namespaces.",
        FLEET_COMMON_ACTIONS,
    )
    .data(FLEET_WRITER),
    // Unverified for the four below: the permissions. Their descriptions are those of the roles for clusters.
    role(
        "d1f699ed-700a-4c77-a22f-29890ac7b115",
        "Azure Kubernetes Fleet Manager RBAC Admin for Member Clusters",
        "This role grants admin access - provides write permissions on most objects within a namespace, with the exception of \
         ResourceQuota object and the namespace object itself. Applying this role at cluster scope will give access across all \
         namespaces.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS)],
    )
    .data(AKS_ALL)
    .except_data(QUOTAS_AND_NAMESPACES),
    role(
        "79a36d98-eb96-4a76-ae1d-481dc98d2c23",
        "Azure Kubernetes Fleet Manager RBAC Cluster Admin for Member Clusters",
        "Lets you manage all resources in the member clusters in the fleet.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS)],
    )
    .data(AKS_ALL),
    role(
        "463ad26c-fcce-4469-9c7f-5653d8acbab5",
        "Azure Kubernetes Fleet Manager RBAC Reader for Member Clusters",
        "Allows read-only access to see most objects in a namespace. It does not allow viewing roles or role bindings. This role \
         does not allow viewing Secrets, since reading the contents of Secrets enables access to ServiceAccount credentials in \
         the namespace, which would allow API access as any ServiceAccount in the namespace (a form of privilege escalation). \
         Applying this role at cluster scope will give access across all namespaces.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS)],
    )
    .data(AKS_READER),
    role(
        "50346970-0998-40f2-b47d-f3b8809840f8",
        "Azure Kubernetes Fleet Manager RBAC Writer for Member Clusters",
        "Allows read/write access to most objects in a namespace. This role does not allow viewing or modifying roles or role \
         bindings. However, this role allows accessing Secrets and running Pods as any ServiceAccount in the namespace, so it can \
         be used to gain the API access levels of any ServiceAccount in the namespace. Applying this role at cluster scope will \
         give access across all namespaces.",
        &[(NO_PREFIX, AKS_COMMON_ACTIONS)],
    )
    .data(AKS_WRITER),
];

/// The rows, made once.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.iter().map(row).collect());

/// All built-in roles.
pub fn all() -> impl Iterator<Item = Row> {
    ROWS.iter().cloned()
}

/// A built-in role by its GUID, in lower case.
pub fn find(guid: &str) -> Option<Row> {
    TABLE.iter().position(|role| role.guid == guid).and_then(|at| ROWS.get(at).cloned())
}

fn row(role: &BuiltIn) -> Row {
    // When a role was made matters to nobody: they all have one instant.
    let instant = "2021-11-11T20:13:28.6061853Z";
    properties(json!({
        "name": role.guid,
        "roleName": role.name,
        "type": "BuiltInRole",
        "description": role.description,
        "assignableScopes": ["/"],
        "permissions": [{
            "actions": list(role.actions), "notActions": list(role.not_actions),
            "dataActions": list(role.data), "notDataActions": list(role.not_data),
        }],
        "createdOn": instant,
        "updatedOn": instant,
        "createdBy": Value::Null,
        "updatedBy": Value::Null,
    }))
    .into()
}

fn list(list: List) -> Vec<String> {
    list.iter().flat_map(|(prefix, words)| words.split_whitespace().map(move |word| format!("{prefix}{word}"))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_names_are_unique_and_every_role_may_do_something() {
        let (ids, names): (BTreeSet<_>, BTreeSet<_>) = TABLE.iter().map(|role| (role.guid, role.name)).unzip();
        assert_eq!((ids.len(), names.len(), ROWS.len()), (TABLE.len(), TABLE.len(), TABLE.len()));
        for role in TABLE {
            assert_eq!(role.guid, role.guid.to_lowercase());
            assert!(!list(role.actions).is_empty() && uuid::Uuid::try_parse(role.guid).is_ok(), "{}", role.name);
            assert_eq!(find(role.guid).as_ref().and_then(|row| row.get("roleName")), Some(&json!(role.name)));
        }
    }
}
