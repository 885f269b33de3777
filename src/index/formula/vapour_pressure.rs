//! Vapour pressure of the air.

use super::within;

/// Saturation vapour pressure over water, kPa, at a temperature in degC:
/// `0.6108 × exp(17.27 × T / (T + 237.3))`.
///
/// # Source
/// Allen et al. (1998), FAO Irrigation and Drainage Paper 56, eq. 11 (Tetens).
pub(super) fn saturation(temperature: f64) -> f64 {
    0.6108 * libm::exp(17.27 * temperature / (temperature + 237.3))
}

/// By how much the vapour pressure falls short of saturation: `saturation × (1 - humidity / 100)`.
///
/// - temperature: degC; humidity: %, not below 0. Above 100, as worn sensors send it, the deficit is 0.
///
/// Returns kPa. FAO-56 takes the saturation of a day as the mean of that at its highest and at its lowest temperature:
/// a mean of two of these deficits.
///
/// # Source
/// Allen et al. (1998), FAO Irrigation and Drainage Paper 56, ch. 3.
pub(super) fn deficit([temperature, humidity]: [f64; 2]) -> f64 {
    let deficit = saturation(temperature) * (1.0 - humidity / 100.0);
    within(humidity >= 0.0 && temperature > -237.3, if deficit < 0.0 { 0.0 } else { deficit })
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// FAO-56, annex 2, table 2.3.
    #[test]
    fn saturation_of_the_table() {
        for (temperature, pressure) in [(1.0, 0.657), (15.0, 1.705), (24.5, 3.075), (48.5, 11.447)] {
            assert_close(saturation(temperature), pressure, 5e-4, "FAO-56, table 2.3");
        }
    }

    #[test]
    fn deficit_on_and_beside_its_ends() {
        for (temperature, humidity, expected, why) in [
            (15.0, 0.0, saturation(15.0), "dry air"),
            (15.0, 60.0, 0.681_9, "40 % of 1.705"),
            (15.0, 100.0, 0.0, "saturated"),
            (15.0, 103.0, 0.0, "a worn sensor"),
        ] {
            assert_close(deficit([temperature, humidity]), expected, 5e-4, why);
        }
        assert!(deficit([15.0, -0.1]).is_nan(), "no humidity is negative");
        assert!(deficit([-237.3, 50.0]).is_nan(), "below the formula's pole");
    }
}
