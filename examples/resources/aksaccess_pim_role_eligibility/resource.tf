data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_group" "developers" {
  display_name = "aks-developers"
}

# Developers can activate the administration of one namespace.
resource "aksaccess_pim_role_eligibility" "developers" {
  principal_id = aksaccess_group.developers.id
  role         = "Azure Kubernetes Service RBAC Admin"
  cluster_id   = data.aksaccess_cluster.production.id
  namespace    = "payments"

  renew_before  = "P30D"
  justification = "Payments team"

  expiration {
    duration = "P180D"
  }
}
