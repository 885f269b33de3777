use super::*;
use crate::feed::decode;
use crate::feed::settings::tests::{faults, feed};

const STATUS: &str = include_str!("../../../../fixtures/feeds/greenbyte-status/status.csv");

const SETTINGS: &str = r#"
    kind = "greenbyte-status"
    file = "status.csv"
    poll = "1 d"
    delay = "1 d"
    vintage = { final_after = "30 d" }
    greenbyte_status = { turbine = "Two 07", station = "two-07", every = "10 min" }
    columns.Stop = { variable = "availability", unit = "%" }
"#;

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::DateTime::from_timestamp(1_782_000_000, 0);
    decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now })
}

fn told(decoded: &Decoded) -> Vec<String> {
    let row = |reading: &crate::observation::Reading| {
        format!("{} {} {}", reading.start.format("%R"), reading.end.format("%R"), reading.value.unwrap())
    };
    decoded.readings.iter().map(row).collect()
}

/// From 10:04 on something is known, so from 10:10; the last event begins at 11:12. Stops overlap and are there twice.
#[test]
fn availability_is_what_lies_outside_of_all_stops_together() {
    let decoded = read(SETTINGS, STATUS).unwrap();
    let rows =
        ["10:10 10:20 75", "10:20 10:30 100", "10:30 10:40 100", "10:40 10:50 50", "10:50 11:00 50", "11:00 11:10 0"];
    assert_eq!(told(&decoded), rows);
    assert!(decoded.readings.iter().all(|reading| &*reading.station == "two-07"));
    assert_eq!(decoded.refused, []);
    let hours = STATUS.replace("11:12:00", "12:00:00");
    let hour = read(&SETTINGS.replace("10 min", "1 h"), &hours).unwrap();
    assert_eq!(told(&hour), ["11:00 12:00 0"]);
    let third = read(SETTINGS, &STATUS.replace("10:45:00,00:05:00", "10:43:20,00:03:20")).unwrap();
    assert_eq!(told(&third)[3], "10:40 10:50 66.666667", "rounded once");
    let fraction = read(&SETTINGS.replace("\"%\"", "\"1\""), STATUS).unwrap();
    assert_eq!(told(&fraction)[0], "10:10 10:20 0.75");
}

#[test]
fn stops_of_categories_that_the_contract_passes_over_do_not_count() {
    let grid = SETTINGS.replace("\"10 min\" }", "\"10 min\", passed_over = [\"Out of Electrical Specification\"] }");
    assert_eq!(told(&read(&grid, STATUS).unwrap())[4..], ["10:50 11:00 100", "11:00 11:10 100"]);
}

#[test]
fn a_log_that_cannot_be_read_whole_is_refused() {
    for (replace, by, message) in [
        ("Turbine: Two 07", "Turbine: Two 08", "`Turbine: Two 08` is not `Two 07` (the preamble)"),
        ("Time zone: UTC", "Time zone: Europe/London", "`Time zone: Europe/London` is not `UTC` (the preamble)"),
        ("# Time zone: UTC\n", "", "nothing says `Time zone:` (the preamble)"),
        ("Timestamp end", "Timestamp End", "there is no column `Timestamp end`; did you mean `Timestamp End`?"),
        (
            ",Warning,",
            ",Communication,",
            "`Communication` is no status that is known: Stop, Warning, Informational (line 11)",
        ),
        ("25:40:00", "25:40:01", "the event lasts 92400 s, and its duration is 25:40:01 (line 11)"),
        ("2026-06-01 10:20:00,2026", "2026-06-01 10:02:00,2026", "the event lasts 93480 s"),
        (
            "10:40:00,2026-06-01 10:45:00",
            "10:10:00,2026-06-01 10:15:00",
            "the event begins before the one above it (line 12)",
        ),
        ("10:40:00,2026-06-01 10:45:00", "10:40:00,2026-06-01 10:35:00", "the event ends before it begins (line 12)"),
        ("Light,", "Light,,", "the line has 10 columns, the header 9 (line 11)"),
        ("2026-06-01 10:04:00", "+262142-12-31 23:59:59", "is not a time of the form"),
        ("2026-06-01 10:04:00", "2026-06-01T10:04:00", "is not a time of the form"),
        ("2026-06-01 10:04:00,2026-06-01 10:12:30,00:08:30", "2006-06-01 10:04:00,,", "that is more than 3700 days"),
    ] {
        assert!(STATUS.contains(replace), "{replace}");
        let error = read(SETTINGS, &STATUS.replacen(replace, by, 1)).expect_err(by).to_string();
        assert!(error.contains(message), "{by}: {error}");
    }
}

#[test]
fn what_begins_later_is_not_known() {
    let cut = read(SETTINGS, STATUS.trim_end()).unwrap();
    assert_eq!(told(&cut).len(), 4, "up to the event of 10:55");
    assert_eq!((&*cut.refused[0].place, cut.refused.len()), ("line 14", 1));
    let future = read(SETTINGS, &STATUS.replace("2026-06-01 11:12:00", "2026-08-01 11:12:00")).unwrap();
    assert_eq!((told(&future).len(), &*future.refused[0].reason), (4, "the event begins after now"));
    let head: String = STATUS.split_inclusive('\n').take(6).collect();
    assert_eq!(read(SETTINGS, &head).unwrap(), Decoded::default());
}

#[test]
fn settings_name_the_turbine_and_its_station() {
    for (replace, by, message) in [
        ("turbine = \"Two 07\", ", "", "`turbine` is missing in the status log"),
        ("10 min", "7 min", "`7 min` is no every"),
        ("columns.Stop", "columns.Stops", "a status log does not send `Stops`"),
        ("\"%\"", "\"mm\"", "availability is not measured in mm"),
        ("vintage =", "station.other = {}\nvintage =", "the station is `two-07`, but `other` is listed"),
    ] {
        let told = faults(&SETTINGS.replacen(replace, by, 1));
        assert!(told.contains(message), "{message}: {told}");
    }
}

/// A cut log is read up to the event before the cut: what is known of earlier slots does not change.
#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    super::super::trial::survives(SETTINGS, "", STATUS.as_bytes());
}
