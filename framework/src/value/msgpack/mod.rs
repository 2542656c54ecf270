//! Values on the wire: MessagePack, directed by the type (docs/terraform-protocol.md#values).
//!
//! What is written is byte for byte what Terraform would write. What is read is what Terraform reads, with these exceptions: where
//! Terraform would crash or be left with a value of the wrong type there is an error, text must be UTF-8, and nesting and the
//! memory that some bytes can cost are bounded.

mod decode;
mod encode;
mod prefix;
mod reader;
mod unknown;

pub use decode::decode;
pub use encode::encode;

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
