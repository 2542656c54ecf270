//! The tenant that every emulator starts with.
//!
//! All of its [`ids`] are constants, so that configurations can name them; what it holds is in `fixture`, and what a file adds to it in
//! `seed_file`.

pub(crate) mod fixture;
pub mod ids;
pub(crate) mod seed_file;

pub use ids::*;
