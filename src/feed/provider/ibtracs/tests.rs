use super::*;
use crate::feed::decode;
use crate::feed::settings::tests::{faults, feed};

const V4: &str = include_str!("../../../../fixtures/feeds/ibtracs/v4.csv");
const V3: &str = include_str!("../../../../fixtures/feeds/ibtracs/v3.csv");

const SETTINGS: &str = r#"
    kind = "ibtracs"
    file = "ibtracs.csv"
    poll = "1 d"
    delay = "7 d"
    vintage = "as told"
    ibtracs = { version = "v4", spurs = "pass over", interpolated = "use" }
    columns.LAT = { variable = "storm_latitude", unit = "deg" }
    columns.LON = { variable = "storm_longitude", unit = "deg" }
    columns.CMA_WIND = { variable = "storm_wind", unit = "kt" }
    columns.CMA_PRES = { variable = "storm_pressure", unit = "hPa" }
"#;

fn v3() -> String {
    let old = SETTINGS.replace("\"v4\"", "\"v3\"").replace("CMA_", "cma_");
    let old = old.replace("cma_WIND", "cma_wind").replace("cma_PRES", "cma_pres");
    old.replace("LAT =", "Latitude =").replace("LON =", "Longitude =")
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::DateTime::from_timestamp(1_782_000_000, 0);
    decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now })
}

/// Storm, instant and vintage of each fix with its four values.
fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let fix = |readings: &[crate::observation::Reading]| {
        assert!(readings.iter().all(|reading| reading.start == reading.end && reading.end == readings[0].end));
        let values: Vec<_> = readings.iter().map(|reading| value(reading.value)).collect();
        let (first, at) = (&readings[0], readings[0].start.format("%F %R"));
        format!("{} {at} {} {}", first.station, first.vintage.word(), values.join(" "))
    };
    decoded.readings.chunks(4).map(fix).collect()
}

#[test]
fn a_blank_is_missing_main_is_final_and_longitudes_lie_on_one_branch() {
    let decoded = read(SETTINGS, V4).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "2025200N10150 2025-07-19 00:00 final 10.5 -173.8 40 998",
            "2025200N10150 2025-07-19 03:00 final 10.8 -174.1 42 997",
            "2025200N10150 2025-07-19 06:00 final 11 -174.5 none none",
            "2026150N09140 2026-05-30 12:00 provisional 9 140.5 25 1004",
        ]
    );
    assert_eq!(decoded.refused, []);
    assert_eq!(
        told(&read(&SETTINGS.replace("as told", "provisional"), V4).unwrap())[0].split(' ').nth(3),
        Some("provisional")
    );
}

#[test]
fn a_spur_is_a_track_of_its_own_or_passed_over() {
    let decoded = read(&SETTINGS.replace("spurs = \"pass over\"", "spurs = \"use\""), V4).unwrap();
    assert_eq!(told(&decoded)[3], "2025200N10150-spur 2025-07-19 06:00 provisional 12 -176 30 1001");
    assert_eq!(decoded.readings.len(), 5 * 4);
}

#[test]
fn fixes_that_the_archive_interpolated_can_be_passed_over() {
    let original = SETTINGS.replace("interpolated = \"use\"", "interpolated = \"pass over\"");
    let decoded = read(&original, V4).unwrap();
    let times: Vec<_> = told(&decoded).iter().map(|fix| fix[14..30].to_owned()).collect();
    assert_eq!(times, ["2025-07-19 00:00", "2025-07-19 06:00", "2026-05-30 12:00"]);
    let decoded = read(&original, &V4.replace("_PP___________", "_PQ___________")).unwrap();
    assert_eq!(decoded.refused[0].reason, "IFLAG holds `Q`, which nobody knows");
    let decoded = read(&original, &V4.replace("_PP___________", "_P")).unwrap();
    assert_eq!(decoded.refused[0].reason, "IFLAG is too short");
    let decoded = read(&original, &V4.replace("_PP___________", "_PV___________")).unwrap();
    assert_eq!(decoded.readings.len(), 16, "V: position and intensity are the agency's");
}

#[test]
fn version_three_has_a_title_and_minus_999() {
    let decoded = read(&v3(), V3).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "1998200N10150 1998-07-19 00:00 final 10.5 150.2 none none",
            "1998200N10150 1998-07-19 06:00 final none none 30 1000"
        ]
    );
    let wmo = v3().replace("cma_wind", "\"Wind(WMO)\"").replace("cma_pres", "\"Pres(WMO)\"");
    assert_eq!(told(&read(&wmo, V3).unwrap())[0], "1998200N10150 1998-07-19 00:00 final 10.5 150.2 35 none");
    assert_eq!(read(&v3(), V4).unwrap_err().to_string(), "this is no title of IBTrACS version 3 (line 1)");
}

#[test]
fn another_unit_a_missing_or_double_column_refuse_the_file_and_a_wrong_row_itself() {
    let mixed = V4.replacen("kts,mb\n", "m/s,mb\n", 1);
    assert_eq!(read(SETTINGS, &mixed).unwrap_err().to_string(), "`CMA_WIND` is in `m/s`, and the settings say `kt`");
    let error = read(SETTINGS, &V4.replacen("CMA_PRES", "CMA_PRESS", 1)).unwrap_err();
    assert_eq!(error.to_string(), "there is no column `CMA_PRES`; did you mean `CMA_PRESS`?");
    let error = read(SETTINGS, &V4.replacen("WMO_WIND", "CMA_WIND", 1)).unwrap_err();
    assert_eq!(error.to_string(), "the column `CMA_WIND` is there twice");
    for (replace, by, reason) in [
        ("10.8,", "10.8,1,", "the line has 17 columns, the header 16"),
        ("10.8", "98", "`LAT`: 98 is no storm_latitude"),
        ("42,", "4 2,", "`CMA_WIND`: `4 2` is not a decimal number"),
        ("03:00:00", "03:00", "is not a time of the form"),
        (
            "WP,ONE,2025-07-19 03:00:00,TS,10.8",
            "WP,ONE,2025-07-19 00:00:00,TS,10.8",
            "has another fix of 2025-07-19 00:00 in line 4",
        ),
    ] {
        let decoded = read(SETTINGS, &V4.replacen(replace, by, 1)).expect(by);
        let [refused] = &decoded.refused[..] else { panic!("{by}: {:?}", decoded.refused) };
        assert!(refused.reason.contains(reason), "{by}: {}", refused.reason);
    }
    let future = read(SETTINGS, &V4.replace("2026-05-30", "2027-05-30")).unwrap();
    assert_eq!(future.refused[0].reason, "the fix is after now: a forecast is no reading");
    assert_eq!(future.refused[0].place, "line 7");
}

#[test]
fn settings_name_what_the_archive_has() {
    for (replace, by, message) in [
        ("CMA_WIND =", "CAM_WIND =", "IBTrACS does not send `CAM_WIND`"),
        ("\"kt\"", "\"m/s\"", "IBTrACS sends `CMA_WIND` in kt, not in m/s"),
        ("\"storm_wind\"", "\"wind_speed\"", "`CMA_WIND` of IBTrACS is not wind_speed"),
        ("\"v4\"", "\"v04r01\"", "`v04r01` is no version"),
        ("spurs = \"pass over\", ", "", "`spurs` is missing"),
        ("interpolated = \"use\"", "interpolated = \"refuse\"", "`refuse` is no interpolated"),
        (
            "\"v4\", spurs = \"pass over\", interpolated = \"use\"",
            "\"v3\", spurs = \"use\", interpolated = \"pass over\"",
            "nothing says which fixes",
        ),
        ("vintage", "key = { file = \"k\" }\nvintage", "ibtracs asks for no key"),
    ] {
        assert!(SETTINGS.contains(replace), "{replace}");
        let told = faults(&SETTINGS.replacen(replace, by, 1));
        assert!(told.contains(message), "{message}: {told}");
    }
    let wmo = SETTINGS.replace("CMA_WIND", "WMO_WIND").replace("CMA_PRES", "WMO_PRES");
    feed(&wmo);
    assert!(
        faults(&wmo.replace("interpolated = \"use\"", "interpolated = \"pass over\"")).contains("nothing says which")
    );
}

#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    super::super::trial::survives(SETTINGS, "", V4.as_bytes());
    super::super::trial::survives(&v3(), "", V3.as_bytes());
}
