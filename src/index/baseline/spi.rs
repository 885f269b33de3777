//! Standardised precipitation index.

use crate::quantity::Exact;

use super::super::double::double_of;
use super::super::undetermined::Undetermined;
use super::gamma::probability_below;
use super::mean;
use super::normal::clipped_deviate;

/// Below this the years differ by less than some thousandths of a percent: rounding errors would be fitted.
const LEAST_SPREAD: f64 = 1e-10;

/// A gamma distribution of the years above zero, and the share of the years at zero.
#[derive(Debug)]
pub(in crate::index) struct Gamma {
    mean: f64,
    shape: f64,
    dry_share: f64,
}

impl Gamma {
    /// Fitted to years by Thom's estimator: `A = ln(mean) - mean(ln)`, `shape = (1 + sqrt(1 + 4 A / 3)) / (4 A)`.
    ///
    /// - `years`: precipitation; what is below zero counts as zero.
    ///
    /// # Errors
    /// [`Undetermined::NoDeviation`] where the years above zero are fewer than two, or do not differ.
    /// # Source
    /// McKee, Doesken and Kleist (1993); Thom (1966), WMO Technical Note 81; climate-indices 3.1.0,
    /// `indices.spi(distribution=gamma)`.
    pub(super) fn fitted(years: &[Exact]) -> Result<Self, Undetermined> {
        let wet: Vec<_> = years.iter().copied().filter(|year| year.is_positive()).collect();
        if wet.len() < 2 {
            return Err(Undetermined::NoDeviation);
        }
        let dry_share = count(years.len() - wet.len()) / count(years.len());
        let mean = double_of(mean(&wet)?);
        let logarithms = wet.iter().fold(0.0, |sum, year| sum + libm::log(double_of(*year)));
        let spread = libm::log(mean) - logarithms / count(wet.len());
        if spread < LEAST_SPREAD {
            return Err(Undetermined::NoDeviation);
        }
        let shape = (1.0 + libm::sqrt(1.0 + 4.0 * spread / 3.0)) / (4.0 * spread);
        Ok(Self { mean, shape, dry_share })
    }

    /// The standard normal deviate of the probability of no more than `value`: `H = p0 + (1 - p0) G(value)`; held
    /// between -3.09 and 3.09.
    pub(super) fn score(&self, value: Exact) -> f64 {
        let below = probability_below(self.shape, double_of(value) / self.mean);
        clipped_deviate(self.dry_share + (1.0 - self.dry_share) * below)
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few years")]
fn count(years: usize) -> f64 {
    years as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::{exact, numbers};
    use super::*;

    fn spi(value: Exact, years: &[Exact]) -> Result<f64, Undetermined> {
        Ok(Gamma::fitted(years)?.score(value))
    }

    /// Rain of the Februaries and Junes of De Bilt, 1981 to 2010, mm.
    const FEBRUARIES: &str = "38.6 14.8 44.2 68 1.9 0.4 33.5 96.5 46.7 110 17.7 29.3 26.4 25.9 78.6 62.8 84 22.7 70.4 102.4 \
        90.4 139.4 29.4 79.4 73.1 58.8 67.9 39.2 55.1 77";
    const JUNES: &str = "61 87.4 35.3 57.6 93.6 39.8 77.9 23.7 65.3 55.5 154.8 62.6 64.5 68.9 68.1 38.1 70 181.4 89.2 60.2 \
        53.7 84.9 34.6 69.2 51.9 18 90.1 39.7 53.3 18.2";

    /// Case p21: climate-indices 3.1.0.
    #[test]
    fn months_of_a_station() {
        for (years, month, value, expected) in [
            (FEBRUARIES, "1980-02", "54.5", 0.232_806_317_7),
            (FEBRUARIES, "1986-02", "0.4", -3.09),
            (FEBRUARIES, "1998-02", "22.7", -0.700_656_421_6),
            (FEBRUARIES, "2018-02", "19.9", -0.821_415_872_1),
            (JUNES, "1980-06", "92.4", 0.896_514_730_9),
            (JUNES, "1986-06", "39.8", -0.764_882_747_1),
            (JUNES, "1998-06", "181.4", 2.628_993_977),
            (JUNES, "2018-06", "11.8", -2.533_850_424),
        ] {
            let got = spi(exact(value), &numbers(years)).expect("years that differ");
            assert!((got - expected).abs() < 1e-9, "{month}: {got} is not {expected}");
        }
    }

    /// Four of ten years are dry: H is 0.4 for no rain.
    #[test]
    fn dry_years() {
        let years = numbers("0 0 0 0 3 8 5 13 1 21");
        let score = |value| spi(exact(value), &years).expect("years that differ");
        assert!((score("0") - -0.253_347_103_135_799_8).abs() < 1e-14, "the deviate of 0.4");
        assert_eq!(score("-1"), score("0"), "below zero counts as zero");
        assert_eq!(spi(exact("4"), &numbers("-7 0 0 -2 3 8 5 13 1 21")), Ok(score("4")), "in the years too");
        assert_eq!(spi(Exact::ZERO, &numbers("3 8 5")), Ok(-3.09), "never dry: the lowest");
        assert_eq!(spi(exact("1000000"), &years), Ok(3.09), "the highest");
    }

    #[test]
    fn years_that_hardly_differ() {
        let score = |years| spi(exact("100"), &numbers(years));
        assert_eq!(score("100 100.000001 100"), Err(Undetermined::NoDeviation), "a rounding error would be fitted");
        assert!(score("100 100.01 99.99").is_ok(), "a hundredth of a percent");
    }
}
