# One of the three that every tenant has.
data "aksaccess_authentication_strength_policy" "phishing_resistant" {
  id = "00000000-0000-0000-0000-000000000004"
}

output "methods" {
  value = data.aksaccess_authentication_strength_policy.phishing_resistant.allowed_combinations
}
