//! The trait of a provider: a configuration, a client made from it, and a table of resources.

use std::sync::Arc;
use std::time::Duration;

use crate::action::ActionEntry;
use crate::data_source::DataEntry;
use crate::diagnostic::{Diagnostics, Result};
use crate::entry::Entry;
use crate::ephemeral::EphemeralEntry;
use crate::function::FunctionEntry;
use crate::list_resource::ListEntry;
use crate::model::Model;
use crate::resource::Limits;
use crate::view::View;

/// A provider.
pub trait Provider: Send + Sync + 'static {
    /// The `provider` block. If it has an argument [`crate::warning_kind::SILENCE`], a list of strings, the framework leaves these warnings out.
    type Config: Model + Send;
    /// What is made from the configuration once per process, and shared.
    type Client: Send + Sync + 'static;
    /// What an operation on one object uses; see [`crate::Resource::Api`].
    type Api: Send + Sync + 'static;

    /// The prefix of every resource, such as `aksaccess`.
    const NAME: &'static str;

    /// The table of resources.
    fn resources() -> Vec<Entry<Self::Api>>;

    /// The table of data sources.
    fn data_sources() -> Vec<DataEntry<Self::Api>> {
        Vec::new()
    }

    /// The table of ephemeral resources.
    fn ephemeral() -> Vec<EphemeralEntry<Self::Api>> {
        Vec::new()
    }

    /// The table of list resources.
    fn list_resources() -> Vec<ListEntry<Self::Api>> {
        Vec::new()
    }

    /// The table of actions.
    fn actions() -> Vec<ActionEntry<Self::Api>> {
        Vec::new()
    }

    /// The table of functions.
    fn functions() -> Vec<FunctionEntry> {
        Vec::new()
    }

    /// Checks of the provider block that look at more than one attribute. No I/O.
    fn validate(_config: View<'_>, _found: &mut Diagnostics) {}

    /// How long [`Provider::configure`] may take.
    const CONFIGURE_TIMEOUT: Duration = Duration::from_secs(300);

    /// Makes the client, and may sign in. Terraform configures a provider only if a resource or data source of the configuration or state uses it, and not for
    /// `validate` and functions. A failure is reported once for all resources of a run.
    ///
    /// # Errors
    ///
    /// If the configuration is wrong, or the service refuses the identity. Not because something in the configuration is unknown.
    fn configure(config: Configuration<Self::Config>, limits: Limits) -> impl Future<Output = Result<Self::Client>> + Send;

    /// Whether an object that is referred to and does not exist is known to have existed, such as one in a recycle bin.
    fn was_deleted(_api: &Self::Api, _id: &str) -> impl Future<Output = bool> + Send {
        std::future::ready(false)
    }

    /// The client as one operation uses it.
    fn api(client: &Arc<Self::Client>, limits: Limits) -> Self::Api;
}

/// A configured provider block.
#[derive(Debug)]
pub struct Configuration<C> {
    /// The configuration; values that are not known yet are absent.
    pub config: C,
    /// The names of arguments that are not known yet, because they depend on something that is only about to be made. Only in a plan.
    pub unknown: Vec<String>,
    /// The version of Terraform or OpenTofu.
    pub terraform_version: String,
}
