//! Curves and tables: a number from another one.

use crate::contract::{Closed, LookupStep};
use crate::quantity::{Exact, Fixed, Overflow};

/// The value of a curve: straight between its points, which rise; not yet rounded. `None` beyond the first and the last,
/// which belong to it.
///
/// # Errors
/// [`Overflow`] where the ratio does not fit.
pub(super) fn interpolate(points: &[(Fixed, Fixed)], x: Exact) -> Result<Option<Exact>, Overflow> {
    let right = points.partition_point(|(at, _)| Exact::from(*at) <= x);
    let Some((x0, y0)) = right.checked_sub(1).map(|left| points[left]) else { return Ok(None) };
    if x == Exact::from(x0) {
        return Ok(Some(Exact::from(y0)));
    }
    let Some((x1, y1)) = points.get(right) else { return Ok(None) };
    let share = x.minus(Exact::from(x0))?.over(Exact::from(x1.minus(x0)?))?;
    Exact::from(y0).plus(share.times(Exact::from(y1.minus(y0)?))?).map(Some)
}

/// The same for a value of a series, in whole millionths all the way.
///
/// # Errors
/// [`Overflow`] where the ratio does not fit.
pub(super) fn interpolate_value(points: &[(Fixed, Fixed)], x: Fixed) -> Result<Option<Exact>, Overflow> {
    let right = points.partition_point(|(at, _)| *at <= x);
    let Some((x0, y0)) = right.checked_sub(1).map(|left| points[left]) else { return Ok(None) };
    if x == x0 {
        return Ok(Some(Exact::from(y0)));
    }
    let Some((x1, y1)) = points.get(right) else { return Ok(None) };
    let [rise, run, along] = [y1.minus(y0)?, x1.minus(x0)?, x.minus(x0)?].map(|part| i128::from(part.micros()));
    let rest = Exact::new(
        rise.checked_mul(along).ok_or(Overflow)?,
        run.checked_mul(i128::from(Fixed::MICROS)).ok_or(Overflow)?,
    )?;
    Exact::from(y0).plus(rest).map(Some)
}

/// The step of a table in which a number lies. Steps rise and cover the whole line.
pub(super) fn look_up(steps: &[LookupStep], closed: Closed, x: Exact) -> Fixed {
    steps.iter().find(|step| !closed.is_beyond(step.to, x)).expect("the last step is open above").is
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    #[test]
    fn a_curve_is_straight_between_its_points() {
        let points = [("3", "0"), ("5", "100"), ("25", "100")].map(|(x, y)| (fixed(x), fixed(y)));
        for (x, y, why) in [
            ("2.999999", ".", "left of the first"),
            ("3", "0", "at the first"),
            ("3.000001", "0.00005", "just behind it"),
            ("4", "50", "half-way"),
            ("5", "100", "at a point"),
            ("12", "100", "on a level stretch"),
            ("25", "100", "the last belongs to the curve"),
            ("25.000001", ".", "right of the last"),
        ] {
            let expected = Ok((y != ".").then(|| Exact::from(fixed(y))));
            assert_eq!(interpolate(&points, Exact::from(fixed(x))), expected, "{why}");
            assert_eq!(interpolate_value(&points, fixed(x)), expected, "{why}, of a series");
        }
        let third = Exact::new(10, 3).expect("a ratio");
        assert_eq!(interpolate(&points, third), Exact::new(50, 3).map(Some), "exact in between");
    }

    #[test]
    fn each_end_belongs_to_one_step() {
        let steps = [(Some("5"), "0"), (Some("10"), "0.5"), (None, "1")]
            .map(|(to, is)| LookupStep { to: to.map(fixed), is: fixed(is) });
        for (x, below, above, why) in [
            ("-100", "0", "0", "far below"),
            ("4.999999", "0", "0", "just below an end"),
            ("5", "0.5", "0", "at an end"),
            ("5.000001", "0.5", "0.5", "just above it"),
            ("10", "1", "0.5", "at the last end"),
            ("1000", "1", "1", "far above"),
        ] {
            let x = Exact::from(fixed(x));
            assert_eq!(look_up(&steps, Closed::Below, x), fixed(below), "{why}");
            assert_eq!(look_up(&steps, Closed::Above, x), fixed(above), "{why}");
        }
    }
}
