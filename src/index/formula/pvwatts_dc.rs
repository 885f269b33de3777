//! Direct-current power of a PV plant.

/// `irradiance / 1000 × nameplate × (1 + coefficient × (cell_temperature - 25))`
///
/// - parameters: nameplate in kW at 1000 W/m2 and 25 degC; temperature coefficient in 1/K, such as -0.004.
/// - irradiance: W/m2 in the plane of the panel; a pyranometer's small negative values at night stay small and
///   negative, and [`super::pvwatts_ac`] makes them 0; cell temperature: degC.
///
/// Returns kW.
///
/// # Source
/// Dobos (2014), PVWatts version 5 manual, NREL/TP-6A20-62641, ch. 8; pvlib 0.16, `pvsystem.pvwatts_dc`.
pub(super) struct PvwattsDc {
    nameplate: f64,
    coefficient: f64,
}

impl PvwattsDc {
    pub(super) fn new([nameplate, coefficient]: [f64; 2]) -> Self {
        Self { nameplate, coefficient }
    }

    #[inline]
    pub(super) fn at(&self, [irradiance, cell_temperature]: [f64; 2]) -> f64 {
        irradiance * 0.001 * self.nameplate * (1.0 + self.coefficient * (cell_temperature - 25.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// pvlib 0.16.1, the points of case p23 with Faiman's cell temperatures, in kW.
    #[test]
    fn warm_cells_give_less() {
        let plant = PvwattsDc::new([5.0, -0.004]);
        for (irradiance, cell, power, why) in [
            (0.0, -5.0, 0.0, "night"),
            (50.0, 6.292_657_704, 0.268_707_342_3, "p23"),
            (400.0, 39.074_595_36, 1.887_403_237, "p23"),
            (1_100.0, 58.438_469_49, 4.764_353_671, "p23"),
            (1_000.0, 25.0, 5.0, "its nameplate"),
            (-2.0, 10.0, -0.0106, "a pyranometer at night"),
        ] {
            assert_close(plant.at([irradiance, cell]), power, 1e-9, why);
        }
    }
}
