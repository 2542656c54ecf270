//! Role assignments that exist already: made by others, by another configuration, or by a request whose answer was lost.

use serde_json::json;

use super::role_assignment::{APPLY, IT, READER, assignment, at, group, made_elsewhere};
use crate::test_tenant::TestTenant;

#[test]
fn what_exists_already_is_imported_or_adopted() {
    let test_tenant = TestTenant::new("what_assignment_exists_already");
    let team = test_tenant.group(json!({}));
    let name = "0f1e2d3c-0000-4000-8000-000000000001";
    let id = made_elsewhere(&test_tenant, &group(), name, READER, &team);
    let of = |lines: &str| assignment(&team, "Reader", &format!("{}\n  {lines}", at(&group())));
    let workspace = test_tenant.workspace(&of(""));
    workspace.fails(
        &["apply", "-auto-approve", "-no-color"],
        &["The role assignment exists already", "import {", &format!("id = \"{id}\""), "adopt_existing = true"],
    );
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    for spelling in [id.clone(), id.to_lowercase(), format!("{id}|11111111-1111-4111-8111-111111111111")] {
        let imported = test_tenant.workspace(&format!("{}import {{\n  to = {IT}\n  id = {spelling:?}\n}}\n", of("")));
        assert_eq!(imported.planned_actions(), json!({ IT: ["no-op"] }));
    }
    workspace.write(&of("adopt_existing = true\n  description = \"ours now\""));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(workspace.state(IT)["id"], json!(id));
    let there = test_tenant.arm_api("GET", &id, "2022-04-01", None);
    assert_eq!(there["properties"]["description"], json!("ours now"));
    workspace.destroy();
    assert_eq!(test_tenant.assignments(&group()), []);
    let empty = test_tenant.workspace(&of(""));
    empty.fails(&["import", "-no-color", IT, name], &["is not the import id of a role assignment", "az role assignment list"]);
    empty.fails(&["import", "-no-color", IT, &id], &["Cannot import non-existent remote object"]);
}

/// Two configurations make the same name of the same role, place and principal: the second is not to overwrite what the first one wrote, whatever differs, nor
/// to take it with it when it goes.
#[test]
fn what_another_configuration_made_is_neither_overwritten_nor_taken() {
    let test_tenant = TestTenant::new("what_another_configuration_made");
    let condition = r#"condition = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}))""#;
    let (one, two) = (r#"description = "first""#, r#"description = "second""#);
    for (theirs, ours, name) in
        [(condition, "", ""), ("", condition, ""), (one, two, ""), (one, "", r#"name = "0f1e2d3c-0000-4000-8000-00000000000a""#)]
    {
        let team = test_tenant.group(json!({}));
        let of = |lines: &str| assignment(&team, "Reader", &format!("{}\n  {name}\n  {lines}", at(&group())));
        let first = test_tenant.workspace(&of(theirs));
        first.apply();
        let id = first.state(IT)["id"].as_str().unwrap().to_owned();
        let before = test_tenant.arm_api("GET", &id, "2022-04-01", None);
        let second = test_tenant.workspace(&of(ours));
        second.fails(&APPLY, &["The role assignment exists already", &format!("id = \"{id}\""), "adopt_existing = true"]);
        second.destroy();
        assert_eq!(test_tenant.arm_api("GET", &id, "2022-04-01", None), before, "{theirs} | {ours} | {name}");
        // It is adopted only on request, with a warning of what that changed.
        second.write(&of(&format!("adopt_existing = true\n  {ours}")));
        let said = second.apply();
        assert!(said.text.contains("An adopted role assignment was changed"), "{}", said.text);
        if theirs == one {
            assert!(said.text.contains("description: \"first\" -> "), "{}", said.text);
        }
        second.plan_is_empty();
        second.destroy();
        assert!(!test_tenant.assignments(&group()).iter().any(|(principal, ..)| *principal == team));
    }
}

/// The same role, place and principal have the same name: making an assignment again makes the same one, and what is destroyed in its favour is that one, too.
#[test]
fn an_assignment_that_succeeds_itself_is_not_deleted() {
    let test_tenant = TestTenant::new("an_assignment_that_succeeds_itself");
    let team = test_tenant.group(json!({}));
    let lifecycle = "lifecycle {\n    create_before_destroy = true\n  }";
    let workspace = test_tenant.workspace(&assignment(&team, "Reader", &format!("{}\n  {lifecycle}", at(&group()))));
    workspace.apply();
    let said = workspace.succeeds(&["apply", "-replace", IT, "-auto-approve", "-no-color"]);
    assert!(said.text.contains("Not deleted: the assignment of Reader"), "{}", said.text);
    assert_eq!(test_tenant.assignments(&group()).len(), 1);
    workspace.plan_is_empty();
    // Renamed without a `moved` block: in either order the change is reported or made, and nothing is lost.
    for (at_a_time, name) in ["1", "10"].into_iter().flat_map(|at_a_time| ["a", "z"].map(|name| (at_a_time, name))) {
        workspace.write(&assignment(&team, "Reader", &at(&group())).replace("\"it\"", &format!("{name:?}")));
        let said = workspace.run(&["apply", "-auto-approve", "-no-color", "-parallelism", at_a_time]);
        assert!(said.code == 0 || said.text.contains("managed by this configuration already"), "{}", said.text);
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!((workspace.addresses().len(), test_tenant.assignments(&group()).len()), (1, 1), "{name}");
    }
    workspace.destroy();
    assert_eq!(test_tenant.assignments(&group()), []);
}

/// A fault of the creation, and a removal whose answer is lost: one assignment is made, and none is left.
fn one_assignment_is_made(test: &str, fault: &str) {
    let test_tenant = TestTenant::new(&format!("assignment_{test}"));
    let put = "PUT /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}";
    let team = test_tenant.group(json!({}));
    let workspace = test_tenant.workspace(&assignment(&team, "Reader", &at(&group())));
    test_tenant.arm(&format!("1 {put} {fault}"));
    workspace.apply();
    assert_eq!(test_tenant.assignments(&group()).len(), 1);
    workspace.plan_is_empty();
    test_tenant.arm("1 DELETE /{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName} status-after=504");
    workspace.destroy();
    assert_eq!(test_tenant.assignments(&group()), []);
}

macro_rules! faults {
    ($($name:ident: $fault:literal;)*) => {
        mod one_assignment_is_made_whatever_fails {
            $(#[test] fn $name() { super::one_assignment_is_made(stringify!($name), $fault); })*
        }
    };
}

faults! {
    lost_before: "reset-before";
    lost_after: "reset-after";
    lost_by_a_gateway: "status-after=504";
    unavailable: "status=503";
    throttled: "throttle=1";
}
