//! `aksaccess_pim_role_eligibility`, `aksaccess_pim_role_assignment` and `aksaccess_pim_role_policy` with the real Terraform.

use serde_json::{Value, json};

use crate::role_assignments::role_assignment::{cluster, subscription};
use crate::test_tenant::{TestTenant, flat};

const KINDS: [(&str, &str); 2] = [("eligibility", "Eligibility"), ("assignment", "Assignment")];
const VERSION: &str = "2020-10-01";
const ADMIN: &str = "3498e952-d568-435e-9b2c-8d77e338d7f7";
const WEEK: &str = "expiration { duration = \"P7D\" }\n  justification = \"on call\"";

fn grant(kind: &str, principal: &str, lines: &str) -> String {
    format!(
        "resource \"aksaccess_pim_role_{kind}\" \"it\" {{\n  principal_id = {principal:?}\n  role = \"Azure Kubernetes Service RBAC Admin\"\n  {lines}\n}}\n"
    )
}

fn at_cluster(lines: &str) -> String {
    format!("cluster_id = {:?}\n  {lines}", cluster())
}

fn address(kind: &str) -> String {
    format!("aksaccess_pim_role_{kind}.it")
}

/// What is listed of a kind at exactly that scope.
fn listed(test_tenant: &TestTenant, scope: &str, collection: &str) -> Vec<Value> {
    let path = format!("{scope}/providers/Microsoft.Authorization/{collection}?$filter=atScope()");
    let all = test_tenant.arm_api("GET", &path, VERSION, None)["value"].as_array().unwrap().clone();
    all.into_iter().filter(|one| one["properties"]["scope"].as_str().unwrap().eq_ignore_ascii_case(scope)).collect()
}

/// The types of the requests at a scope, oldest first.
fn actions(test_tenant: &TestTenant, scope: &str, kind: &str) -> Vec<String> {
    let mut requests = listed(test_tenant, scope, &format!("role{kind}ScheduleRequests"));
    requests.sort_by_key(|request| request["properties"]["createdOn"].as_str().unwrap().to_owned());
    requests.iter().map(|request| request["properties"]["requestType"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_grant_is_made_planned_empty_imported_and_removed() {
    for (kind, arm) in KINDS {
        let test_tenant = TestTenant::new(&format!("a_role_grant_is_made_{kind}"));
        let user = test_tenant.users(1).remove(0);
        let configuration = grant(kind, &user, &at_cluster(&format!("namespace = \"payments\"\n  {WEEK}")));
        let scope = format!("{}/namespaces/payments", cluster());
        let workspace = test_tenant.workspace(&configuration);
        workspace.succeeds(&["plan", "-out=plan", "-no-color"]);
        test_tenant.forget_requests();
        workspace.succeeds(&["apply", "-no-color", "plan"]);
        let requests = test_tenant.arm_requests();
        assert_eq!(requests.as_object().unwrap().len(), 1, "one request makes it: {requests}");
        let state = workspace.state(&address(kind));
        assert_eq!((&state["status"], &state["scope"]), (&json!("Provisioned"), &json!(scope)));
        assert_eq!(state["role_definition_id"], json!(format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}")));
        let there = listed(&test_tenant, &scope, &format!("role{arm}Schedules"));
        assert_eq!((there.len(), &there[0]["properties"]["status"]), (1, &json!("Provisioned")));
        test_tenant.forget_requests();
        workspace.plan_is_empty();
        let requests = test_tenant.arm_requests();
        assert_eq!(requests.as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>(), 2, "{requests}");
        let long = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}", subscription());
        for id in [
            state["id"].as_str().unwrap().to_owned(),
            format!("{scope}|/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}|{user}"),
            format!("{scope}|{long}|{user}"),
            format!("{scope}|azure kubernetes service rbac admin|{user}"),
            state["schedule_id"].as_str().unwrap().to_owned(),
        ] {
            let imported = test_tenant.workspace(&configuration);
            imported.succeeds(&["import", "-no-color", &address(kind), &id]);
            assert_eq!(imported.state(&address(kind)), state, "{id}");
            imported.plan_is_empty();
        }
        // The same place and role in other words are no difference.
        workspace.write(&grant(kind, &user, &format!("scope = {scope:?}\n  {WEEK}")).replace("Azure Kubernetes Service RBAC Admin", &long));
        workspace.plan_is_empty();
        test_tenant.advance("PT6M");
        workspace.destroy();
        assert_eq!(listed(&test_tenant, &scope, &format!("role{arm}Schedules")), Vec::<Value>::new());
        assert_eq!(actions(&test_tenant, &scope, arm), ["AdminAssign", "AdminRemove"]);
    }
}

#[test]
fn it_is_prolonged_in_place_renewed_and_left_alone_when_it_has_expired() {
    for (kind, arm) in KINDS {
        let test_tenant = TestTenant::new(&format!("a_role_grant_is_prolonged_{kind}"));
        let user = test_tenant.users(1).remove(0);
        let of = |lines: &str| grant(kind, &user, &at_cluster(&format!("{lines}\n  justification = \"on call\"")));
        let workspace = test_tenant.workspace(&of("expiration { duration = \"P7D\" }\n  renew_before = \"P2D\""));
        workspace.apply();
        workspace.write(&of("expiration { duration = \"P10D\" }\n  renew_before = \"P2D\""));
        assert_eq!(workspace.planned_actions(), json!({ address(kind): ["update"] }));
        workspace.apply();
        workspace.plan_is_empty();
        test_tenant.advance("P8DT1H");
        let said = workspace.apply();
        assert!(flat(&said.text).contains("renewal_due = true -> false"), "{}", said.text);
        workspace.plan_is_empty();
        assert_eq!(actions(&test_tenant, &cluster(), arm), ["AdminAssign", "AdminExtend", "AdminExtend"]);
        test_tenant.advance("P11D");
        workspace.plan_is_empty();
        workspace.write(&of("expiration { duration = \"P5D\" }"));
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(actions(&test_tenant, &cluster(), arm).last().unwrap(), "AdminRenew");
        // Removed before its end is drift.
        test_tenant.advance("PT10M");
        let body = json!({ "properties": { "principalId": user, "requestType": "AdminRemove",
            "roleDefinitionId": format!("{}/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}", subscription()) } });
        let path =
            format!("{}/providers/Microsoft.Authorization/role{arm}ScheduleRequests/0f1e2d3c-0000-4000-8000-0000000000aa", cluster());
        test_tenant.arm_api("PUT", &path, VERSION, Some(body));
        assert_eq!(workspace.planned_actions(), json!({ address(kind): ["create"] }));
        workspace.apply();
        test_tenant.advance("PT6M");
        workspace.destroy();
    }
}

#[test]
fn what_exists_already_or_whose_answer_is_lost_is_ours() {
    let test_tenant = TestTenant::new("a_role_grant_that_exists_already");
    let user = test_tenant.users(1).remove(0);
    let theirs = test_tenant.workspace(&grant("eligibility", &user, &at_cluster(WEEK)));
    let template = "/{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{roleEligibilityScheduleRequestName}";
    test_tenant.arm(&format!("1 PUT {template} status-after=503"));
    theirs.apply();
    theirs.plan_is_empty();
    assert_eq!(actions(&test_tenant, &cluster(), "Eligibility"), ["AdminAssign"]);
    let workspace = test_tenant.workspace(&grant("eligibility", &user, &at_cluster(WEEK)));
    let id = theirs.state(&address("eligibility"))["id"].as_str().unwrap().to_owned();
    workspace.fails(&["apply", "-auto-approve", "-no-color"], &["exists already", &id, "adopt_existing"]);
    workspace.write(&grant("eligibility", &user, &at_cluster(&format!("{}\n  adopt_existing = true", WEEK.replace("P7D", "P9D")))));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(actions(&test_tenant, &cluster(), "Eligibility"), ["AdminAssign", "AdminExtend"]);
    for (lines, message) in [
        (WEEK.to_owned(), "The scope is missing"),
        (at_cluster("expiration {}"), "It is not said when the grant ends"),
        (at_cluster(&format!("{WEEK}\n  condition_version = \"2.0\"")), "`condition_version` needs `condition`"),
    ] {
        workspace.write(&grant("eligibility", &user, &lines));
        workspace.fails(&["validate", "-no-color"], &[message]);
    }
    workspace.write(&grant("eligibility", "00000000-0000-4000-8000-00000000dead", &at_cluster(WEEK)));
    workspace.plan_fails(&["This principal does not exist"]);
    workspace.write(&grant("eligibility", &user, &at_cluster(WEEK)).replace("Azure Kubernetes Service RBAC Admin", "Nobody's Role"));
    workspace.plan_fails(&["There is no role"]);
    let forever = "expiration { permanent = true }\n  justification = \"x\"";
    workspace.write(&grant("assignment", &user, &at_cluster(forever)));
    assert!(flat(&workspace.succeeds(&["plan", "-no-color"]).text).contains("`active_assignment.permanent_allowed` is false"));
}

fn policy(lines: &str) -> String {
    format!(
        "resource \"aksaccess_pim_role_policy\" \"it\" {{\n  role = \"Azure Kubernetes Service RBAC Admin\"\n  cluster_id = {:?}\n  {lines}\n}}\n",
        cluster()
    )
}

const POLICY: &str = "aksaccess_pim_role_policy.it";

fn assigned(test_tenant: &TestTenant) -> Value {
    let role = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}", subscription());
    let path =
        format!("{}/providers/Microsoft.Authorization/roleManagementPolicyAssignments?$filter=roleDefinitionId eq '{role}'", cluster());
    test_tenant.arm_api("GET", &path, VERSION, None)["value"][0]["properties"].clone()
}

fn rule(test_tenant: &TestTenant, id: &str) -> Value {
    assigned(test_tenant)["effectiveRules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap().clone()
}

#[test]
fn a_policy_is_changed_planned_empty_imported_and_reset() {
    let test_tenant = TestTenant::new("a_role_policy_is_changed");
    let approvers = test_tenant.group(json!({ "displayName": "approvers" }));
    let lines = format!(
        "activation {{\n    maximum_duration = \"PT4H\"\n    require_approval = true\n    approvers {{ group_ids = [{approvers:?}] }}\n  }}\n  \
         eligible_assignment {{ permanent_allowed = true }}"
    );
    let workspace = test_tenant.workspace(&policy(&lines));
    workspace.succeeds(&["plan", "-out=plan", "-no-color"]);
    test_tenant.forget_requests();
    workspace.succeeds(&["apply", "-no-color", "plan"]);
    let requests = test_tenant.arm_requests();
    assert_eq!(requests.as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>(), 2, "{requests}");
    assert_eq!(rule(&test_tenant, "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT4H"));
    assert_eq!(rule(&test_tenant, "Expiration_Admin_Eligibility")["isExpirationRequired"], json!(false));
    let approver = rule(&test_tenant, "Approval_EndUser_Assignment")["setting"]["approvalStages"][0]["primaryApprovers"][0].clone();
    assert_eq!((&approver["id"], &approver["userType"]), (&json!(approvers), &json!("Group")));
    workspace.plan_is_empty();
    let state = workspace.state(POLICY);
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}");
    let own = assigned(&test_tenant)["policyId"].as_str().unwrap().to_owned();
    for id in [
        state["id"].as_str().unwrap().to_owned(),
        format!("{}|Azure Kubernetes Service RBAC Admin", cluster()),
        format!("{role}|{}", cluster()),
        own,
    ] {
        let imported = test_tenant.workspace(&policy(&lines));
        imported.succeeds(&["import", "-no-color", POLICY, &id]);
        assert_eq!(imported.state(POLICY), state, "{id}");
        imported.plan_is_empty();
    }
    workspace.write(&policy("activation { require_multifactor_authentication = true }"));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(
        rule(&test_tenant, "Expiration_EndUser_Assignment")["maximumDuration"],
        json!("PT8H"),
        "what leaves the configuration goes back"
    );
    assert_eq!(rule(&test_tenant, "Enablement_EndUser_Assignment")["enabledRules"], json!(["Justification", "MultiFactorAuthentication"]));
    workspace.write(&policy("activation { maximum_duration = \"PT1H\" }"));
    workspace.apply();
    workspace.plan_is_empty();
    workspace.destroy();
    assert_eq!(rule(&test_tenant, "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT8H"));
    workspace.write(&policy("activation { require_approval = true }"));
    workspace.plan_fails(&["Approval is required, and nobody can give it"]);
}

/// At a subscription the service's ids begin with its provider, and assignments of policies may have no rules (docs/services/pim.md#ids-at-subscription-scope).
#[test]
fn a_policy_at_a_subscription_is_imported_by_the_services_id_and_read_from_itself() {
    let switches = emulator::Switches { policy_assignments_have_effective_rules: false, ..Default::default() };
    let test_tenant = TestTenant::with(emulator::Options { switches, ..Default::default() });
    let configuration = format!(
        "resource \"aksaccess_pim_role_policy\" \"it\" {{\n  role = \"Azure Kubernetes Service RBAC Admin\"\n  scope = {:?}\n  \
         activation {{ maximum_duration = \"PT2H\" }}\n}}\n",
        subscription()
    );
    let workspace = test_tenant.workspace(&configuration);
    workspace.apply();
    workspace.plan_is_empty();
    let filter = format!("$filter=roleDefinitionId eq '{}/providers/Microsoft.Authorization/roleDefinitions/{ADMIN}'", subscription());
    let path = format!("{}/providers/Microsoft.Authorization/roleManagementPolicies?{filter}", subscription());
    let policy = test_tenant.arm_api("GET", &path, VERSION, None)["value"][0].clone();
    let rules = policy["properties"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["maximumDuration"] == "PT2H"), "{rules:?}");
    let id = policy["id"].as_str().unwrap();
    assert!(id.starts_with("/providers/Microsoft.Subscription/subscriptions/"), "{id}");
    let imported = test_tenant.workspace(&configuration);
    imported.succeeds(&["import", "-no-color", POLICY, id]);
    assert_eq!(imported.state(POLICY), workspace.state(POLICY));
    imported.plan_is_empty();
    workspace.destroy();
}

/// Grants at a subscription are found again, whatever their ids begin with.
#[test]
fn a_grant_at_a_subscription_is_made_imported_and_removed() {
    for (kind, arm) in KINDS {
        let test_tenant = TestTenant::new(&format!("a_role_grant_at_a_subscription_{kind}"));
        let user = test_tenant.users(1).remove(0);
        let configuration = grant(kind, &user, &format!("scope = {:?}\n  {WEEK}", subscription()));
        let workspace = test_tenant.workspace(&configuration);
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(workspace.state(&address(kind))["justification"], json!("on call"));
        for scope in [subscription(), format!("/providers/Microsoft.Subscription{}", subscription())] {
            let state = workspace.state(&address(kind));
            let id = state["id"].as_str().unwrap().replacen(&subscription(), &scope, 1);
            let imported = test_tenant.workspace(&configuration);
            imported.succeeds(&["import", "-no-color", &address(kind), &id]);
            imported.plan_is_empty();
        }
        test_tenant.advance("PT6M");
        workspace.destroy();
        let left = listed(&test_tenant, &subscription(), &format!("role{arm}Schedules"));
        assert!(left.iter().all(|schedule| schedule["properties"]["principalId"] != json!(user)), "{left:?}");
    }
}

#[test]
fn a_condition_is_kept_with_the_grant() {
    for (kind, arm) in KINDS {
        let test_tenant = TestTenant::new(&format!("a_role_grant_with_a_condition_{kind}"));
        let user = test_tenant.users(1).remove(0);
        let of = |condition: &str| grant(kind, &user, &at_cluster(&format!("{WEEK}\n  {condition}")));
        let (one, two) = ("condition = \"@Resource[a:b] StringEquals 'one'\"", "condition = \"@Resource[a:b] StringEquals 'two'\"");
        let workspace = test_tenant.workspace(&of(one));
        let there = || {
            let schedules = listed(&test_tenant, &cluster(), &format!("role{arm}Schedules"));
            ["condition", "conditionVersion"].map(|name| schedules[0]["properties"][name].clone())
        };
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(there(), [json!("@Resource[a:b] StringEquals 'one'"), json!("2.0")]);
        let imported = test_tenant.workspace(&of(one));
        let state = workspace.state(&address(kind));
        imported.succeeds(&["import", "-no-color", &address(kind), state["id"].as_str().unwrap()]);
        assert_eq!(imported.state(&address(kind)), state);
        imported.plan_is_empty();
        // Spaces outside of quotes mean nothing.
        workspace.write(&of("condition = \"  @Resource[a:b]   StringEquals 'one' \""));
        workspace.plan_is_empty();
        workspace.write(&of(two));
        assert_eq!(workspace.planned_actions(), json!({ address(kind): ["update"] }));
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(there(), [json!("@Resource[a:b] StringEquals 'two'"), json!("2.0")]);
        workspace.write(&of(""));
        workspace.apply();
        workspace.plan_is_empty();
        assert_eq!(there(), [Value::Null, Value::Null]);
        assert_eq!(actions(&test_tenant, &cluster(), arm), ["AdminAssign", "AdminUpdate", "AdminUpdate"]);
        test_tenant.advance("PT6M");
        workspace.destroy();
    }
}

#[test]
fn a_policy_that_has_got_another_id_is_looked_up_again() {
    let test_tenant = TestTenant::new("a_role_policy_has_another_id");
    let workspace = test_tenant.workspace(&policy("activation { maximum_duration = \"PT2H\" }"));
    let template = "/{scope}/providers/Microsoft.Authorization/roleManagementPolicies/{roleManagementPolicyName}";
    // The policy is written, and has another id; the answer is lost, and the second attempt has the old one (`InputPolicyNotFound`).
    test_tenant.arm(&format!("1 PATCH {template} status-after=503"));
    workspace.apply();
    workspace.plan_is_empty();
    assert_eq!(rule(&test_tenant, "Expiration_EndUser_Assignment")["maximumDuration"], json!("PT2H"));
}

#[test]
fn on_a_tenant_that_lags_a_new_group_gets_roles_and_a_policy_at_once() {
    let test_tenant = TestTenant::with(emulator::Options { profile: emulator::Profile::Realistic, seed: 11, ..Default::default() });
    let configuration = |hours: u32| {
        let at = format!("cluster_id = {:?}\n  role = \"Azure Kubernetes Service RBAC Reader\"", cluster());
        let to = "principal_id = aksaccess_group.it.id";
        format!(
            "resource \"aksaccess_group\" \"it\" {{\n  display_name = \"new\"\n}}\n\
             resource \"aksaccess_pim_role_policy\" \"it\" {{\n  {at}\n  activation {{ maximum_duration = \"PT{hours}H\" }}\n}}\n\
             resource \"aksaccess_pim_role_eligibility\" \"it\" {{\n  {at}\n  {to}\n  expiration {{ duration = \"P{hours}D\" }}\n}}\n\
             resource \"aksaccess_pim_role_assignment\" \"it\" {{\n  {at}\n  namespace = \"payments\"\n  {to}\n  expiration {{ duration = \"P{hours}D\" }}\n  justification = \"x\"\n}}\n"
        )
    };
    let before = test_tenant.snapshot();
    let workspace = test_tenant.workspace("");
    for hours in [2, 3] {
        workspace.write(&configuration(hours));
        workspace.apply();
        workspace.plan_is_empty();
    }
    test_tenant.advance("PT6M");
    workspace.destroy();
    test_tenant.holds_again(&before, "");
}

fn warns(workspace: &crate::test_tenant::Workspace<'_>, message: &str, id: &str) {
    let said = workspace.succeeds(&["plan", "-no-color"]);
    let text = flat(&said.text);
    assert!(text.contains(message) && text.contains(&format!("silence_warnings = [\"{id}\"]")), "no {id}: {}", said.text);
}

#[test]
fn risks_of_roles_are_reported_at_plan() {
    let test_tenant = TestTenant::new("risks_of_roles");
    let (users, groups) = test_tenant.populate(2, 2, 1);
    let (user, approvers) = (&users[0], &groups[0]);
    let approver = test_tenant.members(approvers).remove(0);
    let approval = |who: &str| policy(&format!("activation {{\n    require_approval = true\n    approvers {{ {who} }}\n  }}"));
    // Nobody is eligible yet.
    let workspace = test_tenant.workspace(&approval(&format!("group_ids = [{approvers:?}]")));
    assert!(!workspace.succeeds(&["plan", "-no-color"]).text.contains("Warning: Who is eligible"));
    let eligible = test_tenant.workspace(&grant("eligibility", &approver, &at_cluster(WEEK)));
    eligible.apply();
    for who in [format!("group_ids = [{approvers:?}]"), format!("user_ids = [{approver:?}]")] {
        workspace.write(&approval(&who));
        warns(&workspace, "Who is eligible can approve", "pim_self_approval");
    }
    workspace.write(&format!(
        "provider \"aksaccess\" {{\n  silence_warnings = [\"pim_self_approval\"]\n}}\n{}",
        approval(&format!("user_ids = [{approver:?}]"))
    ));
    assert!(!workspace.succeeds(&["plan", "-no-color"]).text.contains("Who is eligible can approve"));
    let other = users.iter().find(|user| **user != approver).unwrap();
    let reference = format!("https://graph.microsoft.com/v1.0/users/{other}");
    test_tenant.graph("POST", &format!("/groups/{approvers}/owners/$ref"), Some(json!({ "@odata.id": reference })));
    workspace.write(&approval(&format!("group_ids = [{approvers:?}]")));
    warns(&workspace, "Owners cannot approve", "pim_approver_only_owns");
    workspace.write(&policy("activation { maximum_duration = \"PT30M\" }"));
    warns(&workspace, "60 to 75 minutes", "pim_short_activation");
    workspace.write(&policy("activation { authentication_context = \"c7\" }"));
    warns(&workspace, "No conditional access policy uses this authentication context", "pim_unused_context");
    workspace.write(&policy("activation {\n  require_approval = true\n  approvers {\n    user_ids = []\n    group_ids = []\n  }\n}"));
    workspace.plan_fails(&["nobody can give it"]);
    test_tenant.advance("PT6M");
    eligible.destroy();
    // A principal that has the role permanently, by whichever path, has nothing to activate.
    let standing = format!(
        "resource \"aksaccess_role_assignment\" \"it\" {{\n  principal_id = {user:?}\n  role = \"Azure Kubernetes Service RBAC Admin\"\n  cluster_id = {:?}\n}}\n",
        cluster()
    );
    let owner = test_tenant.workspace(&standing);
    owner.apply();
    workspace.write(&grant("eligibility", user, &at_cluster(WEEK)));
    warns(&workspace, "An eligibility beside a permanent active assignment", "pim_permanent_beside_eligible");
    owner.destroy();
    workspace.apply();
    let forever = grant("assignment", user, &at_cluster("expiration { permanent = true }\n  justification = \"x\""));
    workspace.write(&format!("{}{forever}", grant("eligibility", user, &at_cluster(WEEK))));
    warns(&workspace, "A permanent active assignment beside an eligibility", "pim_permanent_beside_eligible");
    test_tenant.advance("PT6M");
    workspace.destroy();
}

#[test]
fn a_role_at_a_cluster_is_warned_of_for_every_resource_that_assigns_it() {
    let test_tenant = TestTenant::new("pim_roles_warnings");
    let user = test_tenant.users(1).remove(0);
    let missing = format!("{}x", cluster());
    for kind in ["eligibility", "assignment"] {
        let of = |role: &str, cluster: &str| {
            grant(kind, &user, &format!("cluster_id = {cluster:?}\n  {WEEK}")).replace("Azure Kubernetes Service RBAC Admin", role)
        };
        let said = test_tenant.workspace(&of("Azure Kubernetes Service Cluster Admin Role", &cluster())).succeeds(&["plan", "-no-color"]);
        assert!(said.text.contains("The role opens the way past Microsoft Entra ID"), "{}", said.text);
        let said = test_tenant.workspace(&of("Azure Kubernetes Service RBAC Admin", &missing)).run(&["plan", "-no-color"]);
        assert!(said.text.contains("This cluster does not exist"), "{}", said.text);
        let silenced = format!(
            "provider \"aksaccess\" {{\n  silence_warnings = [\"local_admin_role\"]\n}}\n{}",
            of("Azure Kubernetes Service Cluster Admin Role", &cluster())
        );
        let said = test_tenant.workspace(&silenced).succeeds(&["plan", "-no-color"]);
        assert!(!said.text.contains("The role opens the way"), "{}", said.text);
    }
}

#[test]
fn a_condition_whose_brackets_do_not_match_is_refused() {
    let test_tenant = TestTenant::new("pim_roles_conditions");
    let user = test_tenant.users(1).remove(0);
    for kind in ["eligibility", "assignment"] {
        let condition = "condition = \"((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}}))\"";
        let configuration = grant(kind, &user, &at_cluster(&format!("{WEEK}\n  {condition}")));
        test_tenant.workspace(&configuration).fails(&["validate", "-no-color"], &["Invalid value for condition", "matching parentheses"]);
    }
}
