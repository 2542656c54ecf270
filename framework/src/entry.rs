//! A row of the table of resources: a [`Resource`] with its type erased, which works on values instead of models.

use std::marker::PhantomData;

use async_trait::async_trait;

use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::effective::{effective, effective_state};
use crate::model::Model;
use crate::moved::{self, ForeignState};
use crate::plugin::catching;
use crate::private::Private;
use crate::resource::{Change, Context, Existence, Parts, Resource};
use crate::schema::Object;
use crate::state;
use crate::timeouts::Timeouts;
use crate::value::{Path, Value};
use crate::view::View;
use crate::warning_kind::WarningKind;

/// One resource of a provider's table.
pub struct Entry<A> {
    /// The name without the provider's prefix.
    pub name: &'static str,
    /// The version of the schema.
    pub version: i64,
    /// The heading under which the registry lists the page.
    pub subcategory: &'static str,
    /// The declaration, with the `timeouts` block.
    pub object: Object,
    /// Timeouts of operations that the configuration does not set.
    pub timeouts: Timeouts,
    /// The kinds of findings that the provider block can silence.
    pub warning_kinds: &'static [&'static WarningKind],
    /// Provider and type of what a `moved` block hands over.
    pub moved_from: Vec<(&'static str, &'static str)>,
    pub(crate) operations: Box<dyn DynResource<A>>,
}

impl<A> std::fmt::Debug for Entry<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<A: Send + Sync + 'static> Entry<A> {
    /// The row of a resource.
    pub fn of<R: Resource<Api = A>>() -> Self {
        Entry {
            name: R::NAME,
            version: R::VERSION,
            subcategory: R::SUBCATEGORY,
            object: R::object().with(R::TIMEOUTS.block()),
            timeouts: R::TIMEOUTS,
            warning_kinds: R::WARNING_KINDS,
            moved_from: R::MOVED_FROM.iter().map(|source| (source.provider, source.type_name)).collect(),
            operations: Box::new(Typed::<R>(PhantomData)),
        }
    }
}

/// The result of an operation: state, private state and diagnostics. There is a state to store also after an error.
#[derive(Debug)]
pub struct Outcome {
    /// The object to store; null if there is none.
    pub state: Value,
    /// The private state to store beside it.
    pub private: Private,
    /// Errors and warnings for the user.
    pub findings: Vec<Diagnostic>,
}

/// A decided object as Terraform planned it, and as the handler is given it: with the write-only values of the configuration.
pub(crate) struct PlannedObject {
    pub(crate) planned: Value,
    pub(crate) given: Value,
}

/// The operations of a resource over values. Objects carry no `timeouts` block here.
#[async_trait]
pub(crate) trait DynResource<A>: Send + Sync {
    async fn create(&self, to: PlannedObject, cx: Context<A>) -> Outcome;
    async fn read(&self, prior: Value, cx: Context<A>) -> Outcome;
    async fn update(&self, prior: Value, to: PlannedObject, cx: Context<A>) -> Outcome;
    async fn delete(&self, prior: Value, cx: Context<A>) -> Outcome;
    async fn plan_check(&self, change: Change<'_>, cx: Context<A>) -> Vec<Diagnostic>;
    async fn unchanged_check(&self, planned: View<'_>, cx: Context<A>) -> Vec<Diagnostic>;
    fn observe_state(&self, state: &Value, api: A);
    fn planned_id(&self, planned: View<'_>) -> Option<String>;
    fn declare(&self, config: View<'_>, api: A);
    fn conflicts(&self, change: Change<'_>, api: A, found: &mut Diagnostics);
    fn describe(&self, state: &Value) -> String;
    fn import(&self, id: &str) -> Result<Value>;
    fn import_by_identity(&self, identity: &Value) -> Result<Value>;
    fn take_over(&self, provider: &str, type_name: &str, state: &serde_json::Map<String, serde_json::Value>) -> Result<Value>;
    fn validate(&self, config: View<'_>, found: &mut Diagnostics);
    fn upgrade(&self, from: i64, state: serde_json::Map<String, serde_json::Value>) -> Result<serde_json::Map<String, serde_json::Value>>;
}

struct Typed<R>(PhantomData<fn() -> R>);

/// The findings of a check of a plan.
fn declared_findings<R: Resource>(reviewed: Result<Diagnostics>, cx: Context<R::Api>) -> Vec<Diagnostic> {
    let mut findings = cx.into_parts().warnings;
    findings.extend(reviewed.unwrap_or_else(Diagnostics::from).into_vec());
    debug_assert!(
        findings.iter().filter_map(|found| found.warning_kind).all(|warning_kind| R::WARNING_KINDS.contains(&warning_kind)),
        "{} makes a finding that it does not declare",
        R::NAME
    );
    findings
}

/// A model out of a value that Terraform sent, or why not.
pub(crate) fn model<M: Model>(value: &Value) -> Result<M> {
    read_model(&effective_state(&M::object(), value))
}

/// A model out of a value that was planned, or why not.
pub(crate) fn planned_model<M: Model>(value: &Value) -> Result<M> {
    read_model(&effective(&M::object(), value))
}

fn read_model<M: Model>(value: &Value) -> Result<M> {
    M::from_value(value, &Path::root()).map_err(|mismatch| {
        let detail = format!("A value does not fit its declaration: {mismatch}. If the state was edited by hand, put it right; otherwise this is a bug of the provider.");
        Diagnostic::error("An object cannot be read", detail).at(mismatch.at)
    })
}

/// The diagnostic of a caught panic. What was known of the object stays in state.
fn panicked(what: &str, said: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The provider failed while {what}"),
        format!(
            "This is a bug of the provider: {said}. What was known of the object is kept in state. Please report it with the log of TF_LOG_PROVIDER=DEBUG."
        ),
    )
}

/// Text to append to the error of an adoption that failed.
fn not_adopted(id: &str, applied: &[String], advice: Option<&str>) -> String {
    let changed = match applied {
        [] => "None of its attributes was changed.".to_owned(),
        applied => format!("These attributes were changed already: `{}`.", applied.join("`, `")),
    };
    let advice = advice.unwrap_or("The next apply adopts it; an import block does so, too.");
    format!("\n\nThe object {id} existed before and is not in state. {changed} {advice}")
}

impl Outcome {
    /// The result of an operation that did nothing.
    fn unchanged(state: Value, private: Private, why: Diagnostic) -> Self {
        Outcome { state, private, findings: vec![why] }
    }
}

/// Runs one handler, a panic in it being an error like any other.
pub(crate) async fn run<T>(what: &str, handler: impl Future<Output = Result<T>> + Send) -> Result<T> {
    catching(handler).await.unwrap_or_else(|said| Err(panicked(what, &said)))
}

#[async_trait]
impl<R: Resource> DynResource<R::Api> for Typed<R> {
    async fn create(&self, to: PlannedObject, mut cx: Context<R::Api>) -> Outcome {
        let mut new: R = match planned_model(&to.given) {
            Ok(new) => new,
            Err(why) => return Outcome::unchanged(Value::Null, cx.into_parts().private, why),
        };
        let mut result = match R::planned_id(View::of(&to.given)).map_or(Ok(()), |id| cx.claim(&id)) {
            Ok(()) => run(&format!("creating {}", new.describe()), new.create(&mut cx)).await,
            Err(why) => Err(why),
        };
        let exists = !new.id().is_empty();
        let Parts { private, applied, warnings: mut findings, managed, adopted, claimed, advice } = cx.into_parts();
        let stored = exists && (result.is_ok() || adopted.is_none());
        if stored {
            managed.created(new.id());
        }
        // The id stays claimed until it is recorded as created: another creation may be waiting for it.
        let kept = |id: &str| stored && id.eq_ignore_ascii_case(new.id());
        claimed.iter().filter(|id| !kept(id)).for_each(|id| managed.release(id));
        if let (Err(why), Some(id)) = (result.as_mut(), &adopted) {
            why.detail.push_str(&not_adopted(id, &applied, advice.as_deref()));
        }
        let state = match (&result, stored) {
            (Ok(()), true) => state::settle(&to.planned, &new.to_value()),
            (Ok(()), false) => {
                findings.push(Diagnostic::error(format!("Creating {} gave no id", new.describe()), "This is a bug of the provider."));
                Value::Null
            }
            // What exists is kept, tainted: the next apply replaces it, and nothing is lost. An object that existed before is not stored, or the next apply would destroy it.
            (Err(_), true) => new.to_value(),
            (Err(_), false) => Value::Null,
        };
        findings.extend(result.err());
        Outcome { state, private, findings }
    }

    async fn read(&self, prior: Value, mut cx: Context<R::Api>) -> Outcome {
        // An attribute that an import leaves empty is not known yet; one that was applied empty has its default.
        let stored = if cx.just_imported() { model } else { planned_model };
        let mut it: R = match stored(&prior) {
            Ok(it) => it,
            Err(why) => return Outcome::unchanged(prior, cx.into_parts().private, why),
        };
        let subject = it.describe();
        let mut result = run(&format!("reading {subject}"), it.read(&mut cx)).await;
        // An object that leaves state is never destroyed, and a replica that lags may once report an object as absent. So it is read twice.
        if matches!(result, Ok(Existence::Gone))
            && let Ok(again) = stored(&prior)
        {
            it = again;
            result = run(&format!("reading {subject}"), it.read(&mut cx)).await;
        }
        let Parts { mut private, warnings: mut findings, managed, .. } = cx.into_parts();
        let state = match result {
            Ok(Existence::Found) => {
                // After an import there is no prior object to reconcile with.
                let known_before = if private.is_imported() { &Value::Null } else { &prior };
                let state = state::reconcile(&R::object(), known_before, it.to_value());
                private.was_read();
                managed.observe_state(it.id());
                state
            }
            Ok(Existence::Gone) => {
                tracing::info!(subject, "no longer exists, to be created again");
                managed.release(it.id());
                Value::Null
            }
            Err(why) => {
                findings.push(why);
                prior
            }
        };
        Outcome { state, private, findings }
    }

    async fn update(&self, prior: Value, to: PlannedObject, mut cx: Context<R::Api>) -> Outcome {
        let (before, mut new): (R, R) = match (planned_model(&prior), planned_model(&to.given)) {
            (Ok(before), Ok(new)) => (before, new),
            (Err(why), _) | (_, Err(why)) => return Outcome::unchanged(prior, cx.into_parts().private, why),
        };
        let result = run(&format!("updating {}", new.describe()), new.update(&before, &mut cx)).await;
        let Parts { private, applied, warnings: mut findings, .. } = cx.into_parts();
        let state = if result.is_ok() {
            state::settle(&to.planned, &new.to_value())
        } else {
            state::partly_applied(&prior, &new.to_value(), &applied)
        };
        findings.extend(result.err());
        Outcome { state, private, findings }
    }

    async fn delete(&self, prior: Value, mut cx: Context<R::Api>) -> Outcome {
        let mut it: R = match planned_model(&prior) {
            Ok(it) => it,
            Err(why) => return Outcome::unchanged(prior, cx.into_parts().private, why),
        };
        let subject = it.describe();
        let result = run(&format!("deleting {subject}"), it.delete(&mut cx)).await;
        let Parts { private, warnings: mut findings, managed, .. } = cx.into_parts();
        let state = if result.is_ok() { Value::Null } else { prior };
        if result.is_ok() {
            managed.deleted(it.id());
        }
        findings.extend(result.err());
        Outcome { state, private, findings }
    }

    async fn plan_check(&self, change: Change<'_>, mut cx: Context<R::Api>) -> Vec<Diagnostic> {
        let reviewed = run("reviewing the plan", async { Ok(R::plan_check(change, &mut cx).await) }).await;
        declared_findings::<R>(reviewed, cx)
    }

    async fn unchanged_check(&self, planned: View<'_>, mut cx: Context<R::Api>) -> Vec<Diagnostic> {
        let reviewed = run("reviewing the plan", async { Ok(R::unchanged_check(planned, &mut cx).await) }).await;
        declared_findings::<R>(reviewed, cx)
    }

    fn observe_state(&self, state: &Value, api: R::Api) {
        if let Ok(it) = planned_model::<R>(state) {
            it.observe_state(&api);
        }
    }

    fn planned_id(&self, planned: View<'_>) -> Option<String> {
        R::planned_id(planned)
    }

    fn declare(&self, config: View<'_>, api: R::Api) {
        R::declare(config, &api);
    }

    fn conflicts(&self, change: Change<'_>, api: R::Api, found: &mut Diagnostics) {
        R::conflicts(change, &api, found);
    }

    fn describe(&self, state: &Value) -> String {
        model::<R>(state).map_or_else(|_| R::NAME.to_owned(), |it| it.describe())
    }

    fn import(&self, id: &str) -> Result<Value> {
        R::import(id).map(|it| it.to_value())
    }

    fn import_by_identity(&self, identity: &Value) -> Result<Value> {
        R::import_by_identity(model(&R::object().absent().with_all(identity.clone()))?).map(|it| it.to_value())
    }

    fn take_over(&self, provider: &str, type_name: &str, state: &serde_json::Map<String, serde_json::Value>) -> Result<Value> {
        let from = moved::without_host(provider);
        let source = R::MOVED_FROM.iter().find(|source| source.provider == from && source.type_name == type_name);
        let source = source.ok_or_else(|| {
            let known = moved::named(&R::MOVED_FROM.iter().map(|source| (source.provider, source.type_name)).collect::<Vec<_>>());
            let known = if known.is_empty() { "nothing".to_owned() } else { known };
            Diagnostic::error(
                format!("{type_name} of {from} cannot be moved here"),
                format!("What can be moved to this resource: {known}. Take the object out of the state with a `removed` block, and bring it here with an `import` block."),
            )
        })?;
        (source.take)(&ForeignState::of(type_name, state)).map(|it| it.to_value())
    }

    fn validate(&self, config: View<'_>, found: &mut Diagnostics) {
        R::validate(config, found);
    }

    fn upgrade(&self, from: i64, state: serde_json::Map<String, serde_json::Value>) -> Result<serde_json::Map<String, serde_json::Value>> {
        R::upgrade(from, state)
    }
}
