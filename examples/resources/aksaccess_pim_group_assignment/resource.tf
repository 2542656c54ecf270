resource "aksaccess_group" "operators" {
  display_name = "aks-operators"
}

resource "aksaccess_user" "anna" {
  user_principal_name = "anna@contoso.com"
  display_name        = "Anna Adler"
}

# Anna is a member for two weeks, from now on.
resource "aksaccess_pim_group_assignment" "anna" {
  group_id     = aksaccess_group.operators.id
  principal_id = aksaccess_user.anna.id

  justification = "On call"

  expiration {
    duration = "P14D"
  }

  ticket {
    number = "CHG-1042"
    system = "Service desk"
  }
}
