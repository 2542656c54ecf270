data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_group" "approvers" {
  display_name = "aks-approvers"
}

# Whoever activates the administration of the cluster needs an approval, and has it for four hours at most.
resource "aksaccess_pim_role_policy" "admins" {
  role       = "Azure Kubernetes Service RBAC Cluster Admin"
  cluster_id = data.aksaccess_cluster.production.id

  activation {
    maximum_duration = "PT4H"
    require_approval = true
    approvers {
      group_ids = [aksaccess_group.approvers.id]
    }
  }

  eligible_assignment {
    maximum_duration = "P180D"
  }
}
