resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

data "aksaccess_pim_group_policy" "admins" {
  group_id = aksaccess_group.admins.id
}

output "longest_activation" {
  value = data.aksaccess_pim_group_policy.admins.activation.maximum_duration
}
