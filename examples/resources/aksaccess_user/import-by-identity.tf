# Terraform 1.12 and newer, OpenTofu 1.12 and newer.
import {
  to = aksaccess_user.anna
  identity = {
    id = "55555555-5555-5555-5555-555555555555"
  }
}
