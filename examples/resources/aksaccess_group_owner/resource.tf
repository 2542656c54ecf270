# The group behind a role of the cluster, which this configuration makes.
resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
}

# Who decides on its members. Owners that others add stay owners.
resource "aksaccess_user" "owner" {
  for_each            = toset(["anna", "ben"])
  user_principal_name = "${each.key}@contoso.com"
  display_name        = title(each.key)
}

resource "aksaccess_group_owner" "readers" {
  for_each = aksaccess_user.owner
  group_id = aksaccess_group.readers.id
  owner_id = each.value.id
}
