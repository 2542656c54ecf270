//! Durations as attributes: ISO 8601, in which one duration has several spellings (`P1D` and `PT24H`).
//!
//! Privileged Identity Management knows no months and years, whose length depends on the calendar (docs/services/pim.md#actions: `P6M` is refused).

use framework::schema::Check;
use framework::value::Value;
use jiff::fmt::temporal::SpanParser;
use jiff::{SignedDuration, Span, SpanRelativeTo, SpanRound, Unit};

/// Parses a duration of weeks, days (24 hours each), hours, minutes and seconds; none for anything else.
pub fn parse(text: &str) -> Option<SignedDuration> {
    // The parser also accepts lower case and signs, which the service refuses.
    let is_service_spelling = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.');
    let span = is_service_spelling.then(|| SpanParser::new().parse_span(text).ok())??;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// Formats a duration as ISO 8601 in days, hours, minutes and seconds. Fractions of a second are left out.
pub fn show(length: SignedDuration) -> String {
    let in_days = SpanRound::new().largest(Unit::Day).days_are_24_hours();
    let span = Span::try_from(SignedDuration::from_secs(length.as_secs())).and_then(|span| span.round(in_days));
    // A duration that no span can hold is longer than the service's largest by thousands of years.
    span.map_or_else(|_| length.to_string(), |span| span.to_string())
}

/// Whether two texts are the same duration.
pub fn are_same(one: &str, other: &str) -> bool {
    one == other || matches!((parse(one), parse(other)), (Some(one), Some(other)) if one == other)
}

/// Whether two values are the same duration.
pub fn same(one: &Value, other: &Value) -> bool {
    matches!((one.as_str(), other.as_str()), (Some(one), Some(other)) if are_same(one, other))
}

/// Checks that a duration is within two others, both included.
pub fn between(least: &'static str, most: &'static str) -> Check {
    let bounds = parse(least).zip(parse(most));
    Check::text(
        &format!("be a duration such as `P90D` or `PT8H`, of `{least}` to `{most}`, without months and years"),
        move |text| matches!((parse(text), bounds), (Some(length), Some((least, most))) if least <= length && length <= most),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_several_spellings() {
        for (one, other) in
            [("P1D", "PT24H"), ("PT8H", "PT480M"), ("P1W", "P7D"), ("PT1H30M", "PT90M"), ("P1DT12H", "PT36H"), ("PT0.5H", "PT30M")]
        {
            assert!(are_same(one, other), "{one} {other}");
        }
        for (one, other) in [("P1D", "PT23H"), ("P1M", "P30D"), ("P1Y", "P365D"), ("P1M", "PT1M")] {
            assert!(!are_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_the_service_refuses_is_no_duration() {
        for text in ["", "P", "8 hours", "8h", "PT8h", "P6M", "P1Y", "-PT1H", "P-1D", "PT", " PT1H", "1"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_shown_in_its_largest_units() {
        for text in ["P1D", "PT8H", "PT1H30M", "P365D", "P1DT12H", "PT0S", "PT5M", "PT30S"] {
            assert_eq!(parse(text).map(show).as_deref(), Some(text), "{text}");
        }
    }
}
