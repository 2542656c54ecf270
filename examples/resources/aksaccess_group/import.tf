import {
  to = aksaccess_group.admins
  id = "00000000-0000-0000-0000-000000000000"
}
