//! Diagnostics for the user: errors and warnings, each with what could not be done, why, and what to do.

use crate::value::Path;
use crate::warning_kind::WarningKind;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation goes on.
    Warning,
}

/// One error or warning as Terraform shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// One line: what could not be done.
    pub summary: String,
    /// Message of the service or the check, and what to do about it.
    pub detail: String,
    /// The attribute that it is about; the root if it is about no single one.
    pub attribute: Path,
    /// The kind of finding, if it is one that the provider block can silence; see [`Diagnostic::of`].
    pub warning_kind: Option<&'static WarningKind>,
    /// The ID of an object whose absence is the error, if it is; see [`Diagnostic::absent`].
    pub absent: Option<Box<str>>,
}

/// The result of everything that can fail in front of the user.
pub type Result<T = (), E = Diagnostic> = std::result::Result<T, E>;

impl Diagnostic {
    /// An error about the whole object.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let (summary, detail) = (summary.into(), detail.into());
        Diagnostic { severity: Severity::Error, summary, detail, attribute: Path::root(), warning_kind: None, absent: None }
    }

    /// A warning about the whole object.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    /// The same, pointing at an attribute.
    pub fn at(mut self, attribute: Path) -> Self {
        self.attribute = attribute;
        self
    }

    /// The same, pointing at an attribute of the root.
    pub fn at_attribute(self, name: &str) -> Self {
        self.at(Path::attribute(name))
    }

    /// The same, of a plan check that misses the object with this id. It is no error if the object was deleted
    /// ([`Provider::was_deleted`](crate::Provider::was_deleted)): the plan may be the first step of a destroy.
    pub fn absent(mut self, id: impl ToString) -> Self {
        self.absent = Some(id.to_string().into());
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// What a check found. It only collects: finding something never stops the search for more.
#[derive(Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Nothing found yet.
    pub fn new() -> Self {
        Diagnostics::default()
    }

    /// Adds one.
    pub fn add(&mut self, found: Diagnostic) {
        self.0.push(found);
    }

    /// Adds an error about an attribute of the root.
    pub fn error(&mut self, attribute: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.add(Diagnostic::error(summary, detail).at_attribute(attribute));
    }

    /// Adds a warning about an attribute of the root.
    pub fn warn(&mut self, attribute: &str, summary: impl Into<String>, detail: impl Into<String>) {
        self.add(Diagnostic::warning(summary, detail).at_attribute(attribute));
    }

    /// Whether an error is among them.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// All of them, in the order of finding.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, found: I) {
        self.0.extend(found);
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(found: Diagnostic) -> Self {
        Diagnostics(vec![found])
    }
}
