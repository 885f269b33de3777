use super::super::trial::{at, survives, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::settings::tests::feed;

const YEAR: &str = include_str!("../../../../fixtures/feeds/isd-lite/583620-99999-2026.txt");
const URL: &str = "https://www.ncei.noaa.gov/pub/data/noaa/isd-lite";
const SETTINGS: &str = r#"
    kind = "isd-lite"
    url = "https://www.ncei.noaa.gov/pub/data/noaa/isd-lite"
    poll = "1 d"
    delay = "4 d"
    vintage = { final_after = "30 d" }
    columns.air_temperature = { variable = "air_temperature", unit = "degC" }
    columns.sea_level_pressure = { variable = "air_pressure", unit = "hPa" }
    columns.wind_speed = { variable = "wind_speed", unit = "m/s" }
    columns.precipitation_1h = { variable = "precipitation", unit = "mm" }
    station.583620-99999 = {}
"#;

fn file() -> String {
    SETTINGS.replace(&format!("url = \"{URL}\""), "file = \"f\"")
}

fn read(settings: &str, bytes: &[u8], now: &str) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(settings), &Raw { bytes, name: "", asked: None, now: Some(at(now)) })
}

fn told(decoded: &Decoded) -> Vec<String> {
    let of = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("none".to_owned(), |value| value.to_string());
        format!("{} {} to {} {value}", reading.variable, reading.start.format("%R"), reading.end.format("%R"))
    });
    of.collect()
}

#[test]
fn values_stand_for_the_hour_that_begins_and_rain_for_the_one_before_in_tenths() {
    let decoded = read(&file(), YEAR.as_bytes(), "2026-07-01 00:00").unwrap();
    assert_eq!(
        told(&decoded),
        [
            "air_temperature 00:00 to 01:00 21.5",
            "air_pressure 00:00 to 01:00 1008.9",
            "wind_speed 00:00 to 01:00 3.6",
            "precipitation 23:00 to 00:00 0",
            "air_temperature 01:00 to 02:00 -2.2",
            "air_pressure 01:00 to 02:00 1009.1",
            "precipitation 00:00 to 01:00 0",
            "air_temperature 03:00 to 04:00 23",
            "air_pressure 03:00 to 04:00 none",
            "wind_speed 03:00 to 04:00 none",
            "precipitation 02:00 to 03:00 1.2",
        ],
        "-1 is a trace, which is zero; -9999 is missing; an hour that is absent is nothing"
    );
    let [refused] = &decoded.refused[..] else { panic!("{:?}", decoded.refused) };
    assert_eq!(refused.place, "line 2, wind_speed");
    assert!(
        refused.reason.contains("never below zero, and this is -0.1"),
        "a trace is of rain only: {}",
        refused.reason
    );
}

#[test]
fn rain_of_six_hours_is_a_feed_of_its_own() {
    let lines = file().lines().filter(|line| !line.contains("columns.")).collect::<Vec<_>>().join("\n");
    let six = lines
        .replace("station.", "columns.precipitation_6h = { variable = \"precipitation\", unit = \"mm\" }\n station.");
    let decoded = read(&six, YEAR.as_bytes(), "2026-07-01 00:00").unwrap();
    assert_eq!(
        told(&decoded),
        ["precipitation 18:00 to 00:00 0.5", "precipitation 19:00 to 01:00 none", "precipitation 21:00 to 03:00 0"]
    );
    assert_eq!(feed(&six).interval(), Interval::Fixed(21_600));
    assert_eq!(feed(SETTINGS).interval(), Interval::Fixed(3_600));
}

#[test]
fn what_is_after_now_is_a_forecast_unless_it_is_nothing() {
    let decoded = read(&file(), YEAR.as_bytes(), "2026-06-01 02:00").unwrap();
    assert_eq!(decoded.readings.len(), 7);
    let late: Vec<_> = decoded.refused.iter().filter(|refused| refused.reason.contains("after now")).collect();
    assert_eq!(late.len(), 2, "temperature and rain of 03:00: {late:?}");
}

#[test]
fn packed_or_not_a_year_is_read_as_a_whole_or_not_at_all() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, YEAR.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let decoded = read(&file(), &packed, "2026-07-01 00:00").unwrap();
    assert_eq!(decoded, read(&file(), YEAR.as_bytes(), "2026-07-01 00:00").unwrap());
    for length in 2..packed.len() {
        assert!(read(&file(), &packed[..length], "2026-07-01 00:00").is_err(), "{length}");
    }
    for (replace, by, what) in [
        ("2026 06 01 03", "2026 06 01 01", "it is not after the hour before it (line 3)"),
        ("2026 06 01 03", "2026 06 31 03", "`2026 06 31 03:00` is no time (line 3)"),
        ("2026 06 01 03   230", "2026 06 01 03", "an hour has 12 columns, this is 11 (line 3)"),
        ("2026 06 01 03   230   175 -9999 -9999 -9999 -9999    12   -1 ", "2026", "an hour has 12 columns (line 3)"),
        ("12   -1 \n", "12   -1", "the answer ends in its midst, after 184 bytes"),
    ] {
        assert!(YEAR.contains(replace), "{replace}");
        let error = read(&file(), YEAR.replacen(replace, by, 1).as_bytes(), "2026-07-01 00:00").unwrap_err();
        assert_eq!(error.to_string(), what);
    }
    let decoded = read(&file(), YEAR.replacen("215", "2l5", 1).as_bytes(), "2026-07-01 00:00").unwrap();
    assert_eq!(decoded.refused[0].reason, "`air_temperature`: `2l5` is not a number of tenths");
}

#[test]
fn a_year_is_a_file_and_the_newest_may_not_be_there_in_january() {
    let feed = feed(SETTINGS);
    let url = UrlTemplate::parse(URL, &Network::default()).unwrap();
    // Each file, and what is done where it is not there.
    let asked = |from: &str, to: &str| {
        let station = feed.stations.first();
        let wanted = Wanted { url: &url, station, from: at(from), to: at(to), now: at(to), key: None, token: None };
        let requests = feed.provider.requests(&feed, &wanted).into_iter();
        let instead = |request: &Request, status| feed.provider.instead(&wanted, request, status, "");
        let files = requests.map(|request| {
            assert!(matches!(instead(&request, 503), Instead::Fail));
            let must_be = matches!(instead(&request, 404), Instead::Fail);
            (request.url.path().to_owned(), must_be)
        });
        files.collect::<Vec<_>>()
    };
    let path = |year: u32| format!("/pub/data/noaa/isd-lite/{year}/583620-99999-{year}.gz");
    assert_eq!(asked("2026-05-01 00:00", "2026-06-01 00:00"), [(path(2026), true)]);
    assert_eq!(asked("2025-12-20 00:00", "2026-01-31 23:00"), [(path(2025), true), (path(2026), false)]);
    assert_eq!(asked("2025-12-20 00:00", "2026-02-01 00:00"), [(path(2025), true), (path(2026), true)]);
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        SETTINGS,
        &[
            ("columns.wind_speed", "columns.wind", "does not send `wind`"),
            ("\"m/s\"", "\"kt\"", "ISD-Lite sends `wind_speed` in m/s, not in kt"),
            ("precipitation_1h", "precipitation_6h", "`air_temperature` speaks for 1 h, `precipitation_6h` for 6 h"),
            ("583620-99999", "58362099999", "is not a USAF-WBAN number"),
            ("isd-lite\"\n    poll", "isd-lite/{station}\"\n    poll", "has no placeholders"),
            ("poll =", "isd_lite = {}\n poll =", "`isd_lite` is not a key"),
        ],
    );
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(&file(), "", YEAR.as_bytes());
}

#[tokio::test]
async fn a_file_that_is_not_there_yet_is_nothing_and_an_old_one_an_error() {
    use crate::feed::http::fault_server::{FaultServer, Reply};
    use crate::feed::{Ask, Feed};
    let server = FaultServer::start(|request| match request.target.contains("/2026/") {
        true => Reply::status(404),
        false => Reply::csv(YEAR.replace("2026", "2025")),
    });
    let settings = feed(&SETTINGS.replace(URL, &server.url("")));
    let network = Network { allow_private: true, ..Network::default() };
    let known = std::collections::BTreeMap::new();
    for (now, answered) in [("2026-01-20 00:00", true), ("2026-02-20 00:00", false)] {
        let ask = Ask { now: at(now), known_until: &known, from: at("2025-06-01 00:00") };
        let answer = Feed::new(settings.clone(), &network).poll(ask).await;
        match answer {
            Ok(answer) => assert_eq!((answer.readings.len(), answer.bodies.len(), answered), (11, 1, true), "{now}"),
            Err(error) => assert_eq!((error.class(), answered), ("status", false), "{now}: {error}"),
        }
    }
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    let path = |year: u32| format!("/{year}/583620-99999-{year}.gz");
    assert_eq!(asked, [path(2025), path(2026), path(2025), path(2026)]);
}
