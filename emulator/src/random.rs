//! Choices that look like chance and are the same in every run with the same seed.

/// A number for the `index`-th choice of one kind. Kinds are told apart by `salt`.
pub fn number(seed: u64, salt: u64, index: u64) -> u64 {
    // SplitMix64: three rounds of it mix what differs in a single bit only.
    mix(mix(mix(seed) ^ salt) ^ index)
}

/// A number from 0 to 1.
pub fn fraction(seed: u64, salt: u64, index: u64) -> f64 {
    // 53 bits are what a float holds exactly.
    let bits = u32::try_from(number(seed, salt, index) >> 32).unwrap_or(u32::MAX);
    f64::from(bits) / f64::from(u32::MAX)
}

fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_chooses_the_same_and_a_share_is_about_a_share() {
        assert_eq!(number(1, 2, 3), number(1, 2, 3));
        assert_ne!(number(1, 2, 3), number(2, 2, 3));
        let hits = (0..10_000).filter(|&index| fraction(7, 1, index) < 0.01).count();
        assert!((60..140).contains(&hits), "{hits}");
    }
}
