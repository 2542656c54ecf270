//! The repository itself: documentation, examples, conventions.

pub mod article;
pub mod documentation;
pub mod guides;
pub mod tidy;
