import {
  to = aksaccess_conditional_access_policy.aks
  id = "22222222-2222-2222-2222-222222222222"
}
