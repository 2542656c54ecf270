data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_cluster_aad_profile" "production" {
  cluster_id              = data.aksaccess_cluster.production.id
  admin_group_ids         = [aksaccess_group.admins.id]
  azure_rbac_enabled      = true
  local_accounts_disabled = true
}
