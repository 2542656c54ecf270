//! Lengths of time as attributes: ISO 8601, in which the same length can be spelt in many ways (`P1D` and `PT24H`).
//!
//! Privileged Identity Management knows no months and years, whose length depends on the calendar (docs/services/pim.md#actions: `P6M` is refused).

use framework::schema::Check;
use framework::value::Value;
use jiff::{SignedDuration, Span};

/// The length of a duration of weeks, days (24 hours each), hours, minutes and seconds; none for anything else.
pub fn parse(text: &str) -> Option<SignedDuration> {
    // The parser knows friendlier spellings too, which the service does not.
    let iso = text.starts_with('P') && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.');
    let span: Span = iso.then(|| text.parse().ok())??;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let rest = SignedDuration::try_from(span.weeks(0).days(0)).ok()?;
    SignedDuration::from_hours(days.checked_mul(24)?).checked_add(rest)
}

/// A length as ISO 8601, in days where it is whole days.
pub fn show(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, seconds) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    let mut text = String::from("P");
    if days != 0 {
        text.push_str(&format!("{days}D"));
    }
    if rest != 0 || days == 0 {
        text.push('T');
    }
    for (count, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
        if count != 0 || (unit == 'S' && text == "PT") {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    text
}

/// Whether two texts are the same length.
pub fn are_same(one: &str, other: &str) -> bool {
    one == other || matches!((parse(one), parse(other)), (Some(one), Some(other)) if one == other)
}

/// Whether two values are the same length.
pub fn same(one: &Value, other: &Value) -> bool {
    matches!((one.as_str(), other.as_str()), (Some(one), Some(other)) if are_same(one, other))
}

/// A length between these two, both spelt as durations.
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
    fn a_length_has_many_spellings() {
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
    fn what_the_service_cannot_digest_is_no_length() {
        for text in ["", "P", "8 hours", "8h", "PT8h", "P6M", "P1Y", "-PT1H", "P-1D", "PT", " PT1H", "1"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_length_is_shown_in_its_largest_units() {
        for text in ["P1D", "PT8H", "PT1H30M", "P365D", "P1DT12H", "PT0S", "PT5M", "PT30S"] {
            assert_eq!(parse(text).map(show).as_deref(), Some(text), "{text}");
        }
    }
}
