resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

# Who waits for an approval, and why.
data "aksaccess_pim_activation_requests" "admins" {
  group_id = aksaccess_group.admins.id
}

output "waiting" {
  value = { for it in data.aksaccess_pim_activation_requests.admins.requests : it.principal_id => it.justification }
}
