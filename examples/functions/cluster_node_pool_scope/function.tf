locals {
  cluster_id = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster"
}

output "nodepool1" {
  value = provider::aksaccess::cluster_node_pool_scope(local.cluster_id, "nodepool1")
}
