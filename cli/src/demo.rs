//! `aksaccess demo`: the life of a configuration, from nothing to nothing, with the real Terraform on a local tenant.

use crate::article;
use crate::failure::Failure;
use crate::terraform::{self, Ran, Workspace};

/// The configuration that the demo begins with.
const FIRST: &str = r#"terraform {
  required_providers {
    aksaccess = { source = "aksaccess/aksaccess" }
  }
}

# Who may read, who may administer, and everybody of a department.
resource "aksaccess_group" "readers" {
  display_name = "aks-readers"
  description  = "Read access to the production cluster"
}

resource "aksaccess_group" "admins" {
  display_name       = "aks-admins"
  assignable_to_role = true
}

resource "aksaccess_group" "platform" {
  display_name = "aks-platform"

  dynamic_membership = {
    enabled = true
    rule    = "user.department -eq \"Platform\""
  }
}

output "admins" {
  value = aksaccess_group.admins.id
}
"#;

/// Runs the demo. Prints each step and what came of it; what goes wrong is printed whole.
pub async fn run() -> Result<(), Failure> {
    let provider = terraform::provider()?;
    let tenant = emulator::start(emulator::Options::default()).await.map_err(|error| Failure::new(error.to_string()))?;
    let (environment, emulator) = (tenant.environment(), tenant.emulator());
    let told = tokio::task::spawn_blocking(move || {
        tell(&provider, environment.clone())?;
        article::tell(&provider, environment, &emulator)?;
        next();
        Ok(())
    })
    .await
    .map_err(|error| Failure::new(error.to_string()))?;
    tenant.stop().await;
    told
}

fn tell(provider: &std::path::Path, environment: Vec<(String, String)>) -> Result<(), Failure> {
    let workspace = Workspace::new(provider, environment.clone())?;
    say("A local tenant is up; it speaks Microsoft Graph and vanishes with this demo.\n");
    workspace.write(FIRST)?;
    step("Three groups in HCL: what would be done?", "terraform plan", &workspace.run(&["plan"])?, 0, "Plan:")?;
    step("Make them.", "terraform apply", &workspace.run(&["apply", "-auto-approve"])?, 0, "Apply complete!")?;
    step("Is anything left to do?", "terraform plan", &workspace.run(&["plan", "-detailed-exitcode"])?, 0, "No changes.")?;
    workspace.write(&FIRST.replace("aks-readers", "aks-viewers").replace("Read access", "View access"))?;
    step(
        "A group gets another name. It stays the same group.",
        "terraform apply",
        &workspace.run(&["apply", "-auto-approve"])?,
        0,
        "Apply complete!",
    )?;
    let admins = workspace.run(&["output", "-raw", "admins"])?.text;
    let elsewhere = Workspace::new(provider, environment)?;
    elsewhere.write(&import_of(admins.trim()))?;
    step(
        "Somebody else imports the administrators' group.",
        "terraform apply, with an import block",
        &elsewhere.run(&["apply", "-auto-approve"])?,
        0,
        "Apply complete!",
    )?;
    step("What was imported is as written.", "terraform plan", &elsewhere.run(&["plan", "-detailed-exitcode"])?, 0, "No changes.")?;
    step("Take everything away again.", "terraform destroy", &workspace.run(&["destroy", "-auto-approve"])?, 0, "Destroy complete!")?;
    say("That was the whole life of a configuration.\n");
    Ok(())
}

/// What to do after the demo.
fn next() {
    say("All of that was the real Terraform, and no tenant of yours.");
    say("Next, in a folder with your own configuration:");
    say("");
    say("  cargo install --path cli                      # the program aksaccess");
    say("  aksaccess emulator exec -- terraform plan     # any command, against a fresh tenant");
    say("");
    say("README.md shows how Terraform finds the provider there, and how to use it with a real tenant.");
}

/// A configuration of the administrators' group alone, imported by its id.
fn import_of(id: &str) -> String {
    let head = FIRST.split("# Who").next().unwrap_or_default();
    format!(
        "{head}import {{\n  to = aksaccess_group.admins\n  id = \"{id}\"\n}}\n\nresource \"aksaccess_group\" \"admins\" {{\n  display_name       = \"aks-admins\"\n  assignable_to_role = true\n}}\n"
    )
}

/// Prints a step; one that did not come out as told is the end of the demo.
pub fn step(what: &str, command: &str, ran: &Ran, code: i32, line: &str) -> Result<(), Failure> {
    let result = ran.text.lines().find(|printed| printed.starts_with(line));
    match (ran.code == code, result) {
        (true, Some(result)) => {
            say(&format!("{what}\n  $ {command}\n  {result}\n"));
            Ok(())
        }
        _ => Err(Failure::new(format!("{command} did not do what it should:\n{}", ran.text))),
    }
}

#[expect(clippy::print_stdout, reason = "what a demo is for")]
pub fn say(text: &str) {
    println!("{text}");
}
