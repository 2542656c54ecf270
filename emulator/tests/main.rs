//! The emulator as clients see it: over HTTPS, with a token.
#![allow(missing_docs)] // tests speak for themselves
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

mod arm;
mod arm_clusters;
mod arm_roles;
mod arm_walk;
mod assertions;
mod audits;
mod authentication_strengths;
mod azuread;
mod batches;
mod client;
mod conditional_access;
mod conditional_access_evaluation;
mod conditional_access_sign_ins;
mod conditions;
mod contract;
mod control;
mod data;
mod delta;
mod faults;
mod fresh_tenant;
mod groups;
mod kubernetes;
mod kubernetes_rbac;
mod named_locations;
mod other_providers;
mod overview;
mod permissions;
mod pim;
mod pim_activation;
mod pim_policies;
mod pim_requests;
mod pim_role_policies;
mod pim_roles;
mod queries;
mod realistic;
mod references;
mod seed_file;
mod sign_in;
mod transport;
mod units;
mod user_sign_in;
mod users;
