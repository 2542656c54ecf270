data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

# Everybody with a role at the cluster, above it, or in one of its namespaces, which the Azure portal does not show.
data "aksaccess_role_assignments" "production" {
  cluster_id       = data.aksaccess_cluster.production.id
  include_children = true
}

output "by_namespace" {
  value = {
    for assignment in data.aksaccess_role_assignments.production.assignments :
    assignment.namespace => assignment.principal_id... if assignment.namespace != null
  }
}
