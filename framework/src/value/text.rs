//! Text as Terraform treats it: in NFC, and escaped in JSON the way Go does it.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in NFC; Terraform compares all strings and map keys in that form (docs/terraform-protocol.md#sets-and-strings).
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Appends the text as a JSON string. Like Go's `encoding/json` it also escapes what could end a script element or a line of
/// JavaScript, so that state and type JSON are the same bytes as Terraform's.
pub(super) fn push_json(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\0'..'\u{20}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string does not fail.
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            _ => json.push(char),
        }
    }
    json.push('"');
}

/// The JSON with `\ufffd` in place of every `\u` escape that is half a surrogate pair, as Go reads it; most libraries refuse those.
pub(super) fn replace_lone_surrogates(json: &str) -> Cow<'_, str> {
    let mut repaired = String::new();
    let mut rest = json;
    let mut kept = json;
    while let Some(at) = rest.find('\\') {
        let (_, escape) = rest.split_at(at);
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
            (Some(SurrogateHalf::Leading), Some(SurrogateHalf::Trailing)) => 12,
            (Some(_), _) => {
                repaired.push_str(kept.strip_suffix(escape).unwrap_or_default());
                repaired.push_str("\\ufffd");
                kept = escape.get(6..).unwrap_or_default();
                6
            }
        };
        rest = escape.get(length..).unwrap_or_default();
    }
    if repaired.is_empty() { Cow::Borrowed(json) } else { Cow::Owned(repaired + kept) }
}

enum SurrogateHalf {
    Leading,
    Trailing,
}

/// Which half of a pair the text begins with an escape of, if any.
fn surrogate(text: &str) -> Option<SurrogateHalf> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u32::from_str_radix(digits, 16).ok()? {
        0xd800..0xdc00 => Some(SurrogateHalf::Leading),
        0xdc00..0xe000 => Some(SurrogateHalf::Trailing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes() {
        assert_eq!(nfc("e\u{301}"), "é");
        assert_eq!(nfc("\u{212b}"), "\u{c5}");
        assert!(matches!(nfc("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn escapes_as_go_does() {
        let mut json = String::new();
        push_json(&mut json, "\"\\<>&\u{2028}\n\t\r\u{8}\u{c}\0\u{1f}\u{7f}é😀");
        assert_eq!(json, "\"\\\"\\\\\\u003c\\u003e\\u0026\\u2028\\n\\t\\r\\b\\f\\u0000\\u001f\u{7f}é😀\"");
    }

    #[test]
    fn mends_lone_surrogates_only() {
        for (json, repaired) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""a\udc00b\ud800c""#, r#""a\ufffdb\ufffdc""#),
            (r#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\\\ud800é""#, r#""\\\ufffdé""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""\é\"#, r#""\é\"#),
        ] {
            assert_eq!(replace_lone_surrogates(json), repaired, "{json}");
        }
    }
}
