# Just-in-time access to a whole cluster and to single namespaces, as in Microsoft's article "Cluster access control with AKS-managed Microsoft Entra integration",
# section "Configure just-in-time cluster access with Microsoft Entra ID and AKS".
#
# A role-assignable group administers the cluster, and somebody is an active member of it for a while, with a justification. Each namespace has a group of its
# own, whose membership a team can activate. Privileged Identity Management needs Microsoft Entra ID P2 or Microsoft Entra ID Governance.

terraform {
  required_providers {
    aksaccess = {
      source = "aksaccess/aksaccess"
    }
  }
}

variable "resource_group_name" {
  type    = string
  default = "myResourceGroup"
}

variable "cluster_name" {
  type    = string
  default = "myManagedCluster"
}

variable "domain" {
  description = "A domain of the tenant, for the name of the user."
  type        = string
  default     = "contoso.com"
}

variable "namespaces" {
  description = "Namespaces of the cluster that are entered just in time."
  type        = set(string)
  default     = ["payments", "checkout"]
}

data "aksaccess_cluster" "this" {
  name                = var.cluster_name
  resource_group_name = var.resource_group_name
}

# Administrators of the cluster: an active assignment of two weeks, given with a reason.

resource "aksaccess_group" "jit" {
  display_name       = "myJITGroup"
  assignable_to_role = true
}

resource "aksaccess_cluster_aad_profile" "this" {
  cluster_id         = data.aksaccess_cluster.this.id
  admin_group_ids    = [aksaccess_group.jit.id]
  azure_rbac_enabled = true
}

resource "aksaccess_user" "on_call" {
  display_name        = "Anna Adler"
  user_principal_name = "anna@${var.domain}"
}

resource "aksaccess_pim_group_assignment" "on_call" {
  group_id     = aksaccess_group.jit.id
  principal_id = aksaccess_user.on_call.id

  justification = "On call"

  expiration {
    duration = "P14D"
  }
}

# Namespaces: the team is eligible for a group that reads one of them, and an activation lasts two hours.

resource "aksaccess_group" "team" {
  display_name = "developers"
}

resource "aksaccess_group" "namespace" {
  for_each     = var.namespaces
  display_name = "${var.cluster_name}-${each.key}-readers"
}

resource "aksaccess_role_assignment" "namespace" {
  for_each     = var.namespaces
  principal_id = aksaccess_group.namespace[each.key].id
  role         = "Azure Kubernetes Service RBAC Reader"
  cluster_id   = data.aksaccess_cluster.this.id
  namespace    = each.key
}

resource "aksaccess_pim_group_policy" "namespace" {
  for_each = var.namespaces
  group_id = aksaccess_group.namespace[each.key].id

  activation {
    maximum_duration      = "PT2H"
    require_justification = true
    require_ticket        = true
  }
}

resource "aksaccess_pim_group_eligibility" "namespace" {
  for_each     = var.namespaces
  group_id     = aksaccess_group.namespace[each.key].id
  principal_id = aksaccess_group.team.id
  renew_before = "P14D"

  expiration {
    duration = "P90D"
  }
}
