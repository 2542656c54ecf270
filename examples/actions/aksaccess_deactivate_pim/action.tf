# Terraform 1.14 and newer: `terraform apply -invoke=action.aksaccess_deactivate_pim.operators`, signed in as a user.
action "aksaccess_deactivate_pim" "operators" {
  config {
    group_id = "00000000-0000-0000-0000-000000000000"
  }
}
