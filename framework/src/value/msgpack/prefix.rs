//! Truncation of the prefix of an unknown string, as go-cty does it.
//!
//! Terraform sends up to 256 bytes whole. Of a longer prefix it sends what is certain to remain in front whatever follows: a letter at
//! the cut could yet become another one by an accent.

use std::sync::OnceLock;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use unicode_normalization::{IsNormalized, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

const WHOLE: usize = 256;

/// The part of the prefix (in NFC) that goes over the wire.
pub(super) fn cut(prefix: &str) -> &str {
    if prefix.len() <= WHOLE {
        return prefix;
    }
    let mut end = WHOLE - 1;
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    let text = prefix.get(..end).unwrap_or_default();
    let normal = before_last_interaction(text);
    if normal.len() < WHOLE - 1 { normal } else { before_last_grapheme(normal) }
}

/// Drops the last character and its combining marks if following text could change it under normalization.
fn before_last_interaction(text: &str) -> &str {
    if text.chars().next_back().is_none_or(is_inert) {
        return text;
    }
    let start = text.char_indices().rev().find(|&(_, char)| canonical_combining_class(char) == 0);
    start.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Whether normalization leaves the character unchanged whatever follows.
fn is_inert(char: char) -> bool {
    let mut decomposed = Vec::new();
    decompose_canonical(char, |part| decomposed.push(part));
    canonical_combining_class(char) == 0
        && decomposed == [char]
        && is_nfc_quick(std::iter::once(char)) == IsNormalized::Yes
        && !combining_characters().iter().any(|&mark| compose(char, mark).is_some())
}

/// All characters that can unite with one in front of them.
fn combining_characters() -> &'static [char] {
    static CHARACTERS: OnceLock<Vec<char>> = OnceLock::new();
    CHARACTERS.get_or_init(|| {
        let united = |&char: &char| is_nfc_quick(std::iter::once(char)) == IsNormalized::Maybe;
        ('\0'..=char::MAX).filter(united).collect()
    })
}

/// Without the last grapheme, unless it is one of the delimiters of which go-cty knows that nothing joins them.
fn before_last_grapheme(text: &str) -> &str {
    const DELIMITERS: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    match text.grapheme_indices(true).next_back() {
        Some((at, last)) if last.chars().count() != 1 || !DELIMITERS.contains(last) => text.get(..at).unwrap_or_default(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ones_are_whole() {
        let text = "é".repeat(128);
        assert_eq!(cut(&text), text);
    }

    #[test]
    fn long_ones_end_where_nothing_can_change() {
        for (unit, length) in [
            // A letter may get an accent.
            ("p", 254),
            // A digit may be followed by a mark and is a grapheme; a hyphen stands alone.
            ("1", 254),
            ("-", 255),
            // 255 is in the middle of a character: an accented letter before it goes too, an ideograph stays.
            ("é", 252),
            ("世", 252),
            ("😀", 252),
        ] {
            assert_eq!(cut(&unit.repeat(300)).len(), length, "{unit}");
        }
    }
}
