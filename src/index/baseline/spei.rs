//! Standardised precipitation evapotranspiration index.

use std::f64::consts::PI;

use crate::quantity::Exact;

use super::super::double::double_of;
use super::super::undetermined::Undetermined;
use super::need;
use super::normal::clipped_deviate;

/// Years without which nothing is fitted.
const LEAST_YEARS: usize = 4;

/// A log-logistic distribution of three parameters, written as the generalised logistic one, which is the same and has
/// no special case for years that are skewed to the left.
///
/// With the L-moments `l1`, `l2`, `l3` and `k = -l3 / l2`, its scale is `l2 sin(k pi) / (k pi)` and its location
/// `l1 - scale (1 / k - pi / sin(k pi))`. A `k` of no more than 0.000001 counts as 0.
#[derive(Debug)]
pub(in crate::index) struct LogLogistic {
    /// `l1`.
    mean: f64,
    /// `l2`.
    spread: f64,
    k: f64,
}

impl LogLogistic {
    /// Fitted to years by unbiased probability weighted moments.
    ///
    /// - `years`: precipitation less evapotranspiration, of either sign.
    ///
    /// # Errors
    /// [`Undetermined::BaselineTooShort`] with fewer than four years; [`Undetermined::NoDeviation`] where the years do
    /// not differ, or where but one of them does.
    /// # Source
    /// Vicente-Serrano, Beguería and López-Moreno (2010), Journal of Climate 23:1696-1718; Beguería et al. (2014),
    /// International Journal of Climatology 34:3001-3023 (unbiased moments, as R's package SPEI); Hosking and Wallis
    /// (1997), Regional frequency analysis, A.7.
    pub(super) fn fitted(years: &[Exact]) -> Result<Self, Undetermined> {
        need(years, LEAST_YEARS)?;
        let mut ordered: Vec<_> = years.iter().map(|year| double_of(*year)).collect();
        ordered.sort_unstable_by(f64::total_cmp);
        let [mean, spread, skew] = moments(&ordered);
        if spread <= 0.0 || (skew / spread).abs() >= 1.0 - 1e-12 {
            return Err(Undetermined::NoDeviation);
        }
        Ok(Self { mean, spread, k: -skew / spread })
    }

    /// The standard normal deviate of the probability of no more than `value`; held between -3.09 and 3.09.
    pub(super) fn score(&self, value: Exact) -> f64 {
        clipped_deviate(self.probability_below(double_of(value)))
    }

    fn probability_below(&self, value: f64) -> f64 {
        let Self { mean, spread, k } = *self;
        let reduced = if k.abs() <= 1e-6 {
            (value - mean) / spread
        } else {
            let (sine, angle) = (libm::sin(k * PI), k * PI);
            let scale = spread * sine / angle;
            let location = mean - scale * (1.0 / k - PI / sine);
            let inside = 1.0 - k * (value - location) / scale;
            if inside <= 0.0 {
                // Beyond the end of the distribution.
                return if k > 0.0 { 1.0 } else { 0.0 };
            }
            -libm::log(inside) / k
        };
        1.0 / (1.0 + libm::exp(-reduced))
    }
}

/// The first three L-moments of ordered values.
#[expect(clippy::cast_precision_loss, reason = "there are few years")]
fn moments(ordered: &[f64]) -> [f64; 3] {
    let years = ordered.len() as f64;
    let mut weighted = [0.0; 3];
    for (place, value) in ordered.iter().enumerate() {
        let place = place as f64;
        let first = place / (years - 1.0);
        let second = first * ((place - 1.0) / (years - 2.0));
        weighted = [weighted[0] + value, weighted[1] + first * value, weighted[2] + second * value];
    }
    let [b0, b1, b2] = weighted.map(|sum| sum / years);
    [b0, 2.0 * b1 - b0, 6.0 * b2 - 6.0 * b1 + b0]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{exact, numbers};
    use super::*;

    fn spei(value: Exact, years: &[Exact]) -> Result<f64, Undetermined> {
        Ok(LogLogistic::fitted(years)?.score(value))
    }

    const BALANCES: &str = "12.4 -35.1 80.2 -5 44.9 -60.3 23.7 101.5 -18.8 7.1 -42 55.6 0 -71.2 33.3";

    /// Computed with numpy 2.4.6 and scipy 1.17.1 in the form of the paper, with its parameters alpha, beta and gamma.
    #[test]
    fn scores_in_the_form_of_the_paper() {
        for (value, expected) in [
            ("12.4", 0.127_564_428_384_022_07),
            ("-50", -1.182_320_016_497_440_3),
            ("120", 1.930_331_505_388_027),
            ("0", -0.137_455_600_222_474_24),
        ] {
            let got = spei(exact(value), &numbers(BALANCES)).expect("years that differ");
            assert!((got - expected).abs() < 1e-11, "{value}: {got} is not {expected}");
        }
    }

    #[test]
    fn left_is_right_in_the_mirror() {
        let mirrored: Vec<_> = numbers(BALANCES).iter().map(|year| Exact::ZERO.minus(*year).expect("small")).collect();
        for value in ["12.4", "-50", "120", "100000", "-100000"] {
            let there = spei(exact(value), &numbers(BALANCES)).expect("years that differ");
            let here = spei(Exact::ZERO.minus(exact(value)).expect("small"), &mirrored).expect("years that differ");
            assert!((there + here).abs() < 1e-12, "{value}: {there}, {here}");
        }
        assert_eq!(spei(exact("100000"), &numbers(BALANCES)), Ok(3.09), "cut");
    }

    /// Years without skew: the logistic distribution. Of -2 to 2 the second L-moment is 1, so that H(1) = 1/(1 + 1/e).
    #[test]
    fn symmetric_years() {
        let score = |value| spei(exact(value), &numbers("-2 -1 0 1 2")).expect("years that differ");
        assert_eq!(score("0"), 0.0, "the middle");
        assert!((score("1") - 0.616_017_692_672_450_5).abs() < 1e-14, "the deviate of 0.7310585786: {}", score("1"));
    }
}
