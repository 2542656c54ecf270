import {
  to = aksaccess_user.anna
  id = "anna@contoso.com"
}
