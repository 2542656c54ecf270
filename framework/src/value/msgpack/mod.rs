//! Values on the wire: MessagePack, directed by the type (docs/terraform-protocol.md#values).
//!
//! What is written is byte for byte what Terraform would write. What is read is what Terraform reads. Refused on purpose, although go-cty reads it:
//!
//! | Refused | Why |
//! |---|---|
//! | an object with a missing, unknown or duplicate attribute | Terraform is left with a value of another type |
//! | elements of one collection that are of different types | Terraform crashes |
//! | a float64 that is not a number | Terraform crashes |
//! | text that is not UTF-8 | it is no text of Terraform's language, and no JSON |
//! | types and values nested more than [`MAX_DEPTH`](super::MAX_DEPTH) levels deep | whatever walks them would run out of stack |
//! | more than 100,000 dynamic values wrapped in one another | each costs time; Terraform's own stack overflows |
//! | a number of more than [`Number::MAX_DIGITS`](super::Number::MAX_DIGITS) digits before or after the point | seven bytes (`1e99999`) would become text of any length |
//! | more than 65,536 elements of lists of which only the length is known | ten bytes would become a list of any length |
//! | an extension other than 12 with more than one byte, and one with more than 1,024 | as go-cty |
//!
//! A refinement of an unknown value with a key that is not known is skipped: newer versions of Terraform may send some.

mod decode;
mod encode;
mod prefix;
mod reader;
mod unknown;

pub use decode::{decode, decode_list};
pub use encode::{encode, encode_list};

/// The extension type of an unknown value of which something is known.
const REFINED: i8 = 12;

/// Keys of what is known of an unknown value.
mod key {
    pub const NULLNESS: i64 = 1;
    pub const STRING_PREFIX: i64 = 2;
    pub const NUMBER_MIN: i64 = 3;
    pub const NUMBER_MAX: i64 = 4;
    pub const LENGTH_MIN: i64 = 5;
    pub const LENGTH_MAX: i64 = 6;
}

#[cfg(test)]
mod tests;
