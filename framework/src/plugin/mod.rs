//! The plugin: everything that HashiCorp's go-plugin expects of a provider's process, and nothing of what a provider does.
//!
//! Terraform starts the program, reads one line from its standard output, connects to the socket that the line names, and talks
//! gRPC over mutual TLS until it calls Shutdown. The facts are in docs/terraform-protocol.md. Only this module touches standard
//! output: any other text there would be taken for the handshake.

mod about;
mod accept;
mod debug;
mod failure;
mod handshake;
mod in_flight;
mod invocation;
mod log;
mod mutual_tls;
mod panics;
mod parent;
mod run;
mod services;
mod signals;
mod socket;

use std::io::{self, Write};
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::proto::tfplugin6::provider_server::Provider;
use invocation::Invocation;

pub use about::About;
pub use panics::catching;

/// Signals of the plugin to the service.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    /// Cancelled when the plugin begins to shut down. Handlers in flight have a moment, well below two seconds, to answer; then
    /// the process ends.
    pub shutdown: CancellationToken,
    /// The tasks that are awaited before the process ends. A handler whose answer is a stream goes on as one of these.
    pub handlers: TaskTracker,
}

/// Runs the program to its end: decides by the arguments and the magic cookie what it was started for, does it, and returns the
/// exit code for `main`.
///
/// `service` is called once, on a runtime of its own, where all handlers run too: a handler that never yields cannot keep the
/// plugin from shutting down. A handler is not dropped when its connection breaks; [`Lifecycle`] signals the shutdown.
///
/// The exit code is 0 after an ordinary end, 1 if the program was started by hand or refuses to start, and 2 for arguments that
/// it does not know. A refusal is explained on standard error.
pub fn serve<S: Provider>(about: &About, service: impl FnOnce(Lifecycle) -> S) -> ExitCode {
    let served = match Invocation::of_this_process() {
        Invocation::Plugin => {
            prepare(about, log::DefaultLevel::Silent);
            run::plugin(about, service)
        }
        Invocation::Debug => {
            prepare(about, log::DefaultLevel::Warnings);
            run::debug(about, service)
        }
        Invocation::Version => print_line(io::stdout(), &format!("{} {}", about.name, about.version)),
        Invocation::Help => print_line(io::stdout(), &invocation::explanation(about)),
        Invocation::ByHand => {
            print_error(&invocation::explanation(about));
            return ExitCode::from(1);
        }
        Invocation::Unknown(arguments) => {
            print_error(&format!("unknown arguments: {arguments}\n\n{}", invocation::explanation(about)));
            return ExitCode::from(2);
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print_error(&format!("{}: {failure}", about.name));
            ExitCode::from(1)
        }
    }
}

fn prepare(about: &About, default: log::DefaultLevel) {
    log::install(about, default);
    panics::install();
}

/// Writes a line and flushes. A closed pipe is an error, not a panic.
fn print_line(mut to: impl Write, text: &str) -> Result<(), failure::Failure> {
    to.write_all(format!("{text}\n").as_bytes()).and_then(|()| to.flush()).map_err(failure::Failure::Output)
}

/// Writes a line to standard error. A failure is ignored.
fn print_error(text: &str) {
    let _ = writeln!(io::stderr(), "{}", crate::printable::printable(text));
}
