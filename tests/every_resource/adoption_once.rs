//! What was adopted belongs to one resource, and to the tenant: of two resources that would adopt the same object at the same time one does, and a tainted resource
//! is replaced without destroying what was adopted. By the table of the resources that adopt or restore.

use serde_json::json;

use crate::every_resource::adoption::*;
use crate::role_assignments::role_assignment::{IT, assignment, at, group};
use crate::test_tenant::TestTenant;

/// Both creations are under way at the same time, since every answer takes a while.
fn one_object_is_adopted_once(row: &Row) {
    let test_tenant = TestTenant::new(&format!("adoption-once-{}", row.name.replace(' ', "-")));
    let everybody = Everybody::of(&test_tenant);
    let people = test_tenant.users(1);
    let (_, made) = row.prepare(&test_tenant, &people, &everybody, 0);
    let one = row.configuration(&people, &everybody, 0, true, "");
    let workspace = test_tenant.workspace(&format!("{one}{}", one.replace("\"it0\"", "\"twin0\"")));
    test_tenant.arm("100% * /v1.0/* delay=0.2; 100% * /{scope}/* delay=0.2");
    let said = workspace.run(&["apply", "-auto-approve", "-no-color"]);
    test_tenant.control("DELETE", "faults", None);
    let context = format!("{}:\n{}", row.name, said.text);
    let mut ids: Vec<String> = row.stored(&workspace).into_iter().map(|(_, id)| id.as_str().unwrap().to_lowercase()).collect();
    // A second group, location or policy of the same name is another one; of anything else there is only one.
    assert_eq!(said.code == 0, ids.len() == 2, "{context}");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{context}");
    let existing = (row.existing)(&test_tenant, &everybody);
    assert!(made.iter().all(|one| row.restores && count == 0 || existing.contains(one)), "{context}");
    assert_eq!(existing.len(), if row.restores { count } else { count.max(1) }, "{context}");
    test_tenant.advance("PT6M");
    workspace.write(&one);
    workspace.apply();
    workspace.plan_is_empty();
    test_tenant.advance("PT6M");
    workspace.destroy();
    assert_eq!((row.existing)(&test_tenant, &everybody), Vec::<String>::new(), "{context}");
}

/// A tainted resource is planned and replaced. With `create_before_destroy`, the new one adopts the same object, and nothing destroys it.
fn a_tainted_resource_is_replaced(row: &Row, creates_first: bool) {
    let test_tenant = TestTenant::new(&format!("adoption-tainted-{}-{creates_first}", row.name.replace(' ', "-")));
    let everybody = Everybody::of(&test_tenant);
    let people = test_tenant.users(1);
    let (_, made) = row.prepare(&test_tenant, &people, &everybody, 0);
    let lifecycle = format!("  lifecycle {{\n    create_before_destroy = {creates_first}\n  }}\n");
    let workspace = test_tenant.workspace(&row.configuration(&people, &everybody, 0, true, &lifecycle));
    workspace.apply();
    test_tenant.advance("PT6M");
    workspace.succeeds(&["taint", "-no-color", &format!("aksaccess_{}.it0", row.resource)]);
    let said = workspace.apply();
    assert_eq!(row.stored(&workspace).len(), 1, "{}: {}", row.name, said.text);
    workspace.plan_is_empty();
    let existing = (row.existing)(&test_tenant, &everybody);
    assert_eq!(existing.len(), 1, "{}: {}", row.name, said.text);
    if creates_first && !row.restores {
        assert_eq!(existing, made, "{}: {}", row.name, said.text);
    }
    test_tenant.advance("PT6M");
    workspace.destroy();
    assert_eq!((row.existing)(&test_tenant, &everybody), Vec::<String>::new(), "{}", row.name);
}

macro_rules! each_row {
    ($($name:ident: $row:ident),* $(,)?) => {
        mod once {
            $(#[test] fn $name() { super::one_object_is_adopted_once(&super::$row); })*
        }
        mod tainted {
            $(#[test] fn $name() {
                super::a_tainted_resource_is_replaced(&super::$row, false);
                // A user's name cannot be given twice, so only an adoption can come first.
                if super::$row.name != super::DELETED_USER.name {
                    super::a_tainted_resource_is_replaced(&super::$row, true);
                }
            })*
        }
        const TRIED: &[&str] = &[$($row.name),*];
    };
}

each_row! {
    a_group: GROUP,
    a_deleted_group: DELETED_GROUP,
    a_user: USER,
    a_deleted_user: DELETED_USER,
    a_deleted_location: LOCATION,
    a_deleted_policy: POLICY,
    a_role_assignment: ROLE_ASSIGNMENT,
    a_member: MEMBER,
    an_owner: OWNER,
    a_member_of_a_unit: UNIT_MEMBER,
    an_eligibility_in_a_group: GROUP_ELIGIBILITY,
    an_assignment_in_a_group: GROUP_ASSIGNMENT,
    an_eligibility_for_a_role: ROLE_ELIGIBILITY,
    an_active_assignment_of_a_role: PIM_ROLE_ASSIGNMENT,
}

#[test]
fn every_row_is_tried() {
    assert!(ROWS.iter().all(|row| TRIED.contains(&row.name)));
}

#[test]
fn a_duplicate_assignment_is_created_once_and_reported() {
    let test_tenant = TestTenant::new("the_same_assignment_twice");
    let team = test_tenant.group(json!({}));
    let twice = assignment(&team, "Reader", &format!("count = 2\n  {}", at(&group())));
    let workspace = test_tenant.workspace(&twice);
    workspace.plan_fails(&["managed by this configuration already"]);
    assert_eq!(test_tenant.assignments(&group()), []);
    // Of a principal that only the apply knows, one is made.
    let principal = "resource \"aksaccess_group\" \"made\" {\n  display_name = \"made\"\n}\n";
    let in_the_same_run = twice.replace(&format!("{team:?}"), "aksaccess_group.made.id");
    let unknown = test_tenant.workspace(&format!("{principal}{in_the_same_run}"));
    unknown.fails(&["apply", "-auto-approve", "-no-color"], &["managed by this configuration already"]);
    assert_eq!((unknown.addresses().len(), test_tenant.assignments(&group()).len()), (2, 1));
    // Under another address it is another resource, and must not take away what the first has.
    let renamed = assignment(&team, "Reader", &at(&group())).replace("\"it\"", "\"other\"");
    let workspace = test_tenant.workspace(&assignment(&team, "Contributor", &at(&group())));
    workspace.apply();
    workspace
        .write(&format!("{renamed}moved {{\n  from = {IT}\n  to = aksaccess_role_assignment.other\n}}\n").replace("Reader", "Contributor"));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(test_tenant.assignments(&group()).len(), 2);
}
