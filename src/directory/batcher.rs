//! Batches requests of several callers.
//!
//! Terraform asks for one object at a time, ten in parallel; the services take many in one request. A job therefore waits a moment for others, and
//! all of them are done as one batch. A batch runs in a task of its own: a caller that is cancelled loses nothing that was sent. Jobs of the same
//! key are never in two batches at once: those that arrive meanwhile form the next batch.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::azure::{Client, Error, OperationContext};

/// How long no job must have arrived before a batch is dispatched.
const MAX_IDLE: Duration = Duration::from_millis(25);
/// How long a batch waits at most for the jobs that are expected.
const MAX_BATCH_WAIT: Duration = Duration::from_millis(400);

/// A kind of work that is done in batches.
pub(super) trait BatchedWork: Send + Sync + 'static {
    /// What one caller asks for.
    type Input: Send + 'static;
    /// What a caller gets.
    type Output: Send + 'static;
    /// What is still to be done after a batch that need not hold up the next batch of the same keys.
    type Rest: Send + 'static;
    /// What must not be in two batches at once.
    type Key: Clone + Eq + Hash + Send + 'static;
    /// Size at which a batch is dispatched at once.
    const DISPATCH_SIZE: usize;
    /// Largest size of a batch; a single job may be larger.
    const MAX_SIZE: usize;

    /// The key of a job.
    fn key(input: &Self::Input) -> Self::Key;

    /// How much of a batch a job fills.
    fn size(input: &Self::Input) -> usize;

    /// Does the work of a batch. Answers every job but those in what it returns.
    fn run(&self, batch: Batch<Self>) -> impl Future<Output = Option<Self::Rest>> + Send;

    /// Does what [`BatchedWork::run`] left, and answers its jobs.
    fn finish(&self, rest: Self::Rest) -> impl Future<Output = ()> + Send;
}

/// What a caller asks for, and where to send the answer.
pub(super) struct Job<W: BatchedWork + ?Sized> {
    pub(super) input: W::Input,
    pub(super) answer: oneshot::Sender<W::Output>,
    operation_context: OperationContext,
}

/// Jobs that are done together.
pub(super) struct Batch<W: BatchedWork + ?Sized> {
    pub(super) client: Arc<Client>,
    /// The longest time that any of the callers has left.
    pub(super) operation_context: OperationContext,
    pub(super) jobs: Vec<Job<W>>,
}

/// Collects jobs into batches.
pub(super) struct Batcher<W: BatchedWork> {
    work: Arc<W>,
    state: Mutex<BatcherState<W>>,
    arrived: Notify,
}

struct BatcherState<W: BatchedWork> {
    queue: VecDeque<Job<W>>,
    /// Keys of the batches that are running.
    busy: HashSet<W::Key>,
    /// Number of jobs in running batches.
    in_flight: usize,
    /// Largest number of jobs that were queued or running at a time since the last dispatch.
    peak: usize,
    /// The peak before the last dispatch: as many jobs are expected for the next batch.
    expected: usize,
    /// Whether a task is about to dispatch the queue.
    has_dispatcher: bool,
}

impl<W: BatchedWork> Batcher<W> {
    pub(super) fn new(work: W) -> Arc<Self> {
        let state =
            BatcherState { queue: VecDeque::new(), busy: HashSet::new(), in_flight: 0, peak: 0, expected: 0, has_dispatcher: false };
        Arc::new(Self { work: Arc::new(work), state: Mutex::new(state), arrived: Notify::new() })
    }

    /// Has the work done in the next batch. The wait does not count against the deadline of the operation; the work counts against the latest deadline
    /// in the batch.
    ///
    /// # Errors
    ///
    /// If the operation is interrupted, or the batch panicked.
    pub(super) async fn submit(
        self: &Arc<Self>,
        client: &Arc<Client>,
        input: W::Input,
        operation_context: &OperationContext,
    ) -> Result<W::Output, Error> {
        let (answer, received) = oneshot::channel();
        let is_first = {
            let mut state = self.state();
            state.queue.push_back(Job { input, answer, operation_context: operation_context.clone() });
            state.peak = state.peak.max(state.queue.len() + state.in_flight);
            !std::mem::replace(&mut state.has_dispatcher, true)
        };
        self.arrived.notify_one();
        if is_first {
            tokio::spawn(dispatch(self.clone(), client.clone()));
        }
        // The sender is dropped unanswered only if the batch panicked.
        operation_context
            .run_shared(received)
            .await
            .map_err(|_| Error::Invalid("work that was handed over was not done; this is a bug of the provider".to_owned()))
    }

    /// Waits until the expected jobs have arrived and none follows, or the batch is full.
    async fn wait_for_jobs(&self) {
        let latest = Instant::now() + MAX_BATCH_WAIT;
        loop {
            let expects_more = {
                let state = self.state();
                if state.ready().sum::<usize>() >= W::DISPATCH_SIZE {
                    return;
                }
                state.ready().count() + state.in_flight < state.expected
            };
            let until = if expects_more { latest } else { latest.min(Instant::now() + MAX_IDLE) };
            if timeout_at(until, self.arrived.notified()).await.is_err() {
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, BatcherState<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: BatchedWork> BatcherState<W> {
    /// The sizes of the jobs that could be dispatched now.
    fn ready(&self) -> impl Iterator<Item = usize> {
        self.queue.iter().filter(|job| !self.busy.contains(&W::key(&job.input))).map(|job| W::size(&job.input))
    }

    /// Takes the next batch out of the queue, in the order of arrival.
    fn take_batch(&mut self) -> Vec<Job<W>> {
        let (mut batch, mut queue, mut size) = (Vec::new(), VecDeque::new(), 0);
        for job in std::mem::take(&mut self.queue) {
            let job_size = W::size(&job.input);
            if self.busy.contains(&W::key(&job.input)) || (size > 0 && size + job_size > W::MAX_SIZE) {
                queue.push_back(job);
            } else {
                size += job_size;
                batch.push(job);
            }
        }
        self.queue = queue;
        self.busy.extend(batch.iter().map(|job| W::key(&job.input)));
        self.in_flight += batch.len();
        self.expected = std::mem::replace(&mut self.peak, self.queue.len() + self.in_flight);
        batch
    }
}

/// Dispatches batches until no job is ready.
async fn dispatch<W: BatchedWork>(batcher: Arc<Batcher<W>>, client: Arc<Client>) {
    loop {
        batcher.wait_for_jobs().await;
        let (jobs, has_more) = {
            let mut state = batcher.state();
            let jobs = state.take_batch();
            let has_more = state.ready().next().is_some();
            state.has_dispatcher = has_more;
            (jobs, has_more)
        };
        if let Some((first, rest)) = jobs.split_first() {
            let operation_context = first.operation_context.together(rest.iter().map(|job| &job.operation_context));
            tokio::spawn(run(batcher.clone(), Batch { client: client.clone(), operation_context, jobs }));
        }
        if !has_more {
            return;
        }
    }
}

async fn run<W: BatchedWork>(batcher: Arc<Batcher<W>>, batch: Batch<W>) {
    let keys: Vec<W::Key> = batch.jobs.iter().map(|job| W::key(&job.input)).collect();
    let guard = InFlightGuard { batcher: batcher.clone(), client: batch.client.clone(), keys };
    let rest = batcher.work.run(batch).await;
    drop(guard);
    if let Some(rest) = rest {
        batcher.work.finish(rest).await;
    }
}

/// Frees the keys of a batch when it ends, also when it panicked.
struct InFlightGuard<W: BatchedWork> {
    batcher: Arc<Batcher<W>>,
    client: Arc<Client>,
    /// One for each job.
    keys: Vec<W::Key>,
}

impl<W: BatchedWork> Drop for InFlightGuard<W> {
    fn drop(&mut self) {
        let needs_dispatcher = {
            let mut state = self.batcher.state();
            state.in_flight = state.in_flight.saturating_sub(self.keys.len());
            for key in &self.keys {
                state.busy.remove(key);
            }
            !state.queue.is_empty() && !std::mem::replace(&mut state.has_dispatcher, true)
        };
        if needs_dispatcher {
            tokio::spawn(dispatch(self.batcher.clone(), self.client.clone()));
        }
    }
}

impl<W: BatchedWork> std::fmt::Debug for Batcher<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batcher").field("queued", &self.state().queue.len()).finish_non_exhaustive()
    }
}
