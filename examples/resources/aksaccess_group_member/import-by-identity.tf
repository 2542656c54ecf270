# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_group_member.anna
  identity = {
    group_id  = "00000000-0000-0000-0000-000000000000"
    member_id = "11111111-1111-1111-1111-111111111111"
  }
}
