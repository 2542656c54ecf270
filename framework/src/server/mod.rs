//! Serves the protocol's calls: decodes messages, calls the `service` with values, encodes the results. One of the two files that know protobuf.
//!
//! Every expected failure is a diagnostic in an answer with status OK: a gRPC error makes Terraform lose what was done (docs/terraform-protocol.md#errors-of-calls). What
//! is not served answers `Unimplemented` by the generated default, and nothing of it is advertised.

mod convert;
mod identity;
mod streams;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, async_trait};
use tracing::Instrument;

use self::convert::{diagnostic, diagnostics, from_wire, to_wire, to_wire_in_part};
use crate::action::ActionEntry;
use crate::diagnostic::{Diagnostic, Result as Outcome};
use crate::plugin::{Lifecycle, catching};
use crate::private::Private;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::provider_server::Provider as Protocol;
use crate::provider::Provider;
use crate::schema::Object;
use crate::service::{Planning, Service};
use crate::value::{Type, Value};

/// The gRPC service of a provider.
pub struct Server<P: Provider>(Arc<Service<P>>, TaskTracker);

impl<P: Provider> std::fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Server").field(&P::NAME).finish()
    }
}

type Answer<T> = Result<Response<T>, Status>;

impl<P: Provider> Server<P> {
    /// A server whose operations end when the plugin shuts down.
    pub fn new(lifecycle: Lifecycle) -> Self {
        Server(Arc::new(Service::new(lifecycle.shutdown)), lifecycle.handlers)
    }

    fn resource(&self, type_name: &str) -> Outcome<&Object> {
        self.0.entry(type_name).map(|entry| &entry.object)
    }

    fn resource_type(&self, type_name: &str) -> Outcome<Type> {
        self.0.entry(type_name).map(|entry| entry.object.ty())
    }

    fn data_source_type(&self, type_name: &str) -> Outcome<Type> {
        self.0.data_entry(type_name).map(|entry| entry.object.ty())
    }

    fn ephemeral_type(&self, type_name: &str) -> Outcome<Type> {
        self.0.ephemeral_entry(type_name).map(|entry| entry.object.ty())
    }
}

/// Answers one call; a panic outside of the handlers is a diagnostic too. The plugin has given it a request id.
async fn answer<T>(type_name: &str, work: impl Future<Output = Outcome<T>> + Send, failed: impl FnOnce(Diagnostic) -> T) -> Answer<T> {
    let work = async {
        tracing::debug!("call received");
        let done = catching(work)
            .await
            .unwrap_or_else(|said| Err(Diagnostic::error("The provider failed", format!("This is a bug of the provider: {said}."))));
        let answer = done.unwrap_or_else(|why| {
            tracing::debug!(summary = why.summary, "call refused");
            failed(why)
        });
        tracing::debug!("call answered");
        Ok(Response::new(answer))
    };
    work.instrument(tracing::error_span!("call", tf_resource_type = type_name)).await
}

#[async_trait]
impl<P: Provider> Protocol for Server<P> {
    async fn get_metadata(&self, _: Request<proto::get_metadata::Request>) -> Answer<proto::get_metadata::Response> {
        let resources = self.0.entries().map(|(name, _)| proto::get_metadata::ResourceMetadata { type_name: name.clone() });
        let data_sources = self.0.data_entries().map(|(name, _)| proto::get_metadata::DataSourceMetadata { type_name: name.clone() });
        let ephemeral = self.0.ephemeral_entries().map(|(name, _)| proto::get_metadata::EphemeralMetadata { type_name: name.clone() });
        let functions = self.0.functions().map(|(name, _)| proto::get_metadata::FunctionMetadata { name: name.clone() });
        let list_resources = self.0.list_entries().map(|(name, _)| proto::get_metadata::ListResourceMetadata { type_name: name.clone() });
        let actions = self.0.action_entries().map(|(name, _)| proto::get_metadata::ActionMetadata { type_name: name.clone() });
        Ok(Response::new(proto::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: resources.collect(),
            data_sources: data_sources.collect(),
            ephemeral_resources: ephemeral.collect(),
            functions: functions.collect(),
            list_resources: list_resources.collect(),
            actions: actions.collect(),
            ..Default::default()
        }))
    }

    async fn get_provider_schema(&self, _: Request<proto::get_provider_schema::Request>) -> Answer<proto::get_provider_schema::Response> {
        let resources = self.0.entries().map(|(name, entry)| (name.clone(), convert::schema(&entry.object, entry.version)));
        let data_sources = self.0.data_entries().map(|(name, entry)| (name.clone(), convert::schema(&entry.object, 0)));
        let ephemeral = self.0.ephemeral_entries().map(|(name, entry)| (name.clone(), convert::schema(&entry.object, 0)));
        let functions = self.0.functions().map(|(name, function)| (name.clone(), convert::function(function)));
        let lists = self.0.list_entries().map(|(name, entry)| (name.clone(), convert::schema(&entry.object, 0)));
        let action = |entry: &ActionEntry<P::Api>| proto::ActionSchema { schema: Some(convert::schema(&entry.object, 0)) };
        let actions = self.0.action_entries().map(|(name, entry)| (name.clone(), action(entry)));
        Ok(Response::new(proto::get_provider_schema::Response {
            provider: Some(convert::schema(self.0.config(), 0)),
            resource_schemas: resources.collect(),
            data_source_schemas: data_sources.collect(),
            ephemeral_resource_schemas: ephemeral.collect(),
            functions: functions.collect(),
            list_resource_schemas: lists.collect(),
            action_schemas: actions.collect(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> Answer<proto::validate_provider_config::Response> {
        let work = async {
            let config = from_wire(request.get_ref().config.as_ref(), &self.0.config().ty())?;
            let found = self.0.validate_provider(&config, true).into_vec();
            Ok(proto::validate_provider_config::Response { diagnostics: diagnostics(&found) })
        };
        answer("", work, |why| proto::validate_provider_config::Response { diagnostics: vec![diagnostic(&why)] }).await
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Answer<proto::configure_provider::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.0.config().ty())?;
            // Terraform allows deferral in the apply walk alone (docs/terraform-protocol.md#capabilities).
            let in_apply = request.client_capabilities.is_some_and(|client| client.deferral_allowed);
            self.0.configure(&config, &request.terraform_version, in_apply).await?;
            Ok(proto::configure_provider::Response::default())
        };
        answer("", work, |why| proto::configure_provider::Response { diagnostics: vec![diagnostic(&why)] }).await
    }

    async fn stop_provider(&self, _: Request<proto::stop_provider::Request>) -> Answer<proto::stop_provider::Response> {
        tracing::info!("interrupted: waits and retries end, writes under way are awaited");
        self.0.interrupt();
        Ok(Response::new(proto::stop_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> Answer<proto::validate_resource_config::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.resource_type(&request.type_name)?)?;
            let write_only_allowed = request.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed);
            let found = self.0.validate_resource(&request.type_name, &config, write_only_allowed)?.into_vec();
            Ok(proto::validate_resource_config::Response { diagnostics: diagnostics(&found) })
        };
        answer(&request.type_name, work, |why| proto::validate_resource_config::Response { diagnostics: vec![diagnostic(&why)] }).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Answer<proto::upgrade_resource_state::Response> {
        let request = request.get_ref();
        let work = async {
            let raw = request.raw_state.as_ref().filter(|raw| !raw.json.is_empty());
            let raw = raw.ok_or_else(|| {
                Diagnostic::error("The stored state cannot be read", "It has no JSON form; state of Terraform 0.11 is not supported.")
            })?;
            let value = self.0.upgrade(&request.type_name, request.version, &raw.json)?;
            let upgraded = to_wire(&value, &self.resource_type(&request.type_name)?)?;
            Ok(proto::upgrade_resource_state::Response { upgraded_state: Some(upgraded), diagnostics: Vec::new() })
        };
        let failed =
            |why: Diagnostic| proto::upgrade_resource_state::Response { upgraded_state: None, diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn read_resource(&self, request: Request<proto::read_resource::Request>) -> Answer<proto::read_resource::Response> {
        let request = request.get_ref();
        let work = async {
            let of = self.resource_type(&request.type_name)?;
            let prior = from_wire(request.current_state.as_ref(), &of)?;
            let read = self.0.read(&request.type_name, prior, Private::from_bytes(&request.private)).await?;
            Ok(proto::read_resource::Response {
                new_state: Some(to_wire(&read.state, &of)?),
                private: read.private.to_bytes(),
                diagnostics: diagnostics(&read.findings),
                new_identity: match read.state {
                    Value::Null => None,
                    ref state => identity::answered(self.resource(&request.type_name)?, request.current_identity.as_ref(), state)?,
                },
                ..Default::default()
            })
        };
        let failed = |why: Diagnostic| proto::read_resource::Response {
            new_state: request.current_state.clone(),
            new_identity: request.current_identity.clone(),
            private: request.private.clone(),
            diagnostics: vec![diagnostic(&why)],
            ..Default::default()
        };
        answer(&request.type_name, work, failed).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Answer<proto::plan_resource_change::Response> {
        let request = request.get_ref();
        let work = async {
            let of = self.resource_type(&request.type_name)?;
            let prior = from_wire(request.prior_state.as_ref(), &of)?;
            // Only an object that exists has an identity: an unknown one would make it impossible to show the plan.
            let planned_identity = match prior {
                Value::Null => None,
                ref prior => identity::answered(self.resource(&request.type_name)?, request.prior_identity.as_ref(), prior)?,
            };
            let asked = Planning {
                config: from_wire(request.config.as_ref(), &of)?,
                prior,
                private: Private::from_bytes(&request.prior_private),
                deferral_allowed: request.client_capabilities.is_some_and(|client| client.deferral_allowed),
            };
            let (plan, findings) = self.0.plan(&request.type_name, asked).await?;
            Ok(proto::plan_resource_change::Response {
                planned_state: Some(to_wire(&plan.planned, &of)?),
                requires_replace: plan.replace.iter().map(convert::path).collect(),
                // Carried on in every plan: the delete of a replacement gets only these (docs/terraform-protocol.md#planning).
                planned_private: request.prior_private.clone(),
                planned_identity,
                diagnostics: diagnostics(&findings),
                ..Default::default()
            })
        };
        let failed = |why: Diagnostic| proto::plan_resource_change::Response {
            planned_state: request.prior_state.clone(),
            planned_private: request.prior_private.clone(),
            planned_identity: request.prior_identity.clone(),
            diagnostics: vec![diagnostic(&why)],
            ..Default::default()
        };
        answer(&request.type_name, work, failed).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Answer<proto::apply_resource_change::Response> {
        let request = request.get_ref();
        let work = async {
            let of = self.resource_type(&request.type_name)?;
            let (prior, planned) = (from_wire(request.prior_state.as_ref(), &of)?, from_wire(request.planned_state.as_ref(), &of)?);
            let config = from_wire(request.config.as_ref(), &of)?;
            let done = self.0.apply(&request.type_name, prior, planned, config, Private::from_bytes(&request.planned_private)).await?;
            // Something was done, so the prior state is no longer true, whatever becomes of the answer.
            let (state, unwritable) = to_wire_in_part(&done.state, &of)?;
            let found: Vec<Diagnostic> = done.findings.into_iter().chain(unwritable).collect();
            Ok(proto::apply_resource_change::Response {
                new_state: Some(state),
                private: done.private.to_bytes(),
                diagnostics: diagnostics(&found),
                new_identity: match done.state {
                    Value::Null => None,
                    ref state => identity::answered(self.resource(&request.type_name)?, request.planned_identity.as_ref(), state)?,
                },
                ..Default::default()
            })
        };
        // Nothing was done: what was, stays. A deletion within a replacement comes without the identity.
        let identity = || {
            let object = self.resource(&request.type_name).ok()?;
            let prior = from_wire(request.prior_state.as_ref(), &object.ty()).ok().filter(|prior| !prior.is_null())?;
            identity::answered(object, request.planned_identity.as_ref(), &prior).ok().flatten()
        };
        let failed = |why: Diagnostic| proto::apply_resource_change::Response {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            diagnostics: vec![diagnostic(&why)],
            new_identity: identity(),
            ..Default::default()
        };
        answer(&request.type_name, work, failed).await
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Answer<proto::import_resource_state::Response> {
        let request = request.get_ref();
        let work = async {
            let object = self.resource(&request.type_name)?;
            let ((state, private), identity) = match identity::value(object, request.identity.as_ref())? {
                // Terraform accepts no answer without an identity here.
                Some(identity) => {
                    let (state, private) = self.0.import_by_identity(&request.type_name, &identity)?;
                    let identity = identity::answered(object, request.identity.as_ref(), &state)?;
                    ((state, private), identity)
                }
                // The id can be a name; the read that follows answers the identity.
                None => (self.0.import(&request.type_name, &request.id)?, None),
            };
            let imported = proto::import_resource_state::ImportedResource {
                type_name: request.type_name.clone(),
                state: Some(to_wire(&state, &self.resource_type(&request.type_name)?)?),
                private: private.to_bytes(),
                identity,
            };
            Ok(proto::import_resource_state::Response { imported_resources: vec![imported], ..Default::default() })
        };
        let failed = |why: Diagnostic| proto::import_resource_state::Response { diagnostics: vec![diagnostic(&why)], ..Default::default() };
        answer(&request.type_name, work, failed).await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Answer<proto::get_resource_identity_schemas::Response> {
        Ok(Response::new(identity::schemas(&self.0)))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<proto::upgrade_resource_identity::Request>,
    ) -> Answer<proto::upgrade_resource_identity::Response> {
        let request = request.get_ref();
        let work = async {
            let upgraded_identity = identity::upgraded(self.resource(&request.type_name)?, request.raw_identity.as_ref())?;
            Ok(proto::upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() })
        };
        let failed =
            |why: Diagnostic| proto::upgrade_resource_identity::Response { upgraded_identity: None, diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn move_resource_state(
        &self,
        request: Request<proto::move_resource_state::Request>,
    ) -> Answer<proto::move_resource_state::Response> {
        let request = request.get_ref();
        let work = async {
            let raw = request.source_state.as_ref().map(|raw| raw.json.as_slice()).unwrap_or_default();
            let (state, private) =
                self.0.take_over(&request.target_type_name, &request.source_provider_address, &request.source_type_name, raw)?;
            Ok(proto::move_resource_state::Response {
                target_state: Some(to_wire(&state, &self.resource_type(&request.target_type_name)?)?),
                target_private: private.to_bytes(),
                ..Default::default()
            })
        };
        let failed = |why: Diagnostic| proto::move_resource_state::Response { diagnostics: vec![diagnostic(&why)], ..Default::default() };
        answer(&request.target_type_name, work, failed).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> Answer<proto::validate_data_resource_config::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.data_source_type(&request.type_name)?)?;
            let found = self.0.validate_data_source(&request.type_name, &config)?.into_vec();
            Ok(proto::validate_data_resource_config::Response { diagnostics: diagnostics(&found) })
        };
        let failed = |why: Diagnostic| proto::validate_data_resource_config::Response { diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn read_data_source(&self, request: Request<proto::read_data_source::Request>) -> Answer<proto::read_data_source::Response> {
        let request = request.get_ref();
        let work = async {
            let of = self.data_source_type(&request.type_name)?;
            let config = from_wire(request.config.as_ref(), &of)?;
            let (found, warnings) = self.0.read_data_source(&request.type_name, config).await?;
            Ok(proto::read_data_source::Response {
                state: Some(to_wire(&found, &of)?),
                diagnostics: diagnostics(&warnings),
                deferred: None,
            })
        };
        let failed = |why: Diagnostic| proto::read_data_source::Response { diagnostics: vec![diagnostic(&why)], ..Default::default() };
        answer(&request.type_name, work, failed).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> Answer<proto::validate_ephemeral_resource_config::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.ephemeral_type(&request.type_name)?)?;
            let found = self.0.validate_ephemeral(&request.type_name, &config)?.into_vec();
            Ok(proto::validate_ephemeral_resource_config::Response { diagnostics: diagnostics(&found) })
        };
        let failed = |why: Diagnostic| proto::validate_ephemeral_resource_config::Response { diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<proto::open_ephemeral_resource::Request>,
    ) -> Answer<proto::open_ephemeral_resource::Response> {
        let request = request.get_ref();
        let work = async {
            let of = self.ephemeral_type(&request.type_name)?;
            let config = from_wire(request.config.as_ref(), &of)?;
            let opened = self.0.open(&request.type_name, config).await?;
            Ok(proto::open_ephemeral_resource::Response {
                result: Some(to_wire(&opened.result, &of)?),
                private: Some(opened.private.to_bytes()),
                diagnostics: diagnostics(&opened.findings),
                ..Default::default()
            })
        };
        let failed =
            |why: Diagnostic| proto::open_ephemeral_resource::Response { diagnostics: vec![diagnostic(&why)], ..Default::default() };
        answer(&request.type_name, work, failed).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<proto::close_ephemeral_resource::Request>,
    ) -> Answer<proto::close_ephemeral_resource::Response> {
        let request = request.get_ref();
        let work = async {
            let private = Private::from_bytes(request.private.as_deref().unwrap_or_default());
            let found = self.0.close(&request.type_name, private).await?;
            Ok(proto::close_ephemeral_resource::Response { diagnostics: diagnostics(&found) })
        };
        let failed = |why: Diagnostic| proto::close_ephemeral_resource::Response { diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<proto::validate_list_resource_config::Request>,
    ) -> Answer<proto::validate_list_resource_config::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.0.list_entry(&request.type_name)?.object.ty())?;
            let found = self.0.validate_list(&request.type_name, &config)?.into_vec();
            Ok(proto::validate_list_resource_config::Response { diagnostics: diagnostics(&found) })
        };
        let failed = |why: Diagnostic| proto::validate_list_resource_config::Response { diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn list_resource(&self, request: Request<proto::list_resource::Request>) -> Answer<BoxStream<proto::list_resource::Event>> {
        let (events, stream) = streams::channel();
        let work = streams::list(Arc::clone(&self.0), request.into_inner(), events);
        self.1.spawn(work.instrument(tracing::Span::current()));
        Ok(Response::new(Box::pin(stream)))
    }

    async fn validate_action_config(
        &self,
        request: Request<proto::validate_action_config::Request>,
    ) -> Answer<proto::validate_action_config::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.0.action_entry(&request.type_name)?.object.ty())?;
            let found = self.0.validate_action_block(&request.type_name, &config)?.into_vec();
            Ok(proto::validate_action_config::Response { diagnostics: diagnostics(&found) })
        };
        let failed = |why: Diagnostic| proto::validate_action_config::Response { diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }

    async fn plan_action(&self, request: Request<proto::plan_action::Request>) -> Answer<proto::plan_action::Response> {
        let request = request.get_ref();
        let work = async {
            let config = from_wire(request.config.as_ref(), &self.0.action_entry(&request.action_type)?.object.ty())?;
            let found = self.0.plan_action(&request.action_type, &config).await?;
            Ok(proto::plan_action::Response { diagnostics: diagnostics(&found), deferred: None })
        };
        let failed = |why: Diagnostic| proto::plan_action::Response { diagnostics: vec![diagnostic(&why)], deferred: None };
        answer(&request.action_type, work, failed).await
    }

    async fn invoke_action(&self, request: Request<proto::invoke_action::Request>) -> Answer<BoxStream<proto::invoke_action::Event>> {
        let (events, stream) = streams::channel();
        let work = streams::invoke(Arc::clone(&self.0), request.into_inner(), self.0.stop_token(), events);
        self.1.spawn(work.instrument(tracing::Span::current()));
        Ok(Response::new(Box::pin(stream)))
    }

    async fn get_functions(&self, _: Request<proto::get_functions::Request>) -> Answer<proto::get_functions::Response> {
        let functions = self.0.functions().map(|(name, function)| (name.clone(), convert::function(function)));
        Ok(Response::new(proto::get_functions::Response { functions: functions.collect(), diagnostics: Vec::new() }))
    }

    async fn call_function(&self, request: Request<proto::call_function::Request>) -> Answer<proto::call_function::Response> {
        let request = request.get_ref();
        let wrong = |argument: Option<usize>, why: &Diagnostic| proto::call_function::Response {
            result: None,
            error: Some(convert::function_error(argument, why)),
        };
        let work = async {
            let function = self.0.function(&request.name)?;
            let parameters = function.parameters.attributes.iter();
            let arguments = parameters.enumerate().map(|(at, parameter)| from_wire(request.arguments.get(at), &parameter.shape.ty()));
            Ok(match function.call(arguments.collect::<Outcome<_>>()?) {
                Ok(result) => proto::call_function::Response { result: Some(to_wire(&result, &function.returns)?), error: None },
                Err((argument, why)) => wrong(argument, &why),
            })
        };
        answer(&request.name, work, |why| wrong(None, &why)).await
    }

    async fn generate_resource_config(
        &self,
        request: Request<proto::generate_resource_config::Request>,
    ) -> Answer<proto::generate_resource_config::Response> {
        let request = request.get_ref();
        let work = async {
            let of = self.resource_type(&request.type_name)?;
            let state: Value = from_wire(request.state.as_ref(), &of)?;
            let config = self.0.generate(&request.type_name, &state)?;
            Ok(proto::generate_resource_config::Response { config: Some(to_wire(&config, &of)?), diagnostics: Vec::new() })
        };
        let failed = |why: Diagnostic| proto::generate_resource_config::Response { config: None, diagnostics: vec![diagnostic(&why)] };
        answer(&request.type_name, work, failed).await
    }
}

/// What is advertised: exactly what is served.
const CAPABILITIES: proto::ServerCapabilities = proto::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};
