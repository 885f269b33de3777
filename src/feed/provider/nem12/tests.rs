use super::*;
use crate::feed::decode;
use crate::feed::settings::tests::{faults, feed};

const METERS: &str = include_str!("../../../../fixtures/feeds/nem12/meters.csv");

const SETTINGS: &str = r#"
    kind = "nem12"
    file = "meters.csv"
    poll = "1 d"
    delay = "2 d"
    vintage = "as told"
    nem12 = { every = "30 min" }
    columns.E1 = { variable = "energy", unit = "kWh" }
"#;

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::DateTime::from_timestamp(1_782_000_000, 0);
    decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now })
}

fn row(reading: &crate::observation::Reading) -> String {
    let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
    let [start, end] = [reading.start, reading.end].map(|at| at.format("%d %R").to_string());
    format!("{} {start} {end} {value} {}", reading.station, reading.vintage.word())
}

/// The market's day is UTC+10 all year, and value k is its k-th half-hour.
#[test]
fn values_are_the_half_hours_of_a_day_ten_hours_ahead_of_utc() {
    let decoded = read(SETTINGS, METERS).unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (3 * 48, 0));
    let rows: Vec<_> = decoded.readings.iter().map(row).collect();
    assert_eq!(
        [&rows[0], &rows[1], &rows[47]],
        [
            "NMI0000001 31 14:00 31 14:30 1.25 final",
            "NMI0000001 31 14:30 31 15:00 0.5 final",
            "NMI0000001 01 13:30 01 14:00 0 final",
        ]
    );
}

#[test]
fn qualities_of_runs_say_what_is_final_and_null_is_missing() {
    let rows: Vec<_> = read(SETTINGS, METERS).unwrap().readings.iter().map(row).collect();
    assert_eq!(
        [&rows[48], &rows[67], &rows[68], &rows[71], &rows[72], &rows[95]],
        [
            "NMI0000001 01 14:00 01 14:30 2 final",
            "NMI0000001 01 23:30 02 00:00 2 final",
            "NMI0000001 02 00:00 02 00:30 none provisional",
            "NMI0000001 02 01:30 02 02:00 none provisional",
            "NMI0000001 02 02:00 02 02:30 2 provisional",
            "NMI0000001 02 13:30 02 14:00 2 provisional",
        ],
        "F to 20, N to 24, E to 48"
    );
    let last_word = read(&SETTINGS.replace("as told", "final"), METERS).unwrap();
    assert!(last_word.readings.iter().all(|reading| reading.vintage == Vintage::Final), "the settings go before");
}

#[test]
fn units_change_between_meters_and_are_converted_exactly() {
    let decoded = read(SETTINGS, METERS).unwrap();
    assert_eq!(row(&decoded.readings[96]), "NMI0000002 31 14:00 31 14:30 1.5 provisional");
    let fine = METERS.replacen("20260601,1500,", "20260601,0.0001,", 1);
    let decoded = read(SETTINGS, &fine).unwrap();
    assert_eq!(decoded.readings.len(), 143);
    assert_eq!(decoded.refused[0].place, "line 11, interval 1");
    assert_eq!(decoded.refused[0].reason, "`E1`: 0.0001 Wh has more than six decimals in kWh");
    let error = read(SETTINGS, &METERS.replacen("METER2,Wh", "METER2,kVArh", 1)).unwrap_err();
    assert_eq!(error.to_string(), "`E1` is in `kVArh`, and the settings say `kWh`");
    assert!(read(SETTINGS, &METERS.replacen("METER1,kWh", "METER1,KWH", 1)).is_ok());
}

#[test]
fn only_the_meters_that_are_listed_are_read() {
    let two = format!("{SETTINGS}\nstation.NMI0000002 = {{}}");
    assert_eq!(read(&two, METERS).unwrap().readings.len(), 48);
    assert_eq!(read(&two, &METERS.replacen("METER1,kWh,30", "METER1,kvarh,30", 1)).unwrap().readings.len(), 48);
    let none = format!("{SETTINGS}\nstation.NMI0000003 = {{}}");
    assert_eq!(read(&none, METERS).unwrap(), Decoded::default());
    let fed_in = SETTINGS.replace("E1 =", "B1 =");
    assert_eq!(read(&fed_in, METERS).unwrap_err().to_string(), "there is no column `B1`; did you mean `E1`?");
}

#[test]
fn a_file_that_is_not_whole_is_refused() {
    for (replace, by, message) in [
        ("100,NEM12", "100,NEM13", "this is no NEM12 file: it begins with 100,NEM12 (line 1)"),
        ("900\n", "", "there is no row 900: the file is cut (the end)"),
        ("900\n", "900\n900\n", "there is more behind the end of the file, 900 (line 14)"),
        ("500,O", "600,O", "`600` is no row of a NEM12 file here (line 12)"),
        ("20260601,1.25,", "20260601,", "the day has not 48 values and a quality behind them (line 3)"),
        ("20260601,1.25,", "20260601,1,1.25,", "the day has not 48 values and a quality behind them (line 3)"),
        (",A,,,20260602000000,\n300", ",X,,,20260602000000,\n300", "the day has not 48 values and a quality"),
        ("300,20260602", "300,20260631", "`20260631` is not a date YYYYMMDD (line 4)"),
        ("300,20260602", "300,20260601", "E1 of NMI0000001 has 2026-06-01 twice (line 4)"),
        ("400,21,24", "400,22,24", "22 to 24 does not follow on 20 (line 6)"),
        ("400,21,24", "400,20,24", "20 to 24 does not follow on 20 (line 6)"),
        ("400,25,48", "400,25,49", "`25` to `49` are no intervals of a day of 48 (line 7)"),
        ("400,25,48,E52,,\n", "", "the rows behind the day say the quality of 24 of 48 intervals (line 4)"),
        ("400,21,24,N", "400,21,24,V", "this is no quality of a run of intervals (line 6)"),
        (",V,,,2026", ",A,,,2026", "the day has one quality, and this is another (line 5)"),
        ("METER1,kWh,30", "METER1,kWh,7", "`7` is no length of an interval (line 2)"),
        ("METER1,kWh,30", "METER1,kWh,15", "its intervals have 15 min, and the settings say 30 min (line 2)"),
        ("200,NMI0000001,E1B1,1,E1,N1,METER1,kWh,30,20260901\n", "", "a day stands before any meter (line 2)"),
        ("200,NMI0000001,E1B1,1,E1", "200,NMI1,E1B1,1,E1", "`NMI1` with `E1` is no meter with its suffix (line 2)"),
    ] {
        assert!(METERS.contains(replace), "{replace}");
        let error = read(SETTINGS, &METERS.replacen(replace, by, 1)).expect_err(by).to_string();
        assert!(error.contains(message), "{by}: {error}");
    }
    assert!(read(SETTINGS, &METERS.replace('\n', "\r\n")).is_ok());
}

#[test]
fn a_value_that_is_no_number_or_of_the_future_is_refused_by_itself() {
    let decoded = read(SETTINGS, &METERS.replacen("1.25", "", 1)).unwrap();
    assert_eq!((decoded.readings.len(), &*decoded.refused[0].place), (143, "line 3, interval 1"));
    let decoded = read(SETTINGS, &METERS.replacen("300,20260602", "300,20260622", 1)).unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (96, 48), "all of it is after now");
    assert_eq!(decoded.refused[0].reason, "this is after now: a forecast is no reading");
}

#[test]
fn settings_name_what_the_file_has() {
    for (replace, by, message) in [
        ("E1 =", "Q1 =", "`Q1` is no suffix of metered energy"),
        ("E1 =", "energy =", "`energy` is no suffix of metered energy"),
        ("\"energy\", unit = \"kWh\"", "\"power\", unit = \"kW\"", "`E1` of NEM12 is not power"),
        ("unit = \"kWh\"", "unit = \"kWh\", counter = {}", "`E1` of NEM12 is no counter"),
        ("\"kWh\"", "\"MJ\"", "NEM12 sends `E1` in kWh or Wh or MWh, not in MJ"),
        ("30 min", "10 min", "`10 min` is no every"),
        ("{ every = \"30 min\" }", "{}", "`every` is missing"),
    ] {
        let told = faults(&SETTINGS.replacen(replace, by, 1));
        assert!(told.contains(message), "{message}: {told}");
    }
}

/// Without its end, 900, no cut file gives anything.
#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    super::super::trial::survives(SETTINGS, "", METERS.as_bytes());
    for length in 0..METERS.len() - 1 {
        assert!(read(SETTINGS, &METERS[..length]).is_err(), "{length}");
    }
}
