//! The trait of a resource: a model with create, read, update and delete.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::managed_objects::{ManagedObjectsOfType, already_managed};
use crate::model::Model;
use crate::moved::Source;
use crate::private::Private;
use crate::timeouts::Timeouts;
use crate::view::View;
use crate::warning_kind::WarningKind;

/// A kind of object that Terraform manages.
///
/// The methods see only decided values: what Terraform does not know yet is absent ([`crate::model::Field::absent`]).
pub trait Resource: Model + Send + Sync + 'static {
    /// What the methods talk to the service with: made for one operation, from the provider's client.
    type Api: Send + Sync + 'static;

    /// The name without the provider's prefix, such as `group`.
    const NAME: &'static str;

    /// The version of the schema; a state of an older one goes through [`Resource::upgrade`].
    const VERSION: i64 = 0;

    /// The heading under which the registry lists the page.
    const SUBCATEGORY: &'static str;

    /// Timeouts of operations that the configuration does not set.
    const TIMEOUTS: Timeouts = Timeouts::minutes(5);

    /// The kinds of findings that the provider block can silence; every one that is made with [`Diagnostic::of`].
    const WARNING_KINDS: &'static [&'static WarningKind] = &[];

    /// The resources of other providers whose objects a `moved` block hands over.
    const MOVED_FROM: &'static [Source<Self>] = &[];

    /// The id of the object at the service. Empty means that it does not exist.
    fn id(&self) -> &str;

    /// What to call this object in front of the user, such as `the group "admins"`. Known before it exists.
    fn describe(&self) -> String;

    /// Told, in every process that works with a service, of each object that is in state before anything is done with it; in an apply just before, so
    /// that another resource may be made first. The object that such a resource manages is then not destroyed in the same run.
    fn observe_state(&self, _api: &Self::Api) {}

    /// The id that a creation gives the object, where it follows from the configuration (which may lack defaults) or the plan; case means nothing.
    ///
    /// Two resources with the same ID are then refused: in the plan if both IDs are known, else in the creation before any request.
    /// None while something that it is made of is unknown, and where the service chooses it.
    fn planned_id(_planned: View<'_>) -> Option<String> {
        None
    }

    /// Creates the object. After an error state keeps `self`, as tainted, if the id is set: so set the id as soon as it is known.
    /// An object that existed before is taken over with [`Context::adopt`], after which an error stores nothing.
    fn create(&mut self, cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send;

    /// Reads the object into `self`, which holds what is stored (after an import the id alone).
    fn read(&mut self, cx: &mut Context<Self::Api>) -> impl Future<Output = Result<Existence>> + Send;

    /// Updates the object from `prior` to `self`. After an error state keeps `prior`, and of `self` what was marked with [`Context::applied`].
    fn update(&mut self, prior: &Self, cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send;

    /// Deletes the object. An object that does not exist is no error.
    fn delete(&mut self, cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send;

    /// The object that an import id names. Only what [`Resource::read`] needs has to be set.
    fn import(id: &str) -> Result<Self>;

    /// The object that an identity names, as in `import { identity = { ... } }`: of `identified` the attributes of the identity are set, everything else is
    /// absent. To be written where the identity is not the import id.
    fn import_by_identity(identified: Self) -> Result<Self> {
        Self::import(identified.id())
    }

    /// Notes the configuration of one instance. A configured provider is shown that of every instance which is planned, once for each walk and before its plan; in
    /// an apply only those that change. So [`Resource::conflicts`] can compare instances.
    fn declare(_config: View<'_>, _api: &Self::Api) {}

    /// Checks a planned instance against what others [declare](Resource::declare). Called for every instance of a plan walk, changed or not; no I/O. Of two that
    /// exclude each other, the one that is planned last sees both.
    fn conflicts(_change: Change<'_>, _api: &Self::Api, _found: &mut Diagnostics) {}

    /// Checks of the configuration that look at more than one attribute. No I/O; what is unknown is not looked at.
    fn validate(_config: View<'_>, _found: &mut Diagnostics) {}

    /// Looks at a plan before it is shown, and again in the apply walk: may read from the service, may only add findings.
    fn plan_check(_change: Change<'_>, _cx: &mut Context<Self::Api>) -> impl Future<Output = Diagnostics> + Send {
        std::future::ready(Diagnostics::new())
    }

    /// Looks at an instance that the plan does not change, in the plan walk: may read from the service, may only add findings. For what must be reported
    /// although the resource itself stays as it is, because the provider block or other objects changed.
    fn unchanged_check(_planned: View<'_>, _cx: &mut Context<Self::Api>) -> impl Future<Output = Diagnostics> + Send {
        std::future::ready(Diagnostics::new())
    }

    /// Turns the state of an older [`Resource::VERSION`] into that of the next. Called until the state is current.
    fn upgrade(_from: i64, state: serde_json::Map<String, serde_json::Value>) -> Result<serde_json::Map<String, serde_json::Value>> {
        Ok(state)
    }
}

/// Whether the object was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It exists, and `self` holds its values.
    Found,
    /// It does not exist: Terraform plans to create it again. Accepted if a second read confirms it.
    Gone,
}

/// A planned change, for [`Resource::plan_check`].
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The configuration.
    pub config: View<'a>,
    /// The prior object; none in a create.
    pub prior: Option<View<'a>>,
    /// The planned object.
    pub planned: View<'a>,
    /// Whether this is known to be the apply walk, in which the service itself reports what is wrong. Terraform reports the walk; with OpenTofu,
    /// which does not, it is known once something was applied.
    pub in_apply: bool,
}

impl Change<'_> {
    /// Whether the plan changes the attribute, or may.
    pub fn touches(&self, name: &str) -> bool {
        self.prior.is_none_or(|prior| prior.raw(name) != self.planned.raw(name))
    }

    /// The planned object, in which what only the apply makes known is absent. None while something that the configuration sets is unknown.
    pub fn known<M: Model>(&self) -> Option<M> {
        if !self.config.value().is_wholly_known() {
            return None;
        }
        M::from_value(&crate::state::null_unknown(self.planned.value()), &crate::value::Path::root()).ok()
    }
}

/// Limits of one operation.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Timeout, not counting the wait for shared work.
    pub timeout: Duration,
    /// Fires when Terraform was interrupted or goes away. A write in flight is awaited all the same and its answer kept.
    pub stop: CancellationToken,
}

/// One operation on one object: the service, and the private state of the object.
#[derive(Debug)]
pub struct Context<A> {
    /// The service, bounded by the limits of this operation.
    pub api: A,
    private: Private,
    applied: Vec<String>,
    warnings: Vec<Diagnostic>,
    managed: ManagedObjectsOfType,
    /// The id of the object that existed before this creation, once it is claimed.
    adopted: Option<String>,
    /// The ids that this creation has claimed.
    claimed: Vec<String>,
    /// What to do about an adoption that fails.
    advice: Option<String>,
    /// Fires when Terraform was interrupted or goes away.
    stop: CancellationToken,
}

/// What is left of a [`Context`] when the operation is over.
pub(crate) struct Parts {
    pub(crate) private: Private,
    pub(crate) applied: Vec<String>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) managed: ManagedObjectsOfType,
    pub(crate) adopted: Option<String>,
    pub(crate) claimed: Vec<String>,
    pub(crate) advice: Option<String>,
}

impl<A> Context<A> {
    pub(crate) fn new(api: A, private: Private, managed: ManagedObjectsOfType) -> Self {
        Context {
            api,
            private,
            applied: Vec::new(),
            warnings: Vec::new(),
            managed,
            adopted: None,
            claimed: Vec::new(),
            advice: None,
            stop: CancellationToken::new(),
        }
    }

    /// The same, for an operation that this token interrupts.
    pub(crate) fn interrupted_by(self, stop: CancellationToken) -> Self {
        Context { stop, ..self }
    }

    /// A value of the private state, written in this run or an earlier one.
    pub fn recall<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.private.get(key)
    }

    /// Writes a value to the private state. Nothing secret: it is stored in plain text.
    pub fn remember(&mut self, key: &str, value: impl serde::Serialize) {
        self.private.set(key, value);
    }

    /// Whether this is the first read after an import, or after a move from another provider: everything that can be read is wanted.
    pub fn just_imported(&self) -> bool {
        self.private.is_imported()
    }

    /// Marks an attribute as done, so that state keeps its new value even if the rest of the update fails.
    pub fn applied(&mut self, attribute: &str) {
        self.applied.push(attribute.to_owned());
    }

    /// Warns the user without failing.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.warnings.push(warning);
    }

    /// In a creation: takes over an object that existed before, to be called before anything of it is changed.
    ///
    /// From here on an error of the creation stores nothing, so that Terraform never destroys, as tainted, what it did not create; the error then states
    /// that the object is not in state, and which attributes were changed already (those marked with [`Context::applied`]).
    ///
    /// # Errors
    /// A resource of this run manages the object. Of several that adopt the same object at the same time, one succeeds.
    pub fn adopt(&mut self, id: &str) -> Result {
        self.claim(id)?;
        self.adopted = Some(id.to_owned());
        Ok(())
    }

    /// In a creation that adopts: what to do if it fails, in place of the general advice to apply again or to import the object.
    pub fn advise(&mut self, advice: impl Into<String>) {
        self.advice = Some(advice.into());
    }

    /// In a plan check: records that the planned creation would adopt this object, so that a conflict is an error of the plan: before an apply touches an
    /// object in state, Terraform shows it to the provider too late.
    ///
    /// Returns whether the object is free. It is not if a resource has it in state and is planned to keep it; if that resource is planned later, the error is
    /// its own. A tainted object, or one whose resource left the configuration, can be adopted: it is then not destroyed.
    pub fn plan_adoption(&self, id: &str) -> bool {
        self.managed.plan_to_adopt(id)
    }

    /// In a creation whose id is known before it exists: reserves that id, so that no other resource of this run creates or adopts the same object.
    ///
    /// # Errors
    /// Another resource of this run manages the object.
    pub fn claim(&mut self, id: &str) -> Result {
        if self.claimed.iter().any(|claimed| claimed.eq_ignore_ascii_case(id)) {
            return Ok(());
        }
        if !self.managed.claim(id) {
            return Err(already_managed(id));
        }
        self.claimed.push(id.to_owned());
        Ok(())
    }

    /// Whether the object belongs to a resource of this run: it is in state, was created, is being created or adopted, or was deleted, in which case a listing
    /// may still show it. This creation's own claims count.
    pub fn is_managed(&self, id: &str) -> bool {
        self.managed.is_managed(id)
    }

    /// Whether a resource that was created in this run manages the object, also by adoption.
    pub fn is_created(&self, id: &str) -> bool {
        self.managed.is_created(id)
    }

    /// Waits until no other operation on this resource type works under the same name, and keeps others waiting until the guard is dropped. A creation that
    /// looks for an existing object holds it from the search until the object is claimed or created, so that none is found while it is being created.
    /// None if the operation is interrupted meanwhile: no request is sent then.
    pub async fn lock(&self, name: &str) -> Option<impl Drop + Send + Sync + use<A>> {
        tokio::select! {
            guard = self.managed.lock(name) => Some(guard),
            () = self.stop.cancelled() => None,
        }
    }

    pub(crate) fn into_parts(self) -> Parts {
        let Context { private, applied, warnings, managed, adopted, claimed, advice, .. } = self;
        Parts { private, applied, warnings, managed, adopted, claimed, advice }
    }
}
