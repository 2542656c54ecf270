//! The names and tables of one service, and the effects of its assignments.

use jiff::Timestamp;

use super::Purpose;
use crate::store::{Change, Key, Properties, View};

/// Identifies a grant: a principal with membership of a group, or with a role at a scope. All in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKey {
    /// A group, or a scope.
    pub scope: Key,
    /// `member` or `owner`, or the GUID of a role definition.
    pub access: Key,
    /// A user, a group or a service principal.
    pub principal: Key,
}

/// Being eligible and being active have the same three layers: what was asked for, the rule that came of it, and what is
/// in force.
#[derive(Debug)]
pub struct Kind {
    /// Table of the requests.
    pub requests: &'static str,
    /// Table of the schedules.
    pub schedules: &'static str,
    /// Table of the instances.
    pub instances: &'static str,
    /// Property of all three that has the grant key's place.
    pub place: &'static str,
    /// Property of all three that says what the grant key has there.
    pub what: &'static str,
    /// Property of an instance that names its schedule.
    pub schedule_id: &'static str,
    /// Rules that an administrator's request must satisfy.
    pub purpose: Purpose,
    /// The id of a schedule or an instance, with something in it that is new.
    pub id: fn(&GrantKey, &str) -> String,
    /// The effect of an active assignment; an eligible one has no effect of its own.
    pub effect: Option<Effect>,
}

/// The effect of an active assignment outside of Privileged Identity Management.
#[derive(Debug)]
pub struct Effect {
    /// Whether it is so already, by whatever way.
    pub holds: fn(View<'_>, &GrantKey) -> bool,
    /// The changes that make it so. Made again they change nothing.
    pub begin: fn(View<'_>, &GrantKey, &Properties, Timestamp) -> Vec<Change>,
    /// The changes that end it.
    pub end: fn(&GrantKey) -> Vec<Change>,
}

/// A service's Privileged Identity Management.
#[derive(Debug)]
pub struct Service {
    /// Who may become active.
    pub eligibility: &'static Kind,
    /// Who is active.
    pub assignment: &'static Kind,
    /// Table of the approvals.
    pub approvals: &'static str,
    /// The places of which an eligibility can be activated at a place, itself included.
    pub above: fn(View<'_>, &str) -> Vec<Key>,
}

impl Kind {
    /// Whether it is about being active.
    pub fn is_active(&self) -> bool {
        self.effect.is_some()
    }

    /// Whose a row of any layer is.
    pub fn grant_key(&self, row: &Properties) -> GrantKey {
        let key = |name| super::text(row, name).to_lowercase().into();
        GrantKey { scope: key(self.place), access: key(self.what), principal: key("principalId") }
    }

    /// The tables of the three layers.
    pub fn tables(&self) -> [&'static str; 3] {
        [self.requests, self.schedules, self.instances]
    }
}

impl Service {
    /// Both kinds.
    pub fn kinds(&self) -> [&'static Kind; 2] {
        [self.eligibility, self.assignment]
    }
}
