//! The log: lines of JSON on standard error, which Terraform reads, filters and writes in its own way (docs/terraform-protocol.md#logs).

mod layer;
mod level;
mod line;

use std::env;
use std::io::{self, Write};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::About;
use layer::Hclog;

/// What to log if no variable says so.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unasked {
    /// As a plugin: Terraform would throw the lines away.
    Silent,
    /// At a terminal.
    Warnings,
}

/// Sends all events of this process to standard error, at the level that the environment asks for.
pub(super) fn install(about: &About, unasked: Unasked) {
    let asked = level::asked(about, |name| env::var(name).ok());
    let filter = level::filter(about, asked, unasked);
    let hclog = Hclog::new(|line: &[u8]| {
        // In one piece, under the lock, so that lines of several threads do not mix. A reader that is gone is no news.
        let _ = io::stderr().lock().write_all(line);
    });
    // Fails only if there is a subscriber already, which then has all the lines.
    let _ = tracing_subscriber::registry().with(filter).with(hclog).try_init();
}
