//! Kinds of requests: what a repetition or an interruption means.

/// Whether a request may be sent again after a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestKind {
    /// Changes nothing.
    Read,
    /// A write that is the same done twice, or whose second answer its author understands.
    Repeatable,
    /// A write that must not be sent again unless the first certainly had no effect.
    Once,
}
