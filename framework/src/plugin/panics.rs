//! Panics: those that somebody catches, and those that nobody does.
//!
//! The odd thing: Terraform shows a plugin's last words only from a line on that begins with `panic: `, as Go writes it
//! (docs/terraform-protocol.md#logs). Such a line, once written, is shown as a crash even if the panic became an ordinary diagnostic. So the
//! hook has to know whether the panic will be caught.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::pin::pin;
use std::task::Poll;

/// What the hook sees on a thread.
enum Watch {
    /// Nobody catches a panic here.
    Off,
    /// [`catching`] does.
    On,
    /// It will, and this is where the panic was.
    Seen(String),
}

thread_local! {
    static WATCH: RefCell<Watch> = const { RefCell::new(Watch::Off) };
}

/// Runs `future` to its end; a panic inside of it becomes an error that says what the panic said and where it was.
///
/// It is logged as an error and does not look like a crash to Terraform. Tasks that `future` spawns are not covered: wrap them
/// too.
pub async fn catching<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    let caught = poll_fn(|cx| {
        // The next poll may be on another thread.
        let watched = Watched::begin();
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => {
                let place = watched.place().unwrap_or_else(|| "an unknown place".into());
                Poll::Ready(Err(format!("{} (at {place})", message(payload.as_ref()))))
            }
        }
    });
    let caught = caught.await;
    if let Err(panic) = &caught {
        tracing::error!("caught a panic: {panic}");
    }
    caught
}

/// The time during which a panic on this thread is caught by [`catching`]. One may be inside of another.
struct Watched {
    before: Option<Watch>,
}

impl Watched {
    fn begin() -> Self {
        Self { before: Some(WATCH.replace(Watch::On)) }
    }

    /// Where the panic was.
    fn place(&self) -> Option<String> {
        match WATCH.replace(Watch::On) {
            Watch::Seen(place) => Some(place),
            Watch::On | Watch::Off => None,
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        WATCH.set(self.before.take().unwrap_or(Watch::Off));
    }
}

/// From now on a panic that nobody catches is told in the form that Terraform recognises.
pub(super) fn install() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
        // A thread that is ending has no watch any more.
        let caught = WATCH.try_with(|watch| match watch.try_borrow_mut() {
            Ok(mut watch) if matches!(*watch, Watch::On) => {
                *watch = Watch::Seen(place.clone());
                true
            }
            // Seen already: a second panic while the first unwinds aborts the process.
            _ => false,
        });
        if !caught.unwrap_or(false) {
            let _ = io::stderr().lock().write_all(last_words(panic, &place).as_bytes());
        }
    }));
}

fn last_words(panic: &PanicHookInfo<'_>, place: &str) -> String {
    let thread = std::thread::current();
    let mut words = format!("panic: {}\n\nthread {} at {place}\n", message(panic.payload()), thread.name().unwrap_or("without a name"));
    // Only if RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        words.push_str(&backtrace.to_string());
    }
    words
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
        let on = || WATCH.with_borrow(|watch| matches!(watch, Watch::On));
        let watched = catching(async {
            let first = on();
            tokio::task::yield_now().await;
            let inner = catching(async { on() }).await == Ok(true);
            first && inner && on()
        });
        let mut watched = pin!(watched);
        let seen = poll_fn(|cx| {
            let polled = watched.as_mut().poll(cx);
            assert!(!on(), "left on after a poll");
            polled
        });
        assert_eq!(seen.await, Ok(true));
    }
}
