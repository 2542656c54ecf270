//! Implements the protocol's calls over values: finds the resource, plans, runs its operations. Knows no protobuf.

mod action;
mod list;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::action::ActionEntry;
use crate::configured::{ConfigureFailure, Configured};
use crate::data_source::DataEntry;
use crate::diagnostic::{Diagnostic, Diagnostics, Result, Severity};
use crate::drift::{self, DeletedObjects};
use crate::effective::{effective, planned_without_empty_texts, without_empty_texts};
use crate::entry::{Entry, Outcome, PlannedObject};
use crate::ephemeral::{EphemeralEntry, Opened};
use crate::function::FunctionEntry;
use crate::list_resource::ListEntry;
use crate::managed_objects::{ManagedObjects, already_managed};
use crate::model::Model;
use crate::plan::{self, Plan, Walk};
use crate::private::Private;
use crate::provider::{Configuration, Provider};
use crate::resource::{Change, Context, Limits};
use crate::schema::Object;
use crate::timeouts::SingleTimeout;
use crate::value::{Path, Value, json};
use crate::view::View;
use crate::warning_kind::{self, SILENCE};
use crate::{identity, state, validate};

/// A provider at work.
pub(crate) struct Service<P: Provider> {
    entries: BTreeMap<String, Entry<P::Api>>,
    data_entries: BTreeMap<String, DataEntry<P::Api>>,
    ephemeral_entries: BTreeMap<String, EphemeralEntry<P::Api>>,
    list_entries: BTreeMap<String, ListEntry<P::Api>>,
    action_entries: BTreeMap<String, ActionEntry<P::Api>>,
    functions: BTreeMap<String, FunctionEntry>,
    config: Object,
    /// The ids of the findings that the provider block silences.
    silenced: RwLock<Vec<String>>,
    configured: RwLock<Configured<P::Client>>,
    /// Fires at an interruption; replaced after each, since the provider stays in use.
    stop: Mutex<CancellationToken>,
    shutdown: CancellationToken,
    /// Whether something was read since the provider was configured: then this is a plan walk (see [`Service::walk`]).
    has_read: AtomicBool,
    /// Whether something was applied since then: plans are then made in an apply walk, also for a client that does not report the walk.
    has_applied: AtomicBool,
    /// What the resources of this run hold.
    managed: Arc<ManagedObjects>,
    /// What was found to be different from what was applied.
    deleted_objects: DeletedObjects,
}

/// What Terraform sent with a plan.
pub(crate) struct Planning {
    pub(crate) config: Value,
    pub(crate) prior: Value,
    pub(crate) private: Private,
    pub(crate) deferral_allowed: bool,
}

impl<P: Provider> Service<P> {
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        let named = |name: &str| format!("{}_{name}", P::NAME);
        Service {
            entries: P::resources().into_iter().map(|entry| (named(entry.name), entry)).collect(),
            data_entries: P::data_sources().into_iter().map(|entry| (named(entry.name), entry)).collect(),
            ephemeral_entries: P::ephemeral().into_iter().map(|entry| (named(entry.name), entry)).collect(),
            list_entries: P::list_resources().into_iter().map(|entry| (named(entry.name), entry)).collect(),
            action_entries: P::actions().into_iter().map(|entry| (named(entry.name), entry)).collect(),
            functions: P::functions().into_iter().map(|function| (function.name.to_owned(), function)).collect(),
            config: P::Config::object(),
            silenced: RwLock::default(),
            configured: RwLock::new(Configured::NotYet),
            stop: Mutex::new(shutdown.child_token()),
            shutdown,
            has_read: AtomicBool::new(false),
            has_applied: AtomicBool::new(false),
            managed: Arc::default(),
            deleted_objects: DeletedObjects::default(),
        }
    }

    pub(crate) fn config(&self) -> &Object {
        &self.config
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&String, &Entry<P::Api>)> {
        self.entries.iter()
    }

    pub(crate) fn entry(&self, type_name: &str) -> Result<&Entry<P::Api>> {
        find_entry(&self.entries, "resource", type_name)
    }

    pub(crate) fn data_entries(&self) -> impl Iterator<Item = (&String, &DataEntry<P::Api>)> {
        self.data_entries.iter()
    }

    pub(crate) fn data_entry(&self, type_name: &str) -> Result<&DataEntry<P::Api>> {
        find_entry(&self.data_entries, "data source", type_name)
    }

    pub(crate) fn ephemeral_entries(&self) -> impl Iterator<Item = (&String, &EphemeralEntry<P::Api>)> {
        self.ephemeral_entries.iter()
    }

    pub(crate) fn ephemeral_entry(&self, type_name: &str) -> Result<&EphemeralEntry<P::Api>> {
        find_entry(&self.ephemeral_entries, "ephemeral resource", type_name)
    }

    pub(crate) fn list_entries(&self) -> impl Iterator<Item = (&String, &ListEntry<P::Api>)> {
        self.list_entries.iter()
    }

    pub(crate) fn list_entry(&self, type_name: &str) -> Result<&ListEntry<P::Api>> {
        find_entry(&self.list_entries, "list resource", type_name)
    }

    pub(crate) fn action_entries(&self) -> impl Iterator<Item = (&String, &ActionEntry<P::Api>)> {
        self.action_entries.iter()
    }

    pub(crate) fn action_entry(&self, type_name: &str) -> Result<&ActionEntry<P::Api>> {
        find_entry(&self.action_entries, "action", type_name)
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = (&String, &FunctionEntry)> {
        self.functions.iter()
    }

    pub(crate) fn function(&self, name: &str) -> Result<&FunctionEntry> {
        find_entry(&self.functions, "function", name)
    }

    pub(crate) fn validate_data_source(&self, type_name: &str, config: &Value) -> Result<Diagnostics> {
        let entry = self.data_entry(type_name)?;
        let mut found = Diagnostics::new();
        validate_object(&entry.object, config, false, &mut found);
        entry.lookup.validate(View::of(&without_empty_texts(&entry.object, config)), &mut found);
        Ok(found)
    }

    pub(crate) async fn read_data_source(&self, type_name: &str, config: Value) -> Result<(Value, Vec<Diagnostic>)> {
        let entry = self.data_entry(type_name)?;
        required(&entry.object, &config)?;
        let api = self.api(SingleTimeout::READ.from_object(&config, entry.timeout))?;
        let (found, warnings) = entry.lookup.read(config.clone(), api).await?;
        Ok((state::complete(&entry.object, found, &config), self.without_silenced(warnings)))
    }

    pub(crate) fn validate_ephemeral(&self, type_name: &str, config: &Value) -> Result<Diagnostics> {
        let entry = self.ephemeral_entry(type_name)?;
        let mut found = Diagnostics::new();
        validate_object(&entry.object, config, false, &mut found);
        entry.lease.validate(View::of(&without_empty_texts(&entry.object, config)), &mut found);
        Ok(found)
    }

    pub(crate) async fn open(&self, type_name: &str, config: Value) -> Result<Opened> {
        let entry = self.ephemeral_entry(type_name)?;
        required(&entry.object, &config)?;
        let api = self.api(SingleTimeout::OPEN.from_object(&config, entry.timeout))?;
        let opened = entry.lease.open(config.clone(), api).await?;
        Ok(Opened {
            result: state::complete(&entry.object, opened.result, &config),
            findings: self.without_silenced(opened.findings),
            ..opened
        })
    }

    pub(crate) async fn close(&self, type_name: &str, private: Private) -> Result<Vec<Diagnostic>> {
        let entry = self.ephemeral_entry(type_name)?;
        let closed = entry.lease.close(private, self.api(entry.timeout)?).await;
        Ok(self.without_silenced(closed))
    }

    /// Fires at the next interruption.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn validate_provider(&self, config: &Value, write_only_allowed: bool) -> Diagnostics {
        let mut found = Diagnostics::new();
        validate_object(&self.config, config, write_only_allowed, &mut found);
        let mut known: Vec<&str> =
            self.entries.values().flat_map(|entry| entry.warning_kinds).map(|warning_kind| warning_kind.id).collect();
        known.sort_unstable();
        known.dedup();
        for id in warning_kind::silenced(config).iter().filter(|id| !known.contains(&id.as_str())) {
            found.error(SILENCE, format!("There is no warning {id:?} to silence"), format!("There are {}.", known.join(", ")));
        }
        P::validate(View::of(&without_empty_texts(&self.config, config)), &mut found);
        found
    }

    /// Makes the client. `in_apply` is whether Terraform reports an apply walk.
    pub(crate) async fn configure(&self, block: &Value, terraform_version: &str, in_apply: bool) -> Result {
        self.set_configured(Configured::NotYet);
        required(&self.config, block)?;
        let unknown = self.config.attributes.iter().filter(|attribute| !block.attribute(&attribute.name).is_wholly_known());
        let unknown = unknown.map(|attribute| attribute.name.clone()).collect();
        *self.silenced.write().unwrap_or_else(PoisonError::into_inner) = warning_kind::silenced(block);
        let config = P::Config::from_value(&effective(&self.config, &state::null_unknown(block)), &Path::root())
            .map_err(|mismatch| Diagnostic::error("The provider block cannot be read", mismatch.to_string()).at(mismatch.at))?;
        let configuration = Configuration { config, unknown, terraform_version: terraform_version.to_owned() };
        self.set_configured(match P::configure(configuration, self.limits(P::CONFIGURE_TIMEOUT)).await {
            Ok(client) => Configured::Client(Arc::new(client)),
            Err(why) => Configured::failed(why, block, in_apply)?,
        });
        self.has_read.store(false, Ordering::Relaxed);
        self.has_applied.store(false, Ordering::Relaxed);
        self.managed.clear();
        self.deleted_objects.clear();
        Ok(())
    }

    /// Ends waits and retries of running operations; later operations are not affected.
    pub(crate) fn interrupt(&self) {
        let fresh = self.shutdown.child_token();
        let old = std::mem::replace(&mut *self.stop.lock().unwrap_or_else(PoisonError::into_inner), fresh);
        old.cancel();
    }

    /// The findings without those that the provider block silences.
    fn without_silenced(&self, mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let silenced = self.silenced.read().unwrap_or_else(PoisonError::into_inner);
        findings.retain(|found| found.warning_kind.is_none_or(|warning_kind| !silenced.iter().any(|id| id == warning_kind.id)));
        findings
    }

    fn set_configured(&self, configured: Configured<P::Client>) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }

    /// The client of an operation.
    fn api(&self, timeout: Duration) -> Result<P::Api> {
        match &*self.configured.read().unwrap_or_else(PoisonError::into_inner) {
            Configured::Client(client) => Ok(P::api(client, self.limits(timeout))),
            Configured::Failed(failure) => Err(failure.error()),
            Configured::NotYet => {
                Err(Diagnostic::error("The provider is not configured", "Terraform asked for an object before it configured the provider."))
            }
        }
    }

    /// The client of an operation; none if the provider is not configured.
    fn api_if_configured(&self, timeout: Duration) -> Option<P::Api> {
        match &*self.configured.read().unwrap_or_else(PoisonError::into_inner) {
            Configured::Client(client) => Some(P::api(client, self.limits(timeout))),
            _ => None,
        }
    }

    /// Why the provider could not be configured, if its operations report that.
    fn configure_failure(&self) -> Option<Arc<ConfigureFailure>> {
        match &*self.configured.read().unwrap_or_else(PoisonError::into_inner) {
            Configured::Failed(failure) => Some(Arc::clone(failure)),
            _ => None,
        }
    }

    fn limits(&self, timeout: Duration) -> Limits {
        Limits { timeout, stop: self.stop_token() }
    }

    /// The context of an operation of a resource.
    fn context(&self, type_name: &str, private: Private, timeout: Duration) -> Result<Context<P::Api>> {
        Ok(Context::new(self.api(timeout)?, private, self.managed.of_type(type_name)).interrupted_by(self.limits(timeout).stop))
    }

    pub(crate) fn validate_resource(&self, type_name: &str, config: &Value, write_only_allowed: bool) -> Result<Diagnostics> {
        let entry = self.entry(type_name)?;
        let mut found = Diagnostics::new();
        validate_object(&entry.object, config, write_only_allowed, &mut found);
        let config = without_empty_texts(&entry.object, config);
        entry.operations.validate(View::of(&config), &mut found);
        if let Some(api) = self.api_if_configured(entry.timeouts.read) {
            if let Some(id) = entry.operations.planned_id(View::of(&config)) {
                self.managed.of_type(type_name).declare(&id);
            }
            entry.operations.declare(View::of(&config), api);
        }
        Ok(found)
    }

    pub(crate) fn upgrade(&self, type_name: &str, from: i64, raw: &[u8]) -> Result<Value> {
        let entry = self.entry(type_name)?;
        let unreadable = |why: String| Diagnostic::error(format!("The stored state of {type_name} cannot be read"), why);
        if from > entry.version {
            return Err(unreadable(format!(
                "It was written by a newer version of the provider (schema version {from}, known here: {}). Use that version.",
                entry.version
            )));
        }
        let mut raw = std::borrow::Cow::Borrowed(raw);
        for version in from..entry.version {
            let state = serde_json::from_slice(&raw).map_err(|error| unreadable(error.to_string()))?;
            let state = entry.operations.upgrade(version, state)?;
            raw = serde_json::to_vec(&state).map_err(|error| unreadable(error.to_string()))?.into();
        }
        let value = json::decode(&raw, &entry.object.ty()).map_err(|error| unreadable(error.to_string()).at(error.path.clone()))?;
        let value = state::without_write_only(&entry.object, state::complete(&entry.object, value.clone(), &value));
        // Terraform upgrades each object in state just before it reads it, some at a time. A provider that is not configured has no client to inform.
        if let Some(api) = self.api_if_configured(entry.timeouts.read) {
            self.managed.of_type(type_name).observe_state(id_of(&value));
            entry.operations.observe_state(&value, api);
        }
        Ok(value)
    }

    pub(crate) async fn read(&self, type_name: &str, prior: Value, private: Private) -> Result<Outcome> {
        let entry = self.entry(type_name)?;
        self.has_read.store(true, Ordering::Relaxed);
        if prior.is_null() {
            return Ok(Outcome { state: Value::Null, private, findings: Vec::new() });
        }
        let is_imported = private.is_imported();
        if let Some(failure) = self.configure_failure() {
            // What is stored of an imported object is little more than its id, of which Terraform would generate a configuration.
            let error = if is_imported { Some(failure.error()) } else { failure.error_of_resource() };
            return error.map_or(Ok(Outcome { state: prior, private, findings: Vec::new() }), Err);
        }
        let applied = drift::applied(&entry.object, &prior, &private).unwrap_or_else(|| prior.clone());
        let cx = self.context(type_name, private, entry.timeouts.from_object(&prior).read)?;
        let outcome = entry.operations.read(prior.clone(), cx).await;
        let mut outcome = self.finish(entry, outcome, &prior);
        match &outcome.state {
            _ if is_imported => {}
            Value::Null => self.deleted_objects.record(type_name, applied),
            read => drift::remember(&entry.object, &applied, read, &mut outcome.private),
        }
        Ok(outcome)
    }

    pub(crate) async fn plan(&self, type_name: &str, request: Planning) -> Result<(Plan, Vec<Diagnostic>)> {
        let entry = self.entry(type_name)?;
        let Planning { config, prior, private, deferral_allowed } = request;
        let failure = self.configure_failure();
        if let Some(why) = failure.as_ref().and_then(|failure| failure.error_of_resource()) {
            return Err(why);
        }
        if config.is_null() {
            return Ok((Plan { planned: Value::Null, replace: Vec::new() }, Vec::new()));
        }
        if !prior.is_null() && private.is_imported() && failure.is_none() {
            return Err(Diagnostic::error(
                "A moved object was not read yet",
                "Its state came from another provider and says no more than which object it is; a plan made of that could replace it. Plan without `-refresh=false`.",
            ));
        }
        let returning = plan::removed::returning(&entry.object, &config, &private);
        // A null that was unknown in validation is an error before anything is asked.
        let mut missing = Diagnostics::new();
        validate::missing(&entry.object, &config, &Path::root(), &mut missing);
        let plan = plan::plan(&entry.object, &returning, &prior, self.walk(deferral_allowed));
        if missing.has_error() || failure.is_some() {
            return Ok((plan, missing.into_vec()));
        }
        let applied = drift::applied(&entry.object, &prior, &private);
        // A provider that is not configured plans all the same: there is no service to ask.
        let findings = match self.context(type_name, private, entry.timeouts.from_object(&plan.planned).read) {
            Ok(cx) => {
                let in_apply = deferral_allowed || self.has_applied.load(Ordering::Relaxed);
                let existing = (!prior.is_null()).then(|| View::of(&prior));
                let (config, planned) =
                    (without_empty_texts(&entry.object, &config), planned_without_empty_texts(&entry.object, &plan.planned));
                let change = Change { config: View::of(&config), prior: existing, planned: View::of(&planned), in_apply };
                let mut found = self.conflicts(type_name, entry, change, !plan.replace.is_empty()).into_vec();
                if plan::differs(&entry.object, &prior, &plan.planned) {
                    let mut reviewed = entry.operations.plan_check(change, cx).await;
                    self.deleted_objects.allow_restoring(type_name, &entry.object, applied.as_ref(), &planned, &mut reviewed);
                    self.allow_deleted(entry.timeouts.read, &mut reviewed).await;
                    found.extend(reviewed);
                } else if !in_apply {
                    found.extend(entry.operations.unchanged_check(change.planned, cx).await);
                }
                found
            }
            _ => Vec::new(),
        };
        Ok((plan, self.without_silenced(findings)))
    }

    /// Makes warnings of errors about objects that do not exist because they were deleted, and adds to the others how a destroy goes on without them: Terraform
    /// plans the configuration before it plans a destroy.
    async fn allow_deleted(&self, timeout: Duration, found: &mut [Diagnostic]) {
        for error in found.iter_mut().filter(|found| found.is_error()) {
            let (Some(absent), Ok(api)) = (error.absent.clone(), self.api(timeout)) else { continue };
            if P::was_deleted(&api, &absent).await {
                error.severity = Severity::Warning;
                error.detail = format!(
                    "The object {absent} was deleted. Restore it, or take it out of the configuration: an apply fails with it; a destroy does not."
                );
            } else {
                error.detail.push_str(" To destroy what is in state all the same, use `terraform destroy -refresh=false`.");
            }
        }
    }

    /// Resources of a plan that exclude each other. Not checked in the apply walk: what is refused there while planning can leave an object deposed, and the
    /// resource itself looks again when it is created.
    fn conflicts(&self, type_name: &str, entry: &Entry<P::Api>, change: Change<'_>, is_replaced: bool) -> Diagnostics {
        let mut found = Diagnostics::new();
        if change.in_apply {
            return found;
        }
        let managed = self.managed.of_type(type_name);
        let id = change.prior.and_then(|prior| prior.raw("id").as_str()).unwrap_or_default();
        // What is replaced is not kept: another resource may adopt it.
        if !is_replaced && !managed.plan_to_keep(id) {
            found.add(adopted_elsewhere(id));
        }
        if let Some(id) = entry.operations.planned_id(change.planned).filter(|id| managed.is_declared_twice(id)) {
            found.add(already_managed(&id));
        }
        if let Some(api) = self.api_if_configured(entry.timeouts.read) {
            entry.operations.conflicts(change, api, &mut found);
        }
        found
    }

    /// Terraform does not report in which walk it plans, and a list's order may be kept in the plan walk alone.
    ///
    /// Deferral is allowed in the apply walk and nowhere else (docs/terraform-protocol.md#capabilities). OpenTofu never allows it; but in a plan walk what is
    /// in state was read before, unless `-refresh=false`, in which case a changed order shows as a change and does no harm.
    fn walk(&self, deferral_allowed: bool) -> Walk {
        if deferral_allowed || !self.has_read.load(Ordering::Relaxed) { Walk::Apply } else { Walk::Plan }
    }

    pub(crate) async fn apply(&self, type_name: &str, prior: Value, planned: Value, config: Value, private: Private) -> Result<Outcome> {
        let entry = self.entry(type_name)?;
        self.has_applied.store(true, Ordering::Relaxed);
        let given = state::with_write_only(&entry.object, &planned, &config);
        if planned.is_null() {
            if let Some(refused) = self.refuse_destroying_created(entry, type_name, &prior) {
                return Ok(self.finish(entry, refused, &prior));
            }
            let cx = self.context(type_name, private, entry.timeouts.from_object(&prior).delete)?;
            let outcome = entry.operations.delete(prior.clone(), cx).await;
            return Ok(self.finish(entry, outcome, &prior));
        }
        required(&entry.object, &config)?;
        let timeouts = entry.timeouts.from_object(&planned);
        let mut outcome = if prior.is_null() {
            let cx = self.context(type_name, private, timeouts.create)?;
            entry.operations.create(PlannedObject { planned: planned.clone(), given }, cx).await
        } else if plan::differs(&entry.object, &prior, &planned) {
            // Only possible if what names the object was not known in the plan.
            if self.managed.of_type(type_name).is_created(id_of(&prior)) {
                let refused = Outcome { findings: vec![adopted_elsewhere(id_of(&prior))], state: prior.clone(), private };
                return Ok(self.finish(entry, refused, &prior));
            }
            let cx = self.context(type_name, private, timeouts.update)?;
            entry.operations.update(prior, PlannedObject { planned: planned.clone(), given }, cx).await
        } else {
            // Only what the service does not know changed: a timeout, or whether an empty block is left out.
            Outcome { state: planned.clone(), private, findings: Vec::new() }
        };
        let succeeded = !outcome.findings.iter().any(Diagnostic::is_error);
        plan::removed::remember(&entry.object, &config, succeeded, &mut outcome.private);
        if succeeded {
            drift::forget(&mut outcome.private);
        }
        Ok(self.finish(entry, outcome, &planned))
    }

    /// Refuses, with a warning, to destroy an object that a resource which was created in this run manages.
    ///
    /// A creation that takes over what is there, or that makes the same object when it is repeated, can meet the very object that is destroyed in its favour:
    /// with `create_before_destroy`, or where a resource was renamed without a `moved` block. Terraform does not show the old object before the new one is
    /// made: it upgrades each object just before it applies its change. So it is noticed here, where the old one is to be destroyed.
    fn refuse_destroying_created(&self, entry: &Entry<P::Api>, type_name: &str, prior: &Value) -> Option<Outcome> {
        if !self.managed.of_type(type_name).is_created(id_of(prior)) {
            return None;
        }
        let detail = "Another resource of this configuration, created in this run, manages it and may have adopted it. It stays as it is.";
        let warning = Diagnostic::warning(format!("Not deleted: {}", entry.operations.describe(prior)), detail);
        Some(Outcome { state: Value::Null, private: Private::default(), findings: vec![warning] })
    }

    /// Completes a result for Terraform: attributes that only the provider uses are kept, write-only and unknown values become null.
    fn finish(&self, entry: &Entry<P::Api>, outcome: Outcome, of: &Value) -> Outcome {
        let state = state::without_write_only(&entry.object, state::null_unknown(&outcome.state));
        Outcome {
            state: state::complete(&entry.object, state, of),
            findings: self.without_silenced(outcome.findings),
            private: outcome.private,
        }
    }

    pub(crate) fn import(&self, type_name: &str, id: &str) -> Result<(Value, Private)> {
        let entry = self.entry(type_name)?;
        let object = state::without_write_only(&entry.object, entry.operations.import(id)?);
        Ok((state::complete(&entry.object, object, &Value::Null), Private::imported()))
    }

    pub(crate) fn import_by_identity(&self, type_name: &str, identity: &Value) -> Result<(Value, Private)> {
        let entry = self.entry(type_name)?;
        identity::complete(type_name, &entry.object, identity)?;
        let object = state::without_write_only(&entry.object, entry.operations.import_by_identity(identity)?);
        Ok((state::complete(&entry.object, object, &Value::Null), Private::imported()))
    }

    /// The object that another provider's state is about. Terraform asks a provider that is not configured, so nothing can be read here.
    pub(crate) fn take_over(&self, type_name: &str, provider: &str, from: &str, raw: &[u8]) -> Result<(Value, Private)> {
        let entry = self.entry(type_name)?;
        let state = serde_json::from_slice(raw).map_err(|error| {
            Diagnostic::error(format!("The state of {from} cannot be read"), format!("It should be a JSON object: {error}"))
        })?;
        let object = state::without_write_only(&entry.object, entry.operations.take_over(provider, from, &state)?);
        Ok((state::complete(&entry.object, object, &Value::Null), Private::imported()))
    }

    /// The configuration that makes an object as it is: what is computed, secret or just the default is left out. Of an object that Terraform knows nothing of,
    /// every attribute is null: it refuses a configuration that is null itself.
    pub(crate) fn generate(&self, type_name: &str, state: &Value) -> Result<Value> {
        let entry = self.entry(type_name)?;
        let config = if state.is_null() { state::unset(&entry.object) } else { state::configuration(&entry.object, state) };
        Ok(state::complete(&entry.object, config, &Value::Null))
    }
}

/// The error of a resource whose object another resource of the run adopts.
fn adopted_elsewhere(id: &str) -> Diagnostic {
    Diagnostic::error(
        "Another resource of this configuration adopts this object",
        format!(
            "The object {id} is managed by this configuration already: this resource has it in state, and another one that is created in the same run adopts it. Keep \
             one of the two, or set `adopt_existing = false` in the new one. If this resource was renamed, tell Terraform with a `moved` block."
        ),
    )
}

/// The id of an object; empty if it has none.
fn id_of(state: &Value) -> &str {
    state.attribute("id").as_str().unwrap_or_default()
}

/// A row of a table.
fn find_entry<'t, T>(table: &'t BTreeMap<String, T>, what: &str, name: &str) -> Result<&'t T> {
    table.get(name).ok_or_else(|| {
        let known: Vec<&str> = table.keys().map(String::as_str).collect();
        Diagnostic::error(format!("There is no {what} {name}"), format!("This version of the provider has {}.", known.join(", ")))
    })
}

/// Refuses a null where a value is required.
fn required(object: &Object, config: &Value) -> Result {
    let mut found = Diagnostics::new();
    validate::missing(object, config, &Path::root(), &mut found);
    found.into_vec().into_iter().next().map_or(Ok(()), Err)
}

/// Checks of single attributes, and that what is required is there.
fn validate_object(object: &Object, config: &Value, write_only_allowed: bool, found: &mut Diagnostics) {
    validate::object(object, config, write_only_allowed, &Path::root(), found);
    validate::missing(object, config, &Path::root(), found);
}
