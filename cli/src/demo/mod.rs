//! `aksaccess demo`: what the provider is for, with the real Terraform on a local tenant, in three parts.

mod basics;
mod conditional_access;
mod just_in_time;

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;

use crate::failure::Failure;
use crate::terraform::{self, CommandResult, Workspace};

/// The parts of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoPart {
    /// The life of a configuration: plan, apply, change, import, destroy.
    Basics,
    /// Who gets in from which device, and the log that tells.
    ConditionalAccess,
    /// Administrator access that is requested, approved, and gone after eight hours, with kubectl.
    JustInTime,
}

/// The tenant of the demo, and what its parts need.
struct DemoTenant {
    provider: PathBuf,
    environment: Vec<(String, String)>,
    tenant: Arc<::emulator::Emulator>,
    /// Host and port of the tenant.
    host: String,
}

impl DemoTenant {
    /// An empty folder with Terraform.
    fn workspace(&self) -> Result<Workspace, Failure> {
        Workspace::new(&self.provider, self.environment.clone())
    }
}

/// Runs one part, or all. Prints each step with its result, and errors in full.
pub async fn run(part: Option<DemoPart>) -> Result<(), Failure> {
    let provider = terraform::provider()?;
    // This very program signs kubectl in.
    let token_plugin = std::env::current_exe().map_err(|error| Failure::new(format!("cannot tell where this program is: {error}")))?;
    let options = emulator::Options { token_plugin, ..emulator::Options::default() };
    let tenant = emulator::start(options).await.map_err(|error| Failure::new(error.to_string()))?;
    let demo_tenant = DemoTenant { provider, environment: tenant.environment(), tenant: tenant.emulator(), host: tenant.host() };
    let outcome = tokio::task::spawn_blocking(move || {
        print_line(
            "A local tenant with a cluster is up; it speaks Microsoft Graph and Azure Resource Manager, and vanishes with this demo.\n",
        );
        let parts = part.map_or_else(|| DemoPart::value_variants().to_vec(), |part| vec![part]);
        for part in parts {
            match part {
                DemoPart::Basics => basics::run(&demo_tenant)?,
                DemoPart::ConditionalAccess => conditional_access::run(&demo_tenant)?,
                DemoPart::JustInTime => just_in_time::run(&demo_tenant)?,
            }
        }
        next();
        Ok(())
    })
    .await
    .map_err(|error| Failure::new(error.to_string()))?;
    tenant.stop().await;
    outcome
}

/// Prints what to do after the demo.
fn next() {
    print_line("All of that was the real Terraform, and no tenant of yours.");
    print_line("Next, in a folder with your own configuration:");
    print_line("");
    print_line("  cargo install --path cli                      # the program aksaccess");
    print_line("  aksaccess emulator exec -- terraform plan     # any command, against a fresh tenant");
    print_line("");
    print_line("README.md shows how Terraform finds the provider there, and how to use it with a real tenant.");
}

/// Prints a step; a step with an unexpected result ends the demo.
fn step(what: &str, command: &str, ran: &CommandResult, code: i32, line: &str) -> Result<(), Failure> {
    let result = ran.text.lines().find(|printed| printed.starts_with(line));
    match (ran.code == code, result) {
        (true, Some(result)) => {
            print_line(&format!("{what}\n  $ {command}\n  {result}\n"));
            Ok(())
        }
        _ => Err(Failure::new(format!("{command} did not do what it should:\n{}", ran.text))),
    }
}

fn print_line(text: &str) {
    // A closed standard output is ignored: what was measured or shown stays so.
    _ = crate::terminal::print(text);
}
