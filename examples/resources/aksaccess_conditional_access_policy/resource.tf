resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_group" "emergency_access" {
  display_name = "emergency-access"
}

# Administrators of AKS clusters use a managed device.
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

# Everybody signs in with two factors, and again after a day on a device that nobody manages. Only reported for now.
resource "aksaccess_conditional_access_policy" "mfa" {
  display_name = "mfa-for-all"
  state        = "enabledForReportingButNotEnforced"

  conditions {
    users {
      included_users  = ["All"]
      excluded_groups = [aksaccess_group.emergency_access.id]
    }
    applications { included_applications = ["All"] }
    devices {
      filter {
        mode = "exclude"
        rule = "device.isCompliant -eq True"
      }
    }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }

  session_controls {
    sign_in_frequency        = 1
    sign_in_frequency_period = "days"
  }
}
