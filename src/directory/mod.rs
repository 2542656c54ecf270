//! What this process knows of the directory, shared by every resource: Terraform asks for one object at a time, ten at once; the service can list
//! and can be written to in bulk.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

mod objects;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use objects::{Object, Objects, Reading};

/// The shared part of reading and writing the directory.
#[derive(Debug, Default)]
pub struct Directory {
    objects: Mutex<HashMap<Reading, Arc<Objects>>>,
}

impl Directory {
    /// The objects that are read in this way.
    pub fn objects(&self, reading: Reading) -> Arc<Objects> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.entry(reading).or_insert_with(|| Arc::new(Objects::new(reading))).clone()
    }

    /// This process wrote the object of that id: nothing that was listed is believed about it any more.
    pub fn written(&self, id: &str) {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.values().for_each(|objects| objects.written(id));
    }
}
