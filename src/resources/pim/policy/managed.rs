//! What the policies of groups and of roles do alike as resources.

use framework::{Context, Existence, Model, Result};

use crate::client::consistency;
use crate::pim::{PolicyKey, Settings};
use crate::services::Services;

/// A policy as a resource: what each has of its own is required, what all do alike is provided.
pub(crate) trait ManagedPolicy: Model + Send + Sync {
    /// Whose policy it is. Known once [`ManagedPolicy::find_place`] has found it.
    fn governed(&self) -> Result<PolicyKey>;

    /// Finds out what an import left open, and returns whether there is such a policy.
    fn find_place(&mut self, cx: &Context<Services>) -> impl Future<Output = Result<bool>> + Send;

    /// What the policy says; in a plan, what is wanted of it.
    fn settings(&self) -> &Settings;

    /// Takes over the identifier and what the service says.
    fn take(&mut self, id: String, settings: Settings);

    /// Makes the policy what is wanted. A policy is neither created nor deleted, so this is creating and updating.
    fn write(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result> + Send {
        async move {
            self.find_place(cx).await?;
            let governed = self.governed()?;
            let settings = governed.change(self.settings(), cx).await?;
            self.take(governed.id(), settings);
            consistency::mark_written(cx);
            Ok(())
        }
    }

    /// Reads the policy.
    fn read_settings(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result<Existence>> + Send {
        async move {
            if !self.find_place(cx).await? {
                return Ok(Existence::Gone);
            }
            let governed = self.governed()?;
            let Some(settings) = governed.read(self.settings(), cx).await? else { return Ok(Existence::Gone) };
            self.take(governed.id(), settings);
            Ok(Existence::Found)
        }
    }
}
