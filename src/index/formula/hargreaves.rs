//! Reference evapotranspiration after Hargreaves and Samani.

use chrono::NaiveDate;

use super::sun::Sun;
use super::within;

/// `0.0023 × (T + 17.8) × sqrt(temperature_max - temperature_min) × Ra / lambda`, never below 0.
///
/// - parameter: latitude in degrees, from which the extraterrestrial radiation `Ra` follows.
/// - temperature_min, temperature_max: degC; `T` is their mean, `lambda = 2.501 - 0.002361 T` MJ/kg the latent heat.
///   No value where the lowest lies above the highest.
///
/// Returns mm.
///
/// # Source
/// Hargreaves and Samani (1985), Applied Engineering in Agriculture 1:96-99; pyet 1.5.0, `hargreaves(method=0)`.
pub(super) struct Hargreaves {
    sun: Sun,
}

impl Hargreaves {
    pub(super) fn new([latitude]: [f64; 1]) -> Self {
        Self { sun: Sun::new(latitude) }
    }

    pub(super) fn at(&mut self, day: NaiveDate, [coldest, warmest]: [f64; 2]) -> f64 {
        let mean = (coldest + warmest) / 2.0;
        let latent = 2.501 - 0.002_361 * mean;
        let radiation = self.sun.extraterrestrial(day);
        let sum = 0.0023 * (mean + 17.8) * libm::sqrt(warmest - coldest) * radiation / latent;
        within(warmest >= coldest, if sum < 0.0 { 0.0 } else { sum })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, date};
    use super::*;

    /// pyet 1.5.0, days of case p20: De Bilt.
    #[test]
    fn days_of_a_grass_field() {
        let mut field = Hargreaves::new([52.1]);
        for (day, air, mm) in [
            ("2018-07-01", [15.6, 26.5], 4.978_556_192),
            ("2018-07-09", [11.5, 22.7], 4.445_255_639),
            ("2018-07-27", [22.4, 35.4], 6.059_531_391),
        ] {
            assert_close(field.at(date(day), air), mm, 1e-8, day);
        }
        let day = date("2018-07-01");
        assert_close(field.at(day, [20.0, 20.0]), 0.0, 0.0, "no range of temperature, no evaporation");
        assert!(field.at(day, [20.000_001, 20.0]).is_nan(), "the lowest above the highest");
        assert_close(field.at(day, [-20.0, -17.0]), 0.0, 0.0, "below -17.8 degC: never below 0");
    }
}
