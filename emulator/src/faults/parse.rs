//! Reads and writes faults as text.

use std::{fmt, time::Duration};

use super::{Fault, FaultEffect, Trigger};

/// An invalid specification of a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no fault: {what}; it needs WHEN METHOD PATH EFFECT, as in '2 POST /v1.0/groups status=503' or '1% * * any'")]
pub struct FaultParseError {
    text: String,
    what: String,
}

/// The effects, for the error about an unknown one.
const EFFECTS: &str = "status=CODE, status-after=CODE (400 to 599), delay=SECONDS, reset-before, reset-after, truncate, html, throttle, throttle=SECONDS, expired-token, empty=NAME,…, absent=NAME,…, any";

/// Reads faults separated by `;`.
pub fn parse(text: &str) -> Result<Vec<Fault>, FaultParseError> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

/// Reads a fault from its four words.
pub fn parse_one(when: &str, method: &str, path: &str, effect: &str) -> Result<Fault, FaultParseError> {
    one(&format!("{when} {method} {path} {effect}"))
}

fn one(text: &str) -> Result<Fault, FaultParseError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let fault = match words.as_slice() {
        [when, method, path, effect] => read(when, method, path, effect),
        words => Err(format!("it has {} of four words", words.len())),
    };
    fault.map_err(|what| FaultParseError { text: text.to_owned(), what })
}

fn read(when_word: &str, method_word: &str, path: &str, effect_word: &str) -> Result<Fault, String> {
    let when = when(when_word).ok_or_else(|| format!("'{when_word}' is neither a number of calls nor a percentage"))?;
    let method = method(method_word).ok_or_else(|| format!("'{method_word}' is neither a method nor *"))?;
    if path != "*" && !path.starts_with('/') {
        return Err(format!("the path '{path}' neither begins with / nor is *"));
    }
    let effect = effect(effect_word).ok_or_else(|| format!("'{effect_word}' is no effect (there are {EFFECTS})"))?;
    Ok(Fault { when, method, path: path.to_owned(), effect })
}

/// A method, or `None` within for all of them.
fn method(word: &str) -> Option<Option<String>> {
    let known = ["GET", "POST", "PATCH", "PUT", "DELETE"];
    match word {
        "*" => Some(None),
        word => known.iter().find(|known| known.eq_ignore_ascii_case(word)).map(|known| Some((*known).to_owned())),
    }
}

fn when(word: &str) -> Option<Trigger> {
    match word.strip_suffix('%') {
        Some(percent) => {
            let percent: f64 = percent.parse().ok()?;
            (0.0..=100.0).contains(&percent).then_some(Trigger::Share(percent / 100.0))
        }
        None => word.parse().ok().map(Trigger::Next),
    }
}

fn effect(word: &str) -> Option<FaultEffect> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let status = || value?.parse::<u16>().ok().filter(|status| (400..=599).contains(status));
    Some(match (name, value) {
        ("status", _) => FaultEffect::Status(status()?),
        ("status-after", _) => FaultEffect::StatusAfter(status()?),
        ("delay", Some(seconds)) => {
            let seconds: f64 = seconds.strip_suffix('s').unwrap_or(seconds).parse().ok()?;
            FaultEffect::Delay(Duration::try_from_secs_f64(seconds).ok()?)
        }
        ("throttle", Some(seconds)) => FaultEffect::Throttle(Some(seconds.strip_suffix('s').unwrap_or(seconds).parse().ok()?)),
        ("throttle", None) => FaultEffect::Throttle(None),
        ("reset-before", None) => FaultEffect::ResetBefore,
        ("reset-after", None) => FaultEffect::ResetAfter,
        ("truncate", None) => FaultEffect::Truncate,
        ("html", None) => FaultEffect::Html,
        ("expired-token", None) => FaultEffect::ExpiredToken,
        ("empty", Some(names)) => FaultEffect::Empty(names.split(',').map(str::to_owned).collect()),
        ("absent", Some(names)) => FaultEffect::Absent(names.split(',').map(str::to_owned).collect()),
        ("any", None) => FaultEffect::Any,
        _ => return None,
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.when {
            Trigger::Next(count) => write!(f, "{count}")?,
            Trigger::Share(share) => write!(f, "{}%", share * 100.0)?,
        }
        write!(f, " {} {} ", self.method.as_deref().unwrap_or("*"), self.path)?;
        match &self.effect {
            FaultEffect::Status(status) => write!(f, "status={status}"),
            FaultEffect::StatusAfter(status) => write!(f, "status-after={status}"),
            FaultEffect::Delay(time) => write!(f, "delay={}", time.as_secs_f64()),
            FaultEffect::ResetBefore => f.write_str("reset-before"),
            FaultEffect::ResetAfter => f.write_str("reset-after"),
            FaultEffect::Truncate => f.write_str("truncate"),
            FaultEffect::Html => f.write_str("html"),
            FaultEffect::Throttle(None) => f.write_str("throttle"),
            FaultEffect::Throttle(Some(seconds)) => write!(f, "throttle={seconds}"),
            FaultEffect::ExpiredToken => f.write_str("expired-token"),
            FaultEffect::Empty(names) => write!(f, "empty={}", names.join(",")),
            FaultEffect::Absent(names) => write!(f, "absent={}", names.join(",")),
            FaultEffect::Any => f.write_str("any"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let text = "2 POST /v1.0/groups status=503; 1% * * any; 1 GET /v1.0/groups/{id} delay=0.5; 3 * /v1.0/* throttle=10; 9 GET * empty=a,b; 9 GET * absent=a";
        let faults = parse(text).unwrap();
        let written: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(written.join("; "), text);
    }

    #[test]
    fn nonsense_is_named() {
        for (text, what) in [
            ("nonsense", "1 of four words"),
            ("2 POST /v1.0/groups", "3 of four words"),
            ("x POST /x html", "'x' is neither"),
            ("2 FETCH /x html", "'FETCH'"),
            ("2 GET x html", "the path 'x'"),
            ("2 GET /x status=200", "'status=200' is no effect"),
            ("2 GET /x status", "'status' is no effect"),
            ("200% * * html", "'200%'"),
            ("2 * * delay=-1", "'delay=-1'"),
            ("2 * * explode", "'explode'"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("'{text}' is no fault")) && error.contains(what), "{error}");
        }
    }
}
