//! Passwords of users: the known reasons for a refusal, and the generation of one.

use framework::value::Path;
use framework::{Diagnostic, Result};
use rand::rngs::{StdRng, SysRng};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::User;
use crate::azure::Error;
use crate::client::diagnose::could_not;

/// The fewest and the most characters (learn.microsoft.com/entra/identity/authentication/concept-sspr-policy).
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// Characters of a generated password, by class and without those that are easily taken for another.
const CLASSES: [&[u8]; 4] = [b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"abcdefghijkmnopqrstuvwxyz", b"23456789", b"!#%+-=?@_~.*"];

/// How many characters a generated password has: with 69 to choose from, about 146 bits.
const GENERATED: usize = 24;

/// Why the service would refuse a password, if that is known (docs/services/graph.md#users). Nothing of the password is in the answer.
pub(super) fn weakness(password: &str) -> Option<&'static str> {
    let classes: [fn(char) -> bool; 4] = [char::is_lowercase, char::is_uppercase, |c| c.is_ascii_digit(), |c| !c.is_alphanumeric()];
    let used = classes.iter().filter(|class| password.chars().any(class)).count();
    if !LENGTH.contains(&password.chars().count()) {
        Some("It must have 8 to 256 characters.")
    } else if used < 3 {
        Some(
            "It must have characters of three of these kinds: lower case letters, upper case letters, digits, others. Or set `disable_strong_password = true`.",
        )
    } else {
        None
    }
}

/// Generates a password with characters of all four classes.
///
/// # Errors
///
/// If the operating system gives no random numbers.
pub(super) fn generate() -> Result<SecretString> {
    // A cryptographically secure generator (ChaCha12), seeded by the operating system.
    let mut random = StdRng::try_from_rng(&mut SysRng)
        .map_err(|_| Diagnostic::error("Could not generate a password", "The operating system gives no random numbers. Set `password`."))?;
    Ok(generate_from(&mut random))
}

fn generate_from(random: &mut impl Rng) -> SecretString {
    let alphabet: Vec<u8> = CLASSES.concat();
    loop {
        let password: String = std::iter::from_fn(|| alphabet.choose(random)).take(GENERATED).map(|byte| char::from(*byte)).collect();
        let password = SecretString::from(password);
        if CLASSES.iter().all(|class| password.expose_secret().bytes().any(|byte| class.contains(&byte))) {
            return password;
        }
    }
}

impl User {
    /// The profile that sets this password.
    pub(super) fn profile(&self, password: &SecretString) -> Value {
        json!({ "password": password.expose_secret(), "forceChangePasswordNextSignIn": self.force_password_change })
    }

    /// The diagnostic of an error, which points at the password that was sent if the service complains about that.
    pub(super) fn refused(&self, what: String, error: Error) -> Diagnostic {
        let refused = could_not(what)(error);
        let of_password = refused.attribute == Path::attribute("password");
        if of_password && self.password_wo.is_some() { refused.at_attribute("password_wo") } else { refused }
    }

    /// The profile to send in an update, and the attributes that are done by it; none if nothing about the password changes.
    pub(super) fn password_change(&self, prior: &Self) -> (Value, Vec<&'static str>) {
        let before = prior.password.as_ref().map(ExposeSecret::expose_secret);
        let given = self.password.as_ref().filter(|password| Some(password.expose_secret()) != before);
        let another = self.password_wo_version != prior.password_wo_version;
        match (self.password_wo.as_ref().filter(|_| another), given) {
            (Some(password), _) => (self.profile(password), vec!["password", "password_wo_version", "force_password_change"]),
            (None, Some(password)) => (self.profile(password), vec!["password", "password_wo_version", "force_password_change"]),
            (None, None) if self.force_password_change != prior.force_password_change => {
                (json!({ "forceChangePasswordNextSignIn": self.force_password_change }), vec!["force_password_change"])
            }
            (None, None) => (Value::Null, Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use std::collections::HashSet;

    use super::*;

    #[test]
    fn generated_passwords_are_strong_and_none_is_like_another() {
        let generated: HashSet<String> = (0..200).map(|_| generate().unwrap().expose_secret().to_owned()).collect();
        assert_eq!(generated.len(), 200);
        for password in &generated {
            assert_eq!((password.len(), weakness(password)), (GENERATED, None));
            assert!(CLASSES.iter().all(|class| password.bytes().any(|byte| class.contains(&byte))));
        }
        // Every character comes up: 4,800 drawn from 69.
        let used: HashSet<u8> = generated.iter().flat_map(|password| password.bytes()).collect();
        assert_eq!(used.len(), CLASSES.concat().len());
    }

    #[test]
    fn weak_passwords_are_refused() {
        for (password, weak) in [("Abcdefg1", false), ("abcdefg1!", false), ("abcdefgh", true), ("Abc1!", true), ("ABCDEFG1", true)] {
            assert_eq!(weakness(password).is_some(), weak, "{password}");
        }
        assert!(weakness(&"Aa1!".repeat(65)).is_some());
    }
}
