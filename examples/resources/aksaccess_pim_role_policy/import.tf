import {
  to = aksaccess_pim_role_policy.admins
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster|Azure Kubernetes Service RBAC Admin"
}
