//! The emulator as clients see it: over HTTPS, with a token.
#![allow(missing_docs)] // tests speak for themselves
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

mod arm;
mod arm_clusters;
mod arm_roles;
mod arm_walk;
mod batches;
mod client;
mod contract;
mod control;
mod data;
mod faults;
mod groups;
mod kubernetes;
mod pim;
mod queries;
mod realistic;
mod references;
mod sign_in;
mod transport;
mod units;
mod user_sign_in;
mod users;
