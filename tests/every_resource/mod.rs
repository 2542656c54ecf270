//! Rules that every resource keeps, with a row for each.

pub mod adoption;
pub mod adoption_once;
pub mod blocks;
pub mod deleted_references;
pub mod empty_texts;
pub mod generated;
pub mod hostile;
pub mod hostile_schema;
pub mod identity;
pub mod interrupted_creation;
pub mod listing;
pub mod missing_values;
pub mod moved;
pub mod near_misses;
pub mod permissions;
pub mod permissions_table;
pub mod read_only;
pub mod removal;
pub mod repeated_elements;
pub mod schemas;
pub mod takeover;
pub mod unknown_arguments;
pub mod whole_numbers;
