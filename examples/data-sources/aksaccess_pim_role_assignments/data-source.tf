data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

data "aksaccess_pim_role_assignments" "production" {
  cluster_id = data.aksaccess_cluster.production.id
}

output "assignments" {
  value = { for it in data.aksaccess_pim_role_assignments.production.assignments : it.principal_id => it.role_name... }
}
