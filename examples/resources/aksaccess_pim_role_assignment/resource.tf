data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_group" "operators" {
  display_name = "aks-operators"
}

# Operators scale a node pool for two weeks.
resource "aksaccess_pim_role_assignment" "operators" {
  principal_id = aksaccess_group.operators.id
  role         = "Contributor"
  cluster_id   = data.aksaccess_cluster.production.id
  node_pool    = "nodepool1"

  justification = "Migration of the node pool"

  expiration {
    duration = "P14D"
  }
}
