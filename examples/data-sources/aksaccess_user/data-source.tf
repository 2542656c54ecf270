# Made elsewhere, as a rule; here so that the example works by itself.
resource "aksaccess_user" "anna" {
  user_principal_name = "anna@contoso.com"
  display_name        = "Anna Adler"
}

data "aksaccess_user" "anna" {
  user_principal_name = "anna@contoso.com"

  depends_on = [aksaccess_user.anna]
}

output "anna" {
  value = data.aksaccess_user.anna.id
}
