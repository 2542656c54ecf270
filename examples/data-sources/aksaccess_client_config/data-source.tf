data "aksaccess_client_config" "current" {}

output "administrator" {
  value = data.aksaccess_client_config.current.object_id
}
