//! Decimal text to numbers, by the rules of go-cty: those of Go's `big.ParseFloat` with base 10.

use num_bigint::BigUint;

use super::binary::Binary;
use super::{Number, NumberError, TEXT_PRECISION};

/// Text beyond this many bytes is not looked at. It leaves room for every number within [`Number::MAX_DIGITS`]: those digits, the 155
/// that 512 bits can hold, a sign and a point.
const MAX_TEXT: usize = Number::MAX_DIGITS + 240;

pub(super) fn parse(text: &str) -> Result<Number, NumberError> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..).unwrap_or_default()),
        [b'+', ..] => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    if matches!(unsigned, "Inf" | "inf") {
        return Ok(Number::infinite(negative));
    }
    let scanned = Scanned::new(unsigned)?;
    if text.len() > MAX_TEXT {
        return Err(NumberError::TooLong);
    }
    scanned.number(negative)
}

/// `digits * 2^exponent2 * 5^exponent5`.
struct Scanned {
    /// ASCII digits without leading zeros.
    digits: Vec<u8>,
    exponent2: i64,
    exponent5: i64,
}

impl Scanned {
    fn new(text: &str) -> Result<Self, NumberError> {
        let (mantissa, exponent) = match text.find(['e', 'E', 'p', 'P']) {
            Some(at) => text.split_at_checked(at).ok_or(NumberError::NotANumber)?,
            None => (text, ""),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = integer.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(NumberError::NotANumber);
        }
        let digits = digits.into_iter().skip_while(|&digit| digit == b'0').collect();
        let places = fraction.len() as i64;
        // `p` is an exponent of two; Go takes it after decimal digits too.
        let (of10, of2) = match exponent.split_at_checked(1) {
            None => (0, 0),
            Some(("e" | "E", exponent)) => (scan_exponent(exponent)?, 0),
            Some((_, exponent)) => (0, scan_exponent(exponent)?),
        };
        let exponent5 = of10.saturating_sub(places);
        Ok(Scanned { digits, exponent2: exponent5.saturating_add(of2), exponent5 })
    }

    fn number(self, negative: bool) -> Result<Number, NumberError> {
        if self.digits.is_empty() {
            return Ok(Number::finite(negative, Binary::new(BigUint::ZERO, 0, TEXT_PRECISION)));
        }
        let digits = BigUint::parse_bytes(&self.digits, 10).ok_or(NumberError::NotANumber)?;
        // Go's exponents have 32 bits. What is beyond them before the powers of five are multiplied in is an error there, what is beyond
        // them afterwards is infinite or zero.
        i32::try_from(self.exponent2.saturating_add(digits.bits() as i64)).map_err(|_| NumberError::NotANumber)?;
        let magnitude = digits.bits() as f64 + self.exponent2 as f64 + self.exponent5 as f64 * 5f64.log2();
        if magnitude > f64::from(i32::MAX) {
            return Ok(Number::infinite(negative));
        }
        if magnitude < f64::from(i32::MIN) {
            return Ok(Number::finite(negative, Binary::new(BigUint::ZERO, 0, TEXT_PRECISION)));
        }
        if magnitude.abs() * 2f64.log10() > Number::MAX_DIGITS as f64 {
            return Err(NumberError::TooLong);
        }
        let power = BigUint::from(5u8).pow(u32::try_from(self.exponent5.unsigned_abs()).map_err(|_| NumberError::TooLong)?);
        let magnitude = if self.exponent5 < 0 {
            Binary::quotient(digits, &power, self.exponent2, TEXT_PRECISION)
        } else {
            Binary::new(digits * power, self.exponent2, TEXT_PRECISION)
        };
        Ok(Number::finite(negative, magnitude))
    }
}

/// An optional sign and digits that fit 64 bits.
fn scan_exponent(text: &str) -> Result<i64, NumberError> {
    // The standard library reads the same, signs included.
    text.parse().map_err(|_| NumberError::NotANumber)
}
