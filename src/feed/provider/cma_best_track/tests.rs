use super::*;
use crate::feed::decode;
use crate::feed::settings::tests::{faults, feed};

const TWO: &str = include_str!("../../../../fixtures/feeds/cma-best-track/two.txt");

const SETTINGS: &str = r#"
    kind = "cma-best-track"
    file = "CH2026BST.txt"
    poll = "1 d"
    delay = "300 d"
    vintage = "as told"
    cma_best_track = { second_centres = "use" }
    columns.LAT = { variable = "storm_latitude", unit = "deg" }
    columns.LONG = { variable = "storm_longitude", unit = "deg" }
    columns.WND = { variable = "storm_wind", unit = "m/s" }
    columns.PRES = { variable = "storm_pressure", unit = "hPa" }
"#;

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::DateTime::from_timestamp(1_782_000_000, 0);
    decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now })
}

fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let fix = |readings: &[crate::observation::Reading]| {
        let values: Vec<_> = readings.iter().map(|reading| value(reading.value)).collect();
        let (first, at) = (&readings[0], readings[0].start.format("%F %R"));
        format!("{} {at} {} {}", first.station, first.vintage.word(), values.join(" "))
    };
    decoded.readings.chunks(4).map(fix).collect()
}

/// Tenths of degrees, 9 as it stands, 0 is none; a numbered storm that begins in December is one of its own year.
#[test]
fn storms_are_named_by_year_and_serial_and_a_second_centre_stands_by_itself() {
    let decoded = read(SETTINGS, TWO).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "2025-0001 2025-12-29 18:00 final 8.7 135.3 15 1000",
            "2025-0001 2025-12-30 00:00 final 8.6 134.5 9 1002",
            "2026-0002 2025-12-31 18:00 final 10.5 141.2 20 995",
            "2026-0002(-1)1 2026-01-01 00:00 final 10.1 139.9 none 1001",
        ]
    );
    assert_eq!(decoded.refused, []);
    let first = SETTINGS.replace("\"use\"", "\"pass over\"");
    assert_eq!(told(&read(&first, TWO).unwrap()).len(), 3);
    let listed = format!("{SETTINGS}\nstation.2026-0002 = {{}}");
    assert_eq!(told(&read(&listed, TWO).unwrap()).len(), 1, "others are passed over");
}

#[test]
fn a_file_that_is_not_whole_is_refused() {
    for (replace, by, message) in [
        (
            "66666 0000    2 0001",
            "66666 0000    3 0001",
            "2 of the 3 rows that this header announces are there: the file is cut (line 1)",
        ),
        ("66666 0000    2 0001", "66666 0000    1 0001", "the storm has more than 1 rows (line 3)"),
        ("(-1)1 ", "      ", "the storm 2026-0002 is there twice (line 7)"),
        ("15\n2025123000", "\n2025123000", "the row has 5 fields, not 6 or 7 (line 2)"),
        ("2025122918 1", "2025122918 7", "`7` is no grade of a storm (line 2)"),
        ("2025122918", "2025132918", "`2025132918` is not a time YYYYMMDDHH (line 2)"),
        ("  87 1353", " 8.7 1353", "`8.7` is no number of tenths (line 2)"),
        ("  87 1353", " 987 1353", "98.7 is no storm_latitude (line 2)"),
        ("66666 0000    2", "66667 0000    2", "this is no header of a CMA best track: it begins with 66666 (line 1)"),
        ("0001 0000 0 6", "001 0000 0 6", "are not of four digits"),
        ("(nameless)                         20260301", "(nameless)", "does not end in the date on which it was made"),
        ("2026010100 1 101 1399 1001       0\n", "2026010100 1 101 1399 1001       0", "it has no end"),
    ] {
        assert!(TWO.contains(replace), "{replace}");
        let error = read(SETTINGS, &TWO.replacen(replace, by, 1)).expect_err(by).to_string();
        assert!(error.contains(message), "{by}: {error}");
    }
    assert_eq!(read(SETTINGS, ""), Err(DecodeError::Empty));
}

#[test]
fn settings_name_what_the_file_has() {
    for (replace, by, message) in [
        ("LONG =", "LON =", "a CMA best track does not send `LON`"),
        ("\"m/s\"", "\"kt\"", "a CMA best track sends `WND` in m/s, not in kt"),
        ("= { second_centres = \"use\" }", "= {}", "`second_centres` is missing in the CMA form"),
    ] {
        let told = faults(&SETTINGS.replacen(replace, by, 1));
        assert!(told.contains(message), "{message}: {told}");
    }
}

/// Whole storms before the cut are none either: the file is taken whole or not at all. A cut between two storms is
/// not seen.
#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    super::super::trial::survives(SETTINGS, "", TWO.as_bytes());
}
