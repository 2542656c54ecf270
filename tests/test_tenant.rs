//! A tenant of its own for each test, and the real `terraform` in an empty folder, with the real provider binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::terraform_command::terraform;

/// The provider binary that Cargo built for the tests.
pub const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-aksaccess");

/// A tenant and a client to look at it with.
pub struct TestTenant {
    runtime: Runtime,
    emulator: Option<emulator::Running>,
    client: reqwest::Client,
    token: String,
    url: String,
    environment: Vec<(String, String)>,
}

/// A folder with a configuration, and what Terraform makes of it.
pub struct Workspace<'a> {
    test_tenant: &'a TestTenant,
    folder: tempfile::TempDir,
    extra: Vec<(String, String)>,
    terraform: &'static Path,
}

/// What a command printed, colours off.
#[derive(Debug)]
pub struct CommandOutput {
    pub code: i32,
    pub text: String,
}

/// The Terraform configuration file by which the provider binary is found without a registry.
fn cli_config() -> &'static Path {
    static WRITTEN: OnceLock<PathBuf> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let folder = Path::new(PROVIDER).parent().expect("a folder");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terraform.rc");
        let text =
            format!("provider_installation {{\n  dev_overrides {{\n    \"aksaccess/aksaccess\" = {folder:?}\n  }}\n  direct {{}}\n}}\n");
        // Renamed into its place whole: where each test is a process, others read it at the same time.
        let fresh = path.with_extension(std::process::id().to_string());
        std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &path)).expect("the configuration can be written");
        path
    })
}

impl TestTenant {
    /// A fresh tenant without lag. Its traffic is recorded under `target/tmp/traffic` for the contract checker.
    pub fn new(test: &str) -> Self {
        let traffic = Path::new(env!("CARGO_TARGET_TMPDIR")).join("traffic");
        std::fs::create_dir_all(&traffic).unwrap();
        let record = traffic.join(format!("{test}.jsonl"));
        let _ = std::fs::remove_file(&record);
        Self::with(emulator::Options { record: Some(record), ..Default::default() })
    }

    /// A tenant of one's own making.
    pub fn with(options: emulator::Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let certificates = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates"));
        let emulator = runtime.block_on(emulator::start(emulator::Options { certificates, ..options })).unwrap();
        let environment = emulator.environment();
        let authority = reqwest::Certificate::from_pem_bundle(&std::fs::read(emulator.ca_bundle()).unwrap()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only(authority).build().unwrap();
        let url = emulator.url();
        let token = runtime.block_on(async {
            let form = format!(
                "grant_type=client_credentials&client_id={}&client_secret={}&scope={url}%2F.default",
                emulator::tenant::CLIENT_ID,
                emulator::tenant::CLIENT_SECRET
            );
            let request = client.post(format!("{url}/{}/oauth2/v2.0/token", emulator::tenant::TENANT_ID));
            let answer = request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            answer["access_token"].as_str().unwrap_or_else(|| panic!("a token: {answer}")).to_owned()
        });
        let test_tenant = TestTenant { runtime, emulator: Some(emulator), client, token, url, environment };
        test_tenant.forget_requests();
        test_tenant
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>, bearer: bool) -> (u16, Value) {
        self.runtime.block_on(async {
            let mut request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
            if bearer {
                request = request.bearer_auth(&self.token);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.json().await.unwrap_or(Value::Null))
        })
    }

    /// Asks Graph behind Terraform's back. A refusal is a failure of the test.
    pub fn graph(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.send(method, &format!("/v1.0{path}"), body.as_ref(), true);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// A new user who has signed in: their id and token.
    pub fn person(&self, alias: &str) -> (String, String) {
        let name = format!("{alias}@{}", emulator::tenant::DOMAIN);
        let body = json!({ "accountEnabled": true, "displayName": alias, "mailNickname": alias, "userPrincipalName": name,
            "passwordProfile": { "password": "Correct-Horse-1", "forceChangePasswordNextSignIn": false } });
        let id = self.graph("POST", "/users", Some(body))["id"].as_str().unwrap().to_owned();
        let token = self.graph_token(alias, "Correct-Horse-1");
        (id, token)
    }

    /// A token for Microsoft Graph of a user of the tenant.
    pub fn graph_token(&self, alias: &str, password: &str) -> String {
        // Microsoft Graph Command Line Tools, which get every permission that there is.
        const CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
        let (url, name) = (&self.url, format!("{alias}@{}", emulator::tenant::DOMAIN));
        let form = format!("grant_type=password&client_id={CLIENT}&username={name}&password={password}&scope={url}%2F.default");
        self.runtime.block_on(async {
            let request = self.client.post(format!("{url}/organizations/oauth2/v2.0/token"));
            let answer = request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            answer["access_token"].as_str().unwrap_or_else(|| panic!("a token: {answer}")).to_owned()
        })
    }

    /// Asks Graph as somebody who has signed in. A refusal is a failure of the test.
    pub fn graph_as(&self, token: &str, method: &str, path: &str, body: Value) -> Value {
        self.runtime.block_on(async {
            let request = self.client.request(method.parse().unwrap(), format!("{}/v1.0{path}", self.url)).bearer_auth(token).json(&body);
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let answer = answer.json().await.unwrap_or(Value::Null);
            assert!(status < 300, "{method} {path}: {status} {answer}");
            answer
        })
    }

    /// Asks Azure Resource Manager behind Terraform's back. A refusal is a failure of the test.
    pub fn arm_api(&self, method: &str, path: &str, version: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.arm_answer(method, path, version, body);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Writes a cluster back as it was read, but for what was changed of it and what only the service writes.
    pub fn write_cluster(&self, mut cluster: Value) {
        let id = cluster["id"].as_str().unwrap().to_owned();
        let mut remove = |pointer: &str, names: &[&str]| {
            if let Some(object) = cluster.pointer_mut(pointer).and_then(Value::as_object_mut) {
                object.retain(|name, _| !names.contains(&name.as_str()));
            }
        };
        remove("", &["id", "name", "type", "eTag", "systemData"]);
        remove("/identity", &["principalId", "tenantId"]);
        let by_service =
            ["provisioningState", "powerState", "maxAgentPools", "currentKubernetesVersion", "fqdn", "azurePortalFQDN", "resourceUID"];
        remove("/properties", &by_service);
        remove("/properties/oidcIssuerProfile", &["issuerURL"]);
        remove("/properties/agentPoolProfiles/0", &["currentOrchestratorVersion", "provisioningState", "eTag"]);
        self.arm_api("PUT", &id, "2026-04-01", Some(cluster));
    }

    /// What Azure Resource Manager answers behind Terraform's back.
    pub fn arm_answer(&self, method: &str, path: &str, version: &str, body: Option<Value>) -> (u16, Value) {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.send(method, &format!("{path}{separator}api-version={version}"), body.as_ref(), true)
    }

    /// The token with which a user who signs in with a password enters clusters.
    pub fn user_token(&self, name: &str, password: &str) -> String {
        let form = [
            ("grant_type", "password"),
            ("client_id", "80faf920-1908-4b52-b5ef-a8e7bedfc67a"),
            ("username", name),
            ("password", password),
            ("scope", "6dae42f8-4368-4678-94ff-3960e28e3630/.default"),
        ];
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let answer: Value = self.runtime.block_on(async {
            let request = self.client.post(format!("{}/{}/oauth2/v2.0/token", self.url, emulator::tenant::TENANT_ID));
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.join("&"));
            request.send().await.unwrap().json().await.unwrap()
        });
        answer["access_token"].as_str().unwrap_or_else(|| panic!("a token: {answer}")).to_owned()
    }

    /// The kubeconfig of a user of a cluster.
    pub fn kubeconfig(&self, cluster: &str) -> Value {
        use base64::Engine;
        let answer = self.arm_api("POST", &format!("{cluster}/listClusterUserCredential"), "2026-04-01", None);
        let text = base64::engine::general_purpose::STANDARD.decode(answer["kubeconfigs"][0]["value"].as_str().unwrap()).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// What the Kubernetes API answers to the bearer of a token.
    pub fn kubernetes(&self, token: &str, address: &str) -> (u16, Value) {
        self.runtime.block_on(async {
            let answer = self.client.get(address).bearer_auth(token).send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap())
        })
    }

    /// Certificates of the authorities that the tenant's own is from, PEM.
    pub fn authority(&self) -> String {
        std::fs::read_to_string(self.emulator.as_ref().unwrap().ca_bundle()).unwrap()
    }

    /// Role assignments made exactly at a scope, as `(principal, last part of the role's id, name)`, sorted.
    pub fn assignments(&self, scope: &str) -> Vec<(String, String, String)> {
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()");
        let listed = self.arm_api("GET", &path, "2022-04-01", None);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let at_scope = |one: &&Value| one["properties"]["scope"].as_str().unwrap().eq_ignore_ascii_case(scope);
        let of = |one: &Value| {
            let role = text(&one["properties"]["roleDefinitionId"]);
            (text(&one["properties"]["principalId"]), role.rsplit('/').next().unwrap().to_owned(), text(&one["name"]))
        };
        let mut found: Vec<_> = listed["value"].as_array().unwrap().iter().filter(at_scope).map(of).collect();
        found.sort();
        found
    }

    /// Requests since the last [`TestTenant::forget_requests`] to Azure Resource Manager, as `"GET /{scope}/...": 1`.
    pub fn arm_requests(&self) -> Value {
        let mut counted = self.control("GET", "requests", None);
        let http = counted["http"].as_object_mut().unwrap();
        http.retain(|template, _| template.contains("/providers/") || template.contains(" /subscriptions"));
        counted["http"].take()
    }

    /// Host and port of the tenant.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("https://")
    }

    /// What a service answers behind Terraform's back, refusals too.
    pub fn answer(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.send(method, path, body, true)
    }

    /// The status of a Graph request.
    pub fn status(&self, path: &str) -> u16 {
        self.send("GET", &format!("/v1.0{path}"), None, true).0
    }

    /// Asks the control API.
    pub fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.send(method, &format!("/emulator/{path}"), body.as_ref(), false);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Object ids of that many new users.
    pub fn users(&self, count: usize) -> Vec<String> {
        let answer = self.control("POST", "populate", Some(json!({ "users": count })));
        answer["users"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    /// Starts counting requests anew.
    pub fn forget_requests(&self) {
        self.control("DELETE", "requests", None);
    }

    /// Requests since the last [`TestTenant::forget_requests`] that are not sign-in and discovery, as `"POST /v1.0/groups": 1`.
    pub fn requests(&self) -> Value {
        let mut counted = self.control("GET", "requests", None);
        let http = counted["http"].as_object_mut().unwrap();
        http.retain(|template, _| template.contains("/v1.0/") || template.contains("/beta/"));
        counted["http"].take()
    }

    /// Every HTTP request since then, sign-in and discovery too.
    pub fn all_requests(&self) -> u64 {
        let counted = self.control("GET", "requests", None);
        counted["http"].as_object().unwrap().values().filter_map(Value::as_u64).sum()
    }

    /// HTTP requests since then that may have changed something.
    pub fn writes(&self) -> u64 {
        let reads = |template: &str| template.starts_with("GET ") || template.ends_with("/getByIds");
        let counted = self.requests();
        counted.as_object().unwrap().iter().filter(|(template, _)| !reads(template)).filter_map(|(_, count)| count.as_u64()).sum()
    }

    /// Arms faults.
    pub fn arm(&self, faults: &str) {
        self.control("POST", "faults", Some(json!({ "faults": faults })));
    }

    /// Lets so much time pass, as an ISO 8601 duration.
    pub fn advance(&self, time: &str) {
        self.control("POST", "clock", Some(json!({ "advance": time })));
    }

    /// Ids of the members of a group, sorted.
    pub fn members(&self, group: &str) -> Vec<String> {
        self.related(&format!("/groups/{group}/members"))
    }

    /// Ids of what is in the collection and below its cast to service principals, sorted.
    fn related(&self, collection: &str) -> Vec<String> {
        let mut members = self.ids(&format!("{collection}?$select=id&$top=999"));
        members.extend(self.ids(&format!("{collection}/microsoft.graph.servicePrincipal?$select=id&$top=999")));
        members.sort();
        members.dedup();
        members
    }

    fn ids(&self, path: &str) -> Vec<String> {
        let (mut members, mut path) = (Vec::new(), path.to_owned());
        loop {
            let page = self.graph("GET", &path, None);
            members.extend(page["value"].as_array().unwrap().iter().map(|member| member["id"].as_str().unwrap().to_owned()));
            match page["@odata.nextLink"].as_str().and_then(|next| next.split_once("/v1.0")) {
                Some((_, next)) => path = next.to_owned(),
                None => return members,
            }
        }
    }

    /// Makes an object a member of a group behind Terraform's back.
    pub fn add_member(&self, group: &str, member: &str) {
        let reference = format!("https://graph.microsoft.com/v1.0/directoryObjects/{member}");
        self.graph("POST", &format!("/groups/{group}/members/$ref"), Some(json!({ "@odata.id": reference })));
    }

    /// Takes a member out of a group behind Terraform's back.
    pub fn remove_member(&self, group: &str, member: &str) {
        self.graph("DELETE", &format!("/groups/{group}/members/{member}/$ref"), None);
    }

    /// Makes an object an owner of a group behind Terraform's back.
    pub fn add_owner(&self, group: &str, owner: &str) {
        let reference = format!("https://graph.microsoft.com/v1.0/directoryObjects/{owner}");
        self.graph("POST", &format!("/groups/{group}/owners/$ref"), Some(json!({ "@odata.id": reference })));
    }

    /// Ids of the owners of a group, sorted.
    pub fn owners(&self, group: &str) -> Vec<String> {
        self.related(&format!("/groups/{group}/owners"))
    }

    /// The id of a new administrative unit.
    pub fn unit(&self) -> String {
        let made = self.graph("POST", "/directory/administrativeUnits", Some(json!({ "displayName": "unit" })));
        made["id"].as_str().unwrap().to_owned()
    }

    /// Puts an object into an administrative unit behind Terraform's back.
    pub fn add_to_unit(&self, unit: &str, member: &str) {
        let reference = format!("https://graph.microsoft.com/v1.0/directoryObjects/{member}");
        self.graph("POST", &format!("/directory/administrativeUnits/{unit}/members/$ref"), Some(json!({ "@odata.id": reference })));
    }

    /// Ids of the members of an administrative unit, sorted.
    pub fn in_unit(&self, unit: &str) -> Vec<String> {
        ids_of(&self.graph("GET", &format!("/directory/administrativeUnits/{unit}/members?$select=id&$top=999"), None))
    }

    /// The id of a new security group, or another with these properties.
    pub fn group(&self, properties: Value) -> String {
        let mut body = json!({ "displayName": "g", "mailNickname": "g", "mailEnabled": false, "securityEnabled": true });
        body.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        self.graph("POST", "/groups", Some(body))["id"].as_str().unwrap().to_owned()
    }

    /// New users, new groups, and so many of these users as members of each group.
    pub fn populate(&self, users: usize, groups: usize, members_per_group: usize) -> (Vec<String>, Vec<String>) {
        let amount = json!({ "users": users, "groups": groups, "members_per_group": members_per_group });
        let answer = self.control("POST", "populate", Some(amount));
        let ids = |kind: &str| answer[kind].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        (ids("users"), ids("groups"))
    }

    /// Requests that were part of a batch.
    pub fn batched(&self) -> Value {
        self.control("GET", "requests", None)["batched"].take()
    }

    /// An empty folder with this configuration, to which the provider's own block is added.
    pub fn workspace(&self, configuration: &str) -> Workspace<'_> {
        let workspace = Workspace { test_tenant: self, folder: tempfile::tempdir().unwrap(), extra: Vec::new(), terraform: terraform() };
        workspace.write(configuration);
        workspace
    }
}

impl Drop for TestTenant {
    fn drop(&mut self) {
        if let Some(emulator) = self.emulator.take() {
            self.runtime.block_on(emulator.stop());
        }
    }
}

impl Workspace<'_> {
    /// Replaces the configuration.
    pub fn write(&self, configuration: &str) {
        let head = "terraform {\n  required_providers {\n    aksaccess = { source = \"aksaccess/aksaccess\" }\n  }\n}\n";
        self.file("main.tf", &format!("{head}{configuration}"));
    }

    /// Writes a file of the folder.
    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets a variable of the environment from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.extra.push((name.to_owned(), value.to_owned()));
    }

    /// Uses another Terraform from now on.
    pub fn use_terraform(&mut self, program: &'static Path) {
        self.terraform = program;
    }

    /// A Terraform command, ready to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.terraform);
        command.current_dir(self.folder.path()).args(arguments);
        // The machine's own settings and proxies are no part of a test.
        let of_machine = |name: &str| name.starts_with("TF_") || name.starts_with("ARM_") || name.to_uppercase().ends_with("_PROXY");
        for (name, _) in std::env::vars().filter(|(name, _)| of_machine(name)) {
            command.env_remove(name);
        }
        command.env("TF_CLI_CONFIG_FILE", cli_config()).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
        // Collecting garbage is a fifth of what a short Terraform command computes.
        command.env("GOGC", "400");
        command.envs(self.test_tenant.environment.iter().map(|(name, value)| (name, value)));
        command.envs(self.extra.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a Terraform command.
    pub fn run(&self, arguments: &[&str]) -> CommandOutput {
        said(self.command(arguments).output().unwrap())
    }

    /// Applies, which must succeed.
    pub fn apply(&self) -> CommandOutput {
        self.succeeds(&["apply", "-auto-approve", "-no-color"])
    }

    /// Destroys, which must succeed.
    pub fn destroy(&self) -> CommandOutput {
        self.succeeds(&["destroy", "-auto-approve", "-no-color"])
    }

    /// Runs a command that must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> CommandOutput {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "terraform {}:\n{}", arguments.join(" "), said.text);
        said
    }

    /// Runs a command that must fail, and whose message must hold all of these; line breaks of the frame do not count.
    pub fn fails(&self, arguments: &[&str], messages: &[&str]) -> CommandOutput {
        let said = self.run(arguments);
        assert_eq!(said.code, 1, "terraform {} was to fail:\n{}", arguments.join(" "), said.text);
        let flat = flat(&said.text);
        for message in messages {
            assert!(flat.contains(message), "terraform {} does not say {message:?}:\n{}", arguments.join(" "), said.text);
        }
        said
    }

    /// A plan that would go on for long is interrupted after a few seconds, and its log must say what it waits for. Terraform shows no diagnostic of a provider
    /// that was interrupted, and does not interrupt the plan that `apply` begins with.
    #[cfg(unix)]
    pub fn plan_waits(&self, messages: &[&str]) -> CommandOutput {
        let mut command = self.command(&["plan", "-no-color"]);
        command.env("TF_LOG_PROVIDER", "WARN");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(5));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success(), "the process had ended already");
        let (began, said) = (Instant::now(), said(child.wait_with_output().unwrap()));
        assert!(said.code == 1 && began.elapsed() < Duration::from_secs(30), "{:?}: {}", began.elapsed(), said.text);
        let flat = flat(&said.text);
        for message in messages {
            assert!(flat.contains(message), "the log does not say {message:?}:\n{}", said.text);
        }
        said
    }

    /// A plan must be refused with these words.
    pub fn plan_fails(&self, messages: &[&str]) -> CommandOutput {
        self.fails(&["plan", "-no-color"], messages)
    }

    /// The plan must be empty.
    pub fn plan_is_empty(&self) {
        let said = self.run(&["plan", "-detailed-exitcode", "-no-color"]);
        assert_eq!(said.code, 0, "the plan is not empty:\n{}", said.text);
    }

    /// What the plan does with each resource, as `{"aksaccess_group.a": ["update"]}`.
    pub fn planned_actions(&self) -> Value {
        self.succeeds(&["plan", "-out=plan", "-no-color"]);
        let plan: Value = self.json(&["show", "-json", "plan"]);
        let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
        changes.iter().map(|change| (change["address"].as_str().unwrap().to_owned(), change["change"]["actions"].clone())).collect()
    }

    /// The attributes in state of a resource of the root module.
    pub fn state(&self, address: &str) -> Value {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.iter().find(|resource| resource["address"] == address);
        found.unwrap_or_else(|| panic!("{address} is not in state: {state}"))["values"].clone()
    }

    /// The identity in state of a resource of the root module.
    pub fn identity(&self, address: &str) -> Value {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.iter().find(|resource| resource["address"] == address);
        found.unwrap_or_else(|| panic!("{address} is not in state: {state}"))["identity"].clone()
    }

    /// Addresses in state.
    pub fn addresses(&self) -> Vec<String> {
        self.succeeds(&["state", "list"]).text.lines().map(str::to_owned).collect()
    }

    /// The value of an output.
    pub fn output(&self, name: &str) -> Value {
        self.json(&["output", "-json", name])
    }

    /// What a command prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {}", said(output).text))
    }
}

/// What a command printed on both streams.
pub fn said(output: Output) -> CommandOutput {
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    CommandOutput { code: output.status.code().unwrap_or(-1), text }
}

/// Terraform's output without frames and line breaks, so that sentences can be looked for.
pub fn flat(text: &str) -> String {
    text.replace(['│', '╷', '╵'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ids of what is listed, sorted.
fn ids_of(listed: &Value) -> Vec<String> {
    let mut ids: Vec<String> = listed["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}
