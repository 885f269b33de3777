//! Between decimals and doubles: what a formula takes, and the one rounding of what it gives.
//!
//! A decimal becomes the double nearest to it. What a formula gives is converted to the unit of the flow, then the
//! very value of that double, which is a ratio of integers, is rounded by the term sheet's mode to its step: no text
//! and no decimal lies between.

use crate::contract::Round;
use crate::quantity::{Exact, Fixed, Overflow, Rounding, Unit};

use super::slots::{Series, Slot, Slots};

/// The double nearest to a decimal.
#[expect(clippy::cast_precision_loss, reason = "below 9,007,199,254 nothing is lost, above it the nearest is meant")]
pub(super) fn double(value: Fixed) -> f64 {
    value.micros() as f64 / 1e6
}

/// The double nearest to a ratio: numerator over denominator, in lowest terms.
#[expect(clippy::cast_precision_loss, reason = "the nearest is meant")]
pub(super) fn double_of(value: Exact) -> f64 {
    let (numerator, denominator) = value.reduced().parts();
    numerator as f64 / denominator as f64
}

/// The double's exact value rounded to a multiple of the step.
///
/// # Errors
/// [`Overflow`] where it does not fit, or is not finite.
pub(super) fn round_double(value: f64, round: Round) -> Result<Exact, Overflow> {
    Exact::new(steps(value, round.step, round.mode)?, 1)?.times(round.step)
}

/// How many steps a double is, by `mode`.
///
/// The double is `mantissa × 2^exponent`, so the number of steps is a ratio of integers. Where its denominator has
/// more than 62 binary places, what lies below them only tells on which side of a tie the number is: one digit keeps
/// that.
fn steps(value: f64, step: Exact, mode: Rounding) -> Result<i128, Overflow> {
    if !value.is_finite() {
        return Err(Overflow);
    }
    let bits = value.to_bits();
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let (mantissa, exponent) = match i32::try_from((bits >> 52) & 0x7ff).expect("eleven bits") {
        0 => (fraction, -1_074),
        biased => (fraction | (1 << 52), biased - 1_075),
    };
    let (step, parts) = step.reduced().parts();
    let numerator = mantissa.checked_mul(parts).ok_or(Overflow)?;
    let signed = |number: i128| if value < 0.0 { -number } else { number };
    if exponent >= 0 {
        let power = 1_i128.checked_shl(exponent.unsigned_abs()).filter(|_| exponent < 127).ok_or(Overflow)?;
        return Ok(mode.divide(signed(numerator.checked_mul(power).ok_or(Overflow)?), step));
    }
    let (kept, lost) = ((-exponent).min(62), (-exponent - 62).max(0));
    let whole = if lost < 127 { numerator >> lost } else { 0 };
    let rest = if lost < 127 { numerator != whole << lost } else { numerator != 0 };
    let divisor = step.checked_mul(1 << (kept + 1)).ok_or(Overflow)?;
    Ok(mode.divide(signed(whole.checked_mul(2).ok_or(Overflow)? + i128::from(rest)), divisor))
}

/// The double of a slot, or the mark that it bears, in the room of a double: numbers are finite, so that what is not
/// finite is free for the marks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double(f64);

impl Double {
    /// No reading.
    pub const MISSING: Self = Self(f64::NAN);
    /// Out of what counts.
    pub const OUT: Self = Self(f64::INFINITY);

    /// A number; missing where it is not finite.
    #[inline]
    pub fn of(value: f64) -> Self {
        if value.is_finite() { Self(value) } else { Self::MISSING }
    }

    /// The double nearest to a slot's number, or the slot's mark.
    #[inline]
    fn of_slot(slot: Slot) -> Self {
        match slot.value() {
            Some(value) => Self(double(value)),
            None if slot.is_out() => Self::OUT,
            None => Self::MISSING,
        }
    }

    /// The number, if it is one.
    #[inline]
    pub fn value(self) -> Option<f64> {
        self.0.is_finite().then_some(self.0)
    }

    /// Whether there is no reading.
    #[inline]
    pub fn is_missing(self) -> bool {
        self.0.is_nan()
    }

    /// Whether it was taken out of what counts.
    #[inline]
    pub fn is_out(self) -> bool {
        self.0.is_infinite()
    }
}

/// A double for each slot, or the mark that it bears: what formulas compute with.
pub(super) type Doubles = Series<Double>;

/// The doubles of a series.
pub(super) fn doubles(slots: Slots) -> Doubles {
    Doubles { values: slots.values.into_iter().map(Double::of_slot).collect(), bounds: slots.bounds }
}

/// From the unit of a formula's result to another one of its dimension.
pub(super) struct Conversion(Option<[f64; 3]>);

impl Conversion {
    /// - `from`: the symbol of the formula's unit; `to`: a unit of the same dimension.
    ///
    /// A result `x` is converted as `x × numerator / denominator + zero`, in this order, each operation rounded to a
    /// double: numerator and denominator are those of the exact factor in lowest terms, `zero` is nothing but for
    /// temperatures.
    ///
    /// # Errors
    /// [`Overflow`] where the factor does not fit.
    pub(super) fn new(from: &str, to: Unit) -> Result<Self, Overflow> {
        Ok(Self(if from == to.symbol() { None } else { Some(conversion(from, to)?) }))
    }

    /// Whether the units differ.
    pub(super) fn is_needed(&self) -> bool {
        self.0.is_some()
    }

    /// A result in the other unit.
    #[inline]
    pub(super) fn apply(&self, result: f64) -> f64 {
        match self.0 {
            None => result,
            Some([numerator, denominator, zero]) => result * numerator / denominator + zero,
        }
    }
}

/// How the results of a formula become slots: from the formula's unit to that of the flow, then rounded.
pub(super) struct Results {
    conversion: Conversion,
    round: Round,
    /// The step in millionths.
    step: i64,
    /// The same as a double.
    step_double: f64,
}

impl Results {
    /// - `from`: the symbol of the formula's unit; `to`: the unit of the flow, of the same dimension.
    /// - `round`: its step is a multiple of a millionth.
    ///
    /// # Errors
    /// [`Overflow`] where step or factor do not fit.
    pub(super) fn new(from: &str, to: Unit, round: Round) -> Result<Self, Overflow> {
        let step = round.step.as_fixed().ok_or(Overflow)?.micros();
        let conversion = Conversion::new(from, to)?;
        #[expect(clippy::cast_precision_loss, reason = "only used where its error is accounted for")]
        Ok(Self { conversion, round, step, step_double: step as f64 })
    }

    /// The slot of a result, with its mark if it bears one.
    ///
    /// # Errors
    /// [`Overflow`] where the rounded number leaves the range of [`Fixed`].
    #[inline]
    pub(super) fn slot_of(&self, result: Double) -> Result<Slot, Overflow> {
        match result.value() {
            Some(value) => self.slot(value),
            None if result.is_out() => Ok(Slot::OUT),
            None => Ok(Slot::MISSING),
        }
    }

    /// The slot of a number: missing where it is not finite in the unit of the flow.
    ///
    /// # Errors
    /// [`Overflow`] where the rounded number leaves the range of [`Fixed`].
    #[inline]
    pub(super) fn slot(&self, result: f64) -> Result<Slot, Overflow> {
        let value = self.conversion.apply(result);
        if !value.is_finite() {
            return Ok(Slot::MISSING);
        }
        let steps = match self.clear_steps(value) {
            Some(steps) => Ok(steps),
            None => i64::try_from(steps(value, self.round.step, self.round.mode)?).map_err(|_| Overflow),
        };
        // The two lowest numbers are the marks of a slot.
        let micros = steps?.checked_mul(self.step).filter(|micros| *micros > i64::MIN + 1);
        Ok(Slot::of(Fixed::from_micros(micros.ok_or(Overflow)?)))
    }

    /// The number of steps where doubles are enough to tell it: where the quotient lies further from the mode's
    /// boundary than the two roundings of the quotient itself can reach. The exact way gives the same.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "below 2^49 nothing is lost")]
    #[inline]
    fn clear_steps(&self, value: f64) -> Option<i64> {
        let quotient = (value * 1e6 / self.step_double).abs();
        if quotient >= 562_949_953_421_312.0 {
            return None;
        }
        let whole = quotient as i64;
        let rest = quotient - whole as f64;
        let reach = quotient * f64::EPSILON * 2.0;
        let up = match self.round.mode {
            Rounding::HalfUp | Rounding::HalfEven if (rest - 0.5).abs() > reach => rest > 0.5,
            Rounding::Down if rest > reach && 1.0 - rest > reach => false,
            Rounding::Up if rest > reach && 1.0 - rest > reach => true,
            _ => return None,
        };
        let steps = whole + i64::from(up);
        Some(if value < 0.0 { -steps } else { steps })
    }
}

/// Numerator and denominator of the factor, and where zero comes to lie.
fn conversion(from: &str, to: Unit) -> Result<[f64; 3], Overflow> {
    let from = Unit::from_symbol(from).expect("the table's units exist");
    let zero = from.convert(Exact::ZERO, to)?;
    let (numerator, denominator) = from.convert(Exact::from(1), to)?.minus(zero)?.reduced().parts();
    let whole = |number: i128| double_of(Exact::new(number, 1).expect("one divides"));
    Ok([whole(numerator), whole(denominator), double_of(zero)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(numerator: i128, denominator: i128) -> Exact {
        Exact::new(numerator, denominator).expect("small")
    }

    fn unit(symbol: &str) -> Unit {
        Unit::from_symbol(symbol).expect(symbol)
    }

    #[test]
    fn the_very_value_of_the_double_is_rounded() {
        for (value, step, half_up, half_even, down, up, why) in [
            (0.125, "0.01", "0.13", "0.12", "0.12", "0.13", "an eighth is a tie, and a double"),
            (-0.125, "0.01", "-0.13", "-0.12", "-0.12", "-0.13", "the same below zero"),
            (2.675, "0.01", "2.67", "2.67", "2.67", "2.68", "the double lies below its decimal"),
            (1.005, "0.01", "1", "1", "1", "1.01", "so does this one"),
            (0.145, "0.01", "0.14", "0.14", "0.14", "0.15", "and this one: 0.14499…"),
            (0.3, "0.1", "0.3", "0.3", "0.2", "0.3", "0.3 is 0.29999…"),
            (0.1, "0.1", "0.1", "0.1", "0.1", "0.2", "0.1 is 0.1000000000000000055…"),
            (7.5, "5", "10", "10", "5", "10", "a step above one"),
            (12.5, "5", "15", "10", "10", "15", "a tie between 10 and 15"),
            (0.0, "0.1", "0", "0", "0", "0", "zero"),
            (-0.0, "0.1", "0", "0", "0", "0", "negative zero"),
            (5e-324, "0.000001", "0", "0", "0", "0.000001", "the smallest double is above zero"),
            (-1e-30, "0.1", "0", "0", "0", "-0.1", "away from zero"),
            (
                4_503_599_627_370.5,
                "1",
                "4503599627371",
                "4503599627370",
                "4503599627370",
                "4503599627371",
                "a large tie",
            ),
        ] {
            let fixed = |text: &str| Fixed::parse(text).expect(text);
            for (mode, rounded) in [
                (Rounding::HalfUp, half_up),
                (Rounding::HalfEven, half_even),
                (Rounding::Down, down),
                (Rounding::Up, up),
            ] {
                let round = Round { step: fixed(step).into(), mode };
                assert_eq!(round_double(value, round), Ok(fixed(rounded).into()), "{why}");
                let results = Results::new("mm", unit("mm"), round).expect("small");
                assert_eq!(results.slot(value), Ok(Slot::of(fixed(rounded))), "{why}");
            }
        }
    }

    #[test]
    fn a_number_keeps_twelve_places() {
        let round = Round { step: exact(1, 1_000_000_000_000), mode: Rounding::HalfUp };
        assert_eq!(round_double(2.0 / 3.0, round), Ok(exact(666_666_666_667, 1_000_000_000_000)));
        assert_eq!(round_double(f64::NAN, round), Err(Overflow));
        assert_eq!(round_double(1e300, round), Err(Overflow));
    }

    /// The short way of [`Results::clear_steps`] and the exact one, on numbers on and beside ties.
    #[test]
    fn the_short_way_is_the_exact_one() {
        let modes = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up];
        for (mode, micros) in modes.into_iter().flat_map(|mode| [1, 100_000, 30, 5_000_000].map(|step| (mode, step))) {
            let round = Round { step: Fixed::from_micros(micros).into(), mode };
            let results = Results::new("mm", unit("mm"), round).expect("small");
            let mut seen = 0;
            for halves in -2_000_i32..2_000 {
                let near = f64::from(halves) * 0.5 * double(Fixed::from_micros(micros));
                for value in [near.next_down(), near, near.next_up(), near * 1.000_1] {
                    if let Some(short) = results.clear_steps(value) {
                        seen += 1;
                        assert_eq!(Ok(i128::from(short)), steps(value, round.step, mode), "{value:e} by {mode:?}");
                    }
                }
            }
            assert!(seen > 2_000, "the short way is taken");
        }
    }

    #[test]
    fn results_are_converted_before_they_are_rounded() {
        let round = |step: i64| Round { step: Fixed::from_micros(step).into(), mode: Rounding::HalfUp };
        for (from, to, result, micros, why) in [
            ("kW", "MW", 1_234.567_8, 1_234_568, "1.2345678 MW"),
            ("degF", "degC", 212.0, 100_000_000, "with its offset"),
            ("degC", "K", -273.15, 0, "absolute zero"),
            ("mm", "inch", 25.4, 1_000_000, "exactly one inch"),
            ("%", "1", 85.5, 855_000, "a share"),
        ] {
            let results = Results::new(from, unit(to), round(1)).expect("small");
            assert_eq!(results.slot(result), Ok(Slot::of(Fixed::from_micros(micros))), "{why}");
        }
        let results = Results::new("mm", unit("mm"), round(1)).expect("small");
        assert_eq!(results.slot(f64::NAN), Ok(Slot::MISSING), "outside of the formula's domain");
        assert_eq!(results.slot(f64::INFINITY), Ok(Slot::MISSING), "not finite");
        assert_eq!(results.slot(1e13), Err(Overflow), "beyond the range of decimals");
    }
}
