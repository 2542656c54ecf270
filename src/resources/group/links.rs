//! What a group is linked to: owners and administrative units.

use std::collections::HashSet;

use framework::{Context, Resource, Result};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;

use super::Group;
use crate::azure::{Error, Request};
use crate::client::consistency;
use crate::client::diagnose::could_not;
use crate::client::removal::Outcome;
use crate::client::removal::Removals;
use crate::directory::{GroupRelation, Select};
use crate::services::Services;

/// How many references one PATCH takes (docs/services/graph.md#updating-groups).
pub(super) const REFERENCES_A_PATCH: usize = 20;

/// A kind of link.
pub(super) struct Links {
    /// The attribute that lists them.
    attribute: &'static str,
    /// What one is called.
    noun: &'static str,
    /// The collections in which they are.
    list: fn(group: &str) -> Vec<Request>,
    /// The collection and the id by which a link's body names its object: these, or the group itself.
    body: fn(group: &str, this: &str) -> (&'static str, String),
    /// Adds some, given the addresses of what their bodies name.
    add: fn(group: &str, these: &[String], addresses: &[String]) -> Request,
    /// How many one request adds.
    at_once: usize,
    /// How many a group can have.
    at_most: usize,
    remove: fn(group: &str, this: &str) -> Request,
}

/// The owners of a group.
pub(super) const OWNERS: Links = Links {
    attribute: "owners",
    noun: "owner",
    list: |group| {
        vec![
            GroupRelation::Owners.without_service_principals(group, Select::Id),
            GroupRelation::Owners.service_principals(group, Select::Id),
        ]
    },
    body: |_, owner| ("directoryObjects", owner.to_owned()),
    add: |group, _, addresses| Request::patch("/groups/{id}").with("id", group).json(&json!({ "owners@odata.bind": addresses })),
    at_once: REFERENCES_A_PATCH,
    at_most: 100,
    remove: |group, this| Request::delete("/groups/{id}/owners/{owner}/$ref").with("id", group).with("owner", this),
};

/// The administrative units that a group belongs to.
pub(super) const ADMINISTRATIVE_UNITS: Links = Links {
    attribute: "administrative_unit_ids",
    noun: "administrative unit",
    list: |group| vec![Request::get("/groups/{id}/memberOf/microsoft.graph.administrativeUnit").with("id", group).query("$select", "id")],
    body: |group, _| ("groups", group.to_owned()),
    add: |_, units, addresses| {
        Request::post("/directory/administrativeUnits/{unit}/members/$ref")
            .with("unit", units.first().map(String::as_str).unwrap_or_default())
            .json(&json!({ "@odata.id": addresses.first() }))
            .repeatable()
    },
    at_once: 1,
    at_most: usize::MAX,
    remove: |group, this| Request::delete("/directory/administrativeUnits/{unit}/members/{id}/$ref").with("unit", this).with("id", group),
};

#[derive(Deserialize)]
struct Linked {
    id: String,
}

/// What was read, as the attribute shows it: nothing is null unless an empty list was given.
pub(super) fn given(prior: Option<&Vec<String>>, read: Vec<String>) -> Option<Vec<String>> {
    (!read.is_empty() || prior.is_some()).then_some(read)
}

impl Group {
    /// The ids of everything that it is linked to in this way.
    pub(super) async fn linked(&self, links: &Links, cx: &Context<Services>) -> Result<Vec<String>> {
        links.of(&self.id, cx).await.map_err(could_not(format!("list every {} of {}", links.noun, self.describe())))
    }

    /// Makes the links those of the plan: what is new is added before what is old is removed, so that a group is never without an owner.
    pub(super) async fn update_links(
        &self,
        links: &Links,
        prior: Option<&[String]>,
        planned: Option<&[String]>,
        cx: &mut Context<Services>,
    ) -> Result {
        let Some(planned) = planned else { return Ok(()) };
        // What was left alone so far is not known.
        let prior = match prior {
            Some(prior) => prior.to_vec(),
            None => self.linked(links, cx).await?,
        };
        let without = |these: &[String], others: &[String]| -> Vec<String> {
            let others: HashSet<String> = others.iter().map(|other| other.to_lowercase()).collect();
            these.iter().filter(|this| !others.contains(&this.to_lowercase())).cloned().collect()
        };
        let (added, removed) = (without(planned, &prior), without(&prior, planned));
        // Never without an owner, but never with more than there can be: those who do not fit go before the new ones come.
        let surplus = (prior.len() + added.len()).saturating_sub(links.at_most).min(removed.len());
        let (first, later) = removed.split_at(surplus);
        self.unlink(links, first, cx).await?;
        self.link(links, &added, cx).await?;
        self.unlink(links, later, cx).await?;
        if !added.is_empty() || !removed.is_empty() {
            consistency::mark_written(cx);
        }
        cx.applied(links.attribute);
        Ok(())
    }

    /// Adds links. One that is there already is no error; one to an object that not every replica has yet is tried again.
    pub(super) async fn link(&self, links: &Links, added: &[String], cx: &Context<Services>) -> Result {
        if added.is_empty() {
            return Ok(());
        }
        let named = |these: &[String]| match these {
            [one] => format!("the {} {one}", links.noun),
            several => format!("{} {}s", several.len(), links.noun),
        };
        let what = || could_not(format!("add {} to {}", named(added), self.describe()));
        let mut requests = Vec::new();
        for these in added.chunks(links.at_once) {
            requests.push(self.adding(links, these, cx).await.map_err(what())?);
        }
        let results = cx.api.client().send_all_until_visible(requests).await;
        for (these, result) in added.chunks(links.at_once).zip(results) {
            match result {
                Ok(_) => {}
                // One of several exists already and none was added: add them one at a time.
                Err(error) if error.is_reference_exists() && these.len() > 1 => {
                    let mut singly = Vec::new();
                    for one in these {
                        singly.push(self.adding(links, std::slice::from_ref(one), cx).await.map_err(what())?);
                    }
                    let singly = cx.api.client().send_all_until_visible(singly).await;
                    let mut failures = singly.into_iter().filter_map(Result::err).filter(|error| !error.is_reference_exists());
                    if let Some(error) = failures.next() {
                        return Err(what()(error).at_attribute(links.attribute));
                    }
                }
                Err(error) if error.is_reference_exists() => {}
                Err(error) => {
                    return Err(could_not(format!("add {} to {}", named(these), self.describe()))(error).at_attribute(links.attribute));
                }
            }
        }
        Ok(())
    }

    /// The request that adds these.
    async fn adding(&self, links: &Links, these: &[String], cx: &Context<Services>) -> Result<Request, Error> {
        let mut addresses = Vec::with_capacity(these.len());
        for this in these {
            let (collection, id) = (links.body)(&self.id, this);
            addresses.push(cx.api.client().reference(collection, &id).await?);
        }
        Ok((links.add)(&self.id, these, &addresses))
    }

    /// Removes links. One that is gone already is no error.
    async fn unlink(&self, links: &Links, removed: &[String], cx: &Context<Services>) -> Result {
        let removals = Unlinking { links, group: &self.id, removed, cx };
        for (this, outcome) in removed.iter().zip(cx.api.client().remove_all(&removals, consistency::stale_until(cx)).await) {
            let what = format!("remove the {} {this} from {}", links.noun, self.describe());
            outcome.map_err(could_not(what)).map_err(|refused| refused.at_attribute(links.attribute))?;
        }
        Ok(())
    }
}

impl Links {
    /// The ids of everything that a group is linked to in this way. Of one that was created recently, not being found is not believed at once.
    pub(super) async fn of(&self, group: &str, cx: &Context<Services>) -> Result<Vec<String>, Error> {
        let list = || try_join_all((self.list)(group).into_iter().map(|list| cx.api.client().list::<Linked>(list.query("$top", "999"))));
        let is_there = |listed: &Result<Vec<Vec<Linked>>, Error>| !matches!(listed, Err(error) if error.is_not_found());
        let listed = cx.api.client().until(consistency::stale_until(cx), list, is_there).await?;
        let mut seen = HashSet::new();
        Ok(listed.into_iter().flatten().map(|linked| linked.id).filter(|id| seen.insert(id.to_lowercase())).collect())
    }
}

/// Links of a group that are removed.
struct Unlinking<'a> {
    links: &'a Links,
    group: &'a str,
    removed: &'a [String],
    cx: &'a Context<Services>,
}

impl Unlinking<'_> {
    fn at(&self, which: &[usize]) -> impl Iterator<Item = &String> {
        which.iter().filter_map(|which| self.removed.get(*which))
    }
}

impl Removals for Unlinking<'_> {
    fn count(&self) -> usize {
        self.removed.len()
    }

    async fn remove(&self, which: &[usize]) -> Vec<Result<Outcome, Error>> {
        let requests = self.at(which).map(|this| (self.links.remove)(self.group, this)).collect();
        self.cx.api.client().send_all(requests).await.into_iter().map(|sent| sent.map(|_| Outcome::Applied)).collect()
    }

    async fn exist(&self, which: &[usize]) -> Vec<Result<bool, Error>> {
        match self.links.of(self.group, self.cx).await {
            Ok(linked) => self.at(which).map(|this| Ok(linked.iter().any(|id| id.eq_ignore_ascii_case(this)))).collect(),
            // Without the group there are no links.
            Err(error) if error.is_not_found() => self.at(which).map(|_| Ok(false)).collect(),
            Err(error) => self.at(which).map(|_| Err(error.clone())).collect(),
        }
    }
}
