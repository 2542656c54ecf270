//! When an assignment holds.

use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};

use super::{MIN_DURATION, Refusal};
use crate::clock;

/// From when, and until when if it ends at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant at which it is over.
    pub end: Option<Timestamp>,
}

impl Window {
    /// Reads `scheduleInfo`. A start that is missing or over is now. Letter case of the type does not count.
    pub fn of(info: &Value, now: Timestamp) -> Result<Self, Refusal> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let instant = |value: &Value| text(value).and_then(|text| text.parse::<Timestamp>().ok()).ok_or(Refusal::Invalid);
        if !info.is_null() && !info.is_object() || !info["recurrence"].is_null() {
            return Err(Refusal::Invalid);
        }
        let start = match &info["startDateTime"] {
            Value::Null => now,
            value => instant(value)?.max(now),
        };
        let expiration = &info["expiration"];
        let kind = text(&expiration["type"]).unwrap_or_else(|| "notSpecified".into());
        let end = match kind.to_lowercase().as_str() {
            "afterduration" => {
                let length = text(&expiration["duration"]).and_then(|text| length(&text)).ok_or(Refusal::Invalid)?;
                Some(start.checked_add(length).map_err(|_| Refusal::Invalid)?)
            }
            "afterdatetime" => Some(instant(&expiration["endDateTime"])?),
            "noexpiration" | "notspecified" => None,
            _ => return Err(Refusal::Invalid),
        };
        let window = Self { start, end };
        match window.length() {
            Some(length) if length <= SignedDuration::ZERO => Err(Refusal::Invalid),
            Some(length) if length < MIN_DURATION => Err(Refusal::TooShort),
            _ => Ok(window),
        }
    }

    /// How long it lasts, if it ends.
    pub fn length(&self) -> Option<SignedDuration> {
        self.end.map(|end| end.duration_since(self.start))
    }

    /// `scheduleInfo` as a request repeats it: the start as it came to be, the end as it was asked for.
    pub fn echoed(&self, asked: &Value) -> Value {
        let expiration = &asked["expiration"];
        json!({
            "startDateTime": clock::ticks(self.start),
            "recurrence": null,
            "expiration": {
                "type": lower_first(expiration["type"].as_str().unwrap_or("notSpecified")),
                "endDateTime": expiration["endDateTime"],
                "duration": expiration["duration"],
            },
        })
    }

    /// `scheduleInfo` as a schedule has it: with an end, however it was asked for. Unverified for groups: whether a
    /// schedule repeats a duration instead.
    pub fn settled(&self) -> Value {
        let (kind, end) = match self.end {
            Some(end) => ("afterDateTime", json!(clock::ticks(end))),
            None => ("noExpiration", Value::Null),
        };
        json!({
            "startDateTime": clock::ticks(self.start),
            "recurrence": null,
            "expiration": {"type": kind, "endDateTime": end, "duration": null},
        })
    }
}

/// The length of an ISO 8601 duration. Years and months have none: the service refuses `P6M` too.
pub fn length(text: &str) -> Option<SignedDuration> {
    clock::step_in_hours(text.parse::<Span>().ok()?).filter(|length| *length > SignedDuration::ZERO)
}

/// A name of an enumeration in the letter case that answers have.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn schedules_are_read_and_refused() {
        let now: Timestamp = "2026-11-25T10:00:00.5Z".parse().unwrap();
        let hours = |count: i64| now.checked_add(SignedDuration::from_hours(count)).unwrap();
        let after = |duration: &str| json!({"expiration": {"type": "AfterDuration", "duration": duration}});
        let until =
            |end: &str| json!({"startDateTime": "2020-01-01T00:00:00Z", "expiration": {"type": "afterDateTime", "endDateTime": end}});
        for (info, expected) in [
            (after("PT8H"), Ok((now, Some(hours(8))))),
            (after("P1D"), Ok((now, Some(hours(24))))),
            (after("PT5M"), Ok((now, Some(now.checked_add(MIN_DURATION).unwrap())))),
            (after("PT4M59S"), Err(Refusal::TooShort)),
            (after("P6M"), Err(Refusal::Invalid)),
            (after("PT0S"), Err(Refusal::Invalid)),
            (after("nonsense"), Err(Refusal::Invalid)),
            (until("2026-11-25T12:00:00.5+00:00"), Ok((now, Some(hours(2))))),
            (until("2026-11-25T09:00:00Z"), Err(Refusal::Invalid)),
            (json!({"expiration": {"type": "NoExpiration"}}), Ok((now, None))),
            (json!({"startDateTime": "2026-11-25T11:00:00.5Z"}), Ok((hours(1), None))),
            (json!({"startDateTime": "soon"}), Err(Refusal::Invalid)),
            (json!({"expiration": {"type": "sometime"}}), Err(Refusal::Invalid)),
            (json!({"recurrence": {}}), Err(Refusal::Invalid)),
            (json!("x"), Err(Refusal::Invalid)),
            (Value::Null, Ok((now, None))),
        ] {
            let read = Window::of(&info, now).map(|window| (window.start, window.end));
            assert_eq!(read, expected, "{info}");
        }
    }
}
