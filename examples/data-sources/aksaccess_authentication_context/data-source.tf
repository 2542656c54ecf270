resource "aksaccess_authentication_context" "elevation" {
  id           = "c12"
  display_name = "Elevation"
}

data "aksaccess_authentication_context" "elevation" {
  display_name = "Elevation"
  depends_on   = [aksaccess_authentication_context.elevation]
}

output "elevation" {
  value = data.aksaccess_authentication_context.elevation.id
}
