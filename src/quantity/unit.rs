//! Units and numbers that carry one.

use std::fmt;

use super::unit_table::{Dimension, Row, rows};
use super::{Exact, Fixed, Overflow, ParseFixedError, Rounding};

/// A unit from the table.
#[derive(Clone, Copy)]
pub struct Unit(&'static Row);

impl Unit {
    /// The unit with this symbol, which is spelt exactly so: `degC`, `kWh`, `m/s`.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        rows().find(|row| row.symbol == symbol).map(Self)
    }

    /// What a number in it is: `an area in acre`, `a number of head`, `a price in CNY/kWh`.
    pub fn described(self) -> String {
        let what = self.dimension().with_article();
        match self.dimension() {
            dimension if dimension.is_price() => format!("a price in {self}"),
            dimension if dimension.noun.is_empty() => format!("{what} in {self}"),
            _ => what,
        }
    }

    /// All symbols, for "did you mean".
    pub fn symbols() -> impl Iterator<Item = &'static str> {
        rows().map(|row| row.symbol)
    }

    /// The symbol.
    pub fn symbol(self) -> &'static str {
        self.0.symbol
    }

    /// What it measures.
    pub fn dimension(self) -> Dimension {
        self.0.dimension
    }

    /// Whether zero of this unit is not zero of the others of its dimension (degC, degF).
    pub fn has_offset(self) -> bool {
        self.0.offset.0 != 0
    }

    pub(super) fn of_row(row: &'static Row) -> Self {
        Self(row)
    }

    pub(super) fn scale(self) -> Exact {
        Exact::new(self.0.numerator.into(), self.0.denominator.into()).expect("the table's numbers are small")
    }

    fn offset(self) -> Exact {
        Exact::new(self.0.offset.0.into(), self.0.offset.1.into()).expect("the table's numbers are small")
    }

    /// The value in `target`, exactly. Both units have the same dimension.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn convert(self, value: Exact, target: Self) -> Result<Exact, Overflow> {
        assert_eq!(self.dimension(), target.dimension(), "dimensions are checked before anything is converted");
        if self == target {
            return Ok(value);
        }
        value.times(self.scale())?.plus(self.offset())?.minus(target.offset())?.over(target.scale())
    }

    /// How readings are brought to `target`, which has the same dimension.
    ///
    /// # Errors
    /// [`Overflow`] where the conversion's own numbers do not fit.
    pub fn conversion(self, target: Self) -> Result<Conversion, Overflow> {
        if self == target {
            return Ok(Conversion { factor: 1, summand: 0, divisor: 1, same: true });
        }
        let zero = self.convert(Exact::ZERO, target)?;
        let slope = self.convert(Exact::from(1), target)?.minus(zero)?;
        let ((slope, slope_parts), (zero, zero_parts)) = (slope.parts(), zero.parts());
        let divisor = slope_parts.checked_mul(zero_parts).ok_or(Overflow)?;
        let factor = slope.checked_mul(zero_parts).ok_or(Overflow)?;
        let summand = zero.checked_mul(slope_parts).and_then(|sum| sum.checked_mul(i128::from(Fixed::MICROS)));
        Ok(Conversion { factor, summand: summand.ok_or(Overflow)?, divisor, same: false })
    }
}

/// A conversion of readings, worked out once.
#[derive(Clone, Copy, Debug)]
pub struct Conversion {
    factor: i128,
    summand: i128,
    divisor: i128,
    same: bool,
}

impl Conversion {
    /// Whether the units are the same, so that nothing changes.
    pub fn is_same(self) -> bool {
        self.same
    }

    /// A reading converted exactly, then rounded once to six places, half away from zero; the same reading where the
    /// units are the same.
    ///
    /// # Errors
    /// [`Overflow`] where the result does not fit.
    pub fn apply(self, value: Fixed) -> Result<Fixed, Overflow> {
        if self.same {
            return Ok(value);
        }
        let scaled =
            i128::from(value.micros()).checked_mul(self.factor).and_then(|scaled| scaled.checked_add(self.summand));
        let micros = Rounding::HalfUp.divide(scaled.ok_or(Overflow)?, self.divisor);
        i64::try_from(micros).map(Fixed::from_micros).map_err(|_| Overflow)
    }
}

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Unit {}

impl std::hash::Hash for Unit {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.symbol.hash(state);
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.symbol)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.symbol)
    }
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quantity {
    /// The number.
    pub value: Fixed,
    /// Its unit.
    pub unit: Unit,
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// The number is no number.
    #[error(transparent)]
    Number(#[from] ParseFixedError),
    /// There is no unit behind the number.
    #[error("`{0}` has no unit")]
    NoUnit(String),
    /// The unit is not in the table.
    #[error("`{0}` is not a unit that Fairgauge knows")]
    UnknownUnit(String),
}

impl Quantity {
    /// Reads `"230 mm"`: a number, one space, a unit.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let Some((number, symbol)) = text.split_once(' ') else {
            Fixed::parse(text)?;
            return Err(QuantityError::NoUnit(text.to_owned()));
        };
        let value = Fixed::parse(number)?;
        let unit = Unit::from_symbol(symbol).ok_or_else(|| QuantityError::UnknownUnit(symbol.to_owned()))?;
        Ok(Self { value, unit })
    }

    /// The exact number in another unit of the same dimension.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn in_unit(self, unit: Unit) -> Result<Exact, Overflow> {
        self.unit.convert(self.value.into(), unit)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.value, self.unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_exactly() {
        for (from, to, value) in [
            ("39.02 degF", "degC", "3.9"),
            ("32 degF", "degC", "0"),
            ("-40 degC", "degF", "-40"),
            ("0 degC", "K", "273.15"),
            ("1 inch", "mm", "25.4"),
            ("1 kt", "km/h", "1.852"),
            ("1 mph", "m/s", "0.44704"),
            ("1 MWh", "kWh", "1000"),
            ("15 mu", "ha", "1"),
            ("1013.25 hPa", "kPa", "101.325"),
            ("36 h", "d", "1.5"),
            ("5 %", "1", "0.05"),
        ] {
            let unit = Unit::from_symbol(to).expect(to);
            let got = Quantity::parse(from).expect(from).in_unit(unit).expect("small").as_fixed();
            assert_eq!(got, Some(Fixed::parse(value).expect(value)), "{from} in {to}");
        }
    }

    #[test]
    fn a_reading_is_rounded_once_at_six_places_and_not_touched_in_its_own_unit() {
        let [degf, degc] = ["degF", "degC"].map(|symbol| Unit::from_symbol(symbol).expect(symbol));
        let reading = Fixed::parse("65").expect("a number");
        let converted = |from: Unit, to| from.conversion(to).and_then(|conversion| conversion.apply(reading));
        assert_eq!(converted(degf, degc), Ok(Fixed::from_micros(18_333_333)));
        assert_eq!(converted(degf, degf), Ok(reading));
    }

    /// The short way gives what exact ratios and one rounding give.
    #[test]
    fn a_conversion_worked_out_once_is_the_exact_one() {
        for from in rows().map(Unit) {
            for to in rows().map(Unit).filter(|to| to.dimension() == from.dimension()) {
                for micros in [0, 1, -1, 39_020_000, -40_000_000, 999_999, 123_456_789_012] {
                    let value = Fixed::from_micros(micros);
                    let step = Fixed::from_micros(1);
                    let exact = from.convert(value.into(), to).and_then(|exact| exact.round_to(step, Rounding::HalfUp));
                    assert_eq!(from.conversion(to).and_then(|c| c.apply(value)), exact, "{value} {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn refuses_numbers_without_a_unit_and_units_that_are_not_there() {
        assert_eq!(Quantity::parse("230"), Err(QuantityError::NoUnit("230".to_owned())));
        assert_eq!(Quantity::parse("230 milimetre"), Err(QuantityError::UnknownUnit("milimetre".to_owned())));
        assert!(matches!(Quantity::parse("abc mm"), Err(QuantityError::Number(_))));
        assert!(matches!(Quantity::parse("230mm"), Err(QuantityError::Number(_))));
    }

    #[test]
    fn nouns_do_not_mix() {
        let [head, pond] = ["head", "pond"].map(|symbol| Unit::from_symbol(symbol).expect(symbol));
        assert_ne!(head.dimension(), pond.dimension());
        assert_eq!((head.dimension().name(), head.described()), ("head", "a number of head".to_owned()));
        assert_eq!(Unit::from_symbol("acre").expect("known").described(), "an area in acre");
        assert_eq!(Unit::from_symbol("EUR/MWh").expect("known").described(), "a price in EUR/MWh");
    }
}
