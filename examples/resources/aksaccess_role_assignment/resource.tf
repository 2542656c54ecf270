data "aksaccess_cluster" "production" {
  name                = "myManagedCluster"
  resource_group_name = "myResourceGroup"
}

resource "aksaccess_group" "developers" {
  display_name = "aks-developers"
}

# Fetch the credentials of the cluster.
resource "aksaccess_role_assignment" "developers_enter" {
  principal_id = aksaccess_group.developers.id
  role         = "Azure Kubernetes Service Cluster User Role"
  cluster_id   = data.aksaccess_cluster.production.id
}

# Work in one of its namespaces.
resource "aksaccess_role_assignment" "developers_work" {
  principal_id = aksaccess_group.developers.id
  role         = "Azure Kubernetes Service RBAC Writer"
  cluster_id   = data.aksaccess_cluster.production.id
  namespace    = "payments"
  description  = "Developers of the payments service"
}

resource "aksaccess_group" "team_leads" {
  display_name = "aks-team-leads"
}

# Give roles in that namespace on, but only to groups, and only those that read or write there.
resource "aksaccess_role_assignment" "team_leads_delegate" {
  principal_id = aksaccess_group.team_leads.id
  role         = "Role Based Access Control Administrator"
  cluster_id   = data.aksaccess_cluster.production.id
  namespace    = "payments"

  condition = <<-EOT
    (
      !(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})
      OR
      (
        @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]
          ForAnyOfAnyValues:GuidEquals {7f6c6a51-bcf8-42ba-9220-52d62157d7db, a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb}
        AND
        @Request[Microsoft.Authorization/roleAssignments:PrincipalType]
          ForAnyOfAnyValues:StringEqualsIgnoreCase {'Group'}
      )
    )
    AND
    (
      !(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})
      OR
      @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId]
        ForAnyOfAnyValues:GuidEquals {7f6c6a51-bcf8-42ba-9220-52d62157d7db, a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb}
    )
  EOT
}
