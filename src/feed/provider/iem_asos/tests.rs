use super::super::trial::{at, survives, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::settings::tests::{feed, read as read_settings};

const PUDONG: &str = include_str!("../../../../fixtures/feeds/iem-asos/zspd.tsv");
const SEATTLE: &str = include_str!("../../../../fixtures/feeds/iem-asos/sea.csv");
const URL: &str = "https://mesonet.agron.iastate.edu/cgi-bin/request/asos.py";
const SETTINGS: &str = r#"
    kind = "iem-asos"
    url = "https://mesonet.agron.iastate.edu/cgi-bin/request/asos.py"
    poll = "1 h"
    delay = "1 h"
    vintage = { final_after = "30 d" }
    iem_asos = { reports = "routine and special" }
    columns.tmpf = { variable = "air_temperature", unit = "degF" }
    columns.sknt = { variable = "wind_speed", unit = "kt" }
    columns.gust = { variable = "wind_gust", unit = "kt" }
    station.ZSPD = {}
"#;

fn file() -> String {
    SETTINGS.replace(&format!("url = \"{URL}\""), "file = \"f\"")
}

/// A feed of rain alone.
fn rain() -> String {
    let lines = file().lines().filter(|line| !line.contains("columns.")).collect::<Vec<_>>().join("\n");
    let lines = lines.replace("routine and special", "routine").replace("ZSPD", "SEA");
    lines.replace("station.", "columns.p01i = { variable = \"precipitation\", unit = \"inch\" }\n    station.")
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let raw = Raw { bytes: body.as_bytes(), name: "asos.py", asked: None, now: Some(at("2026-06-02 00:00")) };
    crate::feed::decode(&feed(settings), &raw)
}

fn told(decoded: &Decoded) -> Vec<String> {
    let of = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
        format!("{} {} to {} {value}", reading.variable, reading.start.format("%R"), reading.end.format("%R"))
    });
    of.collect()
}

#[test]
fn reports_are_instants_and_the_last_one_of_a_minute_wins() {
    let decoded = read(&file(), PUDONG).unwrap();
    assert_eq!(decoded.refused, []);
    assert_eq!(
        told(&decoded),
        [
            "air_temperature 00:00 to 00:00 69.8",
            "wind_speed 00:00 to 00:00 8",
            "wind_gust 00:00 to 00:00 none",
            "air_temperature 00:30 to 00:30 none",
            "wind_speed 00:30 to 00:30 10",
            "wind_gust 00:30 to 00:30 21",
            "air_temperature 01:00 to 01:00 73.4",
            "wind_speed 01:00 to 01:00 9",
            "wind_gust 01:00 to 01:00 none",
        ],
        "a gust that is absent is not zero; 71.6 was corrected"
    );
    assert_eq!(feed(SETTINGS).interval(), Interval::Instant);
    let commas = PUDONG.lines().filter(|line| !line.starts_with('#')).map(|line| line.replace('\t', ",") + "\n");
    assert_eq!(read(&file(), &commas.collect::<String>()).unwrap().readings, decoded.readings);
}

#[test]
fn rain_in_the_usa_is_of_the_hour_before_the_report_and_a_trace_is_zero() {
    let decoded = read(&rain(), SEATTLE).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "precipitation 23:53 to 00:53 0",
            "precipitation 00:53 to 01:53 0",
            "precipitation 01:53 to 02:53 0.12",
            "precipitation 02:53 to 03:53 0",
            "precipitation 03:53 to 04:53 none",
        ]
    );
    assert_eq!(feed(&rain()).interval(), Interval::Fixed(3_600));
}

#[test]
fn a_window_without_data_is_nothing() {
    let header: String = PUDONG.lines().take(5).map(|line| format!("{line}\n")).collect();
    assert_eq!(read(&file(), &header), Ok(Decoded::default()));
}

#[test]
fn what_is_not_as_asked_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    for (replace, by, is) in [
        ("-> UTC", "-> America/Chicago", schema),
        ("ZSPD\t2026-06-01 00:30", "ZSSS\t2026-06-01 00:30", schema),
        ("2026-06-01 00:30", "2026-06-01T00:30", schema),
        ("2026-06-01 00:30", "2026-06-31 00:30", schema),
        ("\tM\tZSPD 010000Z", "\tZSPD 010000Z", schema),
        ("tmpf", "tmpc", |error| matches!(error, DecodeError::MissingColumn { .. })),
        ("\tmetar", "\ttmpf", |error| matches!(error, DecodeError::DoubleColumn { .. })),
        ("COR ZSPD 010100Z\n", "COR ZSPD 010100Z", |error| matches!(error, DecodeError::Truncated { .. })),
    ] {
        assert!(PUDONG.contains(replace), "{replace}");
        let error = read(&file(), &PUDONG.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    let said = "ERROR: server over capacity, please try later";
    assert_eq!(read(&file(), said), Err(DecodeError::Provider { reason: said.to_owned() }));
    assert_eq!(feed(SETTINGS).provider.error_reason(said.as_bytes()), Some(said.to_owned()));
    let decoded = read(&file(), &PUDONG.replacen("8.00", "calm", 1)).unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (8, 1));
    assert_eq!(decoded.refused[0].reason, "`sknt`: `calm` is not a decimal number such as 12.5");
    assert_eq!(decoded.refused[0].place, "line 6");
}

#[test]
fn a_station_is_asked_month_by_month_in_utc() {
    let feed = feed(SETTINGS);
    let url = UrlTemplate::parse(URL, &Network::default()).unwrap();
    let station = feed.stations.first();
    let (from, to) = (at("2026-05-30 23:00"), at("2026-06-01 01:00"));
    let asked =
        feed.provider.requests(&feed, &Wanted { url: &url, station, from, to, now: to, key: None, token: None });
    let asked: Vec<_> = asked.iter().map(|request| request.url.as_str()).collect();
    let query = |from: &str, to: &str| {
        format!(
            "{URL}?station=ZSPD&data=tmpf&data=sknt&data=gust&{from}&{to}&tz=UTC&format=onlycomma&latlon=no&missing=M\
             &trace=T&report_type=3&report_type=4"
        )
    };
    let wanted = [
        query("year1=2026&month1=5&day1=30", "year2=2026&month2=6&day2=1"),
        query("year1=2026&month1=6&day1=1", "year2=2026&month2=6&day2=2"),
    ];
    assert_eq!(asked, wanted, "the last day is not included");
}

#[test]
fn settings_want_what_is_sent_and_no_rain_outside_of_the_usa() {
    for (settings, replace, by, message) in [
        (SETTINGS.to_owned(), "columns.tmpf", "columns.tmpc", "does not send `tmpc`"),
        (SETTINGS.to_owned(), "\"kt\"", "\"m/s\"", "IEM sends `sknt` in kt, not in m/s"),
        (SETTINGS.to_owned(), "\"routine and special\"", "\"all\"", "`all` is no reports"),
        (SETTINGS.to_owned(), "ZSPD", "KSEA", "the station `KSEA` is not IEM's name"),
        (rain(), "SEA", "ZSPD", "a METAR of `ZSPD` carries no rain, and IEM writes 0.00"),
        (rain(), "\"routine\"", "\"routine and special\"", "the rain of special reports is of a part of an hour"),
        (
            rain(),
            "station.",
            "columns.tmpf = { variable = \"air_temperature\", unit = \"degF\" }\n station.",
            "`p01i` speaks for 1 h, `tmpf` for an instant",
        ),
    ] {
        wrong_settings(&settings, &[(replace, by, message)]);
    }
    assert!(read_settings(&rain().replace("SEA", "PANC")).is_ok(), "Alaska");
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    // Without the correction: a text that is cut between two lines has the earlier of them.
    let (plain, _) = PUDONG.split_at(PUDONG.trim_end().rfind('\n').unwrap() + 1);
    survives(&file(), "", plain.as_bytes());
    survives(&rain(), "", SEATTLE.as_bytes());
}
