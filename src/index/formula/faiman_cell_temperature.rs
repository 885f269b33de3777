//! Temperature of a PV cell after Faiman.

use super::within;

/// `temperature + irradiance / (u0 + u1 × wind)`
///
/// - parameters: `u0` in W/(m2 K), `u1` in W s/(m3 K); Faiman's own are 25.0 and 6.84.
/// - irradiance: W/m2 in the plane of the panel; temperature of the air: degC; wind: m/s, not below 0.
///
/// Returns degC.
///
/// # Source
/// Faiman (2008), Progress in Photovoltaics 16:307-315; pvlib 0.16, `temperature.faiman`.
pub(super) struct Faiman {
    u0: f64,
    u1: f64,
}

impl Faiman {
    pub(super) fn new([u0, u1]: [f64; 2]) -> Self {
        Self { u0, u1 }
    }

    #[inline]
    pub(super) fn at(&self, [irradiance, temperature, wind]: [f64; 3]) -> f64 {
        let loss = self.u0 + self.u1 * wind;
        within(wind >= 0.0 && loss > 0.0, temperature + irradiance / loss)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// pvlib 0.16.1, the points of case p23.
    #[test]
    fn cells_are_warmer_than_the_air() {
        let faiman = Faiman::new([25.0, 6.84]);
        for (irradiance, temperature, wind, cell, why) in [
            (0.0, -5.0, 1.0, -5.0, "at night as warm as the air"),
            (50.0, 5.0, 2.0, 6.292_657_704, "p23"),
            (200.0, 15.0, 3.0, 19.393_673_11, "p23"),
            (400.0, 25.0, 0.5, 39.074_595_36, "p23"),
            (800.0, 35.0, 4.0, 50.278_838_81, "p23"),
            (1_000.0, 40.0, 6.0, 55.142_337_98, "p23"),
            (1_100.0, 30.0, 2.0, 58.438_469_49, "p23"),
        ] {
            assert_close(faiman.at([irradiance, temperature, wind]), cell, 1e-9, why);
        }
        assert!(faiman.at([500.0, 20.0, -0.1]).is_nan(), "no wind is negative");
        assert!(Faiman::new([0.0, 6.84]).at([500.0, 20.0, 0.0]).is_nan(), "nothing cools");
    }
}
