data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

data "aksaccess_pim_role_policy" "admins" {
  role       = "Azure Kubernetes Service RBAC Admin"
  cluster_id = data.aksaccess_cluster.production.id
}

output "longest_activation" {
  value = data.aksaccess_pim_role_policy.admins.activation.maximum_duration
}
