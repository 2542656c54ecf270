//! Adds and removes members of groups, in batches.
//!
//! Members of one group are added twenty at a time in one PATCH, and the requests of a batch are sent as one `$batch`. Microsoft Graph applies a PATCH
//! as a whole or not at all (docs/services/graph.md#updating-groups): if it refuses one, each member is added on its own, so that the error names the
//! member that is wrong. A removal that found no member is confirmed ([`removal`]) before it is reported as done.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::batcher::{Batch, BatchedWork};
use super::memberships::{MembersOf, Memberships};
use super::removed_members::Members;
use crate::azure::{Answer, Api, BATCH, Backoff, Client, Error, Interrupted, OperationContext, Request};
use crate::client::consistency::CONSISTENCY_WINDOW;
use crate::client::removal::{self, Outcome};

/// Largest number of members in one PATCH (docs/services/graph.md#updating-groups).
const REFERENCES: usize = 20;

/// The operation on a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MembershipOperation {
    Add,
    Remove,
}

/// Members of one group, all to be added or all to be removed.
pub(super) struct MembershipChange {
    pub(super) group: Uuid,
    pub(super) operation: MembershipOperation,
    pub(super) members: Vec<Uuid>,
    /// Time of the service until which its replicas may not show a membership that is to be removed; none if it was not added recently.
    pub(super) stale_until: Option<Timestamp>,
}

/// Adds and removes members of groups.
#[derive(Debug)]
pub(super) struct MembershipWriter {
    pub(super) memberships: Arc<Memberships>,
}

/// One membership of a batch.
#[derive(Clone)]
struct Single {
    group: Uuid,
    member: Uuid,
    operation: MembershipOperation,
    outcome: Option<Result<Outcome, Error>>,
}

impl Single {
    fn take_outcome(&mut self) -> Result<Outcome, Error> {
        self.outcome
            .take()
            .unwrap_or_else(|| Err(Error::Invalid("the membership was not written; this is a bug of the provider".to_owned())))
    }
}

/// Memberships that one request writes: indices of singles.
struct Part(Vec<usize>);

/// One job of a batch: its range of singles, and where to send the answer.
struct Caller {
    begin: usize,
    count: usize,
    operation: MembershipOperation,
    stale_until: Option<Timestamp>,
    answer: oneshot::Sender<Vec<Result<Outcome, Error>>>,
}

/// What a batch leaves to [`BatchedWork::finish`]: removals to confirm, and additions to repeat.
pub(super) struct Unfinished {
    writing: Writing,
    removing: Vec<Caller>,
    adding: Vec<Caller>,
}

impl BatchedWork for MembershipWriter {
    type Input = MembershipChange;
    type Output = Vec<Result<Outcome, Error>>;
    type Rest = Unfinished;
    type Key = Uuid;
    const DISPATCH_SIZE: usize = REFERENCES;
    const MAX_SIZE: usize = REFERENCES * BATCH;

    fn key(change: &MembershipChange) -> Uuid {
        change.group
    }

    fn size(change: &MembershipChange) -> usize {
        change.members.len()
    }

    async fn run(&self, batch: Batch<Self>) -> Option<Unfinished> {
        let Batch { client, operation_context, jobs } = batch;
        let (mut singles, mut callers) = (Vec::new(), Vec::new());
        for job in jobs {
            let MembershipChange { group, operation, members, stale_until } = job.input;
            callers.push(Caller { begin: singles.len(), count: members.len(), operation, stale_until, answer: job.answer });
            singles.extend(members.into_iter().map(|member| Single { group, member, operation, outcome: None }));
        }
        let base = match client.endpoints(&operation_context).await {
            Ok(endpoints) => endpoints.base(Api::Graph),
            Err(error) => {
                singles.iter_mut().for_each(|single| single.outcome = Some(Err(error.clone())));
                self.answer(&singles, callers);
                return None;
            }
        };
        let mut writing = Writing { client, operation_context, base, singles };
        writing.send_all().await;
        let open = self.answer_settled(&writing, callers);
        if open.is_empty() {
            return None;
        }
        let (removing, adding) = open.into_iter().partition(|caller| caller.operation == MembershipOperation::Remove);
        Some(Unfinished { writing, removing, adding })
    }

    async fn finish(&self, Unfinished { writing, removing, adding }: Unfinished) {
        let removing: Vec<_> = removing.into_iter().map(|caller| (writing.of(&caller), caller)).collect();
        let (client, operation_context) = (writing.client.clone(), writing.operation_context.clone());
        let confirmed = join_all(removing.into_iter().map(|(singles, caller)| self.confirm(&client, &operation_context, singles, caller)));
        join(confirmed, self.repeat_until_visible(writing, adding)).await;
    }
}

impl MembershipWriter {
    /// Confirms the removals of a job, some of which found nothing to remove, and answers it.
    async fn confirm(&self, client: &Client, operation_context: &OperationContext, mut singles: Vec<Single>, caller: Caller) {
        let Some(group) = singles.first().map(|single| single.group) else { return };
        let (group, members) = (self.memberships.of(group), singles.iter().map(|single| single.member).collect::<Vec<_>>());
        let removals = Members { client, operation_context, group: &group, members: &members };
        let answers = singles.iter_mut().map(Single::take_outcome).collect();
        let outcomes = removal::confirm(&removals, answers, client, caller.stale_until, operation_context).await;
        singles.iter_mut().zip(outcomes).for_each(|(single, outcome)| single.outcome = Some(outcome));
        self.answer(&singles, vec![Caller { begin: 0, ..caller }]);
    }

    /// Repeats additions whose objects not every replica shows yet, for as long as that may take.
    async fn repeat_until_visible(&self, mut writing: Writing, mut open: Vec<Caller>) {
        let (stale_until, mut backoff) = (Instant::now() + CONSISTENCY_WINDOW.unsigned_abs(), Backoff::for_replication());
        while !open.is_empty() && Instant::now() < stale_until {
            if let Err(interrupted) = writing.operation_context.sleep(backoff.next_pause()).await {
                writing.interrupt(interrupted);
                break;
            }
            writing.send_open().await;
            open = self.answer_settled(&writing, open);
        }
        self.answer(&writing.singles, open);
    }

    /// Answers the jobs of whose memberships none is open, and returns the others.
    fn answer_settled(&self, writing: &Writing, callers: Vec<Caller>) -> Vec<Caller> {
        let (settled, open) = callers.into_iter().partition(|caller| writing.is_settled(caller));
        self.answer(&writing.singles, settled);
        open
    }

    /// Records what was written, and answers.
    fn answer(&self, singles: &[Single], callers: Vec<Caller>) {
        for caller in callers {
            let own = singles.get(caller.begin..caller.begin + caller.count).unwrap_or_default();
            let outcomes = own.iter().map(|single| {
                let outcome = single.clone().take_outcome();
                if outcome.is_ok() {
                    self.memberships.of(single.group).written(single.member, single.operation == MembershipOperation::Add);
                }
                outcome
            });
            // Fails if the caller was cancelled; the work is done all the same.
            let _ = caller.answer.send(outcomes.collect());
        }
    }
}

/// A batch that is being sent.
struct Writing {
    client: Arc<Client>,
    operation_context: OperationContext,
    /// The address of Microsoft Graph, for references.
    base: String,
    singles: Vec<Single>,
}

impl Writing {
    /// Sends everything once, in as few requests as possible. A membership of an object that replicas may not show yet keeps its error as the outcome.
    async fn send_all(&mut self) {
        let parts = self.parts();
        let mut alone = Vec::new();
        for (part, result) in self.send(&parts).await {
            match (part.0.as_slice(), result) {
                ([one], result) => self.settle(*one, result),
                (several, Ok(_)) => several.iter().for_each(|one| self.outcome(*one, Ok(Outcome::Applied))),
                // A refusal: some of the members may be accepted alone.
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

    /// Sends what is open once more, each membership in its own request.
    async fn send_open(&mut self) {
        let parts: Vec<Part> = self.open().into_iter().map(|one| Part(vec![one])).collect();
        for (part, result) in self.send(&parts).await {
            part.0.iter().for_each(|one| self.settle(*one, result.clone()));
        }
    }

    /// Ends what is open, because the deadline passed or Terraform was stopped.
    fn interrupt(&mut self, interrupted: Interrupted) {
        for one in self.open() {
            let last = self.singles.get_mut(one).and_then(|single| single.outcome.take()).and_then(Result::err);
            self.outcome(one, Err(interrupted.with(last)));
        }
    }

    /// Additions that are to be repeated.
    fn open(&self) -> Vec<usize> {
        let is_added = |one: &usize| self.singles.get(*one).is_some_and(|single| single.operation == MembershipOperation::Add);
        (0..self.singles.len()).filter(|one| is_added(one) && self.is_open(*one)).collect()
    }

    /// Members of the same group, twenty at a time; removals each on its own. The same membership twice is never in one PATCH, which would refuse it.
    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut open: HashMap<Uuid, (usize, HashSet<Uuid>)> = HashMap::new();
        for (at, single) in self.singles.iter().enumerate() {
            if single.operation == MembershipOperation::Add
                && let Some((part, members)) = open.get_mut(&single.group)
                && members.len() < REFERENCES
                && let Some(Part(ones)) = parts.get_mut(*part)
            {
                if members.insert(single.member) {
                    ones.push(at);
                    continue;
                }
            } else if single.operation == MembershipOperation::Add {
                open.insert(single.group, (parts.len(), HashSet::from([single.member])));
            }
            parts.push(Part(vec![at]));
        }
        parts
    }

    /// Sends a request for each part, and returns each with its result.
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
            [Single { operation: MembershipOperation::Remove, group, member, .. }] => MembersOf::Group(*group).removing(*member),
            [Single { member, .. }] => {
                Request::post("/groups/{id}/members/$ref").with("id", group).json(&json!({ "@odata.id": address(*member) })).repeatable()
            }
            several => {
                let addresses: Vec<String> = several.iter().map(|single| address(single.member)).collect();
                Request::patch("/groups/{id}").with("id", group).json(&json!({ "members@odata.bind": addresses }))
            }
        }
    }

    /// Records the result of a request for one membership.
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

    /// Whether it is an addition to repeat, because a replica may not show its object yet, or a removal to confirm.
    fn is_open(&self, one: usize) -> bool {
        self.singles.get(one).is_some_and(|single| {
            matches!(&single.outcome, Some(Err(error)) if match single.operation {
                MembershipOperation::Add => error.is_not_yet_there(),
                MembershipOperation::Remove => error.is_nothing_to_remove(),
            })
        })
    }

    /// The memberships of one job.
    fn of(&self, caller: &Caller) -> Vec<Single> {
        self.singles.get(caller.begin..caller.begin + caller.count).unwrap_or_default().to_vec()
    }

    fn is_settled(&self, caller: &Caller) -> bool {
        !(caller.begin..caller.begin + caller.count).any(|one| self.is_open(one))
    }
}
