//! Smart lockout: ten wrong passwords in a row lock an account for a minute (the documented defaults).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::store::Key;

const MAX_FAILURES: u32 = 10;
const LOCKOUT_SECONDS: i64 = 60;

/// Wrong passwords of users, in memory.
#[derive(Debug, Default)]
pub struct Lockout(Mutex<HashMap<Key, (u32, i64)>>);

impl Lockout {
    /// Whether an account is locked at an instant, in seconds since 1970 by the tenant's clock.
    pub fn is_locked(&self, user: &Key, now: i64) -> bool {
        self.lock().get(user).is_some_and(|(wrong, last)| *wrong >= MAX_FAILURES && last + LOCKOUT_SECONDS > now)
    }

    /// Counts a password.
    pub fn count(&self, user: &Key, right: bool, now: i64) {
        let mut all = self.lock();
        if right {
            all.remove(user);
        } else {
            let (wrong, last) = all.entry(user.clone()).or_default();
            *wrong += 1;
            *last = now;
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, (u32, i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
