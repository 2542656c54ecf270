//! Panics: caught ones become errors, uncaught ones are printed in the form that Terraform recognises.
//!
//! Terraform shows the crash of a plugin only from a line on that begins with `panic: `, as Go writes it (docs/terraform-protocol.md#logs). It shows
//! such a line as a crash even if the panic became an ordinary diagnostic. So the panic hook must know whether the panic will be caught.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::pin::pin;
use std::task::Poll;

use crate::printable::printable;

/// Whether a panic on this thread is caught, for the panic hook.
enum Catcher {
    /// It is not caught.
    None,
    /// [`catching`] catches it.
    Waiting,
    /// [`catching`] is catching one, at this location.
    Caught(String),
}

thread_local! {
    static CATCHER: RefCell<Catcher> = const { RefCell::new(Catcher::None) };
}

/// Runs `future` to its end; a panic inside of it becomes an error with its message and location.
///
/// It is logged as an error and does not look like a crash to Terraform. Tasks that `future` spawns are not covered: wrap them
/// too.
pub async fn catching<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    let caught = poll_fn(|cx| {
        // The next poll may be on another thread.
        let guard = CatchGuard::begin();
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => {
                let location = guard.location().unwrap_or_else(|| "an unknown place".into());
                Poll::Ready(Err(format!("{} (at {location})", message(payload.as_ref()))))
            }
        }
    });
    let caught = caught.await;
    if let Err(panic) = &caught {
        tracing::error!("caught a panic: {panic}");
    }
    caught
}

/// Marks the time during which [`catching`] catches a panic on this thread. May be nested.
struct CatchGuard {
    before: Option<Catcher>,
}

impl CatchGuard {
    fn begin() -> Self {
        Self { before: Some(CATCHER.replace(Catcher::Waiting)) }
    }

    /// The location of the panic.
    fn location(&self) -> Option<String> {
        match CATCHER.replace(Catcher::Waiting) {
            Catcher::Caught(location) => Some(location),
            Catcher::Waiting | Catcher::None => None,
        }
    }
}

impl Drop for CatchGuard {
    fn drop(&mut self) {
        CATCHER.set(self.before.take().unwrap_or(Catcher::None));
    }
}

/// Installs the panic hook, which prints uncaught panics in the form that Terraform recognises.
pub(super) fn install() {
    set_hook(Box::new(|panic| {
        let location = panic.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
        // A thread that is ending has no catcher any more.
        let caught = CATCHER.try_with(|catcher| match catcher.try_borrow_mut() {
            Ok(mut catcher) if matches!(*catcher, Catcher::Waiting) => {
                *catcher = Catcher::Caught(location.clone());
                true
            }
            // Seen already: a second panic while the first unwinds aborts the process.
            _ => false,
        });
        if !caught.unwrap_or(false) {
            let _ = io::stderr().lock().write_all(crash_report(panic, &location).as_bytes());
        }
    }));
}

fn crash_report(panic: &PanicHookInfo<'_>, location: &str) -> String {
    let thread = std::thread::current();
    let mut report =
        format!("panic: {}\n\nthread {} at {location}\n", printable(message(panic.payload())), thread.name().unwrap_or("without a name"));
    // Only if RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        report.push_str(&backtrace.to_string());
    }
    report
}

fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a value that is no text"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_its_message() {
        assert_eq!(catching(async { 7 }).await, Ok(7));
        let said = catching(async { panic!("no {}", "luck") }).await.unwrap_err();
        assert!(said.starts_with("no luck (at "), "{said}");
        let said = catching(async { std::panic::panic_any(7) }).await.unwrap_err();
        assert!(said.starts_with("a value that is no text (at "), "{said}");
    }

    #[tokio::test]
    async fn a_panic_over_a_secret_does_not_tell_it() {
        let secret = secrecy::SecretString::from("hunter2");
        let said = catching(async move { panic!("it is {:?}", Some(secret)) }).await.unwrap_err();
        assert!(said.starts_with("it is Some(") && !said.contains("hunter2"), "{said}");
    }

    #[tokio::test]
    async fn the_watch_is_on_during_polls_only() {
        let on = || CATCHER.with_borrow(|catcher| matches!(catcher, Catcher::Waiting));
        let guard = catching(async {
            let first = on();
            tokio::task::yield_now().await;
            let inner = catching(async { on() }).await == Ok(true);
            first && inner && on()
        });
        let mut guard = pin!(guard);
        let seen = poll_fn(|cx| {
            let polled = guard.as_mut().poll(cx);
            assert!(!on(), "left on after a poll");
            polled
        });
        assert_eq!(seen.await, Ok(true));
    }
}
