//! Quantiles of what is there, exactly.

use crate::contract::QuantileMethod;
use crate::quantity::{Exact, Fixed, Overflow, Rounding};

/// The value below which a share of the values lies.
///
/// - `values`: in any order; those that are there.
/// - `at`: the share, from 0 to 1, both included.
/// - `method`: which definition. Each puts the quantile at a place of the ordered values, counted from 0; a place
///   before the first is the first, one behind the last the last, one between two lies on the straight line between
///   them unless the method picks one.
///
/// Returns nothing of no values.
///
/// # Errors
/// [`Overflow`] where the ratio does not fit.
/// # Source
/// Hyndman and Fan (1996), The American Statistician 50:361-365; numpy 2.4, `numpy.quantile`, all its methods.
pub(super) fn quantile(values: &[Fixed], at: Exact, method: QuantileMethod) -> Result<Option<Exact>, Overflow> {
    let Some(last) = values.len().checked_sub(1) else { return Ok(None) };
    let mut ordered = values.to_vec();
    ordered.sort_unstable();
    let place = place(whole(values.len()), at, method)?;
    let (below, between) = split(place)?;
    if place <= Exact::ZERO {
        return Ok(Some(ordered[0].into()));
    }
    let Some(below) = usize::try_from(below).ok().filter(|below| *below < last) else {
        return Ok(Some(ordered[last].into()));
    };
    let (low, high) = (Exact::from(ordered[below]), Exact::from(ordered[below + 1]));
    low.plus(high.minus(low)?.times(between)?).map(Some)
}

/// The place of the quantile among `count` ordered values, the first of which is at 0.
fn place(count: Exact, at: Exact, method: QuantileMethod) -> Result<Exact, Overflow> {
    let one = Exact::from(1);
    let from_zero = || count.minus(one)?.times(at);
    let from_one = || count.times(at)?.minus(one);
    match method {
        QuantileMethod::InvertedCdf => up(from_one()?),
        QuantileMethod::AveragedInvertedCdf => {
            let place = from_one()?;
            if split(place)?.1.is_zero() { place.plus(Exact::new(1, 2)?) } else { up(place) }
        }
        QuantileMethod::ClosestObservation => {
            // Half-way between two it is the one of even rank, counted from 1.
            let (below, between) = split(from_one()?.minus(Exact::new(1, 2)?)?)?;
            let stays = between.is_zero() && below.rem_euclid(2) == 1;
            Exact::new(if stays { below } else { below + 1 }, 1)
        }
        QuantileMethod::InterpolatedInvertedCdf => plotting_position(count, at, Exact::ZERO, one),
        QuantileMethod::Hazen => symmetric(count, at, 1, 2),
        QuantileMethod::Weibull => symmetric(count, at, 0, 1),
        QuantileMethod::Linear => from_zero(),
        QuantileMethod::MedianUnbiased => symmetric(count, at, 1, 3),
        QuantileMethod::NormalUnbiased => symmetric(count, at, 3, 8),
        QuantileMethod::Lower => Exact::new(split(from_zero()?)?.0, 1),
        QuantileMethod::Higher => up(from_zero()?),
        QuantileMethod::Nearest => Ok(Exact::from(from_zero()?.round_whole(Rounding::HalfEven)?)),
        QuantileMethod::Midpoint => {
            let (below, between) = split(from_zero()?)?;
            if between.is_zero() { Exact::new(below, 1) } else { Exact::new(2 * below + 1, 2) }
        }
    }
}

/// `n q + alpha + q (1 - alpha - beta) - 1`
fn plotting_position(count: Exact, at: Exact, alpha: Exact, beta: Exact) -> Result<Exact, Overflow> {
    let one = Exact::from(1);
    let stretch = one.minus(alpha)?.minus(beta)?;
    count.times(at)?.plus(alpha)?.plus(at.times(stretch)?)?.minus(one)
}

fn symmetric(count: Exact, at: Exact, numerator: i128, denominator: i128) -> Result<Exact, Overflow> {
    let alpha = Exact::new(numerator, denominator)?;
    plotting_position(count, at, alpha, alpha)
}

/// The whole number below or at a ratio, and what is left.
fn split(ratio: Exact) -> Result<(i128, Exact), Overflow> {
    let (numerator, denominator) = ratio.parts();
    Ok((numerator.div_euclid(denominator), Exact::new(numerator.rem_euclid(denominator), denominator)?))
}

/// The whole number above or at a ratio.
fn up(ratio: Exact) -> Result<Exact, Overflow> {
    let (below, between) = split(ratio)?;
    Exact::new(below + i128::from(!between.is_zero()), 1)
}

fn whole(count: usize) -> Exact {
    Exact::from(i64::try_from(count).expect("a period has few slots"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    fn numbers(text: &str) -> Vec<Fixed> {
        text.split_whitespace().map(fixed).collect()
    }

    /// Case p16: numpy 2.4.6 on the yearly rain of De Bilt, 1981 to 2010, in mm; numpy's doubles carry ten digits.
    #[test]
    fn thirteen_definitions() {
        let years = numbers(
            "993 600.7 827.9 819.3 700.5 716.1 926.5 884.5 661.3 714.7 648 917.8 879.6 1025.2 729.5 575.7 743.5 1239.6 \
             901.5 932.4 1038.9 924 612.7 859.4 872.9 807.1 951.1 880.5 776.9 825.3",
        );
        let shares = ["0.05", "0.1", "0.2", "0.25", "0.5", "0.75", "0.9", "0.95"];
        for (name, expected) in [
            ("linear", ["606.1", "644.47", "711.86", "719.45", "843.65", "922.45", "996.22", "1032.735"]),
            ("weibull", ["589.45", "616.23", "703.34", "715.75", "843.65", "924.625", "1021.98", "1129.215"]),
            ("hazen", ["600.7", "630.35", "707.6", "716.1", "843.65", "924", "1009.1", "1038.9"]),
            (
                "median_unbiased",
                ["596.95", "625.643333", "706.18", "715.983333", "843.65", "924.208333", "1013.393333", "1069.005"],
            ),
            (
                "normal_unbiased",
                ["597.8875", "626.82", "706.535", "716.0125", "843.65", "924.15625", "1012.32", "1061.47875"],
            ),
            ("inverted_cdf", ["600.7", "612.7", "700.5", "716.1", "827.9", "924", "993", "1038.9"]),
            ("lower", ["600.7", "612.7", "700.5", "716.1", "827.9", "917.8", "993", "1025.2"]),
            ("higher", ["612.7", "648", "714.7", "729.5", "859.4", "924", "1025.2", "1038.9"]),
            ("nearest", ["600.7", "648", "714.7", "716.1", "827.9", "924", "993", "1038.9"]),
            ("midpoint", ["606.7", "630.35", "707.6", "722.8", "843.65", "920.9", "1009.1", "1032.05"]),
            ("averaged_inverted_cdf", ["600.7", "630.35", "707.6", "716.1", "843.65", "924", "1009.1", "1038.9"]),
            ("closest_observation", ["600.7", "612.7", "700.5", "716.1", "827.9", "917.8", "993", "1025.2"]),
            ("interpolated_inverted_cdf", ["588.2", "612.7", "700.5", "715.4", "827.9", "920.9", "993", "1032.05"]),
        ] {
            let method = QuantileMethod::from_name(name).expect(name);
            for (share, expected) in shares.into_iter().zip(expected) {
                let got = quantile(&years, fixed(share).into(), method).expect("small").expect("thirty years");
                let got = got.round_to(fixed("0.000001"), Rounding::HalfUp).expect("small");
                assert!(got.minus(fixed(expected)).expect("small").micros().abs() <= 1, "{name} {share}: {got}");
            }
        }
    }

    /// numpy 2.4.6 on 1, 2, 3, 4 and on 10 alone.
    #[test]
    fn ends_and_ties() {
        let four = numbers("4 2 1 3");
        for (name, quarter, half, why) in [
            ("inverted_cdf", "1", "2", "1 of 4 and 2 of 4 exactly"),
            ("averaged_inverted_cdf", "1.5", "2.5", "the mean with the next at a step"),
            ("closest_observation", "1", "2", "the ranks 1 and 2 themselves"),
            ("interpolated_inverted_cdf", "1", "2", "at a step"),
            ("nearest", "2", "3", "0.75 is nearer to 1; 1.5 goes to the even place 2"),
            ("midpoint", "1.5", "2.5", "half-way"),
            ("lower", "1", "2", "below"),
            ("higher", "2", "3", "above"),
        ] {
            let method = QuantileMethod::from_name(name).expect(name);
            for (share, expected) in [("0", "1"), ("0.25", quarter), ("0.5", half), ("1", "4")] {
                let got = quantile(&four, fixed(share).into(), method);
                assert_eq!(got, Ok(Some(fixed(expected).into())), "{name} at {share}: {why}");
            }
        }
        for (_, method) in QuantileMethod::ALL {
            assert_eq!(
                quantile(&numbers("10"), fixed("0.3").into(), method),
                Ok(Some(fixed("10").into())),
                "one value"
            );
            assert_eq!(quantile(&[], fixed("0.3").into(), method), Ok(None), "no value");
            assert_eq!(quantile(&four, Exact::ZERO, method), Ok(Some(Exact::from(1))), "{method:?}: the least at 0");
            assert_eq!(quantile(&four, Exact::from(1), method), Ok(Some(Exact::from(4))), "{method:?}: the most at 1");
        }
    }
}
