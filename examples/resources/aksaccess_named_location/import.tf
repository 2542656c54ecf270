import {
  to = aksaccess_named_location.offices
  id = "33333333-3333-3333-3333-333333333333"
}
