//! The third act of the demo: Microsoft's article on Privileged Identity Management for clusters, as the example in HCL, applied, and then lived: somebody asks,
//! somebody else approves, and after eight hours it is over.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{DemoTenant, print_line, step};
use crate::control::{self, control};
use crate::failure::Failure;
use crate::terraform::CommandResult;

/// The example, as it stands.
const EXAMPLE: &str = include_str!("../../../examples/just-in-time-cluster-access/main.tf");

/// The password of both people. It is nobody's elsewhere.
const PASSWORD: &str = "Correct-Horse-1";
/// The user with read access, who activates administrator access.
const NORMAL_USER: &str = "n01@contoso.com";
/// The user who approves the activation.
const PRIVILEGED_USER: &str = "p01@contoso.com";
/// Timeout within which a request must appear.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Runs this part of the demo. Blocks the thread.
pub fn run(stage: &DemoTenant) -> Result<(), Failure> {
    let workspace = stage.workspace()?;
    workspace.write(EXAMPLE)?;
    workspace.file("terraform.tfvars.json", &json!({ "password": PASSWORD }).to_string())?;
    step(
        "Members of the default group can become administrators for eight hours if an approver agrees: the article on Privileged Identity Management,\n\
         examples/just-in-time-cluster-access/main.tf.",
        "terraform apply",
        &workspace.run(&["apply", "-auto-approve"])?,
        0,
        "Apply complete!",
    )?;
    step("Is anything left to do?", "terraform plan", &workspace.run(&["plan", "-detailed-exitcode"])?, 0, "No changes.")?;
    let cluster = Cluster::with_credentials(stage)?;
    cluster.is_let_in("n01 looks at the pods.", "pods", "coredns")?;
    cluster.is_refused("n01 looks at the secrets, and may not.")?;
    let early_token = cluster.token()?;
    let mut activation = ActivationProcess::new(stage, &cluster, &["--duration", "PT8H", "--justification", "a pod does not start"])?;
    let progress = activation.first_line()?;
    print_line(&format!("n01 asks for the membership of the group of administrators.\n  n01 $ {}\n  {progress}\n", activation.command));
    let request = waiting(stage, &cluster)?;
    let said = aksaccess(stage, &cluster, PRIVILEGED_USER, &["approve", &request, "--justification", "seen"])?;
    if !said.status.success() {
        return Err(failure("aksaccess approve", &said));
    }
    print_line(&format!("p01 approves.\n  p01 $ aksaccess approve {request} --justification seen\n  {}\n", first_line(&said.stdout)));
    print_line(&format!("Now n01 is an administrator.\n  {}\n", activation.result()?));
    let (command, ran) = cluster.get_with_token("secrets", &early_token)?;
    step(
        "A token from before the activation has none of the new groups: kubelogin and aksaccess kube-token have remove-tokens for that.",
        &format!("{command}, with that token"),
        &ran,
        1,
        "Error from server (Forbidden): secrets is forbidden",
    )?;
    cluster.is_let_in("n01 looks at the secrets, with a new token.", "secrets", "konnectivity-certs")?;
    step(
        "An activation is nobody's change: Terraform leaves it alone.",
        "terraform plan",
        &workspace.run(&["plan", "-detailed-exitcode"])?,
        0,
        "No changes.",
    )?;
    Handle::current().block_on(control(&stage.tenant, "POST", "clock", &json!({ "advance": "PT8H1M" })))?;
    cluster.is_refused("Eight hours later, by the tenant's clock, it is over.")?;
    step("And away again.", "terraform destroy", &workspace.run(&["destroy", "-auto-approve"])?, 0, "Destroy complete!")
}

/// The cluster as n01 enters it: with kubectl, or through its API where there is none.
struct Cluster<'a> {
    stage: &'a DemoTenant,
    kubectl: Option<PathBuf>,
    home: tempfile::TempDir,
    config: Value,
}

impl<'a> Cluster<'a> {
    /// Fetches the credentials as `az aks get-credentials` does.
    fn with_credentials(stage: &'a DemoTenant) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("cannot make a home folder: {error}"));
        let home = tempfile::Builder::new().prefix("aksaccess-home-").tempdir().map_err(failed)?;
        let config = control::kubeconfig(&stage.tenant, &stage.host, NORMAL_USER, PASSWORD);
        let config = Handle::current().block_on(config)?;
        std::fs::write(home.path().join("kubeconfig"), config.to_string()).map_err(failed)?;
        let kubectl = kubectl();
        print_line(match &kubectl {
            Some(_) => "n01 fetches the credentials of the cluster, and enters it with kubectl.\n",
            None => "n01 fetches the credentials of the cluster. There is no kubectl on the PATH: its API is asked directly.\n",
        });
        Ok(Cluster { stage, kubectl, home, config })
    }

    /// Asks for objects of the namespace kube-system.
    fn get(&self, kind: &str) -> Result<(String, CommandResult), Failure> {
        let Some(kubectl) = &self.kubectl else { return self.get_with_token(kind, &self.token()?) };
        let arguments = ["get", kind, "--namespace", "kube-system"];
        let output = self
            .command_with_home(kubectl)
            .args(arguments)
            .output()
            .map_err(|error| Failure::new(format!("cannot run kubectl: {error}")))?;
        Ok((format!("kubectl {}", arguments.join(" ")), command_result(&output)))
    }

    /// A command in n01's environment.
    fn command_with_home(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.envs(self.stage.environment.iter().map(|(name, value)| (name, value))).env("HOME", self.home.path());
        command.env("KUBECONFIG", self.home.path().join("kubeconfig")).env("AAD_LOGIN_METHOD", "ropc");
        command.env("AAD_USER_PRINCIPAL_NAME", NORMAL_USER).env("AAD_USER_PRINCIPAL_PASSWORD", PASSWORD);
        command
    }

    /// A new token of n01, from the credential plugin as kubectl gets it.
    fn token(&self) -> Result<String, Failure> {
        let plugin = &self.config["users"][0]["user"]["exec"];
        let arguments = plugin["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let program = plugin["command"].as_str().unwrap_or_default();
        let output = self.command_with_home(Path::new(program)).args(arguments).output();
        let output = output.map_err(|error| Failure::new(format!("cannot run {program}: {error}")))?;
        let credential: Value = serde_json::from_slice(&output.stdout).map_err(|_| failure(program, &output))?;
        Ok(credential["status"]["token"].as_str().unwrap_or_default().to_owned())
    }

    /// Asks the API of the cluster for objects of the namespace kube-system.
    fn get_with_token(&self, kind: &str, token: &str) -> Result<(String, CommandResult), Failure> {
        let server = self.config["clusters"][0]["cluster"]["server"].as_str().unwrap_or_default();
        let path = format!("/api/v1/namespaces/kube-system/{kind}");
        let whole = format!("{server}{path}");
        let (status, body) = Handle::current().block_on(control::ask(&self.stage.tenant, "GET", &whole, Some(token), String::new()))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let names = body["items"].as_array().into_iter().flatten().filter_map(|item| item["metadata"]["name"].as_str());
        let text = match body["message"].as_str() {
            Some(message) => format!("Error from server ({}): {message}", body["reason"].as_str().unwrap_or_default()),
            None => names.map(|name| format!("{name}\n")).collect(),
        };
        Ok((format!("GET {path}"), CommandResult { code: i32::from(!status.is_success()), text }))
    }

    fn is_let_in(&self, what: &str, kind: &str, line: &str) -> Result<(), Failure> {
        let (command, ran) = self.get(kind)?;
        step(what, &command, &ran, 0, line)
    }

    fn is_refused(&self, what: &str) -> Result<(), Failure> {
        let (command, ran) = self.get("secrets")?;
        step(what, &command, &ran, 1, "Error from server (Forbidden): secrets is forbidden")
    }
}

/// The kubectl on the PATH.
fn kubectl() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("kubectl{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// This program, as somebody uses it.
fn program(stage: &DemoTenant, cluster: &Cluster<'_>, who: &str, arguments: &[&str]) -> Result<Command, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::new(format!("cannot tell where this program is: {error}")))?;
    let mut command = Command::new(own);
    command.args(arguments).envs(stage.environment.iter().map(|(name, value)| (name, value))).env("HOME", cluster.home.path());
    command.env("AZURE_USERNAME", who).env("AZURE_PASSWORD", PASSWORD);
    for name in ["AKSACCESS_ACCESS_TOKEN", "AKSACCESS_CLIENT_ID", "ARM_ENVIRONMENT"] {
        command.env_remove(name);
    }
    Ok(command)
}

fn aksaccess(stage: &DemoTenant, cluster: &Cluster<'_>, who: &str, arguments: &[&str]) -> Result<Output, Failure> {
    program(stage, cluster, who, arguments)?.output().map_err(|error| Failure::new(format!("cannot run aksaccess: {error}")))
}

/// The request that waits for p01, who looks until it is there.
fn waiting(stage: &DemoTenant, cluster: &Cluster<'_>) -> Result<String, Failure> {
    let begun = Instant::now();
    loop {
        let listed = aksaccess(stage, cluster, PRIVILEGED_USER, &["requests"])?;
        let line = first_line(&listed.stdout);
        if let Some(id) = line.split('\t').next().filter(|id| !id.is_empty()) {
            print_line(&format!("p01 sees what waits.\n  p01 $ aksaccess requests\n  {line}\n"));
            return Ok(id.to_owned());
        }
        if !listed.status.success() || begun.elapsed() > TIMEOUT {
            return Err(failure("aksaccess requests", &listed));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// `aksaccess activate`, which waits for the approval.
struct ActivationProcess {
    command: String,
    child: std::process::Child,
    progress: BufReader<std::process::ChildStderr>,
}

impl ActivationProcess {
    fn new(stage: &DemoTenant, cluster: &Cluster<'_>, arguments: &[&str]) -> Result<Self, Failure> {
        let arguments = [&["activate", "--group", "admin"], arguments].concat();
        let quoted: Vec<String> =
            arguments.iter().map(|word| if word.contains(' ') { format!("{word:?}") } else { (*word).to_owned() }).collect();
        let failed = |error: std::io::Error| Failure::new(format!("cannot run aksaccess: {error}"));
        let mut command = program(stage, cluster, NORMAL_USER, &arguments)?;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let stderr = child.stderr.take().ok_or_else(|| Failure::new("aksaccess has no standard error"))?;
        Ok(ActivationProcess { command: format!("aksaccess {}", quoted.join(" ")), child, progress: BufReader::new(stderr) })
    }

    /// What it says while it waits.
    fn first_line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.progress.read_line(&mut line).map_err(|error| Failure::new(format!("aksaccess activate: {error}")))?;
        if line.contains("PendingApproval") {
            Ok(line.trim_end().to_owned())
        } else {
            Err(Failure::new(format!("aksaccess activate did not wait for an approval: {line}")))
        }
    }

    /// Its result.
    fn result(self) -> Result<String, Failure> {
        // A process that writes to a full pipe blocks.
        let ActivationProcess { child, progress, .. } = self;
        let rest = std::thread::spawn(move || progress.lines().map_while(Result::ok).collect::<Vec<_>>());
        let output = child.wait_with_output().map_err(|error| Failure::new(format!("aksaccess activate: {error}")))?;
        let line = first_line(&output.stdout);
        if output.status.success() && line.starts_with("Provisioned\t") {
            Ok(line)
        } else {
            let rest = rest.join().unwrap_or_default().join("\n");
            Err(Failure::new(format!("aksaccess activate did not do what it should:\n{line}\n{rest}")))
        }
    }
}

fn command_result(output: &Output) -> CommandResult {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    CommandResult { code: output.status.code().unwrap_or(-1), text }
}

fn first_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned()
}

fn failure(command: &str, output: &Output) -> Failure {
    Failure::new(format!("{command} did not do what it should:\n{}", command_result(output).text))
}
