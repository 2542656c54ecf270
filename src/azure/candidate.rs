//! Candidates for signing in, for errors that explain the choice.

/// A way to sign in, and why it was or was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name: `client secret`.
    pub way: &'static str,
    /// Why it was not chosen; `None` for the chosen one.
    pub why_not: Option<String>,
}
