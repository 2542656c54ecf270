# Security keys of two models, or a certificate of our own authority.
resource "aksaccess_authentication_strength_policy" "keys" {
  display_name          = "Company keys"
  description           = "Security keys and smart cards that we hand out"
  allowed_combinations  = ["fido2", "x509CertificateMultiFactor"]
  fido2_allowed_aaguids = ["2fc0579f-8113-47ea-b116-bb5a8db9202a", "d8522d9f-575b-4866-88a9-ba99fa02f35b"]

  x509_certificate_multi_factor {
    allowed_issuer_skis = ["9A4248C6AC8C2931AB2A86537818E92E7B6C97B6"]
  }
}

resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_conditional_access_policy" "keys" {
  display_name = "aks-with-keys"
  state        = "enabled"

  conditions {
    users { included_groups = [aksaccess_group.admins.id] }
    applications { included_applications = ["AKS"] }
  }

  grant_controls { authentication_strength_policy_id = aksaccess_authentication_strength_policy.keys.id }
}
