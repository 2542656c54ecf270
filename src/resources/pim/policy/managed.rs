//! What the resources of all policies have in common.

use framework::{Context, Existence, Model, Result};

use crate::client::consistency;
use crate::pim::{PolicyKey, Settings};
use crate::services::Services;

/// A policy as a resource.
pub(crate) trait ManagedPolicy: Model + Send + Sync {
    /// The key of the policy. Complete once [`ManagedPolicy::resolve`] has returned.
    fn policy_key(&self) -> Result<PolicyKey>;

    /// Looks up what an import left open, and returns whether there is such a policy.
    fn resolve(&mut self, cx: &Context<Services>) -> impl Future<Output = Result<bool>> + Send;

    /// The settings: configured, or as the service reported them.
    fn settings(&self) -> &Settings;

    /// Sets the identifier and the settings that the service reports.
    fn set(&mut self, id: String, settings: Settings);

    /// Changes the policy to match the configuration. A policy is neither created nor deleted, so this is creating and updating.
    fn write(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result> + Send {
        async move {
            self.resolve(cx).await?;
            let policy_key = self.policy_key()?;
            let settings = policy_key.change(self.settings(), cx).await?;
            self.set(policy_key.id(), settings);
            consistency::mark_written(cx);
            Ok(())
        }
    }

    /// Reads the policy.
    fn read_settings(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result<Existence>> + Send {
        async move {
            if !self.resolve(cx).await? {
                return Ok(Existence::Gone);
            }
            let policy_key = self.policy_key()?;
            let Some(settings) = policy_key.read(self.settings(), cx).await? else { return Ok(Existence::Gone) };
            self.set(policy_key.id(), settings);
            Ok(Existence::Found)
        }
    }
}
