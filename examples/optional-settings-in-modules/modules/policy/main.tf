terraform {
  required_providers {
    aksaccess = { source = "aksaccess/aksaccess" }
  }
}

variable "group_id" {
  description = "Object ID of the group."
  type        = string
}

variable "activation" {
  description = "Conditions of an activation. What is left out stays as the service has it."
  type = object({
    maximum_duration   = optional(string)
    require_ticket     = optional(bool)
    approver_group_ids = optional(list(string))
  })
  default = null
}

resource "aksaccess_pim_group_policy" "this" {
  group_id = var.group_id

  # The blocks of a policy are always written: one in which every argument is null is the same as none.
  activation {
    maximum_duration = try(var.activation.maximum_duration, null)
    require_ticket   = try(var.activation.require_ticket, null)
    require_approval = try(var.activation.approver_group_ids, null) == null ? null : true

    approvers {
      group_ids = try(var.activation.approver_group_ids, null)
    }
  }
}
