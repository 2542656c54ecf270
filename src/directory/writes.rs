//! Memberships that are made and ended, together with those that others make and end.
//!
//! Members of one group are added twenty at a time in one PATCH, and everything that leaves together travels in one `$batch`. A PATCH is done whole or not at all
//! (docs/services/graph.md#updating-groups): when one of several is refused, each is added by itself, so that the one that is wrong is told alone. A removal that
//! found no member is confirmed ([`removal`]) before it counts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join, join_all};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::batcher::{Batch, BatchedWork};
use super::memberships::{MembersOf, Memberships};
use super::removed_members::Members;
use crate::azure::{Answer, Api, BATCH, Client, Error, Interrupted, OperationContext, Request};
use crate::client::CONSISTENCY_WINDOW;
use crate::client::removal::{self, Outcome};

/// What one PATCH takes (docs/services/graph.md#updating-groups).
const REFERENCES: usize = 20;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What is done to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MembershipOperation {
    Add,
    Remove,
}

/// Members of one group, all to be added or all to be removed.
pub(super) struct MembershipChange {
    pub(super) group: Uuid,
    pub(super) deed: MembershipOperation,
    pub(super) members: Vec<Uuid>,
    /// Until when the service may not know of a membership that is to be removed, by its clock; none if it was not made lately.
    pub(super) stale_until: Option<Timestamp>,
}

/// Makes and ends memberships.
#[derive(Debug)]
pub(super) struct Writes {
    pub(super) memberships: Arc<Memberships>,
}

/// One membership of a flight.
#[derive(Clone)]
struct Single {
    group: Uuid,
    member: Uuid,
    deed: MembershipOperation,
    outcome: Option<Result<Outcome, Error>>,
}

impl Single {
    fn take_outcome(&mut self) -> Result<Outcome, Error> {
        self.outcome.take().unwrap_or_else(|| Err(Error::Invalid("nothing came of it".to_owned())))
    }
}

/// Memberships that are written by one request: indices of singles.
struct Part(Vec<usize>);

/// Whom to answer: with how many singles, beginning where.
struct Caller {
    begin: usize,
    count: usize,
    deed: MembershipOperation,
    stale_until: Option<Timestamp>,
    answer: oneshot::Sender<Vec<Result<Outcome, Error>>>,
}

impl BatchedWork for Writes {
    type MembershipChange = MembershipChange;
    type Answer = Vec<Result<Outcome, Error>>;
    type Key = Uuid;
    const FULL: usize = REFERENCES;
    const MOST: usize = REFERENCES * BATCH;

    fn key(wish: &MembershipChange) -> Uuid {
        wish.group
    }

    fn size(wish: &MembershipChange) -> usize {
        wish.members.len()
    }

    async fn fly(self: Arc<Self>, flight: Batch<Self>) -> Option<BoxFuture<'static, ()>> {
        let Batch { client, operation_context, passengers } = flight;
        let (mut singles, mut callers) = (Vec::new(), Vec::new());
        for passenger in passengers {
            let MembershipChange { group, deed, members, stale_until } = passenger.wish;
            callers.push(Caller { begin: singles.len(), count: members.len(), deed, stale_until, answer: passenger.answer });
            singles.extend(members.into_iter().map(|member| Single { group, member, deed, outcome: None }));
        }
        let base = match client.endpoints(&operation_context).await {
            Ok(endpoints) => endpoints.base(Api::Graph),
            Err(error) => {
                singles.iter_mut().for_each(|single| single.outcome = Some(Err(error.clone())));
                self.tell(&singles, callers);
                return None;
            }
        };
        let mut writing = Writing { client, operation_context, base, singles };
        writing.together().await;
        let open = self.tell_settled(&writing, callers);
        if open.is_empty() {
            return None;
        }
        let (removing, adding): (Vec<_>, Vec<_>) = open.into_iter().partition(|caller| caller.deed == MembershipOperation::Remove);
        Some(Box::pin(async move {
            let removing: Vec<_> = removing.into_iter().map(|caller| (writing.of(&caller), caller)).collect();
            let (client, operation_context) = (writing.client.clone(), writing.operation_context.clone());
            let confirmed =
                join_all(removing.into_iter().map(|(singles, caller)| self.confirm(&client, &operation_context, singles, caller)));
            join(confirmed, self.wait_for_young(writing, adding)).await;
        }))
    }
}

impl Writes {
    /// Confirms a caller's removals, some of which found nothing to remove, and answers.
    async fn confirm(&self, client: &Client, operation_context: &OperationContext, mut singles: Vec<Single>, caller: Caller) {
        let Some(group) = singles.first().map(|single| single.group) else { return };
        let (group, members) = (self.memberships.of(group), singles.iter().map(|single| single.member).collect::<Vec<_>>());
        let removals = Members { client, operation_context, group: &group, members: &members };
        let said = singles.iter_mut().map(Single::take_outcome).collect();
        let outcomes = removal::confirm(&removals, said, client, caller.stale_until, operation_context).await;
        singles.iter_mut().zip(outcomes).for_each(|(single, outcome)| single.outcome = Some(outcome));
        self.tell(&singles, vec![Caller { begin: 0, ..caller }]);
    }

    /// Tries those again whose objects are too young to be seen everywhere, until they are no longer young.
    async fn wait_for_young(&self, mut writing: Writing, mut open: Vec<Caller>) {
        let (stale_until, mut pause) = (Instant::now() + CONSISTENCY_WINDOW.unsigned_abs(), FIRST_PAUSE);
        while !open.is_empty() && Instant::now() < stale_until {
            if let Err(ended) = writing.operation_context.sleep(pause).await {
                writing.end(ended);
                break;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            writing.again().await;
            open = self.tell_settled(&writing, open);
        }
        self.tell(&writing.singles, open);
    }

    /// Answers those callers of whose members nothing is open any more, and gives the others back.
    fn tell_settled(&self, writing: &Writing, callers: Vec<Caller>) -> Vec<Caller> {
        let (settled, open) = callers.into_iter().partition(|caller| writing.is_settled(caller));
        self.tell(&writing.singles, settled);
        open
    }

    /// Takes note of what is so now, and answers.
    fn tell(&self, singles: &[Single], callers: Vec<Caller>) {
        for caller in callers {
            let own = singles.get(caller.begin..caller.begin + caller.count).unwrap_or_default();
            let outcomes = own.iter().map(|single| {
                let outcome = single.clone().take_outcome();
                if outcome.is_ok() {
                    self.memberships.of(single.group).written(single.member, single.deed == MembershipOperation::Add);
                }
                outcome
            });
            // Whoever has gone away is not told; it was done all the same.
            let _ = caller.answer.send(outcomes.collect());
        }
    }
}

/// A flight under way.
struct Writing {
    client: Arc<Client>,
    operation_context: OperationContext,
    /// The address of Microsoft Graph, for references.
    base: String,
    singles: Vec<Single>,
}

impl Writing {
    /// Sends everything once, in as few requests as possible. What names an object that may be too young has no outcome after it, but its error.
    async fn together(&mut self) {
        let parts = self.parts();
        let mut alone = Vec::new();
        for (part, result) in self.send(&parts).await {
            match (part.0.as_slice(), result) {
                ([one], result) => self.settle(*one, result),
                (several, Ok(_)) => several.iter().for_each(|one| self.outcome(*one, Ok(Outcome::Applied))),
                // An answer, whatever it says: some of them may be accepted alone.
                (several, Err(error)) if error.is_answer() && !error.is_throttled() => {
                    alone.push((several.to_vec(), error.is_repeated() || error.is_ambiguous()));
                }
                (several, Err(error)) => several.iter().for_each(|one| self.outcome(*one, Err(error.clone()))),
            }
        }
        let parts: Vec<Part> = alone.iter().flat_map(|(several, _)| several).map(|one| Part(vec![*one])).collect();
        for (part, result) in self.send(&parts).await {
            part.0.iter().for_each(|one| self.settle(*one, result.clone()));
        }
        // The answer to the PATCH was lost. It was done whole or not at all: if all are members now, it was done, and it was ours.
        for (several, _) in alone.into_iter().filter(|(_, lost)| *lost) {
            if several
                .iter()
                .all(|one| matches!(self.singles.get(*one).map(|single| &single.outcome), Some(Some(Ok(Outcome::AlreadyApplied)))))
            {
                several.iter().for_each(|one| self.outcome(*one, Ok(Outcome::Applied)));
            }
        }
    }

    /// Sends what is open once more, each membership by itself.
    async fn again(&mut self) {
        let parts: Vec<Part> = self.open().into_iter().map(|one| Part(vec![one])).collect();
        for (part, result) in self.send(&parts).await {
            part.0.iter().for_each(|one| self.settle(*one, result.clone()));
        }
    }

    /// Gives up what is open, because the time is over or because of a stop.
    fn end(&mut self, ended: Interrupted) {
        for one in self.open() {
            let last = self.singles.get_mut(one).and_then(|single| single.outcome.take()).and_then(Result::err);
            self.outcome(one, Err(ended.with(last)));
        }
    }

    /// Additions that may still be done.
    fn open(&self) -> Vec<usize> {
        let is_added = |one: &usize| self.singles.get(*one).is_some_and(|single| single.deed == MembershipOperation::Add);
        (0..self.singles.len()).filter(|one| is_added(one) && self.is_open(*one)).collect()
    }

    /// Members of the same group, twenty at a time; removals each by itself. The same membership twice is never in one PATCH, which would refuse it.
    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut open: HashMap<Uuid, (usize, HashSet<Uuid>)> = HashMap::new();
        for (at, single) in self.singles.iter().enumerate() {
            if single.deed == MembershipOperation::Add
                && let Some((part, members)) = open.get_mut(&single.group)
                && members.len() < REFERENCES
                && let Some(Part(ones)) = parts.get_mut(*part)
            {
                if members.insert(single.member) {
                    ones.push(at);
                    continue;
                }
            } else if single.deed == MembershipOperation::Add {
                open.insert(single.group, (parts.len(), HashSet::from([single.member])));
            }
            parts.push(Part(vec![at]));
        }
        parts
    }

    /// Sends a request for each part, and gives each back with what came of it.
    async fn send<'p>(&self, parts: &'p [Part]) -> Vec<(&'p Part, Result<Answer, Error>)> {
        let requests: Vec<Request> = parts.iter().map(|part| self.request(part)).collect();
        let results = match requests.as_slice() {
            [] => Vec::new(),
            [one] => vec![self.client.send(one, &self.operation_context).await],
            several => self.client.batch(several, &self.operation_context).await,
        };
        parts.iter().zip(results).collect()
    }

    fn request(&self, part: &Part) -> Request {
        let of: Vec<&Single> = part.0.iter().filter_map(|one| self.singles.get(*one)).collect();
        let group = of.first().map(|single| single.group.to_string()).unwrap_or_default();
        let address = |member: Uuid| format!("{}/directoryObjects/{member}", self.base);
        match of.as_slice() {
            [Single { deed: MembershipOperation::Remove, group, member, .. }] => MembersOf::Group(*group).removing(*member),
            [Single { member, .. }] => {
                Request::post("/groups/{id}/members/$ref").with("id", group).json(&json!({ "@odata.id": address(*member) })).repeatable()
            }
            several => {
                let addresses: Vec<String> = several.iter().map(|single| address(single.member)).collect();
                Request::patch("/groups/{id}").with("id", group).json(&json!({ "members@odata.bind": addresses }))
            }
        }
    }

    /// Takes what was said about one membership.
    fn settle(&mut self, one: usize, result: Result<Answer, Error>) {
        self.outcome(
            one,
            match result {
                Ok(_) => Ok(Outcome::Applied),
                // A lost answer: the attempt before did it.
                Err(error) if error.is_reference_exists() && error.is_repeated() => Ok(Outcome::Applied),
                Err(error) if error.is_reference_exists() => Ok(Outcome::AlreadyApplied),
                Err(error) => Err(error),
            },
        );
    }

    fn outcome(&mut self, one: usize, outcome: Result<Outcome, Error>) {
        if let Some(single) = self.singles.get_mut(one) {
            single.outcome = Some(outcome);
        }
    }

    /// Whether it may still be done, because what it names may be too young to be seen; or a removal that is to be confirmed.
    fn is_open(&self, one: usize) -> bool {
        self.singles.get(one).is_some_and(|single| {
            matches!(&single.outcome, Some(Err(error)) if match single.deed {
                MembershipOperation::Add => error.is_not_yet_there(),
                MembershipOperation::Remove => error.is_nothing_to_remove(),
            })
        })
    }

    /// The memberships of one caller.
    fn of(&self, caller: &Caller) -> Vec<Single> {
        self.singles.get(caller.begin..caller.begin + caller.count).unwrap_or_default().to_vec()
    }

    fn is_settled(&self, caller: &Caller) -> bool {
        !(caller.begin..caller.begin + caller.count).any(|one| self.is_open(one))
    }
}
