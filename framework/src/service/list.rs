//! The work behind the calls about list resources.

use tokio::sync::mpsc;

use super::{Service, validate_object};
use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::effective::without_empty_texts;
use crate::list_resource::{Item, Wanted};
use crate::provider::Provider;
use crate::timeouts::SingleTimeout;
use crate::value::Value;
use crate::view::View;

impl<P: Provider> Service<P> {
    pub(crate) fn validate_list(&self, type_name: &str, config: &Value) -> Result<Diagnostics> {
        let entry = self.list_entry(type_name)?;
        let mut found = Diagnostics::new();
        validate_object(&entry.object, config, false, &mut found);
        entry.list.validate(View::of(&without_empty_texts(&entry.object, config)), &mut found);
        Ok(found)
    }

    /// Lists, and returns warnings.
    pub(crate) async fn list(&self, type_name: &str, config: Value, wanted: Wanted, items: mpsc::Sender<Item>) -> Result<Vec<Diagnostic>> {
        let entry = self.list_entry(type_name)?;
        // What was unknown in validation is known now.
        self.validate_list(type_name, &config)?.into_vec().into_iter().find(Diagnostic::is_error).map_or(Ok(()), Err)?;
        let api = self.api(SingleTimeout::READ.from_object(&config, entry.timeout))?;
        entry.list.list(config, wanted, items, api).await.map(|warnings| self.without_silenced(warnings))
    }
}
