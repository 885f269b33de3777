//! Reference evapotranspiration, FAO-56.

use chrono::NaiveDate;

use super::sun::{Sun, clear_sky_share};
use super::vapour_pressure::saturation;
use super::within;

/// Reference evapotranspiration of a day by FAO-56 Penman-Monteith:
/// `(0.408 D (Rn - G) + g 900 / (T + 273) u2 (es - ea)) / (D + g (1 + 0.34 u2))`, never below 0.
///
/// - parameters: latitude in degrees; elevation in m, from which the air pressure follows; height of the wind
///   measurement in m, above 0.094, from which the wind is brought to 2 m by the logarithmic profile.
/// - temperature_min, temperature_max: degC; `T` is their mean, `es` the mean of the saturation at either.
/// - humidity: mean of the day, %, not below 0: `ea = humidity / 100 × es`.
/// - radiation: global radiation of the day, MJ/m2, not below 0; albedo 0.23, `G` = 0.
/// - wind: mean of the day, m/s, not below 0.
///
/// Returns mm. The cloudiness factor is that of global over clear-sky radiation, the ratio held between 0.3 and 1 and
/// the factor between 0.05 and 1; where the sun does not rise the clear-sky radiation counts as 0.001 MJ/m2.
///
/// # Source
/// Allen et al. (1998), FAO Irrigation and Drainage Paper 56, eq. 6 to 13, 17, 20, 37 to 40, 47; pyet 1.5.0,
/// `pm_fao56`.
pub(super) struct PenmanMonteith {
    sun: Sun,
    clear: f64,
    /// kPa/K
    psychrometric: f64,
    /// Wind at 2 m over wind as measured.
    profile: f64,
}

impl PenmanMonteith {
    pub(super) fn new([latitude, elevation, wind_height]: [f64; 3]) -> Self {
        let pressure = 101.3 * libm::pow((293.0 - 0.0065 * elevation) / 293.0, 5.26);
        let profile = 4.87 / libm::log(67.8 * wind_height - 5.42);
        Self {
            sun: Sun::new(latitude),
            clear: clear_sky_share(elevation),
            psychrometric: 0.000_665 * pressure,
            profile: within(profile > 0.0, profile),
        }
    }

    pub(super) fn at(&mut self, day: NaiveDate, [coldest, warmest, humidity, radiation, wind]: [f64; 5]) -> f64 {
        if humidity < 0.0 || radiation < 0.0 || wind < 0.0 || coldest <= -237.3 || warmest <= -237.3 {
            return f64::NAN;
        }
        let mean = (coldest + warmest) / 2.0;
        let wind = wind * self.profile;
        let saturated = (saturation(coldest) + saturation(warmest)) / 2.0;
        let vapour = humidity / 100.0 * saturated;
        let slope = 4_098.0 * saturation(mean) / ((mean + 237.3) * (mean + 237.3));
        let clear = self.clear * self.sun.extraterrestrial(day);
        let net = (1.0 - 0.23) * radiation - long_wave(coldest, warmest, vapour, radiation, clear);
        let loss = slope + self.psychrometric * (1.0 + 0.34 * wind);
        let from_radiation = 0.408 * slope * net / loss;
        let from_wind = self.psychrometric * (saturated - vapour) * 900.0 * wind / (mean + 273.0) / loss;
        let sum = from_radiation + from_wind;
        if sum < 0.0 { 0.0 } else { sum }
    }
}

/// Net long-wave radiation of a day, MJ/m2.
fn long_wave(coldest: f64, warmest: f64, vapour: f64, radiation: f64, clear: f64) -> f64 {
    let ratio = (radiation / if clear == 0.0 { 0.001 } else { clear }).clamp(0.3, 1.0);
    let cloudiness = (1.35 * ratio - 0.35).clamp(0.05, 1.0);
    let black_body = 4.903e-9 * (fourth(warmest + 273.16) + fourth(coldest + 273.16)) / 2.0;
    black_body * (0.34 - 0.14 * libm::sqrt(vapour)) * cloudiness
}

fn fourth(kelvin: f64) -> f64 {
    let square = kelvin * kelvin;
    square * square
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, date};
    use super::*;

    /// pyet 1.5.0, days of case p20: De Bilt, wind at 10 m.
    #[test]
    fn days_of_a_grass_field() {
        let mut field = PenmanMonteith::new([52.1, 1.9, 10.0]);
        for (day, weather, mm) in [
            ("2018-01-03", [5.4, 11.2, 73.0, 0.76, 8.8], 1.481_325_294),
            ("2018-01-12", [4.1, 5.9, 94.0, 1.03, 1.5], 0.155_789_668_6),
            ("2018-07-01", [15.6, 26.5, 36.0, 30.56, 5.8], 7.842_369_905),
            ("2018-07-09", [11.5, 22.7, 76.0, 13.15, 2.9], 2.773_118_375),
            ("2018-07-27", [22.4, 35.4, 34.0, 25.69, 4.0], 8.091_157_166),
        ] {
            assert_close(field.at(date(day), weather), mm, 1e-8, day);
        }
    }

    #[test]
    fn worked_example_and_edges() {
        let mut uccle = PenmanMonteith::new([50.8, 100.0, 10.0]);
        let july = date("2023-07-06");
        // Its vapour pressure of 1.409 kPa is 70.556 % of the mean saturation.
        assert_close(uccle.at(july, [12.3, 21.5, 70.556, 22.07, 2.778]), 3.88, 2e-3, "FAO-56, example 18: 3.9 mm");
        assert_close(uccle.at(july, [-20.0, -19.0, 130.0, 0.0, 8.0]), 0.0, 0.0, "frost falls: never below 0");
        assert!(uccle.at(july, [12.3, 21.5, 0.0, 22.07, 2.778]) > 3.88, "no humidity is a humidity");
        for (weather, why) in [
            ([12.3, 21.5, -0.1, 22.07, 2.8], "no humidity is negative"),
            ([12.3, 21.5, 70.0, -0.1, 2.8], "nor a radiation"),
            ([12.3, 21.5, 70.0, 22.07, -0.1], "nor a wind"),
            ([-237.3, 21.5, 70.0, 22.07, 2.8], "below the pole of the saturation"),
        ] {
            assert!(uccle.at(july, weather).is_nan(), "{why}");
        }
        let night = PenmanMonteith::new([80.0, 10.0, 10.0]).at(date("2023-12-20"), [-30.0, -20.0, 80.0, 0.0, 5.0]);
        assert!((0.0..0.5).contains(&night), "polar night: {night} mm");
        let low = PenmanMonteith::new([50.8, 100.0, 0.09]).at(july, [12.3, 21.5, 70.0, 22.0, 2.8]);
        assert!(low.is_nan(), "the profile has no wind so near to the ground");
    }
}
