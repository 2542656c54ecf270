//! Exact numbers, with the rounding, equality and text of go-cty, which Terraform computes with.
//!
//! go-cty holds every number as a binary fraction whose precision depends on its source: 64 bits for an integer, 53 for a
//! float64, 512 for decimal text. The precision decides how the number is written (its shortest decimal text *at that
//! precision*), and so also what it is equal to (docs/terraform-protocol.md#values). That is why it is kept.

mod binary;
mod decimal;
mod parse;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use num_bigint::BigUint;

use binary::Binary;
use decimal::Decimal;

/// Precision of a number that came as an integer, in bits.
const INTEGER_PRECISION: u64 = 64;
/// Precision of a number that came as a float64, in bits.
const FLOAT_PRECISION: u64 = 53;
/// Precision of a number that came as decimal text, in bits.
const TEXT_PRECISION: u64 = 512;

/// An exact number, or an infinity; never "not a number".
#[derive(Clone, Debug)]
pub struct Number {
    negative: bool,
    magnitude: Magnitude,
}

#[derive(Clone, Debug)]
enum Magnitude {
    Finite(Binary),
    Infinite,
}

/// Why something is not a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("a number is required")]
    NotANumber,
    /// Written out, the number would be longer than [`Number::MAX_DIGITS`] digits, or its text is.
    #[error("the number has more than {max} digits", max = Number::MAX_DIGITS)]
    TooLong,
    /// A float64 that is "not a number", at which Terraform itself crashes (docs/terraform-protocol.md#errors-of-calls).
    #[error("\"not a number\" is not a number")]
    Nan,
}

/// The form in which a number goes over the wire (docs/terraform-protocol.md#values).
#[derive(Debug, PartialEq)]
pub(super) enum WireNumber {
    /// An integer that fits.
    Integer(i64),
    /// A fraction that is exactly a float64, or an infinity.
    Float(f64),
    /// Everything else, as decimal text without exponent.
    Text(String),
}

impl Number {
    /// How many digits a number may have before or after the decimal point when it is written out. Seven bytes of text
    /// (`1e99999`) would otherwise become text of any length. No float64 needs more than 1,100.
    pub const MAX_DIGITS: usize = 10_000;

    fn finite(negative: bool, magnitude: Binary) -> Self {
        Number { negative, magnitude: Magnitude::Finite(magnitude) }
    }

    fn infinite(negative: bool) -> Self {
        Number { negative, magnitude: Magnitude::Infinite }
    }

    /// Whether it has no fractional part; infinities are no integers.
    pub fn is_integer(&self) -> bool {
        matches!(&self.magnitude, Magnitude::Finite(magnitude) if magnitude.is_integer())
    }

    /// Whether it is positive or negative infinity.
    pub fn is_infinite(&self) -> bool {
        matches!(self.magnitude, Magnitude::Infinite)
    }

    /// The number if it is an integer that fits; never rounded.
    pub fn as_i64(&self) -> Option<i64> {
        let Magnitude::Finite(magnitude) = &self.magnitude else { return None };
        let magnitude = i128::from(magnitude.as_u64()?);
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// The nearest float64; infinite when the number is beyond its range.
    pub fn as_f64(&self) -> f64 {
        let magnitude = match &self.magnitude {
            Magnitude::Finite(magnitude) => magnitude.nearest_f64(),
            Magnitude::Infinite => f64::INFINITY,
        };
        if self.negative { -magnitude } else { magnitude }
    }

    /// How Terraform would write it.
    pub(super) fn wire(&self) -> WireNumber {
        if let Some(integer) = self.as_i64() {
            return WireNumber::Integer(integer);
        }
        match &self.magnitude {
            Magnitude::Infinite => WireNumber::Float(self.as_f64()),
            Magnitude::Finite(magnitude) if !magnitude.is_integer() && magnitude.is_f64() => WireNumber::Float(self.as_f64()),
            Magnitude::Finite(_) => WireNumber::Text(self.to_string()),
        }
    }

    fn is_zero(&self) -> bool {
        matches!(&self.magnitude, Magnitude::Finite(magnitude) if magnitude.is_zero())
    }

    /// -1, 0 or 1; minus zero is zero.
    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Number::finite(integer < 0, Binary::new(BigUint::from(integer.unsigned_abs()), 0, INTEGER_PRECISION))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Number::finite(false, Binary::new(BigUint::from(integer), 0, INTEGER_PRECISION))
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    fn try_from(float: f64) -> Result<Self, NumberError> {
        if float.is_nan() {
            return Err(NumberError::Nan);
        }
        if float.is_infinite() {
            return Ok(Number::infinite(float.is_sign_negative()));
        }
        Ok(Number::finite(float.is_sign_negative(), Binary::from_f64(float.abs())))
    }
}

/// Reads decimal text as go-cty does: a sign, digits with or without a point, an exponent, or `Inf`. No blanks, underscores
/// or other bases.
impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        parse::parse(text)
    }
}

/// Plain decimal, without exponent: the shortest text that is this number at its own precision.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        match &self.magnitude {
            Magnitude::Infinite => f.write_str("Inf"),
            Magnitude::Finite(magnitude) => f.write_str(&Decimal::shortest(magnitude).plain()),
        }
    }
}

/// Integers are equal when they are the same integer, fractions when their texts are the same (docs/terraform-protocol.md#values).
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Ascending. Fractions are compared by their text, so that the order agrees with equality: float64 0.1 and text `0.1` differ in
/// their binary digits and are equal nevertheless.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        if by_sign != Ordering::Equal {
            return by_sign;
        }
        let by_magnitude = match (&self.magnitude, &other.magnitude) {
            (Magnitude::Infinite, Magnitude::Infinite) => Ordering::Equal,
            (Magnitude::Infinite, Magnitude::Finite(_)) => Ordering::Greater,
            (Magnitude::Finite(_), Magnitude::Infinite) => Ordering::Less,
            (Magnitude::Finite(this), Magnitude::Finite(that)) => compare_finite(this, that),
        };
        if self.negative { by_magnitude.reverse() } else { by_magnitude }
    }
}

fn compare_finite(this: &Binary, that: &Binary) -> Ordering {
    let exact = this.compare(that);
    // Texts need a look only where they can contradict the exact values: two fractions of different precision, within rounding
    // distance. At one precision, text and value are in the same order; and an integer never has the text of a fraction.
    let doubtful = !this.is_integer() && !that.is_integer() && this.precision() != that.precision() && {
        let (x, y) = (this.nearest_f64(), that.nearest_f64());
        !x.is_normal() || !y.is_normal() || (x - y).abs() <= x * 1e-14
    };
    if doubtful { Decimal::shortest(this).cmp(&Decimal::shortest(that)) } else { exact }
}

#[cfg(test)]
mod tests;
