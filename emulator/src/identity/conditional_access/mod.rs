//! What conditional access makes of a sign-in: which policies apply, what they ask for, and whether it passes.
//!
//! A [`Situation`] is who wants what, from where and on what. [`conditions`] tells whether a policy applies to it,
//! [`controls`] what the policy asks for and whether it is there, [`what_if`] answers `evaluate`, and [`sign_in`] decides
//! on a real sign-in and writes the log.

pub mod addresses;
pub mod conditions;
mod controls;
mod device_filter;
pub mod sign_in;
mod situation;
pub mod tables;
mod told_circumstances;
pub mod values;

pub use controls::{Evidence, Missing};
pub use situation::{Circumstances, Situation, Target, Who};
pub use told_circumstances::ToldCircumstances;
