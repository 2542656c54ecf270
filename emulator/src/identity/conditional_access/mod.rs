//! Evaluation of conditional access: which policies apply to a sign-in, what they require, and whether it succeeds.
//!
//! A [`SignInContext`] is who wants what, from where and on what. [`conditions`] decides whether a policy applies to it,
//! [`controls`] what the policy asks for and whether it is there, [`what_if`] answers `evaluate`, and [`sign_in`] decides
//! on a real sign-in and writes the log.

pub mod addresses;
pub mod conditions;
mod configured_conditions;
mod controls;
mod device_filter;
pub mod sign_in;
mod sign_in_context;
pub mod tables;
pub mod values;

pub use configured_conditions::ConfiguredConditions;
pub use controls::{Evidence, UnmetControl};
pub use sign_in_context::{SignInConditions, SignInContext, SignInIdentity, SignInTarget};
