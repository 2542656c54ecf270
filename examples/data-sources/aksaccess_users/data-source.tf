# Made elsewhere, as a rule; here so that the example works by itself.
resource "aksaccess_user" "team" {
  for_each            = toset(["anna", "ben"])
  user_principal_name = "${each.key}@contoso.com"
  display_name        = each.key
}

# Hundreds of names in a few requests, in the order in which they are given.
data "aksaccess_users" "team" {
  user_principal_names = ["ben@contoso.com", "anna@contoso.com"]

  depends_on = [aksaccess_user.team]
}

output "ids" {
  value = data.aksaccess_users.team.ids
}
