//! The data sources with the real Terraform: one and many, by every key, and what is said of those that are missing or ambiguous.

use serde_json::{Value, json};

use crate::directory::user::body;
use crate::test_tenant::{TestTenant, Workspace};

/// A data source of these lines, called `it`.
fn data(kind: &str, lines: &str) -> String {
    format!("data \"aksaccess_{kind}\" \"it\" {{\n{lines}\n}}\noutput \"it\" {{\n  value = data.aksaccess_{kind}.it\n}}\n")
}

/// What a data source found.
fn found(workspace: &Workspace<'_>) -> Value {
    workspace.apply();
    let text = workspace.succeeds(&["output", "-json", "it"]).text;
    // The warning about development overrides may stand before it.
    let start = text.find("\n{").map_or(0, |at| at);
    serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>().next().unwrap().unwrap()
}

/// Looks once.
pub fn look(test_tenant: &TestTenant, kind: &str, lines: &str) -> Value {
    found(&test_tenant.workspace(&data(kind, lines)))
}

/// Looking must fail in the plan with these words.
pub fn refused(test_tenant: &TestTenant, kind: &str, lines: &str, messages: &[&str]) {
    test_tenant.workspace(&data(kind, lines)).plan_fails(messages);
}

fn made(test_tenant: &TestTenant, path: &str, body: Value) -> String {
    test_tenant.graph("POST", path, Some(body))["id"].as_str().unwrap().to_owned()
}

fn group(name: &str, nickname: &str) -> Value {
    json!({ "displayName": name, "mailNickname": nickname, "mailEnabled": false, "securityEnabled": true })
}

fn list(values: &[String]) -> String {
    serde_json::to_string(values).unwrap()
}

#[test]
fn a_user_is_found_by_every_key_in_one_request() {
    let test_tenant = TestTenant::new("a_user_is_found_by_every_key");
    let boss = made(&test_tenant, "/users", body("boss"));
    let mut anna = body("anna");
    let more = json!({ "mail": "anna@contoso.com", "employeeId": "E'1", "department": "Platform", "employeeOrgData": { "division": "d" } });
    anna.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let id = made(&test_tenant, "/users", anna);
    let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/users/{boss}") });
    test_tenant.graph("PUT", &format!("/users/{id}/manager/$ref"), Some(reference));
    for (line, request) in [
        (format!("id = {id:?}"), "GET /v1.0/users/{id}"),
        ("user_principal_name = \"ANNA@contoso.com\"".to_owned(), "GET /v1.0/users/{id}"),
        ("mail = \"anna@contoso.com\"".to_owned(), "GET /v1.0/users"),
        ("mail_nickname = \"anna\"".to_owned(), "GET /v1.0/users"),
        ("employee_id = \"E'1\"".to_owned(), "GET /v1.0/users"),
    ] {
        let workspace = test_tenant.workspace(&data("user", &line));
        test_tenant.forget_requests();
        workspace.succeeds(&["plan", "-no-color"]);
        assert_eq!(test_tenant.requests(), json!({ request: 1 }), "{line}");
        let found = found(&workspace);
        assert_eq!(
            (&found["id"], &found["display_name"], &found["department"]),
            (&json!(id), &json!("anna"), &json!("Platform")),
            "{line}"
        );
        assert_eq!(
            (&found["manager_id"], &found["division"], &found["user_type"]),
            (&json!(boss), &json!("d"), &json!("Member")),
            "{line}"
        );
    }
}

#[test]
fn a_missing_or_ambiguous_user_is_reported() {
    let test_tenant = TestTenant::new("a_user_that_is_missing_or_ambiguous");
    let mut twins: Vec<String> = ["one", "two"]
        .map(|name| {
            let mut body = body(name);
            body["employeeId"] = json!("42");
            made(&test_tenant, "/users", body)
        })
        .into();
    twins.sort();
    refused(
        &test_tenant,
        "user",
        "employee_id = \"42\"",
        &["Several users have the same employee id", &twins.join(", "), "on main.tf line"],
    );
    refused(
        &test_tenant,
        "user",
        "employee_id = \"4'2\"",
        &["The user cannot be found", "No user of the tenant has the employee id \"4'2\"."],
    );
    refused(&test_tenant, "user", "user_principal_name = \"nobody@contoso.com\"", &["The user cannot be found", "\"nobody@contoso.com\""]);
    refused(&test_tenant, "user", "id = \"0f1e2d3c-0000-4000-8000-00000000abcd\"", &["The user cannot be found"]);
    refused(
        &test_tenant,
        "user",
        "",
        &["Nothing to look for", "Give one of `id`, `user_principal_name`, `mail`, `mail_nickname`, `employee_id`."],
    );
    refused(&test_tenant, "user", "mail = \"a\"\nmail_nickname = \"b\"", &["Too much to look for", "mail, mail_nickname"]);
    refused(&test_tenant, "user", "id = \"anna\"", &["Invalid value for id", "must be a UUID"]);
}

#[test]
fn five_hundred_users_are_five_requests_at_most() {
    let test_tenant = TestTenant::new("five_hundred_users");
    let ids = test_tenant.users(500);
    let workspace = test_tenant.workspace(&data("users", &format!("ids = {}", list(&ids))));
    test_tenant.forget_requests();
    let users = found(&workspace);
    // Once in the plan and, as nothing needed an apply to be known, never again.
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 1 }));
    let order: Vec<&Value> = users["users"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
    assert_eq!(order, ids.iter().map(|id| json!(id)).collect::<Vec<_>>().iter().collect::<Vec<_>>(), "in the order of asking");
    let names: Vec<String> =
        users["user_principal_names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 500);
    test_tenant.forget_requests();
    let by_name = look(&test_tenant, "users", &format!("user_principal_names = {}", list(&names)));
    assert_eq!((test_tenant.requests(), test_tenant.batched()), (json!({ "POST /v1.0/$batch": 2 }), json!({ "GET /v1.0/users": 34 })));
    assert_eq!(by_name["ids"], json!(ids));
    test_tenant.forget_requests();
    let all = look(&test_tenant, "users", "return_all = true");
    assert_eq!(
        (test_tenant.requests(), all["ids"].as_array().unwrap().len()),
        (json!({ "GET /v1.0/users": 1 }), 501),
        "with the administrator"
    );
    // Who may not ask for ids at once asks for them as for names.
    test_tenant.control("POST", "faults", Some(json!({ "faults": "9 POST /v1.0/directoryObjects/getByIds status=403" })));
    test_tenant.forget_requests();
    let fallback = look(&test_tenant, "users", &format!("ids = {}", list(&ids)));
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 1, "POST /v1.0/$batch": 2 }));
    assert_eq!(fallback["users"], users["users"]);
}

#[test]
fn users_are_found_by_every_key() {
    let test_tenant = TestTenant::new("users_are_found_by_every_key");
    let ids: Vec<String> = ["anna", "ben"]
        .map(|name| {
            let mut body = body(name);
            body["mail"] = json!(format!("{name}@contoso.com"));
            body["employeeId"] = json!(format!("{name}'s"));
            made(&test_tenant, "/users", body)
        })
        .into();
    let turned = json!([ids[1], ids[0]]);
    for line in [
        format!("ids = [{:?}, {:?}]", ids[1].to_uppercase(), ids[0]),
        "user_principal_names = [\"Ben@contoso.com\", \"anna@contoso.com\", \"BEN@contoso.com\"]".to_owned(),
        "mails = [\"ben@contoso.com\", \"anna@contoso.com\"]".to_owned(),
        "mail_nicknames = [\"ben\", \"anna\"]".to_owned(),
        "employee_ids = [\"ben's\", \"anna's\"]".to_owned(),
    ] {
        let users = look(&test_tenant, "users", &line);
        let order: Vec<Value> = users["users"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
        assert_eq!(json!(order), turned, "{line}");
        assert_eq!(users["users"][0]["employee_id"], "ben's");
        if !line.starts_with("employee_ids") {
            assert_eq!(users["employee_ids"], json!(["ben's", "anna's"]), "{line}");
        }
    }
    assert_eq!(look(&test_tenant, "users", "ids = []")["users"], json!([]));
    // Somebody of another kind is no user.
    let group_id = made(&test_tenant, "/groups", group("g", "g"));
    refused(&test_tenant, "users", &format!("ids = [{group_id:?}]"), &["1 of the users cannot be found", &group_id]);
}

#[test]
fn missing_and_ambiguous_users_are_named_exactly() {
    let test_tenant = TestTenant::new("missing_and_ambiguous_users");
    made(&test_tenant, "/users", body("anna"));
    let names = "user_principal_names = [\"x@contoso.com\", \"anna@contoso.com\", \"o'y@contoso.com\"]";
    refused(
        &test_tenant,
        "users",
        names,
        &[
            "2 of the users cannot be found",
            "No user of the tenant has the user principal name \"x@contoso.com\", \"o'y@contoso.com\".",
            "on main.tf line",
        ],
    );
    let users = look(&test_tenant, "users", &format!("{names}\nignore_missing = true"));
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    assert_eq!(users["mail_nicknames"], json!(["anna"]));
    let mut twins: Vec<String> = ["b1", "b2"]
        .map(|name| {
            let mut body = body(name);
            body["mailNickname"] = json!("ben");
            made(&test_tenant, "/users", body)
        })
        .into();
    twins.sort();
    refused(
        &test_tenant,
        "users",
        "mail_nicknames = [\"anna\", \"ben\", \"nobody\"]\nignore_missing = true",
        &["Several users have the same mail nickname", &format!("\"ben\" is that of {}", twins.join(", "))],
    );
    refused(&test_tenant, "users", "", &["Nothing to look for"]);
    refused(&test_tenant, "users", "return_all = false", &["Nothing to look for"]);
    refused(&test_tenant, "users", "return_all = true\nids = []", &["Too much to look for"]);
}

#[test]
fn a_group_is_found_with_owners_and_members_where_asked_for() {
    let test_tenant = TestTenant::new("a_group_is_found");
    let users = test_tenant.users(3);
    let reference = |id: &str| json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") });
    let inner = made(&test_tenant, "/groups", group("inner", "inner"));
    let id = made(&test_tenant, "/groups", group("it's", "nick"));
    test_tenant.graph("POST", &format!("/groups/{id}/owners/$ref"), Some(reference(&users[0])));
    for (into, member) in [(&id, &users[1]), (&id, &inner), (&inner, &users[2])] {
        test_tenant.graph("POST", &format!("/groups/{into}/members/$ref"), Some(reference(member)));
    }
    for (line, request) in [
        (format!("id = {id:?}"), "GET /v1.0/groups/{id}"),
        ("display_name = \"it's\"".to_owned(), "GET /v1.0/groups"),
        ("mail_nickname = \"nick\"\nsecurity_enabled = true".to_owned(), "GET /v1.0/groups"),
    ] {
        test_tenant.forget_requests();
        let found = look(&test_tenant, "group", &line);
        assert_eq!(test_tenant.requests(), json!({ request: 1 }), "{line}");
        assert_eq!(
            (&found["id"], &found["display_name"], &found["owners"], &found["members"]),
            (&json!(id), &json!("it's"), &Value::Null, &Value::Null)
        );
    }
    let found = look(&test_tenant, "group", &format!("id = {id:?}\ninclude_owners = true\ninclude_members = true"));
    let mut members = vec![users[1].clone(), inner.clone()];
    members.sort();
    assert_eq!((&found["owners"], sorted(&found["members"])), (&json!([users[0]]), json!(members)));
    members.push(users[2].clone());
    members.sort();
    let found = look(&test_tenant, "group", &format!("id = {id:?}\ninclude_transitive_members = true"));
    assert_eq!(sorted(&found["members"]), json!(members));
    refused(&test_tenant, "group", &format!("id = {id:?}\nmail_enabled = true"), &["The group is of another kind"]);
    refused(&test_tenant, "group", "display_name = \"it's\"\nmail_enabled = true", &["The group cannot be found", "\"it's\""]);
    let mut twins = [id, made(&test_tenant, "/groups", group("it's", "other"))];
    twins.sort();
    refused(&test_tenant, "group", "display_name = \"it's\"", &["Several groups have the same display name", &twins.join(", ")]);
    refused(&test_tenant, "group", "", &["Nothing to look for"]);
}

fn sorted(list: &Value) -> Value {
    let mut list = list.as_array().unwrap().clone();
    list.sort_by_key(Value::to_string);
    json!(list)
}

#[test]
fn a_dynamic_group_shows_its_rule() {
    let test_tenant = TestTenant::new("a_dynamic_group_shows_its_rule");
    let mut dynamic = group("d", "d");
    let rule =
        json!({ "groupTypes": ["DynamicMembership"], "membershipRule": "user.city -eq \"Ulm\"", "membershipRuleProcessingState": "On" });
    dynamic.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    made(&test_tenant, "/groups", dynamic);
    let found = look(&test_tenant, "group", "display_name = \"d\"");
    assert_eq!(found["dynamic_membership"], json!({ "enabled": true, "rule": "user.city -eq \"Ulm\"" }));
}

#[test]
fn many_groups_are_found_in_few_requests() {
    let test_tenant = TestTenant::new("many_groups_are_found");
    let made: Vec<String> = test_tenant.control("POST", "populate", Some(json!({ "groups": 320 })))["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    test_tenant.forget_requests();
    let by_id = look(&test_tenant, "groups", &format!("ids = {}", list(&made)));
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 1 }));
    let names: Vec<String> = by_id["display_names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    test_tenant.forget_requests();
    let by_name = look(&test_tenant, "groups", &format!("display_names = {}", list(&names)));
    assert_eq!((test_tenant.requests(), test_tenant.batched()), (json!({ "POST /v1.0/$batch": 2 }), json!({ "GET /v1.0/groups": 22 })));
    assert_eq!((&by_name["ids"], &by_name["groups"]), (&json!(made), &by_id["groups"]));
    let unified = json!({ "displayName": "zebra's team", "mailNickname": "zebra", "mailEnabled": true, "securityEnabled": false, "groupTypes": ["Unified"] });
    test_tenant.graph("POST", "/groups", Some(unified));
    test_tenant.graph("POST", "/groups", Some(group("zebra's admins", "zebra")));
    for (line, count) in [
        ("return_all = true", 322),
        ("return_all = true\nsecurity_enabled = true", 321),
        ("display_name_prefix = \"Zebra's\"", 2),
        ("display_name_prefix = \"zebra's\"\nmail_enabled = true", 1),
        ("display_name_prefix = \"zebra's\"\nmail_enabled = true\nsecurity_enabled = true", 0),
        ("display_names = [\"zebra's team\", \"nobody's\"]\nignore_missing = true\nsecurity_enabled = false", 1),
    ] {
        assert_eq!(look(&test_tenant, "groups", line)["groups"].as_array().unwrap().len(), count, "{line}");
    }
    refused(
        &test_tenant,
        "groups",
        "display_names = [\"zebra's team\", \"nobody's\"]",
        &["1 of the groups cannot be found", "No group of the tenant has the display name \"nobody's\"."],
    );
    refused(
        &test_tenant,
        "groups",
        &format!("ids = [{:?}]\nmail_enabled = true", made[0]),
        &["1 of the groups are of another kind", &made[0]],
    );
    let lines = format!("ids = [{:?}]\nmail_enabled = true\nignore_missing = true", made[0]);
    assert_eq!(look(&test_tenant, "groups", &lines)["groups"], json!([]));
    test_tenant.graph("POST", "/groups", Some(group("zebra's team", "zebra2")));
    refused(&test_tenant, "groups", "display_names = [\"zebra's team\"]", &["Several groups have the same display name"]);
    refused(&test_tenant, "groups", "", &["Nothing to look for"]);
}

#[test]
fn a_service_principal_is_found_by_every_key() {
    let test_tenant = TestTenant::new("a_service_principal_is_found");
    let (id, client_id) = (emulator::tenant::SERVICE_PRINCIPAL_ID, emulator::tenant::CLIENT_ID);
    for line in
        [format!("id = {id:?}"), format!("client_id = {client_id:?}"), "display_name = \"aksaccess emulator administrator\"".to_owned()]
    {
        test_tenant.forget_requests();
        let found = look(&test_tenant, "service_principal", &line);
        assert_eq!(test_tenant.requests().as_object().unwrap().len(), 1);
        assert_eq!((&found["id"], &found["client_id"], &found["type"]), (&json!(id), &json!(client_id), &json!("Application")), "{line}");
        assert_eq!(found["application_tenant_id"], json!(emulator::tenant::TENANT_ID));
    }
    refused(&test_tenant, "service_principal", &format!("id = {client_id:?}"), &["The service principal cannot be found"]);
    refused(&test_tenant, "service_principal", &format!("client_id = {id:?}"), &["has the client id"]);
    refused(&test_tenant, "service_principal", "display_name = \"it's\"", &["has the display name \"it's\""]);
    refused(&test_tenant, "service_principal", "", &["Nothing to look for"]);
}

#[test]
fn the_client_config_tells_who_signs_in_without_a_request() {
    let test_tenant = TestTenant::new("the_client_config");
    let mut workspace = test_tenant.workspace(&data("client_config", ""));
    let expected = json!({
        "tenant_id": emulator::tenant::TENANT_ID, "client_id": emulator::tenant::CLIENT_ID,
        "object_id": emulator::tenant::SERVICE_PRINCIPAL_ID, "subscription_id": emulator::tenant::SUBSCRIPTION_ID, "timeouts": null,
    });
    assert_eq!(found(&workspace), expected);
    // Also where a domain name was given for the tenant.
    workspace.set("ARM_TENANT_ID", emulator::tenant::DOMAIN);
    assert_eq!(found(&workspace), expected);
    assert_eq!(test_tenant.requests(), json!({}));
}

#[test]
fn what_is_known_only_at_apply_is_looked_up_then() {
    let test_tenant = TestTenant::new("what_is_known_only_at_apply_is_looked_up_then");
    let user = "resource \"aksaccess_user\" \"anna\" {\n  user_principal_name = \"anna@contoso.com\"\n  display_name = \"Anna\"\n}\n";
    let workspace = test_tenant.workspace(&format!("{user}{}", data("users", "ids = [aksaccess_user.anna.id]")));
    assert_eq!(found(&workspace)["user_principal_names"], json!(["anna@contoso.com"]));
    workspace.plan_is_empty();
}

/// Lists of what was found have one length and order, whatever was asked for.
#[test]
fn names_and_ids_of_several_groups_and_users_pair() {
    let test_tenant = TestTenant::new("names_and_ids_pair");
    let ids = ["one", "two"].map(|name| made(&test_tenant, "/groups", group(name, name)));
    let nobody = "0f1e2d3c-0000-4000-8000-00000000abcd";
    for lines in
        ["display_names = [\"nobody\", \"TWO\", \"two\", \"one\"]".to_owned(), format!("ids = [{nobody:?}, {:?}, {:?}]", ids[1], ids[0])]
    {
        let found = look(&test_tenant, "groups", &format!("{lines}\nignore_missing = true"));
        assert_eq!((&found["display_names"], &found["ids"]), (&json!(["two", "one"]), &json!([ids[1], ids[0]])), "{lines}");
    }
    // All of it was found: as the configuration writes it.
    let found = look(&test_tenant, "groups", "display_names = [\"ONE\", \"two\"]");
    assert_eq!((&found["display_names"], &found["ids"]), (&json!(["ONE", "two"]), &json!(ids)));
    let (user, _) = test_tenant.person("anna");
    for lines in ["user_principal_names = [\"nobody@contoso.com\", \"anna@contoso.com\"]", "mail_nicknames = [\"nobody\", \"anna\"]"] {
        let found = look(&test_tenant, "users", &format!("{lines}\nignore_missing = true"));
        let lists = ["user_principal_names", "mail_nicknames", "ids"].map(|name| found[name].clone());
        assert_eq!(lists, [json!(["anna@contoso.com"]), json!(["anna"]), json!([user])], "{lines}");
    }
}
