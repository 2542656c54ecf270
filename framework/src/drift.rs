//! Drift: objects that were changed or deleted outside of Terraform since the last apply.
//!
//! Terraform makes an ordinary plan before it plans a destroy, to refresh the state, and does not report which of the two a plan is for. An object that was deleted
//! outside together with what it refers to is then planned to be created again, and a check that refuses the plan would refuse the destroy. So what was applied
//! before and is only to be restored is never refused in a plan: it is a warning there, and the service's refusal an error of the apply.
//!
//! A run that only refreshes, and an apply that fails, store what was read. So what was applied is remembered beside the state as long as it differs. Beside an
//! object that is gone nothing can be remembered: of what such an object refers to, the provider is asked whether it was deleted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, Severity};
use crate::effective::{has_same_effect, is_absent};
use crate::private::Private;
use crate::schema::{Attribute, Object};
use crate::value::{Step, Value, json};

/// Key in private state under which the values that were applied and have changed since are remembered.
const APPLIED: &str = ".applied";

/// An object that a read of this run did not find.
#[derive(Debug)]
struct DeletedObject {
    type_name: String,
    /// As it was applied.
    applied: Value,
}

/// The objects that reads of this run did not find.
#[derive(Debug, Default)]
pub(crate) struct DeletedObjects(Mutex<Vec<DeletedObject>>);

impl DeletedObjects {
    fn all(&self) -> MutexGuard<'_, Vec<DeletedObject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: a new run begins.
    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    /// Records an object that a read did not find.
    pub(crate) fn record(&self, type_name: &str, applied: Value) {
        self.all().push(DeletedObject { type_name: type_name.to_owned(), applied });
    }

    /// Makes warnings of those errors about a planned object which are about what was applied before: `applied` is what was applied of an object that is there.
    pub(crate) fn allow_restoring(
        &self,
        type_name: &str,
        object: &Object,
        applied: Option<&Value>,
        planned: &Value,
        found: &mut [Diagnostic],
    ) {
        if !found.iter().any(Diagnostic::is_error) {
            return;
        }
        let all = self.all();
        let was_this = |gone: &&DeletedObject| gone.type_name == type_name && is_restored(object, &gone.applied, planned);
        let Some(applied) = applied.or_else(|| all.iter().find(was_this).map(|gone| &gone.applied)) else { return };
        for error in found.iter_mut().filter(|found| found.is_error()) {
            let was_applied = match error.attribute.0.first() {
                Some(Step::Attribute(name)) => object.attribute(name).is_some_and(|attribute| is_same(attribute, applied, planned)),
                _ => is_restored(object, applied, planned),
            };
            if was_applied {
                error.severity = Severity::Warning;
                error.detail.push_str("\n\nThis was applied before, and the object has changed outside of Terraform since. An apply fails with it; a destroy does not.");
            }
        }
    }
}

/// The object as it was last applied: what is stored, but for what reads have changed since; none if they have changed nothing.
pub(crate) fn applied(object: &Object, stored: &Value, private: &Private) -> Option<Value> {
    let remembered: Map<String, Json> = private.get(APPLIED)?;
    let Value::Map(entries) = stored else { return None };
    let mut entries = entries.clone();
    for (name, text) in &remembered {
        let attribute = object.attribute(name)?;
        entries.insert(name.clone(), json::decode(text.to_string().as_bytes(), &attribute.shape.ty()).ok()?);
    }
    Some(Value::Map(entries))
}

/// Remembers what was applied and reads differently. Nothing that is sensitive is remembered.
pub(crate) fn remember(object: &Object, applied: &Value, read: &Value, private: &mut Private) {
    let is_known = |attribute: &&Attribute| !attribute.is_output() && !attribute.sensitive && !attribute.write_only;
    let differs = |attribute: &&Attribute| !is_same(attribute, applied, read);
    let entry = |attribute: &Attribute| {
        let text = json::encode(applied.attribute(&attribute.name), &attribute.shape.ty()).ok()?;
        Some((attribute.name.clone(), serde_json::from_str(&text).ok()?))
    };
    let changed: Map<String, Json> = object.attributes.iter().filter(is_known).filter(differs).filter_map(entry).collect();
    if changed.is_empty() { private.forget(APPLIED) } else { private.set(APPLIED, changed) }
}

/// Forgets what was applied before: something else was applied.
pub(crate) fn forget(private: &mut Private) {
    private.forget(APPLIED);
}

/// Whether every configurable attribute is planned as it was applied.
fn is_restored(object: &Object, applied: &Value, planned: &Value) -> bool {
    object.attributes.iter().filter(|attribute| !attribute.is_output()).all(|attribute| is_same(attribute, applied, planned))
}

/// Whether an attribute is planned as it was applied. What is not known yet may be the same.
fn is_same(attribute: &Attribute, applied: &Value, planned: &Value) -> bool {
    let (applied, planned) = (applied.attribute(&attribute.name), planned.attribute(&attribute.name));
    !planned.is_wholly_known()
        || attribute.write_only
        || has_same_effect(attribute, applied, planned)
        || attribute.are_same(applied, planned)
        || (is_absent(applied) && is_absent(planned))
}
