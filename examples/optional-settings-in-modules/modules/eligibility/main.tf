terraform {
  required_providers {
    aksaccess = { source = "aksaccess/aksaccess" }
  }
}

variable "group_id" {
  description = "Object ID of the group."
  type        = string
}

variable "principal_id" {
  description = "Object ID of the user or group that becomes eligible."
  type        = string
}

variable "ticket" {
  description = "Ticket recorded with the request."
  type = object({
    number = string
    system = string
  })
  default = null
}

resource "aksaccess_pim_group_eligibility" "this" {
  group_id     = var.group_id
  principal_id = var.principal_id

  expiration {
    duration = "P180D"
  }

  # The block is there if the variable has a value: `[*]` makes a list of none of null, and of one of anything else.
  dynamic "ticket" {
    for_each = var.ticket[*]

    content {
      number = ticket.value.number
      system = ticket.value.system
    }
  }
}
