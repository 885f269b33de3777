//! The number of a period against the same number of other years.

mod gamma;
mod normal;
mod spei;
mod spi;

use crate::contract::{Compare, Round};
use crate::quantity::{Exact, Overflow};

use super::double::{double_of, round_double};
use super::undetermined::Undetermined;
use spei::LogLogistic;
use spi::Gamma;

/// What a number is compared with: what the years of a baseline come to.
#[derive(Debug)]
pub(super) enum Fit {
    /// Their mean.
    Mean(Exact),
    /// Their mean, from which the number's distance is asked.
    Anomaly(Exact),
    /// Their mean, which is not zero, of which the number's share is asked.
    PercentOfMean(Exact),
    /// Themselves.
    Percentile(Vec<Exact>),
    /// Their mean and their standard deviation.
    ZScore(Exact, f64),
    /// A gamma distribution.
    Spi(Gamma),
    /// A log-logistic distribution.
    Spei(LogLogistic),
}

impl Fit {
    /// - `years`: the numbers of the baseline years that have one, in their order, in one unit.
    ///
    /// # Errors
    /// [`Undetermined::BaselineTooShort`] with fewer years than the comparison can do with,
    /// [`Undetermined::NoDeviation`] where the years do not differ, [`Undetermined::DivisionByZero`] for a share of a
    /// mean of zero, [`Undetermined::Overflow`].
    pub(super) fn of(compare: Compare, years: &[Exact]) -> Result<Self, Undetermined> {
        need(years, 1)?;
        match compare {
            Compare::Mean => Ok(Self::Mean(mean(years)?)),
            Compare::Anomaly => Ok(Self::Anomaly(mean(years)?)),
            Compare::PercentOfMean => match mean(years)? {
                mean if mean.is_zero() => Err(Undetermined::DivisionByZero),
                mean => Ok(Self::PercentOfMean(mean)),
            },
            Compare::Percentile => Ok(Self::Percentile(years.to_vec())),
            Compare::ZScoreSample => z_score(years, 1),
            Compare::ZScorePopulation => z_score(years, 0),
            Compare::Spi => Gamma::fitted(years).map(Self::Spi),
            Compare::Spei => LogLogistic::fitted(years).map(Self::Spei),
        }
    }

    /// Compares a number with the years.
    ///
    /// - `value`: this period's number in the unit of the years, unrounded unless the term sheet rounded it before.
    /// - `round`: the one rounding, in the unit of the result: that of the number for the mean and the anomaly, % for a
    ///   share, a plain number else.
    ///
    /// Mean, anomaly, share of the mean and percentile are exact until they are rounded. The scores are computed in
    /// doubles from an exact mean and, where it fits, an exact variance.
    ///
    /// # Errors
    /// [`Overflow`] where a number does not fit.
    pub(super) fn compared(&self, value: Exact, round: Round) -> Result<Exact, Overflow> {
        match self {
            Self::Mean(mean) => round.number(*mean),
            Self::Anomaly(mean) => round.number(value.minus(*mean)?),
            Self::PercentOfMean(mean) => round.number(value.times(Exact::from(100))?.over(*mean)?),
            Self::Percentile(years) => round.number(percentile(value, years)?),
            Self::ZScore(mean, deviation) => round_double(double_of(value.minus(*mean)?) / deviation, round),
            Self::Spi(gamma) => round_double(gamma.score(value), round),
            Self::Spei(log_logistic) => round_double(log_logistic.score(value), round),
        }
    }
}

fn need(years: &[Exact], need: usize) -> Result<(), Undetermined> {
    let years = years.len();
    if years < need { Err(Undetermined::BaselineTooShort { years, need }) } else { Ok(()) }
}

fn count(years: &[Exact]) -> Exact {
    Exact::from(i64::try_from(years.len()).expect("there are few years"))
}

fn mean(years: &[Exact]) -> Result<Exact, Overflow> {
    years.iter().try_fold(Exact::ZERO, |sum, year| sum.plus(*year))?.over(count(years))
}

/// The share of the years below, a year that is the same counting half, in %.
fn percentile(value: Exact, years: &[Exact]) -> Result<Exact, Overflow> {
    let halves: i64 = years.iter().map(|year| if *year < value { 2 } else { i64::from(*year == value) }).sum();
    Exact::from(50 * halves).over(count(years))
}

/// The squares are divided by the number of years less `fewer`.
fn z_score(years: &[Exact], fewer: usize) -> Result<Fit, Undetermined> {
    need(years, fewer + 1)?;
    let mean = mean(years)?;
    let deviations = years.iter().map(|year| year.minus(mean)).collect::<Result<Vec<_>, _>>()?;
    if deviations.iter().all(|deviation| deviation.is_zero()) {
        return Err(Undetermined::NoDeviation);
    }
    let divisor = i64::try_from(years.len() - fewer).expect("there are few years");
    Ok(Fit::ZScore(mean, libm::sqrt(variance(&deviations, divisor))))
}

/// The mean square: exact until it becomes a double, or where that does not fit summed in doubles in the order of the
/// years.
fn variance(deviations: &[Exact], divisor: i64) -> f64 {
    let square = |deviation: &Exact| deviation.reduced().times(*deviation);
    let exact = deviations.iter().try_fold(Exact::ZERO, |sum, deviation| sum.plus(square(deviation)?));
    match exact.and_then(|sum| sum.over(Exact::from(divisor))) {
        Ok(exact) => double_of(exact),
        Err(Overflow) => {
            let squares =
                deviations.iter().map(|deviation| double_of(*deviation)).map(|deviation| deviation * deviation);
            squares.fold(0.0, |sum, square| sum + square) / double_of(Exact::from(divisor))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Fixed, Rounding};

    pub fn exact(text: &str) -> Exact {
        Fixed::parse(text).expect(text).into()
    }

    fn compare(how: Compare, value: Exact, years: &[Exact], round: Round) -> Result<Exact, Undetermined> {
        Ok(Fit::of(how, years)?.compared(value, round)?)
    }

    pub fn numbers(text: &str) -> Vec<Exact> {
        text.split_whitespace().map(exact).collect()
    }

    /// Yearly rain of De Bilt, 1981 to 2010, mm.
    pub const YEARS: &str = "993 600.7 827.9 819.3 700.5 716.1 926.5 884.5 661.3 714.7 648 917.8 879.6 1025.2 729.5 575.7 \
        743.5 1239.6 901.5 932.4 1038.9 924 612.7 859.4 872.9 807.1 951.1 880.5 776.9 825.3";

    fn to(places: u32) -> Round {
        Round { step: Exact::new(1, 10_i128.pow(places)).expect("small"), mode: Rounding::HalfUp }
    }

    /// Case p15: pandas 2.3.3, scipy 1.17.1; rounded here to ten places.
    #[test]
    fn scores_of_years() {
        let years = numbers(YEARS);
        for (year, value, sample, population) in [
            (1981, "993", "1.0840254418", "1.1025571335"),
            (1998, "1239.6", "2.7534232687", "2.8004937434"),
            (2013, "827.2", "-0.0383839646", "-0.0390401483"),
            (2018, "582", "-1.6983042691", "-1.7273372154"),
        ] {
            for (how, expected) in [(Compare::ZScoreSample, sample), (Compare::ZScorePopulation, population)] {
                let got = compare(how, exact(value), &years, to(10)).expect("a score").decimal(10).expect("ten places");
                let (got, expected): (f64, f64) = (got.parse().expect("a number"), expected.parse().expect("a number"));
                assert!((got - expected).abs() < 1.5e-9, "{year}: {got} is not {expected}");
            }
        }
    }

    #[test]
    fn exact_comparisons_are_rounded_once() {
        let years = numbers("10 20 40");
        for (how, value, expected, why) in [
            (Compare::Mean, "1", "23.33", "70 / 3, whatever this year is"),
            (Compare::Anomaly, "20", "-3.33", "20 - 70 / 3"),
            (Compare::PercentOfMean, "35", "150", "35 / (70 / 3)"),
            (Compare::PercentOfMean, "0", "0", "nothing"),
            (Compare::Percentile, "9.999999", "0", "below all"),
            (Compare::Percentile, "10", "16.67", "a tie counts half"),
            (Compare::Percentile, "30", "66.67", "two of three"),
            (Compare::Percentile, "40.000001", "100", "above all"),
        ] {
            assert_eq!(compare(how, exact(value), &years, to(2)), Ok(exact(expected)), "{why}");
        }
        assert_eq!(
            compare(Compare::ZScoreSample, exact("3"), &numbers("1 3"), to(2)),
            Ok(exact("0.71")),
            "1 / sqrt(2)"
        );
        assert_eq!(compare(Compare::ZScorePopulation, exact("3"), &numbers("1 3"), to(2)), Ok(exact("1")), "1 / 1");
    }

    #[test]
    fn what_cannot_be_compared() {
        let short = |years, need| Err(Undetermined::BaselineTooShort { years, need });
        for (how, years, expected, why) in [
            (Compare::Mean, "", short(0, 1), "no year at all"),
            (Compare::ZScoreSample, "5", short(1, 2), "one year has no sample deviation"),
            (Compare::ZScorePopulation, "5", Err(Undetermined::NoDeviation), "one year has a deviation of zero"),
            (Compare::ZScoreSample, "5 5 5", Err(Undetermined::NoDeviation), "years that are the same"),
            (Compare::PercentOfMean, "-5 0 5", Err(Undetermined::DivisionByZero), "a mean of zero"),
            (Compare::Spi, "0 0 0", Err(Undetermined::NoDeviation), "no rain ever"),
            (Compare::Spi, "0 0 7", Err(Undetermined::NoDeviation), "one year of rain"),
            (Compare::Spi, "7 7 0", Err(Undetermined::NoDeviation), "the same rain whenever there is some"),
            (Compare::Spei, "1 2 3", short(3, 4), "three parameters"),
            (Compare::Spei, "5 5 5 5", Err(Undetermined::NoDeviation), "years that are the same"),
            (Compare::Spei, "0 0 0 9", Err(Undetermined::NoDeviation), "but one is the same"),
        ] {
            assert_eq!(compare(how, exact("4"), &numbers(years), to(2)), expected, "{why}");
        }
    }

    /// Squares of large numbers with many places do not fit: then doubles are summed.
    #[test]
    fn a_variance_that_does_not_fit() {
        let years = numbers("1000000000000.000001 3000000000000.000002 5000000000000.000009");
        let got = compare(Compare::ZScoreSample, exact("5000000000000"), &years, to(6));
        assert_eq!(got, Ok(exact("1")), "two trillions above the mean, the deviation is as much");
    }
}
