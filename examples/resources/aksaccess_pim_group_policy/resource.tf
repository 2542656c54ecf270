resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_group" "approvers" {
  display_name = "aks-approvers"
}

# Whoever activates the membership of the administrators gives a reason, needs an approval, and has it for four hours at most.
resource "aksaccess_pim_group_policy" "admins" {
  group_id = aksaccess_group.admins.id
  access   = "member"

  activation {
    maximum_duration      = "PT4H"
    require_justification = true
    require_approval      = true
    approvers {
      group_ids = [aksaccess_group.approvers.id]
    }
  }

  eligible_assignment {
    maximum_duration = "P180D"
  }

  active_assignment {
    maximum_duration = "P15D"
    require_ticket   = true
  }

  notifications {
    activation {
      approver {
        additional_recipients = ["platform@contoso.com"]
      }
    }
  }
}
