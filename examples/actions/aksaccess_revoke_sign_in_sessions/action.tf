# Terraform 1.14 and newer.
resource "aksaccess_group" "operators" {
  display_name = "aks-operators"
}

resource "aksaccess_conditional_access_policy" "operators" {
  display_name = "AKS operators use multifactor authentication"
  state        = "enabledForReportingButNotEnforced"

  conditions {
    client_app_types = ["all"]
    users {
      included_groups = [aksaccess_group.operators.id]
    }
    applications {
      included_applications = ["AKS"]
    }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }

  # Members who are signed in sign in again, and meet the policy.
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.aksaccess_revoke_sign_in_sessions.operators]
    }
  }
}

action "aksaccess_revoke_sign_in_sessions" "operators" {
  config {
    group_id = aksaccess_group.operators.id
  }
}
