//! Options of an emulator.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::switches::Switches;

/// The options with which an emulator is started. `Options::default()` is a tenant in memory on a free port of the loopback interface.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Timing profile.
    pub profile: Profile,
    /// Seed of all random choices, so that a run can be repeated.
    pub seed: u64,
    /// Minimum latency of every answer.
    pub latency: Duration,
    /// Faults from the start on: a list of them, separated by `;`. Each has four words:
    ///
    /// ```text
    /// WHEN  METHOD  PATH  EFFECT
    /// 2     POST    /v1.0/groups         status=503
    /// 1     DELETE  /v1.0/groups/{id}    reset-after
    /// 5     *       /v1.0/*              throttle=10
    /// 1%    *       *                    any
    /// ```
    ///
    /// - WHEN: a number strikes the next so many calls that match; a percentage strikes that share of them, chosen from
    ///   the seed.
    /// - METHOD: an HTTP method, or `*`.
    /// - PATH: a path template as requests are counted by, `*`, or a beginning that ends in `*`.
    /// - EFFECT: `status=CODE` (answered instead of the call), `status-after=CODE` (the call takes effect, and is answered
    ///   so), `delay=SECONDS`, `reset-before` and `reset-after` (the connection ends without an answer, before or after the
    ///   call took effect), `truncate` (the call takes effect, half of its answer arrives), `html` (a gateway's page
    ///   instead of the call), `throttle` and `throttle=SECONDS` (429 without and with `Retry-After`), `expired-token`,
    ///   `empty=NAME,NAME` and `absent=NAME,NAME` (the call takes effect; properties of these names that are null are empty
    ///   texts in its answer, or left out), and `any`: one of the others that lose or refuse something, chosen from the seed.
    ///
    /// Requests inside a batch are struck by `status`, `status-after`, `throttle` and `expired-token`.
    pub faults: Option<String>,
    /// Every exchange is appended to this file, one JSON line each.
    pub record: Option<PathBuf>,
    /// Folder that keeps the tenant: everything that was acknowledged survives, whatever happens to the process.
    /// Without it the tenant lives in memory. The certificate authority is kept there as well, unless
    /// [`Options::certificates`] names another folder.
    pub data: Option<PathBuf>,
    /// Folder that keeps the certificate authority and the signing key from one start to the next. Without it they
    /// are made anew and vanish with the emulator.
    pub certificates: Option<PathBuf>,
    /// Lifetime of access tokens.
    pub token_lifetime: Duration,
    /// File that says what a fresh tenant holds beside what every tenant does: users, groups, resource groups, clusters and
    /// role assignments, as JSON. The first lines of `emulator/src/tenant/seed_file.rs` show its form.
    pub seed_file: Option<PathBuf>,
    /// The program that kubeconfigs name as credential plugin, as in `aksaccess`.
    pub token_plugin: PathBuf,
    /// Folder in which the agent of Azure Arc writes its keys. Without it: `azure-arc` below [`Options::data`], or a temporary folder. Clients
    /// read keys only from the folder of the real agent, `/var/opt/azcmagent/tokens` on Linux.
    pub arc_keys: Option<PathBuf>,
    /// Behaviours of the service that nobody could verify, each with the choice that was made.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            profile: Profile::Instant,
            seed: 1,
            latency: Duration::ZERO,
            faults: None,
            record: None,
            data: None,
            certificates: None,
            seed_file: None,
            token_plugin: PathBuf::from("aksaccess"),
            token_lifetime: Duration::from_secs(crate::caller::LIFETIME.unsigned_abs()),
            arc_keys: None,
            switches: Switches::default(),
        }
    }
}

/// The timing profile of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Everything is so as soon as it is said.
    #[default]
    Instant,
    /// As the service is: replicas lag behind, and too many requests are refused.
    Realistic,
}
