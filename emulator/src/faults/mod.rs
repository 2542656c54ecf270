//! Faults on request: what networks, gateways and services do to a client, on the calls that a test chooses.
//!
//! [`crate::Options::faults`] says how they are written.

mod parse;
mod responses;

use std::{sync::Mutex, time::Duration};

use rand::seq::IndexedRandom;
use serde::Serialize;

use crate::random;

pub use parse::{FaultParseError, parse, parse_one};
pub use responses::{ConnectionReset, replacement, reset, truncated, without_nulls};

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which of the calls that match.
    pub when: Trigger,
    /// HTTP method; `None` for any.
    pub method: Option<String>,
    /// Path template; a `*` at its end stands for the rest.
    pub path: String,
    /// The effect.
    pub effect: FaultEffect,
}

/// Which of the matching calls fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger {
    /// The next so many.
    Next(u64),
    /// This share, from 0 to 1.
    Share(f64),
}

/// The effect of a fault on a call.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultEffect {
    /// Answered with a status instead of being made.
    Status(u16),
    /// Made, and answered with a status.
    StatusAfter(u16),
    /// Made after a while.
    Delay(Duration),
    /// Not made, and the connection ends.
    ResetBefore,
    /// Made, and the connection ends.
    ResetAfter,
    /// Made, and only half of the answer arrives.
    Truncate,
    /// A gateway's page instead of being made.
    Html,
    /// 429, with these seconds in `Retry-After`, if any.
    Throttle(Option<u32>),
    /// 401, as if the token had just expired.
    ExpiredToken,
    /// Made, and properties of these names that are null are empty texts in the answer.
    Empty(Vec<String>),
    /// Made, and properties of these names that are null are not in the answer.
    Absent(Vec<String>),
    /// One of the above.
    Any,
}

/// The effects from which `any` chooses.
const KINDS: [FaultEffect; 11] = [
    FaultEffect::Status(500),
    FaultEffect::Status(502),
    FaultEffect::Status(503),
    FaultEffect::Status(504),
    FaultEffect::StatusAfter(504),
    FaultEffect::Delay(Duration::from_millis(500)),
    FaultEffect::ResetBefore,
    FaultEffect::ResetAfter,
    FaultEffect::Truncate,
    FaultEffect::Html,
    FaultEffect::Throttle(Some(1)),
];

/// A fault, with the numbers of calls that it matched and that it changed.
#[derive(Debug, Serialize)]
pub struct FaultReport {
    /// The fault, as it is written.
    pub fault: String,
    /// Calls that matched.
    pub matched: u64,
    /// Calls that were struck.
    pub struck: u64,
}

/// The faults of an emulator.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    armed: Mutex<Vec<ActiveFault>>,
}

#[derive(Debug)]
struct ActiveFault {
    fault: Fault,
    /// Distinguishes the choices of faults.
    number: u64,
    matched: u64,
    struck: u64,
}

impl Faults {
    /// These faults, chosen from the seed where they leave a choice.
    pub fn new(seed: u64, faults: Vec<Fault>) -> Self {
        let out = Self { seed, armed: Mutex::default() };
        out.arm(faults);
        out
    }

    /// Adds faults.
    pub fn arm(&self, faults: Vec<Fault>) {
        let mut armed = self.lock();
        for fault in faults {
            let number = armed.len() as u64 + 1;
            armed.push(ActiveFault { fault, number, matched: 0, struck: 0 });
        }
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The armed faults, and how often each struck.
    pub fn struck(&self) -> Vec<FaultReport> {
        let one = |armed: &ActiveFault| FaultReport { fault: armed.fault.to_string(), matched: armed.matched, struck: armed.struck };
        self.lock().iter().map(one).collect()
    }

    /// The effect on this call: that of the first fault that strikes. `inside`: the call is inside a batch, where there is
    /// no connection of its own to break.
    pub fn next_effect(&self, method: &str, template: &str, inside: bool) -> Option<FaultEffect> {
        self.lock().iter_mut().find_map(|armed| armed.next_effect(self.seed, method, template, inside))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<ActiveFault>> {
        self.armed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl ActiveFault {
    fn next_effect(&mut self, seed: u64, method: &str, template: &str, inside: bool) -> Option<FaultEffect> {
        let fault = &self.fault;
        let matches = fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && match fault.path.strip_suffix('*') {
                Some(beginning) => template.starts_with(beginning),
                None => template == fault.path,
            };
        if !matches || (inside && !fault.effect.applies_in_batch()) {
            return None;
        }
        let index = self.matched;
        self.matched += 1;
        let strikes = match fault.when {
            Trigger::Next(count) => self.struck < count,
            Trigger::Share(share) => random::fraction(seed, self.number, index) < share,
        };
        if !strikes {
            return None;
        }
        let kinds: Vec<FaultEffect> = KINDS.into_iter().filter(|kind| !inside || kind.applies_in_batch()).collect();
        let effect = match fault.effect {
            FaultEffect::Any => kinds.choose(&mut random::generator(seed, self.number.wrapping_add(1 << 32), index))?.clone(),
            ref effect => effect.clone(),
        };
        self.struck += 1;
        Some(effect)
    }
}

impl FaultEffect {
    fn applies_in_batch(&self) -> bool {
        matches!(self, Self::Status(_) | Self::StatusAfter(_) | Self::Throttle(_) | Self::ExpiredToken | Self::Any)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    fn faults(text: &str) -> Faults {
        Faults::new(1, parse(text).unwrap())
    }

    #[test]
    fn the_next_so_many_that_match_are_struck() {
        let faults = faults("2 POST /v1.0/groups status=503; 1 * /v1.0/users* reset-after");
        assert_eq!(faults.next_effect("GET", "/v1.0/groups", false), None);
        assert_eq!(faults.next_effect("POST", "/v1.0/groups/{id}", false), None);
        assert_eq!(faults.next_effect("POST", "/v1.0/groups", false), Some(FaultEffect::Status(503)));
        assert_eq!(faults.next_effect("POST", "/v1.0/groups", true), Some(FaultEffect::Status(503)));
        assert_eq!(faults.next_effect("POST", "/v1.0/groups", false), None);
        assert_eq!(faults.next_effect("GET", "/v1.0/users/{id}", true), None, "there is no connection inside a batch");
        assert_eq!(faults.next_effect("GET", "/v1.0/users/{id}", false), Some(FaultEffect::ResetAfter));
        let counts: Vec<_> = faults.struck().iter().map(|one| (one.matched, one.struck)).collect();
        assert_eq!(counts, [(3, 2), (1, 1)]);
    }

    #[test]
    fn a_share_repeats_with_its_seed_and_any_is_every_kind() {
        let strikes = |seed| {
            let faults = Faults::new(seed, parse("10% * * any").unwrap());
            (0..2_000).map(|_| faults.next_effect("GET", "/x", false)).collect::<Vec<_>>()
        };
        assert_eq!(strikes(5), strikes(5));
        assert_ne!(strikes(5), strikes(6));
        for kind in KINDS {
            assert!(strikes(5).contains(&Some(kind.clone())), "{kind:?}");
        }
    }
}
