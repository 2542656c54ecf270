import {
  to = aksaccess_administrative_unit_member.anna
  id = "00000000-0000-0000-0000-000000000000/11111111-1111-1111-1111-111111111111"
}
