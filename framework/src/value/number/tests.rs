//! Exact numbers, case by case.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::*;

fn text(text: &str) -> Number {
    text.parse().unwrap()
}

fn float(float: f64) -> Number {
    float.try_into().unwrap()
}

#[test]
fn reads_decimal_text() {
    for (given, plain) in [
        ("5", "5"),
        ("+5", "5"),
        ("007", "7"),
        ("5.", "5"),
        (".5", "0.5"),
        ("-.5e1", "-5"),
        ("1e5", "100000"),
        ("1E+2", "100"),
        ("12.50", "12.5"),
        ("1.25e-3", "0.00125"),
        ("0", "0"),
        ("0e999999999999", "0"),
        ("-0", "-0"),
        ("1p3", "8"),
        ("Inf", "Inf"),
        ("+inf", "Inf"),
        ("-Inf", "-Inf"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ] {
        assert_eq!(text(given).to_string(), plain, "{given}");
    }
}

#[test]
fn refuses_what_go_refuses() {
    for given in [
        "",
        " ",
        "5 ",
        " 5",
        "0x10",
        "0b1",
        "1_000",
        "NaN",
        "nan",
        "INF",
        "Infinity",
        "--5",
        "+-5",
        "+",
        "-",
        ".",
        "e5",
        "5e",
        "5e+",
        "5e1.5",
        "1.2.3",
        "1e5e5",
        "1,5",
        "٣",
        "1e99999999999999999999",
        "0e99999999999999999999",
    ] {
        assert_eq!(given.parse::<Number>(), Err(NumberError::NotANumber), "{given}");
    }
}

#[test]
fn exponents_overflow_as_in_go() {
    assert!(text("1e999999999").is_infinite());
    assert_eq!(text("-1e999999999").as_f64(), f64::NEG_INFINITY);
    assert_eq!(text("1e-999999999"), Number::from(0i64));
    // Before the powers of five are multiplied in, 32 bits must be enough.
    assert_eq!("1e9999999999".parse::<Number>(), Err(NumberError::NotANumber));
    assert_eq!("1e-9999999999".parse::<Number>(), Err(NumberError::NotANumber));
}

#[test]
fn length_is_bounded() {
    assert_eq!(text("1e9999").to_string(), format!("1{}", "0".repeat(9_999)));
    assert_eq!(text("1e-9999").to_string(), format!("0.{}1", "0".repeat(9_998)));
    let longest = format!("0.{}{}", "0".repeat(9_998), "3".repeat(154));
    assert_eq!(text(&longest).to_string(), longest);
    for given in ["1e10001", "1e-10001", "1e600000000", "1p40000", &"7".repeat(20_000), &format!("0.{}", "7".repeat(20_000))] {
        assert_eq!(given.parse::<Number>(), Err(NumberError::TooLong), "{given:.20}");
    }
}

#[test]
fn text_is_rounded_to_512_bits() {
    // 2^512 + 1 has one bit too many; 2^512 + 2 has not.
    let power: BigUint = BigUint::from(1u8) << 512;
    assert_eq!(text(&(power.clone() + 1u8).to_string()), text(&power.to_string()));
    assert_ne!(text(&(power.clone() + 2u8).to_string()), text(&power.to_string()));
    // Half-way goes to the even neighbour.
    assert_eq!(text(&(power.clone() + 3u8).to_string()), text(&(power.clone() + 4u8).to_string()));
    // Two hundred digits are more than 512 bits can hold. Of what is kept 155 digits are written, the last one nearer to the kept bits
    // than to the text.
    let third = text(&format!("0.{}", "3".repeat(200)));
    assert_eq!(third.to_string(), format!("0.{}5", "3".repeat(154)));
    assert_eq!(text(&third.to_string()), third);
}

#[test]
fn goes_over_the_wire_as_terraform_writes_it() {
    let written = |text: &str| WireNumber::Text(text.to_owned());
    for (number, wire) in [
        (text("0.1"), written("0.1")),
        (float(0.1), WireNumber::Float(0.1)),
        (text("0.5"), WireNumber::Float(0.5)),
        (float(2.0), WireNumber::Integer(2)),
        (float(-0.0), WireNumber::Integer(0)),
        (text("-9223372036854775808"), WireNumber::Integer(i64::MIN)),
        (text("9223372036854775808"), written("9223372036854775808")),
        (Number::from(u64::MAX), written("18446744073709551615")),
        (text("1e22"), written("10000000000000000000000")),
        (float(1e22), written("10000000000000000000000")),
        (float(f64::MAX), written(&format!("17976931348623157{}", "0".repeat(292)))),
        (float(f64::INFINITY), WireNumber::Float(f64::INFINITY)),
        (text("-Inf"), WireNumber::Float(f64::NEG_INFINITY)),
    ] {
        assert_eq!(number.wire(), wire, "{number}");
    }
}

#[test]
fn not_a_number_is_none() {
    assert_eq!(Number::try_from(f64::NAN), Err(NumberError::Nan));
}

#[test]
fn fractions_are_equal_by_text() {
    assert_eq!(float(0.1), text("0.1"));
    assert_ne!(float(f64::from(0.1f32)), text("0.1"));
    assert_eq!(float(f64::from(0.1f32)), text("0.10000000149011612"));
    assert_ne!(text("0.1"), text("0.10000000000000000001"));
    assert_eq!(text("0.10"), text("0.1"));
    assert_eq!(float(-0.0), Number::from(0i64));
    assert_eq!(float(-0.0), text("0"));
    // A denormal has all 53 bits in go-cty, and so more digits than usual.
    assert_eq!(float(5e-324).to_string().len(), 2 + 323 + 16);
    assert_eq!(float(5e-324), text("4.940656458412465e-324"));
}

#[test]
fn integers_are_equal_by_value() {
    assert_eq!(float(9007199254740992.0), Number::from(9007199254740992i64));
    assert_ne!(float(9007199254740992.0), Number::from(9007199254740993i64));
    // Written as 1152921504606847000, but still 2^60.
    assert_eq!(float(1152921504606846976.0), Number::from(1i64 << 60));
    assert_eq!(float(1152921504606846976.0).to_string(), "1152921504606847000");
    assert_ne!(float(1e23), text("1e23"));
}

#[test]
fn converts() {
    assert_eq!(text("1e3").as_i64(), Some(1000));
    assert_eq!(text("-9223372036854775808").as_i64(), Some(i64::MIN));
    assert_eq!(text("9223372036854775808").as_i64(), None);
    assert_eq!(text("-9223372036854775809").as_i64(), None);
    assert_eq!(text("1.5").as_i64(), None);
    assert_eq!(text("Inf").as_i64(), None);
    assert_eq!(text("0.1").as_f64(), 0.1);
    assert_eq!(text("1e400").as_f64(), f64::INFINITY);
    assert_eq!(text("-1e-400").as_f64(), 0.0);
    assert_eq!(text("3e-324").as_f64(), 5e-324);
    assert_eq!(text("2e-324").as_f64(), 0.0);
    assert!(text("1e30").is_integer() && !text("1e-30").is_integer() && !text("Inf").is_integer());
}

#[test]
fn ascends() {
    let numbers =
        ["-Inf", "-1e30", "-2", "-1.5", "-1e-30", "0", "1e-5000", "1e-4999", "0.1", "0.10000000000000000001", "0.5", "1", "1e30", "Inf"];
    for (this, x) in numbers.iter().enumerate() {
        for (that, y) in numbers.iter().enumerate() {
            assert_eq!(text(x).cmp(&text(y)), this.cmp(&that), "{x} {y}");
        }
    }
}

proptest! {
    #[test]
    fn float64_texts_are_rusts_own(bits: u64) {
        let value = f64::from_bits(bits);
        // Powers of two and denormals are written otherwise by go-cty.
        prop_assume!(value.is_normal() && bits << 12 != 0);
        let number = float(value);
        prop_assert_eq!(number.to_string(), value.to_string());
        prop_assert_eq!(number.as_f64(), value);
    }

    #[test]
    fn float64_is_read_back_from_its_text(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let number = float(value);
        prop_assert_eq!(number.as_f64(), value);
        prop_assert_eq!(number.to_string().parse::<f64>().unwrap(), value);
        if !number.is_integer() {
            prop_assert_eq!(&text(&number.to_string()), &number);
        }
    }

    #[test]
    fn up_to_150_digits_are_kept(digits in "[1-9][0-9]{0,148}[1-9]", point in -200i32..200) {
        let number = text(&format!("{digits}e{point}"));
        let plain = number.to_string();
        let mut kept = plain.replace('.', "");
        kept = kept.trim_start_matches('0').trim_end_matches('0').to_owned();
        prop_assert_eq!(kept, digits);
        prop_assert_eq!(&text(&plain), &number);
    }

    #[test]
    fn nearest_float64_is_rusts_own(digits in "[0-9]{1,40}", exponent in -360i32..320) {
        let given = format!("{digits}e{exponent}");
        prop_assert_eq!(text(&given).as_f64(), given.parse::<f64>().unwrap());
    }

    #[test]
    fn integers_survive(integer: i64) {
        prop_assert_eq!(Number::from(integer).as_i64(), Some(integer));
        prop_assert_eq!(Number::from(integer).to_string(), integer.to_string());
        prop_assert_eq!(text(&integer.to_string()), Number::from(integer));
    }

    #[test]
    fn the_order_is_one(a in "-?[0-9]{1,3}\\.[0-9]{1,3}", b in -1000f64..1000.0, c in -1000i64..1000, same in "-?0\\.[0-9]") {
        let mut numbers = [text(&a), float(b), Number::from(c), text(&same), float(same.parse().unwrap())];
        prop_assert_eq!(&numbers[3], &numbers[4]);
        numbers.sort();
        for window in numbers.windows(2) {
            prop_assert!(window[0].as_f64() <= window[1].as_f64());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(given in "[-+]?[0-9eEpP.Inf]{0,12}") {
        if let Ok(number) = given.parse::<Number>() {
            prop_assert_eq!(&text(&number.to_string()), &number);
        }
    }
}
