//! A large configuration on a tenant that lags, throttles and fails, again and again: no error, no difference.
//!
//! `AKSACCESS_SOAK=20 cargo test --test main soak` takes twenty rounds of three hundred objects; without the variable it is one small round.

use serde_json::json;

use crate::test_tenant::TestTenant;

fn configuration(users: &[String], groups: usize) -> String {
    let owner = &users[0];
    let mut text = format!(
        "resource \"aksaccess_group\" \"it\" {{\n  count = {groups}\n  display_name = \"soak-${{count.index}}\"\n  owners = [{owner:?}]\n}}\n"
    );
    text.push_str(&format!(
        "resource \"aksaccess_group_member\" \"it\" {{\n  for_each = {{ for pair in setproduct(range({groups}), {}) : \"${{pair[0]}}/${{pair[1]}}\" => pair }}\n  \
         group_id = aksaccess_group.it[each.value[0]].id\n  member_id = each.value[1]\n}}\n",
        json!(users)
    ));
    text
}

#[test]
fn a_bad_day_leaves_no_trace() {
    let rounds: usize = std::env::var("AKSACCESS_SOAK").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(0);
    let (rounds, groups, users) = if rounds == 0 { (1, 3, 4) } else { (rounds, 20, 14) };
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, ..Default::default() });
    let workspace = test_tenant.workspace(&configuration(&test_tenant.users(users), groups));
    let before = test_tenant.snapshot();
    for round in 0..rounds {
        test_tenant.arm("1% GET /v1.0/* any; 1% POST /v1.0/* any; 1% PATCH /v1.0/* any; 1% DELETE /v1.0/* any");
        let applied = workspace.run(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(applied.code, 0, "round {round}: {}", applied.text);
        workspace.plan_is_empty();
        let destroyed = workspace.run(&["destroy", "-auto-approve", "-no-color"]);
        assert_eq!(destroyed.code, 0, "round {round}: {}", destroyed.text);
        test_tenant.holds_again(&before, &format!("round {round}: {}", destroyed.text));
    }
}
