//! The result of configuring the provider: a client, or an error that the first operation reports.
//!
//! Terraform reports an error of `ConfigureProvider` once and skips everything that depends on the provider. But if the configuration has no block for the
//! provider, Terraform puts an error of its own before it, "requires explicit configuration. Add a provider block", which is wrong for a provider whose
//! arguments come from the environment (docs/terraform-protocol.md#errors-of-calls), and an empty block looks the same as none to a
//! provider. So there the call succeeds in a plan, the failure is kept, and the first resource reports it. The resources after it keep what is stored, as with
//! `-refresh=false`: the run has failed already, and its plan cannot be applied.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diagnostic::{Diagnostic, Result};
use crate::value::{Path, Value};

/// What operations work with.
#[derive(Debug)]
pub(crate) enum Configured<C> {
    /// Terraform has not configured the provider; it does not for `validate` and functions.
    NotYet,
    /// The provider is configured.
    Client(Arc<C>),
    /// The provider could not be configured, and its operations report why.
    Failed(Arc<ConfigureFailure>),
}

impl<C> Configured<C> {
    /// Keeps a failure for operations to report, if Terraform would put a wrong explanation before it.
    ///
    /// # Errors
    ///
    /// The failure itself if the provider block sets an argument, or in an apply, where every resource would have to report it.
    pub(crate) fn failed(mut why: Diagnostic, block: &Value, in_apply: bool) -> Result<Self> {
        let is_set = block.entries().is_some_and(|arguments| arguments.values().any(|argument| !argument.is_null()));
        if is_set {
            return Err(why);
        }
        if in_apply {
            why.detail.push_str(
                "\n\nWithout a provider block, Terraform also reports that the provider requires explicit configuration. That is not the cause: the provider \
                 needs no block.",
            );
            return Err(why);
        }
        Ok(Configured::Failed(Arc::new(ConfigureFailure::new(why))))
    }
}

/// Why the provider could not be configured.
#[derive(Debug)]
pub(crate) struct ConfigureFailure {
    why: Diagnostic,
    is_reported: AtomicBool,
    is_reported_by_resource: AtomicBool,
}

impl ConfigureFailure {
    fn new(why: Diagnostic) -> Self {
        ConfigureFailure { why: why.at(Path::root()), is_reported: AtomicBool::new(false), is_reported_by_resource: AtomicBool::new(false) }
    }

    /// The error of an operation that cannot go on without a client: in full the first time, then with the summary alone.
    pub(crate) fn error(&self) -> Diagnostic {
        if self.is_reported.swap(true, Ordering::SeqCst) {
            Diagnostic::error(self.why.summary.clone(), "This output has another error or warning with the same summary, which says more.")
        } else {
            self.why.clone()
        }
    }

    /// The error of a resource that is read or planned; none if another resource has reported it. An error that only a data source has reported does not
    /// count: in a `check` block Terraform makes it a warning, and the run goes on.
    pub(crate) fn error_of_resource(&self) -> Option<Diagnostic> {
        if self.is_reported_by_resource.swap(true, Ordering::SeqCst) {
            return None;
        }
        self.is_reported.store(true, Ordering::SeqCst);
        Some(self.why.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn why() -> Diagnostic {
        Diagnostic::error("No secret", "Long.")
    }

    #[test]
    fn one_resource_reports_a_failure_in_full() {
        let failure = ConfigureFailure::new(why());
        assert_eq!(failure.error().detail, "Long.");
        let again = failure.error();
        assert!(again.is_error() && again.summary == "No secret" && again.detail != "Long.", "{again:?}");
        // A data source's error can be the warning of a check block.
        assert_eq!(failure.error_of_resource().unwrap().detail, "Long.");
        assert_eq!(failure.error_of_resource(), None);
        assert!(failure.error().is_error());
    }

    #[test]
    fn only_what_terraform_would_explain_wrongly_is_kept() {
        let block = |region: Value| Value::object([("region", region)]);
        assert!(Configured::<()>::failed(why(), &block(Value::Null), false).is_ok());
        let in_apply = Configured::<()>::failed(why(), &block(Value::Null), true).unwrap_err();
        assert!(in_apply.detail.contains("That is not the cause"), "{in_apply:?}");
        for in_apply in [false, true] {
            assert_eq!(Configured::<()>::failed(why(), &block(Value::String("moon".to_owned())), in_apply).unwrap_err(), why());
        }
    }
}
