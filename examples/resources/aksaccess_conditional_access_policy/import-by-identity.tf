# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_conditional_access_policy.aks
  identity = {
    id = "22222222-2222-2222-2222-222222222222"
  }
}
