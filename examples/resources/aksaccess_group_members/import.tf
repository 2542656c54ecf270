import {
  to = aksaccess_group_members.operators
  id = "00000000-0000-0000-0000-000000000000"
}
