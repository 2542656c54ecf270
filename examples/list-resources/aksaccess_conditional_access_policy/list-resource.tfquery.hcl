# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_conditional_access_policy" "all" {
  provider = aksaccess

  config {
    state = "enabled"
  }
}
