resource "aksaccess_group" "operators" {
  display_name = "aks-operators"
}

resource "aksaccess_group" "on_call" {
  display_name = "platform-on-call"
}

resource "aksaccess_group" "automation" {
  display_name = "platform-automation"
}

# These and nobody else, but for those whose access was activated through Privileged Identity Management.
resource "aksaccess_group_members" "operators" {
  group_id = aksaccess_group.operators.id
  members = [
    aksaccess_group.on_call.id,
    aksaccess_group.automation.id,
  ]
}
