# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_authentication_context.elevation
  identity = {
    id = "c12"
  }
}
