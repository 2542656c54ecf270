# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_user" "all" {
  provider = aksaccess

  config {
    user_type = "Member"
  }
}
