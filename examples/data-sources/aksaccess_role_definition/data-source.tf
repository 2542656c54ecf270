data "aksaccess_role_definition" "reader" {
  role = "Azure Kubernetes Service RBAC Reader"
}

# What may its holder do inside of a cluster?
output "data_actions" {
  value = data.aksaccess_role_definition.reader.permissions[0].data_actions
}
