# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_named_location.offices
  identity = {
    id = "33333333-3333-3333-3333-333333333333"
  }
}
