//! Configurations as they are written for azuread, with only the type name changed, with the real Terraform.

use serde_json::{Value, json};

use crate::conditional_access::policy::{IT, policy};
use crate::test_tenant::{TestTenant, flat};

const POLICIES: &str = "/identity/conditionalAccess/policies";

/// Policies of azuread's layout, in which nothing but the type name is ours: every block and argument that it has, and the forms of its documentation.
/// `LOCATION`, `GROUP` and `PRINCIPAL` stand for ids of the tenant.
const WRITTEN_FOR_AZUREAD: &str = r#"
resource "azuread_conditional_access_policy" "all_users_excluding_guests" {
  display_name = "second factor on phones"
  state        = "disabled"

  conditions {
    client_app_types    = ["browser", "mobileAppsAndDesktopClients"]
    sign_in_risk_levels = ["high"]
    user_risk_levels    = ["high", "medium"]

    applications {
      included_applications = ["All"]
      excluded_applications = ["Office365"]
    }

    devices {
      filter {
        mode = "exclude"
        rule = "device.operatingSystem -eq \"Linux\""
      }
    }

    locations {
      included_locations = ["All"]
      excluded_locations = ["AllTrusted", "/identity/conditionalAccess/namedLocations/LOCATION"]
    }

    platforms {
      included_platforms = ["android", "iOS"]
      excluded_platforms = ["macOS"]
    }

    users {
      included_users = ["All"]
      excluded_users = ["GuestsOrExternalUsers"]
    }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }

  session_controls {
    application_enforced_restrictions_enabled = true
    cloud_app_security_policy                 = "blockDownloads"
    disable_resilience_defaults               = false
    sign_in_frequency                         = 12
    sign_in_frequency_period                  = "hours"
  }
}

resource "azuread_conditional_access_policy" "workload_identities" {
  display_name = "pipelines at risk"
  state        = "enabledForReportingButNotEnforced"

  conditions {
    client_app_types              = ["all"]
    service_principal_risk_levels = ["medium", "high"]

    applications {
      included_applications = ["All"]
    }

    client_applications {
      included_service_principals = ["PRINCIPAL"]
      excluded_service_principals = []
    }

    users {
      included_users = ["None"]
    }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["block"]
  }
}

resource "azuread_conditional_access_policy" "partners" {
  display_name = "partners accept the terms"
  state        = "enabled"

  conditions {
    client_app_types    = ["all"]
    insider_risk_levels = "elevated"

    applications {
      included_applications = ["All"]
      filter {
        mode = "include"
        rule = "CustomSecurityAttribute.Area_Name -eq \"partners\""
      }
    }

    users {
      included_groups = ["GROUP"]
      included_roles  = ["62e90394-69f5-4237-9190-012177145e10"]

      included_guests_or_external_users {
        guest_or_external_user_types = ["b2bCollaborationGuest", "internalGuest"]
        external_tenants {
          membership_kind = "all"
        }
      }

      excluded_guests_or_external_users {
        guest_or_external_user_types = ["serviceProvider"]
        external_tenants {
          membership_kind = "enumerated"
          members         = ["0f1e2d3c-0000-4000-8000-00000000abcd"]
        }
      }
    }
  }

  grant_controls {
    operator                          = "AND"
    authentication_strength_policy_id = "/policies/authenticationStrengthPolicies/00000000-0000-0000-0000-000000000002"
    terms_of_use                      = ["0f1e2d3c-0000-4000-8000-0000000000aa"]
    custom_authentication_factors     = []
  }

  session_controls {
    sign_in_frequency_authentication_type = "secondaryAuthentication"
    sign_in_frequency_interval            = "everyTime"
    persistent_browser_mode               = "never"
  }
}

resource "azuread_conditional_access_policy" "device_code" {
  display_name = "no device codes"
  state        = "enabled"

  conditions {
    client_app_types                     = ["all"]
    authentication_flow_transfer_methods = ["deviceCodeFlow", "authenticationTransfer"]

    applications {
      included_user_actions = null
      included_applications = ["All"]
    }

    users {
      included_users  = ["All"]
      excluded_groups = ["GROUP"]
    }
  }

  grant_controls {
    operator          = "OR"
    built_in_controls = ["block"]
  }

  session_controls {
    application_enforced_restrictions_enabled = false
  }
}

resource "azuread_conditional_access_policy" "modules" {
  display_name = "as modules write it"
  state        = "disabled"

  conditions {
    client_app_types = ["all"]

    applications {
      included_user_actions = ["urn:user:registersecurityinfo"]
    }

    dynamic "locations" {
      for_each = toset(["x"])
      content {
        included_locations = ["All"]
      }
    }

    dynamic "platforms" {
      for_each = []
      content {
        included_platforms = ["all"]
      }
    }

    users {
      included_users = ["None"]
    }
  }

  dynamic "grant_controls" {
    for_each = [["mfa", "compliantDevice"]]
    content {
      operator          = "AND"
      built_in_controls = grant_controls.value
    }
  }

  dynamic "session_controls" {
    for_each = []
    content {
      persistent_browser_mode = "always"
    }
  }
}
"#;

/// The policy of that name, as the service has it.
fn named(test_tenant: &TestTenant, name: &str) -> Value {
    let all = test_tenant.graph("GET", POLICIES, None)["value"].as_array().unwrap().clone();
    all.into_iter().find(|policy| policy["displayName"] == name).unwrap_or_else(|| panic!("no policy {name:?}"))
}

#[test]
fn a_configuration_of_azuread_is_applied_with_another_type_name() {
    let test_tenant = TestTenant::new("written_for_azuread");
    let group = test_tenant.group(json!({}));
    let location = test_tenant.graph(
        "POST",
        "/identity/conditionalAccess/namedLocations",
        Some(json!({ "@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "here", "countriesAndRegions": ["DE"] })),
    );
    let location = location["id"].as_str().unwrap();
    let principal = test_tenant.graph("GET", "/servicePrincipals?$select=id", None)["value"][0]["id"].as_str().unwrap().to_owned();
    let configuration = WRITTEN_FOR_AZUREAD
        .replace("\"azuread_", "\"aksaccess_")
        .replace("LOCATION", location)
        .replace("GROUP", &group)
        .replace("PRINCIPAL", &principal);
    let workspace = test_tenant.workspace(&configuration);
    workspace.succeeds(&["validate", "-no-color"]);
    workspace.apply();
    workspace.plan_is_empty();

    let phones = named(&test_tenant, "second factor on phones");
    assert_eq!(phones["state"], "disabled");
    assert_eq!(phones["conditions"]["locations"]["excludeLocations"], json!(["AllTrusted", location]), "the path is not sent");
    let session = &phones["sessionControls"];
    assert_eq!(session["signInFrequency"]["frequencyInterval"], "timeBased");
    assert_eq!((&session["signInFrequency"]["value"], &session["signInFrequency"]["type"]), (&json!(12), &json!("hours")));
    assert_eq!(session["cloudAppSecurity"], json!({ "isEnabled": true, "cloudAppSecurityType": "blockDownloads" }));
    assert_eq!(session["applicationEnforcedRestrictions"]["isEnabled"], json!(true));

    let pipelines = named(&test_tenant, "pipelines at risk");
    assert_eq!(pipelines["state"], "enabledForReportingButNotEnforced");
    assert_eq!(pipelines["conditions"]["users"]["includeUsers"], json!(["None"]));
    assert_eq!(pipelines["conditions"]["clientApplications"]["includeServicePrincipals"], json!([principal]));

    let partners = named(&test_tenant, "partners accept the terms");
    let users = &partners["conditions"]["users"];
    assert_eq!(users["includeGuestsOrExternalUsers"]["externalTenants"]["membershipKind"], "all");
    assert_eq!(users["excludeGuestsOrExternalUsers"]["externalTenants"]["members"], json!(["0f1e2d3c-0000-4000-8000-00000000abcd"]));
    assert_eq!(partners["grantControls"]["authenticationStrength"]["id"], "00000000-0000-0000-0000-000000000002");
    assert_eq!(partners["sessionControls"]["signInFrequency"]["frequencyInterval"], "everyTime");
    assert_eq!(partners["sessionControls"]["signInFrequency"]["authenticationType"], "secondaryAuthentication");
    assert_eq!(partners["conditions"]["insiderRiskLevels"], "elevated");

    let codes = named(&test_tenant, "no device codes");
    assert_eq!((&codes["conditions"]["users"]["excludeGroups"], &codes["sessionControls"]), (&json!([group]), &Value::Null));
    let modules = named(&test_tenant, "as modules write it");
    assert_eq!((&modules["conditions"]["platforms"], &modules["sessionControls"]), (&Value::Null, &Value::Null));
    assert_eq!(modules["grantControls"]["operator"], "AND");

    // An import by azuread's id reads the same policy; what it has in another form is no change of it.
    let imports: String = ["all_users_excluding_guests", "workload_identities", "partners", "device_code", "modules"]
        .iter()
        .map(|name| {
            let id = workspace.state(&format!("aksaccess_conditional_access_policy.{name}"))["id"].as_str().unwrap().to_owned();
            format!("import {{\n  to = aksaccess_conditional_access_policy.{name}\n  id = \"{POLICIES}/{id}\"\n}}\n")
        })
        .collect();
    let other = test_tenant.workspace(&format!("{configuration}{imports}"));
    let writes = test_tenant.writes();
    other.apply();
    other.plan_is_empty();
    assert_eq!(test_tenant.writes(), writes, "an import of what is as configured writes nothing");
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", POLICIES, None)["value"], json!([]));
}

#[test]
fn near_misses_are_refused_with_the_right_word() {
    let test_tenant = TestTenant::new("near_misses");
    let users = "users { included_users = [\"None\"] }\n applications { included_applications = [\"AKS\"] }\n";
    let mfa = "grant_controls { built_in_controls = [\"mfa\"] }";
    let of = |state: &str, conditions: &str, rest: &str| policy("near", state, &format!("{users}{conditions}"), rest);
    let session = |argument: &str, value: &str| of("disabled", "", &format!("{mfa}\n session_controls {{ {argument} = {value:?} }}"));
    let condition = |argument: &str, value: &str| of("disabled", &format!("{argument} = [{value:?}]"), mfa);
    let control = |value: &str| of("disabled", "", &format!("grant_controls {{ built_in_controls = [{value:?}] }}"));
    let guests = |body: &str| {
        let guests = format!("included_guests_or_external_users {{\n{body}\n}}");
        policy("near", "disabled", &format!("users {{\n{guests}\n}}\napplications {{ included_applications = [\"AKS\"] }}"), mfa)
    };
    for (configuration, meant) in [
        (of("report_only", "", mfa), "enabledForReportingButNotEnforced"),
        (of("enabledForReporting", "", mfa), "enabledForReportingButNotEnforced"),
        (of("Enabled", "", mfa), "enabled"),
        (of("off", "", mfa), "disabled"),
        (control("MFA"), "mfa"),
        (control("require_mfa"), "mfa"),
        (control("compliant_device"), "compliantDevice"),
        (control("hybridAzureADJoinedDevice"), "domainJoinedDevice"),
        (control("Block"), "block"),
        (of("disabled", "", "grant_controls {\n operator = \"and\"\n built_in_controls = [\"mfa\"]\n }"), "AND"),
        (condition("client_app_types", "mobile_apps_and_desktop_clients"), "mobileAppsAndDesktopClients"),
        (condition("sign_in_risk_levels", "High"), "high"),
        (of("disabled", "insider_risk_levels = \"Minor\"", mfa), "minor"),
        (of("disabled", "platforms { included_platforms = [\"ios\"] }", mfa), "iOS"),
        (of("disabled", "locations { included_locations = [\"all\"] }", mfa), "All"),
        (session("persistent_browser_mode", "Never"), "never"),
        (session("sign_in_frequency_interval", "every_time"), "everyTime"),
        (session("cloud_app_security_policy", "block_downloads"), "blockDownloads"),
        (guests("guest_or_external_user_types = [\"b2bCollaborationGuests\"]"), "b2bCollaborationGuest"),
        (
            guests("guest_or_external_user_types = [\"serviceProvider\"]\n external_tenants { membership_kind = \"specific\" }"),
            "enumerated",
        ),
        (policy("near", "disabled", &users.replace("\"None\"", "\"all\""), mfa), "All"),
        (policy("near", "disabled", &users.replace("AKS", "aks"), mfa), "AKS"),
    ] {
        test_tenant.workspace(&configuration).fails(&["validate", "-no-color"], &[&format!("Did you mean `{meant}`?")]);
    }
    assert_eq!(test_tenant.all_requests(), 0);
}

#[test]
fn what_is_required_and_missing_is_an_error_of_the_plan() {
    let test_tenant = TestTenant::new("required_blocks");
    let users = "users { included_users = [\"None\"] }";
    let aks = "applications { included_applications = [\"AKS\"] }";
    let mfa = "grant_controls { built_in_controls = [\"mfa\"] }";
    let none = |block: &str, content: &str| format!("dynamic {block:?} {{\n for_each = []\n content {{\n{content}\n}}\n}}");
    let guests =
        |body: &str| policy("x", "disabled", &format!("users {{\n included_guests_or_external_users {{\n{body}\n}}\n}}\n{aks}"), mfa);
    let resource = |body: &str| {
        format!(
            "resource \"aksaccess_conditional_access_policy\" \"it\" {{\n display_name = \"x\"\n state = \"disabled\"\n{body}\n{mfa}\n}}\n"
        )
    };
    let types = "guest_or_external_user_types = [\"serviceProvider\"]";
    for (configuration, said) in [
        (resource(""), "conditions"),
        (resource(&none("conditions", aks)), "conditions"),
        (policy("x", "disabled", users, mfa), "applications"),
        (policy("x", "disabled", &format!("{users}\n{}", none("applications", "included_applications = [\"AKS\"]")), mfa), "applications"),
        (policy("x", "disabled", aks, mfa), "A policy needs somebody to apply to"),
        (policy("x", "disabled", &format!("users {{}}\n{aks}"), mfa), "A policy needs somebody to apply to"),
        (policy("x", "disabled", &format!("{users}\n{aks}\n devices {{\n filter {{\n mode = null\n rule = \"x\"\n}}\n}}"), mfa), "mode"),
        (guests("guest_or_external_user_types = null"), "guest_or_external_user_types"),
        (guests("guest_or_external_user_types = []"), "must have at least one"),
        (guests(&format!("{types}\n external_tenants {{}}")), "membership_kind"),
        (guests(&format!("{types}\n external_tenants {{ membership_kind = null }}")), "membership_kind"),
        (guests(&format!("{types}\n external_tenants {{ membership_kind = \"enumerated\" }}")), "No tenant is enumerated"),
        (
            guests(&format!(
                "{types}\n external_tenants {{\n membership_kind = \"all\"\n members = [\"0f1e2d3c-0000-4000-8000-00000000abcd\"]\n}}"
            )),
            "`all` tenants are not listed",
        ),
        (
            policy("x", "disabled", &format!("{users}\n{aks}"), &format!("{mfa}\nsession_controls {{ sign_in_frequency = 4 }}")),
            "a number and a period",
        ),
        (
            policy(
                "x",
                "disabled",
                &format!("{users}\n{aks}"),
                &format!("{mfa}\nsession_controls {{ sign_in_frequency_period = \"days\" }}"),
            ),
            "a number and a period",
        ),
        (
            policy(
                "x",
                "disabled",
                &format!("{users}\n{aks}"),
                &format!("{mfa}\nsession_controls {{ sign_in_frequency_authentication_type = \"secondaryAuthentication\" }}"),
            ),
            "No sign-in is repeated",
        ),
    ] {
        let output = test_tenant.workspace(&configuration).fails(&["plan", "-no-color"], &[]);
        assert!(flat(&output.text).contains(said), "{configuration} does not say {said:?}: {}", output.text);
    }
    assert_eq!(test_tenant.writes(), 0);
}

#[test]
fn forms_that_mean_the_same_change_nothing_at_the_service() {
    let test_tenant = TestTenant::new("forms_of_blocks");
    let written = |tenants: &str, rest: &str| {
        policy(
            "forms",
            "disabled",
            &format!(
                "users {{\n included_guests_or_external_users {{\n guest_or_external_user_types = [\"serviceProvider\"]\n{tenants}\n}}\n}}\n \
                 applications {{ included_applications = [\"AKS\"] }}"
            ),
            &format!("grant_controls {{ built_in_controls = [\"mfa\"] }}\n{rest}"),
        )
    };
    let all = "external_tenants { membership_kind = \"all\" }";
    let workspace = test_tenant.workspace(&written("", ""));
    workspace.apply();
    let writes = test_tenant.writes();
    for (tenants, rest) in [
        (all, ""),
        ("", "session_controls {}"),
        ("external_tenants {\n membership_kind = \"all\"\n members = []\n}", "session_controls { disable_resilience_defaults = false }"),
        ("", "session_controls {\n sign_in_frequency_interval = \"timeBased\"\n persistent_browser_mode = \"\"\n}"),
        ("", ""),
    ] {
        workspace.write(&written(tenants, rest));
        workspace.apply();
        // Read again, the state keeps the form that the configuration has.
        test_tenant.advance("PT2M");
        workspace.plan_is_empty();
        assert_eq!(test_tenant.writes(), writes, "{tenants} {rest}");
    }
    // Some tenants are another thing, and so is none.
    for members in ["[\"0f1e2d3c-0000-4000-8000-00000000abcd\"]", "[]"] {
        workspace.write(&written(&format!("external_tenants {{\n membership_kind = \"enumerated\"\n members = {members}\n}}"), ""));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
        workspace.apply();
        workspace.plan_is_empty();
    }
    let guests = &named(&test_tenant, "forms")["conditions"]["users"]["includeGuestsOrExternalUsers"]["externalTenants"];
    assert_eq!((&guests["membershipKind"], &guests["members"]), (&json!("enumerated"), &json!([])));
    workspace.write(&written(all, ""));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(
        named(&test_tenant, "forms")["conditions"]["users"]["includeGuestsOrExternalUsers"]["externalTenants"]["membershipKind"],
        "all"
    );
    workspace.destroy();
}

#[test]
fn changes_inside_of_blocks_can_be_ignored() {
    let test_tenant = TestTenant::new("ignored_in_blocks");
    let groups = [test_tenant.group(json!({})), test_tenant.group(json!({}))];
    let written = |group: &str, state: &str| {
        policy(
            "ignored",
            state,
            &format!("users {{ included_groups = [{group:?}] }}\n applications {{ included_applications = [\"AKS\"] }}"),
            "grant_controls { built_in_controls = [\"mfa\"] }\n lifecycle { ignore_changes = [conditions.users.included_groups] }",
        )
    };
    let workspace = test_tenant.workspace(&written(&groups[0], "disabled"));
    workspace.apply();
    workspace.write(&written(&groups[1], "disabled"));
    workspace.plan_is_empty();
    workspace.write(&written(&groups[1], "enabled"));
    workspace.apply();
    let policy = named(&test_tenant, "ignored");
    assert_eq!((&policy["state"], &policy["conditions"]["users"]["includeGroups"]), (&json!("enabled"), &json!([groups[0]])));
    workspace.destroy();
}
