# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_cluster_aad_profile.production
  identity = {
    cluster_id = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster"
  }
}
