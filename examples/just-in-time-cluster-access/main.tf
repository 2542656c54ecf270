# Administrator access to a cluster that is requested just in time, approved by somebody else and gone after some hours. This is the whole of Microsoft's article
# "Use Privileged Identity Management (PIM) to control access to your Azure Kubernetes Service (AKS) clusters"
# (learn.microsoft.com/azure/aks/privileged-identity-management): groups, users and roles as in `../aks-groups-and-roles`, and what the article does in the
# portal then.
#
# The default group reads the cluster every day. Its members can activate the membership of the admin group, if a member of the approver group approves.
# Privileged Identity Management needs Microsoft Entra ID P2 or Microsoft Entra ID Governance.

terraform {
  required_providers {
    aksaccess = {
      source = "aksaccess/aksaccess"
    }
  }
}

variable "resource_group_name" {
  type    = string
  default = "myResourceGroup"
}

variable "cluster_name" {
  type    = string
  default = "myManagedCluster"
}

variable "node_pool_name" {
  type    = string
  default = "nodepool1"
}

variable "domain" {
  description = "A domain of the tenant, for the names of the users."
  type        = string
  default     = "contoso.com"
}

variable "password" {
  description = "Password of the users. One is made up for each if it is null."
  type        = string
  sensitive   = true
  default     = null
}

variable "eligible_for" {
  description = "How long who is in the default group can become an administrator, before it is prolonged."
  type        = string
  default     = "P180D"
}

variable "active_for" {
  description = "How long an activation lasts at most."
  type        = string
  default     = "PT8H"
}

data "aksaccess_resource_group" "cluster" {
  name = var.resource_group_name
}

data "aksaccess_cluster" "this" {
  name                = var.cluster_name
  resource_group_name = var.resource_group_name
}

# Three groups.

resource "aksaccess_group" "default" {
  display_name  = "default"
  mail_nickname = "default"
}

resource "aksaccess_group" "admin" {
  display_name  = "admin"
  mail_nickname = "admin"
}

resource "aksaccess_group" "approver" {
  display_name  = "approver"
  mail_nickname = "approver"
}

# Two users, each in a group.

resource "aksaccess_user" "normal" {
  display_name        = "n01"
  user_principal_name = "n01@${var.domain}"
  password            = var.password
}

resource "aksaccess_user" "privileged" {
  display_name        = "p01"
  user_principal_name = "p01@${var.domain}"
  password            = var.password
}

resource "aksaccess_group_member" "normal" {
  group_id  = aksaccess_group.default.id
  member_id = aksaccess_user.normal.id
}

resource "aksaccess_group_member" "privileged" {
  group_id  = aksaccess_group.approver.id
  member_id = aksaccess_user.privileged.id
}

# The default group looks at what is in the cluster, looks at the resource group, and fetches the credentials of the cluster.

resource "aksaccess_role_assignment" "default_reads_the_cluster" {
  principal_id = aksaccess_group.default.id
  role         = "Azure Kubernetes Service RBAC Reader"
  cluster_id   = data.aksaccess_cluster.this.id
}

resource "aksaccess_role_assignment" "default_reads_the_resource_group" {
  principal_id = aksaccess_group.default.id
  role         = "Reader"
  scope        = data.aksaccess_resource_group.cluster.id
}

resource "aksaccess_role_assignment" "default_enters_the_cluster" {
  principal_id = aksaccess_group.default.id
  role         = "Azure Kubernetes Service Cluster User Role"
  cluster_id   = data.aksaccess_cluster.this.id
}

# The administrators change everything in it, and the node pool. The article writes the node pool's scope as <cluster>/nodepools/<name>; Azure Resource Manager
# calls it <cluster>/agentPools/<name>, and so does this.

resource "aksaccess_role_assignment" "admin_manages_the_cluster" {
  principal_id = aksaccess_group.admin.id
  role         = "Azure Kubernetes Service RBAC Admin"
  cluster_id   = data.aksaccess_cluster.this.id
}

resource "aksaccess_role_assignment" "admin_scales_the_node_pool" {
  principal_id = aksaccess_group.admin.id
  role         = "Contributor"
  cluster_id   = data.aksaccess_cluster.this.id
  node_pool    = var.node_pool_name
}

# Privileged Identity Management for the admin group: who is in the default group is eligible, and every activation is approved.

resource "aksaccess_pim_group_eligibility" "default_can_become_admin" {
  group_id     = aksaccess_group.admin.id
  principal_id = aksaccess_group.default.id

  renew_before  = "P30D"
  justification = "Just-in-time administration of ${var.cluster_name}"

  expiration {
    duration = var.eligible_for
  }
}

resource "aksaccess_pim_group_policy" "admin" {
  group_id = aksaccess_group.admin.id
  access   = "member"

  activation {
    maximum_duration      = var.active_for
    require_justification = true
    require_approval      = true
    approvers {
      group_ids = [aksaccess_group.approver.id]
    }
  }
}

output "default_group_id" {
  value = aksaccess_group.default.id
}

output "admin_group_id" {
  value = aksaccess_group.admin.id
}
