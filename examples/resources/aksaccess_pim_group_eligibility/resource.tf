resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_group" "developers" {
  display_name = "aks-developers"
}

# Every developer can activate the membership of the administrators.
resource "aksaccess_pim_group_eligibility" "developers" {
  group_id     = aksaccess_group.admins.id
  principal_id = aksaccess_group.developers.id

  renew_before  = "P30D"
  justification = "Platform team"

  expiration {
    duration = "P180D"
  }
}
