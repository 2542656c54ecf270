//! `aksaccess_administrative_unit_member` with the real Terraform.

use serde_json::json;

use crate::test_tenant::TestTenant;

const IT: &str = "aksaccess_administrative_unit_member.it";
const ADD: &str = "POST /v1.0/directory/administrativeUnits/{id}/members/$ref";
const LIST: &str = "GET /v1.0/directory/administrativeUnits/{id}/members";
const REMOVE: &str = "DELETE /v1.0/directory/administrativeUnits/{id}/members/{memberId}/$ref";

/// One membership.
fn membership(unit: &str, member: &str, lines: &str) -> String {
    format!(
        "resource \"aksaccess_administrative_unit_member\" \"it\" {{\n  administrative_unit_id = {unit:?}\n  member_id = {member:?}\n  {lines}\n}}\n"
    )
}

#[test]
fn a_member_of_a_unit_is_made_read_made_anew_and_removed() {
    let test_tenant = TestTenant::new("a_member_of_a_unit");
    let (users, unit) = (test_tenant.users(2), test_tenant.unit());
    test_tenant.add_to_unit(&unit, &users[1]);
    test_tenant.forget_requests();
    let workspace = test_tenant.workspace(&membership(&unit, &users[0], ""));
    workspace.apply();
    assert_eq!(test_tenant.requests(), json!({ "POST /v1.0/directoryObjects/getByIds": 1, ADD: 1 }));
    assert_eq!(workspace.state(IT)["id"], json!(format!("{unit}/{}", users[0])));
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ LIST: 1 }));
    workspace.write(&membership(&unit.to_uppercase(), &users[0].to_uppercase(), "adopt_existing = true"));
    assert_eq!(workspace.planned_actions(), json!({ IT: ["update"] }));
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/directory/administrativeUnits/{unit}/members/{}/$ref", users[0]), None);
    assert_eq!(workspace.planned_actions(), json!({ IT: ["create"] }));
    workspace.apply();
    workspace.plan_is_empty();
    test_tenant.forget_requests();
    workspace.destroy();
    assert_eq!(test_tenant.requests(), json!({ LIST: 1, REMOVE: 1 }));
    assert_eq!(test_tenant.in_unit(&unit), users[1..], "others are left alone");
    // With the unit its memberships are gone.
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.graph("DELETE", &format!("/directory/administrativeUnits/{unit}"), None);
    workspace.destroy();
}

#[test]
fn a_member_of_a_unit_that_exists_is_imported_or_adopted_by_one() {
    let test_tenant = TestTenant::new("a_member_of_a_unit_that_exists");
    let (user, unit) = (test_tenant.users(1).remove(0), test_tenant.unit());
    test_tenant.add_to_unit(&unit, &user);
    let workspace = test_tenant.workspace(&membership(&unit, &user, ""));
    let import = format!("id = \"{unit}/{user}\"");
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["already", "to = aksaccess_administrative_unit_member.NAME", &import, "adopt_existing = true"],
    );
    for spelling in [format!("{unit}/{user}"), format!("{unit}/member/{user}"), format!("{unit}/{user}").to_uppercase()] {
        let workspace = test_tenant.workspace(&membership(&unit, &user, ""));
        workspace.succeeds(&["import", "-no-color", IT, &spelling]);
        workspace.plan_is_empty();
    }
    workspace.fails(&["import", "-no-color", IT, &unit], &["administrative unit", "`<unit>/<member>`"]);
    workspace.write(&membership(&unit, &user, "adopt_existing = true\n  count = 2"));
    workspace.plan_fails(&["managed by this configuration already"]);
    workspace.write(&membership(&unit, &user, "adopt_existing = true"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    assert_eq!(test_tenant.in_unit(&unit), Vec::<String>::new());
}

#[test]
fn what_cannot_be_in_a_unit_is_refused_in_the_plan() {
    let test_tenant = TestTenant::new("what_cannot_be_in_a_unit");
    let (user, unit) = (test_tenant.users(1).remove(0), test_tenant.unit());
    let service_principal = emulator::tenant::SERVICE_PRINCIPAL_ID;
    for (unit, member, message) in [
        (unit.as_str(), "0f1e2d3c-0000-4000-8000-00000000abcd", "This member does not exist"),
        (&unit, service_principal, "No user, group or device of the tenant has the object id"),
        (&user, &user, "This administrative unit does not exist"),
    ] {
        test_tenant.workspace(&membership(unit, member, "")).plan_fails(&[message]);
    }
    assert_eq!(test_tenant.in_unit(&unit), Vec::<String>::new());
}

#[test]
fn a_unit_is_listed_once_a_single_read_has_paid_for_it() {
    let test_tenant = TestTenant::new("a_unit_is_listed_once_it_pays");
    let (users, unit) = (test_tenant.users(30), test_tenant.unit());
    let workspace = test_tenant.workspace(&format!(
        "resource \"aksaccess_administrative_unit_member\" \"it\" {{\n  for_each = toset({})\n  administrative_unit_id = {unit:?}\n  member_id = each.key\n}}\n",
        json!(users)
    ));
    workspace.apply();
    test_tenant.advance("PT2M");
    test_tenant.forget_requests();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.requests(), json!({ LIST: 2 }), "one membership, then a page");
    workspace.destroy();
    assert_eq!(test_tenant.in_unit(&unit), Vec::<String>::new());
}

#[test]
fn a_group_whose_units_are_managed_as_a_list_is_put_into_none_besides() {
    let test_tenant = TestTenant::new("a_group_whose_units_are_managed_as_a_list");
    let (one, other) = (test_tenant.unit(), test_tenant.unit());
    let group = |lines: &str| format!("resource \"aksaccess_group\" \"g\" {{\n  display_name = \"g\"\n  {lines}\n}}\n");
    let besides = format!(
        "resource \"aksaccess_administrative_unit_member\" \"it\" {{\n  administrative_unit_id = {other:?}\n  member_id = aksaccess_group.g.id\n}}\n"
    );
    let listed = group(&format!("administrative_unit_ids = [{one:?}]"));
    let message = "is managed by an aksaccess_group";
    let workspace = test_tenant.workspace(&format!("{listed}{besides}"));
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &[message]);
    assert_eq!(workspace.addresses(), ["aksaccess_group.g"]);
    workspace.plan_fails(&[message]);
    test_tenant.advance("PT2M");
    workspace.write(&format!("{}{besides}", group("")));
    workspace.apply();
    test_tenant.advance("PT2M");
    workspace.plan_is_empty();
    workspace.destroy();
}

#[test]
fn a_member_of_a_unit_is_made_once_whatever_fails_on_the_way() {
    let test_tenant = TestTenant::new("a_member_of_a_unit_whatever_fails");
    let (user, unit) = (test_tenant.users(1).remove(0), test_tenant.unit());
    let workspace = test_tenant.workspace(&membership(&unit, &user, ""));
    for fault in ["reset-before", "reset-after", "status-after=504", "throttle=1"] {
        test_tenant.arm(&format!("1 {ADD} {fault}; 1 {REMOVE} {fault}"));
        workspace.apply();
        assert_eq!(test_tenant.in_unit(&unit), std::slice::from_ref(&user), "{fault}");
        // Within the consistency window it would be looked for until no answer can be stale.
        test_tenant.advance("PT2M");
        workspace.destroy();
        assert_eq!(test_tenant.in_unit(&unit), Vec::<String>::new(), "{fault}");
    }
}
