//! Global radiation over that of a clear sky.

use chrono::NaiveDate;

use super::sun::{Sun, clear_sky_share};
use super::within;

/// `radiation / ((0.75 + 0.00002 × elevation) × Ra)`
///
/// - parameters: latitude in degrees, from which the extraterrestrial radiation `Ra` follows; elevation in m.
/// - radiation: global radiation of the day, MJ/m2, not below 0.
///
/// Returns a plain number; no value on a day on which the sun does not rise. Short of polar latitudes it lies between
/// 0 and about 1.1.
///
/// # Source
/// Allen et al. (1998), FAO Irrigation and Drainage Paper 56, eq. 21 and 37.
pub(super) struct ClearSkyIndex {
    sun: Sun,
    clear: f64,
}

impl ClearSkyIndex {
    pub(super) fn new([latitude, elevation]: [f64; 2]) -> Self {
        Self { sun: Sun::new(latitude), clear: clear_sky_share(elevation) }
    }

    pub(super) fn at(&mut self, day: NaiveDate, [radiation]: [f64; 1]) -> f64 {
        let clear = self.clear * self.sun.extraterrestrial(day);
        within(radiation >= 0.0 && clear > 0.0, radiation / clear)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, date};
    use super::*;

    #[test]
    fn the_sky_of_a_day() {
        let mut uccle = ClearSkyIndex::new([50.8, 100.0]);
        let july = date("2023-07-06");
        for (radiation, index, why) in [
            (22.07, 0.714, "FAO-56, example 18: 22.07 / 30.90"),
            (30.90, 1.0, "a clear sky"),
            (0.0, 0.0, "no sun at all"),
        ] {
            assert_close(uccle.at(july, [radiation]), index, 1e-3, why);
        }
        assert!(uccle.at(july, [-0.1]).is_nan(), "no radiation is negative");
        assert!(ClearSkyIndex::new([80.0, 0.0]).at(date("2023-12-20"), [0.0]).is_nan(), "polar night");
    }
}
