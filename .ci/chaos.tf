# The configuration of .ci/chaos: every resource, each at least once.

terraform {
  required_providers {
    aksaccess = { source = "aksaccess/aksaccess" }
  }
}

variable "foreign" { type = list(string) }
variable "unit" { type = string }

data "aksaccess_cluster" "this" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_user" "u" {
  display_name        = "chaos user"
  user_principal_name = "chaos@contoso.com"
  job_title           = "Engineer"
}

resource "aksaccess_group" "readers" {
  display_name = "chaos readers"
  description  = "Reads"
}

resource "aksaccess_group" "admins" {
  display_name       = "chaos admins"
  assignable_to_role = true
  owners             = [var.foreign[0]]
}

resource "aksaccess_group" "operators" {
  display_name = "chaos operators"
}

resource "aksaccess_group_member" "m" {
  for_each  = { u = aksaccess_user.u.id, a = var.foreign[1], b = var.foreign[2] }
  group_id  = aksaccess_group.readers.id
  member_id = each.value
}

resource "aksaccess_group_members" "all" {
  group_id = aksaccess_group.operators.id
  members  = [aksaccess_user.u.id, var.foreign[1], var.foreign[2]]
}

resource "aksaccess_group_owner" "o" {
  group_id = aksaccess_group.readers.id
  owner_id = aksaccess_user.u.id
}

resource "aksaccess_administrative_unit_member" "m" {
  administrative_unit_id = var.unit
  member_id              = aksaccess_group.readers.id
}

resource "aksaccess_role_assignment" "reader" {
  for_each     = toset(["payments", "checkout"])
  principal_id = aksaccess_group.readers.id
  role         = "Azure Kubernetes Service RBAC Reader"
  cluster_id   = data.aksaccess_cluster.this.id
  namespace    = each.key
}

resource "aksaccess_cluster_aad_profile" "this" {
  cluster_id              = data.aksaccess_cluster.this.id
  admin_group_ids         = [aksaccess_group.admins.id]
  azure_rbac_enabled      = true
  local_accounts_disabled = true
}

resource "aksaccess_pim_group_policy" "operators" {
  group_id = aksaccess_group.operators.id

  activation {
    maximum_duration      = "PT2H"
    require_justification = true
  }
}

resource "aksaccess_pim_group_eligibility" "operators" {
  group_id     = aksaccess_group.operators.id
  principal_id = aksaccess_group.readers.id

  expiration {
    duration = "P90D"
  }
}

resource "aksaccess_pim_group_assignment" "admins" {
  group_id      = aksaccess_group.admins.id
  principal_id  = aksaccess_user.u.id
  justification = "chaos"

  expiration {
    duration = "P14D"
  }
}

resource "aksaccess_pim_role_policy" "admin" {
  role       = "Azure Kubernetes Service RBAC Cluster Admin"
  cluster_id = data.aksaccess_cluster.this.id

  activation {
    maximum_duration = "PT4H"
  }
}

resource "aksaccess_pim_role_eligibility" "admin" {
  principal_id = aksaccess_group.readers.id
  role         = "Azure Kubernetes Service RBAC Admin"
  cluster_id   = data.aksaccess_cluster.this.id

  expiration {
    duration = "P180D"
  }
}

resource "aksaccess_pim_role_assignment" "admin" {
  principal_id  = aksaccess_group.operators.id
  role          = "Contributor"
  cluster_id    = data.aksaccess_cluster.this.id
  node_pool     = "nodepool1"
  justification = "chaos"

  expiration {
    duration = "P14D"
  }
}

resource "aksaccess_named_location" "office" {
  display_name = "chaos office"

  ip {
    ip_ranges = ["203.0.113.0/24"]
    trusted   = true
  }
}

resource "aksaccess_authentication_strength_policy" "strong" {
  display_name         = "chaos strength"
  allowed_combinations = ["fido2"]
}

resource "aksaccess_authentication_context" "context" {
  id           = "c7"
  display_name = "chaos context"
  description  = "Chaos"
}

resource "aksaccess_conditional_access_policy" "policy" {
  display_name = "chaos policy"
  state        = "enabledForReportingButNotEnforced"

  conditions {
    users { included_groups = [aksaccess_group.readers.id] }
    applications { included_applications = ["AKS"] }

    locations {
      included_locations = ["All"]
      excluded_locations = [aksaccess_named_location.office.id]
    }
  }

  grant_controls { authentication_strength_policy_id = aksaccess_authentication_strength_policy.strong.id }
}

resource "aksaccess_conditional_access_policy" "context" {
  display_name = "chaos context policy"
  state        = "enabledForReportingButNotEnforced"

  conditions {
    users { included_groups = [aksaccess_group.operators.id] }
    applications { included_authentication_context_class_references = [aksaccess_authentication_context.context.id] }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }
}
