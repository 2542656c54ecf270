# A generated password, kept in state as a sensitive value, which must be changed at the first sign-in.
resource "aksaccess_user" "anna" {
  user_principal_name   = "anna@contoso.com"
  display_name          = "Anna Adler"
  given_name            = "Anna"
  surname               = "Adler"
  department            = "Platform"
  usage_location        = "DE"
  force_password_change = true
}

# Somebody with a manager, who is brought back from the bin if deleted before, and removed for good in the end.
resource "aksaccess_user" "ben" {
  user_principal_name = "ben@contoso.com"
  display_name        = "Ben Bauer"
  manager_id          = aksaccess_user.anna.id
  restore_deleted     = true
  on_destroy          = "purge"
}

# A password that is stored nowhere (Terraform or OpenTofu 1.11 and newer).
variable "password" {
  type      = string
  sensitive = true
  default   = "Correct-Horse-1"
}

resource "aksaccess_user" "carl" {
  user_principal_name = "carl@contoso.com"
  display_name        = "Carl Conrad"
  password_wo         = var.password
  password_wo_version = 1
}
