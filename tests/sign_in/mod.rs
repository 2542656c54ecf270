//! Ways to sign in, and their secrets.

pub mod credentials;
pub mod refused;
pub mod secrets;
