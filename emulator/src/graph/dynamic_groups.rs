//! Members of dynamic groups: users for whom the group's rule holds.
//!
//! In the profile `realistic` a group is evaluated some minutes after a change (learn.microsoft.com/entra/identity/users/groups-dynamic-membership:
//! usually within minutes, up to 24 hours), otherwise together with it. Unverified: which of the changes below make the service evaluate a group.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::rows::is_rule_attribute;
use crate::{
    clock::seconds,
    directory::{
        groups, links,
        membership_rules::{self, Rule, Subject},
        users,
    },
    store::{Change, Key, Row, View},
};

/// How long a change takes to have an effect on memberships where things take their time.
const DELAY: SignedDuration = SignedDuration::from_mins(5);

/// When a group is to be evaluated, in its row; no answer shows it.
const DUE: &str = "~evaluateAt";

/// Whether memberships are evaluated with the change, or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluation {
    /// Together with it.
    Immediate,
    /// After a while.
    Delayed,
}

/// Attributes that rules know under another name than Graph.
const RENAMED: &[(&str, &str)] = &[
    ("objectid", "id"),
    ("physicaldeliveryofficename", "officeLocation"),
    ("telephonenumber", "businessPhones"),
    ("mobile", "mobilePhone"),
    ("facsimiletelephonenumber", "faxNumber"),
    ("dirsyncenabled", "onPremisesSyncEnabled"),
    ("sipproxyaddress", "imAddresses"),
];

/// The changes of memberships that follow from changes. `view`: the store before them.
pub fn follow(view: View<'_>, changes: &[Change], how: Evaluation, now: Timestamp) -> Vec<Change> {
    let concerns_users = |change: &Change| match change {
        Change::Put { table, .. } | Change::Remove { table, .. } => *table == users::TABLE,
        Change::Link { relation, .. } | Change::Unlink { relation, .. } => [links::MEMBERS, links::MANAGER].contains(relation),
    };
    let after = After::new(view, changes);
    let all = changes.iter().any(concerns_users);
    let mut changed: BTreeSet<Key> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Put { table, key, row } if *table == groups::TABLE && is_evaluated(row) => Some(key.clone()),
            _ => None,
        })
        .collect();
    if all {
        let on = view.with(groups::TABLE, "membershipRuleProcessingState", "On").unwrap_or_default();
        changed.extend(on.into_iter().filter(|key| after.row(groups::TABLE, key).is_some_and(|row| is_evaluated(&row))));
    }
    let mut out = Vec::new();
    for key in changed {
        let Some(row) = after.row(groups::TABLE, &key) else { continue };
        match how {
            Evaluation::Immediate => out.extend(memberships(&after, &key, &row)),
            Evaluation::Delayed if row.contains_key(DUE) => {}
            Evaluation::Delayed => out.push(with_due(&key, &row, Some(now.checked_add(DELAY).unwrap_or(now)))),
        }
    }
    out
}

/// The changes that are due by now.
pub fn due(view: View<'_>, now: Timestamp) -> Vec<Change> {
    let after = After::new(view, &[]);
    let mut out = Vec::new();
    for (key, row) in waiting(view) {
        if due_of(&row).is_some_and(|at| at <= now) {
            out.extend(memberships(&after, &key, &row));
            out.push(with_due(&key, &row, None));
        }
    }
    out
}

/// When the next group is due.
pub fn next(view: View<'_>) -> Option<Timestamp> {
    waiting(view).filter_map(|(_, row)| due_of(&row)).min()
}

/// The instant at which a change makes a group due.
pub fn due_by(changes: &[Change]) -> Option<Timestamp> {
    let rows = changes.iter().filter_map(|change| match change {
        Change::Put { table, row, .. } if *table == groups::TABLE => due_of(row),
        _ => None,
    });
    rows.min()
}

fn waiting(view: View<'_>) -> impl Iterator<Item = (Key, Row)> {
    let keys = view.with(groups::TABLE, "membershipRuleProcessingState", "On").unwrap_or_default();
    keys.into_iter().filter_map(move |key| view.get(groups::TABLE, &key).map(|row| (key, row)))
}

fn due_of(row: &Row) -> Option<Timestamp> {
    row.get(DUE)?.as_str()?.parse().ok()
}

fn with_due(key: &Key, row: &Row, at: Option<Timestamp>) -> Change {
    let mut row = row.as_ref().clone();
    match at {
        Some(at) => row.insert(DUE.into(), json!(seconds(at))),
        None => row.remove(DUE),
    };
    Change::Put { table: groups::TABLE, key: key.clone(), row: row.into() }
}

fn is_evaluated(row: &Row) -> bool {
    let dynamic = row.get("groupTypes").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("DynamicMembership")));
    dynamic && row.get("membershipRuleProcessingState") == Some(&json!("On"))
}

/// The changes that make a group's members those of its rule.
fn memberships(after: &After<'_>, group: &Key, row: &Row) -> Vec<Change> {
    let text = row.get("membershipRule").and_then(Value::as_str).unwrap_or_default();
    // It was checked when it was written.
    let Ok(rule) = membership_rules::parse(text, is_rule_attribute) else { return Vec::new() };
    let members: BTreeSet<Key> = after.view.links(links::MEMBERS, group, None).into_iter().collect();
    let wanted = after.users(&rule);
    let link = |to: &Key| Change::Link { relation: links::MEMBERS, from: group.clone(), to: to.clone() };
    let unlink = |to: &Key| Change::Unlink { relation: links::MEMBERS, from: group.clone(), to: to.clone() };
    wanted.difference(&members).map(link).chain(members.difference(&wanted).map(unlink)).collect()
}

/// The store after some changes.
struct After<'a> {
    view: View<'a>,
    /// Rows that are other than in the view; `None`: they are gone.
    rows: BTreeMap<(&'static str, Key), Option<Row>>,
    /// Links that are other than in the view: relation, from, to, and whether they are there.
    links: Vec<(&'static str, Key, Key, bool)>,
}

impl<'a> After<'a> {
    fn new(view: View<'a>, changes: &[Change]) -> Self {
        let mut out = Self { view, rows: BTreeMap::new(), links: Vec::new() };
        for change in changes {
            match change {
                Change::Put { table, key, row } => drop(out.rows.insert((*table, key.clone()), Some(row.clone()))),
                Change::Remove { table, key } => drop(out.rows.insert((*table, key.clone()), None)),
                Change::Link { relation, from, to } => out.links.push((*relation, from.clone(), to.clone(), true)),
                Change::Unlink { relation, from, to } => out.links.push((*relation, from.clone(), to.clone(), false)),
            }
        }
        out
    }

    fn row(&self, table: &'static str, key: &Key) -> Option<Row> {
        match self.rows.get(&(table, key.clone())) {
            Some(row) => row.clone(),
            None => self.view.get(table, key),
        }
    }

    fn linked(&self, relation: &str, from: &str, to: &str) -> bool {
        let changed = self.links.iter().rev().find(|(one, a, b, _)| *one == relation && a.as_ref() == from && b.as_ref() == to);
        changed.map_or_else(|| self.view.linked(relation, from, to), |(.., there)| *there)
    }

    /// The users for whom a rule holds.
    fn users(&self, rule: &Rule) -> BTreeSet<Key> {
        let holds = |key: &Key, row: &Row| rule.holds(&User { after: self, key, row });
        let mut out: BTreeSet<Key> = self
            .view
            .rows(users::TABLE, None)
            .filter(|(key, _)| !self.rows.contains_key(&(users::TABLE, key.clone())))
            .filter(|(key, row)| holds(key, row))
            .map(|(key, _)| key)
            .collect();
        for ((table, key), row) in &self.rows {
            if let (users::TABLE, Some(row)) = (*table, row)
                && holds(key, row)
            {
                out.insert(key.clone());
            }
        }
        out
    }
}

struct User<'u> {
    after: &'u After<'u>,
    key: &'u Key,
    row: &'u Row,
}

impl Subject for User<'_> {
    fn property(&self, name: &str) -> Value {
        let lower = name.to_lowercase();
        if lower.starts_with("extensionattribute") {
            let extensions = self.row.get("onPremisesExtensionAttributes").and_then(Value::as_object);
            let found = extensions.into_iter().flatten().find(|(known, _)| known.eq_ignore_ascii_case(name));
            return found.map(|(_, value)| value.clone()).unwrap_or_default();
        }
        let name = RENAMED.iter().find(|(known, _)| *known == lower).map_or(name, |(_, graph)| graph);
        let found = self.row.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
        match found.unwrap_or_default() {
            // A rule knows one telephone number.
            Value::Array(mut all) if lower == "telephonenumber" => {
                if all.is_empty() {
                    Value::Null
                } else {
                    all.remove(0)
                }
            }
            value => value,
        }
    }

    fn is_member_of(&self, group: &str) -> bool {
        self.after.linked(links::MEMBERS, &group.to_lowercase(), self.key)
    }

    fn reports_to(&self, manager: &str) -> bool {
        self.after.linked(links::MANAGER, self.key, &manager.to_lowercase())
    }
}
