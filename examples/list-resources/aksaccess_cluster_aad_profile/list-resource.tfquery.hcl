# Terraform 1.14 and newer: `terraform query -generate-config-out=generated.tf` writes resources and import blocks.
list "aksaccess_cluster_aad_profile" "all" {
  provider = aksaccess

  config {
    resource_group_name = "myResourceGroup"
  }
}
