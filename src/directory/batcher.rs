//! Work that several callers want at about the same time, done together.
//!
//! Terraform asks for one object at a time, ten at once; the service takes many in one request. So a caller's wish waits a moment for others, and
//! then all of them travel in one flight. A flight belongs to nobody: it runs in a task of its own, so a caller that goes away loses nothing that
//! was sent. Wishes of the same key are never in two flights at once: those that come meanwhile are the next flight.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::azure::{Client, Error, OperationContext};

/// How long nobody must have come before a flight leaves.
const QUIET: Duration = Duration::from_millis(25);
/// How long a flight waits at most for those who are expected.
const MAX_BATCH_WAIT: Duration = Duration::from_millis(400);

/// A kind of work that can be done together.
pub(super) trait BatchedWork: Send + Sync + 'static {
    /// What a caller wants.
    type MembershipChange: Send + 'static;
    /// What a caller gets.
    type Answer: Send + 'static;
    /// What must not be in two flights at once.
    type Key: Clone + Eq + Hash + Send + 'static;
    /// A flight of this size leaves at once.
    const FULL: usize;
    /// The largest flight, but for a single wish that is larger.
    const MOST: usize;

    /// The key of a wish.
    fn key(wish: &Self::MembershipChange) -> Self::Key;

    /// How much of a flight it fills.
    fn size(wish: &Self::MembershipChange) -> usize;

    /// Does the work, and answers every wish. What it returns is still to be done, but need not hold up others of the same keys.
    fn fly(self: Arc<Self>, flight: Batch<Self>) -> impl Future<Output = Option<BoxFuture<'static, ()>>> + Send;
}

/// A wish, and whom to answer.
pub(super) struct Job<W: BatchedWork + ?Sized> {
    pub(super) wish: W::MembershipChange,
    pub(super) answer: oneshot::Sender<W::Answer>,
    operation_context: OperationContext,
}

/// Wishes that are granted together.
pub(super) struct Batch<W: BatchedWork + ?Sized> {
    pub(super) client: Arc<Client>,
    /// The longest time that any of the callers has left.
    pub(super) operation_context: OperationContext,
    pub(super) passengers: Vec<Job<W>>,
}

/// Gathers wishes into flights.
pub(super) struct Batcher<W: BatchedWork> {
    work: Arc<W>,
    waiting: Mutex<Waiting<W>>,
    arrived: Notify,
}

struct Waiting<W: BatchedWork> {
    queue: VecDeque<Job<W>>,
    /// Keys of the flights that are under way.
    busy: HashSet<W::Key>,
    /// How many are in the air.
    flying: usize,
    /// The most that were waiting or in the air at a time since the last departure, and before it.
    most: usize,
    expected: usize,
    /// Whether somebody is waiting for the queue to become quiet.
    boarding: bool,
}

impl<W: BatchedWork> Batcher<W> {
    pub(super) fn new(work: W) -> Arc<Self> {
        let waiting = Waiting { queue: VecDeque::new(), busy: HashSet::new(), flying: 0, most: 0, expected: 0, boarding: false };
        Arc::new(Self { work: Arc::new(work), waiting: Mutex::new(waiting), arrived: Notify::new() })
    }

    /// Has the work done together with what others want. The wait does not count against the budget; the work does, against the longest.
    pub(super) async fn ask(
        self: &Arc<Self>,
        client: &Arc<Client>,
        wish: W::MembershipChange,
        operation_context: &OperationContext,
    ) -> Result<W::Answer, Error> {
        let (answer, came) = oneshot::channel();
        let begin = {
            let mut waiting = self.waiting();
            waiting.queue.push_back(Job { wish, answer, operation_context: operation_context.clone() });
            waiting.most = waiting.most.max(waiting.queue.len() + waiting.flying);
            !std::mem::replace(&mut waiting.boarding, true)
        };
        self.arrived.notify_one();
        if begin {
            tokio::spawn(enqueue(self.clone(), client.clone()));
        }
        // Nobody answers only if the flight panicked.
        operation_context
            .entrusted(came)
            .await
            .map_err(|_| Error::Invalid("work that was handed over was not done; this is a bug of the provider".to_owned()))
    }

    /// Waits until everybody who is expected has come and nobody more comes, or a flight is full.
    async fn quiet(&self) {
        let latest = Instant::now() + MAX_BATCH_WAIT;
        loop {
            let expects_more = {
                let waiting = self.waiting();
                if waiting.ready().sum::<usize>() >= W::FULL {
                    return;
                }
                waiting.ready().count() + waiting.flying < waiting.expected
            };
            let until = if expects_more { latest } else { latest.min(Instant::now() + QUIET) };
            if timeout_at(until, self.arrived.notified()).await.is_err() {
                return;
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<W>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: BatchedWork> Waiting<W> {
    /// The sizes of what could leave now.
    fn ready(&self) -> impl Iterator<Item = usize> {
        self.queue.iter().filter(|passenger| !self.busy.contains(&W::key(&passenger.wish))).map(|passenger| W::size(&passenger.wish))
    }

    /// Takes out what leaves now, in the order of arrival.
    fn dispatch(&mut self) -> Vec<Job<W>> {
        let (mut leaving, mut staying, mut size) = (Vec::new(), VecDeque::new(), 0);
        for passenger in std::mem::take(&mut self.queue) {
            let fills = W::size(&passenger.wish);
            if self.busy.contains(&W::key(&passenger.wish)) || (size > 0 && size + fills > W::MOST) {
                staying.push_back(passenger);
            } else {
                size += fills;
                leaving.push(passenger);
            }
        }
        self.queue = staying;
        self.busy.extend(leaving.iter().map(|passenger| W::key(&passenger.wish)));
        self.flying += leaving.len();
        self.expected = std::mem::replace(&mut self.most, self.queue.len() + self.flying);
        leaving
    }
}

/// Lets flights leave until nobody is left who could.
async fn enqueue<W: BatchedWork>(gatherer: Arc<Batcher<W>>, client: Arc<Client>) {
    loop {
        gatherer.quiet().await;
        let (passengers, done) = {
            let mut waiting = gatherer.waiting();
            let passengers = waiting.dispatch();
            let more = waiting.ready().next().is_some();
            waiting.boarding = more;
            (passengers, !waiting.boarding)
        };
        if let Some((first, rest)) = passengers.split_first() {
            let operation_context = first.operation_context.together(rest.iter().map(|passenger| &passenger.operation_context));
            tokio::spawn(fly(gatherer.clone(), Batch { client: client.clone(), operation_context, passengers }));
        }
        if done {
            return;
        }
    }
}

async fn fly<W: BatchedWork>(gatherer: Arc<Batcher<W>>, flight: Batch<W>) {
    let keys: Vec<W::Key> = flight.passengers.iter().map(|passenger| W::key(&passenger.wish)).collect();
    let landing = InFlightGuard { gatherer: gatherer.clone(), client: flight.client.clone(), keys };
    let rest = gatherer.work.clone().fly(flight).await;
    drop(landing);
    if let Some(rest) = rest {
        rest.await;
    }
}

/// Frees the keys of a flight when it is over, also when it panicked.
struct InFlightGuard<W: BatchedWork> {
    gatherer: Arc<Batcher<W>>,
    client: Arc<Client>,
    /// One of each passenger.
    keys: Vec<W::Key>,
}

impl<W: BatchedWork> Drop for InFlightGuard<W> {
    fn drop(&mut self) {
        let begin = {
            let mut waiting = self.gatherer.waiting();
            waiting.flying = waiting.flying.saturating_sub(self.keys.len());
            for key in &self.keys {
                waiting.busy.remove(key);
            }
            !waiting.queue.is_empty() && !std::mem::replace(&mut waiting.boarding, true)
        };
        if begin {
            tokio::spawn(enqueue(self.gatherer.clone(), self.client.clone()));
        }
    }
}

impl<W: BatchedWork> std::fmt::Debug for Batcher<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gatherer").field("waiting", &self.waiting().queue.len()).finish_non_exhaustive()
    }
}
