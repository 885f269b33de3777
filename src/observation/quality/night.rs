//! Sun at night.

use std::f64::consts::PI;

use super::sight::{Sight, interval};
use super::{Flag, Rules, Verdict};
use crate::observation::Reading;
use crate::quantity::{Fixed, Unit, Variable};

/// A mean over its interval that a dark pyranometer may show.
const DARK_W_M2: i64 = 10;
/// Nobody measures the sun so far below the horizon: the end of civil twilight.
const TWILIGHT_DEG: f64 = -6.0;

/// Irradiance, radiation and sunshine of an interval in which the sun stays below civil twilight, where the settings say
/// where the station is.
pub(super) fn check(rules: &Rules, _: &Sight<'_>, readings: &[Reading]) -> Vec<Verdict> {
    readings.iter().map(|reading| verdict(rules, reading)).collect()
}

fn verdict(rules: &Rules, reading: &Reading) -> Verdict {
    let value = reading.value?;
    let (start, end) = interval(reading);
    let (most, symbol) = match reading.variable {
        Variable::Irradiance => (DARK_W_M2 * 1_000_000, "W/m2"),
        // The same over the interval: a watt for a second is a millionth of a MJ.
        Variable::GlobalRadiation => (DARK_W_M2 * (end - start), "MJ/m2"),
        Variable::Sunshine => (0, "s"),
        _ => return None,
    };
    let (latitude, longitude) = rules.station(&reading.station).position?;
    let unit = Unit::from_symbol(symbol).expect("the table has it");
    let dark = reading.unit.convert(value.into(), unit).ok()? <= Fixed::from_micros(most).into();
    if dark || (start..=end).step_by(900).chain([end]).any(|at| elevation(latitude, longitude, at) > TWILIGHT_DEG) {
        return None;
    }
    let reason = format!("{value} {} while the sun is below the horizon at {latitude}, {longitude}", reading.unit);
    Some((Flag::Night, reason))
}

/// The sun's height in degrees, to about half a degree: Spencer's series (1971) for declination and equation of time.
fn elevation(latitude: Fixed, longitude: Fixed, at: i64) -> f64 {
    let [latitude, longitude] = [latitude, longitude].map(degrees);
    let (day, second) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    // 1972 began on day 730; the series does not notice leap years.
    let turn = 2.0 * PI * ((small(day - 730) + small(second) / 86_400.0) % 365.242_2) / 365.242_2;
    let [(s1, c1), (s2, c2), (s3, c3)] =
        [1.0, 2.0, 3.0].map(|times| (libm::sin(times * turn), libm::cos(times * turn)));
    let declination =
        0.006_918 - 0.399_912 * c1 + 0.070_257 * s1 - 0.006_758 * c2 + 0.000_907 * s2 - 0.002_697 * c3 + 0.001_48 * s3;
    let equation_min = 229.18 * (0.000_075 + 0.001_868 * c1 - 0.032_077 * s1 - 0.014_615 * c2 - 0.040_849 * s2);
    let solar_min = small(second) / 60.0 + equation_min + 4.0 * longitude;
    let hour_angle = (solar_min / 4.0 - 180.0) * PI / 180.0;
    let latitude = latitude * PI / 180.0;
    let sine = libm::sin(latitude) * libm::sin(declination)
        + libm::cos(latitude) * libm::cos(declination) * libm::cos(hour_angle);
    libm::asin(sine.clamp(-1.0, 1.0)) * 180.0 / PI
}

#[expect(clippy::cast_precision_loss, reason = "degrees have nine digits at most")]
fn degrees(value: Fixed) -> f64 {
    value.micros() as f64 / 1e6
}

fn small(number: i64) -> f64 {
    f64::from(i32::try_from(number).expect("days since 1970 and seconds of a day are few"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sun_stands_where_almanacs_have_it() {
        let at = |text: &str| chrono::NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc().timestamp();
        let fixed = |text: &str| Fixed::parse(text).unwrap();
        // Noon and midnight of solstices and equinoxes, from 90 degrees less latitude, plus or minus 23.44.
        for (latitude, longitude, time, degrees) in [
            ("0", "0", "2026-03-20 12:07", 90.0),
            ("51.48", "0", "2026-06-21 12:02", 61.96),
            ("51.48", "0", "2026-06-21 00:02", -15.08),
            ("51.48", "0", "2026-12-21 11:58", 15.08),
            ("30.87", "121.93", "2026-06-21 03:54", 82.57),
            ("-22", "-48", "2026-12-21 15:10", 88.56),
            ("40", "-105", "2003-10-17 19:30", 39.9),
        ] {
            let got = elevation(fixed(latitude), fixed(longitude), at(time));
            assert!((got - degrees).abs() < 0.6, "{latitude}, {longitude} at {time}: {got}, not {degrees}");
        }
    }
}
