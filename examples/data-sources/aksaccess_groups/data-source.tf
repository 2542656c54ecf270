# Made elsewhere, as a rule; here so that the example works by itself.
resource "aksaccess_group" "of_cluster" {
  for_each     = toset(["aks-admins", "aks-readers"])
  display_name = each.key
}

# Many names in one go; `ignore_missing` leaves out those that are not there.
data "aksaccess_groups" "named" {
  display_names  = ["aks-admins", "aks-readers", "aks-visitors"]
  ignore_missing = true

  depends_on = [aksaccess_group.of_cluster]
}

# Or everything that begins alike.
data "aksaccess_groups" "all" {
  display_name_prefix = "aks-"
  security_enabled    = true

  depends_on = [aksaccess_group.of_cluster]
}

output "group_ids" {
  value = data.aksaccess_groups.named.ids
}
