use super::super::trial::{self, at, read, read_at, refused, told, urls, wrong_answers, wrong_settings};
use super::*;
use crate::feed::PollError;
use crate::feed::http::fault_server::Reply;
use crate::feed::settings::tests::feed;

const QUARTERS: &str = include_str!("../../../../fixtures/feeds/solaredge/quarters.json");
const KEPT: &str = include_str!("../../../../fixtures/feeds/solaredge/kept-v1.json");
const SITES: &str = r#"
    kind = "solaredge"
    url = "https://monitoringapi.solaredge.com/v2"
    key = { credential = "solaredge" }
    poll = "1 d"
    delay = "1 h"
    vintage = { final_after = "7 d" }
    solaredge = { api = "v2" }
    columns.energy = { variable = "energy", unit = "Wh" }
    station.1234567 = {}
"#;

fn kept() -> String {
    let file = SITES.replace("url = \"https://monitoringapi.solaredge.com/v2\"", "file = \"kept.json\"");
    file.replace("\"v2\"", "\"v1\", zone = \"Europe/Berlin\"").replace("key = { credential = \"solaredge\" }\n", "\n")
}

#[test]
fn a_stamp_begins_a_quarter_hour_and_its_offset_tells_the_doubled_hour_apart() {
    let decoded = read_at(SITES, QUARTERS, "2026-10-26 00:00").unwrap();
    assert_eq!(
        told(&decoded),
        [
            "1234567 energy 2026-10-25 00:30 00:45 none Wh provisional",
            "1234567 energy 2026-10-25 00:45 01:00 3.5 Wh provisional",
            "1234567 energy 2026-10-25 01:00 01:15 0 Wh provisional",
            "1234567 energy 2026-10-25 01:15 01:30 12 Wh provisional",
            "1234567 energy 2026-10-25 01:45 02:00 -1.25 Wh provisional",
        ],
        "null is missing, zero is zero, and a quarter hour that is absent is not told"
    );
    assert_eq!(decoded.refused, []);
    let utc = QUARTERS.replace("2026-10-25T02:30:00+02:00\", \"value\": null", "2026-10-25T00:30:00Z\", \"value\": 1");
    assert_eq!(told(&read_at(SITES, utc, "2026-10-26 00:00").unwrap())[0].split(' ').nth(5), Some("1"));
}

#[test]
fn what_is_told_is_final_after_seven_days() {
    let final_at = |now| told(&read_at(SITES, QUARTERS, now).unwrap())[1].ends_with("final");
    assert!(!final_at("2026-11-01 00:59") && final_at("2026-11-01 01:00"));
}

#[test]
fn a_quarter_hour_that_is_not_over_is_no_reading() {
    let decoded = read_at(SITES, QUARTERS, "2026-10-25 01:50").unwrap();
    assert_eq!(decoded.readings.len(), 4);
    assert_eq!(refused(&decoded), ["values[4]: `energy` is after now: a forecast is no reading"]);
    let open = QUARTERS.replace("-1.25", "null");
    let decoded = read_at(SITES, open, "2026-10-25 01:50").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (4, 0), "null of it is nothing");
}

#[test]
fn kept_answers_of_version_1_have_local_stamps_and_their_doubled_hour_is_refused() {
    let decoded = read(&kept(), KEPT).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "1234567 energy 2025-10-25 23:45 2025-10-26 00:00 4 Wh final",
            "1234567 energy 2025-10-26 02:00 02:15 none Wh final",
            "1234567 energy 2025-10-26 02:15 02:30 7.25 Wh final",
        ]
    );
    let twice = "2025-10-26T02:00:00 occurs twice in Europe/Berlin, where the clocks change";
    assert_eq!(refused(&decoded), [format!("values[1]: {twice}"), format!("values[2]: {twice}")]);
    let spring = KEPT.replace("2025-10-26 02:00", "2025-03-30 02:30").replace("2025-10-26 01:45", "2025-03-30 01:45");
    assert!(refused(&read(&kept(), spring).unwrap())[0].contains("does not exist"));
}

#[test]
fn spans_are_cut_at_twelve_hours_in_whole_quarters_with_the_unit_stated() {
    let url = |from: &str, to: &str| {
        let [from, to] = [from, to].map(|text| text.replace(':', "%3A"));
        let query = format!("resolution=QUARTER_HOUR&unit=WH&from={from}&to={to}");
        format!("https://monitoringapi.solaredge.com/v2/sites/1234567/energy?{query}")
    };
    assert_eq!(
        urls(SITES, "2026-06-01 00:07", "2026-06-02 01:29"),
        [
            url("2026-06-01T00:00:00Z", "2026-06-01T11:59:59Z"),
            url("2026-06-01T12:00:00Z", "2026-06-01T23:59:59Z"),
            url("2026-06-02T00:00:00Z", "2026-06-02T01:14:59Z"),
        ]
    );
    assert_eq!(urls(SITES, "2026-06-01 00:01", "2026-06-01 00:14"), [""; 0], "nothing is over");
    let slash = SITES.replace("/v2\"", "/v2/\"");
    assert_eq!(urls(&slash, "2026-06-01 00:00", "2026-06-01 00:15").len(), 1);
    assert!(urls(&slash, "2026-06-01 00:00", "2026-06-01 00:15")[0].contains("/v2/sites/1234567/"));
}

#[test]
fn a_key_goes_into_its_header_and_a_token_into_another() {
    use crate::feed::address::{Network, UrlTemplate};
    use crate::feed::secret::{Key, Secret};
    let feed = feed(SITES);
    let url = UrlTemplate::parse("https://monitoringapi.solaredge.com/v2", &Network::default()).unwrap();
    let headers = |text: &str| {
        let key = Key { secret: Secret::new(text), goes: None };
        let (from, to) = (at("2026-06-01 00:00"), at("2026-06-01 01:00"));
        let station = feed.stations.first();
        let wanted = Wanted { url: &url, station, from, to, now: to, key: Some(&key), token: None };
        feed.provider.requests(&feed, &wanted).remove(0).headers
    };
    let header = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
    assert_eq!(headers("an-api-key"), header("X-API-Key", "an-api-key"));
    assert_eq!(headers("access_token = a-token"), header("authorization", "Bearer a-token"));
}

#[tokio::test]
async fn errors_are_repeated_and_spent_credits_wait_a_day() {
    let status = |status: u16, body: &'static str| {
        move |_: &_| match Reply::csv(body) {
            Reply::Full { headers, body, .. } => Reply::Full { status, headers, body },
            other => other,
        }
    };
    let host = "https://monitoringapi.solaredge.com/v2";
    let gone = r#"{"type":"about:blank","title":"Gone","status":410,"detail":"This version was retired"}"#;
    let (answer, _) = trial::poll(SITES, host, "2026-03-02 11:00", status(410, gone)).await;
    assert!(
        matches!(&answer, Err(PollError::Status { status: 410, reason: Some(reason), .. })
        if reason == "This version was retired"),
        "{answer:?}"
    );
    let spent = r#"{"title":"Too Many Requests","detail":"The monthly credit limit is reached"}"#;
    let (answer, asked) = trial::poll(SITES, host, "2026-03-02 11:00", status(429, spent)).await;
    assert_eq!(answer.unwrap_err().retry_after(), Some(Duration::from_secs(86_400)));
    assert_eq!(asked.len(), 1, "it is not asked again at once");
    assert_eq!(feed(SITES).provider.window("Too Many Requests", at("2026-06-01 00:00")), None);
    let reason = "This version was retired".to_owned();
    assert_eq!(read(SITES, gone), Err(DecodeError::Provider { reason }));
}

#[test]
fn changed_shapes_are_typed_errors() {
    wrong_answers(
        SITES,
        QUARTERS,
        &[
            ("\"WH\"", "\"KWH\"", "`energy` is in `KWH`, and the settings say `WH`"),
            ("QUARTER_HOUR", "HOUR", "it is `HOUR`, and was to be `QUARTER_HOUR` (resolution)"),
            ("\"unit\": \"WH\",", "", "`unit` is missing (unit)"),
            ("\"values\"", "\"value\"", "`values` is missing (values)"),
            ("\"timestamp\": \"2026-10-25T02:30:00+02:00\", ", "", "`timestamp` is missing (values[0].timestamp)"),
            ("25T02:30:00+02:00\", \"value\"", "25T02:30:00\", \"value\"", "is no time with offset (values[0])"),
            ("25T02:30:00+02:00\", \"value\"", "25T02:31:00+02:00\", \"value\"", "begins no quarter hour (values[0])"),
            ("02:45:00+02:00", "02:30:00+02:00", "its stamp is not after the one before (values[1])"),
            ("3.5", "\"3.5\"", "this is neither a number nor null (values[1].value)"),
            (", \"value\": 3.5", "", "`value` is missing (values[1].value)"),
            ("\"value\": 3.5", "\"value\": 3.5, \"value\": 4", "`value` is there twice"),
        ],
    );
    assert!(read(&kept(), QUARTERS).unwrap_err().to_string().contains("`energy` is missing"));
    assert!(read(SITES, KEPT).unwrap_err().to_string().contains("`unit` is missing"));
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        SITES,
        &[
            ("columns.energy", "columns.power", "SolarEdge does not send `power`"),
            ("\"Wh\"", "\"kWh\"", "SolarEdge sends `energy` in Wh, not in kWh"),
            ("\"Wh\"", "\"Wh\", counter = {}", "`energy` of SolarEdge is no counter"),
            ("1234567", "roof", "the station `roof` is not the number of a site"),
            ("api = \"v2\"", "api = \"v3\"", "`v3` is no api"),
            ("api = \"v2\"", "api = \"v2\", zone = \"UTC\"", "stamps of version 2 carry their offset"),
            ("api = \"v2\"", "api = \"v1\", zone = \"UTC\"", "was closed in November 2026"),
            ("/v2\"", "/v2/{station}\"", "has no placeholders"),
            ("key = { credential = \"solaredge\" }", "", "solaredge answers nobody without a key"),
        ],
    );
    wrong_settings(
        &kept(),
        &[
            (", zone = \"Europe/Berlin\"", "", "`zone` is missing: stamps of version 1 carry no offset"),
            ("Europe/Berlin", "Berlin", "`Berlin` is not a time zone"),
            ("station.1234567 = {}", "station.1 = {}\nstation.2 = {}", "2 stations are listed for one file"),
        ],
    );
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    let file = SITES.replace("url = \"https://monitoringapi.solaredge.com/v2\"", "file = \"f.json\"");
    trial::survives(&file, "f.json", QUARTERS.as_bytes());
    trial::survives(&kept(), "kept.json", KEPT.as_bytes());
}
