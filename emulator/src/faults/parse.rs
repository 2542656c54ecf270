//! Reads and writes faults as text.

use std::{fmt, time::Duration};

use super::{Effect, Fault, When};

/// What is wrong with a specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no fault: it needs WHEN METHOD PATH EFFECT, as in '2 POST /v1.0/groups status=503' or '1% * * any'")]
pub struct Misspelt(String);

/// Reads faults separated by `;`.
pub fn parse(text: &str) -> Result<Vec<Fault>, Misspelt> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

/// Reads a fault from its four words.
pub fn parse_one(when: &str, method: &str, path: &str, effect: &str) -> Result<Fault, Misspelt> {
    one(&format!("{when} {method} {path} {effect}"))
}

fn one(text: &str) -> Result<Fault, Misspelt> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let fault = match words.as_slice() {
        [when, method, path, effect] => read(when, method, path, effect),
        _ => None,
    };
    fault.ok_or_else(|| Misspelt(text.to_owned()))
}

fn read(when_word: &str, method: &str, path: &str, effect_word: &str) -> Option<Fault> {
    let known = ["GET", "POST", "PATCH", "PUT", "DELETE"];
    let method = match method {
        "*" => None,
        method => Some((*known.iter().find(|known| known.eq_ignore_ascii_case(method))?).to_owned()),
    };
    let path = (path == "*" || path.starts_with('/')).then(|| path.to_owned())?;
    Some(Fault { when: when(when_word)?, method, path, effect: effect(effect_word)? })
}

fn when(word: &str) -> Option<When> {
    match word.strip_suffix('%') {
        Some(percent) => {
            let percent: f64 = percent.parse().ok()?;
            (0.0..=100.0).contains(&percent).then_some(When::Share(percent / 100.0))
        }
        None => word.parse().ok().map(When::Next),
    }
}

fn effect(word: &str) -> Option<Effect> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let status = || value?.parse::<u16>().ok().filter(|status| (400..=599).contains(status));
    Some(match (name, value) {
        ("status", _) => Effect::Status(status()?),
        ("status-after", _) => Effect::StatusAfter(status()?),
        ("delay", Some(seconds)) => {
            let seconds: f64 = seconds.strip_suffix('s').unwrap_or(seconds).parse().ok()?;
            Effect::Delay(Duration::try_from_secs_f64(seconds).ok()?)
        }
        ("throttle", Some(seconds)) => Effect::Throttle(Some(seconds.strip_suffix('s').unwrap_or(seconds).parse().ok()?)),
        ("throttle", None) => Effect::Throttle(None),
        ("reset-before", None) => Effect::ResetBefore,
        ("reset-after", None) => Effect::ResetAfter,
        ("truncate", None) => Effect::Truncate,
        ("html", None) => Effect::Html,
        ("expired-token", None) => Effect::ExpiredToken,
        ("any", None) => Effect::Any,
        _ => return None,
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.when {
            When::Next(count) => write!(f, "{count}")?,
            When::Share(share) => write!(f, "{}%", share * 100.0)?,
        }
        write!(f, " {} {} ", self.method.as_deref().unwrap_or("*"), self.path)?;
        match self.effect {
            Effect::Status(status) => write!(f, "status={status}"),
            Effect::StatusAfter(status) => write!(f, "status-after={status}"),
            Effect::Delay(time) => write!(f, "delay={}", time.as_secs_f64()),
            Effect::ResetBefore => f.write_str("reset-before"),
            Effect::ResetAfter => f.write_str("reset-after"),
            Effect::Truncate => f.write_str("truncate"),
            Effect::Html => f.write_str("html"),
            Effect::Throttle(None) => f.write_str("throttle"),
            Effect::Throttle(Some(seconds)) => write!(f, "throttle={seconds}"),
            Effect::ExpiredToken => f.write_str("expired-token"),
            Effect::Any => f.write_str("any"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let text = "2 POST /v1.0/groups status=503; 1% * * any; 1 GET /v1.0/groups/{id} delay=0.5; 3 * /v1.0/* throttle=10";
        let faults = parse(text).unwrap();
        let written: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(written.join("; "), text);
    }

    #[test]
    fn nonsense_is_named() {
        for text in [
            "nonsense",
            "2 POST /v1.0/groups",
            "x POST /x html",
            "2 FETCH /x html",
            "2 GET x html",
            "2 GET /x status=200",
            "2 GET /x status",
            "200% * * html",
            "2 * * delay=-1",
            "2 * * explode",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }
}
