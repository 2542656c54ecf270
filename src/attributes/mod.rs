//! Attribute types shared by several resources: normalization, comparison and validation.

pub mod duration;
pub mod enumerations;
pub mod import_id;
pub mod instant;
pub mod ip_range;
pub mod merge;
mod object_id;
pub mod placement;

pub(crate) use object_id::object_id;
