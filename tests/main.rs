//! Every test that needs the real `terraform`, the real binary or the whole table of resources, in one binary because each links the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod article;
mod azure_data;
mod cluster_aad_profile;
mod cluster_credentials;
mod conditional_access_data;
mod conditional_access_every_attribute;
mod conditional_access_limits;
mod conditional_access_parts;
mod conditional_access_policy;
mod data_sources;
mod documentation;
mod faults;
mod group;
mod group_member;
mod group_members;
mod hostile;
mod just_in_time;
mod network;
mod permissions;
mod permissions_table;
mod pim_grants;
mod pim_people;
mod pim_policies;
mod pim_roles;
mod process;
mod role_assignment;
mod scale;
mod schemas;
mod sign_in;
mod soak;
mod tidy;
mod user;
mod user_again;
mod user_password;
mod world;
