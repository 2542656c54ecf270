//! The people's side of just-in-time access, against a tenant.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
    time::Duration,
};

use emulator::{Options, Running, tenant};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::tenant::administrator;

const PIM: &str = "/v1.0/identityGovernance/privilegedAccess/group";
const PASSWORD: &str = "Correct-Horse-1";

/// A tenant where n01 is eligible for the group admin, and p01 approves.
struct TestTenant {
    running: Running,
    client: Client,
    token: String,
    admin: String,
}

impl TestTenant {
    async fn start() -> Self {
        let running = emulator::start(Options::default()).await.unwrap();
        let (client, token) = administrator(&running).await;
        let mut world = Self { running, client, token, admin: String::new() };
        world.prepare().await;
        world
    }

    async fn prepare(&mut self) {
        let group = async |name: &str| {
            let body = json!({"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true});
            self.send(Method::POST, "/v1.0/groups", body).await["id"].as_str().unwrap().to_owned()
        };
        let (admin, approver) = (group("admin").await, group("approver").await);
        let (n01, p01) = (self.person("n01").await, self.person("p01").await);
        let member = json!({"@odata.id": format!("{}/v1.0/directoryObjects/{p01}", self.running.url())});
        self.send(Method::POST, &format!("/v1.0/groups/{approver}/members/$ref"), member).await;
        let eligible = json!({
            "accessId": "member", "action": "adminAssign", "groupId": admin, "principalId": n01,
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D"}},
        });
        self.send(Method::POST, &format!("{PIM}/eligibilityScheduleRequests"), eligible).await;
        let filter = format!("scopeId eq '{admin}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
        let found = self.send(Method::GET, &format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}"), Value::Null).await;
        let policy = found["value"][0]["policyId"].as_str().unwrap();
        let path = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment");
        let mut rule = self.send(Method::GET, &path, Value::Null).await;
        rule.as_object_mut().unwrap().remove("@odata.context");
        rule["setting"]["isApprovalRequired"] = json!(true);
        rule["setting"]["approvalStages"][0]["primaryApprovers"] =
            json!([{"@odata.type": "#microsoft.graph.groupMembers", "groupId": approver}]);
        self.send(Method::PATCH, &path, rule).await;
        self.admin = admin;
    }

    async fn person(&self, name: &str) -> String {
        let body = json!({
            "accountEnabled": true, "displayName": name, "mailNickname": name,
            "userPrincipalName": format!("{name}@{}", tenant::DOMAIN),
            "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": false},
        });
        self.send(Method::POST, "/v1.0/users", body).await["id"].as_str().unwrap().to_owned()
    }

    /// The token for Graph of somebody who has signed in with their password to the command lines for Graph.
    async fn token_of(&self, name: &str) -> String {
        self.token_from("14d82eec-204b-4c2f-b7e8-296a70dab67e", name).await
    }

    /// The same, through another client.
    async fn token_from(&self, client: &str, name: &str) -> String {
        let (url, domain) = (self.running.url(), tenant::DOMAIN);
        let form = format!("grant_type=password&client_id={client}&username={name}@{domain}&password={PASSWORD}&scope={url}/.default");
        let request = self.client.post(format!("{url}/{}/oauth2/v2.0/token", tenant::TENANT_ID));
        let answer = request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.client.request(method, format!("{}{path}", self.running.url())).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    async fn members(&self) -> usize {
        let path = format!("/v1.0/groups/{}/members", self.admin);
        self.send(Method::GET, &path, Value::Null).await["value"].as_array().unwrap().len()
    }

    /// The program, in the tenant's environment and with nobody signed in.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aksaccess"));
        command.args(arguments).envs(self.running.environment());
        for name in ["AKSACCESS_ACCESS_TOKEN", "AZURE_USERNAME", "AZURE_PASSWORD", "AKSACCESS_CLIENT_ID"] {
            command.env_remove(name);
        }
        command
    }

    /// The program as somebody uses it.
    fn as_person(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.program(arguments);
        command.env("AZURE_USERNAME", format!("{name}@{}", tenant::DOMAIN)).env("AZURE_PASSWORD", PASSWORD);
        command
    }

    async fn run(&self, name: &str, arguments: &[&str]) -> Output {
        finished(self.as_person(name, arguments)).await
    }

    /// The one request that waits for p01's decision.
    async fn waiting(&self) -> Value {
        loop {
            let listed = self.run("p01", &["requests", "--json"]).await;
            let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
            if let [one] = listed.as_array().unwrap().as_slice() {
                return one.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn finished(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const ACTIVATE: [&str; 7] = ["activate", "--group", "admin", "--justification", "a\tlook", "--duration", "PT2H"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_activates_and_somebody_else_approves() {
    let world = TestTenant::start().await;
    let mut activation = world.as_person("n01", &ACTIVATE);
    let activation = tokio::task::spawn_blocking(move || activation.output().unwrap());
    let request = world.waiting().await;
    for (name, value) in [
        ("whose", "to-decide"),
        ("status", "PendingApproval"),
        ("group", "admin"),
        ("principal", "n01@contoso.com"),
        ("access", "member"),
        ("duration", "PT2H"),
        ("justification", "a\tlook"),
    ] {
        assert_eq!(request[name], value, "{name}");
    }
    let id = request["id"].as_str().unwrap();
    let mine = world.run("n01", &["requests"]).await;
    assert_eq!(out(&mine), format!("{id}\tmine\tPendingApproval\tn01@contoso.com\tadmin\tmember\tPT2H\ta look\n"));
    let own = world.run("n01", &["approve", id]).await;
    assert_eq!((own.status.code(), world.members().await), (Some(2), 0), "{}", err(&own));
    assert!(err(&own).contains("does not wait for you"), "{}", err(&own));
    let approved = world.run("p01", &["approve", id]).await;
    assert_eq!((approved.status.code(), out(&approved)), (Some(0), format!("Approved\t{id}\n")), "{}", err(&approved));
    let done = activation.await.unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let line = out(&done);
    let fields: Vec<&str> = line.trim_end().split('\t').collect();
    assert_eq!((fields[0], fields[1], fields[2], fields[4]), ("Provisioned", "admin", "member", id));
    assert!(fields[3].parse::<jiff::Timestamp>().is_ok(), "{line}");
    assert!(err(&done).contains("PendingApproval") && err(&done).contains("Provisioned"), "progress: {}", err(&done));
    assert_eq!(world.members().await, 1);
    let again = world.run("n01", &ACTIVATE).await;
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert!(err(&again).contains("already"), "{}", err(&again));
    let too_early = world.run("n01", &["deactivate", "--group", &world.admin]).await;
    assert_eq!(too_early.status.code(), Some(2));
    assert!(err(&too_early).contains("five minutes"), "{}", err(&too_early));
    world.send(Method::POST, "/emulator/clock", json!({"advance": "PT6M"})).await;
    let back = world.run("n01", &["deactivate", "--group", &world.admin]).await;
    assert_eq!((back.status.code(), out(&back)), (Some(0), "Revoked\tadmin\tmember\n".to_owned()), "{}", err(&back));
    assert_eq!(world.members().await, 0);
    assert_eq!(out(&world.run("n01", &["requests"]).await), "");
    assert!(out(&world.run("n01", &["requests", "--all"]).await).contains("Revoked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_and_what_is_denied_have_exit_codes_of_their_own() {
    let world = TestTenant::start().await;
    let waits = world.run("n01", &[&ACTIVATE[..], &["--wait", "PT0S", "--json"]].concat()).await;
    let answer: Value = serde_json::from_slice(&waits.stdout).unwrap();
    assert_eq!((waits.status.code(), &answer["status"]), (Some(3), &json!("PendingApproval")));
    let pending = world.run("n01", &ACTIVATE).await;
    assert_eq!(pending.status.code(), Some(2));
    assert!(err(&pending).contains("pending"), "{}", err(&pending));
    let id = answer["requestId"].as_str().unwrap();
    assert_eq!(world.run("p01", &["deny", id]).await.status.code(), Some(2), "a reason is needed");
    let denied = world.run("p01", &["deny", id, "--justification", "not today"]).await;
    assert_eq!((denied.status.code(), out(&denied)), (Some(0), format!("Denied\t{id}\n")), "{}", err(&denied));
    let mut activation = world.as_person("n01", &ACTIVATE);
    let activation = tokio::task::spawn_blocking(move || activation.output().unwrap());
    let id = world.waiting().await["id"].as_str().unwrap().to_owned();
    world.run("p01", &["deny", &id, "--justification", "not today"]).await;
    let done = activation.await.unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    assert!(out(&done).starts_with("Denied\tadmin"), "{}", out(&done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_says_what_to_do() {
    let world = TestTenant::start().await;
    let stranger = world.run("p01", &ACTIVATE).await;
    assert_eq!(stranger.status.code(), Some(2));
    assert!(err(&stranger).contains("you are not eligible"), "{}", err(&stranger));
    let long = world.run("n01", &["activate", "--group", "admin", "--justification", "x", "--duration", "PT9H"]).await;
    assert!(err(&long).contains("shorter --duration"), "{}", err(&long));
    let short = world.run("n01", &["activate", "--group", "admin", "--justification", "x", "--duration", "PT1M"]).await;
    assert!(err(&short).contains("five minutes"), "{}", err(&short));
    let nowhere = world.run("n01", &["activate", "--group", "nobody's", "--justification", "x"]).await;
    assert!(err(&nowhere).contains("there is no group"), "{}", err(&nowhere));
    let mut application = world.program(&["requests"]);
    application.env("AKSACCESS_ACCESS_TOKEN", &world.token);
    let application = finished(application).await;
    assert_eq!(application.status.code(), Some(2));
    assert!(err(&application).contains("only people"), "{}", err(&application));
    let wrong = finished(world.program(&["requests", "--sign-in", "password"])).await;
    assert!(err(&wrong).contains("AZURE_USERNAME is not set"), "{}", err(&wrong));
    let mut wrong = world.as_person("n01", &["requests"]);
    wrong.env("AZURE_PASSWORD", "Wrong-Horse-1");
    let wrong = finished(wrong).await;
    assert!(wrong.status.code() == Some(2) && !err(&wrong).contains("Wrong-Horse-1"), "{}", err(&wrong));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_code_signs_in_the_user_who_enters_it() {
    let world = TestTenant::start().await;
    let mut command = world.program(&["requests", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(stderr).read_line(&mut line).unwrap();
        line
    });
    let line = line.await.unwrap();
    let pending = world.send(Method::GET, "/emulator/device-codes", Value::Null).await;
    let pending = pending.as_array().or_else(|| pending["pending"].as_array()).unwrap().clone();
    let code = pending[0]["user_code"].as_str().unwrap().to_owned();
    assert!(line.contains(&code), "{line}");
    let decision = json!({"user_code": code, "user_principal_name": format!("n01@{}", tenant::DOMAIN)});
    world.send(Method::POST, "/emulator/device-codes", decision).await;
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!((output.status.code(), out(&output)), (Some(0), "[]\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_ends_somebodys_sessions() {
    let world = TestTenant::start().await;
    let mut command = world.program(&["revoke-sessions", "n01@contoso.com"]);
    command.env("AZURE_USERNAME", tenant::ADMINISTRATOR).env("AZURE_PASSWORD", tenant::ADMINISTRATOR_PASSWORD);
    let valid_from = async || {
        let path = "/v1.0/users/n01@contoso.com?$select=signInSessionsValidFromDateTime";
        world.send(Method::GET, path, Value::Null).await["signInSessionsValidFromDateTime"].clone()
    };
    let before = valid_from().await;
    world.send(Method::POST, "/emulator/clock", json!({"advance": "PT1M"})).await;
    let output = finished(command).await;
    assert_eq!((output.status.code(), out(&output)), (Some(0), "Revoked\tn01@contoso.com\n".to_owned()), "{}", err(&output));
    assert_ne!(valid_from().await, before);
}

/// The policy of the group wants an authentication context, and conditional access a second factor for that.
async fn want_context(world: &TestTenant) {
    let filter = format!("scopeId eq '{}' and scopeType eq 'Group' and roleDefinitionId eq 'member'", world.admin);
    let found = world.send(Method::GET, &format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}"), Value::Null).await;
    let policy = found["value"][0]["policyId"].as_str().unwrap();
    let rule = |kind: &str, id: &str, more: Value| {
        let mut body = json!({"@odata.type": format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"), "id": id});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let rules = [
        rule("AuthenticationContext", "AuthenticationContext_EndUser_Assignment", json!({"isEnabled": true, "claimValue": "c1"})),
        rule("Approval", "Approval_EndUser_Assignment", json!({"setting": {"isApprovalRequired": false, "approvalStages": []}})),
    ];
    world.send(Method::PATCH, &format!("/v1.0/policies/roleManagementPolicies/{policy}"), json!({"rules": rules})).await;
    let policy = json!({
        "displayName": "before an activation", "state": "enabled", "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        "conditions": {
            "users": {"includeUsers": ["All"]}, "clientAppTypes": ["all"],
            "applications": {"includeAuthenticationContextClassReferences": ["c1"]},
        },
    });
    world.send(Method::POST, "/v1.0/identity/conditionalAccess/policies", policy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authentication_context_makes_sign_in_once_more() {
    let world = TestTenant::start().await;
    want_context(&world).await;
    // A password is not enough for it.
    let weak = world.run("n01", &ACTIVATE).await;
    assert_eq!((weak.status.code(), world.members().await), (Some(2), 0), "{}", err(&weak));
    for part in ["the authentication context c1: sign in again", "AADSTS50076"] {
        assert!(err(&weak).contains(part), "{part}: {}", err(&weak));
    }
    // A user who is signed in elsewhere continues there.
    let mut token = world.program(&ACTIVATE);
    token.env("AKSACCESS_ACCESS_TOKEN", world.token_of("n01").await);
    let token = finished(token).await;
    assert_eq!(token.status.code(), Some(2));
    assert!(err(&token).contains("az login") && err(&token).contains("--claims-challenge eyJ"), "{}", err(&token));
    let circumstances = json!({"user_principal_name": format!("n01@{}", tenant::DOMAIN), "circumstances": {"mfa": true}});
    world.send(Method::POST, "/emulator/circumstances", circumstances).await;
    let done = world.run("n01", &ACTIVATE).await;
    assert_eq!((done.status.code(), world.members().await), (Some(0), 1), "{}", err(&done));
}

/// A folder with a program `az` that answers this token, and the PATH that leads to it first.
fn az(token: &str) -> (tempfile::TempDir, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let answer = json!({"accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer"});
    let program = folder.path().join("az");
    std::fs::write(&program, format!("#!/bin/sh\ncat <<'EOF'\n{answer}\nEOF\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    (folder, path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_azure_cli_user_requests_and_decides() {
    let world = TestTenant::start().await;
    let as_cli = async |token: &str, arguments: &[&str]| {
        let (_folder, path) = az(token);
        let mut command = world.program(&[arguments, &["--sign-in", "azure-cli"]].concat());
        command.env("PATH", path);
        finished(command).await
    };
    let (n01, p01) = (world.token_of("n01").await, world.token_of("p01").await);
    let waits = as_cli(&n01, &[&ACTIVATE[..], &["--wait", "PT0S", "--json"]].concat()).await;
    let asked: Value = serde_json::from_slice(&waits.stdout).unwrap_or_else(|_| panic!("{}", err(&waits)));
    assert_eq!((waits.status.code(), &asked["status"]), (Some(3), &json!("PendingApproval")));
    let id = asked["requestId"].as_str().unwrap();
    let expected = json!({"id": id, "status": "Approved"});
    let approved = as_cli(&p01, &["approve", id, "--json"]).await;
    assert_eq!((approved.status.code(), json_of(&approved)), (Some(0), expected), "{}", err(&approved));
    let joined = json_of(&as_cli(&n01, &[&ACTIVATE[..], &["--json"]].concat()).await);
    assert_eq!((&joined["status"], &joined["group"], &joined["requestId"]), (&json!("Provisioned"), &json!("admin"), &Value::Null));
    assert!(joined["endDateTime"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{joined}");
    world.send(Method::POST, "/emulator/clock", json!({"advance": "PT6M"})).await;
    let back = as_cli(&n01, &["deactivate", "--group", "admin", "--json"]).await;
    let expected = json!({"groupId": world.admin, "group": "admin", "access": "member", "status": "Revoked"});
    assert_eq!((back.status.code(), json_of(&back)), (Some(0), expected), "{}", err(&back));
    // The CLI's own token has no permission for any of that.
    let mine = world.token_from("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "n01").await;
    let refused = as_cli(&mine, &ACTIVATE).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("lacks the permission"), "{}", err(&refused));
    let mut missing = world.program(&["requests", "--sign-in", "azure-cli"]);
    missing.env("PATH", "/nowhere");
    let missing = finished(missing).await;
    assert_eq!((missing.status.code(), missing.stdout.is_empty()), (Some(2), true));
    assert!(err(&missing).contains("az not found on PATH"), "{}", err(&missing));
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {} {}", out(output), err(output)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_not_allowed_is_exit_code_2() {
    let world = TestTenant::start().await;
    let nothing = world.run("p01", &["requests"]).await;
    assert_eq!((nothing.status.code(), out(&nothing)), (Some(0), String::new()), "nothing waits");
    let nobodys = "00000000-0000-4000-8000-00000000dead";
    for verb in [&["approve", nobodys][..], &["deny", nobodys, "--justification", "no"]] {
        let unknown = world.run("p01", verb).await;
        assert_eq!((unknown.status.code(), unknown.stdout.is_empty()), (Some(2), true), "{}", err(&unknown));
        assert!(err(&unknown).contains(&format!("could not {} the request {nobodys}", verb[0])), "{}", err(&unknown));
    }
    let not_active = world.run("n01", &["deactivate", "--group", "admin"]).await;
    assert_eq!((not_active.status.code(), out(&not_active)), (Some(0), "Revoked\tadmin\tmember\n".into()), "{}", err(&not_active));
    assert!(err(&not_active).contains("it was not active"), "{}", err(&not_active));
    let wrong = world.run("n01", &["deactivate", "--group", "nobody's"]).await;
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("there is no group \"nobody's\""), "{}", err(&wrong));
    // Of two groups of a name, the ids are circumstances.
    let body = json!({"displayName": "admin", "mailEnabled": false, "mailNickname": "admin2", "securityEnabled": true});
    world.send(Method::POST, "/v1.0/groups", body).await;
    let several = world.run("n01", &ACTIVATE).await;
    assert_eq!(several.status.code(), Some(2));
    assert!(err(&several).contains("several groups") && err(&several).contains(&world.admin), "{}", err(&several));
    let forbidden = world.run("n01", &["revoke-sessions", "p01@contoso.com"]).await;
    assert_eq!((forbidden.status.code(), forbidden.stdout.is_empty()), (Some(2), true));
    assert!(err(&forbidden).contains("you have no right to this"), "{}", err(&forbidden));
    let mut command = world.program(&["revoke-sessions", "nobody@contoso.com", "--json"]);
    command.env("AZURE_USERNAME", tenant::ADMINISTRATOR).env("AZURE_PASSWORD", tenant::ADMINISTRATOR_PASSWORD);
    let unknown = finished(command).await;
    assert_eq!(unknown.status.code(), Some(2), "{}", out(&unknown));
    assert!(err(&unknown).contains("could not end the sessions of nobody@contoso.com"), "{}", err(&unknown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_are_reported_in_json() {
    let world = TestTenant::start().await;
    let waits = world.run("n01", &[&ACTIVATE[..], &["--wait", "PT0S", "--json"]].concat()).await;
    let id = json_of(&waits)["requestId"].as_str().unwrap().to_owned();
    let denied = world.run("p01", &["deny", &id, "--justification", "no", "--json"]).await;
    assert_eq!((denied.status.code(), json_of(&denied)), (Some(0), json!({"id": id, "status": "Denied"})));
    let again = world.run("p01", &["approve", &id, "--json"]).await;
    assert_eq!((again.status.code(), again.stdout.is_empty()), (Some(2), true));
    assert!(err(&again).contains("does not wait for you"), "{}", err(&again));
    let all = json_of(&world.run("n01", &["requests", "--all", "--json"]).await);
    assert_eq!((&all[0]["id"], &all[0]["whose"], &all[0]["status"]), (&json!(id), &json!("mine"), &json!("Denied")));
    let mut command = world.program(&["revoke-sessions", "n01@contoso.com", "--json"]);
    command.env("AZURE_USERNAME", tenant::ADMINISTRATOR).env("AZURE_PASSWORD", tenant::ADMINISTRATOR_PASSWORD);
    assert_eq!(json_of(&finished(command).await), json!({"user": "n01@contoso.com", "status": "Revoked"}));
}
