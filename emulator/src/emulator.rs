//! One tenant and everything that answers for it.

use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::{
    clock::Clock,
    counts::Counts,
    graph::{deleted, rows},
    options::{Options, Switches},
    record::Recorder,
    store::{Change, Store},
    tenant,
    token::Signer,
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
    /// The file of exchanges cannot be written.
    #[error("cannot record to {path}: {source}")]
    Record {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No folder could be made for certificates that are not kept.
    #[error("cannot make a temporary folder: {0}")]
    Folder(std::io::Error),
}

/// A tenant in the middle of its life. [`crate::app`] makes an HTTP service of it.
#[derive(Debug)]
pub struct Emulator {
    /// Its time.
    pub(crate) clock: Clock,
    /// Its key pair.
    pub(crate) signer: Signer,
    /// What has been asked of it.
    pub(crate) counts: Counts,
    /// Where exchanges are written.
    pub(crate) recorder: Option<Recorder>,
    /// How it behaves where nobody knows.
    pub(crate) switches: Switches,
    store: RwLock<Store>,
}

impl Emulator {
    /// A fresh tenant. `signing_key` is a private RSA key in PEM.
    pub fn new(options: &Options, signing_key: &str) -> Result<Self, Error> {
        let recorder = match &options.record {
            Some(path) => Some(Recorder::open(path).map_err(|source| Error::Record { path: path.clone(), source })?),
            None => None,
        };
        let emulator = Self {
            clock: Clock::default(),
            signer: Signer::new(signing_key)?,
            counts: Counts::default(),
            recorder,
            switches: options.switches.clone(),
            store: RwLock::new(Store::new(&rows::tables(), rows::RELATIONS)),
        };
        emulator.reset();
        Ok(emulator)
    }

    /// Makes the tenant fresh again: its objects, not its clock or its keys.
    pub(crate) fn reset(&self) {
        let mut store = self.write();
        *store = Store::new(&rows::tables(), rows::RELATIONS);
        store.apply(tenant::fixture(self.clock.now()));
    }

    /// The store, to read.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The store, to decide on a write and make it.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Makes changes.
    pub(crate) fn commit(&self, store: &mut Store, changes: Vec<Change>) {
        store.apply(changes);
    }

    /// Does what time does: takes away what has been in the bin too long.
    pub(crate) fn pass_time(&self) {
        let mut store = self.write();
        let changes = deleted::expired(store.truth(), self.clock.now());
        self.commit(&mut store, changes);
    }
}
