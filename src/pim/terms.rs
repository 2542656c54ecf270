//! For how long and why: what every grant of Privileged Identity Management has in common in the configuration.

use framework::moved::ForeignState;
use framework::value::Value;
use framework::{Diagnostics, Model, View};
use jiff::{SignedDuration, Timestamp};

use super::decision::End;
use crate::attributes::duration;
use crate::attributes::instant;

/// What the service wants at least (docs/services/pim.md#actions).
const LEAST: SignedDuration = SignedDuration::from_mins(5);

/// When a grant ends: exactly one of the three.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Expiration {
    /// `true` if the grant never ends. The policy must allow it.
    pub permanent: Option<bool>,
    /// Duration of the grant, counted from `start`, or from the request that creates, changes or renews it.
    #[attr(semantic_equality(duration::same), check(duration::between("PT5M", "P3650D")))]
    pub duration: Option<String>,
    /// Time at which the grant ends.
    #[attr(semantic_equality(instant::same), check(instant::check()))]
    pub end: Option<String>,
}

/// What a ticket system knows it by.
#[derive(Clone, Debug, Default, Model, PartialEq)]
pub struct Ticket {
    /// Number of the ticket.
    pub number: String,
    /// Name of the system that has the ticket.
    pub system: String,
}

impl Ticket {
    /// The ticket in another provider's state, whose attributes have these names.
    pub(crate) fn from_foreign(from: &ForeignState<'_>, number: &str, system: &str) -> Option<Self> {
        Some(Ticket { number: from.text(number)?.to_owned(), system: from.text(system)?.to_owned() })
    }
}

impl Expiration {
    /// One that lasts so long, as another provider's state has it; nothing without a length. The service forgets the length after some weeks.
    pub(crate) fn from_foreign(length: Option<String>) -> Self {
        Expiration { duration: length, ..Self::default() }
    }

    /// As an end. What the checks let through always has one.
    pub(crate) fn end(&self) -> End {
        if let Some(length) = self.duration.as_deref().and_then(duration::parse) {
            End::After(length)
        } else if let Some(end) = self.end.as_deref().and_then(|end| end.parse().ok()) {
            End::At(end)
        } else {
            End::Never
        }
    }

    /// How an end is written that was found.
    pub(crate) fn found(end: Option<Timestamp>, length: Option<SignedDuration>) -> Self {
        match (length, end) {
            (Some(length), Some(_)) => Expiration { duration: Some(duration::show(length)), ..Self::default() },
            (_, Some(end)) => Expiration { end: Some(end.to_string()), ..Self::default() },
            (_, None) => Expiration { permanent: Some(true), ..Self::default() },
        }
    }
}

/// Checks that look at more than one attribute.
pub(crate) fn validate(config: View<'_>, found: &mut Diagnostics) {
    expiration(config, found);
    if let (Some(Some(start)), Some(Some(end))) =
        (config.get::<Option<String>>("start"), config.inner("expiration").get::<Option<String>>("end"))
        && let (Ok(start), Ok(end)) = (start.parse::<Timestamp>(), end.parse::<Timestamp>())
        && end < start.checked_add(LEAST).unwrap_or(Timestamp::MAX)
    {
        let says = if end <= start { "The end is not after the start" } else { "Five minutes are the least" };
        found.error(
            "expiration",
            says,
            format!("It would begin at {start} and end at {end}. The service wants at least five minutes between them."),
        );
    }
    if config.is_set("renew_before") {
        let (before, length) = (config.get::<Option<String>>("renew_before").flatten(), config.inner("expiration").raw("duration"));
        if config.raw("expiration").entries().is_some() && length.is_null() {
            found.error(
                "renew_before",
                "Only what has a duration can be renewed",
                "Set `duration` in the `expiration` block, or leave `renew_before` out.",
            );
        } else if let (Some(before), Some(length)) =
            (before.as_deref().and_then(duration::parse), length.as_str().and_then(duration::parse))
            && before >= length
        {
            found.error(
                "renew_before",
                "It would be renewed by every apply",
                "`renew_before` must be less than `expiration.duration`: it is the time before the end at which a plan renews the grant.",
            );
        }
    }
}

fn expiration(config: View<'_>, found: &mut Diagnostics) {
    let expiration = config.inner("expiration");
    let Some(_) = config.raw("expiration").entries() else { return };
    let of = |name: &str| expiration.raw(name);
    if of("permanent") == &Value::Bool(false) {
        found.error("expiration", "`permanent` can only be true", "Leave it out, and say with `duration` or `end` when the grant ends.");
        return;
    }
    let set = ["permanent", "duration", "end"].into_iter().filter(|name| !of(name).is_null()).collect::<Vec<_>>();
    match set.as_slice() {
        [_] => {}
        [] => found.error("expiration", "It is not said when the grant ends", "Set one of `permanent = true`, `duration` and `end`."),
        several if several.iter().all(|name| of(name).is_wholly_known()) => {
            found.error("expiration", "It is said more than once when the grant ends", format!("Keep one of `{}`.", several.join("`, `")));
        }
        _ => {}
    }
}
