resource "aksaccess_named_location" "offices" {
  display_name = "Offices"

  ip {
    ip_ranges = ["203.0.113.0/24", "2001:db8::/48"]
    trusted   = true
  }
}

resource "aksaccess_named_location" "markets" {
  display_name = "Countries that we work in"

  country {
    countries_and_regions = ["CH", "DE", "FR"]
  }
}

# Administrators reach clusters from the offices only.
resource "aksaccess_group" "admins" {
  display_name = "aks-admins"
}

resource "aksaccess_conditional_access_policy" "offices" {
  display_name = "aks-from-offices"
  state        = "enabled"

  conditions {
    users { included_groups = [aksaccess_group.admins.id] }
    applications { included_applications = ["AKS"] }
    locations {
      included_locations = ["All"]
      excluded_locations = [aksaccess_named_location.offices.id]
    }
  }

  grant_controls { built_in_controls = ["block"] }
}
