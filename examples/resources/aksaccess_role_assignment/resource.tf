data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_group" "developers" {
  display_name = "aks-developers"
}

# Fetch the credentials of the cluster.
resource "aksaccess_role_assignment" "developers_enter" {
  principal_id = aksaccess_group.developers.id
  role         = "Azure Kubernetes Service Cluster User Role"
  cluster_id   = data.aksaccess_cluster.production.id
}

# Work in one of its namespaces.
resource "aksaccess_role_assignment" "developers_work" {
  principal_id = aksaccess_group.developers.id
  role         = "Azure Kubernetes Service RBAC Writer"
  cluster_id   = data.aksaccess_cluster.production.id
  namespace    = "payments"
  description  = "Developers of the payments service"
}
