data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

data "aksaccess_pim_role_eligibilities" "production" {
  cluster_id = data.aksaccess_cluster.production.id
}

output "eligibilities" {
  value = { for it in data.aksaccess_pim_role_eligibilities.production.eligibilities : it.principal_id => it.role_name... }
}
