//! Tables on and beside each boundary, in a short notation of readings.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::observation::Vintage;

const FEED: &str = "station";

fn hour(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::hours(number)
}

fn unit(symbol: &str) -> Unit {
    Unit::from_symbol(symbol).expect(symbol)
}

/// `variable unit hour value`, an hour long; `variable unit hour+hours value` for longer; `.` is no value.
fn reading(text: &str) -> Reading {
    let words: Vec<_> = text.split_whitespace().collect();
    let [variable, symbol, place, value] = words[..] else { panic!("{text}") };
    let (first, hours) = place.split_once('+').unwrap_or((place, "1"));
    let [first, hours] = [first, hours].map(|number| number.parse::<i64>().unwrap());
    Reading {
        station: "here".into(),
        variable: Variable::from_name(variable).expect(variable),
        start: hour(first),
        end: hour(first + hours),
        value: (value != ".").then(|| Fixed::parse(value).unwrap()),
        unit: unit(symbol),
        vintage: Vintage::Final,
    }
}

fn readings(text: &str) -> Vec<Reading> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(reading).collect()
}

fn known(feed: &str, text: &str) -> Knowledge {
    let mut known = Knowledge::new();
    for (number, reading) in readings(text).into_iter().enumerate() {
        known.learn(&feed.into(), &reading, hour(-1_000), i64::try_from(number).unwrap());
    }
    known
}

fn temperature() -> ColumnRules {
    ColumnRules::of(Variable::AirTemperature, unit("degC"))
}

/// The flags, in the order of station, variable and time; `-` where a reading is taken.
fn flags(rules: &Rules, known: &Knowledge, text: &str) -> String {
    let new = readings(text);
    let judged = judge(rules, &FEED.into(), new, known, hour(10_000));
    let mut said: Vec<_> = judged.good.iter().map(|reading| (reading, "-")).collect();
    said.extend(judged.flagged.iter().map(|flagged| (&flagged.reading, flagged.flag.word())));
    said.sort_by_key(|(reading, _)| (reading.variable, reading.start));
    said.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

fn rules(columns: impl IntoIterator<Item = ColumnRules>) -> Rules {
    Rules { columns: columns.into_iter().collect(), stations: BTreeMap::new() }
}

#[test]
fn each_flag_has_its_word() {
    let words: std::collections::BTreeSet<_> = WORDS.iter().map(|(flag, word)| (*flag, *word)).collect();
    assert_eq!(words.len(), WORDS.len());
    assert!(WORDS.iter().all(|(flag, word)| flag.to_string() == *word));
}

#[test]
fn what_was_never_measured_is_refused_on_every_unit() {
    for (text, flag) in [
        ("air_temperature degC 0 -89.2", "-"),
        ("air_temperature degC 0 -89.200001", "limit"),
        ("air_temperature degC 0 56.7", "-"),
        ("air_temperature degC 0 56.700001", "limit"),
        ("air_temperature degF 0 134.06", "-"),
        ("air_temperature degF 0 134.060001", "limit"),
        ("air_temperature K 0 183.95", "-"),
        ("air_temperature K 0 20", "limit"),
        ("air_temperature degC 0 .", ""),
        ("dew_point degC 0 36.1", "limit"),
        ("precipitation mm 0 401", "-"),
        ("precipitation mm 0 401.1", "limit"),
        ("precipitation mm 0+24 1825", "-"),
        ("precipitation mm 0+24 1825.1", "limit"),
        ("precipitation mm 0+25 1825.1", "limit"),
        ("precipitation mm 0+720 9300", "-"),
        ("relative_humidity % 0 105", "-"),
        ("relative_humidity % 0 105.1", "limit"),
        ("wind_speed m/s 0 113.3", "-"),
        ("wind_gust kt 0 221", "limit"),
        ("wind_gust km/h 0 407.88", "-"),
        ("air_pressure hPa 0 299.9", "limit"),
        ("air_pressure Pa 0 101325", "-"),
        ("air_pressure hPa 0 101325", "limit"),
        ("global_radiation MJ/m2 0+24 45", "-"),
        ("global_radiation MJ/m2 0+24 45.1", "limit"),
        ("irradiance W/m2 0 2000.1", "limit"),
        ("sunshine h 0 1", "-"),
        ("sunshine h 0 1.000001", "limit"),
        ("sunshine s 0+24 86401", "limit"),
        ("snow_depth cm 0 1200.1", "limit"),
        ("sea_surface_temperature degC 0 45.1", "limit"),
        ("ndvi 1 0 -1.01", "limit"),
        ("soil_moisture % 0 100.1", "limit"),
        ("availability % 0 100", "-"),
        ("wave_height m 0 40.1", "limit"),
        ("storm_latitude deg 0 90.1", "limit"),
        ("storm_longitude deg 0 359.9", "-"),
        ("storm_wind kt 0 211", "limit"),
        ("storm_pressure hPa 0 849", "limit"),
        ("power kW 0 99999999", "-"),
    ] {
        assert_eq!(flags(&Rules::default(), &Knowledge::new(), text), flag, "{text}");
    }
}

#[test]
fn what_the_settings_say_the_place_can_have() {
    let column = ColumnRules {
        least: Some(Fixed::parse("-10").unwrap()),
        most: Some(Fixed::parse("40").unwrap()),
        ..temperature()
    };
    for (value, flag) in [("-10", "-"), ("-10.000001", "limit"), ("40", "-"), ("40.000001", "limit")] {
        let text = format!("air_temperature degC 0 {value}");
        assert_eq!(flags(&rules([column.clone()]), &Knowledge::new(), &text), flag, "{value}");
    }
}

#[test]
fn a_plant_makes_no_more_than_it_can() {
    let facts = StationFacts { nameplate: Some(Quantity::parse("2.05 MW").unwrap()), position: None };
    let rules = Rules { columns: Vec::new(), stations: BTreeMap::from([("here".into(), facts)]) };
    for (text, flag) in [
        ("power kW 0 2460", "-"),
        ("power kW 0 2460.000001", "nameplate"),
        ("power kW 0 -410", "-"),
        ("power kW 0 -410.000001", "nameplate"),
        ("power MW 0 2050", "nameplate"),
        ("energy kWh 0 2460", "-"),
        ("energy kWh 0+2 4920", "-"),
        ("energy kWh 0+2 4920.1", "nameplate"),
        ("energy MWh 0+24 59.1", "nameplate"),
        ("wind_speed m/s 0 25", "-"),
    ] {
        assert_eq!(flags(&rules, &Knowledge::new(), text), flag, "{text}");
    }
}

#[test]
fn there_is_no_sun_at_night() {
    // 2026-01-01 UTC at 30.87 N, 121.93 E: the sun sets about 09:00 UTC and rises about 22:50 UTC.
    let position = Some((Fixed::parse("30.87").unwrap(), Fixed::parse("121.93").unwrap()));
    let rules = Rules {
        columns: Vec::new(),
        stations: BTreeMap::from([("here".into(), StationFacts { nameplate: None, position })]),
    };
    for (text, flag) in [
        ("irradiance W/m2 15 10", "-"),
        ("irradiance W/m2 15 10.1", "night"),
        ("irradiance W/m2 4 500", "-"),
        ("irradiance W/m2 9 20", "-"),
        ("irradiance W/m2 22 20", "-"),
        ("global_radiation MJ/m2 15 0.036", "-"),
        ("global_radiation MJ/m2 15 0.04", "night"),
        ("global_radiation MJ/m2 0+24 9", "-"),
        ("sunshine h 15 0", "-"),
        ("sunshine s 15 1", "night"),
        ("air_temperature degC 15 20", "-"),
    ] {
        assert_eq!(flags(&rules, &Knowledge::new(), text), flag, "{text}");
    }
    assert_eq!(flags(&Rules::default(), &Knowledge::new(), "irradiance W/m2 15 500"), "-", "nobody said where");
}

#[test]
fn variables_do_not_contradict_one_another() {
    let none = Rules::default();
    for (before, text, flag, why) in [
        ("", "air_temperature_max degC 0+24 20; air_temperature_min degC 0+24 20", "- -", "equal"),
        (
            "",
            "air_temperature_max degC 0+24 20; air_temperature_min degC 0+24 20.1",
            "inconsistent inconsistent",
            "which is wrong?",
        ),
        (
            "",
            "air_temperature_max degC 0+24 20; air_temperature_min degF 0+24 68.1",
            "inconsistent inconsistent",
            "in other units",
        ),
        ("", "air_temperature_max degC 0+24 20; air_temperature_min degC 24+24 25", "- -", "another day"),
        (
            "air_temperature_max degC 0+24 20",
            "air_temperature_min degC 0+24 21",
            "inconsistent",
            "the one that is known stays",
        ),
        (
            "",
            "air_temperature_mean degC 0+24 19; air_temperature_max degC 0+24 18; air_temperature_min degC 0+24 10",
            "inconsistent - inconsistent",
            "",
        ),
        ("", "air_temperature degC 0 20; dew_point degC 0 21", "- -", "rounded to whole degrees"),
        ("", "air_temperature degC 0 20; dew_point degC 0 21.1", "inconsistent inconsistent", ""),
        ("", "air_temperature degC 0 .; dew_point degC 0 21.1", "-", "nothing contradicts nothing"),
    ] {
        assert_eq!(flags(&none, &known(FEED, before), text), flag, "{text} {why}");
    }
}

#[test]
fn a_jump_needs_the_next_value_to_confirm_it() {
    let rules = rules([ColumnRules { step: Some(Fixed::parse("8").unwrap()), ..temperature() }]);
    for (before, values, flag, why) in [
        ("10", "18", "-", "as far as may be"),
        ("10", "18.1", "step", "further, and nothing behind it"),
        ("10", "2 ", "-", "down as far as may be"),
        ("10", "1.9", "step", "down"),
        ("10", "20 21", "- -", "confirmed: a front"),
        ("10", "20 28", "- -", "confirmed by as much as may be"),
        ("10", "20 11", "spike -", "not confirmed"),
        ("10", "20 28.1 28", "spike - -", "what is refused is nothing to compare with"),
        ("10", "30 10 30 10", "spike - spike -", "a row of spikes"),
        ("10", ". 30", "-", "intervals that do not touch are not compared"),
        ("", "30 10", "- step", "the first has nothing before it"),
        ("", "30 10 11", "- - -", ""),
    ] {
        let text = |first: i64, values: &str| {
            let each = values.split_whitespace().zip(first..);
            each.map(|(value, hour)| format!("air_temperature degC {hour} {value};")).collect::<String>()
        };
        assert_eq!(flags(&rules, &known(FEED, &text(0, before)), &text(1, values)), flag, "{before} {values} {why}");
    }
}

#[test]
fn a_number_does_not_stand_still() {
    let rules = rules([
        ColumnRules { stuck_s: Some(3 * 3_600), ..temperature() },
        ColumnRules { stuck_s: Some(3 * 3_600), ..ColumnRules::of(Variable::Precipitation, unit("mm")) },
    ]);
    for (before, values, flag, why) in [
        ("7 7", "7 8", "- -", "three hours are as long as may be"),
        ("7 7 7", "7 8", "stuck -", "the fourth hour"),
        ("7 7 7", "7 7 7", "stuck stuck stuck", "and on"),
        ("7 7 7 . .", "7", "stuck", "what was refused before does not begin it anew"),
        ("7 . . . . . . . 7", "7", "-", "two values in ten hours are chance"),
        ("7 7 6 7", "7 7", "- -", "a value between ends it"),
        ("0 0 0", "0", "stuck", "zero degrees are a number"),
    ] {
        let text = |first: i64, values: &str| {
            let each = values.split_whitespace().zip(first..);
            each.map(|(value, hour)| format!("air_temperature degC {hour} {value};")).collect::<String>()
        };
        let first = i64::try_from(before.split_whitespace().count()).unwrap();
        assert_eq!(
            flags(&rules, &known(FEED, &text(0, before)), &text(first, values)),
            flag,
            "{before} | {values} {why}"
        );
    }
    let dry =
        "precipitation mm 0 0; precipitation mm 1 0; precipitation mm 2 0; precipitation mm 3 0; precipitation mm 4 0";
    assert_eq!(flags(&rules, &Knowledge::new(), dry), "- - - - -", "no rain may last");
}

#[test]
fn a_unit_that_slipped_is_seen_by_what_it_repeats() {
    let was = |variable: &str, symbol: &str, values: [&str; 6]| {
        (0..6).zip(values).map(|(hour, value)| format!("{variable} {symbol} {hour} {value};")).collect::<String>()
    };
    let wind = known(FEED, &was("wind_speed", "m/s", ["1", "2.5", "4", "3", "2", "8"]));
    let temperatures = known(FEED, &was("air_temperature", "degC", ["10", "12.5", "14", "13", "12", "-8"]));
    for (known, text, flag, why) in [
        (&wind, was("wind_speed", "m/s", ["3.6", "9", "14.4", "10.8", "7.2", "28.8"]), "scale", "km/h"),
        (&wind, was("wind_speed", "m/s", ["1.9", "4.9", "7.8", "5.8", "3.9", "15.6"]), "-", "rounded too far to tell"),
        (&wind, was("wind_speed", "m/s", ["1.94", "4.86", "7.78", "5.83", "3.89", "15.55"]), "scale", "knots"),
        (&wind, was("wind_speed", "m/s", ["10", "25", "40", "30", "20", "80"]), "scale", "tenths"),
        (&wind, was("wind_speed", "m/s", ["0.1", "0.25", "0.4", "0.3", "0.2", "0.8"]), "scale", "the other way"),
        (&wind, was("wind_speed", "m/s", ["10", "25", "40", "30", "20", "9"]), "-", "one that changed otherwise"),
        (&wind, was("wind_speed", "m/s", ["10", "25", "40", "30", "2", "8"]), "-", "four are too few"),
        (
            &temperatures,
            was("air_temperature", "degC", ["50", "54.5", "56.5", "55.4", "53.6", "17.6"]),
            "-",
            "56.5 is not 57.2",
        ),
        (
            &temperatures,
            was("air_temperature", "degC", ["50", "54.5", "57.2", "55.4", "53.6", "17.6"]),
            "scale",
            "degF",
        ),
    ] {
        let told = flags(&Rules::default(), known, &text);
        // 57.2 degC is beyond what was ever measured, and refused for that first.
        let told = told.replace("limit", "scale");
        assert!(!told.is_empty() && told.split(' ').all(|word| word == flag), "{why}: {told}");
    }
    let more = format!("{}wind_speed m/s 6 7.2;", was("wind_speed", "m/s", ["10", "25", "40", "30", "20", "80"]));
    assert_eq!(flags(&Rules::default(), &wind, &more), "scale scale scale scale scale scale scale", "new ones as well");
}

#[test]
fn neighbours_speak_where_they_have_a_value() {
    let of = |names: &[(&str, &str)]| {
        let of = names.iter().map(|(feed, station)| ((*feed).into(), (*station).into())).collect();
        rules([ColumnRules { near: Some(Near { of, within: Fixed::parse("5").unwrap() }), ..temperature() }])
    };
    let one = of(&[("other", "here")]);
    for (theirs, value, flag, why) in [
        ("air_temperature degC 0 10", "15", "-", "as far as may be"),
        ("air_temperature degC 0 10", "15.000001", "neighbour", "further"),
        ("air_temperature degF 0 50", "15", "-", "in another unit"),
        ("air_temperature degF 0 50", "15.1", "neighbour", "in another unit, further"),
        ("air_temperature degC 1 10", "40", "-", "of another hour"),
        ("", "40", "-", "no neighbour has said anything"),
    ] {
        assert_eq!(flags(&one, &known("other", theirs), &format!("air_temperature degC 0 {value}")), flag, "{why}");
    }
    let mut three = known("a", "air_temperature degC 0 10");
    three.learn(&"b".into(), &reading("air_temperature degC 0 30"), hour(-1), 1);
    three.learn(&"c".into(), &reading("air_temperature degC 0 12"), hour(-1), 2);
    let near = of(&[("a", "here"), ("b", "here"), ("c", "here")]);
    assert_eq!(flags(&near, &three, "air_temperature degC 0 17"), "-", "the median of 10, 12, 30");
    assert_eq!(flags(&near, &three, "air_temperature degC 0 17.1"), "neighbour");
}

#[test]
fn two_values_for_one_interval_are_a_conflict() {
    for (text, flag, why) in [
        ("air_temperature degC 0 20; air_temperature degC 0 20", "-", "the same twice"),
        ("air_temperature degC 0 20; air_temperature degC 0 21", "conflict", "neither is taken"),
        ("air_temperature degC 0 20; air_temperature degC 0 .", "conflict", "missing and there"),
        ("air_temperature degC 0 20; air_temperature degC 0+2 21", "- -", "of an hour and of two"),
        (
            "air_temperature degC 0 20; air_temperature degC 0 21; air_temperature degC 0 20",
            "conflict",
            "two against one",
        ),
    ] {
        assert_eq!(flags(&Rules::default(), &Knowledge::new(), text), flag, "{why}");
    }
    let mut twice = readings("air_temperature degC 0 20; air_temperature degC 0 20");
    twice[1].vintage = Vintage::Provisional;
    let judged = judge(&Rules::default(), &FEED.into(), twice, &Knowledge::new(), hour(1));
    assert_eq!(judged.good[0].vintage, Vintage::Final, "what is final stays final");
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_an_answer_does_not_matter(values in prop::collection::vec(0_i64..60, 1..24), turn in 0_usize..24) {
        let rules = rules([ColumnRules { step: Some(Fixed::parse("8").unwrap()), stuck_s: Some(7_200), ..temperature() }]);
        let text: String = values.iter().zip(0..).map(|(value, hour)| format!("air_temperature degC {hour} {value};")).collect();
        let new = readings(&text);
        let mut turned = new.clone();
        turned.rotate_left(turn % new.len());
        turned.reverse();
        let [one, two] = [new.clone(), turned].map(|answer| judge(&rules, &FEED.into(), answer, &Knowledge::new(), hour(1_000)));
        prop_assert_eq!(&one, &two);
        prop_assert_eq!(one.good.len() + one.flagged.len(), new.len());
        for reading in &one.good {
            prop_assert!(new.contains(reading), "none is changed");
        }
    }
}
