//! The `timeouts` block of every resource, written as in other providers: `timeouts { create = "10m" }`.

use std::time::Duration;

use crate::schema::{Attribute, Check, Nesting, Object, Shape};
use crate::value::{Type, Value};

/// How long each operation may take, the waits for a service that does not answer or limits the rate included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Creating.
    pub create: Duration,
    /// Reading.
    pub read: Duration,
    /// Updating in place.
    pub update: Duration,
    /// Deleting.
    pub delete: Duration,
}

/// The name of the block.
pub const BLOCK: &str = "timeouts";

impl Timeouts {
    /// The same number of minutes for everything but reading, which gets five.
    pub const fn minutes(minutes: u64) -> Self {
        let each = Duration::from_secs(minutes * 60);
        Timeouts { create: each, read: Duration::from_secs(300), update: each, delete: each }
    }

    /// The timeouts of the block, and the defaults of those that it leaves out.
    pub fn from_object(self, object: &Value) -> Self {
        let set = |name: &str, default| object.attribute(BLOCK).attribute(name).as_str().and_then(parse).unwrap_or(default);
        Timeouts {
            create: set("create", self.create),
            read: set("read", self.read),
            update: set("update", self.update),
            delete: set("delete", self.delete),
        }
    }

    /// The declaration of the block.
    pub fn block(self) -> Attribute {
        block(vec![
            attribute("create", "creating", self.create),
            attribute("read", "reading", self.read),
            attribute("update", "an update", self.update),
            attribute("delete", "deleting", self.delete),
        ])
    }
}

/// The one operation of what has only one: the name in the block, and how it is spoken of.
#[derive(Clone, Copy, Debug)]
pub struct SingleTimeout(&'static str, &'static str);

impl SingleTimeout {
    /// A data source is only read.
    pub const READ: SingleTimeout = SingleTimeout("read", "reading");
    /// An action is invoked.
    pub const INVOKE: SingleTimeout = SingleTimeout("invoke", "the action");
    /// An ephemeral resource is opened.
    pub const OPEN: SingleTimeout = SingleTimeout("open", "opening");

    /// The declaration of the block.
    pub fn block(self, default: Duration) -> Attribute {
        block(vec![attribute(self.0, self.1, default)])
    }

    /// How long the operation may take by the block.
    pub fn from_object(self, object: &Value, default: Duration) -> Duration {
        object.attribute(BLOCK).attribute(self.0).as_str().and_then(parse).unwrap_or(default)
    }
}

fn block(attributes: Vec<Attribute>) -> Attribute {
    let object = Object { doc: "How long operations may take.".to_owned(), attributes };
    let doc = object.doc.clone();
    Attribute::new(BLOCK, Shape::Nested(Nesting::Single, object), false).doc(&doc).block().provider_only()
}

fn attribute(name: &str, what: &str, default: Duration) -> Attribute {
    Attribute::new(name, Shape::Plain(Type::String), false)
        .doc(&format!("How long {what} may take, such as `90s`, `10m` or `1h30m`. Defaults to `{}`.", show(default)))
        .check(Check::text("be a length of time such as `90s`, `10m` or `1h30m`", |text| parse(text).is_some_and(|time| !time.is_zero())))
}

/// Reads a length of time as Go writes it: decimal numbers with units `h`, `m`, `s`, `ms`, one after the other.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    // A year is longer than any operation; the bound keeps later arithmetic from overflowing.
    (!text.is_empty() && seconds <= 366.0 * 86_400.0).then(|| Duration::from_secs_f64(seconds))
}

fn show(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (h, 0, 0) => format!("{h}h"),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_go_writes_them() {
        let table = [("90s", Some(90_000)), ("1h30m", Some(5_400_000)), ("1.5m", Some(90_000)), ("250ms", Some(250)), ("0s", Some(0))];
        for (text, milliseconds) in table {
            assert_eq!(parse(text).map(|time| time.as_millis()), milliseconds, "{text}");
        }
        for text in ["", "10", "m", "1d", "-1m", "1h 30m", "1..5s", "99999999999h", "10 minutes"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_block_overrides_the_defaults_one_by_one() {
        let state = Value::object([(BLOCK, Value::object([("create", Value::from("10m")), ("delete", Value::Null)]))]);
        let timeouts = Timeouts::minutes(5).from_object(&state);
        assert_eq!((timeouts.create.as_secs(), timeouts.delete.as_secs()), (600, 300));
        assert_eq!(Timeouts::minutes(5).from_object(&Value::object([(BLOCK, Value::Null)])), Timeouts::minutes(5));
    }
}
