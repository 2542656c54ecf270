//! Restoring deleted objects: groups, users, named locations and conditional access policies.
//!
//! A restoration whose answer is lost is sent again, and the object is then looked for by its id. If what follows fails, the object is put back among the
//! deleted ones: there the next apply finds it again, while a live object of the same name could be anybody's.

use std::time::Duration;

use framework::Context;

use super::{OperationClient, consistency};
use crate::azure::{Answer, Error, Request};

/// How long putting an object back may take, beside the time of the operation, which may be over.
const UNDO_TIMEOUT: Duration = Duration::from_secs(30);

/// A restoration that failed.
#[derive(Debug)]
pub struct Failed {
    /// What the service said.
    pub error: Error,
    /// Whether it is certain that the object was not restored.
    pub is_untouched: bool,
}

impl Failed {
    /// The object was restored, and what followed failed.
    pub fn afterwards(error: Error) -> Self {
        Failed { error, is_untouched: false }
    }

    fn instead(error: Error) -> Self {
        let is_untouched = !error.is_ambiguous() && !error.is_ended();
        Failed { error, is_untouched }
    }
}

/// Restores an object and reads it. It then counts as new: an answer that it does not exist is not final at once.
///
/// # Errors
/// The service refuses, or the object cannot be read afterwards.
pub async fn restore(cx: &mut Context<impl AsRef<OperationClient>>, restore: Request, read: Request) -> Result<Answer, Failed> {
    let stale_until = Some(cx.api.as_ref().consistency_window_end().map_err(Failed::instead)?);
    let restore = restore.repeatable();
    let sent = {
        let cx = &*cx;
        // It was seen among the deleted objects, and another replica may not know of it yet.
        let settled = |sent: &Result<Answer, Error>| !matches!(sent, Err(error) if error.is_not_found() && !error.is_repeated());
        cx.api.as_ref().until(stale_until, || cx.api.as_ref().send(restore.clone()), settled).await
    };
    consistency::mark_written(cx);
    let lost = match sent {
        Ok(_) => None,
        Err(error) if error.is_not_found() || error.is_ambiguous() => Some(error),
        Err(error) => return Err(Failed::instead(error)),
    };
    match (cx.api.as_ref().send_until_visible(read).await, lost) {
        (Ok(read), _) => Ok(read),
        (Err(missing), Some(lost)) if missing.is_not_found() => Err(Failed::instead(lost)),
        (Err(error), _) => Err(Failed::afterwards(error)),
    }
}

/// After an error that follows a restoration: deletes the object again, unless it `is_untouched`, and advises what to do.
pub async fn undo(cx: &mut Context<impl AsRef<OperationClient>>, delete: Request, is_untouched: bool) {
    let is_deleted = is_untouched || delete_again(&cx.api.as_ref().with_time(UNDO_TIMEOUT), delete).await;
    cx.advise(if is_deleted {
        "It is among the deleted objects, as it was before; the next apply restores it."
    } else {
        "It may be restored: if it is there, import it with an `import` block before the next apply."
    });
}

async fn delete_again(api: &OperationClient, delete: Request) -> bool {
    let settled = |sent: &Result<Answer, Error>| !matches!(sent, Err(error) if error.is_not_found() && !error.is_repeated());
    match api.until(api.consistency_window_end().ok(), || api.send(delete.clone()), settled).await {
        Ok(_) => true,
        Err(error) => error.is_not_found() && error.is_repeated(),
    }
}
