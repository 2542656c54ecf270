//! The companion program of the provider.
//!
//! `aksaccess demo` shows the life of a configuration; `aksaccess bench` measures;
//! `aksaccess activate`, `requests`, `approve` and their like are the people's side of just-in-time access;
//! `aksaccess emulator start` serves a local tenant; `aksaccess emulator exec -- COMMAND` runs a command against one;
//! `aksaccess kube-token` signs `kubectl` in.

mod access;
mod bench;
mod control;
mod demo;
mod emulator;
mod failure;
mod kube_token;
mod terminal;
mod terraform;

use std::process::ExitCode;

use clap::{Parser, Subcommand, error::ErrorKind};

/// Who may enter an Azure Kubernetes Service cluster: the tools beside the Terraform provider.
#[derive(Debug, Parser)]
#[command(name = "aksaccess", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what the provider is for, on a local tenant: the life of a configuration, conditional access, just-in-time access.
    Demo {
        /// Only this act.
        #[arg(value_enum)]
        act: Option<demo::DemoPart>,
    },
    /// Measure the provider beside this program: size, memory, time.
    Bench {
        /// Also large configurations on a tenant that answers after 50 ms; takes some minutes.
        #[arg(long)]
        large: bool,
        /// Instead, the emulator with a tenant of 100,000 users, 50,000 groups and 1,000,000 memberships.
        #[arg(long, conflicts_with = "large")]
        tenant: bool,
    },
    /// Become a member or owner of a group for a while, through Privileged Identity Management.
    ///
    /// Waits until somebody has approved it, where that is asked for. Ends with 0 when it is active, 1 when it was denied, 3
    /// when it still waits.
    Activate(access::activate::Activate),
    /// Give an activated membership or ownership back.
    Deactivate(access::activate::Deactivate),
    /// List the requests of mine that are not done, and those that wait for my decision.
    Requests(access::requests::Requests),
    /// Approve a request that waits for me.
    Approve(access::requests::Approve),
    /// Deny a request that waits for me.
    Deny(access::requests::Deny),
    /// Revoke all refresh tokens of a user: every session has to sign in again.
    RevokeSessions(access::requests::RevokeSessions),
    /// A tenant on your own machine, for configurations and modules without a real one.
    Emulator {
        #[command(subcommand)]
        command: emulator::Command,
    },
    /// The credential plugin of kubectl, with the arguments of kubelogin.
    KubeToken {
        #[command(subcommand)]
        command: kube_token::Command,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return invalid_arguments(&error),
    };
    let done = match arguments.command {
        Command::Demo { act } => demo::run(act).await.map(|()| 0),
        Command::Bench { tenant: true, .. } => bench::tenant().await.map(|()| 0),
        Command::Bench { large, .. } => bench::run(large).await.map(|()| 0),
        Command::Activate(command) => command.run().await,
        Command::Deactivate(command) => command.run().await,
        Command::Requests(command) => command.run().await,
        Command::Approve(command) => command.run().await,
        Command::Deny(command) => command.run().await,
        Command::RevokeSessions(command) => command.run().await,
        Command::Emulator { command } => command.run().await,
        Command::KubeToken { command } => command.run().await.map(|()| 0),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            terminal::message(format_args!("aksaccess: {error}"));
            // What was asked for cannot be done: like a mistake on the command line.
            ExitCode::from(2)
        }
    }
}

/// A mistake on the command line: one line where only a value is wrong, and else how it is used.
fn invalid_arguments(error: &clap::Error) -> ExitCode {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        error.exit();
    }
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    terminal::message(format_args!("aksaccess: {}", lines.join(" ").trim_start_matches("error: ")));
    ExitCode::from(2)
}
