//! The trait of a list resource, which `terraform query` lists (Terraform 1.14 and newer), and its row in the table.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::entry::{planned_model, run};
use crate::managed_objects::ManagedObjectsOfType;
use crate::model::Model;
use crate::plan::{self, Walk};
use crate::private::Private;
use crate::resource::{Context, Resource};
use crate::schema::Object;
use crate::timeouts::SingleTimeout;
use crate::value::Value;
use crate::view::View;
use crate::{identity, state};

/// Lists the objects of a resource that exist. The model is the `config` block of a `list` block.
pub trait ListResource: Model + Send + Sync + 'static {
    /// The resource whose objects are listed. Name, heading and service of the list are the resource's.
    type Of: Resource;

    /// Timeout of the listing if the configuration sets none.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// Lists page by page, and ends when [`Results::push`] breaks. After an error Terraform shows no result at all.
    fn list(self, results: &mut Results<Self::Of>, cx: &mut Context<<Self::Of as Resource>::Api>) -> impl Future<Output = Result> + Send;

    /// Checks of the configuration that look at more than one attribute. No I/O; what is unknown is not looked at.
    fn validate(_config: View<'_>, _found: &mut Diagnostics) {}
}

/// What Terraform wants of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Whether the objects are wanted, not only their identities.
    pub(crate) include_resource: bool,
    /// The largest number of results.
    pub(crate) limit: u64,
}

/// One result.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) identity: Value,
    pub(crate) display_name: String,
    /// The object as state would hold it, if it is wanted.
    pub(crate) object: Option<Value>,
}

/// The results of a listing, which go to Terraform one by one.
#[derive(Debug)]
pub struct Results<R> {
    object: Object,
    wanted: Wanted,
    items: mpsc::Sender<Item>,
    failure: Option<Diagnostic>,
    of: PhantomData<fn() -> R>,
}

impl<R: Resource> Results<R> {
    fn new(wanted: Wanted, items: mpsc::Sender<Item>) -> Self {
        Results { object: R::object().with(R::TIMEOUTS.block()), wanted, items, failure: None, of: PhantomData }
    }

    /// How many more results are wanted.
    pub fn remaining(&self) -> u64 {
        self.wanted.limit
    }

    /// Whether the objects are wanted, with all that an import has to know of them to plan no change. Else only what names them.
    pub fn include_resource(&self) -> bool {
        self.wanted.include_resource
    }

    /// Adds a result: how people call the object, and the object. Breaks when no more results are wanted.
    pub async fn push(&mut self, display_name: impl Into<String>, it: R) -> ControlFlow<()> {
        if self.wanted.limit == 0 {
            return ControlFlow::Break(());
        }
        let display_name = display_name.into();
        let value = state::reconcile(&R::object(), &Value::Null, it.to_value());
        let Some(identity) = identity::of(&self.object, &value) else {
            let what = it.describe();
            self.failure = Some(Diagnostic::error(
                format!("A list has no identity of {what}"),
                "This is a bug of the provider. Import it by its ID instead.",
            ));
            return ControlFlow::Break(());
        };
        let object = self.wanted.include_resource.then(|| {
            let known = state::without_write_only(&self.object, state::null_unknown(&value));
            state::complete(&self.object, known, &Value::Null)
        });
        if self.items.send(Item { identity, display_name, object }).await.is_err() {
            // Terraform has what it wanted, or was interrupted.
            self.wanted.limit = 0;
            return ControlFlow::Break(());
        }
        self.wanted.limit -= 1;
        if self.wanted.limit == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// One list resource of a provider's table.
pub struct ListEntry<A> {
    /// The name of the resource that it lists, without the provider's prefix.
    pub name: &'static str,
    /// The heading under which the registry lists the page.
    pub subcategory: &'static str,
    /// The declaration of the `config` block, with the `timeouts` block.
    pub object: Object,
    /// Timeout of the listing if the configuration sets none.
    pub timeout: Duration,
    pub(crate) list: Box<dyn DynListResource<A>>,
}

impl<A> std::fmt::Debug for ListEntry<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<A: Send + Sync + 'static> ListEntry<A> {
    /// The row of a list resource.
    pub fn of<L: ListResource>() -> Self
    where
        L::Of: Resource<Api = A>,
    {
        ListEntry {
            name: L::Of::NAME,
            subcategory: L::Of::SUBCATEGORY,
            object: L::object().with(SingleTimeout::READ.block(L::TIMEOUT)),
            timeout: L::TIMEOUT,
            list: Box::new(Typed::<L>(PhantomData)),
        }
    }
}

/// The operations of a list resource over values. The configuration carries no `timeouts` block here.
#[async_trait]
pub(crate) trait DynListResource<A>: Send + Sync {
    /// Lists, and returns warnings.
    async fn list(&self, config: Value, wanted: Wanted, items: mpsc::Sender<Item>, api: A) -> Result<Vec<Diagnostic>>;
    fn validate(&self, config: View<'_>, found: &mut Diagnostics);
}

struct Typed<L>(PhantomData<fn() -> L>);

#[async_trait]
impl<L: ListResource> DynListResource<<L::Of as Resource>::Api> for Typed<L> {
    async fn list(
        &self,
        config: Value,
        wanted: Wanted,
        items: mpsc::Sender<Item>,
        api: <L::Of as Resource>::Api,
    ) -> Result<Vec<Diagnostic>> {
        if wanted.limit == 0 {
            return Ok(Vec::new());
        }
        let planned = plan::plan(&L::object(), &config, &Value::Null, Walk::Apply).planned;
        let filter: L = planned_model(&state::null_unknown(&planned))?;
        // What is listed is to be imported: everything that an import reads is wanted.
        let mut cx = Context::new(api, Private::imported(), ManagedObjectsOfType::default());
        let mut results = Results::new(wanted, items);
        run(&format!("listing {}", L::Of::NAME), filter.list(&mut results, &mut cx)).await?;
        results.failure.map_or_else(|| Ok(cx.into_parts().warnings), Err)
    }

    fn validate(&self, config: View<'_>, found: &mut Diagnostics) {
        L::validate(config, found);
    }
}
