//! Decimals with six places in one `i64`.

use std::fmt;

use super::{Exact, Overflow, Rounding};

/// A decimal number with six places: `Fixed::from_micros(12_500_000)` is 12.5. It reaches to ±9.2 × 10¹².
///
/// Readings and term-sheet numbers are of this type, so a season of tenths of millimetres adds up to the
/// strike exactly when the gauge says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed(i64);

/// Why a text is no decimal number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseFixedError {
    /// Not of the form `-12.5`.
    #[error("`{0}` is not a decimal number such as 12.5")]
    NotDecimal(String),
    /// More than six places where nothing may be rounded.
    #[error("`{0}` has more than six decimal places")]
    TooPrecise(String),
    /// Beyond ±9.2 × 10¹².
    #[error("`{0}` is too large: numbers reach to 9,200,000,000,000")]
    TooLarge(String),
}

impl Fixed {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(Self::MICROS);
    /// Millionths in one.
    pub const MICROS: i64 = 1_000_000;

    /// Millionths of the largest number that is read: the few beyond it that would fit are marks elsewhere.
    const FARTHEST: u64 = 9_200_000_000_000_000_000;

    /// The number of so many millionths.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The millionths of this number.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`Overflow`] beyond ±9.2 × 10¹².
    pub fn from_whole(whole: i64) -> Result<Self, Overflow> {
        whole.checked_mul(Self::MICROS).map(Self).ok_or(Overflow)
    }

    /// Reads a term-sheet number: plain decimal, at most six places, nothing is rounded.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, ParseFixedError> {
        let (micros, rest) = Self::read(text)?;
        if rest.bytes().any(|digit| digit != b'0') {
            return Err(ParseFixedError::TooPrecise(text.to_owned()));
        }
        Self::fit(micros, text)
    }

    /// Reads a feed's number, which may carry any number of places and an exponent (`3.55999994277954`,
    /// `1.2e-3`): rounded once to six places, half away from zero.
    ///
    /// # Errors
    /// Says what is wrong with the text; `NaN`, `Infinity`, blanks and a decimal comma are not numbers.
    pub fn parse_rounded(text: &str) -> Result<Self, ParseFixedError> {
        let not_decimal = || ParseFixedError::NotDecimal(text.to_owned());
        let Some(at) = text.find(['e', 'E']) else {
            let (micros, rest) = Self::read(text)?;
            let away = i128::from(rest.as_bytes().first().is_some_and(|digit| *digit >= b'5'));
            let sign = if text.starts_with('-') { -1 } else { 1 };
            return Self::fit(micros + sign * away, text);
        };
        let exponent: i32 = text[at + 1..].parse().map_err(|_| not_decimal())?;
        let mantissa = &text[..at];
        let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || exponent.unsigned_abs() > 40 || digits.len() > 60 {
            return Err(not_decimal());
        }
        let shift = usize::try_from(exponent.unsigned_abs()).expect("at most 40");
        let plain = if exponent >= 0 {
            let padded = format!("{places:0<shift$}");
            let (more, left) = padded.split_at(shift);
            if left.is_empty() { format!("{sign}{whole}{more}") } else { format!("{sign}{whole}{more}.{left}") }
        } else {
            let padded = format!("{whole:0>width$}", width = shift + 1);
            let (left, more) = padded.split_at(padded.len() - shift);
            format!("{sign}{left}.{more}{places}")
        };
        Self::parse_rounded(&plain)
    }

    /// Millionths of the text and the digits behind the sixth place.
    fn read(text: &str) -> Result<(i128, &str), ParseFixedError> {
        let not_decimal = || ParseFixedError::NotDecimal(text.to_owned());
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = match digits.split_once('.') {
            Some((_, "")) => return Err(not_decimal()),
            Some(parts) => parts,
            None => (digits, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(places.bytes()).all(|digit| digit.is_ascii_digit()) {
            return Err(not_decimal());
        }
        if whole.trim_start_matches('0').len() > 13 {
            return Err(ParseFixedError::TooLarge(text.to_owned()));
        }
        let (kept, rest) = places.split_at(places.len().min(6));
        let mut micros = whole.bytes().fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        for place in 0..6 {
            micros = micros * 10 + kept.as_bytes().get(place).map_or(0, |digit| i128::from(digit - b'0'));
        }
        Ok((if text.starts_with('-') { -micros } else { micros }, rest))
    }

    fn fit(micros: i128, text: &str) -> Result<Self, ParseFixedError> {
        let fits = i64::try_from(micros).ok().filter(|micros| micros.unsigned_abs() <= Self::FARTHEST);
        fits.map(Self).ok_or_else(|| ParseFixedError::TooLarge(text.to_owned()))
    }

    /// Sum.
    ///
    /// # Errors
    /// [`Overflow`] beyond ±9.2 × 10¹².
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// Difference.
    ///
    /// # Errors
    /// [`Overflow`] beyond ±9.2 × 10¹².
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// The nearest multiple of `step` by `mode`. `step` is greater than zero.
    ///
    /// # Errors
    /// [`Overflow`] beyond ±9.2 × 10¹².
    pub fn round_to(self, step: Self, mode: Rounding) -> Result<Self, Overflow> {
        Exact::from(self).round_to(step, mode)
    }
}

impl fmt::Display for Fixed {
    /// The shortest decimal text: `12.5`, `-0.000001`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.unsigned_abs();
        let (whole, places) = (micros / Self::MICROS.unsigned_abs(), micros % Self::MICROS.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        if places == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let places = format!("{places:06}");
        f.pad(&format!("{sign}{whole}.{}", places.trim_end_matches('0')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_decimals() {
        for (text, micros, printed) in [
            ("0", 0, "0"),
            ("-0", 0, "0"),
            ("12.5", 12_500_000, "12.5"),
            ("-0.000001", -1, "-0.000001"),
            ("0012.500000", 12_500_000, "12.5"),
            ("1.0000000", 1_000_000, "1"),
            ("9200000000000", 9_200_000_000_000_000_000, "9200000000000"),
        ] {
            let number = Fixed::parse(text).expect(text);
            assert_eq!((number.micros(), number.to_string().as_str()), (micros, printed), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", ".5", "5.", "1,5", " 12", "12 ", "NaN", "inf", "+3", "1e3", "0x10", "--1", "1.2.3", "१"]
        {
            assert_eq!(Fixed::parse(text), Err(ParseFixedError::NotDecimal(text.to_owned())), "{text}");
        }
        assert!(matches!(Fixed::parse("0.0000001"), Err(ParseFixedError::TooPrecise(_))));
        assert!(Fixed::parse("9200000000000").is_ok() && Fixed::parse_rounded("-9200000000000").is_ok());
        for text in ["9200000000000.000001", "-9223372036854.775808", "9300000000000"] {
            assert!(matches!(Fixed::parse(text), Err(ParseFixedError::TooLarge(_))), "{text}");
            assert!(matches!(Fixed::parse_rounded(text), Err(ParseFixedError::TooLarge(_))), "{text}");
        }
        assert!(matches!(Fixed::parse("99999999999999999999"), Err(ParseFixedError::TooLarge(_))));
    }

    #[test]
    fn a_feed_number_is_rounded_once_half_away_from_zero() {
        for (text, micros) in [
            ("3.55999994277954", 3_560_000),
            ("0.0000005", 1),
            ("0.00000049", 0),
            ("-0.0000005", -1),
            ("-0.0", 0),
            ("1.2e-3", 1_200),
            ("1.25e2", 125_000_000),
            ("-5E-7", -1),
            ("12e0", 12_000_000),
        ] {
            assert_eq!(Fixed::parse_rounded(text).map(Fixed::micros), Ok(micros), "{text}");
        }
        for text in ["NaN", "Infinity", "1e400", "1e", "e5", "1,5", " 12", "-", "1e+"] {
            assert!(Fixed::parse_rounded(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_to_a_step() {
        for (text, step, mode, rounded) in [
            ("12.25", "0.1", Rounding::HalfUp, "12.3"),
            ("12.25", "0.1", Rounding::HalfEven, "12.2"),
            ("12.29", "0.1", Rounding::Down, "12.2"),
            ("12.21", "0.1", Rounding::Up, "12.3"),
            ("-12.25", "0.1", Rounding::HalfUp, "-12.3"),
            ("37", "5", Rounding::HalfUp, "35"),
        ] {
            let [number, step, rounded] = [text, step, rounded].map(|text| Fixed::parse(text).expect(text));
            assert_eq!(number.round_to(step, mode), Ok(rounded), "{text}");
        }
    }
}
