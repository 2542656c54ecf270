# The group behind a role of the cluster.
resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
}

# Teams, whose members may read.
resource "aksaccess_group" "team" {
  for_each     = toset(["payments", "checkout"])
  display_name = "team-${each.key}"
}

# Each team is a member. Whoever else is a member stays one.
resource "aksaccess_group_member" "reader" {
  for_each  = aksaccess_group.team
  group_id  = aksaccess_group.readers.id
  member_id = each.value.id
}
