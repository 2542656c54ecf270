//! The objects that resources of this run hold: what is in state, what was created, and what is being adopted.
//!
//! An object is known by its resource type and its id in lower case, since services that spell ids differently mean the same by them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

use crate::diagnostic::Diagnostic;

/// How an object came to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// Terraform has shown it as an object in state.
    State,
    /// A resource that was created in this run holds it, or is about to.
    Creation,
    /// Nobody: a resource of this run deleted it. A listing may still show it, so it is not taken for an object of somebody else.
    Deleted,
}

/// What the plan of this run does with an object that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Intent {
    /// A resource in state keeps it.
    Keep,
    /// A resource that is to be created would adopt it.
    Adopt,
}

type Key = (String, String);

/// All objects that are held in this run, of every type. Shared by concurrent operations.
#[derive(Debug, Default)]
pub(crate) struct HeldObjects {
    holders: Mutex<HashMap<Key, Holder>>,
    planned: Mutex<HashMap<Key, Intent>>,
    /// How many instances of the configuration are of an object.
    declared: Mutex<HashMap<Key, usize>>,
    locks: Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>,
}

impl HeldObjects {
    /// The view that the operations of one resource type have.
    pub(crate) fn of_type(self: &Arc<Self>, type_name: &str) -> HeldOfType {
        HeldOfType { objects: self.clone(), type_name: type_name.to_owned() }
    }

    /// Forgets everything: a new run begins.
    pub(crate) fn clear(&self) {
        self.holders().clear();
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.declared.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn holders(&self) -> MutexGuard<'_, HashMap<Key, Holder>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The held objects of one resource type. An empty id names nothing and is never held.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldOfType {
    objects: Arc<HeldObjects>,
    type_name: String,
}

impl HeldOfType {
    fn key(&self, id: &str) -> Key {
        (self.type_name.clone(), id.to_lowercase())
    }

    /// Records an object that is in state.
    pub(crate) fn observe_state(&self, id: &str) {
        if !id.is_empty() {
            self.objects.holders().entry(self.key(id)).or_insert(Holder::State);
        }
    }

    /// Records an object that was created in this run.
    pub(crate) fn created(&self, id: &str) {
        if !id.is_empty() {
            self.objects.holders().insert(self.key(id), Holder::Creation);
        }
    }

    /// Claims an object for a resource that is being created: in one step, so that of several only one succeeds. Returns whether it was free.
    pub(crate) fn claim(&self, id: &str) -> bool {
        let mut holders = self.objects.holders();
        let is_free = matches!(holders.get(&self.key(id)), None | Some(Holder::Deleted));
        if is_free {
            holders.insert(self.key(id), Holder::Creation);
        }
        is_free
    }

    /// Records that a resource of this run deleted the object, unless another one has created or adopted it meanwhile.
    pub(crate) fn deleted(&self, id: &str) {
        let mut holders = self.objects.holders();
        if !id.is_empty() && holders.get(&self.key(id)) != Some(&Holder::Creation) {
            holders.insert(self.key(id), Holder::Deleted);
        }
    }

    /// Gives an object up: it is gone, or could not be adopted.
    pub(crate) fn release(&self, id: &str) {
        self.objects.holders().remove(&self.key(id));
    }

    /// Whether a resource of this run holds the object, or has deleted it.
    pub(crate) fn is_held(&self, id: &str) -> bool {
        self.objects.holders().contains_key(&self.key(id))
    }

    /// Whether a resource that was created in this run holds the object.
    pub(crate) fn is_created(&self, id: &str) -> bool {
        self.objects.holders().get(&self.key(id)) == Some(&Holder::Creation)
    }

    /// Records that an instance of the configuration is of this object.
    pub(crate) fn declare(&self, id: &str) {
        *self.objects.declared.lock().unwrap_or_else(PoisonError::into_inner).entry(self.key(id)).or_default() += 1;
    }

    /// Whether several instances of the configuration are of this object.
    pub(crate) fn is_declared_twice(&self, id: &str) -> bool {
        self.objects.declared.lock().unwrap_or_else(PoisonError::into_inner).get(&self.key(id)).is_some_and(|count| *count > 1)
    }

    /// Records, in a plan, that the resource which has the object in state keeps it. Returns whether no planned creation would adopt it.
    pub(crate) fn plan_to_keep(&self, id: &str) -> bool {
        id.is_empty() || self.plan_to(id, Intent::Keep)
    }

    /// Records, in a plan, that a creation would adopt the object. Returns whether no resource in state keeps it.
    pub(crate) fn plan_to_adopt(&self, id: &str) -> bool {
        self.plan_to(id, Intent::Adopt)
    }

    /// In one step, so that of two that contradict each other the second is refused, in whatever order they come.
    fn plan_to(&self, id: &str, intent: Intent) -> bool {
        let mut planned = self.objects.planned.lock().unwrap_or_else(PoisonError::into_inner);
        *planned.entry(self.key(id)).or_insert(intent) == intent
    }

    /// Waits until no other operation on this type works on the same name, and keeps others waiting until the guard is dropped.
    pub(crate) async fn lock(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.objects.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let known = locks.get(&self.key(name)).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let fresh = Arc::new(tokio::sync::Mutex::new(()));
                locks.insert(self.key(name), Arc::downgrade(&fresh));
                fresh
            })
        };
        lock.lock_owned().await
    }
}

/// The error of a creation whose object another resource holds.
pub(crate) fn held_already(id: &str) -> Diagnostic {
    Diagnostic::error(
        "The object is managed by this configuration already",
        format!(
            "Another resource of this configuration manages the object {id}. Keep one of them. If a resource was renamed, tell Terraform with a `moved` block; if this \
             one is to replace the other, do without `create_before_destroy`."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_claims_one_succeeds() {
        let groups = Arc::new(HeldObjects::default()).of_type("x_group");
        assert!(groups.claim("A") && !groups.claim("a"));
        groups.release("A");
        groups.observe_state("a");
        assert!(!groups.claim("A") && groups.is_held("A") && !groups.is_created("a"));
        groups.created("A");
        groups.observe_state("a");
        groups.deleted("a");
        assert!(groups.is_created("a"), "that it is shown as in state later, or that its former resource is destroyed, changes nothing");
        assert!(groups.objects.of_type("x_user").claim("A"), "another type has other objects");
    }

    #[test]
    fn what_was_deleted_is_known_and_free() {
        let groups = Arc::new(HeldObjects::default()).of_type("x_group");
        groups.observe_state("a");
        groups.deleted("A");
        assert!(groups.is_held("a") && !groups.is_created("a"), "a listing that still shows it shows no object of somebody else");
        assert!(groups.claim("a") && !groups.claim("a"));
    }

    #[test]
    fn what_is_kept_is_not_adopted_in_whatever_order_they_are_planned() {
        let groups = Arc::new(HeldObjects::default()).of_type("x_group");
        assert!(groups.plan_to_keep("A") && groups.plan_to_keep("a") && !groups.plan_to_adopt("a"));
        assert!(groups.plan_to_adopt("B") && groups.plan_to_adopt("b") && !groups.plan_to_keep("B"));
        assert!(groups.plan_to_keep("") && groups.plan_to_keep(""));
    }

    #[tokio::test]
    async fn operations_on_one_name_wait_for_each_other() {
        let groups = Arc::new(HeldObjects::default()).of_type("x_group");
        let held = groups.lock("admins").await;
        let same = tokio::time::timeout(std::time::Duration::from_millis(20), groups.lock("Admins")).await;
        assert!(same.is_err());
        drop((groups.lock("others").await, held));
        drop(groups.lock("admins").await);
    }
}
