//! The real Terraform drives the example.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::process::{HANG, cleaned, command, output, program, signal};

const CONFIGURATION: &str = r#"
    terraform {
      required_providers {
        echo = {
          source = "aksaccess/echo"
        }
      }
    }

    data "echo_text" "words" {
      text = "hello"
    }

    output "words" {
      value = data.echo_text.words.text
    }
"#;

/// A directory with settings that name an example as its provider.
pub struct Overridden(TempDir);

impl Overridden {
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn terraform(&self) -> Command {
        terraform(self.path(), "overridden.tfrc")
    }
}

/// A directory whose provider of that name is an example.
pub fn overridden(name: &str, program: &Path) -> Overridden {
    let workspace = tempfile::tempdir().unwrap();
    let plugins = workspace.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::os::unix::fs::symlink(program, plugins.join(format!("terraform-provider-{name}"))).unwrap();
    let overridden = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"aksaccess/{name}\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
        plugins.display()
    );
    std::fs::write(workspace.path().join("overridden.tfrc"), overridden).unwrap();
    Overridden(workspace)
}

/// A directory with the configuration, and settings that name the example as its provider.
fn workspace() -> Overridden {
    let workspace = overridden("echo", &program());
    std::fs::write(workspace.path().join("empty.tfrc"), "").unwrap();
    std::fs::write(workspace.path().join("main.tf"), CONFIGURATION).unwrap();
    workspace
}

fn terraform(workspace: &Path, settings: &str) -> Command {
    let name = std::env::var_os("TERRAFORM").unwrap_or_else(|| "terraform".into());
    let works = std::process::Command::new(&name).arg("version").output().is_ok_and(|ran| ran.status.success());
    assert!(
        works,
        "there is no Terraform: install Terraform 1.8 or newer and put it on the PATH, or name it in the environment variable TERRAFORM"
    );
    let mut terraform = cleaned(name);
    terraform
        .current_dir(workspace)
        .env("TF_CLI_CONFIG_FILE", workspace.join(settings))
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1");
    terraform
}

async fn succeeds(command: &mut Command) -> String {
    let ran = output(command).await;
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{stdout}\n{stderr}");
    stdout.into_owned()
}

#[tokio::test]
async fn terraform_starts_uses_and_ends_it() {
    for tls_off in [false, true] {
        let workspace = workspace();
        let log = workspace.path().join("terraform.log");
        let with = |arguments: &[&str]| {
            let mut terraform = terraform(workspace.path(), "overridden.tfrc");
            terraform.args(arguments).env("TF_LOG", "TRACE").env("TF_LOG_PATH", &log);
            if tls_off {
                terraform.env("TF_DISABLE_PLUGIN_TLS", "1");
            }
            terraform
        };
        let schema = succeeds(&mut with(&["providers", "schema", "-json"])).await;
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        let echo = &schema["provider_schemas"]["registry.terraform.io/aksaccess/echo"];
        assert_eq!(echo["data_source_schemas"]["echo_text"]["block"]["attributes"]["text"]["required"], true);

        succeeds(&mut with(&["apply", "-auto-approve"])).await;
        assert_eq!(succeeds(&mut with(&["output", "-raw", "words"])).await, "hello");

        let log = std::fs::read_to_string(&log).unwrap();
        let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
        // One for the schema; for an apply, one each for schema, validation, plan and apply, unless there is nothing to apply.
        assert!(count("plugin process exited") >= 4, "{log}");
        assert_eq!(count("plugin failed to exit gracefully"), 0, "{log}");
        // Our own lines arrive as what they are.
        assert!(count("[INFO]  provider.terraform-provider-echo: configured") >= 1, "{log}");
        assert!(count("[DEBUG] provider.terraform-provider-echo: plugin started") >= 4, "{log}");
        assert_eq!(count("@message"), 0, "lines that Terraform did not understand: {log}");
    }
}

#[tokio::test]
async fn terraform_uses_a_process_that_is_debugged() {
    let workspace = workspace();
    let mut child = command().arg("--debug").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
    let value = line.trim_end().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();

    for _ in 0..2 {
        let mut apply = terraform(workspace.path(), "empty.tfrc");
        succeeds(apply.args(["apply", "-auto-approve"]).env("TF_REATTACH_PROVIDERS", value)).await;
    }
    let mut words = terraform(workspace.path(), "empty.tfrc");
    assert_eq!(succeeds(words.args(["output", "-raw", "words"]).env("TF_REATTACH_PROVIDERS", value)).await, "hello");

    signal(child.id().unwrap(), "INT").await;
    assert!(tokio::time::timeout(HANG, child.wait()).await.expect("debugging does not end").unwrap().success());
}
