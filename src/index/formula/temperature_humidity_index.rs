//! Temperature-humidity index of livestock.

use super::within;

/// `(1.8 T + 32) - (0.55 - 0.0055 × humidity) × (1.8 T - 26)`
///
/// - temperature: degC; humidity: %, not below 0.
///
/// Returns a plain number, on the scale of degrees Fahrenheit.
///
/// # Source
/// National Research Council (1971), A guide to environmental research on animals.
pub(super) fn at([temperature, humidity]: [f64; 2]) -> f64 {
    let index = (1.8 * temperature + 32.0) - (0.55 - 0.0055 * humidity) * (1.8 * temperature - 26.0);
    within(humidity >= 0.0, index)
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn index_of_warm_stables() {
        for (temperature, humidity, index, why) in [
            (30.0, 50.0, 78.3, "86 - 0.275 × 28"),
            (30.0, 100.0, 86.0, "in saturated air the temperature in degF"),
            (20.0, 0.0, 62.5, "68 - 0.55 × 10"),
        ] {
            assert_close(at([temperature, humidity]), index, 1e-14, why);
        }
        assert!(at([30.0, -0.1]).is_nan(), "no humidity is negative");
    }
}
