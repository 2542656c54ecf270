//! Requests to Privileged Identity Management that are taken and not done at once: some take their time, and some come to nothing.

use serde_json::{Value, json};

use crate::role_assignments::role_assignment::cluster;
use crate::test_tenant::{TestTenant, Workspace};

const BASE: &str = "/identityGovernance/privilegedAccess/group";

/// One of the four resources, for a week or as long as is said.
struct Grant {
    kind: &'static str,
    place: String,
}

impl Grant {
    fn all(test_tenant: &TestTenant) -> (Vec<Grant>, String) {
        let (users, groups) = test_tenant.populate(1, 1, 0);
        let (user, group) = (&users[0], &groups[0]);
        let of_group = format!("group_id = {group:?}\n  principal_id = {user:?}");
        let of_role = format!("cluster_id = {:?}\n  principal_id = {user:?}\n  role = \"Azure Kubernetes Service RBAC Admin\"", cluster());
        let kinds = [
            ("pim_group_eligibility", &of_group),
            ("pim_group_assignment", &of_group),
            ("pim_role_eligibility", &of_role),
            ("pim_role_assignment", &of_role),
        ];
        (kinds.into_iter().map(|(kind, place)| Grant { kind, place: place.clone() }).collect(), group.clone())
    }

    fn lasting(&self, duration: &str, more: &str) -> String {
        let expiration = format!("expiration {{ duration = {duration:?} }}\n  justification = \"on call\"");
        format!("resource \"aksaccess_{}\" \"it\" {{\n  {}\n  {expiration}\n  {more}\n}}\n", self.kind, self.place)
    }

    fn state(&self, workspace: &Workspace<'_>) -> Value {
        workspace.state(&format!("aksaccess_{}.it", self.kind))
    }
}

fn configure(test_tenant: &TestTenant, settings: Value) {
    test_tenant.control("POST", "pim-requests", Some(settings));
}

const APPLY: [&str; 3] = ["apply", "-auto-approve", "-no-color"];

#[test]
fn what_comes_to_nothing_is_an_error_with_its_status() {
    let test_tenant = TestTenant::new("pim_comes_to_nothing");
    let (grants, _) = Grant::all(&test_tenant);
    for grant in grants {
        let workspace = test_tenant.workspace(&grant.lasting("P7D", ""));
        configure(&test_tenant, json!({ "end_next": "Failed" }));
        workspace.fails(&APPLY, &["The service did not provision", "ended it as Failed"]);
        assert_eq!(workspace.addresses(), Vec::<String>::new(), "{}: nothing exists", grant.kind);
        workspace.apply();
        workspace.plan_is_empty();
        let before = grant.state(&workspace);
        workspace.write(&grant.lasting("P9D", ""));
        configure(&test_tenant, json!({ "end_next": "Denied" }));
        workspace.fails(&APPLY, &["The service did not provision", "ended it as Denied"]);
        assert_eq!(grant.state(&workspace), before, "{}: what was not done is not stored", grant.kind);
        workspace.apply();
        workspace.plan_is_empty();
        assert_ne!(grant.state(&workspace)["effective_end"], before["effective_end"]);
        test_tenant.advance("PT6M");
        workspace.destroy();
    }
}

#[test]
fn what_takes_its_time_is_waited_for() {
    let test_tenant = TestTenant::new("pim_takes_its_time");
    let (grants, _) = Grant::all(&test_tenant);
    configure(&test_tenant, json!({ "take": "PT1S" }));
    for grant in grants {
        let workspace = test_tenant.workspace(&grant.lasting("P7D", ""));
        workspace.apply();
        assert_eq!(grant.state(&workspace)["status"], json!("Provisioned"), "{}", grant.kind);
        workspace.plan_is_empty();
        test_tenant.advance("PT6M");
        workspace.destroy();
    }
}

#[test]
fn a_pending_request_is_reported_and_cancelled() {
    let test_tenant = TestTenant::new("pim_stays_pending");
    let (grants, group) = Grant::all(&test_tenant);
    configure(&test_tenant, json!({ "take": "PT1H" }));
    for grant in &grants {
        let workspace = test_tenant.workspace(&grant.lasting("P7D", "timeouts {\n    create = \"2s\"\n  }"));
        workspace.fails(&APPLY, &["wait for", "is still PendingProvisioning"]);
        assert_eq!(grant.state(&workspace)["status"], json!("PendingProvisioning"), "{}: it may come to be", grant.kind);
        // Taken back at once: the five minutes are for what is there.
        workspace.destroy();
    }
    for kind in ["eligibility", "assignment"] {
        let requests = test_tenant.graph("GET", &format!("{BASE}/{kind}ScheduleRequests?$filter=groupId eq '{group}'"), None);
        let statuses: Vec<&Value> = requests["value"].as_array().unwrap().iter().map(|request| &request["status"]).collect();
        assert_eq!(statuses, [&json!("Canceled")], "{kind}");
    }
    // What is done meanwhile is what a plan finds.
    let workspace = test_tenant.workspace(&grants[0].lasting("P7D", "timeouts {\n    create = \"2s\"\n  }"));
    workspace.fails(&APPLY, &["is still PendingProvisioning"]);
    test_tenant.advance("PT1H1M");
    workspace.succeeds(&["apply", "-refresh-only", "-auto-approve", "-no-color"]);
    assert_eq!(grants[0].state(&workspace)["status"], json!("Provisioned"));
    test_tenant.advance("PT6M");
    workspace.destroy();
}
