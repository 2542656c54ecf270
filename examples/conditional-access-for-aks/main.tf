# Conditional access for clusters of the Azure Kubernetes Service (AKS), as in Microsoft's article "Cluster access control with AKS-managed Microsoft Entra
# integration": administrators get in from a device that is marked as compliant, and from no other. Then, in every plan, it is verified.

terraform {
  required_providers {
    aksaccess = {
      source = "aksaccess/aksaccess"
    }
  }
}

variable "administrators" {
  description = "Object IDs of the users who administer clusters."
  type        = list(string)
}

variable "emergency_access" {
  description = "Object IDs of users or groups that no policy may keep out."
  type        = list(string)
  default     = []
}

provider "aksaccess" {
  emergency_access_principals = var.emergency_access
}

# The group with administrator access to the cluster.
resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_group_members" "admins" {
  group_id = aksaccess_group.admins.id
  members  = var.administrators
}

# Users and groups: the administrators. Cloud apps: Azure Kubernetes Service Microsoft Entra Server. Grant: require device to be marked as compliant, require
# all the selected controls. Enable policy: on.
resource "aksaccess_conditional_access_policy" "aks" {
  display_name = "aks-policy"
  state        = "enabled"

  conditions {
    users { included_groups = [aksaccess_group.admins.id] }
    applications { included_applications = ["AKS"] }
  }

  grant_controls {
    operator          = "AND"
    built_in_controls = ["compliantDevice"]
  }
}

# Before anybody signs in: what would the service say to each administrator?
data "aksaccess_conditional_access_evaluation" "administrators" {
  for_each = toset(aksaccess_group_members.admins.members)

  user_id         = each.value
  applications    = ["AKS"]
  client_app_type = "mobileAppsAndDesktopClients"

  depends_on = [aksaccess_conditional_access_policy.aks]
}

check "every_administrator_needs_a_compliant_device" {
  assert {
    condition = alltrue([
      for evaluation in data.aksaccess_conditional_access_evaluation.administrators :
      contains(evaluation.applied_policy_ids, aksaccess_conditional_access_policy.aks.id)
    ])
    error_message = "The policy does not apply to all administrators."
  }
}

# After somebody signed in: the log says what the policy made of it.
data "aksaccess_sign_ins" "clusters" {
  resource_application_id = "AKS"
  since                   = aksaccess_conditional_access_policy.aks.created_date_time
}

locals {
  # What the policy came to in each sign-in of an administrator.
  results = {
    for sign_in in data.aksaccess_sign_ins.clusters.sign_ins : sign_in.id => {
      who       = sign_in.user_principal_name
      let_in    = sign_in.status.error_code == 0
      result    = one([for policy in sign_in.conditional_access_policies : policy.result if policy.id == aksaccess_conditional_access_policy.aks.id])
      compliant = sign_in.device.is_compliant
    } if contains(var.administrators, sign_in.user_id)
  }
}

check "nobody_got_in_without_the_policy" {
  assert {
    condition     = alltrue([for sign_in in local.results : sign_in.result == "success" if sign_in.let_in])
    error_message = "An administrator signed in to a cluster, and the policy was not satisfied."
  }
}

output "let_in" {
  description = "Administrators who signed in to a cluster."
  value       = sort([for sign_in in local.results : sign_in.who if sign_in.let_in])
}

output "kept_out" {
  description = "Administrators whom the policy kept out."
  value       = sort([for sign_in in local.results : sign_in.who if sign_in.result == "failure"])
}
