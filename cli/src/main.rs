//! The companion program of the provider.
//!
//! `aksaccess emulator start` serves a local tenant; `aksaccess emulator exec -- COMMAND` runs a command against one.

mod emulator;

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
    /// A tenant on your own machine, for configurations and modules without a real one.
    Emulator {
        #[command(subcommand)]
        command: emulator::Command,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command: Command::Emulator { command } } = Arguments::parse();
    match command.run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("aksaccess: {error}");
            // What was asked for cannot be done: like a mistake on the command line.
            ExitCode::from(2)
        }
    }
}
