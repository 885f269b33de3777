use super::super::trial::{read, read_at, read_file, refused, survives, told, urls, wrong_settings};
use super::*;
use crate::feed::settings::tests::feed;

const FARM: &str = r#"
    kind = "elexon"
    url = "https://data.elexon.co.uk/bmrs/api/v1/datasets/B1610/stream"
    poll = "6 h"
    delay = "6 d"
    vintage = "as told"
    columns.quantity = { variable = "energy", unit = "MWh" }
    elexon = { final_from = "R3" }
    station.T_FARM-1 = {}
"#;
const STREAM: &str = include_str!("../../../../fixtures/feeds/elexon/stream.json");
const BASE: &str = include_str!("../../../../fixtures/feeds/elexon/base.json");

fn stream(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(STREAM.contains(replace), "{replace}");
    read(FARM, STREAM.replacen(replace, by, 1))
}

#[test]
fn the_stamp_is_the_end_in_utc_and_the_order_is_ours() {
    let decoded = stream("", "").unwrap();
    let expected = [
        "T_FARM-1 energy 2026-03-02 00:00 00:30 -0.012 MWh final",
        "T_FARM-1 energy 2026-03-02 00:30 01:00 31.25 MWh provisional",
    ];
    assert_eq!(told(&decoded), expected, "of two runs in one answer the later one counts; own use is negative");
    assert_eq!(decoded.refused, []);
}

#[test]
fn the_base_form_is_read_and_tells_no_run() {
    let decoded = read_file(FARM, "", BASE).unwrap();
    assert_eq!(
        told(&decoded),
        ["T_FARM-1 energy 2026-06-30 23:00 23:30 12.5 MWh provisional"],
        "others are passed over"
    );
    let error = read(FARM, BASE).unwrap_err();
    assert!(matches!(error, DecodeError::OtherPlace { .. }), "nobody asked for two: {error}");
    let none = BASE.replacen("\"T_OTHER-1\"", "null", 1);
    assert_eq!(refused(&read(FARM, none).unwrap()), ["[1]: the row names no unit"]);
}

#[test]
fn a_period_is_of_the_british_day_of_46_48_or_50() {
    for (date, period, end, right) in [
        ("2026-03-01", 48, "2026-03-02T00:00:00", true),
        ("2026-03-01", 49, "2026-03-02T00:30:00", false),
        ("2026-03-29", 1, "2026-03-29T00:30:00", true),
        ("2026-03-29", 46, "2026-03-29T23:00:00", true),
        ("2026-03-29", 47, "2026-03-29T23:30:00", false),
        ("2026-10-25", 1, "2026-10-24T23:30:00", true),
        ("2026-10-25", 50, "2026-10-26T00:00:00", true),
        ("2026-10-25", 51, "2026-10-26T00:30:00", false),
        ("2026-07-01", 1, "2026-07-01T00:30:00", false),
        ("2026-03-02", 0, "2026-03-02T00:00:00", false),
        ("2026-03-02", 1, "2026-03-02T00:30:00Z", true),
        ("2026-03-02", 1, "2026-03-02 00:30:00", false),
        ("2026-13-02", 1, "2026-03-02T00:30:00", false),
        ("9026-03-02", 1, "9026-03-02T00:30:00", false),
    ] {
        assert_eq!(end_of(date, period, end).is_ok(), right, "{date} {period} {end}");
    }
    let decoded = stream("01:00:00", "01:30:00").unwrap();
    assert_eq!(refused(&decoded), ["[0]: `2026-03-02T01:30:00` is not the end of period 2 of 2026-03-02"]);
}

#[test]
fn runs_are_the_vintage() {
    let vintages = |rule: &str| told(&read(&FARM.replace("final_from = \"R3\"", rule), STREAM).unwrap());
    assert!(vintages("final_from = \"SF\"").iter().all(|line| line.ends_with("final")));
    assert!(vintages("final_from = \"DF\"").iter().all(|line| line.ends_with("provisional")));
    let only = FARM.replace("final_from = \"R3\"", "only = \"II\"");
    let decoded = read(&only, STREAM).unwrap();
    assert_eq!(told(&decoded), ["T_FARM-1 energy 2026-03-02 00:30 01:00 30.999 MWh final"]);
    let reason = "[0]: this is SF, and the settings say only = \"II\"";
    assert_eq!(refused(&decoded)[0], reason);
    let untold = read(&only, STREAM.replacen("\"settlementRunType\":\"SF\",", "", 1)).unwrap();
    assert!(refused(&untold)[0].starts_with("[0]: this is of an untold run"));
    let unknown = stream("\"SF\"", "\"R9\"").unwrap();
    assert_eq!(refused(&unknown), ["[0]: `R9` is not a settlement run that we know"]);
    let fixed = read(&FARM.replace("\"as told\"", "\"provisional\""), STREAM).unwrap();
    assert!(told(&fixed).iter().all(|line| line.ends_with("provisional")), "the settings go before");
}

#[test]
fn two_values_of_one_run_are_both_told_so_that_neither_is_taken() {
    let decoded = stream("\"SF\"", "\"II\"").unwrap();
    let lines = told(&decoded);
    assert_eq!(lines.len(), 3);
    assert!(lines[1].contains("01:00 31.25 MWh") && lines[2].contains("01:00 30.999 MWh"), "{lines:?}");
}

#[test]
fn values_are_decimals_and_there_is_no_null() {
    let decoded = stream("31.250", "31.2500005000000000001").unwrap();
    assert_eq!(told(&decoded)[1], "T_FARM-1 energy 2026-03-02 00:30 01:00 31.250001 MWh provisional");
    for (by, reason) in
        [("null", "`null` is not a decimal"), ("\"1\"", "is not a decimal"), ("1e400", "is not a decimal")]
    {
        let decoded = stream("31.250", by).unwrap();
        assert!(refused(&decoded)[0].contains(reason), "{by}: {:?}", refused(&decoded));
        assert!(told(&decoded)[1].contains("30.999"), "{by}: the run before stays");
    }
}

#[test]
fn an_empty_list_is_no_data_yet() {
    assert_eq!(read(FARM, "[]"), Ok(Decoded::default()));
    assert_eq!(read(FARM, "{\"data\":[]}"), Ok(Decoded::default()));
}

#[test]
fn what_is_after_now_is_no_reading() {
    let decoded = read_at(FARM, STREAM, "2026-03-02 00:31").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (1, 2));
}

#[test]
fn errors_are_told_in_their_words() {
    let body = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"from is after to"}"#;
    assert_eq!(read(FARM, body), Err(DecodeError::Provider { reason: "from is after to".to_owned() }));
    let provider = feed(FARM).provider;
    assert_eq!(provider.error_reason(body.as_bytes()).as_deref(), Some("from is after to"));
    assert_eq!(provider.error_reason(br#"{"title":"One or more","errors":{"to":["bad"]}}"#).as_deref(), Some("bad"));
    assert_eq!(provider.error_reason(b"<html>"), None);
}

#[test]
fn other_forms_are_typed_errors() {
    for (replace, by) in [
        ("B1610", "FUELHH"),
        ("\"dataset\":\"B1610\",", ""),
        ("\"bmUnit\":\"T_FARM-1\",", ""),
        ("\"bmUnit\":\"T_FARM-1\",", "\"bmUnit\":7,"),
        ("\"settlementPeriod\":2", "\"settlementPeriod\":\"2\""),
        ("\"quantity\":31.250", "\"quantity\":31.250,\"quantity\":31.251"),
        ("\"quantity\":31.250", "\"amount\":31.250"),
        ("\"settlementRunType\":\"SF\"", "\"settlementRunType\":1"),
        ("[{", "{"),
    ] {
        let error = stream(replace, by).expect_err(by);
        assert!(matches!(error, DecodeError::Schema { .. }), "{by}: {error:?}");
    }
    assert_eq!(read(FARM, ""), Err(DecodeError::Empty));
    assert_eq!(read(FARM, "<html>"), Err(DecodeError::Html));
    for length in 1..STREAM.trim_end().len() {
        assert_eq!(read(FARM, &STREAM[..length]), Err(DecodeError::Truncated { bytes: length }));
    }
}

#[test]
fn broken_answers_do_no_harm() {
    survives(FARM, "", STREAM.as_bytes());
    survives(FARM, "", BASE.as_bytes());
}

#[test]
fn a_unit_is_asked_by_itself_92_days_at_a_time() {
    let base = "https://data.elexon.co.uk/bmrs/api/v1/datasets/B1610/stream?";
    let of = |from: &str, to: &str| format!("{base}from={from}&to={to}&bmUnit=T_FARM-1");
    let encoded = |url: String| url.replace(":00Z", "%3A00Z").replace(":30Z", "%3A30Z");
    assert_eq!(
        urls(FARM, "2026-03-01 00:10", "2026-03-02 12:05"),
        [encoded(of("2026-03-01T00:00Z", "2026-03-02T12:30Z"))]
    );
    assert_eq!(
        urls(FARM, "2026-01-01 00:00", "2026-05-01 00:00"),
        [encoded(of("2026-01-01T00:00Z", "2026-04-03T00:00Z")), encoded(of("2026-04-03T00:00Z", "2026-05-01T00:00Z")),]
    );
    let two = FARM.replace("final_from = \"R3\"", "only = \"R1\"") + "station.T_FARM-2 = {}\n";
    let asked = urls(&two, "2026-03-01 00:00", "2026-03-01 01:00");
    assert_eq!(asked.len(), 2);
    assert!(asked[1].ends_with("&bmUnit=T_FARM-2&settlementRunType=R1"), "{}", asked[1]);
}

#[test]
fn settings_say_what_elexon_sends() {
    wrong_settings(
        FARM,
        &[
            ("final_from = \"R3\"", "", "`final_from` or `only`: one of them"),
            ("final_from = \"R3\"", "final_from = \"R3\", only = \"R1\"", "one of them"),
            ("\"R3\"", "\"R4\"", "`R4` is no settlement run"),
            ("quantity", "volume", "Elexon does not send `volume`"),
            ("\"MWh\"", "\"kWh\"", "Elexon sends `quantity` in MWh, not in kWh"),
            ("\"energy\", unit = \"MWh\"", "\"power\", unit = \"MW\"", "`quantity` of Elexon is not power"),
            ("station.T_FARM-1 = {}", "", "no station is listed: a station is the name of a BM unit"),
            ("/stream", "/stream?bmUnit={station}", "no placeholders"),
            ("poll =", "key = { file = \"k\" }\npoll =", "elexon asks for no key"),
        ],
    );
}
