//! Named locations and authentication strengths as they are written for azuread, with only the type name changed: every block, argument and value of its pages.

use serde_json::{Value, json};

use crate::test_tenant::TestTenant;

const WRITTEN_FOR_AZUREAD: &str = r#"
resource "azuread_named_location" "offices" {
  display_name = "offices"

  ip {
    ip_ranges = [
      "203.0.113.7/32",
      "198.51.100.0/24",
      "2001:db8::/48",
    ]

    trusted = true
  }
}

resource "azuread_named_location" "markets" {
  display_name = "markets"

  country {
    countries_and_regions                 = ["FR", "DE"]
    country_lookup_method                 = "authenticatorAppGps"
    include_unknown_countries_and_regions = true
  }
}

resource "azuread_authentication_strength_policy" "keys" {
  display_name = "keys"
  description  = "what azuread's page has"

  allowed_combinations = [
    "fido2",
    "password",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "federatedMultiFactor",
    "federatedSingleFactor",
    "hardwareOath,federatedSingleFactor",
    "microsoftAuthenticatorPush,federatedSingleFactor",
    "password,hardwareOath",
    "password,microsoftAuthenticatorPush",
    "password,sms",
    "password,softwareOath",
    "password,voice",
    "sms",
    "sms,federatedSingleFactor",
    "softwareOath,federatedSingleFactor",
    "voice,federatedSingleFactor",
    "windowsHelloForBusiness",
    "x509CertificateMultiFactor",
    "x509CertificateSingleFactor",
  ]
}

resource "azuread_conditional_access_policy" "offices" {
  display_name = "from the offices, with a key"
  state        = "disabled"

  conditions {
    client_app_types = ["all"]

    applications {
      included_applications = ["All"]
    }

    users {
      included_users = ["None"]
    }

    locations {
      included_locations = ["/identity/conditionalAccess/namedLocations/${azuread_named_location.markets.id}"]
      excluded_locations = [azuread_named_location.offices.id]
    }
  }

  grant_controls {
    operator                          = "OR"
    authentication_strength_policy_id = azuread_authentication_strength_policy.keys.id
  }
}
"#;

#[test]
fn locations_and_strengths_of_azuread_are_applied_with_another_type_name() {
    let test_tenant = TestTenant::new("parts_written_for_azuread");
    let configured = WRITTEN_FOR_AZUREAD.replace("azuread_", "aksaccess_");
    let workspace = test_tenant.workspace(&configured);
    workspace.apply();
    workspace.plan_is_empty();
    let all = |collection: &str| test_tenant.graph("GET", collection, None)["value"].as_array().unwrap().clone();
    let locations = all("/identity/conditionalAccess/namedLocations");
    let of = |name: &str| locations.iter().find(|location| location["displayName"] == name).unwrap().clone();
    let (offices, markets) = (of("offices"), of("markets"));
    assert_eq!((&offices["isTrusted"], offices["ipRanges"].as_array().unwrap().len()), (&json!(true), 3));
    assert_eq!(
        (&markets["countriesAndRegions"], &markets["countryLookupMethod"], &markets["includeUnknownCountriesAndRegions"]),
        (&json!(["FR", "DE"]), &json!("authenticatorAppGps"), &json!(true))
    );
    let policy = all("/identity/conditionalAccess/policies").remove(0);
    let there = &policy["conditions"]["locations"];
    assert_eq!((&there["includeLocations"], &there["excludeLocations"]), (&json!([markets["id"]]), &json!([offices["id"]])));
    workspace.destroy();
    assert_eq!(all("/identity/conditionalAccess/namedLocations"), Vec::<Value>::new());
}
