# Two modules with optional nested settings: a policy, whose blocks keep what the service has, and an eligibility, whose blocks are there or not.

resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_group" "operators" {
  display_name = "aks-operators"
}

resource "aksaccess_group" "approvers" {
  display_name = "aks-approvers"
}

module "admins_policy" {
  source   = "./modules/policy"
  group_id = aksaccess_group.admins.id

  activation = {
    maximum_duration   = "PT4H"
    approver_group_ids = [aksaccess_group.approvers.id]
  }
}

# Every setting stays as the service has it.
module "operators_policy" {
  source   = "./modules/policy"
  group_id = aksaccess_group.operators.id
}

module "operators_become_admins" {
  source       = "./modules/eligibility"
  group_id     = aksaccess_group.admins.id
  principal_id = aksaccess_group.operators.id

  ticket = {
    number = "CHG-1042"
    system = "Service desk"
  }
}

module "approvers_become_operators" {
  source       = "./modules/eligibility"
  group_id     = aksaccess_group.operators.id
  principal_id = aksaccess_group.approvers.id
}
