# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_pim_role_eligibility.developers
  identity = {
    scope              = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster"
    role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/3498e952-d568-435e-9b2c-8d77e338d7f7"
    principal_id       = "11111111-1111-1111-1111-111111111111"
  }
}
