//! What can be known to be wrong with a policy before anything is changed.

use framework::value::{Path, Step, Value};
use framework::{Diagnostic, Diagnostics, View};

/// A path to a setting.
pub(crate) fn setting(object: &str, name: &str) -> Path {
    Path::attribute(object).join(Step::Attribute(name.to_owned()))
}

/// Whether approval is required and there is no approver.
pub(crate) fn no_approvers() -> Diagnostic {
    Diagnostic::error(
        "Approval is required, and nobody can give it",
        "Nobody could activate any more. Name users or groups in `activation.approvers`, or set `activation.require_approval = false`.",
    )
    .at(setting("activation", "approvers"))
}

/// Checks that look at more than one setting.
pub(super) fn validate(config: View<'_>, found: &mut Diagnostics) {
    let activation = config.inner("activation");
    let is_true = |view: View<'_>, name: &str| view.raw(name) == &Value::Bool(true);
    let approvers = activation.inner("approvers");
    let empty = |name: &str| approvers.raw(name).elements() == Some(&[]);
    if is_true(activation, "require_approval") && empty("user_ids") && empty("group_ids") {
        found.add(no_approvers());
    }
    let context = activation.raw("authentication_context").as_str();
    if is_true(activation, "require_multifactor_authentication") && context.is_some_and(|context| !context.is_empty()) {
        found.add(
            Diagnostic::error(
                "An authentication context excludes multifactor authentication",
                "The service takes only one of `require_multifactor_authentication` and `authentication_context`. A conditional access policy for the context can \
                 ask for multifactor authentication.",
            )
            .at(setting("activation", "authentication_context")),
        );
    }
    for object in ["eligible_assignment", "active_assignment"] {
        let conditions = config.inner(object);
        if is_true(conditions, "permanent_allowed") && !conditions.raw("maximum_duration").is_null() {
            found.add(
                Diagnostic::error(
                    "What may be permanent has no longest duration",
                    "Set one of `permanent_allowed = true` and `maximum_duration`.",
                )
                .at(setting(object, "maximum_duration")),
            );
        }
    }
}
