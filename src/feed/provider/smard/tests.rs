use super::super::trial::{next, poll, read_file, refused, requests, survives, told, urls, wrong_settings};
use super::*;
use crate::feed::http::fault_server;
use crate::feed::settings::tests::{faults, feed};

const HOURS: &str = include_str!("../../../../fixtures/feeds/smard/4067_DE_hour_1772406000000.json");
const DAYS: &str = include_str!("../../../../fixtures/feeds/smard/4068_50Hertz_day_1774566000000.json");
const INDEX_BODY: &str = include_str!("../../../../fixtures/feeds/smard/index_hour.json");
const NAME: &str = "4067_DE_hour_1772406000000.json";
const DAYS_NAME: &str = "4068_50Hertz_day_1774566000000.json";
const URL: &str = "https://www.smard.de/app/chart_data";
const SETTINGS: &str = r#"
    kind = "smard"
    url = "https://www.smard.de/app/chart_data"
    poll = "6 h"
    delay = "1 d"
    vintage = { final_after = "60 d" }
    smard = { resolution = "hour" }
    columns.4067 = { variable = "energy", unit = "MWh" }
    station.DE = {}
"#;

fn days() -> String {
    SETTINGS.replace("\"hour\"", "\"day\"").replace("4067", "4068").replace("station.DE", "station.50Hertz")
}

fn read(body: &str) -> Result<Decoded, DecodeError> {
    read_file(SETTINGS, NAME, body)
}

/// The block as it comes at this instant.
fn read_at(body: &str, now: &str) -> Decoded {
    let feed = feed(SETTINGS);
    let now = Some(super::super::trial::at(now));
    let raw = Raw { bytes: body.as_bytes(), name: NAME, asked: feed.stations.first(), now };
    crate::feed::decode(&feed, &raw).unwrap()
}

#[test]
fn a_time_is_the_begin_of_its_hour_and_null_is_missing() {
    let decoded = read_at(HOURS, "2026-06-01 00:00");
    let expected = [
        "DE energy 2026-03-01 23:00 2026-03-02 00:00 3120.25 MWh final",
        "DE energy 2026-03-02 00:00 01:00 3098 MWh final",
        "DE energy 2026-03-02 01:00 02:00 2987.5 MWh final",
        "DE energy 2026-03-02 02:00 03:00 none MWh final",
        "DE energy 2026-03-02 03:00 04:00 3011.75 MWh final",
        "DE energy 2026-03-02 04:00 05:00 2890 MWh final",
        "DE energy 2026-03-02 05:00 06:00 none MWh final",
        "DE energy 2026-03-02 06:00 07:00 none MWh final",
    ];
    assert_eq!(told(&decoded), expected, "the week begins on Monday, 00:00 in Berlin");
    assert_eq!(decoded.refused, []);
    assert_eq!(feed(SETTINGS).interval(), Interval::Fixed(3_600));
    assert_eq!(feed(&SETTINGS.replace("\"hour\"", "\"quarterhour\"")).interval(), Interval::Fixed(900));
}

#[test]
fn the_empty_half_of_the_newest_block_is_nothing_and_a_value_to_come_no_reading() {
    let decoded = read_at(HOURS, "2026-03-02 05:10");
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (6, 0));
    let decoded = read_at(HOURS, "2026-03-02 04:10");
    assert_eq!(decoded.readings.len(), 5);
    assert_eq!(refused(&decoded), ["series[5]: `4067` is after now: a forecast is no reading"]);
}

#[test]
fn a_day_is_one_of_berlin_with_23_hours_where_the_clocks_go_forward() {
    let decoded = read_file(&days(), DAYS_NAME, DAYS).unwrap();
    let expected = [
        "50Hertz energy 2026-03-26 23:00 2026-03-27 23:00 10250.5 MWh provisional",
        "50Hertz energy 2026-03-27 23:00 2026-03-28 23:00 9911.25 MWh provisional",
        "50Hertz energy 2026-03-28 23:00 2026-03-29 22:00 12004 MWh provisional",
        "50Hertz energy 2026-03-29 22:00 2026-03-30 22:00 0 MWh provisional",
    ];
    assert_eq!(told(&decoded), expected);
    assert_eq!(feed(&days()).interval(), Interval::Day { zone: "Europe/Berlin".into(), starts_min: 0 });
    let off = read_file(&days(), DAYS_NAME, DAYS.replace("1774821600000", "1774825200000"));
    assert!(off.is_err_and(|error| error.to_string().contains("1774825200000 is not the begin of day")));
}

#[test]
fn what_is_not_as_asked_is_a_typed_error() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    for (replace, by, is) in [
        ("1772409600000", "1772410500000", schema),
        ("1772409600000", "1772409600001", schema),
        ("1772409600000", "1772413200000", schema),
        ("1772406000000,3", "1772402400000,3", schema),
        ("3120.25", "\"3120.25\"", schema),
        ("3120.25", "3120.25,1", schema),
        ("\"series\"", "\"row\"", schema),
        ("\"series\"", "\"meta_data\"", schema),
        ("]]}", "]]", |error| matches!(error, DecodeError::Truncated { .. })),
    ] {
        assert!(HOURS.contains(replace), "{replace}");
        let error = read(&HOURS.replacen(replace, by, 1)).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    assert_eq!(read("<html>Wartung</html>"), Err(DecodeError::Html));
    let empty = read("{\"meta_data\":{\"version\":1},\"series\":[]}");
    assert_eq!(empty, Ok(Decoded::default()), "a week that has not begun");
    for (name, told) in [
        ("index_hour.json", "the name of a block is FILTER_REGION_RESOLUTION_TIME.json"),
        ("4068_DE_hour_1772406000000.json", "it was to be of 4067 by hour"),
        ("4067_DE_quarterhour_1772406000000.json", "it was to be of 4067 by hour"),
        ("4067_DE_hour_1771801200000.json", "it begins at 1772406000000"),
    ] {
        assert!(read_file(SETTINGS, name, HOURS).is_err_and(|error| error.to_string().contains(told)), "{name}");
    }
    let other = read_file(SETTINGS, "4067_50Hertz_hour_1772406000000.json", HOURS);
    assert_eq!(other, Ok(Decoded::default()), "a region that is not listed");
    let asked = feed(SETTINGS);
    let name = "4067_50Hertz_hour_1772406000000.json";
    let raw = Raw { bytes: HOURS.as_bytes(), name, asked: asked.stations.first(), now: None };
    assert!(matches!(crate::feed::decode(&asked, &raw), Err(DecodeError::OtherPlace { .. })));
}

#[test]
fn the_list_leads_to_the_blocks_that_are_wanted_and_always_to_the_last_two() {
    assert_eq!(urls(SETTINGS, "2026-03-01 00:00", "2026-03-02 12:00"), [format!("{URL}/4067/DE/index_hour.json")]);
    let feed = feed(SETTINGS);
    let blocks = |from: &str, to: &str| {
        let request = requests(&feed, from, to).pop().unwrap();
        let urls = next(&feed, (from, to), &request, INDEX_BODY.as_bytes()).unwrap();
        let begin = format!("{URL}/4067/DE/4067_DE_hour_");
        urls.iter().map(|url| url.strip_prefix(&begin).unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(blocks("2026-03-02 06:00", "2026-03-02 12:00"), "1771801200000.json 1772406000000.json");
    assert_eq!(
        blocks("2026-02-17 00:00", "2026-03-02 12:00"),
        "1771196400000.json 1771801200000.json 1772406000000.json"
    );
    assert_eq!(blocks("2026-02-17 00:00", "2026-02-18 00:00"), "1771196400000.json", "an older stretch");
    assert_eq!(blocks("2025-01-01 00:00", "2026-02-16 00:00"), "1770591600000.json 1771196400000.json");
    assert_eq!(blocks("2025-01-01 00:00", "2025-02-01 00:00"), "", "before the first");
    let request = requests(&feed, "2026-03-01 00:00", "2026-03-02 00:00").pop().unwrap();
    for body in ["{}", "{\"timestamps\":[]}", "{\"timestamps\":[2,1]}", "{\"timestamps\":[\"1\"]}", "[1]"] {
        let told = next(&feed, ("2026-03-01 00:00", "2026-03-02 00:00"), &request, body.as_bytes());
        assert!(matches!(told, Err(DecodeError::Schema { .. })), "{body}");
    }
}

#[tokio::test]
async fn a_poll_asks_for_the_list_and_then_for_the_blocks() {
    let body = "{\"meta_data\":{\"version\":1},\"series\":[]}";
    let (answer, asked) = poll(SETTINGS, "https://www.smard.de", "2026-03-02 00:00", move |request| {
        fault_server::Reply::json(match &request.target {
            target if target.ends_with("index_hour.json") => INDEX_BODY,
            target if target.ends_with(NAME) => HOURS,
            _ => body,
        })
    })
    .await;
    assert_eq!(answer.unwrap().readings.len(), 8);
    let path = "/app/chart_data/4067/DE/";
    let blocks = ["index_hour.json", "4067_DE_hour_1771801200000.json", NAME];
    assert_eq!(asked, blocks.map(|name| format!("{path}{name}")));
}

#[test]
fn settings_want_one_series_that_was_measured() {
    wrong_settings(
        SETTINGS,
        &[
            ("columns.4067", "columns.3791", "`3791` of SMARD is never read: it is a forecast"),
            ("columns.4067", "columns.4169", "`4169` of SMARD is never read: it is a price"),
            ("columns.4067", "columns.4072", "SMARD does not send `4072`"),
            ("\"energy\"", "\"curtailed_energy\"", "`4067` of SMARD is not curtailed_energy"),
            ("\"MWh\"", "\"kWh\"", "SMARD sends `4067` in MWh, not in kWh"),
            ("\"hour\"", "\"month\"", "`month` is no resolution"),
            ("station.DE", "station.Germany", "the station `Germany` is not a region"),
            ("chart_data", "chart_data/{station}", "has no placeholders"),
            ("{ final_after = \"60 d\" }", "\"as told\"", "as told"),
        ],
    );
    let two = SETTINGS.replace("station.", "columns.4068 = { variable = \"energy\", unit = \"MWh\" }\n    station.");
    assert!(faults(&two).contains("a feed says a variable once: make it two feeds"), "{}", faults(&two));
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(SETTINGS, NAME, HOURS.as_bytes());
    survives(&days(), DAYS_NAME, DAYS.as_bytes());
}
