//! The trait of an ephemeral resource, which is opened for one run and stored nowhere, and its row in the table.

use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;

use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::entry::{planned_model, run};
use crate::managed_objects::ManagedObjectsOfType;
use crate::model::Model;
use crate::plan::{self, Walk};
use crate::private::Private;
use crate::resource::{Context, Parts};
use crate::schema::Object;
use crate::state;
use crate::timeouts::SingleTimeout;
use crate::value::Value;
use crate::view::View;

/// An ephemeral resource. Terraform 1.10 and newer, OpenTofu 1.11 and newer.
///
/// Terraform opens it in the plan and again in the apply, and closes it when its last user is done, but not if that user failed
/// (docs/terraform-protocol.md#other-flows): whatever is opened must also expire on its own. There is no renewal.
pub trait Ephemeral: Model + Send + Sync + 'static {
    /// What the methods talk to the service with.
    type Api: Send + Sync + 'static;

    /// The name without the provider's prefix, such as `cluster_credentials`.
    const NAME: &'static str;

    /// The heading under which the registry lists the page.
    const SUBCATEGORY: &'static str;

    /// Timeout of opening if the configuration sets none, and of closing.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// Opens it. What [`Ephemeral::close`] needs is to be remembered in the context.
    fn open(&mut self, cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send;

    /// Closes what was opened, by what was remembered then.
    fn close(_cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send {
        std::future::ready(Ok(()))
    }

    /// Checks of the configuration that look at more than one attribute. No I/O; what is unknown is not looked at.
    fn validate(_config: View<'_>, _found: &mut Diagnostics) {}
}

/// One ephemeral resource of a provider's table.
pub struct EphemeralEntry<A> {
    /// The name without the provider's prefix.
    pub name: &'static str,
    /// The heading under which the registry lists the page.
    pub subcategory: &'static str,
    /// The declaration, with the `timeouts` block.
    pub object: Object,
    /// Timeout of opening if the configuration sets none.
    pub timeout: Duration,
    pub(crate) lease: Box<dyn DynEphemeral<A>>,
}

impl<A> std::fmt::Debug for EphemeralEntry<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EphemeralEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<A: Send + Sync + 'static> EphemeralEntry<A> {
    /// The row of an ephemeral resource.
    pub fn of<E: Ephemeral<Api = A>>() -> Self {
        EphemeralEntry {
            name: E::NAME,
            subcategory: E::SUBCATEGORY,
            object: E::object().with(SingleTimeout::OPEN.block(E::TIMEOUT)),
            timeout: E::TIMEOUT,
            lease: Box::new(Typed::<E>(PhantomData)),
        }
    }
}

/// The result of opening: values for the configuration, private state for closing, and warnings.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) result: Value,
    pub(crate) private: Private,
    pub(crate) findings: Vec<Diagnostic>,
}

/// The operations of an ephemeral resource over values. Objects carry no `timeouts` block here.
#[async_trait]
pub(crate) trait DynEphemeral<A>: Send + Sync {
    async fn open(&self, config: Value, api: A) -> Result<Opened>;
    /// Warnings, and what went wrong.
    async fn close(&self, private: Private, api: A) -> Vec<Diagnostic>;
    fn validate(&self, config: View<'_>, found: &mut Diagnostics);
}

struct Typed<E>(PhantomData<fn() -> E>);

#[async_trait]
impl<E: Ephemeral> DynEphemeral<E::Api> for Typed<E> {
    async fn open(&self, config: Value, api: E::Api) -> Result<Opened> {
        let planned = plan::plan(&E::object(), &config, &Value::Null, Walk::Apply).planned;
        let mut wanted: E = planned_model(&state::null_unknown(&planned))?;
        let mut cx = Context::new(api, Private::default(), ManagedObjectsOfType::default());
        run(&format!("opening {}", E::NAME), wanted.open(&mut cx)).await?;
        let Parts { private, warnings: findings, .. } = cx.into_parts();
        Ok(Opened { result: state::settle(&planned, &wanted.to_value()), private, findings })
    }

    async fn close(&self, private: Private, api: E::Api) -> Vec<Diagnostic> {
        let mut cx = Context::new(api, private, ManagedObjectsOfType::default());
        let closed = run(&format!("closing {}", E::NAME), E::close(&mut cx)).await;
        let mut findings = cx.into_parts().warnings;
        findings.extend(closed.err());
        findings
    }

    fn validate(&self, config: View<'_>, found: &mut Diagnostics) {
        E::validate(config, found);
    }
}
