//! The provider as a process: faults, networks, interruptions, load.

pub mod faults;
pub mod network;
pub mod process;
pub mod soak;
#[cfg(unix)]
pub mod waiting;
