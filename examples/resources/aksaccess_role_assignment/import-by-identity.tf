# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_role_assignment.developers
  identity = {
    id = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000000"
  }
}
