# What Privileged Identity Management, or an application, can ask for before a role is activated.
resource "aksaccess_authentication_context" "elevation" {
  id           = "c12"
  display_name = "Elevation"
  description  = "Before somebody becomes an administrator of a cluster"
}

resource "aksaccess_group" "eligible" {
  display_name = "aks-eligible"
}

resource "aksaccess_conditional_access_policy" "elevation" {
  display_name = "elevation-with-a-strong-sign-in"
  state        = "enabled"

  conditions {
    users { included_groups = [aksaccess_group.eligible.id] }
    applications { included_authentication_context_class_references = [aksaccess_authentication_context.elevation.id] }
  }

  # Resistant to phishing: built in.
  grant_controls { authentication_strength_policy_id = "00000000-0000-0000-0000-000000000004" }
  session_controls { sign_in_frequency_interval = "everyTime" }
}
