//! Heat index of the National Weather Service.

use super::within;

/// Apparent temperature in the shade.
///
/// The simple value is `0.5 × (T + 61 + 1.2 × (T - 68) + 0.094 × humidity)`. From 80 degF of it on the index is
/// Rothfusz's regression instead, less `(13 - humidity) / 4 × sqrt((17 - |T - 95|) / 17)` where the humidity is below
/// 13 % and the temperature between 80 and 112 degF, plus `(humidity - 85) / 10 × (87 - T) / 5` where the humidity is
/// above 85 % and the temperature between 80 and 87 degF, ends included.
///
/// - temperature `T`: degF; humidity: %, not below 0.
///
/// Returns degF.
///
/// # Source
/// Rothfusz (1990), NWS Southern Region technical attachment SR 90-23; the heat index equation of the NWS Weather
/// Prediction Center.
pub(super) fn at([temperature, humidity]: [f64; 2]) -> f64 {
    let simple = 0.5 * (temperature + 61.0 + (temperature - 68.0) * 1.2 + humidity * 0.094);
    let index =
        if simple < 80.0 { simple } else { regression(temperature, humidity) + adjustment(temperature, humidity) };
    within(humidity >= 0.0, index)
}

fn regression(t: f64, h: f64) -> f64 {
    -42.379 + 2.049_015_23 * t + 10.143_331_27 * h - 0.224_755_41 * t * h - 0.006_837_83 * t * t - 0.054_817_17 * h * h
        + 0.001_228_74 * t * t * h
        + 0.000_852_82 * t * h * h
        - 0.000_001_99 * t * t * h * h
}

fn adjustment(temperature: f64, humidity: f64) -> f64 {
    if humidity < 13.0 && (80.0..=112.0).contains(&temperature) {
        -(13.0 - humidity) / 4.0 * libm::sqrt((17.0 - (temperature - 95.0).abs()) / 17.0)
    } else if humidity > 85.0 && (80.0..=87.0).contains(&temperature) {
        (humidity - 85.0) / 10.0 * ((87.0 - temperature) / 5.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn index_of_hot_days() {
        for (temperature, humidity, index, tolerance, why) in [
            (90.0, 70.0, 106.0, 5e-3, "the service's chart"),
            (100.0, 40.0, 109.0, 5e-3, "the service's chart"),
            (86.0, 90.0, 105.0, 7e-3, "the service's chart, with the adjustment for moist air"),
            (70.0, 50.0, 69.05, 1e-12, "the simple value"),
        ] {
            assert_close(at([temperature, humidity]), index, tolerance, why);
        }
        assert_close(adjustment(95.0, 5.0), -2.0, 1e-12, "dry");
        assert_close(adjustment(95.0, 13.0), 0.0, 0.0, "no longer dry");
        assert_close(adjustment(82.0, 95.0), 1.0, 1e-12, "moist");
        assert_close(adjustment(82.0, 85.0), 0.0, 0.0, "not yet moist");
        assert!(at([90.0, -0.1]).is_nan(), "no humidity is negative");
    }
}
