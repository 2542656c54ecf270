//! Decimal digits of binary fractions.

use std::cmp::Ordering;

use num_bigint::BigUint;

use super::binary::Binary;

/// `0.digits * 10^point`; zero has no digits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    /// ASCII digits, the last one not `0`.
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// The value of `mantissa * 2^exponent`, exactly.
    fn exact(mantissa: &BigUint, exponent: i64) -> Self {
        // 2^-n is 5^n / 10^n.
        let (integer, places) = match exponent {
            0.. => (mantissa << exponent.unsigned_abs(), 0),
            _ => (mantissa * BigUint::from(5u8).pow(u32::try_from(-exponent).unwrap_or(u32::MAX)), -exponent),
        };
        if integer == BigUint::ZERO {
            return Decimal { digits: Vec::new(), point: 0 };
        }
        let digits = integer.to_str_radix(10).into_bytes();
        let point = digits.len() as i64 - places;
        let mut decimal = Decimal { digits, point };
        decimal.trim();
        decimal
    }

    /// The shortest decimal between the neighbours of the number at its precision, and the nearest of those.
    ///
    /// As in Go's `math/big`, the lower neighbour of a power of two is taken to be as far away as the upper one, though it is half
    /// as far: what is written must be what Terraform would write.
    pub fn shortest(binary: &Binary) -> Self {
        let mut exact = Decimal::exact(binary.mantissa(), binary.exponent());
        // Below one unit in the last place no shorter integer is near enough, and most numbers are such integers.
        if binary.is_zero() || (binary.is_integer() && binary.mantissa().bits() + binary.exponent().unsigned_abs() <= binary.precision()) {
            return exact;
        }
        // The mantissa with one bit more than the precision: one unit of it is half the distance to the neighbours.
        let shift = (binary.precision() + 1).saturating_sub(binary.mantissa().bits());
        let mantissa = binary.mantissa() << shift;
        let exponent = binary.exponent() - shift as i64;
        let lower = Decimal::exact(&(&mantissa - 1u8), exponent);
        let upper = Decimal::exact(&(&mantissa + 1u8), exponent);
        // Half-way decimals are read as the even neighbour.
        let inclusive = !mantissa.bit(1);

        for (at, &digit) in exact.digits.iter().enumerate() {
            let (low, high) = (lower.digit(at), upper.digit(at));
            let down = low != digit || (inclusive && at + 1 == lower.digits.len());
            let up = high != digit && (inclusive || digit + 1 < high || at + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => exact.round(at + 1),
                (true, false) => exact.cut(at + 1),
                (false, true) => exact.round_up(at + 1),
                (false, false) => continue,
            }
            break;
        }
        exact
    }

    /// Digits, point, digits; no exponent.
    pub fn plain(&self) -> String {
        let text: String = self.digits.iter().map(|&digit| char::from(digit)).collect();
        let before = usize::try_from(self.point).unwrap_or(0);
        match text.split_at_checked(before) {
            _ if text.is_empty() => "0".to_owned(),
            _ if self.point <= 0 => format!("0.{}{text}", "0".repeat(usize::try_from(-self.point).unwrap_or(0))),
            Some((integer, "")) => integer.to_owned(),
            Some((integer, fraction)) => format!("{integer}.{fraction}"),
            None => format!("{text}{}", "0".repeat(before - text.len())),
        }
    }

    fn digit(&self, at: usize) -> u8 {
        self.digits.get(at).copied().unwrap_or(b'0')
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
    }

    /// Keeps so many digits, rounding half to even.
    fn round(&mut self, keep: usize) {
        let half = self.digit(keep) == b'5' && keep + 1 >= self.digits.len();
        let up = if half { keep > 0 && self.digit(keep - 1) % 2 == 1 } else { self.digit(keep) >= b'5' };
        if up { self.round_up(keep) } else { self.cut(keep) }
    }

    /// Keeps so many digits, rounding down.
    fn cut(&mut self, keep: usize) {
        self.digits.truncate(keep);
        self.trim();
    }

    /// Keeps so many digits, rounding up.
    fn round_up(&mut self, keep: usize) {
        self.digits.truncate(keep);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(digit) => *digit += 1,
            None => {
                self.digits.push(b'1');
                self.point += 1;
            }
        }
    }
}

/// By value, for decimals that are not zero.
impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
