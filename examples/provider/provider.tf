terraform {
  required_providers {
    aksaccess = {
      source = "aksaccess/aksaccess"
    }
  }
}

# Tenant, application and secret come from ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.
provider "aksaccess" {}
