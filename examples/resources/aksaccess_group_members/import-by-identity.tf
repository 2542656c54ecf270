# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_group_members.operators
  identity = {
    group_id = "00000000-0000-0000-0000-000000000000"
  }
}
