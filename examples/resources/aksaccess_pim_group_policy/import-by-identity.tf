# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_pim_group_policy.admins
  identity = {
    group_id = "00000000-0000-0000-0000-000000000000"
    access   = "member"
  }
}
