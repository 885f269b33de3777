//! Alternating-current power behind an inverter.

use super::within;

/// The efficiency to which the coefficients of the curve belong.
const REFERENCE: f64 = 0.9637;

/// The inverter of PVWatts: `efficiency × power`, no more than its rated output, not below 0.
///
/// With `zeta = power / inverter`, the efficiency is
/// `efficiency / 0.9637 × (-0.0162 × zeta - 0.0059 / zeta + 0.9858)`; the rated output is `efficiency × inverter`.
///
/// - parameters: the direct-current power at which the inverter gives its rated output, kW, above 0; its nominal
///   efficiency in %, such as 96.
/// - power: direct current, kW; at 0 and below there is no output.
///
/// Returns kW.
///
/// # Source
/// Dobos (2014), PVWatts version 5 manual, NREL/TP-6A20-62641, ch. 10; pvlib 0.16, `inverter.pvwatts`.
pub(super) struct PvwattsAc {
    inverter: f64,
    nominal: f64,
    /// `efficiency / 0.9637`
    scale: f64,
}

impl PvwattsAc {
    pub(super) fn new([inverter, efficiency]: [f64; 2]) -> Self {
        let nominal = efficiency / 100.0;
        Self { inverter: within(inverter > 0.0, inverter), nominal, scale: nominal / REFERENCE }
    }

    #[inline]
    pub(super) fn at(&self, [power]: [f64; 1]) -> f64 {
        if power == 0.0 {
            return within(!self.inverter.is_nan(), 0.0);
        }
        let zeta = power / self.inverter;
        let efficiency = self.scale * (-0.0162 * zeta - 0.0059 / zeta + 0.9858);
        let output = efficiency * power;
        // Comparisons instead of min and max, which would turn what is not a number into a rated output.
        if output > self.nominal * self.inverter {
            self.nominal * self.inverter
        } else if output < 0.0 {
            0.0
        } else {
            output
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// pvlib 0.16.1, the points of case p23, in kW.
    #[test]
    fn output_on_and_beside_its_ends() {
        let inverter = PvwattsAc::new([5.0, 96.0]);
        for (power, output, why) in [
            (0.0, 0.0, "night"),
            (-0.01, 0.0, "a pyranometer at night"),
            (0.01, 0.0, "less than the inverter needs itself"),
            (0.268_707_342_3, 0.234_254_900_8, "p23"),
            (1.022_425_308, 0.971_276_461_5, "p23"),
            (1.887_403_237, 1.812_574_325, "p23"),
            (3.595_538_579, 3.459_761_047, "p23"),
            (4.397_153_24, 4.226_279_619, "p23"),
            (4.764_353_671, 4.576_018_139, "p23"),
            (5.0, 4.8, "its rated output"),
            (7.0, 4.8, "never more"),
        ] {
            assert_close(inverter.at([power]), output, 2e-9, why);
        }
        assert!(PvwattsAc::new([0.0, 96.0]).at([1.0]).is_nan(), "no inverter");
        assert!(PvwattsAc::new([0.0, 96.0]).at([0.0]).is_nan(), "no inverter at night");
    }
}
