# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_authentication_strength_policy.keys
  identity = {
    id = "44444444-4444-4444-4444-444444444444"
  }
}
