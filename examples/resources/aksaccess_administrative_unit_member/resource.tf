# The group behind a role of the cluster.
resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
}

# The administrators of this administrative unit manage the group.
resource "aksaccess_administrative_unit_member" "readers" {
  administrative_unit_id = "00000000-0000-0000-0000-000000000000"
  member_id              = aksaccess_group.readers.id
}
