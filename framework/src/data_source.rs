//! The trait of a data source, and its row in the table.

use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;

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

/// A data source. The model holds the configuration, and after [`DataSource::read`] what was found.
pub trait DataSource: Model + Send + Sync + 'static {
    /// What the method talks to the service with.
    type Api: Send + Sync + 'static;

    /// The name without the provider's prefix, such as `group`.
    const NAME: &'static str;

    /// The heading under which the registry lists the page.
    const SUBCATEGORY: &'static str;

    /// Timeout of the read if the configuration sets none.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// Looks it up. What is not found is an error that names what was looked for.
    fn read(&mut self, cx: &mut Context<Self::Api>) -> impl Future<Output = Result> + Send;

    /// Checks of the configuration that look at more than one attribute. No I/O; what is unknown is not looked at.
    fn validate(_config: View<'_>, _found: &mut Diagnostics) {}
}

/// One data source of a provider's table.
pub struct DataEntry<A> {
    /// The name without the provider's prefix.
    pub name: &'static str,
    /// The heading under which the registry lists the page.
    pub subcategory: &'static str,
    /// The declaration, with the `timeouts` block.
    pub object: Object,
    /// Timeout of the read if the configuration sets none.
    pub timeout: Duration,
    pub(crate) lookup: Box<dyn DynDataSource<A>>,
}

impl<A> std::fmt::Debug for DataEntry<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<A: Send + Sync + 'static> DataEntry<A> {
    /// The row of a data source.
    pub fn of<D: DataSource<Api = A>>() -> Self {
        DataEntry {
            name: D::NAME,
            subcategory: D::SUBCATEGORY,
            object: D::object().with(SingleTimeout::READ.block(D::TIMEOUT)),
            timeout: D::TIMEOUT,
            lookup: Box::new(Typed::<D>(PhantomData)),
        }
    }
}

/// The operations of a data source over values. Objects carry no `timeouts` block here.
#[async_trait]
pub(crate) trait DynDataSource<A>: Send + Sync {
    /// What was found, and warnings.
    async fn read(&self, config: Value, api: A) -> Result<(Value, Vec<Diagnostic>)>;
    fn validate(&self, config: View<'_>, found: &mut Diagnostics);
}

/// The object that a data source answers: what is configured stands as it is written. A list that the data source computes as well has what was found, which
/// may be less than was asked for: lists of names and of IDs then pair.
fn answered(object: &Object, planned: &Value, actual: &Value) -> Value {
    let mut settled = state::settle(planned, actual);
    let Value::Map(attributes) = &mut settled else { return settled };
    for attribute in object.attributes.iter().filter(|attribute| attribute.computed && !attribute.is_output()) {
        let (asked, found) = (planned.attribute(&attribute.name), actual.attribute(&attribute.name));
        if matches!((asked, found), (Value::List(_), Value::List(_))) && !attribute.are_same(asked, found) {
            attributes.insert(attribute.name.clone(), found.clone());
        }
    }
    settled
}

struct Typed<D>(PhantomData<fn() -> D>);

#[async_trait]
impl<D: DataSource> DynDataSource<D::Api> for Typed<D> {
    async fn read(&self, config: Value, api: D::Api) -> Result<(Value, Vec<Diagnostic>)> {
        // Planned as a resource that is created: configured values and defaults are known, the rest is to be read.
        let planned = plan::plan(&D::object(), &config, &Value::Null, Walk::Apply).planned;
        let mut wanted: D = planned_model(&state::null_unknown(&planned))?;
        let mut cx = Context::new(api, Private::default(), ManagedObjectsOfType::default());
        run(&format!("reading {}", D::NAME), wanted.read(&mut cx)).await?;
        let warnings = cx.into_parts().warnings;
        let found = wanted.to_output();
        // A long list is there once.
        drop(wanted);
        Ok((answered(&D::object(), &planned, &found), warnings))
    }

    fn validate(&self, config: View<'_>, found: &mut Diagnostics) {
        D::validate(config, found);
    }
}
