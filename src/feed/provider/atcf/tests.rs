use super::*;
use crate::feed::decode;
use crate::feed::settings::tests::{faults, feed};

const DECK: &str = include_str!("../../../../fixtures/feeds/atcf/bwp.dat");

const SETTINGS: &str = r#"
    kind = "atcf"
    file = "bwp012026.dat"
    poll = "1 d"
    delay = "1 d"
    vintage = { final_after = "200 d" }
    atcf = {}
    columns.LAT = { variable = "storm_latitude", unit = "deg" }
    columns.LON = { variable = "storm_longitude", unit = "deg" }
    columns.VMAX = { variable = "storm_wind", unit = "kt" }
    columns.MSLP = { variable = "storm_pressure", unit = "hPa" }
"#;

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::DateTime::from_timestamp(1_782_000_000, 0);
    decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now })
}

fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let fix = |readings: &[crate::observation::Reading]| {
        let values: Vec<_> = readings.iter().map(|reading| value(reading.value)).collect();
        format!("{} {} {}", readings[0].station, readings[0].start.format("%F %R"), values.join(" "))
    };
    decoded.readings.chunks(4).map(fix).collect()
}

/// Up to three rows of an instant are one fix; minutes count; west is negative; trailing fields may be absent.
#[test]
fn rows_of_one_instant_are_one_fix() {
    let decoded = read(SETTINGS, DECK).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "WP012026 2026-01-01 18:00 8.7 179.5 25 1004",
            "WP012026 2026-01-02 00:00 9.1 -179.9 35 996",
            "WP012026 2026-01-02 03:30 9.2 -179.7 65 970",
            "WP012026 2026-01-02 06:00 9.3 -179.5 none none",
        ]
    );
    assert_eq!(decoded.refused, []);
    let without_pressure = "WP, 01, 2026010118,   , BEST,   0,  87N, 1795E,  25\n";
    assert_eq!(told(&read(SETTINGS, without_pressure).unwrap()), ["WP012026 2026-01-01 18:00 8.7 179.5 25 none"]);
}

#[test]
fn only_the_types_that_are_named_count() {
    let decoded = read(&SETTINGS.replace("atcf = {}", "atcf = { types = [\"TS\", \"TY\"] }"), DECK).unwrap();
    assert_eq!(told(&decoded).len(), 2);
}

#[test]
fn rows_of_one_instant_that_differ_are_not_used() {
    let body = DECK.replacen("65,  970, TY,  50", "70,  970, TY,  50", 1);
    let decoded = read(SETTINGS, &body).unwrap();
    assert_eq!(told(&decoded).len(), 3);
    assert_eq!(decoded.refused[0].place, "line 3");
    assert_eq!(decoded.refused[0].reason, "WP012026 has another fix of 2026-01-02 03:30 in line 4: neither is used");
}

#[test]
fn the_year_of_a_storm_is_that_of_its_season() {
    let row = |basin: &str, stamp: &str| format!("{basin}, 03, {stamp},   , BEST,   0,  87S,  950E,  25, 1004, TD\n");
    for (basin, stamps, ids) in [
        ("SH", ["2025063018", "2025070100"], ["SH032025", "SH032025"]),
        ("SH", ["2025123118", "2026010100"], ["SH032026", "SH032026"]),
        ("WP", ["2025123118", "2026010100"], ["WP032025", "WP032025"]),
        ("WP", ["2024090100", "2025090100"], ["WP032024", "WP032025"]),
    ] {
        let body = stamps.map(|stamp| row(basin, stamp)).concat();
        let decoded = read(SETTINGS, &body).unwrap();
        assert_eq!([0, 4].map(|at| decoded.readings[at].station.to_string()), ids, "{stamps:?}");
    }
}

#[test]
fn forecasts_and_wrong_rows_are_refused() {
    for (replace, by, reason) in [
        ("BEST,   0,  87N", "OFCL,  12,  87N", "`OFCL` at 12 h is a forecast, and a forecast is no reading"),
        ("BEST,   0,  87N", "BEST,  12,  87N", "`BEST` at 12 h is a forecast"),
        ("2026010118,   ,", "2026010118, 99,", "is no time"),
        ("2026010118,   ,", "2026010118,  3,", "`3` is no minute"),
        ("2026010118,", "2026013218,", "is no time"),
        ("2026010118,", "2026060118,", "the fix is after now"),
        ("  87N", "  87X", "`LAT`: `87X` is no position"),
        ("1795E", "9995E", "999.5 is no storm_longitude"),
        ("  25, 1004", " 2.x, 1004", "`VMAX`: `2.x` is not a decimal number"),
        ("WP, 01, 2026010118", "W, 01, 2026010118", "`W01` is no storm"),
    ] {
        assert!(DECK.contains(replace), "{replace}");
        let now = chrono::DateTime::from_timestamp(1_767_420_000, 0);
        let body = DECK.replacen(replace, by, 1);
        let raw = Raw { bytes: body.as_bytes(), name: "", asked: None, now };
        let decoded = decode(&feed(SETTINGS), &raw).expect(by);
        let [refused] = &decoded.refused[..] else { panic!("{by}: {:?}", decoded.refused) };
        assert!(refused.place == "line 1" && refused.reason.contains(reason), "{by}: {}", refused.reason);
    }
    let error = read(SETTINGS, &DECK.replace("BEST", "OFCL")).unwrap_err().to_string();
    assert!(error.starts_with("no line is of a best track; of the first: `OFCL` at 0 h is a forecast"), "{error}");
}

#[test]
fn settings_name_what_the_deck_has() {
    for (replace, by, message) in [
        ("VMAX =", "VMX =", "a b-deck does not send `VMX`"),
        ("\"kt\"", "\"m/s\"", "a b-deck sends `VMAX` in kt, not in m/s"),
        ("atcf = {}", "atcf = { types = [\"TX\"] }", "`TX` is no type of a storm"),
        ("{ final_after = \"200 d\" }", "\"as told\"", "the answers of atcf say nothing of what is final"),
    ] {
        let told = faults(&SETTINGS.replacen(replace, by, 1));
        assert!(told.contains(message), "{message}: {told}");
    }
}

/// The rows before a cut stand; the line that is cut does not.
#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    super::super::trial::survives(SETTINGS, "", DECK.as_bytes());
}
