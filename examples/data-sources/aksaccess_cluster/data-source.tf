data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

# Whether Azure roles count inside of the cluster, and whether anybody can go past them.
output "azure_rbac" {
  value = try(data.aksaccess_cluster.production.aad_profile.azure_rbac_enabled, false)
}

output "local_accounts_disabled" {
  value = data.aksaccess_cluster.production.local_accounts_disabled
}
