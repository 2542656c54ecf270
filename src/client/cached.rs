//! A value that is read once for all callers. A refusal of the service is cached, too: it would refuse again. That something was not found, or
//! that the service failed, is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{Error, OperationContext, SingleFlight};

type Read<T> = Result<Arc<T>, Error>;

/// Values by a key.
#[derive(Debug)]
pub(crate) struct Cached<T>(Mutex<HashMap<String, Arc<SingleFlight<Read<T>>>>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Cached<T> {
    /// The value of that key; `read` is called if it was not read before.
    pub(crate) async fn get(
        &self,
        key: String,
        operation_context: &OperationContext,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Read<T> {
        let shared = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(key).or_default().clone()
        };
        let make = async || match read().await {
            Ok(value) => Ok(Ok(Arc::new(value))),
            Err(error) if error.is_denied() || error.is_rejected() => Ok(Err(error)),
            Err(error) => Err(error),
        };
        match &*shared.get(operation_context, |_| true, make).await? {
            Ok(value) => Ok(value.clone()),
            Err(error) => Err(error.clone()),
        }
    }

    /// What was read of that key is not believed any more.
    pub(crate) fn forget(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
