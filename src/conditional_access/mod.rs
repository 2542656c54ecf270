//! What this process knows of conditional access: policies, named locations, authentication contexts and strengths, each listed once for all who ask.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

mod api;
mod listed;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{self, Error};
use crate::client::Client;

pub use listed::Whole;

use listed::Listed;

/// The shared part of reading conditional access.
#[derive(Debug, Default)]
pub struct State {
    listed: Mutex<HashMap<Whole, Arc<Listed>>>,
    /// Users and groups that no conditional access policy may catch.
    emergency_access: Vec<String>,
}

impl State {
    /// Nothing is known yet but whom no conditional access policy may catch, by object ids.
    pub fn protecting(emergency_access: Vec<String>) -> Self {
        Self { emergency_access, ..Self::default() }
    }

    /// The objects of a collection that is read whole.
    fn listed(&self, whole: Whole) -> Arc<Listed> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.entry(whole).or_insert_with(|| Arc::new(Listed::new(whole))).clone()
    }
}

/// Conditional access, for one operation.
#[derive(Clone, Copy, Debug)]
pub struct ConditionalAccess<'a> {
    client: &'a Client,
    state: &'a State,
}

impl<'a> ConditionalAccess<'a> {
    /// For one operation, with what this process knows.
    pub(crate) fn new(client: &'a Client, state: &'a State) -> Self {
        Self { client, state }
    }

    /// The client of all operations, and what this process knows.
    fn shared(self) -> Result<(&'a Arc<azure::Client>, &'a State), Error> {
        Ok((self.client.azure()?, self.state))
    }
}
