import {
  to = aksaccess_authentication_context.elevation
  id = "c12"
}
