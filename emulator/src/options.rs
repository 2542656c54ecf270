//! What a caller chooses about an emulator.

use std::{net::SocketAddr, path::PathBuf};

/// How an emulator is started. `Options::default()` is a tenant in memory on a free port of the loopback interface.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Every exchange is appended to this file, one JSON line each.
    pub record: Option<PathBuf>,
    /// Folder that keeps the certificate authority and the signing key from one start to the next. Without it they
    /// are made anew and vanish with the emulator.
    pub certificates: Option<PathBuf>,
    /// Behaviours of the service that nobody could verify, each with the choice that was made.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), record: None, certificates: None, switches: Switches::default() }
    }
}

/// Behaviours that differ between sources, or change over time.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Deleted security groups go to the bin for 30 days, as Microsoft 365 groups do (generally available since
    /// early 2026; service-behaviour section 1.6). Off: they are gone at once.
    pub security_groups_are_soft_deleted: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { security_groups_are_soft_deleted: true }
    }
}
