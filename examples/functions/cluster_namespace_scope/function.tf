locals {
  cluster_id = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster"
}

output "payments" {
  value = provider::aksaccess::cluster_namespace_scope(local.cluster_id, "payments")
}
