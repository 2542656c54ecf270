//! Binary fractions of limited precision, without sign.

use std::cmp::Ordering;

use num_bigint::BigUint;

use super::FLOAT_PRECISION;

/// `mantissa * 2^exponent`. The mantissa is odd, or zero with exponent zero, so that every value has one form.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    mantissa: BigUint,
    exponent: i64,
    /// How many bits the mantissa may have. Part of the number's text, not of its value.
    precision: u64,
}

impl Binary {
    /// `mantissa * 2^exponent`, rounded to the precision (half to even).
    pub fn new(mantissa: BigUint, exponent: i64, precision: u64) -> Self {
        let (mantissa, exponent) = round(mantissa, exponent, precision);
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        let exponent = if mantissa == BigUint::ZERO { 0 } else { exponent + zeros as i64 };
        Binary { mantissa: mantissa >> zeros, exponent, precision }
    }

    /// `numerator / denominator * 2^exponent`, rounded to the precision (half to even). The denominator is not zero.
    pub fn quotient(numerator: BigUint, denominator: &BigUint, exponent: i64, precision: u64) -> Self {
        // Two bits more than the precision and one that says "there was a remainder" are enough to round rightly.
        let shift = (precision + 2 + denominator.bits()).saturating_sub(numerator.bits());
        let shifted = numerator << shift;
        let quotient = &shifted / denominator;
        let inexact = &quotient * denominator != shifted;
        Binary::new((quotient << 1u8) | BigUint::from(u8::from(inexact)), exponent - shift as i64 - 1, precision)
    }

    /// The exact value of a finite float64 that is not negative.
    pub fn from_f64(float: f64) -> Self {
        const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
        let bits = float.to_bits();
        let fraction = bits & ((1 << FRACTION_BITS) - 1);
        let (mantissa, exponent) = match (bits >> FRACTION_BITS) as i64 {
            0 => (fraction, -1074),
            biased => (fraction | (1 << FRACTION_BITS), biased - 1075),
        };
        Binary::new(BigUint::from(mantissa), exponent, FLOAT_PRECISION)
    }

    pub fn mantissa(&self) -> &BigUint {
        &self.mantissa
    }

    pub fn exponent(&self) -> i64 {
        self.exponent
    }

    pub fn precision(&self) -> u64 {
        self.precision
    }

    pub fn is_zero(&self) -> bool {
        self.mantissa == BigUint::ZERO
    }

    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The value if it is an integer that fits.
    pub fn as_u64(&self) -> Option<u64> {
        if !self.is_integer() || self.magnitude() > 64 {
            return None;
        }
        u64::try_from(&self.mantissa).ok().map(|mantissa| mantissa << self.exponent)
    }

    /// Whether it is exactly a finite float64.
    pub fn is_f64(&self) -> bool {
        self.mantissa.bits() <= 53 && self.exponent >= -1074 && self.magnitude() <= 1024
    }

    /// The nearest float64 (half to even).
    pub fn nearest_f64(&self) -> f64 {
        // Near zero a float64 has fewer bits than 53; at -1 and below not even half of the last one is left.
        let bits = (self.magnitude() + 1074).min(53);
        if bits < 0 {
            return 0.0;
        }
        let (mantissa, exponent) = round(self.mantissa.clone(), self.exponent, bits as u64);
        if mantissa == BigUint::ZERO {
            return 0.0;
        }
        if mantissa.bits() as i64 + exponent > 1024 {
            return f64::INFINITY;
        }
        // After rounding both factors and the product are exact. Two steps, because 2^-1074 times 2^52 is a float64 and 2^-1100 is none.
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i64);
        let half = exponent / 2;
        u64::try_from(&mantissa).map_or(f64::INFINITY, |mantissa| mantissa as f64 * exp2(half) * exp2(exponent - half))
    }

    /// Compares the exact values.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        self.magnitude().cmp(&other.magnitude()).then_with(|| match self.exponent - other.exponent {
            0 => self.mantissa.cmp(&other.mantissa),
            // The leading bits are in the same place, so the shift is no longer than the other mantissa.
            above @ 1.. => (&self.mantissa << above.unsigned_abs()).cmp(&other.mantissa),
            below => self.mantissa.cmp(&(&other.mantissa << below.unsigned_abs())),
        })
    }

    /// The place of the leading bit: the value is below `2^magnitude` and not below half of that.
    fn magnitude(&self) -> i64 {
        self.mantissa.bits() as i64 + self.exponent
    }
}

/// Cuts the mantissa to so many bits, half to even.
fn round(mantissa: BigUint, exponent: i64, bits: u64) -> (BigUint, i64) {
    let excess = mantissa.bits().saturating_sub(bits);
    if excess == 0 {
        return (mantissa, exponent);
    }
    let half = mantissa.bit(excess - 1);
    let more_than_half = mantissa.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
    let mut cut = mantissa >> excess;
    if half && (more_than_half || cut.bit(0)) {
        cut += 1u8;
    }
    (cut, exponent + excess as i64)
}

/// A power of two that is a normal float64, exactly.
fn exp2(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
