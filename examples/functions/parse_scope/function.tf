locals {
  scope = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myManagedCluster/namespaces/payments"
}

# "payments"
output "namespace" {
  value = provider::aksaccess::parse_scope(local.scope).namespace
}

# "myResourceGroup"
output "resource_group" {
  value = provider::aksaccess::parse_scope(local.scope).resource_group_name
}
