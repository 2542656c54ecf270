import {
  to = aksaccess_authentication_strength_policy.keys
  id = "44444444-4444-4444-4444-444444444444"
}
