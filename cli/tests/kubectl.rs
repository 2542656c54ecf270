//! The real kubectl, let in or refused as the article about access to clusters shows.
//!
//! Which kubectl: the one on the PATH, and those that `AKSACCESS_KUBECTL` names, separated by colons. The tests are ignored unless they are
//! asked for, as `.ci/run` does.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output},
};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::started;

const PASSWORD: &str = "Correct-Horse-1";
const RBAC_READER: &str = "7f6c6a51-bcf8-42ba-9220-52d62157d7db";
const RBAC_ADMIN: &str = "3498e952-d568-435e-9b2c-8d77e338d7f7";
const CLUSTER: &str = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/myResourceGroup/providers/\
                       Microsoft.ContainerService/managedClusters/myManagedCluster";

fn kubectls() -> Vec<PathBuf> {
    let named = std::env::var("AKSACCESS_KUBECTL").unwrap_or_default();
    let named = named.split(':').filter(|name| !name.is_empty()).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|file| file.is_file());
    on_path.into_iter().chain(named).collect()
}

/// A process that ends with its test, however that ends.
struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A tenant's API.
struct Tenant {
    url: String,
    client: Client,
    token: String,
}

impl Tenant {
    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    async fn created(&self, path: &str, body: Value) -> String {
        self.send(Method::POST, path, body).await["id"].as_str().unwrap().to_owned()
    }

    async fn assign(&self, number: u32, role: &str, principal: &str) {
        let name = format!("99999999-0000-4000-8002-{number:012}");
        let path = format!("{CLUSTER}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01");
        let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
        self.send(Method::PUT, &path, json!({"properties": {"roleDefinitionId": role, "principalId": principal}})).await;
    }
}

/// Somebody at a shell, with a kubeconfig.
struct Shell<'a> {
    kubectl: &'a Path,
    home: &'a Path,
    bundle: &'a str,
    user: &'a str,
}

impl Shell<'_> {
    fn run(&self, arguments: &str) -> Output {
        Command::new(self.kubectl)
            .args(arguments.split(' '))
            .env("HOME", self.home)
            .env("KUBECONFIG", self.home.join("kubeconfig"))
            .env("SSL_CERT_FILE", self.bundle)
            .env("AAD_LOGIN_METHOD", "ropc")
            .env("AAD_USER_PRINCIPAL_NAME", self.user)
            .env("AAD_USER_PRINCIPAL_PASSWORD", PASSWORD)
            .output()
            .unwrap()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
#[ignore = "needs kubectl on the PATH; .ci/run runs it"]
async fn kubectl_is_let_in_or_refused_as_the_article_shows() {
    let kubectls = kubectls();
    assert!(!kubectls.is_empty(), "there is no kubectl on the PATH");
    let data = tempfile::tempdir().unwrap();
    let (child, url, client, token) = started(data.path().to_str().unwrap()).await;
    let _ended = KillOnDrop(child);
    let tenant = Tenant { url, client, token };
    let group = |name: &str| json!({"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true});
    let (default, admin) = (tenant.created("/v1.0/groups", group("default")).await, tenant.created("/v1.0/groups", group("admin")).await);
    let n01 = json!({
        "accountEnabled": true, "displayName": "n01", "mailNickname": "n01", "userPrincipalName": "n01@contoso.com",
        "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": false},
    });
    let n01 = tenant.created("/v1.0/users", n01).await;
    let reference = json!({"@odata.id": format!("{}/v1.0/directoryObjects/{n01}", tenant.url)});
    tenant.send(Method::POST, &format!("/v1.0/groups/{default}/members/$ref"), reference.clone()).await;
    tenant.assign(1, RBAC_READER, &default).await;
    tenant.assign(2, RBAC_ADMIN, &admin).await;
    let credential = format!("{CLUSTER}/listClusterUserCredential?format=exec&api-version=2024-05-01");
    let credential = tenant.send(Method::POST, &credential, json!({})).await;
    let home = tempfile::tempdir().unwrap();
    let config = decode(credential["kubeconfigs"][0]["value"].as_str().unwrap());
    std::fs::write(home.path().join("kubeconfig"), config).unwrap();
    let bundle = data.path().join("bundle.pem");
    let shell = |kubectl| Shell { kubectl, home: home.path(), bundle: bundle.to_str().unwrap(), user: "n01@contoso.com" };
    for kubectl in &kubectls {
        let shell = shell(kubectl);
        let pods = shell.run("get pods --namespace kube-system");
        let shown = text(&pods.stdout);
        assert!(pods.status.success(), "{}: {}", kubectl.display(), text(&pods.stderr));
        assert_eq!(shown.lines().next().unwrap().split_whitespace().collect::<Vec<_>>(), ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
        assert!(shown.contains("coredns-789789675-b2dhg") && shown.lines().count() == 11, "{shown}");
        let secrets = shell.run("get secrets --namespace kube-system");
        assert_eq!(
            text(&secrets.stderr).trim_end(),
            "Error from server (Forbidden): secrets is forbidden: User \"n01@contoso.com\" cannot list resource \"secrets\" in API group \
             \"\" in the namespace \"kube-system\": User does not have access to the resource in Azure. Update role assignment to allow \
             access."
        );
        assert!(text(&shell.run("auth can-i delete pods").stdout).starts_with("no"));
    }
    // As after an activation: a member of the group of administrators.
    tenant.send(Method::POST, &format!("/v1.0/groups/{admin}/members/$ref"), reference).await;
    for kubectl in &kubectls {
        let secrets = shell(kubectl).run("get secrets --namespace kube-system");
        assert!(text(&secrets.stdout).contains("konnectivity-certs"), "{}", text(&secrets.stderr));
    }
    // The plugin reports why a sign-in fails.
    let shell = Shell { user: "nobody@contoso.com", ..shell(&kubectls[0]) };
    let refused = shell.run("get pods");
    assert!(text(&refused.stderr).contains("the sign-in was refused: AADSTS50034"), "{}", text(&refused.stderr));
}

pub fn decode(text: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(text).unwrap()
}

#[tokio::test]
async fn applications_and_workloads_get_tokens_too() {
    let data = tempfile::tempdir().unwrap();
    let (child, url, ..) = started(data.path().to_str().unwrap()).await;
    let _ended = KillOnDrop(child);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aksaccess"));
        command.args(["kube-token", "get-token", "--authority-host", &url, "--tenant-id", "contoso.com"]).args(arguments);
        command.env("SSL_CERT_FILE", data.path().join("bundle.pem")).envs(variables.iter().copied()).output().unwrap()
    };
    let secret = [
        ("AAD_SERVICE_PRINCIPAL_CLIENT_ID", "22222222-2222-4222-8222-222222222222"),
        ("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "not-a-secret-aksaccess-emulator"),
    ];
    let output = run(&["--login", "spn"], &secret);
    let credential: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&credential["kind"], credential["status"]["token"].is_string()), (&json!("ExecCredential"), true));
    let output = run(&["--login", "spn"], &[secret[0], ("AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "wrong")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("AADSTS7000215") && output.stdout.is_empty(), "{}", text(&output.stderr));
    let output = run(&["--login", "ropc"], &[]);
    assert!(text(&output.stderr).contains("needs a user name"), "{}", text(&output.stderr));
}
