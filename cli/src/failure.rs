//! Why a command of this program could not be carried out.

/// One sentence for a human.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// With that sentence.
    pub fn new(why: impl Into<String>) -> Self {
        Failure(why.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
