//! CME hurricane index.

use super::within;

/// `(V / 74)^3 + 1.5 × (R / 60) × (V / 74)^2`
///
/// - wind: maximum sustained wind `V`, mph, not below 0.
/// - radius: how far hurricane winds of 74 mph extend, `R`, mi, not below 0; 0 for a storm below 74 mph. The formula is
///   the same below 74 mph: an agreement that gives such storms no index says so with another block.
///
/// Returns a plain number.
///
/// # Source
/// Kantha (2006), Eos 87:3-6; CME Hurricane Index (formerly Carvill) as published by the exchange.
pub(super) fn at([wind, radius]: [f64; 2]) -> f64 {
    let speed = wind / 74.0;
    within(wind >= 0.0 && radius >= 0.0, speed * speed * speed + 1.5 * (radius / 60.0) * (speed * speed))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn index_of_storms() {
        for (wind, radius, index, why) in [
            (74.0, 0.0, 1.0, "the reference wind"),
            (74.0, 60.0, 2.5, "with the reference radius"),
            (148.0, 60.0, 14.0, "twice the wind: 8 + 1.5 × 4"),
            (145.0, 105.0, 17.601_946_701_083_847, "145 mph, 105 mi"),
            (37.0, 0.0, 0.125, "the same formula below 74 mph"),
        ] {
            assert_close(at([wind, radius]), index, 1e-14, why);
        }
        assert!(at([-1.0, 0.0]).is_nan() && at([100.0, -1.0]).is_nan(), "neither is negative");
    }
}
