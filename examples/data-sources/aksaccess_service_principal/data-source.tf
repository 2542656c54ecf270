# The service behind the sign-in to clusters, which has the same client ID in every tenant.
data "aksaccess_service_principal" "aks" {
  client_id = "6dae42f8-4368-4678-94ff-3960e28e3630"
}

output "object_id" {
  value = data.aksaccess_service_principal.aks.id
}
