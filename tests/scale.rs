//! How many requests large configurations make: counted exactly, never timed.

use serde_json::{Value, json};

use crate::world::World;

/// Every request, sign-in and discovery too.
fn total(world: &World) -> u64 {
    let counted = world.control("GET", "requests", None);
    counted["http"].as_object().unwrap().values().filter_map(Value::as_u64).sum()
}

/// A configuration of that many groups, applied to a tenant that has `others` already; then the requests of an empty plan.
fn plan_of(groups: usize, others: usize, owned: bool) -> u64 {
    let world = World::with(emulator::Options::default());
    world.control("POST", "populate", Some(json!({ "groups": others })));
    let owner = &world.users(1)[0];
    let owners = if owned { format!("owners = [{owner:?}]") } else { String::new() };
    let workspace = world.workspace(&format!(
        "resource \"aksaccess_group\" \"it\" {{\n  count = {groups}\n  display_name = \"g${{count.index}}\"\n  {owners}\n}}\n"
    ));
    workspace.succeeds(&["apply", "-auto-approve", "-no-color", "-parallelism=20"]);
    world.forget_requests();
    workspace.plan_is_empty();
    total(&world)
}

#[test]
fn a_thousand_groups_are_listed() {
    assert!(plan_of(1000, 200, false) <= 40);
}

#[test]
fn a_thousand_groups_are_listed_with_their_owners() {
    assert!(plan_of(1000, 200, true) <= 80);
}

#[test]
fn ten_groups_never_pay_for_the_tenant() {
    assert!(plan_of(10, 50_000, false) <= 15);
}
