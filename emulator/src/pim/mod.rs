//! Privileged Identity Management, as far as Graph and Azure Resource Manager have it in common: what a schedule says,
//! the rules of a policy, and what they refuse (service-behaviour sections 6 to 8).
//!
//! Both services write schedules and rules almost alike; how each addresses them is its own.

mod refusal;
mod rules;
mod schedule;

pub use refusal::Refusal;
pub use rules::{Purpose, Rules, default_rules};
pub use schedule::{Window, length};

use jiff::SignedDuration;

/// An assignment can neither last shorter nor be removed earlier.
pub const FLOOR: SignedDuration = SignedDuration::from_mins(5);
/// How long requests are kept. Documented for Azure roles; for groups only that they are purged.
pub const REQUESTS_KEPT: SignedDuration = SignedDuration::from_hours(45 * 24);
