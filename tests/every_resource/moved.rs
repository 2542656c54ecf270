//! A `moved` block takes over what azuread and azurerm hold in state: nothing is created, changed or destroyed, and the state equals that of an apply.
//!
//! Those providers are not here. Their part in a move is only to be there, so this provider's own program stands in for them, and states are written by hand with
//! the attributes that the pages of azuread and azurerm in the Terraform Registry name.

use std::collections::BTreeMap;
use std::path::Path;

use aksaccess_provider::Aksaccess;
use framework::Provider;
use serde_json::{Value, json};

use crate::test_tenant::{PROVIDER, TestTenant, Workspace};

/// A resource as we have it, and how another provider has it in state.
struct Case {
    /// Type and name here.
    address: &'static str,
    /// The other provider's name and type.
    from: (&'static str, &'static str),
    /// Its attributes out of ours.
    attributes: fn(&Value) -> Value,
}

const CONFIGURATION: &str = r#"
resource "aksaccess_user" "anna" {
  user_principal_name = "anna@contoso.com"
  display_name        = "Anna"
  password            = "Correct-Horse-1"
  job_title           = "operator"

  force_password_change = true
}

resource "aksaccess_group" "admins" {
  display_name = "admins"
  description  = "who may"

  prevent_duplicate_names = true
}

resource "aksaccess_group" "operators" {
  display_name = "operators"
}

resource "aksaccess_group_member" "anna" {
  group_id  = aksaccess_group.admins.id
  member_id = aksaccess_user.anna.id
}

resource "aksaccess_administrative_unit_member" "anna" {
  administrative_unit_id = "UNIT"
  member_id              = aksaccess_user.anna.id
}

resource "aksaccess_role_assignment" "readers" {
  scope        = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup"
  role         = "Reader"
  principal_id = aksaccess_group.operators.id
}

resource "aksaccess_named_location" "office" {
  display_name = "office"
  ip {
    ip_ranges = ["203.0.113.0/24"]
  }
}

resource "aksaccess_authentication_strength_policy" "keys" {
  display_name         = "keys"
  allowed_combinations = ["fido2"]
}

resource "aksaccess_pim_group_eligibility" "operators" {
  group_id      = aksaccess_group.admins.id
  principal_id  = aksaccess_group.operators.id
  justification = "on call"

  expiration {
    duration = "P30D"
  }
}

resource "aksaccess_pim_group_assignment" "anna" {
  group_id      = aksaccess_group.operators.id
  principal_id  = aksaccess_user.anna.id
  justification = "on call"

  expiration {
    duration = "P10D"
  }
}

resource "aksaccess_pim_group_policy" "operators" {
  group_id   = aksaccess_group.operators.id
  activation { maximum_duration = "PT4H" }
}

resource "aksaccess_pim_role_eligibility" "operators" {
  scope         = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup"
  role          = "Contributor"
  principal_id  = aksaccess_group.operators.id
  justification = "on call"

  expiration {
    duration = "P30D"
  }
}

resource "aksaccess_pim_role_assignment" "admins" {
  scope         = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup"
  role          = "Reader"
  principal_id  = aksaccess_group.admins.id
  justification = "on call"

  expiration {
    duration = "P10D"
  }
}

resource "aksaccess_pim_role_policy" "readers" {
  scope      = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup"
  role       = "Reader"
  activation { maximum_duration = "PT4H" }
}

resource "aksaccess_conditional_access_policy" "aks" {
  display_name = "aks"
  state        = "enabledForReportingButNotEnforced"
  conditions {
    applications { included_applications = ["AKS"] }
    users { included_groups = [aksaccess_group.admins.id] }
  }
  grant_controls { built_in_controls = ["compliantDevice"] }
}
"#;

const CASES: &[Case] = &[
    Case {
        address: "aksaccess_user.anna",
        from: ("azuread", "azuread_user"),
        attributes: |ours| {
            json!({ "id": path("users", ours), "object_id": ours["id"], "password": ours["password"], "display_name": "Anna", "force_password_change": true,
                            "department": "", "manager_id": "", "mail_nickname": "anna", "disable_strong_password": false })
        },
    },
    Case {
        address: "aksaccess_group.admins",
        from: ("azuread", "azuread_group"),
        attributes: |ours| {
            json!({ "id": path("groups", ours), "object_id": ours["id"], "members": [], "display_name": "admins",
                            "prevent_duplicate_names": true, "mail_enabled": false, "visibility": "", "theme": "" })
        },
    },
    Case {
        address: "aksaccess_group.operators",
        from: ("azuread", "azuread_group_without_members"),
        attributes: |ours| json!({ "id": path("groups", ours), "object_id": ours["id"], "display_name": "operators" }),
    },
    Case {
        address: "aksaccess_group_member.anna",
        from: ("azuread", "azuread_group_member"),
        attributes: |ours| {
            let (group, member) = (ours["group_id"].as_str().unwrap(), ours["member_id"].as_str().unwrap());
            json!({ "id": format!("{group}/member/{member}"), "group_object_id": group, "member_object_id": member })
        },
    },
    Case {
        address: "aksaccess_administrative_unit_member.anna",
        from: ("azuread", "azuread_administrative_unit_member"),
        attributes: |ours| {
            let (unit, member) = (ours["administrative_unit_id"].as_str().unwrap(), ours["member_id"].as_str().unwrap());
            json!({ "id": format!("{unit}/member/{member}"), "administrative_unit_object_id": unit, "member_object_id": member })
        },
    },
    Case {
        address: "aksaccess_role_assignment.readers",
        from: ("azurerm", "azurerm_role_assignment"),
        attributes: |ours| {
            json!({ "id": ours["id"], "name": ours["name"], "scope": ours["scope"], "role_definition_name": "Reader",
                    "principal_id": ours["principal_id"], "description": "", "condition": "", "skip_service_principal_aad_check": null })
        },
    },
    Case {
        address: "aksaccess_named_location.office",
        from: ("azuread", "azuread_named_location"),
        attributes: |ours| json!({ "id": path("identity/conditionalAccess/namedLocations", ours), "display_name": "office" }),
    },
    Case {
        address: "aksaccess_authentication_strength_policy.keys",
        from: ("azuread", "azuread_authentication_strength_policy"),
        attributes: |ours| json!({ "id": path("policies/authenticationStrengthPolicies", ours), "display_name": "keys" }),
    },
    Case {
        address: "aksaccess_pim_group_eligibility.operators",
        from: ("azuread", "azuread_privileged_access_group_eligibility_schedule"),
        attributes: group_grant,
    },
    Case {
        address: "aksaccess_pim_group_assignment.anna",
        from: ("azuread", "azuread_privileged_access_group_assignment_schedule"),
        attributes: group_grant,
    },
    Case {
        address: "aksaccess_pim_group_policy.operators",
        from: ("azuread", "azuread_group_role_management_policy"),
        attributes: |ours| json!({ "id": "Group_x_outdated", "group_id": ours["group_id"], "role_id": ours["access"] }),
    },
    Case {
        address: "aksaccess_pim_role_eligibility.operators",
        from: ("azurerm", "azurerm_pim_eligible_role_assignment"),
        attributes: role_grant,
    },
    Case {
        address: "aksaccess_pim_role_assignment.admins",
        from: ("azurerm", "azurerm_pim_active_role_assignment"),
        attributes: role_grant,
    },
    Case {
        address: "aksaccess_pim_role_policy.readers",
        from: ("azurerm", "azurerm_role_management_policy"),
        attributes: |ours| {
            let (role, scope) = (ours["role_definition_id"].as_str().unwrap(), ours["scope"].as_str().unwrap());
            json!({ "id": format!("{scope}{role}|{scope}"), "scope": scope, "role_definition_id": format!("{scope}{role}") })
        },
    },
    Case {
        address: "aksaccess_conditional_access_policy.aks",
        from: ("azuread", "azuread_conditional_access_policy"),
        attributes: |ours| json!({ "id": path("identity/conditionalAccess/policies", ours), "display_name": "aks" }),
    },
];

fn group_grant(ours: &Value) -> Value {
    json!({ "id": ours["schedule_id"], "group_id": ours["group_id"], "principal_id": ours["principal_id"], "assignment_type": ours["access"],
            "duration": ours["expiration"]["duration"], "justification": "on call", "ticket_number": "", "ticket_system": "" })
}

fn role_grant(ours: &Value) -> Value {
    let [scope, role, principal] = ["scope", "role_definition_id", "principal_id"].map(|name| ours[name].as_str().unwrap());
    let days: u64 = ours["expiration"]["duration"].as_str().unwrap().trim_matches(['P', 'D']).parse().unwrap();
    let expiration = json!([{ "duration_days": days, "duration_hours": 0, "end_date_time": "" }]);
    json!({ "id": format!("{scope}|{role}|{principal}"), "scope": scope, "role_definition_id": role, "principal_id": principal,
            "justification": "on call", "ticket": [], "schedule": [{ "start_date_time": "", "expiration": expiration }] })
}

/// azuread's ids: the path of the object.
fn path(collection: &str, ours: &Value) -> String {
    format!("/{collection}/{}", ours["id"].as_str().unwrap())
}

/// Lets Terraform find the stand-ins for the other providers.
pub(crate) fn with_others(workspace: &mut Workspace<'_>) {
    let binary = Path::new(PROVIDER);
    let folder = workspace.path().join("others");
    std::fs::create_dir_all(&folder).unwrap();
    let mut overrides = format!("    \"aksaccess/aksaccess\" = {:?}\n", binary.parent().unwrap());
    for other in ["azuread", "azurerm"] {
        std::os::unix::fs::symlink(binary, folder.join(format!("terraform-provider-{other}"))).unwrap();
        overrides.push_str(&format!("    \"hashicorp/{other}\" = {folder:?}\n"));
    }
    let file = workspace.path().join("others.tfrc");
    std::fs::write(&file, format!("provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n")).unwrap();
    workspace.set("TF_CLI_CONFIG_FILE", file.to_str().unwrap());
}

pub(crate) fn state(workspace: &Workspace<'_>) -> Value {
    serde_json::from_slice(&std::fs::read(workspace.path().join("terraform.tfstate")).unwrap()).unwrap()
}

/// Type and name, with the attributes, of everything in state.
pub(crate) fn stored(state: &Value) -> BTreeMap<String, Value> {
    let resources = state["resources"].as_array().unwrap().iter();
    let row = |one: &Value| {
        let address = format!("{}.{}", one["type"].as_str().unwrap(), one["name"].as_str().unwrap());
        (address, one["instances"][0]["attributes"].clone())
    };
    resources.map(row).collect()
}

/// The state of the other providers.
pub(crate) fn foreign(mut state: Value) -> Value {
    for resource in state["resources"].as_array_mut().unwrap() {
        let address = format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
        let case = CASES.iter().find(|case| case.address == address).unwrap();
        let (provider, type_name) = case.from;
        resource["type"] = json!(type_name);
        resource["provider"] = json!(format!("provider[\"registry.terraform.io/hashicorp/{provider}\"]"));
        let attributes = (case.attributes)(&resource["instances"][0]["attributes"]);
        resource["instances"] = json!([{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [] }]);
    }
    state["serial"] = json!(100);
    state
}

/// A resource of each kind that is taken over, in a tenant.
pub(crate) fn configuration(test_tenant: &TestTenant) -> String {
    CONFIGURATION.replace("UNIT", &test_tenant.unit())
}

pub(crate) fn moves() -> String {
    let block = |case: &Case| {
        let (_, name) = case.address.split_once('.').unwrap();
        format!("moved {{\n  from = {}.{name}\n  to   = {}\n}}\n", case.from.1, case.address)
    };
    CASES.iter().map(block).collect()
}

#[test]
fn what_other_providers_hold_is_taken_over_as_it_is() {
    let test_tenant = TestTenant::new("moved");
    let configuration = configuration(&test_tenant);
    let mut workspace = test_tenant.workspace(&configuration);
    with_others(&mut workspace);
    workspace.apply();
    let ours = state(&workspace);
    let theirs = foreign(ours.clone());
    std::fs::write(workspace.path().join("terraform.tfstate"), theirs.to_string()).unwrap();
    workspace.write(&format!("{configuration}\n{}", moves()));

    // Not read, the objects are no more than ids, of which nothing may be planned.
    let unread = workspace.run(&["plan", "-no-color", "-refresh=false"]);
    assert_eq!(unread.code, 1, "{}", unread.text);
    assert!(unread.text.contains("A moved object was not read yet"), "{}", unread.text);

    test_tenant.forget_requests();
    let planned = workspace.succeeds(&["plan", "-no-color"]);
    assert!(planned.text.contains("0 to add, 0 to change, 0 to destroy"), "{}", planned.text);
    assert!(planned.text.contains("azuread_group.admins has moved to aksaccess_group.admins"), "{}", planned.text);
    workspace.apply();
    assert_eq!(test_tenant.writes(), 0, "{}", test_tenant.requests());
    assert_eq!(stored(&state(&workspace)), stored(&ours));
    let after = workspace.succeeds(&["plan", "-no-color", "-detailed-exitcode"]);
    assert!(after.text.contains("No changes"), "{}", after.text);
    // Privileged Identity Management removes nothing in its first five minutes.
    test_tenant.advance("PT6M");
    workspace.destroy();
}

#[test]
fn every_resource_that_can_be_taken_over_is_tried() {
    for entry in Aksaccess::resources() {
        for (provider, type_name) in &entry.moved_from {
            let tried = CASES.iter().any(|case| {
                let (from, from_type) = case.from;
                case.address.starts_with(&format!("aksaccess_{}.", entry.name))
                    && *provider == format!("hashicorp/{from}")
                    && *type_name == from_type
            });
            assert!(tried, "{type_name} to {}", entry.name);
        }
    }
}

#[test]
fn what_cannot_be_moved_is_reported_and_kept() {
    let test_tenant = TestTenant::new("moved-refused");
    let configuration = "resource \"aksaccess_group\" \"x\" {\n  display_name = \"x\"\n}\nmoved {\n  from = azuread_application.x\n  to   = aksaccess_group.x\n}\n";
    let mut workspace = test_tenant.workspace(configuration);
    with_others(&mut workspace);
    let instance = |attributes: Value| json!([{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [] }]);
    let provider = "provider[\"registry.terraform.io/hashicorp/azuread\"]";
    let mut state = json!({ "version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "00000000-0000-0000-0000-000000000001", "outputs": {},
        "resources": [{ "mode": "managed", "type": "azuread_application", "name": "x", "provider": provider, "instances": instance(json!({ "id": "1" })) }] });
    let write = |state: &Value| std::fs::write(workspace.path().join("terraform.tfstate"), state.to_string()).unwrap();
    write(&state);
    let refused = workspace.run(&["plan", "-no-color"]);
    assert_eq!(refused.code, 1, "{}", refused.text);
    assert!(refused.text.contains("azuread_application of hashicorp/azuread cannot be moved here"), "{}", refused.text);
    assert!(refused.text.contains("`azuread_group` of hashicorp/azuread"), "{}", refused.text);

    // The right type, but a state that does not say which object it is.
    state["resources"][0]["type"] = json!("azuread_group");
    state["resources"][0]["instances"] = instance(json!({ "id": "", "display_name": "x" }));
    write(&state);
    workspace.write(&configuration.replace("azuread_application", "azuread_group"));
    let refused = workspace.run(&["plan", "-no-color"]);
    assert_eq!(refused.code, 1, "{}", refused.text);
    assert!(refused.text.contains("does not say which object it is"), "{}", refused.text);
    assert_eq!(test_tenant.requests(), json!({}), "nothing was asked");
}
