//! One tenant and everything that answers for it.

use std::{
    path::Path,
    sync::{
        RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;

use crate::{
    arm,
    caller::{LIFETIME, Signer},
    clock::Clock,
    directory::links,
    faults::{self, Faults},
    graph::{self, deleted, rows},
    identity::{Lockout, arc, conditional_access::Surroundings, device::DeviceCodes, elsewhere::Elsewhere},
    options::{Options, Profile, Switches},
    pim,
    rate_limit::{Pace, Rates, Throttle},
    store::{Change, Disk, DiskError, History, Store, TableSpec},
    tenant::{
        fixture,
        seed_file::{Blueprint, Mistake},
    },
    traffic::{counts::Counts, latest::Recent, recorder::Recorder},
};

/// Why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Certificates could not be made, read or kept.
    #[error(transparent)]
    Certificates(#[from] crate::certificates::Error),
    /// The signing key is none.
    #[error("the key that signs tokens cannot be used: {0}")]
    SigningKey(#[from] jsonwebtoken::errors::Error),
    /// A fault is misspelt.
    #[error(transparent)]
    Faults(#[from] faults::Misspelt),
    /// The file that describes a tenant describes none.
    #[error(transparent)]
    Blueprint(#[from] Mistake),
    /// What is kept in the data folder cannot be used.
    #[error("cannot keep data: {0}")]
    Data(#[from] DiskError),
    /// The file of exchanges cannot be written.
    #[error("cannot record to {path}: {source}")]
    Record {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder could not be made.
    #[error("cannot make a folder: {0}")]
    Folder(std::io::Error),
}

/// A tenant in the middle of its life. [`crate::app()`] makes an HTTP service of it.
#[derive(Debug)]
pub struct Emulator {
    /// Its time.
    pub(crate) clock: Clock,
    /// Its key pair.
    pub(crate) signer: Signer,
    /// What has been asked of it.
    pub(crate) counts: Counts,
    /// What was asked of it lately.
    pub(crate) recent: Recent,
    /// What goes wrong on purpose.
    pub(crate) faults: Faults,
    /// How much it can be asked in a while, if that has an end.
    pub(crate) throttle: Option<Throttle>,
    /// How fast conditional access can be asked, if that has an end.
    pub(crate) pace: Option<Pace>,
    /// Where and on what users sign in, as the control API was told.
    pub(crate) circumstances: Surroundings,
    /// How much Azure Resource Manager can be asked in a while, if that has an end.
    pub(crate) rates: Option<Rates>,
    /// How long every answer takes at least.
    pub(crate) latency: Duration,
    /// From what it is chosen how long things take and how long services do not know each other's new objects, where the tenant lags.
    pub(crate) lagging: Option<u64>,
    /// Where exchanges are written.
    pub(crate) recorder: Option<Recorder>,
    /// How long access tokens are good for, in seconds.
    pub(crate) token_lifetime: i64,
    /// Who waits for a person to sign in elsewhere.
    pub(crate) device_codes: DeviceCodes,
    /// Wrong passwords in a row.
    pub(crate) lockout: Lockout,
    /// Other tenants.
    pub(crate) elsewhere: Elsewhere,
    /// The agent that makes the machine one of Azure Arc.
    pub(crate) arc: arc::Agent,
    /// How it behaves where nobody knows.
    pub(crate) switches: Switches,
    /// What a test wants of the operations to come.
    pub(crate) wishes: arm::Wishes,
    /// What a test wants of the requests of Privileged Identity Management to come.
    pub(crate) outcomes: pim::Outcomes,
    /// What it holds beside what every tenant does.
    blueprint: Blueprint,
    /// The credential plugin that kubeconfigs name.
    pub(crate) token_plugin: String,
    /// Certificate of its authority, PEM.
    pub(crate) authority: String,
    store: RwLock<Store>,
    /// Number of the next request, by which its replica is chosen.
    next_request: AtomicU64,
    /// When time has something to do next, in seconds since 1970.
    due: AtomicI64,
}

impl Emulator {
    /// A tenant: fresh, or as the data folder has it. `signing_key` is a private RSA key, and `authority`
    /// the certificate of the authority that clients trust, both in PEM.
    pub fn new(options: &Options, signing_key: &str, authority: &str) -> Result<Self, Error> {
        let recorder = match &options.record {
            Some(path) => Some(Recorder::open(path).map_err(|source| Error::Record { path: path.clone(), source })?),
            None => None,
        };
        let realistic = options.profile == Profile::Realistic;
        let history = realistic.then(|| History::new(options.seed));
        let emulator = Self {
            clock: Clock::default(),
            signer: Signer::new(signing_key)?,
            counts: Counts::default(),
            recent: Recent::default(),
            faults: Faults::new(options.seed, faults::parse(options.faults.as_deref().unwrap_or_default())?),
            throttle: realistic.then(Throttle::default),
            pace: (realistic || options.switches.conditional_access_answers_one_request_a_second).then(Pace::default),
            circumstances: Surroundings::default(),
            rates: realistic.then(Rates::default),
            latency: options.latency,
            lagging: realistic.then_some(options.seed),
            recorder,
            token_lifetime: i64::try_from(options.token_lifetime.as_secs()).unwrap_or(LIFETIME),
            device_codes: DeviceCodes::default(),
            lockout: Lockout::default(),
            elsewhere: Elsewhere::default(),
            arc: arc::Agent::new(options.arc_keys.clone()),
            switches: options.switches.clone(),
            wishes: arm::Wishes::default(),
            outcomes: pim::Outcomes::default(),
            blueprint: options.blueprint.as_deref().map(Blueprint::read).transpose()?.unwrap_or_default(),
            token_plugin: options.token_plugin.display().to_string(),
            authority: authority.to_owned(),
            store: RwLock::new(Store::new(&tables(), links::RELATIONS, history)),
            next_request: AtomicU64::new(0),
            due: AtomicI64::new(0),
        };
        match &options.data {
            Some(folder) => emulator.open(folder)?,
            None => emulator.write().apply(emulator.fresh()?),
        }
        emulator.pass_time()?;
        Ok(emulator)
    }

    /// Takes over what the data folder holds, or starts it with a fresh tenant.
    fn open(&self, folder: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(folder).map_err(Error::Folder)?;
        let disk = Disk::open(&folder.join("tenant.redb"))?;
        let ahead = disk.note("ahead")?.and_then(|text| text.parse().ok()).map(SignedDuration::from_secs);
        self.clock.set_ahead(ahead.unwrap_or_default());
        let mut store = self.write();
        match disk.load(&tables(), links::RELATIONS)? {
            Some(changes) => {
                store.apply(changes);
                // An earlier version did not have every table, and what each tenant starts with in it. What it had and is empty now was emptied.
                let had = disk.note("tables")?.unwrap_or_default();
                let (view, fixture) = (store.truth(), fixture::fixture(self.clock.now()));
                let is_new = |change: &Change| matches!(change, Change::Put { table, .. } if !had.split(' ').any(|one| one == *table) && view.rows(table, None).next().is_none());
                let missing: Vec<Change> = fixture.into_iter().filter(is_new).collect();
                disk.commit(&missing)?;
                store.apply(missing);
            }
            None => {
                let changes = self.fresh()?;
                disk.replace(&changes)?;
                store.apply(changes);
            }
        }
        let names: Vec<&str> = tables().iter().map(|table| table.name).collect();
        disk.write_note("tables", &names.join(" "))?;
        store.keep_in(disk);
        Ok(())
    }

    /// What a fresh tenant holds.
    fn fresh(&self) -> Result<Vec<Change>, Mistake> {
        let now = self.clock.now();
        let mut changes = fixture::fixture(now);
        changes.extend(self.blueprint.changes(now)?);
        Ok(changes)
    }

    /// Makes the tenant fresh again: its objects, not its clock or its keys.
    pub(crate) fn reset(&self) -> Result<(), DiskError> {
        let mut store = self.write();
        // It was a tenant when the emulator started.
        let changes = self.fresh().unwrap_or_else(|_| fixture::fixture(self.clock.now()));
        if let Some(disk) = store.disk() {
            disk.replace(&changes)?;
        }
        store.clear();
        store.apply(changes);
        Ok(())
    }

    /// Moves the tenant's clock, and does what time does.
    pub(crate) fn advance(&self, step: jiff::Span) -> Result<(), String> {
        self.clock.advance(step)?;
        if let Some(disk) = self.read().disk() {
            let ahead = self.clock.ahead().as_secs().to_string();
            disk.write_note("ahead", &ahead).map_err(|error| error.to_string())?;
        }
        self.pass_time().map_err(|error| error.to_string())
    }

    /// The store, to read.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The store, to decide on a write and make it.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The number of a request.
    pub(crate) fn number_request(&self) -> u64 {
        self.next_request.fetch_add(1, Ordering::Relaxed)
    }

    /// Says that time has something to do at an instant.
    pub(crate) fn due_at(&self, at: jiff::Timestamp) {
        self.due.fetch_min(at.as_second(), Ordering::Relaxed);
    }

    /// Does what time does, if there is anything to do yet.
    pub(crate) fn pass_time_if_due(&self) -> Result<(), DiskError> {
        if self.clock.now().as_second() >= self.due.load(Ordering::Relaxed) { self.pass_time() } else { Ok(()) }
    }

    /// Does what time does: begins and ends assignments, and takes away what has been in the bin too long.
    fn pass_time(&self) -> Result<(), DiskError> {
        let now = self.clock.now();
        let mut store = self.write();
        let mut changes = deleted::expired(store.truth(), now);
        changes.extend(pim::pass(store.truth(), &graph::pim::GROUPS, now));
        changes.extend(pim::pass(store.truth(), &arm::pim::ROLES, now));
        changes.extend(arm::ended(store.truth(), now));
        store.commit(changes, now)?;
        let view = store.truth();
        let pim = [&graph::pim::GROUPS, &arm::pim::ROLES].into_iter().filter_map(|service| pim::next(view, service));
        let next = pim.chain(deleted::next_expiry(view)).chain(arm::next_end(view)).min();
        self.due.store(next.map_or(i64::MAX, |at| at.as_second()), Ordering::Relaxed);
        Ok(())
    }

    /// Makes changes that every replica knows at once.
    pub(crate) fn commit_settled(&self, changes: Vec<Change>) -> Result<(), DiskError> {
        self.write().commit_settled(changes)
    }
}

/// The tables of all services.
fn tables() -> Vec<TableSpec> {
    rows::tables().into_iter().chain(arm::TABLES.iter().chain(arm::pim::TABLES).copied()).collect()
}
