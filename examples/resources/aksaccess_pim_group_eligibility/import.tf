import {
  to = aksaccess_pim_group_eligibility.developers
  id = "00000000-0000-0000-0000-000000000000/member/11111111-1111-1111-1111-111111111111"
}
