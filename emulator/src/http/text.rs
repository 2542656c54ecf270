//! Percent-encoding, and the encoding of forms and queries (`application/x-www-form-urlencoded`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes the value of a query option: everything but letters, digits and `-._~`.
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Decodes `%XX`. A sequence that is none stays as it is; bytes that are not UTF-8 are replaced.
pub fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Decodes a name or value of a form, in which `+` is a space.
pub fn decode_form_value(text: &str) -> String {
    percent_decode(&text.replace('+', " "))
}

/// Decodes the pairs of a query or a form, in their order. A pair without `=` has an empty value.
pub fn decode_form(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_leaves_what_is_no_escape() {
        for (text, decoded) in [("a%20b", "a b"), ("100%", "100%"), ("%zz", "%zz"), ("%C3%A4", "ä"), ("a+b", "a+b")] {
            assert_eq!(percent_decode(text), decoded);
        }
    }

    #[test]
    fn a_form_is_pairs() {
        assert_eq!(
            decode_form("$top=5&%24filter=a+eq+%27b%27&x"),
            [("$top".into(), "5".into()), ("$filter".into(), "a eq 'b'".into()), ("x".into(), String::new())]
        );
        assert_eq!(decode_form_value("a+b%2B"), "a b+");
    }

    #[test]
    fn what_is_encoded_is_decoded_to_the_same() {
        assert_eq!(percent_encode("a'b c/ä~"), "a%27b%20c%2F%C3%A4~");
        assert_eq!(percent_decode(&percent_encode("a'b c/ä")), "a'b c/ä");
    }
}
