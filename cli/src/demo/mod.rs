//! `aksaccess demo`: what the provider is for, with the real Terraform on a local tenant, in three acts.

mod basics;
mod conditional_access;
mod just_in_time;

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;

use crate::failure::Failure;
use crate::terraform::{self, Ran, Workspace};

/// The acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Act {
    /// The life of a configuration: plan, apply, change, import, destroy.
    Basics,
    /// Who gets in from which device, and the log that tells.
    ConditionalAccess,
    /// Administrator access that is requested, approved, and gone after eight hours, with kubectl.
    JustInTime,
}

/// What an act is played on.
struct Stage {
    provider: PathBuf,
    environment: Vec<(String, String)>,
    tenant: Arc<::emulator::Emulator>,
    /// Host and port of the tenant.
    host: String,
}

impl Stage {
    /// An empty folder with Terraform.
    fn workspace(&self) -> Result<Workspace, Failure> {
        Workspace::new(&self.provider, self.environment.clone())
    }
}

/// Plays one act, or all. Prints each step and what came of it; what goes wrong is printed whole.
pub async fn run(act: Option<Act>) -> Result<(), Failure> {
    let provider = terraform::provider()?;
    // This very program signs kubectl in.
    let token_plugin = std::env::current_exe().map_err(|error| Failure::new(format!("cannot tell where this program is: {error}")))?;
    let options = emulator::Options { token_plugin, ..emulator::Options::default() };
    let tenant = emulator::start(options).await.map_err(|error| Failure::new(error.to_string()))?;
    let stage = Stage { provider, environment: tenant.environment(), tenant: tenant.emulator(), host: tenant.host() };
    let told = tokio::task::spawn_blocking(move || {
        say("A local tenant with a cluster is up; it speaks Microsoft Graph and Azure Resource Manager, and vanishes with this demo.\n");
        let acts = act.map_or_else(|| Act::value_variants().to_vec(), |act| vec![act]);
        for act in acts {
            match act {
                Act::Basics => basics::tell(&stage)?,
                Act::ConditionalAccess => conditional_access::tell(&stage)?,
                Act::JustInTime => just_in_time::tell(&stage)?,
            }
        }
        next();
        Ok(())
    })
    .await
    .map_err(|error| Failure::new(error.to_string()))?;
    tenant.stop().await;
    told
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

/// Prints a step; one that did not come out as told is the end of the demo.
fn step(what: &str, command: &str, ran: &Ran, code: i32, line: &str) -> Result<(), Failure> {
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
fn say(text: &str) {
    println!("{text}");
}
