//! Every test that needs the real `terraform`, the real binary or the whole table of resources, in one binary because each links the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod conditional_access;
mod directory;
mod every_resource;
mod operation;
mod pim;
mod project;
mod role_assignments;
mod rows;
mod sign_in;
mod snapshot;
mod terraform_command;
mod test_tenant;
