//! What the resources of all grants have in common.

use framework::moved::ForeignState;
use framework::{Context, Existence, Model, Result, View};

use super::Grant;
use super::terms::GrantTerms;
use crate::pim::GrantKind;
use crate::pim::grant_key::GrantKey;
use crate::services::Services;

/// What a grant gives, and to whom: the membership or ownership of a group, or an Azure role.
pub(crate) trait GrantTarget: Model + Clone + Send + Sync {
    /// Reads an import ID. Returns the target as far as the ID names it, and the ID of the schedule if that is what it is.
    fn import(id: &str, kind: GrantKind) -> Result<(Self, Option<String>)>;

    /// The import ID of a grant in another provider's state.
    fn foreign_id(from: &ForeignState<'_>) -> Result<String>;

    /// The terms in another provider's state that the service keeps for some weeks only: justification, ticket and duration.
    fn foreign_terms(from: &ForeignState<'_>) -> GrantTerms;

    /// Looks up what an import left open, and returns whether there is such a grant. `schedule_id` is empty if it is not known.
    fn resolve(&mut self, kind: GrantKind, schedule_id: &str, cx: &Context<Services>) -> impl Future<Output = Result<bool>> + Send;

    /// The key of the grant. Complete once [`GrantTarget::resolve`] has returned.
    fn key(&self, kind: GrantKind) -> Result<GrantKey>;

    /// The key of a planned grant; none while it is not known.
    fn planned_key(kind: GrantKind, planned: View<'_>) -> Option<GrantKey>;

    /// The grant in messages.
    fn describe(&self, kind: GrantKind) -> String;

    /// The condition of an Azure role and the version of its language; none for what cannot have one.
    fn condition(&self) -> Option<(String, String)> {
        None
    }

    /// Sets the condition that the service reports.
    fn set_condition(&mut self, _condition: Option<(String, String)>) {}
}

/// A grant as a resource.
pub(crate) trait ManagedGrant: Model + Send + Sync {
    /// What is granted.
    type Target: GrantTarget;
    /// Whether the grant is an eligibility or an active assignment.
    const KIND: GrantKind;

    /// A grant of these terms.
    fn new(target: Self::Target, terms: GrantTerms) -> Self;

    /// What is granted, and the terms.
    fn parts(&self) -> (&Self::Target, &GrantTerms);

    /// What is granted, and the terms, to be changed.
    fn parts_mut(&mut self) -> (&mut Self::Target, &mut GrantTerms);

    /// The grant of an import ID. Only what names it is set.
    fn import_grant(id: &str) -> Result<Self> {
        let (target, schedule_id) = Self::Target::import(id, Self::KIND)?;
        Ok(Self::new(target, GrantTerms { id: id.to_owned(), schedule_id, ..GrantTerms::absent() }))
    }

    /// Creates the grant, or adopts the one that exists.
    fn create_grant(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result> + Send {
        async move {
            resolve(self, cx).await?;
            let (key, mut grant) = (self.parts().0.key(Self::KIND)?, grant(self));
            let created = grant.create(&key, cx).await;
            set_grant(self, grant);
            created
        }
    }

    /// Reads the grant.
    fn read_grant(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result<Existence>> + Send {
        async move {
            if !resolve(self, cx).await? {
                return Ok(Existence::Gone);
            }
            let (key, mut grant) = (self.parts().0.key(Self::KIND)?, grant(self));
            let read = grant.read(&key, cx).await;
            set_grant(self, grant);
            read
        }
    }

    /// Changes the grant in place.
    fn update_grant(&mut self, prior: &Self, cx: &mut Context<Services>) -> impl Future<Output = Result> + Send {
        async move {
            let (key, mut changed) = (self.parts().0.key(Self::KIND)?, grant(self));
            let updated = changed.update(&grant(prior), &key, cx).await;
            set_grant(self, changed);
            updated
        }
    }

    /// Ends the grant.
    fn delete_grant(&mut self, cx: &mut Context<Services>) -> impl Future<Output = Result> + Send {
        async move {
            let key = self.parts().0.key(Self::KIND)?;
            grant(self).delete(&key, cx).await
        }
    }
}

/// The grant in another provider's state, for `moved` blocks.
pub(crate) fn moved<G: ManagedGrant>(from: &ForeignState<'_>) -> Result<G> {
    let mut moved = G::import_grant(&G::Target::foreign_id(from)?)?;
    let (_, terms) = moved.parts_mut();
    let foreign = G::Target::foreign_terms(from);
    *terms = GrantTerms { id: std::mem::take(&mut terms.id), schedule_id: terms.schedule_id.take(), ..foreign };
    Ok(moved)
}

pub(in crate::resources::pim) async fn resolve<G: ManagedGrant>(managed: &mut G, cx: &Context<Services>) -> Result<bool> {
    let (target, terms) = managed.parts_mut();
    target.resolve(G::KIND, terms.schedule_id.as_deref().unwrap_or_default(), cx).await
}

pub(in crate::resources::pim) fn grant<G: ManagedGrant>(managed: &G) -> Grant {
    let (target, terms) = managed.parts();
    Grant { terms: terms.clone(), condition: target.condition() }
}

pub(in crate::resources::pim) fn set_grant<G: ManagedGrant>(managed: &mut G, grant: Grant) {
    let (target, terms) = managed.parts_mut();
    *terms = grant.terms;
    target.set_condition(grant.condition);
}
