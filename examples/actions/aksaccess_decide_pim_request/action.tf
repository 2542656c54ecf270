# Terraform 1.14 and newer: `terraform apply -invoke=action.aksaccess_decide_pim_request.anna -var request=<id>`, signed in as an approver.
variable "request" {
  type        = string
  description = "ID of the request, as the data source aksaccess_pim_activation_requests lists it."
}

action "aksaccess_decide_pim_request" "anna" {
  config {
    request_id    = var.request
    decision      = "approve"
    justification = "Anna has the change request"
  }
}
