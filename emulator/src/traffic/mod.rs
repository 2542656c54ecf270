//! Exchanged requests: how often ([`counts`]), what lately ([`latest`]), and everything, in a file ([`recorder`]).

pub mod counts;
pub mod latest;
pub mod recorder;
