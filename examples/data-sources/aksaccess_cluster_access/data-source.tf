data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

data "aksaccess_cluster_access" "payments" {
  cluster_id = data.aksaccess_cluster.production.id
  namespace  = "payments"
}

# Who can do something in the namespace, and who could after an activation.
output "people" {
  value = {
    for access in data.aksaccess_cluster_access.payments.access :
    access.principal_name => access.eligible ? "${access.role_name}, when activated" : access.role_name...
    if contains(access.reaches, "kubernetes")
  }
}
