//! The smallest provider on the plugin alone: one data source, `echo_text`, that answers what it is asked.
//!
//! `tests/plugin` drives it. The resource types that `read_resource` knows are not in the schema: Terraform never asks for them,
//! the tests do.

use std::process::ExitCode;
use std::time::Duration;

use framework::plugin::{About, Lifecycle, catching, serve};
use framework::proto::tfplugin6::provider_server::Provider;
use framework::proto::tfplugin6::{
    Diagnostic, Schema, configure_provider, diagnostic, get_provider_schema, read_data_source, read_resource, schema, stop_provider,
    validate_data_resource_config, validate_provider_config,
};
use tonic::{Request, Response, Status};

struct Echo {
    lifecycle: Lifecycle,
}

#[tonic::async_trait]
impl Provider for Echo {
    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<get_provider_schema::Response>, Status> {
        let text = schema::Attribute { name: "text".into(), r#type: br#""string""#.to_vec(), required: true, ..Default::default() };
        let block = schema::Block { attributes: vec![text], ..Default::default() };
        let echo_text = Schema { version: 0, block: Some(block) };
        Ok(Response::new(get_provider_schema::Response {
            provider: Some(Schema { version: 0, block: Some(schema::Block::default()) }),
            data_source_schemas: [("echo_text".to_owned(), echo_text)].into(),
            ..Default::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        _: Request<validate_provider_config::Request>,
    ) -> Result<Response<validate_provider_config::Response>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> Result<Response<configure_provider::Response>, Status> {
        tracing::info!(terraform_version = request.into_inner().terraform_version, "configured");
        Ok(Response::new(Default::default()))
    }

    async fn stop_provider(&self, _: Request<stop_provider::Request>) -> Result<Response<stop_provider::Response>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn validate_data_resource_config(
        &self,
        _: Request<validate_data_resource_config::Request>,
    ) -> Result<Response<validate_data_resource_config::Response>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn read_data_source(&self, request: Request<read_data_source::Request>) -> Result<Response<read_data_source::Response>, Status> {
        Ok(Response::new(read_data_source::Response { state: request.into_inner().config, ..Default::default() }))
    }

    async fn read_resource(&self, request: Request<read_resource::Request>) -> Result<Response<read_resource::Response>, Status> {
        let request = request.into_inner();
        let mut response = read_resource::Response::default();
        match request.type_name.as_str() {
            "echo" => response.new_state = request.current_state,
            "never" => std::future::pending().await,
            "blocking" => loop {
                std::thread::park();
            },
            "panicking" => panic!("nobody catches this"),
            "caught" => {
                let Err(panic) = catching(async { panic!("somebody catches this") }).await;
                response.diagnostics.push(Diagnostic {
                    severity: diagnostic::Severity::Error.into(),
                    summary: panic,
                    ..Default::default()
                });
            }
            "finishing" => {
                tracing::warn!("begun");
                self.lifecycle.shutdown.cancelled().await;
                tokio::time::sleep(Duration::from_millis(200)).await;
                tracing::warn!("finished");
            }
            "leaking" => {
                // What an HTTP library might log.
                tracing::debug!(target: "h2::codec", "authorization: Bearer hunter2");
                tracing::warn!(target: "h2::codec", "a warning of h2");
            }
            other => return Err(Status::invalid_argument(format!("no type {other}"))),
        }
        Ok(Response::new(response))
    }

    // Everything else answers Unimplemented.
}

fn main() -> ExitCode {
    let about = About {
        name: "terraform-provider-echo",
        address: "registry.terraform.io/aksaccess/echo",
        version: env!("CARGO_PKG_VERSION"),
        crates: &["echo_provider"],
    };
    serve(&about, |lifecycle| Echo { lifecycle })
}
