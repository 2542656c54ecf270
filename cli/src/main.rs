//! The companion program of the provider.
//!
//! `aksaccess demo` shows the life of a configuration; `aksaccess bench` measures;
//! `aksaccess emulator start` serves a local tenant; `aksaccess emulator exec -- COMMAND` runs a command against one.

mod article;
mod bench;
mod control;
mod demo;
mod emulator;
mod failure;
mod terraform;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Who may enter an Azure Kubernetes Service cluster: the tools beside the Terraform provider.
#[derive(Debug, Parser)]
#[command(name = "aksaccess", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the life of a configuration on a local tenant: plan, apply, change, import, destroy.
    Demo,
    /// Measure the provider beside this program: size, memory, time.
    Bench {
        /// Also large configurations on a tenant that answers after 50 ms; takes some minutes.
        #[arg(long)]
        large: bool,
    },
    /// A tenant on your own machine, for configurations and modules without a real one.
    Emulator {
        #[command(subcommand)]
        command: emulator::Command,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo => demo::run().await.map(|()| 0),
        Command::Bench { large } => bench::run(large).await.map(|()| 0),
        Command::Emulator { command } => command.run().await,
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("aksaccess: {error}");
            // What was asked for cannot be done: like a mistake on the command line.
            ExitCode::from(2)
        }
    }
}
