# Made elsewhere, as a rule; here so that the example works by itself.
resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
}

data "aksaccess_group" "readers" {
  display_name    = aksaccess_group.readers.display_name
  include_members = true

  depends_on = [aksaccess_group.readers]
}

output "members" {
  value = data.aksaccess_group.readers.members
}
