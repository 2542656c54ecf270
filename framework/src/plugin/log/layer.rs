//! Turns tracing's events into lines: the fields of an event and of all spans around it become members.

use jiff::Timestamp;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::line::Members;

/// Gives every event, as one line with its end, to `write`.
pub(super) struct Hclog<W> {
    write: W,
}

impl<W: Fn(&[u8])> Hclog<W> {
    pub fn new(write: W) -> Self {
        Self { write }
    }
}

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: Fn(&[u8]) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut members = Members::default();
        attributes.record(&mut members);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(members);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(members) = span.extensions_mut().get_mut::<Members>()
        {
            values.record(members);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut members = Members::of(event);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Members>() {
                members.add_outer(outer);
            }
        }
        (self.write)(&members.into_json_line(event.metadata(), Timestamp::now()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::line::MAX_LINE_BYTES;
    use super::*;

    /// The raw lines that `log` writes.
    fn lines(log: impl FnOnce()) -> Vec<Vec<u8>> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let hclog = Hclog::new({
            let written = Arc::clone(&written);
            move |line: &[u8]| written.lock().unwrap().push(line.to_owned())
        });
        tracing::subscriber::with_default(tracing_subscriber::registry().with(hclog), log);
        std::mem::take(&mut *written.lock().unwrap())
    }

    fn one(log: impl FnOnce()) -> Value {
        let lines = lines(log);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let (end, line) = lines[0].split_last().unwrap();
        assert_eq!(*end, b'\n');
        assert!(!line.contains(&b'\n'));
        let value: Value = serde_json::from_slice(line).unwrap();
        assert!(value.as_object().unwrap().values().all(Value::is_string), "{value}");
        value
    }

    #[test]
    fn a_line_has_the_members_of_hclog() {
        let line = one(|| tracing::warn!(target: "two_words::azure", count = 3, done = true, "two\nlines \"{}\"", 1));
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "two\nlines \"1\"");
        assert_eq!(line["@module"], "two_words::azure");
        assert_eq!(line["count"], "3");
        assert_eq!(line["done"], "true");
        let timestamp = line["@timestamp"].as_str().unwrap();
        let shape: String = timestamp.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        assert_eq!(shape, "9999-99-99T99:99:99.999999Z");
    }

    #[test]
    fn texts_of_others_control_no_terminal_and_have_no_credentials() {
        let hostile = "a\u{1b}[2K\u{9b}8m\u{202e}b https://u:hidden@h/x?sig=hidden";
        let line = one(|| {
            let _span = tracing::info_span!("span", outer = hostile, also = ?Some(hostile)).entered();
            tracing::warn!(text = hostile, shown = %hostile, debug = ?hostile, "{hostile}");
        });
        for (name, value) in line.as_object().unwrap() {
            let text = value.as_str().unwrap();
            assert!(!text.chars().any(crate::printable::is_control) && !text.contains("hidden"), "{name}: {text:?}");
        }
    }

    #[test]
    fn a_whole_second_has_six_digits_too() {
        assert_eq!(format!("{:.6}", Timestamp::from_second(0).unwrap()), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn members_come_from_the_event_then_from_the_nearest_span() {
        let line = one(|| {
            let outer = tracing::info_span!("outer", a = "outer", b = "outer", c = "outer", late = tracing::field::Empty);
            outer.record("late", "recorded");
            let _outer = outer.enter();
            let _inner = tracing::info_span!("inner", a = "inner", b = "inner").entered();
            tracing::info!(a = "event", r#type = "raw", "said");
        });
        for (name, wanted) in [("a", "event"), ("b", "inner"), ("c", "outer"), ("late", "recorded"), ("type", "raw")] {
            assert_eq!(line[name], wanted, "{name}");
        }
        assert_eq!(line["@message"], "said");
    }

    #[test]
    fn reserved_members_are_not_for_fields() {
        let line = one(|| {
            let _span = tracing::info_span!("span", "@level" = "loud", "@timestamp" = 7, message = "of the span").entered();
            tracing::info!("@module" = "mine", "said");
        });
        assert_eq!(line["@level"], "info");
        assert_eq!(line["_level"], "loud");
        assert_eq!(line["_timestamp"], "7");
        assert_eq!(line["_module"], "mine");
        assert_eq!(line["@message"], "said");
        assert_eq!(line["message"], "of the span");
    }

    #[test]
    fn an_event_without_a_message_has_an_empty_one() {
        assert_eq!(one(|| tracing::info!(a = 1))["@message"], "");
    }

    #[test]
    fn a_long_line_is_cut_and_stays_whole() {
        for unit in ["x", "\u{1}", "\"", "\u{1f600}"] {
            let long = unit.repeat(MAX_LINE_BYTES);
            let lines = lines(|| tracing::info!(body = long, other = long, short = "kept", "{long}"));
            assert!(lines[0].len() <= MAX_LINE_BYTES && lines[0].len() > MAX_LINE_BYTES / 2, "{}", lines[0].len());
            let line: Value = serde_json::from_slice(&lines[0]).unwrap();
            assert_eq!(line["short"], "kept");
            for name in ["body", "other", "@message"] {
                assert!(line[name].as_str().unwrap().ends_with("... (cut)"), "{name}");
            }
        }
        let fits = "x".repeat(MAX_LINE_BYTES - 200);
        let line = one(|| tracing::info!("{fits}"));
        assert_eq!(line["@message"], fits);
    }
}
