//! Wind at hub height.

use super::within;

/// Wind at hub height by the power law: `wind × (hub_height / wind_height) ^ exponent`.
///
/// - parameters: height of the measurement and of the hub in m, both above 0; the exponent.
/// - wind: m/s, not below 0.
///
/// Returns m/s.
///
/// # Source
/// Hellman's law; windpowerlib 0.2.2, `wind_speed.hellman`.
pub(super) struct HubWind {
    factor: f64,
}

impl HubWind {
    pub(super) fn new([wind_height, hub_height, exponent]: [f64; 3]) -> Self {
        let factor = libm::pow(hub_height / wind_height, exponent);
        Self { factor: within(wind_height > 0.0 && hub_height > 0.0, factor) }
    }

    #[inline]
    pub(super) fn at(&self, [wind]: [f64; 1]) -> f64 {
        within(wind >= 0.0, wind * self.factor)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn wind_rises_with_height() {
        let hub = HubWind::new([10.0, 98.0, 0.2]);
        for (wind, at_hub, why) in [(2.0, 3.1570045717162434, "p22: 2 × 9.8 ^ 0.2"), (0.0, 0.0, "a calm stays one")] {
            assert_close(hub.at([wind]), at_hub, 1e-13, why);
        }
        assert!(hub.at([-0.1]).is_nan(), "no wind is negative");
        assert_close(HubWind::new([80.0, 80.0, 0.143]).at([7.0]), 7.0, 0.0, "at its own height nothing changes");
        assert!(HubWind::new([0.0, 80.0, 0.2]).at([7.0]).is_nan(), "no height to measure at");
    }
}
