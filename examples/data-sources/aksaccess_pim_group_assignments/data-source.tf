resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

data "aksaccess_pim_group_assignments" "admins" {
  group_id = aksaccess_group.admins.id
}

# Who is an administrator now because they activated it, and until when.
output "activated" {
  value = { for it in data.aksaccess_pim_group_assignments.admins.assignments : it.principal_id => it.end if it.activated }
}
