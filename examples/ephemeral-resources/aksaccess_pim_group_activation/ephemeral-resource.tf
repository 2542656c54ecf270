data "aksaccess_client_config" "current" {}

variable "admins" {
  description = "Object ID of the group whose membership this run needs."
  type        = string
  default     = null
}

# Whoever Terraform signs in as is a member of the administrators for half an hour, if the run asks for it.
ephemeral "aksaccess_pim_group_activation" "admins" {
  count = var.admins == null ? 0 : 1

  group_id      = var.admins
  duration      = "PT30M"
  justification = "Deployment"
}
