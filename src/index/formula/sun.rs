//! The sun above a place.

use std::f64::consts::PI;

use chrono::{Datelike, NaiveDate};

/// Radiation that reaches the top of the atmosphere over a place, by day of the year.
///
/// # Source
/// Allen et al. (1998), FAO Irrigation and Drainage Paper 56, eq. 21 and 23 to 25, with the solar constant
/// 0.0820 MJ/(m2 min).
pub(super) struct Sun {
    latitude: f64,
    /// By day of the year, computed when first asked for: several years of a series share it.
    days: [Option<f64>; 367],
}

impl Sun {
    /// - `latitude`: degrees, northern ones above 0.
    pub(super) fn new(latitude: f64) -> Self {
        Self { latitude: latitude * (PI / 180.0), days: [None; 367] }
    }

    /// MJ/m2 of a day; 0 where the sun does not rise.
    pub(super) fn extraterrestrial(&mut self, day: NaiveDate) -> f64 {
        let day = day.ordinal();
        let latitude = self.latitude;
        let slot = &mut self.days[usize::try_from(day).expect("at most 366")];
        *slot.get_or_insert_with(|| extraterrestrial(latitude, f64::from(day)))
    }
}

fn extraterrestrial(latitude: f64, day: f64) -> f64 {
    let distance = 1.0 + 0.033 * libm::cos(2.0 * PI / 365.0 * day);
    let declination = 0.409 * libm::sin(2.0 * PI / 365.0 * day - 1.39);
    // Beyond ±1 the sun does not set, or not rise.
    let sunset = libm::acos((-libm::tan(latitude) * libm::tan(declination)).clamp(-1.0, 1.0));
    let along = libm::sin(declination) * libm::sin(latitude);
    let across = libm::cos(declination) * libm::cos(latitude);
    118.08 / PI * distance * (sunset * along + across * libm::sin(sunset))
}

/// The share of the extraterrestrial radiation that reaches the ground under a clear sky, at an elevation in m.
///
/// # Source
/// Allen et al. (1998), FAO Irrigation and Drainage Paper 56, eq. 37.
pub(super) fn clear_sky_share(elevation: f64) -> f64 {
    0.75 + 2e-5 * elevation
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, date};
    use super::*;

    #[test]
    fn radiation_of_days_and_latitudes() {
        for (latitude, day, radiation, why) in [
            (-20.0, "2023-09-03", 32.2, "FAO-56, example 8"),
            (50.8, "2023-07-06", 41.09, "FAO-56, example 18"),
            (0.0, "2023-01-15", 36.2, "FAO-56, annex 2, table 2.6"),
            (70.0, "2023-12-15", 0.0, "polar night"),
            (70.0, "2023-06-15", 42.5, "midnight sun: FAO-56, annex 2, table 2.6"),
        ] {
            assert_close(Sun::new(latitude).extraterrestrial(date(day)), radiation, 5e-3, why);
        }
    }

    #[test]
    fn a_day_of_the_year_is_computed_once() {
        let mut sun = Sun::new(52.1);
        let first = sun.extraterrestrial(date("2019-03-01"));
        assert_eq!(sun.extraterrestrial(date("2023-03-01")), first, "the same day of another year");
        assert_ne!(sun.extraterrestrial(date("2020-03-01")), first, "in a leap year it is the 61st");
        assert!(sun.extraterrestrial(date("2020-12-31")) > 0.0, "the 366th");
    }
}
