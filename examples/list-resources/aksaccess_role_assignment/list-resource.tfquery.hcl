# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_role_assignment" "all" {
  provider = aksaccess

  config {
    cluster_id       = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster"
    include_children = true
  }
}
