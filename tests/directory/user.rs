//! `aksaccess_user` with the real Terraform: its life, what changes in place, and what is refused. Passwords and the bin have files of their own.

use serde_json::{Value, json};

use crate::test_tenant::{TestTenant, Workspace};

pub const IT: &str = "aksaccess_user.it";

/// A user resource of these lines.
pub fn user(lines: &str) -> String {
    format!("resource \"aksaccess_user\" \"it\" {{\n{lines}\n}}\n")
}

/// The two lines that every user needs.
pub const ANNA: &str = "user_principal_name = \"anna@contoso.com\"\ndisplay_name = \"Anna\"\n";

/// A body that makes such a user behind Terraform's back.
pub fn body(name: &str) -> Value {
    json!({
        "userPrincipalName": format!("{name}@contoso.com"), "displayName": name, "mailNickname": name, "accountEnabled": true,
        "passwordProfile": { "password": "Made-Elsewhere-1" },
    })
}

/// The id of the user in state.
pub fn id(workspace: &Workspace<'_>) -> String {
    workspace.state(IT)["id"].as_str().expect("an id").to_owned()
}

/// Applies a configuration to an empty tenant and leaves its folder.
pub fn applied<'a>(test_tenant: &'a TestTenant, lines: &str) -> Workspace<'a> {
    let workspace = test_tenant.workspace(&user(lines));
    workspace.apply();
    workspace
}

/// A minute and more goes by: from then on answers are believed at once.
pub fn later(test_tenant: &TestTenant) {
    test_tenant.control("POST", "clock", Some(json!({ "advance": "PT2M" })));
}

#[test]
fn one_user_costs_one_request_to_make_and_one_to_plan() {
    let test_tenant = TestTenant::new("one_user_costs_one_request");
    let workspace = test_tenant.workspace(&user(ANNA));
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/organization": 1, "POST /v1.0/users": 1 }), "the domain is checked in the plan");
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/users/{id}": 1 }));
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/users/{id}": 1, "DELETE /v1.0/users/{id}": 1 }));
    let left = test_tenant.graph("GET", "/users?$select=id", None);
    assert_eq!(left["value"], json!([{ "id": emulator::tenant::ADMINISTRATOR_ID }]));
    assert_eq!(test_tenant.graph("GET", "/directory/deletedItems/microsoft.graph.user", None)["value"].as_array().unwrap().len(), 1);
}

#[test]
fn the_domain_of_many_users_is_asked_for_once() {
    let test_tenant = TestTenant::new("the_domain_of_many_users_is_asked_for_once");
    let workspace = test_tenant.workspace(
        "resource \"aksaccess_user\" \"them\" {\n  count = 20\n  user_principal_name = \"u${count.index}@contoso.com\"\n  display_name = \"u\"\n}\n",
    );
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/organization": 1, "POST /v1.0/users": 20 }));
    // Seconds later each is read alone; later they are listed as soon as that costs fewer requests.
    later(&test_tenant);
    workspace.plan_is_empty();
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    let read = test_tenant.requests();
    assert_eq!(read["GET /v1.0/users"], json!(1), "{read}");
    assert!(read["GET /v1.0/users/{id}"].as_u64() < Some(20), "{read}");
}

/// Every attribute that can be changed, with its property, two values in HCL and in JSON.
fn attributes() -> Vec<(&'static str, &'static str, [Value; 2])> {
    let mut all: Vec<(&str, &str, [Value; 2])> = vec![
        ("user_principal_name", "userPrincipalName", [json!("anna@contoso.com"), json!("anna.b@contoso.onmicrosoft.com")]),
        ("display_name", "displayName", [json!("Anna"), json!("Anna B")]),
        ("account_enabled", "accountEnabled", [json!(true), json!(false)]),
        ("mail_nickname", "mailNickname", [json!("anna"), json!("annab")]),
        ("user_type", "userType", [json!("Member"), json!("Guest")]),
        ("mail", "mail", [json!("anna@contoso.com"), json!("b@contoso.com")]),
        ("onpremises_immutable_id", "onPremisesImmutableId", [json!("a1"), json!("a2")]),
        ("other_mails", "otherMails", [json!(["a@contoso.com", "b@contoso.com"]), json!(["c@contoso.com"])]),
        ("business_phones", "businessPhones", [json!(["+49 1"]), json!(["+49 2"])]),
        ("employee_hire_date", "employeeHireDate", [json!("2026-11-01T00:00:00Z"), json!("2026-12-01T00:00:00Z")]),
        ("usage_location", "usageLocation", [json!("DE"), json!("AT")]),
        ("age_group", "ageGroup", [json!("Minor"), json!("Adult")]),
        ("consent_provided_for_minor", "consentProvidedForMinor", [json!("Granted"), json!("NotRequired")]),
    ];
    for (attribute, property) in [
        ("given_name", "givenName"),
        ("surname", "surname"),
        ("mobile_phone", "mobilePhone"),
        ("fax_number", "faxNumber"),
        ("company_name", "companyName"),
        ("department", "department"),
        ("job_title", "jobTitle"),
        ("office_location", "officeLocation"),
        ("employee_id", "employeeId"),
        ("employee_type", "employeeType"),
        ("street_address", "streetAddress"),
        ("postal_code", "postalCode"),
        ("city", "city"),
        ("state", "state"),
        ("country", "country"),
        ("preferred_language", "preferredLanguage"),
    ] {
        all.push((attribute, property, [json!("first"), json!("second")]));
    }
    all
}

/// Attributes that are read from more than one property.
const FURTHER: [(&str, [&str; 2]); 4] = [
    ("disable_password_expiration", ["true", "false"]),
    ("disable_strong_password", ["false", "true"]),
    ("cost_center", ["\"1\"", "\"2\""]),
    ("division", ["\"a\"", "\"b\""]),
];

/// Every attribute with its first (0) or second (1) value; the one named `only` with its second.
fn lines(which: usize, only: Option<&str>) -> String {
    let pick = |attribute: &str| if only == Some(attribute) { 1 } else { which };
    let plain = attributes().into_iter().map(|(attribute, _, values)| format!("{attribute} = {}\n", values[pick(attribute)]));
    let further = FURTHER.iter().map(|(attribute, values)| format!("{attribute} = {}\n", values[pick(attribute)]));
    plain.chain(further).collect()
}

#[test]
fn everything_is_made_in_one_request_and_read_back() {
    let test_tenant = TestTenant::new("everything_is_made_in_one_request");
    let workspace = applied(&test_tenant, &lines(0, None));
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/organization": 1, "POST /v1.0/users": 1 }));
    workspace.plan_is_empty();
    let select: Vec<&str> = attributes().iter().map(|(_, property, _)| *property).collect();
    let there =
        test_tenant.graph("GET", &format!("/users/{}?$select={},employeeOrgData,passwordPolicies", id(&workspace), select.join(",")), None);
    for (attribute, property, [first, _]) in attributes() {
        assert_eq!(there[property], first, "{attribute}");
    }
    assert_eq!(there["employeeOrgData"], json!({ "costCenter": "1", "division": "a" }));
    assert_eq!(there["passwordPolicies"], "DisablePasswordExpiration");
}

#[test]
fn every_attribute_changes_in_place_and_alone() {
    let test_tenant = TestTenant::new("every_attribute_changes_in_place_and_alone");
    let workspace = applied(&test_tenant, &lines(0, None));
    let first = id(&workspace);
    let names: Vec<&str> =
        attributes().iter().map(|(attribute, ..)| *attribute).chain(FURTHER.iter().map(|(attribute, _)| *attribute)).collect();
    for name in names {
        workspace.write(&user(&lines(0, Some(name))));
        test_tenant.forget_requests();
        workspace.apply();
        let mut expected = json!({ "GET /v1.0/users/{id}": 1, "PATCH /v1.0/users/{id}": 1 });
        if name == "user_principal_name" {
            expected["GET /v1.0/organization"] = json!(1);
        }
        assert_eq!(test_tenant.requests(), expected, "{name}");
        workspace.write(&user(&lines(0, None)));
        workspace.apply();
        assert_eq!(id(&workspace), first, "{name}");
    }
    // All at once is one PATCH, too, and then nearly everything goes away.
    for lines in [lines(1, None), ANNA.to_owned()] {
        workspace.write(&user(&lines));
        assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
        test_tenant.forget_requests();
        workspace.apply();
        assert_eq!(test_tenant.requests()["PATCH /v1.0/users/{id}"], json!(1));
        workspace.plan_is_empty();
        assert_eq!(id(&workspace), first);
    }
    let there = test_tenant.graph(
        "GET",
        &format!("/users/{first}?$select=city,businessPhones,passwordPolicies,mailNickname,employeeOrgData"),
        None,
    );
    assert_eq!((&there["city"], &there["businessPhones"], &there["passwordPolicies"]), (&Value::Null, &json!([]), &json!("None")));
    assert_eq!(there["mailNickname"], "annab", "what is omitted is left alone where the documentation says so");
}

#[test]
fn a_manager_is_set_changed_and_removed() {
    let test_tenant = TestTenant::new("a_manager_is_set_changed_and_removed");
    let [boss, other]: [String; 2] = test_tenant.users(2).try_into().unwrap();
    let workspace = test_tenant.workspace(&user(&format!("{ANNA}manager_id = {boss:?}")));
    test_tenant.forget_requests();
    workspace.apply();
    assert_eq!(
        test_tenant.requests(),
        json!({ "GET /v1.0/organization": 1, "POST /v1.0/directoryObjects/getByIds": 1, "POST /v1.0/users": 1, "PUT /v1.0/users/{id}/manager/$ref": 1 })
    );
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ "GET /v1.0/users/{id}": 1 }), "the manager comes with the user");
    let path = format!("/users/{}/manager", id(&workspace));
    assert_eq!(test_tenant.graph("GET", &path, None)["id"], json!(boss));
    workspace.write(&user(&format!("{ANNA}manager_id = {:?}", other.to_uppercase())));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.graph("GET", &path, None)["id"], json!(other));
    let imported = test_tenant.workspace(&user(&format!("{ANNA}manager_id = {other:?}")));
    imported.succeeds(&["import", "-no-color", IT, "anna@contoso.com"]);
    imported.plan_is_empty();
    workspace.write(&user(ANNA));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.status(&path), 404);
    // Whom somebody else gave them is not managed here, and left alone.
    let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{boss}") });
    test_tenant.graph("PUT", &format!("{path}/$ref"), Some(reference));
    workspace.plan_is_empty();
}

#[test]
fn a_manager_can_be_made_in_the_same_run() {
    let test_tenant = TestTenant::new("a_manager_can_be_made_in_the_same_run");
    let boss = "resource \"aksaccess_user\" \"boss\" {\n  user_principal_name = \"boss@contoso.com\"\n  display_name = \"Boss\"\n}\n";
    let workspace = test_tenant.workspace(&format!("{boss}{}", user(&format!("{ANNA}manager_id = aksaccess_user.boss.id"))));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["manager_id"], workspace.state("aksaccess_user.boss")["id"]);
    workspace.destroy();
}

#[test]
fn an_imported_user_has_the_state_of_a_created_one() {
    let test_tenant = TestTenant::new("an_imported_user_has_the_state_of_a_created_one");
    for lines in [ANNA.to_owned(), lines(0, None)] {
        let made = applied(&test_tenant, &lines);
        // The password alone cannot be read.
        let without = |mut state: Value| {
            state["password"] = Value::Null;
            state
        };
        let (state, id) = (without(made.state(IT)), id(&made));
        for spelling in
            [id.clone(), id.to_uppercase(), format!("/users/{id}"), "anna@contoso.com".to_owned(), "/users/anna@contoso.com".to_owned()]
        {
            let imported = test_tenant.workspace(&user(&lines));
            imported.succeeds(&["import", "-no-color", IT, &spelling]);
            assert_eq!(imported.state(IT), state, "{spelling}");
            imported.plan_is_empty();
        }
        let block = test_tenant.workspace(&format!("{}import {{\n  to = {IT}\n  id = \"anna@contoso.com\"\n}}\n", user(&lines)));
        assert_eq!(block.planned_actions(), json!({ IT: ["no-op"] }));
        block.apply();
        made.destroy();
    }
}

#[test]
fn configuration_can_be_generated_for_a_user() {
    let test_tenant = TestTenant::new("configuration_can_be_generated_for_a_user");
    applied(&test_tenant, &lines(0, None));
    let workspace = test_tenant.workspace(&format!("import {{\n  to = {IT}\n  id = \"anna@contoso.com\"\n}}\n"));
    workspace.succeeds(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    workspace.apply();
    workspace.plan_is_empty();
}

#[test]
fn changes_outside_of_terraform_are_reverted() {
    let test_tenant = TestTenant::new("a_user_changed_outside_of_terraform");
    let workspace = applied(&test_tenant, &lines(0, None));
    let theirs = json!({ "city": "theirs", "accountEnabled": false, "otherMails": [], "employeeOrgData": { "division": "theirs" }, "passwordPolicies": "None" });
    test_tenant.graph("PATCH", &format!("/users/{}", id(&workspace)), Some(theirs));
    later(&test_tenant);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["city"], "first");
}

#[test]
fn a_user_removed_outside_of_terraform_is_created_again() {
    let test_tenant = TestTenant::new("a_user_removed_outside_of_terraform");
    let workspace = applied(&test_tenant, ANNA);
    test_tenant.graph("DELETE", &format!("/users/{}", id(&workspace)), None);
    later(&test_tenant);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    test_tenant.graph("DELETE", &format!("/users/{}", id(&workspace)), None);
    later(&test_tenant);
    workspace.succeeds(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]);
}

#[test]
fn another_spelling_is_no_difference() {
    let test_tenant = TestTenant::new("another_spelling_of_a_user_is_no_difference");
    let workspace = applied(&test_tenant, &lines(0, None));
    let other_notation = lines(0, None)
        .replace("\"anna@contoso.com\"", "\"Anna@Contoso.com\"")
        .replace("2026-11-01T00:00:00Z", "2026-11-01T01:00:00+01:00")
        .replace("[\"a@contoso.com\",\"b@contoso.com\"]", "[\"B@contoso.com\",\"a@contoso.com\"]");
    assert_ne!(other_notation, lines(0, None));
    workspace.write(&user(&other_notation));
    workspace.plan_is_empty();
}
