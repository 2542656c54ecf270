//! The trait of an action (Terraform 1.14 and newer), and its row in the table.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::entry::{planned_model, run};
use crate::managed_objects::ManagedObjectsOfType;
use crate::model::Model;
use crate::plan::{self, Walk};
use crate::private::Private;
use crate::resource::Context;
use crate::schema::Object;
use crate::state;
use crate::timeouts::SingleTimeout;
use crate::value::Value;
use crate::view::View;

/// Something that is done and leaves nothing to manage. The model is the `config` block of an `action` block.
pub trait Action: Model + Send + Sync + 'static {
    /// What the methods talk to the service with.
    type Api: Send + Sync + 'static;

    /// The name without the provider's prefix, such as `revoke_sign_in_sessions`.
    const NAME: &'static str;

    /// The heading under which the registry lists the page.
    const SUBCATEGORY: &'static str;

    /// Timeout if the configuration sets none.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// Does it. Terraform does not repeat an action that fails.
    fn invoke(self, progress: &Progress, cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send;

    /// Checks of the configuration that look at more than one attribute. No I/O; what is unknown is not looked at.
    fn validate(_config: View<'_>, _found: &mut Diagnostics) {}

    /// Looks at the configuration in a plan: may read from the service, may only add findings; what is unknown is not looked at.
    fn plan_check(_config: View<'_>, _cx: &mut Context<Self::Api>) -> impl Future<Output = Diagnostics> + Send {
        std::future::ready(Diagnostics::new())
    }
}

/// Messages to the user while an action runs.
#[derive(Debug)]
pub struct Progress {
    messages: mpsc::UnboundedSender<String>,
    started: Instant,
}

impl Progress {
    /// Shows a message.
    pub fn report(&self, message: impl Into<String>) {
        // Nobody listens any more after an interruption.
        let _ = self.messages.send(message.into());
    }

    /// How long the action has been running.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// One action of a provider's table.
pub struct ActionEntry<A> {
    /// The name without the provider's prefix.
    pub name: &'static str,
    /// The heading under which the registry lists the page.
    pub subcategory: &'static str,
    /// The declaration of the `config` block, with the `timeouts` block.
    pub object: Object,
    /// Timeout if the configuration sets none.
    pub timeout: Duration,
    pub(crate) action: Box<dyn DynAction<A>>,
}

impl<A> std::fmt::Debug for ActionEntry<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActionEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<A: Send + Sync + 'static> ActionEntry<A> {
    /// The row of an action.
    pub fn of<X: Action<Api = A>>() -> Self {
        ActionEntry {
            name: X::NAME,
            subcategory: X::SUBCATEGORY,
            object: X::object().with(SingleTimeout::INVOKE.block(X::TIMEOUT)),
            timeout: X::TIMEOUT,
            action: Box::new(Typed::<X>(PhantomData)),
        }
    }
}

/// The operations of an action over values. The configuration carries no `timeouts` block here.
#[async_trait]
pub(crate) trait DynAction<A>: Send + Sync {
    /// Does it, and returns warnings and what went wrong.
    async fn invoke(&self, config: Value, messages: mpsc::UnboundedSender<String>, api: A) -> Vec<Diagnostic>;
    async fn plan_check(&self, config: View<'_>, api: A) -> Vec<Diagnostic>;
    fn validate(&self, config: View<'_>, found: &mut Diagnostics);
}

struct Typed<X>(PhantomData<fn() -> X>);

#[async_trait]
impl<X: Action> DynAction<X::Api> for Typed<X> {
    async fn invoke(&self, config: Value, messages: mpsc::UnboundedSender<String>, api: X::Api) -> Vec<Diagnostic> {
        let planned = plan::plan(&X::object(), &config, &Value::Null, Walk::Apply).planned;
        let action: X = match planned_model(&state::null_unknown(&planned)) {
            Ok(action) => action,
            Err(why) => return vec![why],
        };
        let mut cx = Context::new(api, Private::default(), ManagedObjectsOfType::default());
        let progress = Progress { messages, started: Instant::now() };
        let done = run(&format!("running {}", X::NAME), action.invoke(&progress, &mut cx)).await;
        let mut findings = cx.into_parts().warnings;
        findings.extend(done.err());
        findings
    }

    async fn plan_check(&self, config: View<'_>, api: X::Api) -> Vec<Diagnostic> {
        let mut cx = Context::new(api, Private::default(), ManagedObjectsOfType::default());
        let checked = run("checking the plan", async { Ok(X::plan_check(config, &mut cx).await) }).await;
        let mut findings = cx.into_parts().warnings;
        findings.extend(checked.unwrap_or_else(Diagnostics::from).into_vec());
        findings
    }

    fn validate(&self, config: View<'_>, found: &mut Diagnostics) {
        X::validate(config, found);
    }
}
