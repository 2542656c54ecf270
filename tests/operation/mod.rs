//! The provider as a process: faults, networks, interruptions, load.

pub mod faults;
pub mod network;
pub mod process;
pub mod soak;
pub mod two_tenants;
#[cfg(unix)]
pub mod waiting;
