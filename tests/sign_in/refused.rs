//! Whom the provider acts as: what was asked for or nobody; and a failed sign-in is one error of the whole run.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use emulator::tenant;
use serde_json::json;

use crate::sign_in::credentials::az;
use crate::test_tenant::{CommandOutput, TestTenant, Workspace, flat, said};

const WHO: &str = "data \"aksaccess_client_config\" \"it\" {}\n";
const GROUPS: &str = "resource \"aksaccess_group\" \"it\" {\n  count = 20\n  display_name = \"g${count.index}\"\n}\n";
const BLOCK: &str = "provider \"aksaccess\" {\n  use_cli = false\n}\n";
const WRONG: &str = "n0t-the-s3cret";
const TOKENS: &str = "POST /{tenant}/oauth2/v2.0/token";
const CAUSE: &str = "Error: The provider could not sign in with a client secret: AADSTS7000215: Invalid client secret provided.";
const ADVICE: &str = "it must be the value of a secret of the application, not the ID of the secret";

/// A workspace whose only other identity would be the person of the Azure CLI, and what the Azure CLI was asked.
struct Laptop<'a> {
    workspace: Workspace<'a>,
    folder: tempfile::TempDir,
}

impl<'a> Laptop<'a> {
    fn new(test_tenant: &'a TestTenant, configuration: &str) -> Self {
        static NTH: AtomicUsize = AtomicUsize::new(0);
        let (_, token) = test_tenant.person(&format!("anna{}", NTH.fetch_add(1, Ordering::Relaxed)));
        let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
        let (folder, path) = az(&format!("echo \"$@\" >> \"$(dirname \"$0\")/asked\"\ncat <<'EOF'\n{answer}\nEOF"));
        let mut workspace = test_tenant.workspace(configuration);
        for name in ["ARM_CLIENT_ID", "ARM_CLIENT_SECRET"] {
            workspace.set(name, "");
        }
        workspace.set("PATH", &path);
        Laptop { workspace, folder }
    }

    fn asked(&self) -> bool {
        self.folder.path().join("asked").exists()
    }
}

/// The first lines of the errors, in order.
fn errors(said: &CommandOutput) -> Vec<&str> {
    said.text.lines().filter(|line| line.contains("Error: ")).collect()
}

/// How often a token was asked for.
fn sign_ins(test_tenant: &TestTenant) -> u64 {
    test_tenant.control("GET", "requests", None)["http"][TOKENS].as_u64().unwrap_or_default()
}

/// What is set, and what the error says.
type Row = (&'static [(&'static str, &'static str)], &'static str);

#[test]
fn what_is_asked_for_and_cannot_be_had_is_an_error_and_nobody_else_signs_in() {
    let test_tenant = TestTenant::new("sign_in_refused_ways");
    let app = ("ARM_CLIENT_ID", tenant::CLIENT_ID);
    Laptop::new(&test_tenant, WHO).workspace.succeeds(&["plan", "-no-color"]);
    let rows: &[Row] = &[
        (
            &[("ARM_USE_OIDC", "true")],
            "use_oidc (ARM_USE_OIDC) is true, and there is no token to exchange: none of oidc_token (ARM_OIDC_TOKEN)",
        ),
        // A job of Azure Pipelines without a service connection; one of GitHub Actions whose address is empty.
        (
            &[("ARM_USE_OIDC", "1"), ("SYSTEM_OIDCREQUESTURI", "https://y.example"), ("SYSTEM_ACCESSTOKEN", "y")],
            "ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID, for Azure Pipelines)",
        ),
        (&[("ARM_USE_OIDC", "TRUE"), ("ACTIONS_ID_TOKEN_REQUEST_URL", "")], "with the permission `id-token: write`"),
        (&[("ARM_USE_OIDC", "true"), ("ARM_USE_MSI", "true")], "there is no token to exchange"),
        (&[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN_FILE_PATH", "/no/such/file")], "the oidc_token file /no/such/file cannot be read"),
        (&[("ARM_USE_AKS_WORKLOAD_IDENTITY", "true")], "AZURE_FEDERATED_TOKEN_FILE is not set"),
        (
            &[("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"), ("AZURE_FEDERATED_TOKEN_FILE", "/no/such/file")],
            "the workload identity token file /no/such/file cannot be read",
        ),
        (&[("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", "http://127.0.0.1:9/token")], "signing in with a managed identity failed"),
        (&[("ARM_CLIENT_SECRET_FILE_PATH", "/no/such/file")], "the client_secret file /no/such/file cannot be read"),
        (&[("ARM_CLIENT_CERTIFICATE_PATH", "/no/such/file")], "the client_certificate file /no/such/file cannot be read"),
        (&[("ARM_USE_POWERSHELL", "true")], "this provider cannot sign in with Azure PowerShell"),
    ];
    for (variables, message) in rows {
        let mut laptop = Laptop::new(&test_tenant, WHO);
        // A managed identity would be the machine's own with it, and not that of an application.
        let named = !variables.iter().any(|(name, _)| *name == "ARM_USE_MSI");
        let more = [app].into_iter().filter(|_| named);
        for (name, value) in variables.iter().copied().chain(more) {
            laptop.workspace.set(name, value);
        }
        if variables.iter().any(|(name, _)| *name == "ARM_USE_AKS_WORKLOAD_IDENTITY") {
            laptop.workspace.set("ARM_TENANT_ID", tenant::TENANT_ID);
        }
        let said = laptop.workspace.plan_fails(&[message]);
        assert_eq!((errors(&said).len(), laptop.asked()), (1, false), "{variables:?}: {}", said.text);
    }
}

#[test]
fn a_token_that_the_block_names_is_not_passed_over_for_another_identity() {
    let test_tenant = TestTenant::new("sign_in_refused_block");
    let laptop = Laptop::new(&test_tenant, WHO);
    let block = |lines: &str| format!("provider \"aksaccess\" {{\n{lines}\n}}\n{WHO}");
    laptop.workspace.write(&block("  oidc_token = \"x\""));
    laptop.workspace.plan_fails(&["oidc_token is set, and use_oidc (ARM_USE_OIDC) is not; set it to true or false"]);
    laptop.workspace.write(&block("  use_oidc = true"));
    laptop.workspace.plan_fails(&["there is no token to exchange"]);
    assert!(!laptop.asked());
    laptop.workspace.write(&block("  oidc_token = \"x\"\n  use_oidc = false"));
    laptop.workspace.succeeds(&["plan", "-no-color"]);
    assert!(laptop.asked());
}

#[test]
fn a_switch_that_is_no_boolean_is_an_error() {
    let test_tenant = TestTenant::new("sign_in_refused_switches");
    for variable in ["ARM_USE_OIDC", "ARM_USE_MSI", "ARM_USE_AKS_WORKLOAD_IDENTITY", "ARM_USE_CLI", "ARM_USE_POWERSHELL"] {
        for value in ["yes", "on", "2", "tru"] {
            let mut laptop = Laptop::new(&test_tenant, WHO);
            laptop.workspace.set(variable, value);
            let said = laptop
                .workspace
                .plan_fails(&[&format!("The environment variable {variable} is no boolean"), &format!("It is \"{value}\".")]);
            assert_eq!((errors(&said).len(), laptop.asked()), (1, false), "{}", said.text);
        }
        let mut laptop = Laptop::new(&test_tenant, WHO);
        laptop.workspace.set(variable, if variable == "ARM_USE_CLI" { "True" } else { "F" });
        laptop.workspace.succeeds(&["plan", "-no-color"]);
    }
    // What the block says goes before the variable, which is not read.
    let mut laptop = Laptop::new(&test_tenant, &format!("provider \"aksaccess\" {{\n  use_oidc = false\n}}\n{WHO}"));
    laptop.workspace.set("ARM_USE_OIDC", "no");
    laptop.workspace.succeeds(&["plan", "-no-color"]);
}

/// Runs each command with a wrong secret and twenty groups in state: one error, one request for a token, nothing changed.
fn one_error_per_command(test: &str, block: &str) {
    let test_tenant = TestTenant::new(test);
    let mut workspace = test_tenant.workspace(&format!("{block}{GROUPS}"));
    workspace.apply();
    workspace.succeeds(&["plan", "-destroy", "-out=plan", "-no-color"]);
    workspace.set("ARM_CLIENT_SECRET", WRONG);
    let other = "resource \"aksaccess_group\" \"other\" {\n  display_name = \"other\"\n}\n";
    let data = "data \"aksaccess_client_config\" \"it\" {}\n";
    let import = "import {\n  to = aksaccess_group.other\n  id = \"11111111-1111-4111-8111-111111111111\"\n}\n";
    for (arguments, configuration) in [
        (&["plan", "-no-color"][..], ""),
        (&["plan", "-no-color"], other),
        (&["plan", "-no-color", "-refresh=false"], ""),
        (&["plan", "-no-color", "-refresh-only"], ""),
        (&["apply", "-auto-approve", "-no-color"], ""),
        (&["apply", "-no-color", "plan"], ""),
        (&["destroy", "-auto-approve", "-no-color"], ""),
        (&["destroy", "-auto-approve", "-no-color", "-refresh=false"], ""),
        (&["import", "-no-color", "aksaccess_group.other", "11111111-1111-4111-8111-111111111111"], other),
        (&["plan", "-no-color"], &format!("{other}{import}")),
        (&["plan", "-no-color"], data),
    ] {
        workspace.write(&format!("{block}{GROUPS}{configuration}"));
        test_tenant.forget_requests();
        let said = workspace.fails(arguments, &[CAUSE, ADVICE]);
        let found = errors(&said);
        let what = format!("{block:?} {arguments:?} {configuration:?}: {}", said.text);
        // Without a block, data sources and imports need an error each, and Terraform adds one of its own in an apply.
        let is_saved_plan = arguments == ["apply", "-no-color", "plan"];
        let has_data = [data, import].iter().any(|more| configuration.contains(more));
        let most = if block.is_empty() && (is_saved_plan || has_data) { 2 } else { 1 };
        assert!((1..=most).contains(&found.len()), "{what}");
        let is_misled = found.contains(&"Error: Invalid provider configuration");
        assert_eq!(found.iter().filter(|line| **line == CAUSE).count(), found.len() - usize::from(is_misled), "{what}");
        assert_eq!(flat(&said.text).contains("That is not the cause"), is_misled, "{what}");
        // The first data source and the first resource report it in full.
        let in_full = flat(&said.text).matches("Ways to sign in, in the order").count();
        assert!((1..=most).contains(&in_full), "{what}");
        // Without a block, the plan of the other resources is shown before the error.
        let has_changes = configuration.contains(other) || arguments.contains(&"destroy") && arguments.contains(&"-refresh=false");
        assert!(said.text.lines().count() < 60 || (has_changes || has_data) && block.is_empty(), "{what}");
        assert!(!said.text.contains(WRONG), "{what}");
        assert_eq!(sign_ins(&test_tenant), 1, "{what}");
    }
    assert_eq!(test_tenant.graph("GET", "/groups?$select=id", None)["value"].as_array().unwrap().len(), 20);
    workspace.set("ARM_CLIENT_SECRET", tenant::CLIENT_SECRET);
    workspace.write(&format!("{block}{GROUPS}"));
    workspace.plan_is_empty();
}

#[test]
fn a_wrong_secret_is_one_error_with_a_provider_block() {
    one_error_per_command("sign_in_refused_with_block", BLOCK);
}

#[test]
fn a_wrong_secret_is_one_error_without_a_provider_block() {
    one_error_per_command("sign_in_refused_without_block", "");
}

#[test]
fn a_first_plan_and_data_sources_with_a_wrong_secret() {
    let test_tenant = TestTenant::new("sign_in_refused_first");
    let mut workspace = test_tenant.workspace("");
    workspace.set("ARM_CLIENT_SECRET", WRONG);
    let data: String = (0..20).map(|nth| format!("data \"aksaccess_client_config\" \"c{nth}\" {{}}\n")).collect();
    for (block, configuration, count) in [(BLOCK, GROUPS, 1), ("", GROUPS, 1), (BLOCK, &*data, 1), ("", &data, 20)] {
        workspace.write(&format!("{block}{configuration}"));
        for arguments in [&["plan", "-no-color"][..], &["apply", "-auto-approve", "-no-color"]] {
            test_tenant.forget_requests();
            let said = workspace.fails(arguments, &[CAUSE, ADVICE]);
            assert_eq!(errors(&said), vec![CAUSE; count], "{}", said.text);
            assert_eq!(flat(&said.text).matches("Ways to sign in, in the order").count(), 1, "{}", said.text);
            assert_eq!(sign_ins(&test_tenant), 1);
        }
    }
    assert_eq!(test_tenant.writes(), 0);
}

#[test]
fn a_failure_that_a_check_block_makes_a_warning_of_fails_the_run_all_the_same() {
    let test_tenant = TestTenant::new("sign_in_refused_check");
    let check = "check \"it\" {\n  data \"aksaccess_client_config\" \"it\" {}\n  assert {\n    condition = data.aksaccess_client_config.it.object_id != \"\"\n    \
                 error_message = \"no\"\n  }\n}\n";
    let mut workspace = test_tenant.workspace(&format!("{GROUPS}{check}"));
    workspace.apply();
    workspace.set("ARM_CLIENT_SECRET", WRONG);
    let said = workspace.plan_fails(&[CAUSE, ADVICE]);
    assert_eq!(errors(&said), [CAUSE], "{}", said.text);
}

#[test]
fn what_needs_no_service_works_signed_out() {
    let test_tenant = TestTenant::new("sign_in_refused_signed_out");
    let mut workspace = test_tenant.workspace("");
    workspace.set("ARM_CLIENT_SECRET", WRONG);
    let function =
        "output \"it\" {\n  value = provider::aksaccess::parse_scope(\"/subscriptions/44444444-4444-4444-8444-444444444444\")\n}\n";
    let module = "module \"it\" {\n  source = \"./it\"\n  count = 0\n}\n";
    std::fs::create_dir(workspace.path().join("it")).unwrap();
    workspace.file("it/main.tf", "terraform {\n  required_providers {\n    aksaccess = { source = \"aksaccess/aksaccess\" }\n  }\n}\n");
    for configuration in ["", BLOCK, function, module, &format!("{BLOCK}{function}")] {
        workspace.write(configuration);
        workspace.succeeds(&["get", "-no-color"]);
        workspace.succeeds(&["validate", "-no-color"]);
        workspace.succeeds(&["plan", "-no-color"]);
        workspace.apply();
    }
    workspace.write(&format!("{BLOCK}{GROUPS}"));
    workspace.succeeds(&["validate", "-no-color"]);
    workspace.write(GROUPS);
    workspace.file("it.tftest.hcl", "mock_provider \"aksaccess\" {}\nrun \"it\" {\n  command = plan\n}\n");
    workspace.succeeds(&["test", "-no-color"]);
    assert_eq!(test_tenant.all_requests(), 0);
    // Without a mock, each run signs in.
    workspace.file("it.tftest.hcl", "run \"it\" {\n  command = plan\n}\n");
    let said = workspace.fails(&["test", "-no-color"], &[CAUSE, ADVICE]);
    assert_eq!((errors(&said), sign_ins(&test_tenant)), (vec![CAUSE], 1), "{}", said.text);
}

#[test]
fn nobody_signs_in_with_a_provider_block_that_is_not_known_yet() {
    let test_tenant = TestTenant::new("sign_in_refused_unknown");
    let mut workspace = test_tenant.workspace(&format!(
        "resource \"terraform_data\" \"secret\" {{\n  input = {:?}\n}}\nprovider \"aksaccess\" {{\n  client_secret = terraform_data.secret.output\n}}\nresource \
         \"aksaccess_group\" \"it\" {{\n  display_name = \"g\"\n}}\n",
        tenant::CLIENT_SECRET
    ));
    workspace.set("ARM_CLIENT_SECRET", WRONG);
    workspace.succeeds(&["plan", "-no-color"]);
    assert_eq!(test_tenant.all_requests(), 0);
    workspace.apply();
    assert_eq!(sign_ins(&test_tenant), 1, "in the apply alone");
    workspace.plan_is_empty();
}

#[test]
fn a_sign_in_that_fails_for_a_passing_reason_is_tried_again() {
    let test_tenant = TestTenant::new("sign_in_refused_passing");
    let workspace = test_tenant.workspace(GROUPS);
    workspace.apply();
    for effect in ["status=503", "throttle=1", "reset-before", "status=500"] {
        test_tenant.forget_requests();
        test_tenant.arm(&format!("2 {TOKENS} {effect}"));
        workspace.plan_is_empty();
        assert_eq!(sign_ins(&test_tenant), 3, "{effect}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_sign_in_that_hangs() {
    let test_tenant = TestTenant::new("sign_in_refused_interrupt");
    let workspace = test_tenant.workspace(GROUPS);
    test_tenant.arm(&format!("9 {TOKENS} delay=60"));
    let child = workspace.command(&["plan", "-no-color"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while sign_ins(&test_tenant) == 0 {
        std::thread::sleep(Duration::from_millis(100));
    }
    let began = Instant::now();
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let said = said(child.wait_with_output().unwrap());
    assert!(interrupted.success() && said.code == 1 && began.elapsed() < Duration::from_secs(30), "{:?}: {}", began.elapsed(), said.text);
}
