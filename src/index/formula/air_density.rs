//! Density of the air at hub height.

use super::within;

/// Density by the barometric formula, from temperature and pressure near the ground.
///
/// `(pressure - (hub_height - pressure_height) / 8) × 1.225 × 288.15 × 100 / (101330 × T)` with the pressure in hPa and
/// the temperature at the hub `T = temperature - 0.0065 × (hub_height - temperature_height)` in K.
///
/// - parameters: height of the thermometer, of the barometer and of the hub in m.
/// - temperature: degC; pressure: hPa at the barometer's height, not reduced to the sea.
///
/// Returns kg/m3; no value where temperature or pressure at the hub is not above zero.
///
/// # Source
/// Hau (2006), Windkraftanlagen, ch. 13; windpowerlib 0.2.2, `temperature.linear_gradient`, `density.barometric`.
pub(super) struct AirDensity {
    /// K lower at the hub.
    cooler: f64,
    /// hPa lower at the hub.
    thinner: f64,
}

impl AirDensity {
    pub(super) fn new([temperature_height, pressure_height, hub_height]: [f64; 3]) -> Self {
        Self { cooler: 0.0065 * (hub_height - temperature_height), thinner: (hub_height - pressure_height) / 8.0 }
    }

    #[inline]
    pub(super) fn at(&self, [temperature, pressure]: [f64; 2]) -> f64 {
        let kelvin = temperature + 273.15 - self.cooler;
        let pressure = pressure - self.thinner;
        within(kelvin > 0.0 && pressure > 0.0, pressure * 1.225 * 288.15 * 100.0 / (101_330.0 * kelvin))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn density_at_the_hub() {
        let hub = AirDensity::new([2.0, 0.0, 98.0]);
        for (temperature, pressure, density, why) in [
            (10.5, 1_009.1, 1.226_931_028_305_914_7, "p22, 3 March 2016 00 h"),
            (-15.0, 1_030.0, 1.376_691_714_825_518_2, "a winter night"),
        ] {
            assert_close(hub.at([temperature, pressure]), density, 1e-12, why);
        }
        let ground = AirDensity::new([0.0, 0.0, 0.0]);
        assert_close(ground.at([15.0, 1_013.3]), 1.225, 1e-15, "the standard atmosphere");
        assert!(ground.at([-273.15, 1_013.3]).is_nan(), "at absolute zero there is no density");
        assert!(hub.at([10.0, 12.25]).is_nan(), "nor where no pressure is left");
    }
}
