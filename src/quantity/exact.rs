//! Ratios of two integers: what is left of a number before its one rounding.

use std::cmp::Ordering;
use std::fmt;

use super::wide::{div_rem, div_rem_unsigned};
use super::{Fixed, Overflow, Rounding};

/// An exact ratio. Means, shares and payouts stay of this type until the term sheet rounds them.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    numerator: i128,
    /// Greater than zero.
    denominator: i128,
}

impl Exact {
    /// Zero.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// `numerator / denominator`. `denominator` is not zero.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, Overflow> {
        assert!(denominator != 0, "a ratio has a denominator");
        if denominator < 0 {
            let numerator = numerator.checked_neg().ok_or(Overflow)?;
            let denominator = denominator.checked_neg().ok_or(Overflow)?;
            return Ok(Self { numerator, denominator });
        }
        Ok(Self { numerator, denominator })
    }

    /// Numerator and denominator, which is greater than zero.
    pub fn parts(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// The same ratio in lowest terms.
    pub fn reduced(self) -> Self {
        let divisor = gcd(self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).expect("it divides the denominator");
        Self { numerator: div_rem(self.numerator, divisor).0, denominator: div_rem(self.denominator, divisor).0 }
    }

    /// Sum.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        let sum = |a: Self, b: Self| {
            if a.denominator == b.denominator {
                return Some(Self { numerator: a.numerator.checked_add(b.numerator)?, denominator: a.denominator });
            }
            let left = a.numerator.checked_mul(b.denominator)?;
            let right = b.numerator.checked_mul(a.denominator)?;
            Some(Self { numerator: left.checked_add(right)?, denominator: a.denominator.checked_mul(b.denominator)? })
        };
        sum(self, other).or_else(|| sum(self.reduced(), other.reduced())).ok_or(Overflow)
    }

    /// Difference.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        let numerator = other.numerator.checked_neg().ok_or(Overflow)?;
        self.plus(Self { numerator, denominator: other.denominator })
    }

    /// Product.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn times(self, other: Self) -> Result<Self, Overflow> {
        let product = |a: Self, b: Self| {
            Some(Self {
                numerator: a.numerator.checked_mul(b.numerator)?,
                denominator: a.denominator.checked_mul(b.denominator)?,
            })
        };
        product(self, other)
            .or_else(|| {
                // 3/4 × 8/9: reduce across before giving up.
                let cross = |a: Self, b: Self| Self { numerator: a.numerator, denominator: b.denominator }.reduced();
                let (left, right) = (cross(self.reduced(), other.reduced()), cross(other.reduced(), self.reduced()));
                product(left, right)
            })
            .ok_or(Overflow)
    }

    /// Quotient. `other` is not zero.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn over(self, other: Self) -> Result<Self, Overflow> {
        assert!(other.numerator != 0, "nothing is divided by zero");
        self.times(Self::new(other.denominator, other.numerator)?)
    }

    /// The nearest multiple of `step` by `mode`. `step` is greater than zero.
    ///
    /// # Errors
    /// [`Overflow`] where the result leaves the range of [`Fixed`].
    pub fn round_to(self, step: Fixed, mode: Rounding) -> Result<Fixed, Overflow> {
        assert!(step > Fixed::ZERO, "a rounding step is positive");
        let steps =
            self.times(Self { numerator: i128::from(Fixed::MICROS), denominator: i128::from(step.micros()) })?;
        let micros = mode.divide(steps.numerator, steps.denominator).checked_mul(i128::from(step.micros()));
        micros.and_then(|micros| i64::try_from(micros).ok()).map(Fixed::from_micros).ok_or(Overflow)
    }

    /// The nearest multiple of `step`, which is greater than zero, by `mode`.
    ///
    /// # Errors
    /// [`Overflow`] where the ratio does not fit.
    pub fn to_multiple(self, step: Self, mode: Rounding) -> Result<Self, Overflow> {
        assert!(step.is_positive(), "a rounding step is positive");
        let steps = self.over(step)?;
        Self { numerator: mode.divide(steps.numerator, steps.denominator), denominator: 1 }.times(step)
    }

    /// The shortest decimal that is this number, where `places` of them hold it.
    pub fn decimal(self, places: u32) -> Option<String> {
        let Self { numerator, denominator } = self.reduced();
        let scale = 10_i128.checked_pow(places)?;
        numerator.checked_mul(scale)?;
        // In lowest terms the places hold it where the denominator divides their power of ten.
        let (factor, 0) = div_rem(scale, denominator) else { return None };
        let (whole, rest) = div_rem(numerator, denominator);
        let (sign, whole) = (if numerator < 0 { "-" } else { "" }, whole.unsigned_abs());
        if rest == 0 {
            return Some(format!("{sign}{whole}"));
        }
        let rest = (rest * factor).unsigned_abs();
        let mut text = format!("{sign}{whole}.{rest:0width$}", width = usize::try_from(places).ok()?);
        text.truncate(text.trim_end_matches('0').len());
        Some(text)
    }

    /// The whole number by `mode`.
    ///
    /// # Errors
    /// [`Overflow`] where it leaves the range of `i64`.
    pub fn round_whole(self, mode: Rounding) -> Result<i64, Overflow> {
        i64::try_from(mode.divide(self.numerator, self.denominator)).map_err(|_| Overflow)
    }

    /// The same number as a decimal, where six places hold it.
    pub fn as_fixed(self) -> Option<Fixed> {
        let scaled = self.reduced();
        let micros = scaled.numerator.checked_mul(i128::from(Fixed::MICROS))?;
        (micros % scaled.denominator == 0)
            .then(|| i64::try_from(micros / scaled.denominator).ok().map(Fixed::from_micros))?
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.numerator > 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    fn compare(self, other: Self) -> Ordering {
        match self.minus(other) {
            Ok(difference) => difference.numerator.cmp(&0),
            Err(Overflow) => compare_wide(self.reduced(), other.reduced()),
        }
    }
}

/// Comparison by continued fractions, for ratios whose cross products do not fit.
fn compare_wide(a: Exact, b: Exact) -> Ordering {
    let whole = |x: Exact| x.numerator.div_euclid(x.denominator);
    let rest = |x: Exact| x.numerator.rem_euclid(x.denominator);
    whole(a).cmp(&whole(b)).then_with(|| match (rest(a), rest(b)) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (left, right) => compare_wide(
            Exact { numerator: b.denominator, denominator: right },
            Exact { numerator: a.denominator, denominator: left },
        ),
    })
}

/// The lowest common multiple of two numbers above zero.
///
/// # Errors
/// [`Overflow`] where it does not fit.
pub fn lowest_common(a: i128, b: i128) -> Result<i128, Overflow> {
    let divisor = i128::try_from(gcd(a.unsigned_abs(), b.unsigned_abs())).expect("it divides both");
    (a / divisor).checked_mul(b).ok_or(Overflow)
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, div_rem_unsigned(a, b).1);
    }
    a.max(1)
}

impl From<Fixed> for Exact {
    fn from(value: Fixed) -> Self {
        Self { numerator: i128::from(value.micros()), denominator: i128::from(Fixed::MICROS) }
    }
}

impl From<i64> for Exact {
    fn from(whole: i64) -> Self {
        Self { numerator: i128::from(whole), denominator: 1 }
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other).is_eq()
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(*other)
    }
}

impl fmt::Display for Exact {
    /// A decimal where twelve places hold it, else six places and an ellipsis.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(exact) = self.decimal(12) {
            return f.pad(&exact);
        }
        match self.round_to(Fixed::from_micros(1), Rounding::Down) {
            Ok(cut) => f.pad(&format!("{cut}…")),
            Err(Overflow) => f.pad(&format!("{}/{}", self.numerator, self.denominator)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i128, denominator: i128) -> Exact {
        Exact::new(numerator, denominator).expect("small")
    }

    #[test]
    fn the_lowest_common_multiple() {
        for (a, b, common) in [(1, 1, 1), (4, 6, 12), (6, 4, 12), (5, 7, 35), (12, 4, 12)] {
            assert_eq!(lowest_common(a, b), Ok(common), "{a} and {b}");
        }
        assert_eq!(lowest_common(i128::MAX, i128::MAX), Ok(i128::MAX));
        assert_eq!(lowest_common(i128::MAX, 2), Err(Overflow));
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(ratio(1, 3).plus(ratio(1, 6)), Ok(ratio(1, 2)));
        assert_eq!(ratio(1, 3).minus(ratio(1, 2)), Ok(ratio(-1, 6)));
        assert_eq!(ratio(3, 4).times(ratio(8, 9)), Ok(ratio(2, 3)));
        assert_eq!(ratio(3, 4).over(ratio(-3, 8)), Ok(ratio(-2, 1)));
    }

    #[test]
    fn order_holds_where_cross_products_do_not_fit() {
        let (big, bigger) = (ratio(i128::MAX - 1, i128::MAX), ratio(i128::MAX - 2, i128::MAX - 1));
        assert!(bigger < big, "1 - 1/(m-1) is below 1 - 1/m");
        assert!(ratio(i128::MAX, 3) > ratio(i128::MAX, 4));
        assert!(ratio(-i128::MAX, 3) < ratio(-i128::MAX, 4));
        assert_eq!(ratio(i128::MAX, i128::MAX), ratio(1, 1));
    }

    #[test]
    fn products_reduce_before_they_overflow() {
        assert_eq!(ratio(i128::MAX, 7).times(ratio(7, i128::MAX)), Ok(ratio(1, 1)));
        assert_eq!(ratio(i128::MAX, 1).times(ratio(2, 1)), Err(Overflow));
    }

    #[test]
    fn prints_a_decimal_or_says_that_it_is_cut() {
        assert_eq!(ratio(1, 8).to_string(), "0.125");
        assert_eq!(ratio(-2, 3).to_string(), "-0.666666…");
    }
}
