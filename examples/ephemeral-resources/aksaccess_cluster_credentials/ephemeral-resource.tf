data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

ephemeral "aksaccess_cluster_credentials" "production" {
  cluster_id = data.aksaccess_cluster.production.id
}

# What another provider needs of it:
#
# provider "kubernetes" {
#   host                   = ephemeral.aksaccess_cluster_credentials.production.host
#   cluster_ca_certificate = ephemeral.aksaccess_cluster_credentials.production.cluster_ca_certificate
#
#   exec {
#     api_version = ephemeral.aksaccess_cluster_credentials.production.exec.api_version
#     command     = ephemeral.aksaccess_cluster_credentials.production.exec.command
#     args        = ephemeral.aksaccess_cluster_credentials.production.exec.args
#   }
# }
