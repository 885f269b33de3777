//! The gamma distribution.

use std::f64::consts::PI;

/// The probability that a gamma variable of a shape, above 0, lies below `mean × x_over_mean`: the regularised lower
/// incomplete gamma function `P(shape, shape × x_over_mean)`. 0 where `x_over_mean` is not above 0.
///
/// # Source
/// Abramowitz and Stegun (1964), 6.5.29 (series, left of the mean) and 6.5.31 (continued fraction, right of it, by
/// Lentz's method: Thompson and Barnett 1986, Journal of Computational Physics 64:490-509).
pub(super) fn probability_below(shape: f64, x_over_mean: f64) -> f64 {
    if x_over_mean <= 0.0 {
        return 0.0;
    }
    let x = shape * x_over_mean;
    if x < shape + 1.0 {
        (density(shape, x_over_mean) * series(shape, x)).min(1.0)
    } else {
        (1.0 - density(shape, x_over_mean) * fraction(shape, x)).max(0.0)
    }
}

/// `x^a e^-x / gamma(a)` at `x = a × x_over_mean`.
///
/// For a large shape both powers are huge and their quotient is not: then it is Stirling's series around the mean,
/// which loses nothing.
fn density(shape: f64, x_over_mean: f64) -> f64 {
    if shape < 20.0 {
        let x = shape * x_over_mean;
        return libm::exp(shape * libm::log(x) - x - libm::lgamma(shape));
    }
    let away = x_over_mean - 1.0;
    let square = shape * shape;
    let stirling = (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1_260.0 - 1.0 / (1_680.0 * square)) / square) / square) / shape;
    libm::sqrt(shape / (2.0 * PI)) * libm::exp(-shape * (away - libm::log1p(away)) - stirling)
}

/// `1/a + x / (a (a+1)) + x^2 / (a (a+1) (a+2)) + …`, until nothing is added any more. Its terms shrink from the first
/// on, since `x` is below `a + 1`.
fn series(shape: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut factor) = (1.0 / shape, 1.0 / shape, shape);
    loop {
        factor += 1.0;
        term *= x / factor;
        if sum + term == sum {
            return sum;
        }
        sum += term;
    }
}

/// `1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / …))`, until a further level changes nothing.
fn fraction(shape: f64, x: f64) -> f64 {
    let mut level = x + 1.0 - shape;
    let mut above = 1.0 / f64::MIN_POSITIVE;
    let mut below = 1.0 / level;
    let (mut value, mut number) = (below, 0.0);
    loop {
        number += 1.0;
        let coefficient = -number * (number - shape);
        level += 2.0;
        below = 1.0 / nonzero(coefficient * below + level);
        above = nonzero(level + coefficient / above);
        let change = below * above;
        value *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            return value;
        }
    }
}

fn nonzero(x: f64) -> f64 {
    if x.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1, `special.gammainc`.
    #[test]
    fn probabilities_of_shapes() {
        for (shape, x_over_mean, expected, why) in [
            (0.5, 0.1, 0.248_170_365_954_150_74, "a shape below one"),
            (1.0, 1.0, 0.632_120_558_828_557_8, "the exponential distribution: 1 - 1/e"),
            (2.5, 0.4, 0.150_854_963_915_390_38, "series"),
            (2.5, 3.0, 0.989_637_662_084_213_6, "fraction"),
            (19.9, 1.2, 0.819_234_745_013_030_2, "below Stirling's"),
            (20.0, 0.5, 0.003_454_341_975_856_833_4, "from here on Stirling's"),
            (20.0, 1.0, 0.529_742_733_160_760_7, "at the mean"),
            (57.3, 0.9, 0.229_847_032_151_284_94, "a yearly total"),
            (57.3, 1.35, 0.992_536_168_618_926_6, "its tail"),
            (1e4, 1.01, 0.841_348_750_447_179_6, "a narrow distribution"),
            (1e6, 0.999, 0.158_655_213_574_303_65, "a very narrow one"),
        ] {
            let got = probability_below(shape, x_over_mean);
            assert!((got - expected).abs() <= 2e-14 * expected, "{why}: {got} is not {expected}");
        }
    }

    #[test]
    fn ends() {
        assert_eq!(probability_below(2.0, 0.0), 0.0, "nothing lies below zero");
        assert_eq!(probability_below(2.0, -1.0), 0.0, "nor there");
        assert_eq!(probability_below(2.0, 1e9), 1.0, "everything lies below a huge number");
        assert_eq!(probability_below(5e9, 1.1), 1.0, "also of the narrowest distribution");
        assert_eq!(probability_below(5e9, 0.9), 0.0, "and nothing far below its mean");
        assert!((probability_below(5e9, 1.0) - 0.5).abs() < 1e-5, "its median is near its mean");
    }

    /// It rises with x, also where one way of computing hands over to the other.
    #[test]
    fn it_rises() {
        for shape in [0.3, 1.7, 6.0, 19.999, 20.0, 300.0] {
            let mut before = 0.0;
            for hundredths in 1..400_u32 {
                let now = probability_below(shape, f64::from(hundredths) / 100.0);
                assert!(now >= before && now <= 1.0, "{shape}: {now} behind {before}");
                before = now;
            }
        }
    }
}
