use super::super::trial::{poll, read, read_at, refused, requests, survives, told, urls, wrong_settings};
use super::*;
use crate::feed::settings::tests::feed;

const REGION: &str = r#"
    kind = "openelectricity"
    url = "https://api.openelectricity.org.au/v4"
    key = { credential = "openelectricity" }
    poll = "1 h"
    delay = "30 min"
    vintage = "provisional"
    columns.power = { variable = "power", unit = "MW" }
    openelectricity = { network = "NEM", fueltech = "WIND", interval = "5m" }
    station.TAS1 = {}
"#;
const UNITS: &str = r#"
    kind = "openelectricity"
    url = "https://api.openelectricity.org.au/v4/"
    key = { credential = "openelectricity" }
    poll = "12 h"
    delay = "2 d"
    vintage = "provisional"
    columns.power = { variable = "power", unit = "MW" }
    columns.energy = { variable = "energy", unit = "MWh" }
    openelectricity = { network = "WEM", facility = "FARM", interval = "1d" }
    station.FARM1 = {}
    station.FARM2 = {}
"#;
const REGION_JSON: &str = include_str!("../../../../fixtures/feeds/openelectricity/region.json");
const UNITS_JSON: &str = include_str!("../../../../fixtures/feeds/openelectricity/units.json");

fn region(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(REGION_JSON.contains(replace), "{replace}");
    read(REGION, REGION_JSON.replacen(replace, by, 1))
}

#[test]
fn a_stamp_is_the_beginning_at_the_offset_of_the_network_and_null_is_missing() {
    let decoded = region("", "").unwrap();
    let expected = [
        "TAS1 power 2026-03-02 00:00 00:05 411.84 MW provisional",
        "TAS1 power 2026-03-02 00:05 00:10 none MW provisional",
        "TAS1 power 2026-03-02 00:10 00:15 -0.25 MW provisional",
    ];
    assert_eq!(told(&decoded), expected, "other fuels are passed over");
    assert_eq!(decoded.refused, []);
    assert_eq!(
        read(&REGION.replace("\"WIND\"", "\"wind\""), REGION_JSON).unwrap(),
        decoded,
        "in either case of letters"
    );
    for by in ["10:00:00Z", "10:00:00+11:00", "10:02:00+10:00", "24:00:00+10:00"] {
        let decoded = region("[[\"2026-03-02T10:00:00+10:00\",411", &format!("[[\"2026-03-02T{by}\",411")).unwrap();
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (2, 1), "{by}");
        assert!(refused(&decoded)[0].starts_with("data[0].results[1].data[0]: `2026-03-02T"), "{by}");
    }
}

#[test]
fn units_of_a_facility_are_stations_and_days_begin_at_midnight_there() {
    let decoded = read(UNITS, UNITS_JSON).unwrap();
    let expected = [
        "FARM1 power 2026-02-28 16:00 2026-03-01 16:00 21.338542 MW provisional",
        "FARM1 energy 2026-02-28 16:00 2026-03-01 16:00 512.125 MWh provisional",
        "FARM2 energy 2026-02-28 16:00 2026-03-01 16:00 7 MWh provisional",
    ];
    assert_eq!(told(&decoded), expected, "a unit that is not listed is passed over");
    assert_eq!(feed(UNITS).interval(), Interval::Day { zone: "+08:00".into(), starts_min: 0 });
    assert_eq!(feed(REGION).interval(), Interval::Fixed(300));
}

#[test]
fn an_interval_that_has_not_ended_is_no_reading() {
    let decoded = read_at(REGION, REGION_JSON, "2026-03-02 00:12").unwrap();
    assert_eq!(decoded.readings.len(), 2);
    let reason = "data[0].results[1].data: 1 values are of intervals that have not ended: a forecast is no reading";
    assert_eq!(refused(&decoded), [reason]);
    assert_eq!(read_at(REGION, REGION_JSON.replace("-0.25", "null"), "2026-03-02 00:12").unwrap().refused, []);
}

#[test]
fn what_the_answer_says_of_itself_is_checked() {
    for (replace, by, words) in [
        ("\"MW\"", "\"GW\"", "`power` is in `GW`, and the settings say `MW`"),
        ("\"NEM\"", "\"WEM\"", "this is `WEM`, not `NEM` (data[0].network_code)"),
        ("\"interval\":\"5m\"", "\"interval\":\"1h\"", "this is `1h`, not `5m` (data[0].interval)"),
        ("offset\":\"+10:00\"", "offset\":\"+08:00\"", "not `+10:00`"),
        ("\"metric\":\"power\"", "\"metric\":\"powers\"", "did you mean `powers`?"),
        (
            "TAS1\",\"fueltech\":\"WIND",
            "VIC1\",\"fueltech\":\"WIND",
            "the answer for `TAS1` is for another place: VIC1",
        ),
        ("411.84", "\"411.84\"", "this is neither a number nor null (data[0].results[1].data[0])"),
        ("411.84", "[411.84]", "neither a number nor null"),
        ("\"region\":\"TAS1\",\"fueltech\":\"WIND", "\"regoin\":\"TAS1\",\"fueltech\":\"WIND", "`region` is missing"),
        ("\"unit\":\"MW\"", "\"unit\":\"MW\",\"unit\":\"MW\"", "`unit` is there twice"),
        ("\"results\"", "\"result\"", "`results` is missing (data[0].results)"),
        ("\"data\":[{", "\"date\":[{", "`data` is missing"),
    ] {
        let told = region(replace, by).map(|decoded| decoded.readings.len()).unwrap_err().to_string();
        assert!(told.contains(words), "{by}: {told}");
    }
    let twice = UNITS_JSON.replace("\"metric\":\"power\",\"unit\":\"MW\"", "\"metric\":\"energy\",\"unit\":\"MWh\"");
    let only_energy = UNITS.replace("    columns.power = { variable = \"power\", unit = \"MW\" }\n", "");
    assert_eq!(read(&only_energy, twice), Err(DecodeError::DoubleColumn { column: "energy".to_owned() }));
}

#[test]
fn errors_are_told_in_their_words_and_nothing_is_nothing() {
    let too_long = r#"{"detail":"Date range too large for 5m interval. Maximum range is 8 days."}"#;
    let provider = feed(REGION).provider;
    let words = "Date range too large for 5m interval. Maximum range is 8 days.";
    assert_eq!(provider.error_reason(too_long.as_bytes()).as_deref(), Some(words));
    assert_eq!(read(REGION, too_long), Err(DecodeError::Provider { reason: words.to_owned() }));
    let failed = r#"{"success":false,"error":"no credits","data":[]}"#;
    assert_eq!(read(REGION, failed), Err(DecodeError::Provider { reason: "no credits".to_owned() }));
    assert!(matches!(read(REGION, r#"{"success":false,"data":[]}"#), Err(DecodeError::Provider { .. })));
    assert_eq!(read(REGION, r#"{"success":true,"data":[]}"#), Ok(Decoded::default()));
    assert_eq!(read(REGION, ""), Err(DecodeError::Empty));
    assert_eq!(read(REGION, "<html>"), Err(DecodeError::Html));
    for length in 1..REGION_JSON.trim_end().len() {
        assert_eq!(read(REGION, &REGION_JSON[..length]), Err(DecodeError::Truncated { bytes: length }));
    }
}

#[test]
fn broken_answers_do_no_harm() {
    survives(REGION, "", REGION_JSON.as_bytes());
    survives(UNITS, "", UNITS_JSON.as_bytes());
}

#[test]
fn spans_are_on_the_clock_of_the_network_and_no_longer_than_allowed() {
    let base = "https://api.openelectricity.org.au/v4/data";
    let network = |from: &str, to: &str| {
        let query = format!("metrics=power&interval=5m&date_start={from}&date_end={to}");
        let query = query.replace(':', "%3A");
        format!(
            "{base}/network/NEM?{query}&primary_grouping=network_region&secondary_grouping=fueltech&network_region=TAS1"
        )
    };
    assert_eq!(
        urls(REGION, "2026-03-01 00:02", "2026-03-10 00:01"),
        [network("2026-03-01T10:00:00", "2026-03-09T10:00:00"), network("2026-03-09T10:00:00", "2026-03-10T10:05:00"),]
    );
    let facility = |from: &str, to: &str| {
        let query =
            format!("metrics=power&metrics=energy&interval=1d&date_start={from}&date_end={to}").replace(':', "%3A");
        format!("{base}/facilities/WEM?facility_code=FARM&{query}")
    };
    assert_eq!(
        urls(UNITS, "2025-02-28 20:00", "2026-03-02 20:00"),
        [
            facility("2025-03-01T00:00:00", "2026-03-02T00:00:00"),
            facility("2026-03-02T00:00:00", "2026-03-04T00:00:00"),
        ]
    );
    let hours = REGION.replace("5m", "1h");
    assert_eq!(urls(&hours, "2026-03-01 00:00", "2026-04-02 00:00").len(), 1);
    assert_eq!(urls(&hours, "2026-03-01 00:00", "2026-04-02 00:01").len(), 2);
    let request = requests(&feed(REGION), "2026-03-01 00:00", "2026-03-01 01:00").remove(0);
    assert_eq!(request.headers, [("authorization".to_owned(), "Bearer secret-key".to_owned())]);
}

#[tokio::test]
async fn the_key_goes_into_a_header_and_is_shown_nowhere() {
    use crate::feed::http::fault_server::Reply;
    let (answer, asked) =
        poll(REGION, "https://api.openelectricity.org.au", "2026-03-01 00:00", |request| {
            match request.header("authorization") {
                Some("Bearer secret-key") => Reply::json(REGION_JSON),
                _ => Reply::status(401),
            }
        })
        .await;
    let answer = answer.unwrap();
    assert_eq!((answer.readings.len(), asked.len()), (3, 1));
    assert!(!answer.bodies[0].name.contains("secret-key"));
}

#[test]
fn settings_say_what_is_sent() {
    wrong_settings(
        REGION,
        &[
            ("\"NEM\"", "\"NZEM\"", "`NZEM` is no network"),
            ("\"5m\"", "\"30m\"", "`30m` is no interval"),
            ("fueltech = \"WIND\", ", "", "`facility` or `fueltech`: one of them"),
            ("fueltech = \"WIND\"", "fueltech = \"WIND\", facility = \"A\"", "one of them"),
            ("\"WIND\"", "\"a wind\"", "`a wind` is not a code"),
            ("columns.power", "columns.powers", "did you mean `power`?"),
            ("\"MW\"", "\"kW\"", "OpenElectricity sends `power` in MW, not in kW"),
            ("station.TAS1 = {}", "", "no station is listed: a station is the code of a region"),
            ("/v4", "/v4/{station}", "no placeholders"),
            ("key = { credential = \"openelectricity\" }", "", "answers nobody without a key"),
        ],
    );
}
