//! The log: lines of JSON on standard error, which Terraform reads, filters and reformats (docs/terraform-protocol.md#logs).

mod layer;
mod level;
mod line;

use std::env;
use std::io::{self, Write};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::about::About;
use layer::Hclog;

/// What to log if no variable sets a level.
#[derive(Debug, Clone, Copy)]
pub(super) enum DefaultLevel {
    /// Nothing, as a plugin: Terraform would drop the lines.
    Silent,
    /// Warnings and errors, at a terminal.
    Warnings,
}

/// Sends all events of this process to standard error, at the level that the environment asks for.
pub(super) fn install(about: &About, default: DefaultLevel) {
    let requested = level::requested(about, |name| env::var(name).ok());
    let filter = level::filter(about, requested, default);
    let hclog = Hclog::new(|line: &[u8]| {
        // One write under the lock, so that lines of several threads do not mix. A closed standard error is ignored.
        let _ = io::stderr().lock().write_all(line);
    });
    // Fails only if there is a subscriber already, which then has all the lines.
    let _ = tracing_subscriber::registry().with(filter).with(hclog).try_init();
}
