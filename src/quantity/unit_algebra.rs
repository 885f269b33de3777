//! Products and quotients of units.

use super::unit_table::{Dimension, rows};
use super::{Exact, Unit};

impl Dimension {
    /// What a product measures, or with `sign` -1 a quotient; `None` where two nouns would be counted at once, or one
    /// stood below the line.
    fn combined(self, other: Self, sign: i8) -> Option<Self> {
        let noun = match (self.noun, other.noun, sign) {
            (noun, "", _) | ("", noun, 1) => noun,
            (above, below, -1) if above == below => "",
            _ => return None,
        };
        let mut exponents = self.exponents;
        for (exponent, more) in exponents.iter_mut().zip(other.exponents) {
            *exponent = exponent.checked_add(more.checked_mul(sign)?)?;
        }
        Some(Self { exponents, noun })
    }
}

impl Unit {
    /// The unit in which a product of numbers in the two is written, and by what the product is multiplied to be in it:
    /// kW times h is kWh. A plain number leaves the other unit as it is. `None` where no unit of the table measures it.
    pub fn times(self, other: Self) -> Option<(Self, Exact)> {
        let one = Self::one();
        if self == one {
            return Some((other, Exact::from(1)));
        }
        if other.is_plain() {
            return Some((self, other.scale()));
        }
        if self.is_plain() {
            return Some((other, self.scale()));
        }
        self.coherent(other, 1)
    }

    /// The unit in which a quotient of numbers in the two is written, and by what the quotient is multiplied to be in
    /// it. Of one dimension it is a plain number; of the very same unit too where that has an offset, as of differences
    /// of temperature. `None` where no unit of the table measures it.
    pub fn over(self, other: Self) -> Option<(Self, Exact)> {
        if self == other {
            return Some((Self::one(), Exact::from(1)));
        }
        if other == Self::one() || other.is_plain() && !self.is_plain() {
            return Some((self, Exact::from(1).over(other.scale()).ok()?));
        }
        self.coherent(other, -1)
    }

    /// Whether it is `1` or `%`.
    pub fn is_plain(self) -> bool {
        self.dimension() == Self::one().dimension()
    }

    fn one() -> Self {
        Self::from_symbol("1").expect("the table has 1")
    }

    fn coherent(self, other: Self, sign: i8) -> Option<(Self, Exact)> {
        if self.has_offset() || other.has_offset() {
            return None;
        }
        let dimension = self.dimension().combined(other.dimension(), sign)?;
        let hours = Self::from_symbol("kWh").expect("the table has kWh");
        let unit = if dimension == hours.dimension() {
            hours
        } else {
            rows().find(|row| row.dimension == dimension).map(Self::of_row)?
        };
        let scale = if sign > 0 { self.scale().times(other.scale()) } else { self.scale().over(other.scale()) };
        Some((unit, scale.and_then(|scale| scale.over(unit.scale())).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Fixed;

    fn unit(symbol: &str) -> Unit {
        Unit::from_symbol(symbol).expect(symbol)
    }

    fn check(found: Option<(Unit, Exact)>, expected: Option<(&str, &str)>, why: &str) {
        let expected =
            expected.map(|(symbol, factor)| (unit(symbol), Exact::from(Fixed::parse(factor).expect(factor))));
        assert_eq!(found, expected, "{why}");
    }

    #[test]
    fn products_find_their_unit() {
        for (a, b, product, why) in [
            ("mm", "1", Some(("mm", "1")), "a plain number leaves the unit"),
            ("km/h", "1", Some(("km/h", "1")), "also one that is not the first of its dimension"),
            ("mm", "%", Some(("mm", "0.01")), "a share scales"),
            ("1", "degC", Some(("degC", "1")), "a plain number times a difference of temperature"),
            ("%", "%", Some(("%", "0.01")), "a share of a share"),
            ("1", "%", Some(("%", "1")), "a plain number leaves a share"),
            ("kW", "h", Some(("kWh", "1")), "power times time"),
            ("MW", "d", Some(("kWh", "24000")), "the same, larger"),
            ("MWh", "EUR/MWh", Some(("EUR", "1")), "a price times what it is for is money"),
            ("MWh", "CNY/kWh", Some(("CNY", "1000")), "the same in another unit"),
            ("CNY/t", "kg", Some(("CNY", "0.001")), "in either order"),
            ("t/ha", "ha", Some(("kg", "1000")), "a yield times an area: the first mass of the table"),
            ("m", "m2", Some(("m3", "1")), "a volume"),
            ("mm", "ha", Some(("m3", "10")), "rain on a field"),
            ("m3/s", "h", Some(("m3", "3600")), "a flow times time"),
            ("head", "CNY", None, "two nouns"),
            ("CNY", "CNY", None, "money times money"),
            ("degC", "h", None, "a point of the scale times time"),
            ("mm", "m3", None, "no unit of four lengths"),
        ] {
            check(unit(a).times(unit(b)), product, why);
        }
    }

    #[test]
    fn quotients_find_their_unit() {
        for (a, b, quotient, why) in [
            ("mm", "mm", Some(("1", "1")), "of one unit"),
            ("mm", "cm", Some(("1", "0.1")), "of one dimension"),
            ("degC", "degC", Some(("1", "1")), "differences of temperature"),
            ("degC", "degF", None, "two scales"),
            ("mm", "%", Some(("mm", "100")), "over a share"),
            ("%", "1", Some(("%", "1")), "a share over a plain number is a share"),
            ("1", "%", Some(("1", "100")), "a plain number over a share"),
            ("CNY", "CNY", Some(("1", "1")), "money over money"),
            ("CNY", "MWh", Some(("CNY/kWh", "0.001")), "money over energy: the first price of the table"),
            ("CNY", "CNY/kWh", Some(("kWh", "1")), "money over its price"),
            ("kWh", "h", Some(("W", "1000")), "the first power of the table"),
            ("kg", "m3", Some(("kg/m3", "1")), "a density"),
            ("t", "ha", Some(("kg/ha", "1000")), "a yield"),
            ("CNY", "head", None, "a noun below the line"),
            ("1", "CNY", None, "a noun below the line"),
        ] {
            check(unit(a).over(unit(b)), quotient, why);
        }
    }
}
