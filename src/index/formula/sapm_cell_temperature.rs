//! Temperature of a PV cell by the Sandia model.

use super::within;

/// `temperature + irradiance × exp(a + b × wind) + irradiance / 1000 × delta_t`
///
/// - parameters: `a`, `b` in s/m, `delta_t` in K at 1000 W/m2; an open rack with a glass back has -3.47, -0.0594 and 3.
/// - irradiance: W/m2 in the plane of the panel; temperature of the air: degC; wind: m/s at 10 m, not below 0.
///
/// Returns degC.
///
/// # Source
/// King, Boyson and Kratochvil (2004), SAND2004-3535, eq. 11 and 12; pvlib 0.16, `temperature.sapm_cell`.
pub(super) struct Sapm {
    a: f64,
    b: f64,
    delta_t: f64,
}

impl Sapm {
    pub(super) fn new([a, b, delta_t]: [f64; 3]) -> Self {
        Self { a, b, delta_t }
    }

    #[inline]
    pub(super) fn at(&self, [irradiance, temperature, wind]: [f64; 3]) -> f64 {
        let module = temperature + irradiance * libm::exp(self.a + self.b * wind);
        within(wind >= 0.0, module + irradiance / 1_000.0 * self.delta_t)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// pvlib 0.16.1, the points of case p23.
    #[test]
    fn cells_are_warmer_than_the_air() {
        let sapm = Sapm::new([-3.47, -0.0594, 3.0]);
        for (irradiance, temperature, wind, cell, why) in [
            (0.0, -5.0, 1.0, -5.0, "at night as warm as the air"),
            (50.0, 5.0, 2.0, 6.531_573_415, "p23"),
            (200.0, 15.0, 3.0, 20.807_590_99, "p23"),
            (400.0, 25.0, 0.5, 38.282_577_6, "p23"),
            (800.0, 35.0, 4.0, 57.029_071_9, "p23"),
            (1_000.0, 40.0, 6.0, 64.787_911_09, "p23"),
            (1_100.0, 30.0, 2.0, 63.694_615_13, "p23"),
        ] {
            assert_close(sapm.at([irradiance, temperature, wind]), cell, 1e-9, why);
        }
        assert!(sapm.at([500.0, 20.0, -0.1]).is_nan(), "no wind is negative");
    }
}
