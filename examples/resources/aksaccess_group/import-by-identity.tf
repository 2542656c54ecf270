# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_group.admins
  identity = {
    id = "00000000-0000-0000-0000-000000000000"
  }
}
