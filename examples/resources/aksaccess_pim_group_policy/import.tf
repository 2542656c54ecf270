import {
  to = aksaccess_pim_group_policy.admins
  id = "00000000-0000-0000-0000-000000000000/member"
}
