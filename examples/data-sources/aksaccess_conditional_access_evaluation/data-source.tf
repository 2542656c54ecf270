resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_user" "anna" {
  user_principal_name = "anna@contoso.com"
  display_name        = "Anna"
}

resource "aksaccess_group_member" "anna" {
  group_id  = aksaccess_group.admins.id
  member_id = aksaccess_user.anna.id
}

resource "aksaccess_conditional_access_policy" "aks" {
  display_name = "aks-policy"
  state        = "enabled"

  conditions {
    users { included_groups = [aksaccess_group.admins.id] }
    applications { included_applications = ["AKS"] }
  }

  grant_controls { built_in_controls = ["compliantDevice"] }
}

# What would happen if Anna signed in to a cluster?
data "aksaccess_conditional_access_evaluation" "anna" {
  user_id         = aksaccess_group_member.anna.member_id
  applications    = ["AKS"]
  client_app_type = "mobileAppsAndDesktopClients"
  device_platform = "linux"

  depends_on = [aksaccess_conditional_access_policy.aks]
}

check "administrators_need_a_managed_device" {
  assert {
    condition     = contains(data.aksaccess_conditional_access_evaluation.anna.grant_controls, "compliantDevice")
    error_message = "Anna could use a cluster from any device."
  }
}
