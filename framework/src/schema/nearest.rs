//! The value of an enumeration that is nearest to a text that is none of them.

use strsim::levenshtein;

/// The word that a text most likely stands for: one with that other name, one that differs in case and punctuation only, one that is a letter in four away,
/// one that contains the text or is contained in it, or one that is a letter in three away. None if no word, or more than one, is as near.
pub(crate) fn nearest(text: &str, words: &[&'static str], synonyms: &[(&'static str, &'static str)]) -> Option<&'static str> {
    /// What is shorter is contained in too much.
    const LEAST_CONTAINED: usize = 3;
    let text = folded(text);
    if text.is_empty() {
        return None;
    }
    if let Some((_, word)) = synonyms.iter().find(|(synonym, _)| folded(synonym) == text) {
        return Some(word);
    }
    let one = |holds: &dyn Fn(&str) -> bool| {
        let mut found = words.iter().filter(|word| holds(&folded(word)));
        found.next().copied().filter(|_| found.next().is_none())
    };
    let is_long = |contained: &str| contained.len() >= LEAST_CONTAINED;
    let begins = |word: &str| is_long(&text) && word.starts_with(&text);
    let contains = |word: &str| (is_long(&text) && word.contains(&text)) || (is_long(word) && text.contains(word));
    let off_by = |share: usize| (1..=text.len() / share).find_map(|most| one(&|word| levenshtein(&text, word) <= most));
    // A typing error goes before a value that happens to be in the text; at last, a third of the letters may be wrong.
    one(&|word| word == text).or_else(|| off_by(4)).or_else(|| one(&begins)).or_else(|| one(&contains)).or_else(|| off_by(3))
}

/// Letters and digits, in lower case.
fn folded(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [&str; 3] = ["enabled", "disabled", "enabledForReportingButNotEnforced"];
    const CONTROLS: [&str; 5] = ["block", "mfa", "compliantDevice", "domainJoinedDevice", "compliantApplication"];

    #[test]
    fn what_is_near_one_word_stands_for_it() {
        let synonyms = [("reportOnly", "enabledForReportingButNotEnforced"), ("multifactor", "mfa")];
        for (text, words, closest_value) in [
            ("Enabled", &STATES[..], Some("enabled")),
            ("report_only", &STATES, Some("enabledForReportingButNotEnforced")),
            ("enabledForReporting", &STATES, Some("enabledForReportingButNotEnforced")),
            ("enable", &STATES, Some("enabled")),
            ("disable", &STATES, Some("disabled")),
            ("diasbled", &STATES, Some("disabled")),
            ("on", &STATES, None),
            ("MFA", &CONTROLS, Some("mfa")),
            ("require_mfa", &CONTROLS, Some("mfa")),
            ("Multi-Factor", &CONTROLS, Some("mfa")),
            ("compliant_device", &CONTROLS, Some("compliantDevice")),
            ("domainJoined", &CONTROLS, Some("domainJoinedDevice")),
            ("compliant", &CONTROLS, None),
            ("blok", &CONTROLS, Some("block")),
            ("priaryAndSecondary", &["primaryAndSecondary", "secondary"], Some("primaryAndSecondary")),
            ("", &CONTROLS, None),
            ("x", &CONTROLS, None),
            ("something else", &CONTROLS, None),
        ] {
            assert_eq!(nearest(text, words, &synonyms), closest_value, "{text:?}");
        }
    }
}
