# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_named_location" "all" {
  provider = aksaccess
}
