//! Instants as attributes: RFC 3339, which has several notations for the same instant.

use framework::schema::Check;
use framework::value::Value;
use jiff::Timestamp;

/// What an instant must be.
pub fn check() -> Check {
    Check::text("be an instant such as `2026-11-01T00:00:00Z`", |text| text.parse::<Timestamp>().is_ok())
}

/// Whether two texts are the same instant.
pub fn are_same(one: &str, other: &str) -> bool {
    one == other || matches!((one.parse::<Timestamp>(), other.parse::<Timestamp>()), (Ok(one), Ok(other)) if one == other)
}

/// Whether two values are the same instant.
pub fn same(one: &Value, other: &Value) -> bool {
    matches!((one.as_str(), other.as_str()), (Some(one), Some(other)) if are_same(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_many_spellings() {
        assert!(are_same("2026-11-01T00:00:00Z", "2026-11-01T01:00:00.000+01:00"));
        assert!(!are_same("2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z"));
        assert!(!are_same("soon", "later"));
    }
}
