//! Choices that look like chance and are the same in every run with the same seed.

use std::ops::RangeInclusive;

use rand::RngExt;
use rand_pcg::Pcg64;

/// The generator for the `index`-th choice of one kind: each kind has a stream of numbers of its own.
pub fn generator(seed: u64, kind: u64, index: u64) -> Pcg64 {
    let mut generator = Pcg64::new(seed.into(), kind.into());
    generator.advance(index.into());
    generator
}

/// A number of a range, which must not be empty.
pub fn within(seed: u64, kind: u64, index: u64, range: RangeInclusive<u64>) -> u64 {
    generator(seed, kind, index).random_range(range)
}

/// A number from 0 to 1, which it does not reach.
pub fn fraction(seed: u64, kind: u64, index: u64) -> f64 {
    generator(seed, kind, index).random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_chooses_the_same() {
        let choices = |seed, kind| (0..100).map(|index| within(seed, kind, index, 0..=u64::MAX)).collect::<Vec<_>>();
        assert_eq!(choices(1, 2), choices(1, 2));
        for other in [choices(2, 2), choices(1, 3)] {
            assert!(choices(1, 2).iter().all(|choice| !other.contains(choice)));
        }
    }

    #[test]
    fn a_share_is_about_a_share_whatever_differs() {
        for differs in 0..3 {
            let hits = (0..10_000)
                .filter(|&number| {
                    let [seed, kind, index] = std::array::from_fn(|at| if at == differs { number } else { 7 });
                    fraction(seed, kind, index) < 0.01
                })
                .count();
            assert!((60..140).contains(&hits), "{differs}: {hits}");
        }
    }
}
