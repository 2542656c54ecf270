//! What this process knows of the directory, shared by every resource: Terraform asks for one object at a time, ten at once; the service can list
//! and can be written to in bulk.
//!
//! Nothing is kept from one process to the next, and nothing is believed against a write that this process made.

pub mod organization;
pub mod recent;

/// The shared part of reading and writing the directory.
#[derive(Debug, Default)]
pub struct Directory {
    organization: organization::Known,
}
