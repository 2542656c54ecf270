//! The article about conditional access for clusters, end to end: the real Terraform turns the policy on, the credential plugin of `kubectl` is let in from a
//! compliant device and from no other, and the sign-ins that the provider reads show both.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use emulator::{Options, Running, tenant};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::kubectl::{decode, text};
use crate::tenant::administrator;
use crate::terraform_command::terraform;

const PASSWORD: &str = "Correct-Horse-1";
const POLICY: &str = include_str!("../../examples/conditional-access-for-aks/main.tf");

/// What the article takes for granted: that administrators have a role in the cluster.
const ROLE: &str = r#"
variable "cluster_id" {
  type = string
}

resource "aksaccess_role_assignment" "admins" {
  principal_id = aksaccess_group.admins.id
  role         = "Azure Kubernetes Service RBAC Admin"
  cluster_id   = var.cluster_id
}
"#;

/// A tenant, and somebody in it who is going to administer a cluster.
struct TestTenant {
    running: Running,
    client: Client,
    token: String,
    folder: tempfile::TempDir,
}

/// The provider beside the program, made by Cargo as it makes it for the demo.
fn provider() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_aksaccess")).with_file_name("terraform-provider-aksaccess");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args([
        "build",
        "--locked",
        "--quiet",
        "--bin",
        "terraform-provider-aksaccess",
    ]);
    assert!(build.status().unwrap().success() && path.is_file());
    path
}

impl TestTenant {
    async fn start() -> Self {
        let running = emulator::start(Options::default()).await.unwrap();
        let (client, token) = administrator(&running).await;
        Self { running, client, token, folder: tempfile::tempdir().unwrap() }
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.running.url())).bearer_auth(&self.token).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    /// Runs Terraform in the folder, which must succeed.
    fn terraform(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(terraform());
        command.current_dir(self.folder.path()).args(arguments).envs(self.running.environment());
        command.env("TF_CLI_CONFIG_FILE", self.folder.path().join("terraform.rc")).env("CHECKPOINT_DISABLE", "1");
        let output = command.output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "terraform {arguments:?}: {said}");
        said
    }

    /// Sets the circumstances of ada's next sign-ins.
    async fn ada_sits_at(&self, circumstances: Value) {
        let circumstances = json!({"user_principal_name": "ada@contoso.com", "circumstances": circumstances});
        self.send(Method::POST, "/emulator/circumstances", circumstances).await;
    }

    /// What the plugin says when `kubectl` asks it for ada's token.
    fn kube_token(&self) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aksaccess"));
        command.args(["kube-token", "get-token", "--login", "ropc", "--tenant-id", "contoso.com", "--authority-host", &self.running.url()]);
        // As the kubeconfig that AKS hands out names it.
        command.args(["--client-id", "80faf920-1908-4b52-b5ef-a8e7bedfc67a"]);
        command.env("SSL_CERT_FILE", self.running.ca_bundle());
        command.env("AAD_USER_PRINCIPAL_NAME", "ada@contoso.com").env("AAD_USER_PRINCIPAL_PASSWORD", PASSWORD);
        command.output().unwrap()
    }

    /// What the cluster answers to ada, who asks for secrets.
    async fn secrets(&self, cluster: &str, token: &str) -> u16 {
        let path = format!("{cluster}/listClusterUserCredential?api-version=2026-04-01");
        let credential = self.send(Method::POST, &path, json!({})).await;
        let config: Value = serde_json::from_slice(&decode(credential["kubeconfigs"][0]["value"].as_str().unwrap())).unwrap();
        let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap();
        let request = self.client.get(format!("{server}/api/v1/namespaces/kube-system/secrets")).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compliant_device_gets_a_token_for_the_cluster_and_another_does_not() {
    let world = TestTenant::start().await;
    let binaries = provider();
    let binaries = binaries.parent().unwrap();
    let cluster = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerService/managedClusters/{}",
        tenant::SUBSCRIPTION_ID,
        tenant::RESOURCE_GROUP,
        tenant::CLUSTER
    );
    let ada = json!({
        "accountEnabled": true, "displayName": "ada", "mailNickname": "ada", "userPrincipalName": "ada@contoso.com",
        "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": false},
    });
    let ada = world.send(Method::POST, "/v1.0/users", ada).await["id"].clone();
    let file = |name: &str, content: &str| std::fs::write(world.folder.path().join(name), content).unwrap();
    file(
        "terraform.rc",
        &format!("provider_installation {{\n  dev_overrides {{\n    \"aksaccess/aksaccess\" = {binaries:?}\n  }}\n  direct {{}}\n}}\n"),
    );
    file("main.tf", POLICY);
    file("role.tf", ROLE);
    file("terraform.tfvars.json", &json!({"administrators": [ada], "cluster_id": cluster}).to_string());
    world.terraform(&["apply", "-auto-approve", "-no-color"]);
    // From a device that nobody knows.
    world.ada_sits_at(json!({"platform": "windows"})).await;
    let refused = world.kube_token();
    let said = text(&refused.stderr);
    assert_eq!((refused.status.code(), refused.stdout.is_empty()), (Some(2), true), "{said}");
    assert!(said.contains("the sign-in was refused: AADSTS53000"), "{said}");
    // From one that is compliant.
    world.ada_sits_at(json!({"platform": "windows", "device": {"isCompliant": true}})).await;
    let let_in = world.kube_token();
    assert_eq!(let_in.status.code(), Some(0), "{}", text(&let_in.stderr));
    let credential: Value = serde_json::from_slice(&let_in.stdout).unwrap();
    assert_eq!(world.secrets(&cluster, credential["status"]["token"].as_str().unwrap()).await, 200);
    // The article's verification, which also checks that nobody got in without the policy.
    let said = world.terraform(&["apply", "-auto-approve", "-no-color"]);
    assert!(said.contains("0 added, 0 changed, 0 destroyed") && !said.contains("Check block assertion failed"), "{said}");
    for output in ["kept_out", "let_in"] {
        let names: Value = serde_json::from_str(&world.terraform(&["output", "-json", output])).unwrap();
        assert_eq!(names, json!(["ada@contoso.com"]), "{output}");
    }
    // A policy that blocks has another number, and no device helps.
    file("main.tf", &POLICY.replace("\"compliantDevice\"", "\"block\""));
    world.terraform(&["apply", "-auto-approve", "-no-color"]);
    let said = text(&world.kube_token().stderr);
    assert!(said.contains("AADSTS53003"), "{said}");
    world.terraform(&["destroy", "-auto-approve", "-no-color"]);
    assert_eq!(world.kube_token().status.code(), Some(0), "without the policy there is nothing in the way");
    world.running.stop().await;
}
