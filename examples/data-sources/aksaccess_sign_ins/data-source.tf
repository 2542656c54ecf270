# Who was kept out of clusters lately, and by which policy?
data "aksaccess_sign_ins" "kept_out" {
  resource_application_id   = "AKS"
  conditional_access_status = "failure"
  limit                     = 20
}

output "kept_out" {
  value = [
    for sign_in in data.aksaccess_sign_ins.kept_out.sign_ins : {
      who      = sign_in.user_principal_name
      when     = sign_in.created_date_time
      policies = [for policy in sign_in.conditional_access_policies : policy.display_name if policy.result == "failure"]
    }
  ]
}
