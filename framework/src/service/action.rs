//! The work behind the calls about actions.

use tokio::sync::mpsc;

use super::{Service, validate_object};
use crate::diagnostic::{Diagnostic, Diagnostics, Result};
use crate::effective::without_empty_texts;
use crate::provider::Provider;
use crate::schema::Object;
use crate::timeouts::SingleTimeout;
use crate::value::Value;
use crate::view::View;

impl<P: Provider> Service<P> {
    /// Checks a configuration in the validate walk. Terraform 1.15 ends with a panic when there is a finding about an action without a `config` block, whose
    /// configuration is an object of nulls here, and null in the plan: it is reported when the action is invoked.
    pub(crate) fn validate_action_block(&self, type_name: &str, config: &Value) -> Result<Diagnostics> {
        let is_empty = config.entries().is_some_and(|entries| entries.values().all(Value::is_null));
        if is_empty { self.action_entry(type_name).map(|_| Diagnostics::new()) } else { self.validate_action(type_name, config) }
    }

    fn validate_action(&self, type_name: &str, config: &Value) -> Result<Diagnostics> {
        let entry = self.action_entry(type_name)?;
        let config = &or_absent(&entry.object, config);
        let mut found = Diagnostics::new();
        validate_object(&entry.object, config, true, &mut found);
        entry.action.validate(View::of(&without_empty_texts(&entry.object, config)), &mut found);
        Ok(found)
    }

    /// Checks the configuration of an action in a plan, also what was unknown in validation: Terraform does not validate it again.
    pub(crate) async fn plan_action(&self, type_name: &str, config: &Value) -> Result<Vec<Diagnostic>> {
        let entry = self.action_entry(type_name)?;
        if config.is_null() {
            return Ok(Vec::new());
        }
        let mut found = self.validate_action(type_name, config)?.into_vec();
        if !found.iter().any(Diagnostic::is_error)
            && let Some(api) = self.api_if_configured(SingleTimeout::INVOKE.from_object(config, entry.timeout))
        {
            found.extend(entry.action.plan_check(View::of(&without_empty_texts(&entry.object, config)), api).await);
        }
        Ok(self.without_silenced(found))
    }

    /// Does an action, and returns warnings and what went wrong.
    pub(crate) async fn invoke(&self, type_name: &str, config: Value, messages: mpsc::UnboundedSender<String>) -> Vec<Diagnostic> {
        let invoked = async {
            let entry = self.action_entry(type_name)?;
            let config = or_absent(&entry.object, &config);
            self.validate_action(type_name, &config)?.into_vec().into_iter().find(Diagnostic::is_error).map_or(Ok(()), Err)?;
            let api = self.api(SingleTimeout::INVOKE.from_object(&config, entry.timeout))?;
            Ok(entry.action.invoke(config, messages, api).await)
        };
        let mut found = self.without_silenced(invoked.await.unwrap_or_else(|why: Diagnostic| vec![why]));
        if let Some(error) = found.iter_mut().rfind(|found| found.is_error()) {
            error.detail.push_str(&format!(
                " Terraform does not run an action again by itself: use `terraform apply -invoke=action.{type_name}.NAME`, with the name of the action."
            ));
        }
        found
    }
}

/// The configuration. Without a `config` block Terraform sends null.
fn or_absent(object: &Object, config: &Value) -> Value {
    if config.is_null() { object.absent() } else { config.clone() }
}
