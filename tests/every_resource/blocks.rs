//! Blocks of real resources with the real Terraform: what was stored before there were blocks, what must be there, references, `ignore_changes`, `terraform show`,
//! the plan as JSON, `dynamic` and `mock_provider`. `TERRAFORM` names another Terraform than the one on the PATH.

use std::collections::BTreeMap;

use framework::schema::{Block, Object, Shape};
use serde_json::{Map, Value, json};

use crate::every_resource::hostile_schema::base;
use crate::every_resource::moved::{state, stored};
use crate::test_tenant::{TestTenant, Workspace};

/// What has blocks: a GROUP (`activation` and what is in it), required ones (`expiration`) and optional ones.
fn configuration(user: &str) -> String {
    format!(
        r#"
resource "aksaccess_group" "operators" {{
  display_name = "operators"
}}

resource "aksaccess_group" "platform" {{
  display_name = "platform"

  dynamic_membership {{
    enabled = true
    rule    = "user.department -eq \"Platform\""
  }}
}}

resource "aksaccess_named_location" "offices" {{
  display_name = "offices"

  ip {{
    ip_ranges = ["203.0.113.0/24"]
    trusted   = true
  }}
}}

resource "aksaccess_named_location" "markets" {{
  display_name = "markets"

  country {{
    countries_and_regions = ["CH", "DE"]
  }}
}}

resource "aksaccess_authentication_strength_policy" "cards" {{
  display_name         = "cards"
  allowed_combinations = ["x509CertificateMultiFactor"]

  x509_certificate_multi_factor {{
    allowed_policy_oids = ["1.2.3"]
  }}
}}

resource "aksaccess_pim_group_policy" "operators" {{
  group_id = aksaccess_group.operators.id

  activation {{
    maximum_duration = "PT4H"
    require_ticket   = true
  }}
}}

resource "aksaccess_pim_group_eligibility" "anna" {{
  group_id      = aksaccess_group.operators.id
  principal_id  = {user:?}
  justification = "on call"

  expiration {{
    duration = "P30D"
  }}

  ticket {{
    number = "T-1"
    system = "desk"
  }}
}}
"#
    )
}

/// The blocks as stored by earlier builds, which had nested attributes in their place: objects, not lists, and null where nothing was configured.
fn nested_attributes() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("aksaccess_group.operators", json!({ "dynamic_membership": null })),
        ("aksaccess_group.platform", json!({ "dynamic_membership": { "enabled": true, "rule": "user.department -eq \"Platform\"" } })),
        ("aksaccess_named_location.offices", json!({ "ip": { "ip_ranges": ["203.0.113.0/24"], "trusted": true }, "country": null })),
        (
            "aksaccess_named_location.markets",
            json!({ "ip": null, "country": { "countries_and_regions": ["CH", "DE"], "country_lookup_method": "clientIpAddress",
                "include_unknown_countries_and_regions": false } }),
        ),
        (
            "aksaccess_authentication_strength_policy.cards",
            json!({ "x509_certificate_multi_factor": { "allowed_issuer_skis": null, "allowed_policy_oids": ["1.2.3"] }, "x509_certificate_single_factor": null }),
        ),
        (
            "aksaccess_pim_group_eligibility.anna",
            json!({ "expiration": { "duration": "P30D", "end": null, "permanent": null }, "ticket": { "number": "T-1", "system": "desk" } }),
        ),
    ])
}

#[test]
fn what_was_stored_when_blocks_were_attributes_is_taken_over() {
    let test_tenant = TestTenant::new("state_of_nested_attributes");
    let workspace = test_tenant.workspace(&configuration(&test_tenant.users(1)[0]));
    workspace.apply();
    // Puts what was stored then in the place of what is stored now.
    let mut older = state(&workspace);
    let mut replaced = 0;
    for resource in older["resources"].as_array_mut().unwrap() {
        let address = format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
        let instance = &mut resource["instances"][0];
        assert_eq!(instance["schema_version"], 0, "an older state is of version 0; another version has to convert it");
        for (name, value) in nested_attributes().get(address.as_str()).and_then(Value::as_object).into_iter().flatten() {
            instance["attributes"][name] = value.clone();
            replaced += 1;
        }
        // These builds did not store the settings of a policy that nobody mentioned; a null GROUP is an object when it is read.
        if address == "aksaccess_pim_group_policy.operators" {
            instance["attributes"]["approvers"] = Value::Null;
        }
    }
    assert_eq!(replaced, 10);
    older["serial"] = json!(1000);
    workspace.file("terraform.tfstate", &older.to_string());
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    workspace.apply();
    assert_eq!(test_tenant.writes(), 0, "nothing is changed at the service");
    let now = stored(&state(&workspace));
    for (address, blocks) in nested_attributes() {
        for (name, value) in blocks.as_object().unwrap() {
            assert_eq!(&now[address][name], value, "{address}.{name}");
        }
    }
}

#[test]
fn a_required_block_that_is_absent_and_a_null_in_a_block_are_errors_of_the_plan() {
    let test_tenant = TestTenant::new("required_blocks");
    let id = "88888888-8888-4888-8888-888888888888";
    let seed = "resource \"terraform_data\" \"seed\" {\n  input = []\n}\nvariable \"nothing\" {\n  default = null\n}\n";
    let none = "dynamic \"expiration\" {\n    for_each = []\n    content {\n      duration = \"P1D\"\n    }\n  }";
    let unknown = "dynamic \"expiration\" {\n    for_each = [for one in terraform_data.seed.output : one if one != 1]\n    content {\n      duration = \"P1D\"\n    }\n  }";
    let group = format!("group_id = {id:?}\n  principal_id = {id:?}\n  justification = \"x\"");
    let role = format!("scope = \"/\"\n  role = \"Reader\"\n  principal_id = {id:?}\n  justification = \"x\"");
    for (type_name, lines, required) in [
        ("pim_group_eligibility", &group, "expiration"),
        ("pim_group_assignment", &group, "expiration"),
        ("pim_role_eligibility", &role, "expiration"),
        ("pim_role_assignment", &role, "expiration"),
    ] {
        for block in ["", none] {
            let configured = format!("{seed}resource \"aksaccess_{type_name}\" \"it\" {{\n  {lines}\n  {block}\n}}\n");
            test_tenant.workspace(&configured).plan_fails(&[&format!("A block of type \"{required}\" is required here")]);
        }
        let configured = format!("{seed}resource \"aksaccess_{type_name}\" \"it\" {{\n  {lines}\n  expiration {{}}\n}}\n");
        test_tenant.workspace(&configured).plan_fails(&["It is not said when the grant ends"]);
    }
    // Over something unknown the block is there or not only in the apply, and nothing is sent then.
    let user = test_tenant.users(1).remove(0);
    let there = test_tenant.group(json!({ "displayName": "there" }));
    let configured = format!("{seed}resource \"aksaccess_pim_group_eligibility\" \"it\" {{\n  {group}\n  {unknown}\n}}\n");
    let workspace = test_tenant.workspace(&configured.replacen(id, &there, 1).replacen(id, &user, 1));
    test_tenant.forget_requests();
    let applied = workspace.run(&["apply", "-auto-approve", "-no-color"]);
    assert_eq!(applied.code, 1, "{}", applied.text);
    assert!(applied.text.contains("expiration"), "{}", applied.text);
    assert_eq!(test_tenant.writes(), 0, "{}", applied.text);
    for (type_name, lines, says) in [
        (
            "group",
            "display_name = \"x\"\n  dynamic_membership {\n    enabled = var.nothing\n    rule = \"x\"\n  }",
            "dynamic_membership.enabled",
        ),
        ("named_location", "display_name = \"x\"\n  ip {\n    ip_ranges = var.nothing\n    trusted = true\n  }", "ip.ip_ranges"),
        (
            "pim_group_eligibility",
            &format!("{group}\n  expiration {{ duration = \"P1D\" }}\n  ticket {{\n    number = \"1\"\n    system = var.nothing\n  }}"),
            "ticket.system",
        ),
    ] {
        let configured = format!("{seed}resource \"aksaccess_{type_name}\" \"it\" {{\n  {lines}\n}}\n");
        test_tenant.workspace(&configured).plan_fails(&[&format!("`{says}` is null, and a value is required")]);
    }
}

/// The plan as Terraform shows it to people and to programs.
fn shown(workspace: &Workspace<'_>) -> (String, Value) {
    workspace.succeeds(&["plan", "-out=plan", "-no-color"]);
    (workspace.succeeds(&["show", "-no-color", "plan"]).text, workspace.json(&["show", "-json", "plan"]))
}

#[test]
fn plans_and_states_show_blocks() {
    let test_tenant = TestTenant::new("blocks_are_shown");
    let configured = configuration(&test_tenant.users(1)[0]);
    let outputs = "output \"first\" {\n  value = aksaccess_named_location.offices.ip.ip_ranges[0]\n}\noutput \"longest\" {\n  value = aksaccess_pim_group_policy.operators.activation.maximum_duration\n}\noutput \"ends\" {\n  value = aksaccess_pim_group_eligibility.anna.expiration.duration\n}\n";
    let workspace = test_tenant.workspace(&format!("{configured}{outputs}"));
    let (text, plan) = shown(&workspace);
    for line in ["+ ip {", "+ country {", "+ expiration {", "+ ticket {", "+ dynamic_membership {", "+ activation {"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let change = |plan: &Value, address: &str| {
        let changes = plan["resource_changes"].as_array().unwrap();
        changes.iter().find(|change| change["address"] == address).unwrap()["change"].clone()
    };
    assert_eq!(
        change(&plan, "aksaccess_named_location.offices")["after"]["ip"],
        json!({ "ip_ranges": ["203.0.113.0/24"], "trusted": true })
    );
    assert_eq!(change(&plan, "aksaccess_pim_group_policy.operators")["after"]["activation"]["maximum_duration"], "PT4H");
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(
        (workspace.output("first"), workspace.output("longest"), workspace.output("ends")),
        (json!("203.0.113.0/24"), json!("PT4H"), json!("P30D"))
    );
    let shown_state = workspace.succeeds(&["show", "-no-color"]).text;
    for line in ["ip {", "expiration {", "activation {"] {
        assert!(shown_state.contains(line), "{line}: {shown_state}");
    }
    // A change inside of a block is one line of the plan, and one value before and after.
    workspace.write(&format!("{}{outputs}", configured.replace("trusted   = true", "trusted   = false")));
    let (text, plan) = shown(&workspace);
    assert!(text.contains("~ trusted") && text.contains("true -> false"), "{text}");
    let changed = change(&plan, "aksaccess_named_location.offices");
    assert_eq!((&changed["before"]["ip"]["trusted"], &changed["after"]["ip"]["trusted"]), (&json!(true), &json!(false)));
    workspace.write(&format!("{configured}{outputs}"));
    // Privileged Identity Management removes nothing within five minutes of making it.
    test_tenant.advance("PT6M");
    workspace.destroy();
    assert_eq!(test_tenant.graph("GET", "/identity/conditionalAccess/namedLocations", None)["value"], json!([]));
}

#[test]
fn changes_inside_of_blocks_can_be_ignored() {
    let test_tenant = TestTenant::new("ignored_in_blocks");
    let mut configured = configuration(&test_tenant.users(1)[0]);
    for (block, ignored) in [
        ("    trusted   = true\n  }\n", "ip.trusted"),
        ("    require_ticket   = true\n  }\n", "activation.maximum_duration"),
        ("    countries_and_regions = [\"CH\", \"DE\"]\n  }\n", "country"),
        ("    rule    = \"user.department -eq \\\"Platform\\\"\"\n  }\n", "dynamic_membership.rule"),
    ] {
        assert!(configured.contains(block), "{block}");
        configured = configured.replace(block, &format!("{block}\n  lifecycle {{\n    ignore_changes = [{ignored}]\n  }}\n"));
    }
    let workspace = test_tenant.workspace(&configured);
    workspace.apply();
    workspace.plan_is_empty();
    // Another configuration and another hand: both are ignored, and what is beside stays managed.
    let other = configured
        .replace("trusted   = true", "trusted   = false")
        .replace("maximum_duration = \"PT4H\"", "maximum_duration = \"PT2H\"")
        .replace("countries_and_regions = [\"CH\", \"DE\"]", "countries_and_regions = [\"FR\"]");
    workspace.write(&other);
    workspace.plan_is_empty();
    let groups = test_tenant.graph("GET", "/groups", None);
    let platform = groups["value"].as_array().unwrap().iter().find(|group| group["displayName"] == "platform").unwrap();
    test_tenant.graph(
        "PATCH",
        &format!("/groups/{}", platform["id"].as_str().unwrap()),
        Some(json!({ "membershipRule": "user.city -eq \"Bern\"" })),
    );
    workspace.plan_is_empty();
    workspace.write(&other.replace("203.0.113.0/24", "198.51.100.0/24"));
    assert_eq!(workspace.planned_actions()["aksaccess_named_location.offices"], json!(["update"]));
    workspace.apply();
    let there = test_tenant.graph("GET", "/identity/conditionalAccess/namedLocations", None);
    let offices = there["value"].as_array().unwrap().iter().find(|location| location["displayName"] == "offices").unwrap().clone();
    assert_eq!((&offices["isTrusted"], &offices["ipRanges"][0]["cidrAddress"]), (&json!(true), &json!("198.51.100.0/24")));
}

#[test]
fn a_mocked_provider_has_blocks() {
    let test_tenant = TestTenant::new("mocked_provider");
    let workspace = test_tenant.workspace(&configuration("88888888-8888-4888-8888-888888888888"));
    workspace.file(
        "it.tftest.hcl",
        r#"
mock_provider "aksaccess" {
  mock_resource "aksaccess_group" {
    defaults = {
      id = "99999999-9999-4999-8999-999999999999"
    }
  }
}

run "made" {
  assert {
    condition     = aksaccess_named_location.offices.ip.trusted && aksaccess_named_location.markets.ip == null
    error_message = "the locations are as configured"
  }

  assert {
    condition     = aksaccess_pim_group_eligibility.anna.expiration.duration == "P30D"
    error_message = "the grant ends"
  }

  assert {
    condition     = aksaccess_pim_group_policy.operators.activation.maximum_duration == "PT4H"
    error_message = "the setting is as configured"
  }
}
"#,
    );
    test_tenant.forget_requests();
    let tested = workspace.succeeds(&["test", "-no-color"]);
    assert!(tested.text.contains("1 passed, 0 failed"), "{}", tested.text);
    assert_eq!(test_tenant.all_requests(), 0, "a mocked provider asks nobody");
}

/// The object with each block that may be absent as a `dynamic` block over something unknown.
fn with_dynamic(object: &Object, configured: &mut Map<String, Value>) -> usize {
    let mut dynamic = Map::new();
    let mut found = 0;
    for attribute in object.attributes.iter().filter(|attribute| attribute.name != "timeouts") {
        let (Some(block), Shape::Nested(_, inner)) = (attribute.block, &attribute.shape) else { continue };
        let mut content = match configured.remove(&attribute.name) {
            Some(Value::Object(content)) => content,
            _ => Map::new(),
        };
        // A value that nobody gives is one of a type that Terraform does not know in validation.
        for argument in inner.attributes.iter().filter(|argument| argument.required && argument.block.is_none()) {
            content.entry(argument.name.clone()).or_insert(json!("${var.unknown}"));
        }
        found += with_dynamic(inner, &mut content);
        if block == Block::Required {
            configured.insert(attribute.name.clone(), Value::Object(content));
        } else {
            found += 1;
            dynamic.insert(attribute.name.clone(), json!({ "for_each": "${var.unknown}", "content": content }));
        }
    }
    if !dynamic.is_empty() {
        configured.insert("dynamic".to_owned(), Value::Object(dynamic));
    }
    found
}

/// Terraform shows a `dynamic` block over something unknown as one that is there, with what is not known in it. No check may take it for one that is there.
#[test]
fn blocks_over_something_unknown_are_valid_beside_each_other() {
    let test_tenant = TestTenant::new("dynamic_over_unknown");
    let workspace = test_tenant.workspace("variable \"unknown\" {\n  type = any\n}\n");
    let resources = aksaccess_provider::resources::table().into_iter().map(|entry| ("resource", entry.name, entry.object));
    let data_sources = aksaccess_provider::data_sources::table().into_iter().map(|entry| ("data", entry.name, entry.object));
    let mut found = 0;
    for (at, (kind, name, object)) in resources.chain(data_sources).enumerate() {
        let mut configured = base(kind, name).as_object().unwrap().clone();
        if name == "group" {
            // With a rule that would be an error.
            configured.insert("assignable_to_role".to_owned(), json!(true));
        }
        let blocks = with_dynamic(&object, &mut configured);
        found += blocks;
        if blocks > 0 {
            let file = json!({ kind: { format!("aksaccess_{name}"): { format!("c{at}"): configured } } });
            workspace.file(&format!("c{at}.tf.json"), &file.to_string());
        }
    }
    assert!(found > 30, "{found}");
    workspace.succeeds(&["validate", "-no-color"]);
}
