//! One tenant and the services that answer for it.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::SignedDuration;

use crate::{
    arm::{self, ArmConfig, ArmSettings, ResourceManager},
    caller::{LIFETIME, Signer},
    database::Database,
    directory::links::RELATIONS,
    faults::{self, Faults},
    graph::{self, Graph, GraphConfig},
    http::{Request, Route, Service},
    identity::{
        DeviceSignIn, Discovery, ExternalIssuers, IdentityPlatform, Lockout, ManagedIdentities, OtherTenants, TokenEndpoint, arc,
        conditional_access::ConfiguredConditions, device::DeviceCodes,
    },
    kubernetes::Clusters,
    options::{Options, Profile},
    pim::PimSettings,
    private,
    rate_limit::{ArmLimits, ConditionalAccessLimit, GraphLimit},
    store::{Change, Disk, DiskError, History, Store, TableSpec},
    tenant::{
        fixture,
        seed_file::{SeedFile, SeedFileError},
    },
    traffic::{counts::Counts, latest::Latest, recorder::Recorder},
};

/// Name of the file of a kept tenant, in its folder.
const TENANT_FILE: &str = "tenant.redb";

/// Why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The system's error.
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
    Faults(#[from] faults::FaultParseError),
    /// The seed file describes no tenant.
    #[error(transparent)]
    SeedFile(#[from] SeedFileError),
    /// The data folder cannot be used.
    #[error("cannot keep data: {0}")]
    Data(#[from] DiskError),
    /// The file of exchanges cannot be written.
    #[error("cannot record to {path}: {source}")]
    Record {
        /// The file.
        path: std::path::PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A folder could not be made.
    #[error("cannot make a folder: {0}")]
    Folder(std::io::Error),
}

/// A tenant in the middle of its life. [`crate::app()`] makes an HTTP service of it.
#[derive(Debug)]
pub struct Emulator {
    /// The services: the first that routes a request answers it.
    services: Vec<Arc<dyn Service>>,
    /// Its data and its time.
    pub(crate) database: Arc<Database>,
    /// Sign-in.
    pub(crate) identity: Arc<IdentityPlatform>,
    /// Counts of requests.
    pub(crate) counts: Arc<Counts>,
    /// The latest requests.
    pub(crate) latest: Latest,
    /// Faults on request.
    pub(crate) faults: Arc<Faults>,
    /// How long every response takes at least.
    pub(crate) latency: Duration,
    /// Where exchanges are written.
    pub(crate) recorder: Option<Recorder>,
    /// Configured outcomes of the next operations on clusters.
    pub(crate) arm_settings: Arc<ArmSettings>,
    /// Configured outcomes of the next requests of Privileged Identity Management.
    pub(crate) pim_settings: Arc<PimSettings>,
    /// Objects beside those of every tenant.
    seed_file: SeedFile,
}

impl Emulator {
    /// A tenant: fresh, or as the data folder has it. `signing_key` is a private RSA key, and `authority`
    /// the certificate of the authority that clients trust, both in PEM.
    ///
    /// # Errors
    ///
    /// If a file that the options name cannot be used, or the key is none.
    pub fn new(options: &Options, signing_key: &str, authority: &str) -> Result<Self, Error> {
        let recorder = match &options.record {
            Some(path) => Some(Recorder::open(path).map_err(|source| Error::Record { path: path.clone(), source })?),
            None => None,
        };
        let realistic = options.profile == Profile::Realistic;
        let lag_seed = realistic.then_some(options.seed);
        let store = Store::new(&tables(), RELATIONS, lag_seed.map(History::new));
        let timed = graph::TIMED_WORK.into_iter().chain(arm::TIMED_WORK).collect();
        let database = Arc::new(Database::new(store, timed));
        let signer = Arc::new(Signer::new(signing_key)?);
        let counts = Arc::new(Counts::default());
        let faults = Arc::new(Faults::new(options.seed, faults::parse(options.faults.as_deref().unwrap_or_default())?));
        let switches = Arc::new(options.switches.clone());
        let other_tenants = Arc::new(OtherTenants::default());
        let (arm_settings, pim_settings) = (Arc::new(ArmSettings::default()), Arc::new(PimSettings::default()));
        let one_a_second = realistic || options.switches.conditional_access_answers_one_request_a_second;
        let identity = Arc::new(IdentityPlatform {
            database: Arc::clone(&database),
            signer: Arc::clone(&signer),
            token_lifetime: i64::try_from(options.token_lifetime.as_secs()).unwrap_or(LIFETIME),
            lags: realistic,
            device_codes: DeviceCodes::default(),
            lockout: Lockout::default(),
            other_tenants: Arc::clone(&other_tenants),
            arc_agent: arc::Agent::new(options.arc_keys.clone().or_else(|| Some(options.data.as_ref()?.join("azure-arc")))),
            circumstances: ConfiguredConditions::default(),
        });
        let services: Vec<Arc<dyn Service>> = vec![
            Arc::new(Discovery(Arc::clone(&identity))),
            Arc::new(TokenEndpoint(Arc::clone(&identity))),
            Arc::new(DeviceSignIn(Arc::clone(&identity))),
            Arc::new(ManagedIdentities(Arc::clone(&identity))),
            Arc::new(ExternalIssuers(Arc::clone(&identity))),
            Arc::new(Graph {
                database: Arc::clone(&database),
                signer: Arc::clone(&signer),
                config: GraphConfig { switches: Arc::clone(&switches), lag_seed, pim: Arc::clone(&pim_settings) },
                limit: realistic.then(GraphLimit::default),
                conditional_access_limit: one_a_second.then(ConditionalAccessLimit::default),
                faults: Arc::clone(&faults),
                counts: Arc::clone(&counts),
            }),
            Arc::new(Clusters {
                database: Arc::clone(&database),
                signer: Arc::clone(&signer),
                lag_seed,
                groups_from_token: options.switches.cluster_access_follows_the_token,
                authority: authority.to_owned(),
            }),
            Arc::new(ResourceManager {
                signer: Arc::clone(&signer),
                config: ArmConfig {
                    database: Arc::clone(&database),
                    switches,
                    lag_seed,
                    settings: Arc::clone(&arm_settings),
                    pim: Arc::clone(&pim_settings),
                    other_tenants,
                    token_plugin: options.token_plugin.display().to_string(),
                    authority: authority.to_owned(),
                },
                limits: realistic.then(ArmLimits::default),
            }),
        ];
        let emulator = Self {
            services,
            database,
            identity,
            counts,
            latest: Latest::default(),
            faults,
            latency: options.latency,
            recorder,
            arm_settings,
            pim_settings,
            seed_file: options.seed_file.as_deref().map(SeedFile::read).transpose()?.unwrap_or_default(),
        };
        match &options.data {
            Some(folder) => emulator.open(folder)?,
            None => {
                let changes = emulator.initial_changes()?;
                emulator.database.write().apply(changes);
            }
        }
        emulator.database.run_timed_work()?;
        Ok(emulator)
    }

    /// The service that answers a request, and its route; `None` if nothing is there.
    pub(crate) fn route(&self, request: &Request) -> Option<(Arc<dyn Service>, Route)> {
        self.services.iter().find_map(|service| Some((Arc::clone(service), Arc::clone(service).route(request)?)))
    }

    /// Takes over what the data folder holds, or starts it with a fresh tenant.
    fn open(&self, folder: &Path) -> Result<(), Error> {
        private::create_folder(folder, |folder| folder.join(TENANT_FILE).exists()).map_err(Error::Folder)?;
        let disk = Disk::open(&folder.join(TENANT_FILE))?;
        let ahead = disk.note("ahead")?.and_then(|text| text.parse().ok()).map(SignedDuration::from_secs);
        self.database.clock.set_ahead(ahead.unwrap_or_default());
        let mut store = self.database.write();
        match disk.load(&tables(), RELATIONS)? {
            Some(changes) => {
                store.apply(changes);
                // An earlier version did not have every table, and what each tenant starts with in it. What it had and is empty now was emptied.
                let had = disk.note("tables")?.unwrap_or_default();
                let (view, fixture) = (store.latest(), fixture::fixture(self.database.clock.now()));
                let is_new = |change: &Change| matches!(change, Change::Put { table, .. } if !had.split(' ').any(|one| one == *table) && view.rows(table, None).next().is_none());
                let missing: Vec<Change> = fixture.into_iter().filter(is_new).collect();
                disk.commit(&missing)?;
                store.apply(missing);
            }
            None => {
                let changes = self.initial_changes()?;
                disk.replace(&changes)?;
                store.apply(changes);
            }
        }
        let names: Vec<&str> = tables().iter().map(|table| table.name).collect();
        disk.write_note("tables", &names.join(" "))?;
        store.persist_to(disk);
        Ok(())
    }

    /// Rows and links of a fresh tenant.
    fn initial_changes(&self) -> Result<Vec<Change>, SeedFileError> {
        let now = self.database.clock.now();
        let mut changes = fixture::fixture(now);
        changes.extend(self.seed_file.changes(now)?);
        Ok(changes)
    }

    /// Makes the tenant fresh again: its objects and what its services hold, not its clock or its keys.
    pub(crate) fn reset(&self) -> Result<(), DiskError> {
        let mut store = self.database.write();
        // It was a tenant when the emulator started.
        let changes = self.initial_changes().unwrap_or_else(|_| fixture::fixture(self.database.clock.now()));
        if let Some(disk) = store.disk() {
            disk.replace(&changes)?;
        }
        store.clear();
        store.apply(changes);
        drop(store);
        self.services.iter().for_each(|service| service.reset());
        self.counts.reset();
        self.faults.clear();
        Ok(())
    }

    /// Moves the tenant's clock, and does what time does.
    pub(crate) fn advance(&self, step: jiff::Span) -> Result<(), String> {
        self.database.clock.advance(step)?;
        if let Some(disk) = self.database.read().disk() {
            let ahead = self.database.clock.ahead().as_secs().to_string();
            disk.write_note("ahead", &ahead).map_err(|error| error.to_string())?;
        }
        self.database.run_timed_work().map_err(|error| error.to_string())
    }

    /// Makes changes that every replica knows at once.
    pub(crate) fn commit_settled(&self, changes: Vec<Change>) -> Result<(), DiskError> {
        self.database.write().commit_settled(changes)
    }
}

/// The tables of all services.
fn tables() -> Vec<TableSpec> {
    graph::rows::tables().into_iter().chain(arm::TABLES.iter().chain(arm::pim::TABLES).copied()).collect()
}
