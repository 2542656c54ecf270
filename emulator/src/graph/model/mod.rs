//! The parts of which the rest of Graph is made: collections and their properties, a request and the context of its handler, bodies, references,
//! answers and refusals.

pub mod collection;
pub mod complex;
pub mod config;
pub mod context;
pub mod draft;
pub mod error;
pub mod path;
pub mod property;
pub mod reference;
pub mod render;
