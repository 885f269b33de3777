//! A payout along a slope, in integers alone: for many policies and many years.

use crate::quantity::{Exact, Fixed, Overflow, Rounding, lowest_common};

/// A payout that grows with the distance from the strike, worked out once for a policy: the same minor units as the
/// exact way, by one multiplication and a shift.
///
/// `round(min(rate × distance, limit) − deductible)`, not below zero, with `distance = max(0, strike − index)` or
/// `max(0, index − strike)`, in millionths of the index's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slope {
    strike: i64,
    /// Parts for each millionth of distance.
    rate: i64,
    /// Parts that the rounding adds, less those of the deductible.
    bias: i64,
    /// Minor units of the limit less the deductible.
    most: i64,
    /// Parts to minor units.
    parts: Divisor,
    /// Whether larger indices pay.
    upward: bool,
}

/// What a slope is made of; amounts in minor units, exact.
#[derive(Clone, Copy, Debug)]
pub struct SlopeTerms {
    /// Where it begins.
    pub strike: Fixed,
    /// Whether larger indices pay.
    pub upward: bool,
    /// Minor units for one unit of the index; above zero.
    pub rate: Exact,
    /// The most.
    pub limit: Exact,
    /// What is subtracted behind the limit.
    pub deductible: Exact,
    /// To the minor unit.
    pub rounding: Rounding,
}

impl Slope {
    /// Works a slope out.
    ///
    /// # Errors
    /// [`Overflow`] where the terms do not fit into integers of 63 bits: then the exact way is the only one.
    pub fn new(terms: &SlopeTerms) -> Result<Self, Overflow> {
        let micro = terms.rate.over(Exact::new(i128::from(Fixed::MICROS), 1)?)?;
        // Parts: what one minor unit is cut into, so that rate and deductible are whole numbers of them.
        let ((_, rate_parts), (_, deductible_parts)) = (micro.parts(), terms.deductible.parts());
        let common = lowest_common(rate_parts, deductible_parts)?;
        // Twice as many, so that a half is whole.
        let parts = common.checked_mul(2).ok_or(Overflow)?;
        let whole = |value: Exact| value.times(Exact::new(parts, 1)?)?.round_whole(Rounding::HalfUp);
        let (rate, deductible) = (whole(micro)?, whole(terms.deductible)?);
        let parts = i64::try_from(parts).map_err(|_| Overflow)?;
        let added = match terms.rounding {
            Rounding::HalfUp => parts / 2,
            Rounding::Down => 0,
            Rounding::Up => parts - 1,
            Rounding::HalfEven => return Err(Overflow),
        };
        let most = terms.limit.minus(terms.deductible)?.max(Exact::ZERO).round_whole(terms.rounding)?;
        let bias = added.checked_sub(deductible).ok_or(Overflow)?;
        // What is cut off at the largest number of 63 bits is above the limit.
        most.checked_add(1).and_then(|beyond| beyond.checked_mul(parts)?.checked_add(deductible)).ok_or(Overflow)?;
        let (strike, parts) = (terms.strike.micros(), Divisor::new(parts.unsigned_abs()));
        Ok(Self { strike, rate, bias, most, parts, upward: terms.upward })
    }

    /// What an index pays, in minor units.
    pub fn minor(&self, index: Fixed) -> i64 {
        let (from, to) = if self.upward { (self.strike, index.micros()) } else { (index.micros(), self.strike) };
        let distance = to.saturating_sub(from).max(0);
        // At no distance the rounding's own parts are all there is, and are less than one unit.
        let parts = distance.saturating_mul(self.rate).saturating_add(self.bias).max(0);
        self.parts.of(parts.unsigned_abs()).cast_signed().min(self.most)
    }
}

/// Division by a number known beforehand.
///
/// # Source
/// Granlund and Montgomery (1994), Division by invariant integers using multiplication, PLDI; theorem 4.2 with N = 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Divisor {
    magic: u64,
    shift: u8,
}

impl Divisor {
    /// `divisor` is in `1..2^62`.
    fn new(divisor: u64) -> Self {
        let bits = u64::BITS - (divisor - 1).leading_zeros();
        let magic = (1_u128 << (63 + bits)) / u128::from(divisor) + 1;
        let magic = u64::try_from(magic).expect("a divisor of so many bits has a magic number of 64");
        Self { magic, shift: u8::try_from(63 + bits).expect("at most 125") }
    }

    /// The quotient, rounded down, of a number below 2^63.
    fn of(self, number: u64) -> u64 {
        #[expect(clippy::cast_possible_truncation, reason = "a quotient is no larger than the number")]
        let quotient = ((u128::from(number) * u128::from(self.magic)) >> self.shift) as u64;
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Exact {
        Fixed::parse(text).expect(text).into()
    }

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    /// The exact way: a ratio, its limit, its deductible, one rounding.
    fn exactly(terms: &SlopeTerms, index: Fixed) -> i64 {
        let distance = Exact::from(index).minus(terms.strike.into()).expect("small");
        let distance = if terms.upward { distance } else { Exact::ZERO.minus(distance).expect("small") };
        let paid = distance.max(Exact::ZERO).times(terms.rate).expect("small").min(terms.limit);
        let paid = paid.minus(terms.deductible).expect("small").max(Exact::ZERO);
        paid.round_whole(terms.rounding).expect("small")
    }

    #[test]
    fn on_and_beside_each_boundary() {
        let terms = SlopeTerms {
            strike: fixed("230"),
            upward: false,
            rate: exact("120"),
            limit: exact("15000"),
            deductible: Exact::ZERO,
            rounding: Rounding::HalfUp,
        };
        let slope = Slope::new(&terms).expect("small");
        for (index, minor, why) in [
            ("230", 0, "at the strike nothing is paid"),
            ("231", 0, "nor above it"),
            ("229.995834", 0, "0.49992 of a minor unit"),
            ("229.995833", 1, "0.50004 of one"),
            ("229.9", 12, "a tenth of a millimetre"),
            ("105.000001", 15_000, "a millionth short of the limit, rounded up to it"),
            ("105", 15_000, "the limit"),
            ("-1000000", 15_000, "and never more"),
        ] {
            assert_eq!(slope.minor(fixed(index)), minor, "{why}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let terms = SlopeTerms {
            strike: Fixed::ZERO,
            upward: true,
            rate: Exact::new(1, 999_999_999_999).expect("small"),
            limit: exact("9000000000000"),
            deductible: Exact::ZERO,
            rounding: Rounding::HalfUp,
        };
        assert_eq!(Slope::new(&terms), Err(Overflow));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_slope_pays_what_the_exact_way_pays(
            strike in -500_000_000_i64..500_000_000,
            upward: bool,
            rate in 1_i128..5_000_000,
            rate_parts in prop_oneof![Just(1_i128), Just(3), Just(7), Just(100), Just(12_500), Just(999_983)],
            limit in 0_i128..100_000_000,
            deductible in 0_i128..1_000_000,
            mode in prop_oneof![Just(Rounding::HalfUp), Just(Rounding::Down), Just(Rounding::Up)],
            away in -600_000_000_i64..600_000_000,
        ) {
            let terms = SlopeTerms {
                strike: Fixed::from_micros(strike),
                upward,
                rate: Exact::new(rate, rate_parts).expect("small"),
                limit: Exact::new(limit, 10).expect("small"),
                deductible: Exact::new(deductible, 4).expect("small"),
                rounding: mode,
            };
            let Ok(slope) = Slope::new(&terms) else { return Ok(()) };
            for index in [strike + away, strike, strike - 1, strike + 1] {
                let index = Fixed::from_micros(index);
                prop_assert_eq!(slope.minor(index), exactly(&terms, index));
            }
        }

        #[test]
        fn a_divisor_divides(number in 0_u64..(1 << 63), divisor in 1_u64..(1 << 62)) {
            prop_assert_eq!(Divisor::new(divisor).of(number), number / divisor);
        }
    }
}
