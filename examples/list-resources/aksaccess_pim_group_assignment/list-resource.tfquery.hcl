# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_pim_group_assignment" "all" {
  provider = aksaccess

  config {
    group_id = "00000000-0000-0000-0000-000000000000"
  }
}
