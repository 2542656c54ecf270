//! Objects that have changed, or are gone, since they were applied.
//!
//! Terraform makes an ordinary plan before it plans a destroy, to refresh the state, and does not say which of the two a plan is for. An object that was deleted
//! outside together with what it refers to is then planned to be created again, and a check that refuses the plan would refuse the destroy. So what was applied
//! before and is only to be restored is never refused in a plan: it is a warning there, and the service's refusal an error of the apply.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::diagnostic::{Diagnostic, Severity};
use crate::effective::{has_same_effect, nothing};
use crate::schema::{Attribute, Object};
use crate::value::{Step, Value};

/// What a read of an object in state found to be different.
#[derive(Debug)]
struct Drift {
    type_name: String,
    /// As it was applied, or last read.
    stored: Value,
    /// Whether it is gone.
    is_gone: bool,
}

/// What reads of this run found to be different.
#[derive(Debug, Default)]
pub(crate) struct Drifts(Mutex<Vec<Drift>>);

impl Drifts {
    fn all(&self) -> MutexGuard<'_, Vec<Drift>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: a new run begins.
    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    /// Notes what a read found, if that is not what was stored.
    pub(crate) fn note(&self, type_name: &str, stored: &Value, read: &Value) {
        if stored != read {
            self.all().push(Drift { type_name: type_name.to_owned(), stored: stored.clone(), is_gone: read.is_null() });
        }
    }

    /// Makes warnings of those errors about a planned object which are about what was applied before.
    pub(crate) fn allow_restoring(&self, type_name: &str, object: &Object, prior: &Value, planned: &Value, found: &mut [Diagnostic]) {
        if !found.iter().any(Diagnostic::is_error) {
            return;
        }
        let all = self.all();
        let is_this = |drift: &&Drift| {
            drift.type_name == type_name
                && drift.is_gone == prior.is_null()
                && if drift.is_gone {
                    is_restored(object, &drift.stored, planned)
                } else {
                    drift.stored.attribute("id") == prior.attribute("id")
                }
        };
        let Some(drift) = all.iter().find(is_this) else { return };
        for error in found.iter_mut().filter(|found| found.is_error()) {
            let was_applied = match error.attribute.0.first() {
                Some(Step::Attribute(name)) => object.attribute(name).is_some_and(|attribute| is_same(attribute, &drift.stored, planned)),
                _ => is_restored(object, &drift.stored, planned),
            };
            if was_applied {
                error.severity = Severity::Warning;
                error.detail.push_str("\n\nThis was applied before, and the object has changed outside of Terraform since. An apply fails with it; a destroy does not.");
            }
        }
    }
}

/// Whether everything that the configuration can say is planned as it was stored.
fn is_restored(object: &Object, stored: &Value, planned: &Value) -> bool {
    object.attributes.iter().filter(|attribute| !attribute.is_output()).all(|attribute| is_same(attribute, stored, planned))
}

/// Whether an attribute is planned as it was stored. What is not known yet may be the same.
fn is_same(attribute: &Attribute, stored: &Value, planned: &Value) -> bool {
    let (stored, planned) = (stored.attribute(&attribute.name), planned.attribute(&attribute.name));
    !planned.is_wholly_known()
        || attribute.write_only
        || has_same_effect(attribute, stored, planned)
        || attribute.are_same(stored, planned)
        || (nothing(stored) && nothing(planned))
}
