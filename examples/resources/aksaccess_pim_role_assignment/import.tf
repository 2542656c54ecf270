import {
  to = aksaccess_pim_role_assignment.operators
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster|Azure Kubernetes Service RBAC Admin|11111111-1111-1111-1111-111111111111"
}
