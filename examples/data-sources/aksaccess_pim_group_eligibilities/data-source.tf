resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

# Who can activate the membership of the administrators.
data "aksaccess_pim_group_eligibilities" "admins" {
  group_id = aksaccess_group.admins.id
  access   = "member"
}

output "eligible" {
  value = { for it in data.aksaccess_pim_group_eligibilities.admins.eligibilities : it.principal_id => it.end }
}
