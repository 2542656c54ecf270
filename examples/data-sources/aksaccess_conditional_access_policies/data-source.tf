# Everything that is in force for AKS clusters by name.
data "aksaccess_conditional_access_policies" "aks" {
  state                = "enabled"
  included_application = "AKS"
}

output "policies_of_aks" {
  value = { for policy in data.aksaccess_conditional_access_policies.aks.policies : policy.display_name => policy.conditions.users }
}
