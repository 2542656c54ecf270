//! The objects that resources of this run manage: those in state, those that were created, and those that are being adopted.
//!
//! The key of an object is its resource type and its ID in lower case, because IDs are case-insensitive.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

use crate::diagnostic::Diagnostic;

/// Why an object counts as managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ObjectStatus {
    /// It is in state.
    State,
    /// A resource that was created in this run manages it, or is about to.
    Creation,
    /// A resource of this run deleted it. A listing may still show it, and must not be taken to show an unmanaged object.
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

type ObjectKey = (String, String);

/// The managed objects of every type. Shared by concurrent operations.
#[derive(Debug, Default)]
pub(crate) struct ManagedObjects {
    objects_by_key: Mutex<HashMap<ObjectKey, ObjectStatus>>,
    intents: Mutex<HashMap<ObjectKey, Intent>>,
    /// Number of instances of the configuration that declare an object.
    declared: Mutex<HashMap<ObjectKey, usize>>,
    locks: Mutex<HashMap<ObjectKey, Weak<tokio::sync::Mutex<()>>>>,
}

impl ManagedObjects {
    /// The view that the operations of one resource type have.
    pub(crate) fn of_type(self: &Arc<Self>, type_name: &str) -> ManagedObjectsOfType {
        ManagedObjectsOfType { objects: self.clone(), type_name: type_name.to_owned() }
    }

    /// Clears everything at the start of a run.
    pub(crate) fn clear(&self) {
        self.objects_by_key().clear();
        self.intents.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.declared.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn objects_by_key(&self) -> MutexGuard<'_, HashMap<ObjectKey, ObjectStatus>> {
        self.objects_by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The managed objects of one resource type. An empty ID belongs to no object.
#[derive(Clone, Debug, Default)]
pub(crate) struct ManagedObjectsOfType {
    objects: Arc<ManagedObjects>,
    type_name: String,
}

impl ManagedObjectsOfType {
    fn object_key(&self, id: &str) -> ObjectKey {
        (self.type_name.clone(), id.to_lowercase())
    }

    /// Records an object that is in state.
    pub(crate) fn observe_state(&self, id: &str) {
        if !id.is_empty() {
            self.objects.objects_by_key().entry(self.object_key(id)).or_insert(ObjectStatus::State);
        }
    }

    /// Records an object that was created in this run.
    pub(crate) fn created(&self, id: &str) {
        if !id.is_empty() {
            self.objects.objects_by_key().insert(self.object_key(id), ObjectStatus::Creation);
        }
    }

    /// Claims an object for a resource that is being created. Atomic: of several claims one succeeds. Returns whether the object was free.
    pub(crate) fn claim(&self, id: &str) -> bool {
        let mut objects_by_key = self.objects.objects_by_key();
        let is_free = matches!(objects_by_key.get(&self.object_key(id)), None | Some(ObjectStatus::Deleted));
        if is_free {
            objects_by_key.insert(self.object_key(id), ObjectStatus::Creation);
        }
        is_free
    }

    /// Records that a resource of this run deleted the object, unless another one has created or adopted it meanwhile.
    pub(crate) fn deleted(&self, id: &str) {
        let mut objects_by_key = self.objects.objects_by_key();
        if !id.is_empty() && objects_by_key.get(&self.object_key(id)) != Some(&ObjectStatus::Creation) {
            objects_by_key.insert(self.object_key(id), ObjectStatus::Deleted);
        }
    }

    /// Removes an object that is deleted or could not be adopted.
    pub(crate) fn release(&self, id: &str) {
        self.objects.objects_by_key().remove(&self.object_key(id));
    }

    /// Whether a resource of this run manages the object, or has deleted it.
    pub(crate) fn is_managed(&self, id: &str) -> bool {
        self.objects.objects_by_key().contains_key(&self.object_key(id))
    }

    /// Whether a resource that was created in this run manages the object.
    pub(crate) fn is_created(&self, id: &str) -> bool {
        self.objects.objects_by_key().get(&self.object_key(id)) == Some(&ObjectStatus::Creation)
    }

    /// Records that an instance of the configuration declares this object.
    pub(crate) fn declare(&self, id: &str) {
        *self.objects.declared.lock().unwrap_or_else(PoisonError::into_inner).entry(self.object_key(id)).or_default() += 1;
    }

    /// Whether several instances of the configuration declare this object.
    pub(crate) fn is_declared_twice(&self, id: &str) -> bool {
        self.objects.declared.lock().unwrap_or_else(PoisonError::into_inner).get(&self.object_key(id)).is_some_and(|count| *count > 1)
    }

    /// Records, in a plan, that the resource which has the object in state keeps it. Returns whether no planned creation would adopt it.
    pub(crate) fn plan_to_keep(&self, id: &str) -> bool {
        id.is_empty() || self.plan_to(id, Intent::Keep)
    }

    /// Records, in a plan, that a creation would adopt the object. Returns whether no resource in state keeps it.
    pub(crate) fn plan_to_adopt(&self, id: &str) -> bool {
        self.plan_to(id, Intent::Adopt)
    }

    /// Atomic: of two contradicting intents the second is refused, in either order.
    fn plan_to(&self, id: &str, intent: Intent) -> bool {
        let mut intents = self.objects.intents.lock().unwrap_or_else(PoisonError::into_inner);
        *intents.entry(self.object_key(id)).or_insert(intent) == intent
    }

    /// Waits until no other operation on this type works on the same name, and keeps others waiting until the guard is dropped.
    pub(crate) async fn lock(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.objects.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let known = locks.get(&self.object_key(name)).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let fresh = Arc::new(tokio::sync::Mutex::new(()));
                locks.insert(self.object_key(name), Arc::downgrade(&fresh));
                fresh
            })
        };
        lock.lock_owned().await
    }
}

/// The error of a creation whose object another resource manages.
pub(crate) fn already_managed(id: &str) -> Diagnostic {
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
        let groups = Arc::new(ManagedObjects::default()).of_type("x_group");
        assert!(groups.claim("A") && !groups.claim("a"));
        groups.release("A");
        groups.observe_state("a");
        assert!(!groups.claim("A") && groups.is_managed("A") && !groups.is_created("a"));
        groups.created("A");
        groups.observe_state("a");
        groups.deleted("a");
        assert!(groups.is_created("a"), "that it is shown as in state later, or that its former resource is destroyed, changes nothing");
        assert!(groups.objects.of_type("x_user").claim("A"), "another type has other objects");
    }

    #[test]
    fn what_was_deleted_is_known_and_free() {
        let groups = Arc::new(ManagedObjects::default()).of_type("x_group");
        groups.observe_state("a");
        groups.deleted("A");
        assert!(groups.is_managed("a") && !groups.is_created("a"), "a listing that still shows it shows no object of somebody else");
        assert!(groups.claim("a") && !groups.claim("a"));
    }

    #[test]
    fn what_is_kept_is_not_adopted_in_whatever_order_they_are_planned() {
        let groups = Arc::new(ManagedObjects::default()).of_type("x_group");
        assert!(groups.plan_to_keep("A") && groups.plan_to_keep("a") && !groups.plan_to_adopt("a"));
        assert!(groups.plan_to_adopt("B") && groups.plan_to_adopt("b") && !groups.plan_to_keep("B"));
        assert!(groups.plan_to_keep("") && groups.plan_to_keep(""));
    }

    #[tokio::test]
    async fn operations_on_one_name_wait_for_each_other() {
        let groups = Arc::new(ManagedObjects::default()).of_type("x_group");
        let held = groups.lock("admins").await;
        let same = tokio::time::timeout(std::time::Duration::from_millis(20), groups.lock("Admins")).await;
        assert!(same.is_err());
        drop((groups.lock("others").await, held));
        drop(groups.lock("admins").await);
    }

    #[tokio::test]
    async fn an_interruption_ends_the_wait_for_a_name() {
        let objects = Arc::<ManagedObjects>::default();
        let stop = tokio_util::sync::CancellationToken::new();
        let context = || crate::Context::new((), crate::private::Private::default(), objects.of_type("group")).interrupted_by(stop.clone());
        let (first, second) = (context(), context());
        let held = first.lock("admins").await;
        let waiting = second.lock("admins");
        let interrupt = async {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            stop.cancel();
        };
        let (waited, ()) = tokio::join!(waiting, interrupt);
        assert!(held.is_some() && waited.is_none());
    }
}
