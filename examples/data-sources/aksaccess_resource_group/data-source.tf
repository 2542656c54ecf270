data "aksaccess_resource_group" "clusters" {
  name = "myResourceGroup"
}

resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
}

resource "aksaccess_role_assignment" "readers" {
  principal_id = aksaccess_group.readers.id
  role         = "Reader"
  scope        = data.aksaccess_resource_group.clusters.id
}
