//! Whom the provider acts as: what was asked for or nobody.

use std::sync::atomic::{AtomicUsize, Ordering};

use emulator::tenant;
use serde_json::json;

use crate::sign_in::az;
use crate::world::{Workspace, World};

const WHO: &str = "data \"aksaccess_client_config\" \"it\" {}\n";

/// A workspace whose only other identity would be the person of the Azure CLI, and what the Azure CLI was asked.
struct Laptop<'a> {
    workspace: Workspace<'a>,
    folder: tempfile::TempDir,
}

impl<'a> Laptop<'a> {
    fn new(world: &'a World, configuration: &str) -> Self {
        static NTH: AtomicUsize = AtomicUsize::new(0);
        let (_, token) = world.person(&format!("anna{}", NTH.fetch_add(1, Ordering::Relaxed)));
        let answer = json!({ "accessToken": token, "expires_on": 4_000_000_000_i64, "tokenType": "Bearer" });
        let (folder, path) = az(&format!("echo \"$@\" >> \"$(dirname \"$0\")/asked\"\ncat <<'EOF'\n{answer}\nEOF"));
        let mut workspace = world.workspace(configuration);
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

/// What is set, and what the error says.
type Row = (&'static [(&'static str, &'static str)], &'static str);

#[test]
fn what_is_asked_for_and_cannot_be_had_is_an_error_and_nobody_else_signs_in() {
    let world = World::new("sign_in_refused_ways");
    let app = ("ARM_CLIENT_ID", tenant::CLIENT_ID);
    Laptop::new(&world, WHO).workspace.succeeds(&["plan", "-no-color"]);
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
        let mut laptop = Laptop::new(&world, WHO);
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
        assert!(!laptop.asked(), "{variables:?}: {}", said.text);
    }
}

#[test]
fn a_token_that_the_block_names_is_not_passed_over_for_another_identity() {
    let world = World::new("sign_in_refused_block");
    let laptop = Laptop::new(&world, WHO);
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
    let world = World::new("sign_in_refused_switches");
    for variable in ["ARM_USE_OIDC", "ARM_USE_MSI", "ARM_USE_AKS_WORKLOAD_IDENTITY", "ARM_USE_CLI", "ARM_USE_POWERSHELL"] {
        for value in ["yes", "on", "2", "tru"] {
            let mut laptop = Laptop::new(&world, WHO);
            laptop.workspace.set(variable, value);
            let said = laptop
                .workspace
                .plan_fails(&[&format!("The environment variable {variable} is no boolean"), &format!("It is \"{value}\".")]);
            assert!(!laptop.asked(), "{}", said.text);
        }
        let mut laptop = Laptop::new(&world, WHO);
        laptop.workspace.set(variable, if variable == "ARM_USE_CLI" { "True" } else { "F" });
        laptop.workspace.succeeds(&["plan", "-no-color"]);
    }
    // What the block says goes before the variable, which is not read.
    let mut laptop = Laptop::new(&world, &format!("provider \"aksaccess\" {{\n  use_oidc = false\n}}\n{WHO}"));
    laptop.workspace.set("ARM_USE_OIDC", "no");
    laptop.workspace.succeeds(&["plan", "-no-color"]);
}
