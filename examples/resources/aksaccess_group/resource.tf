# Standing read access: members are added elsewhere.
resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
  description  = "Read access to the production cluster"
}

# Administrators: the group can be given roles, and nobody else may have its name.
resource "aksaccess_group" "admins" {
  display_name            = "aks-admins"
  assignable_to_role      = true
  prevent_duplicate_names = true

  timeouts {
    create = "15m"
  }
}

# Everybody of a department, kept up to date by the service.
resource "aksaccess_group" "platform" {
  display_name = "aks-platform"

  dynamic_membership {
    enabled = true
    rule    = "user.department -eq \"Platform\""
  }
}
