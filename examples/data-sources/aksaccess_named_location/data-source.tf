resource "aksaccess_named_location" "offices" {
  display_name = "Offices"

  ip {
    ip_ranges = ["203.0.113.0/24"]
    trusted   = true
  }
}

data "aksaccess_named_location" "offices" {
  display_name = aksaccess_named_location.offices.display_name
  depends_on   = [aksaccess_named_location.offices]
}

output "offices" {
  value = data.aksaccess_named_location.offices.ip.ip_ranges
}
