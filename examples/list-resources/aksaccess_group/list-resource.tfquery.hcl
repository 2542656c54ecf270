# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_group" "all" {
  provider = aksaccess

  config {
    display_name_prefix = "aks-"
    security_enabled    = true
  }
}
