use super::super::trial::{
    instead, next, poll, read, read_at, read_file, refused, requests, survives, told, urls, wrong_settings,
};
use super::*;
use crate::feed::settings::tests::feed;

const WIND: &str = r#"
    kind = "entsoe"
    url = "https://web-api.tp.entsoe.eu/api"
    key = { credential = "entsoe" }
    poll = "1 h"
    delay = "2 h"
    vintage = "provisional"
    columns.quantity = { variable = "power", unit = "MW" }
    entsoe = { document = "A75", psr_type = "B19", direction = "generation", every = "15 min" }
    station.10Y1001A1001A82H = {}
"#;
const UNIT: &str = r#"
    kind = "entsoe"
    url = "https://web-api.tp.entsoe.eu/api"
    key = { credential = "entsoe" }
    poll = "6 h"
    delay = "5 d"
    vintage = "provisional"
    columns.quantity = { variable = "power", unit = "MW" }
    entsoe = { document = "A73", domain = "10YBE----------2", direction = "generation", every = "1 h" }
    station.22WEXAMPLE00001A = {}
"#;
const WIND_XML: &str = include_str!("../../../../fixtures/feeds/entsoe/wind.xml");
const UNIT_XML: &str = include_str!("../../../../fixtures/feeds/entsoe/unit.xml");
const NONE_XML: &str = include_str!("../../../../fixtures/feeds/entsoe/none.xml");

fn wind(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(WIND_XML.contains(replace), "{replace}");
    read(WIND, WIND_XML.replacen(replace, by, 1))
}

#[test]
fn a_position_begins_at_the_start_and_absent_ones_hold_the_value_before_up_to_the_end_of_the_period() {
    let decoded = wind("", "").unwrap();
    let expected = [
        "10Y1001A1001A82H power 2026-03-01 23:00 23:15 120.5 MW provisional",
        "10Y1001A1001A82H power 2026-03-01 23:15 23:30 120.5 MW provisional",
        "10Y1001A1001A82H power 2026-03-01 23:30 23:45 120.5 MW provisional",
        "10Y1001A1001A82H power 2026-03-01 23:45 2026-03-02 00:00 0 MW provisional",
        "10Y1001A1001A82H power 2026-03-02 00:00 00:15 0 MW provisional",
        "10Y1001A1001A82H power 2026-03-02 01:15 01:30 98.7654 MW provisional",
        "10Y1001A1001A82H power 2026-03-02 01:30 01:45 77 MW provisional",
        "10Y1001A1001A82H power 2026-03-02 01:45 02:00 78 MW provisional",
    ];
    assert_eq!(told(&decoded), expected, "the hole between Periods and what is before the first Point are no data");
    assert_eq!(decoded.refused, []);
}

#[test]
fn consumption_is_another_series_than_generation() {
    let decoded = read(&WIND.replace("\"generation\"", "\"consumption\""), WIND_XML).unwrap();
    assert_eq!(told(&decoded), ["10Y1001A1001A82H power 2026-03-02 01:00 01:15 3 MW provisional"]);
    assert_eq!(read(&WIND.replace("B19", "B18"), WIND_XML).unwrap(), Decoded::default(), "another type");
}

#[test]
fn a_local_day_has_92_or_100_quarter_hours_when_the_clocks_change() {
    for (start, end, count) in
        [("2026-03-28T23:00Z", "2026-03-29T22:00Z", 92), ("2026-10-24T22:00Z", "2026-10-25T23:00Z", 100)]
    {
        let body = WIND_XML.replace("2026-03-01T23:00Z", start).replace("2026-03-02T00:15Z", end);
        let decoded = read(WIND, body).unwrap();
        let of_the_day = decoded.readings.iter().filter(|reading| reading.value == Some(crate::quantity::Fixed::ZERO));
        assert_eq!(of_the_day.count(), count - 3, "{start}");
    }
}

#[test]
fn a_curve_a01_has_every_position() {
    let decoded = read(UNIT, UNIT_XML).unwrap();
    let expected = [
        "22WEXAMPLE00001A power 2026-03-01 23:00 2026-03-02 00:00 200 MW provisional",
        "22WEXAMPLE00001A power 2026-03-02 00:00 01:00 201.5 MW provisional",
    ];
    assert_eq!(told(&decoded), expected, "nothing is held");
    assert_eq!(refused(&decoded), ["TimeSeries[0].Period[0]: a curve A01 has every position, and 1 are absent"]);
}

#[test]
fn another_unit_zone_or_resolution_is_not_taken() {
    let error = wind("MAW", "KWT").unwrap_err();
    assert_eq!(error.to_string(), "`quantity` is in `KWT`, and the settings say `MAW`");
    let other = wind("10Y1001A1001A82H", "10YFR-RTE------C").unwrap_err();
    assert!(matches!(other, DecodeError::OtherPlace { .. }), "{other}");
    let other = read(UNIT, UNIT_XML.replace("22WEXAMPLE00001A", "22WEXAMPLE00002B")).unwrap_err();
    assert!(matches!(other, DecodeError::OtherPlace { .. }), "{other}");
    let file = read_file(WIND, "", WIND_XML.replacen("10Y1001A1001A82H", "10YFR-RTE------C", 1)).unwrap();
    assert_eq!(file.readings.len(), 2, "in a file others are passed over");
    let decoded = wind("PT15M", "PT5M").unwrap();
    assert_eq!(decoded.readings.len(), 3);
    let reason = "TimeSeries[0].Period[0]: intervals are of 5 min, and the settings say every = \"15 min\"";
    assert_eq!(refused(&decoded), [reason], "where the resolution changes within an answer");
}

#[test]
fn what_is_after_now_is_a_forecast() {
    let decoded = read_at(WIND, WIND_XML, "2026-03-02 00:00").unwrap();
    assert_eq!(decoded.readings.len(), 4);
    assert_eq!(
        refused(&decoded)[0],
        "TimeSeries[0].Period[0]: 1 values are after now: a forecast is no reading",
        "a value is held no further than now"
    );
    let error = wind("A16", "A01").unwrap_err();
    assert!(error.to_string().contains("a forecast is no reading"), "{error}");
    let error = wind("<type>A75", "<type>A69").unwrap_err();
    assert!(error.to_string().contains("of type A69, and the settings say A75"), "{error}");
}

#[test]
fn no_data_is_nothing_and_a_mistake_of_ours_is_an_error() {
    assert_eq!(read(WIND, NONE_XML), Ok(Decoded::default()));
    for (replace, by) in [
        ("2026-03-01T23:00:00Z/2026-03-02T23:00:00Z", "null/null"),
        ("No matching data found", "The parameter in_Domain is unfilled"),
        ("999", "400"),
    ] {
        let error = read(WIND, NONE_XML.replace(replace, by)).unwrap_err();
        assert!(matches!(error, DecodeError::Provider { .. }), "{error}");
    }
    let provider = feed(WIND).provider;
    let words = provider.error_reason(NONE_XML.as_bytes()).unwrap();
    assert!(words.starts_with("No matching data found for Data item EXAMPLE"), "{words}");
    let page = b"<html><head><title>401</title></head><body><p>Unauthorized.\n Check your token</p></body></html>";
    assert_eq!(provider.error_reason(page).as_deref(), Some("401 Unauthorized. Check your token"));
    assert_eq!(provider.error_reason(b""), None);
}

#[test]
fn too_many_requests_are_a_ban_of_ten_minutes() {
    let now = DateTime::from_timestamp(0, 0).unwrap();
    assert_eq!(feed(WIND).provider.window("", now), Some(Duration::from_secs(600)));
}

#[test]
fn other_forms_are_typed_errors() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    for (replace, by) in [
        ("2026-03-01T23:00Z", "2026-03-01T23:00"),
        ("2026-03-01T23:00Z", "2026-03-01T23:07Z"),
        ("2026-03-02T00:15Z", "2026-03-01T23:00Z"),
        ("PT15M", "P15M"),
        ("A03", "A05"),
        ("<curveType>A03</curveType>", ""),
        ("<position>4<", "<position>1<"),
        ("<position>4<", "<position>6<"),
        ("<position>4<", "<position>0<"),
        ("<position>4<", "<position>+4<"),
        ("<quantity>0</quantity>", ""),
        ("<quantity>0</quantity>", "<quantity>0</quantity><quantity>1</quantity>"),
        ("<quantity>0</quantity>", "<quantity><a>0</a></quantity>"),
        ("<Period>", "<Period>5"),
        ("<type>A75</type>", ""),
        ("<type>A75</type>", "<type>A75</type><type>A75</type>"),
        ("A75</type>", "A75</typ>"),
        ("</GL_MarketDocument>", "</GL_MarketDocument><a/>"),
        ("<GL_", "<!DOCTYPE a [<!ENTITY b \"c\">]><GL_"),
        ("2026-03-02T00:15Z", "9026-03-02T00:15Z"),
    ] {
        let error = wind(replace, by).expect_err(by);
        assert!(schema(&error), "{by}: {error:?}");
    }
    let decoded = wind("<quantity>0<", "<quantity>NaN<").unwrap();
    assert_eq!(decoded.readings.len(), 6, "a value that is none is not held, nor the one before it");
    assert_eq!(
        refused(&decoded),
        ["TimeSeries[0].Period[0].Point[4]: `quantity`: `NaN` is not a decimal number such as 12.5"]
    );
    for (body, error) in [
        ("", DecodeError::Empty),
        ("<!DOCTYPE html><html></html>", DecodeError::Html),
        ("<HTML><br></HTML>", DecodeError::Html),
    ] {
        assert_eq!(read(WIND, body), Err(error), "{body}");
    }
    for length in 1..WIND_XML.len() - 1 {
        assert!(read(WIND, &WIND_XML[..length]).is_err(), "{length}");
    }
}

#[test]
fn large_answers_come_as_a_zip_file() {
    let packed = super::super::trial::zip(&[("a.xml", WIND_XML.as_bytes()), ("b.xml", NONE_XML.as_bytes())]);
    assert_eq!(read(WIND, &packed).unwrap(), read(WIND, WIND_XML).unwrap());
    let small = WIND.replace("poll =", "max_body = \"1 KiB\"\npoll =");
    assert!(read(&small, &packed).is_err_and(|error| error.to_string().contains("more than 1024 bytes unpacked")));
}

#[test]
fn broken_documents_do_no_harm() {
    survives(WIND, "", WIND_XML.as_bytes());
    survives(UNIT, "", UNIT_XML.as_bytes());
    survives(WIND, "", &super::super::trial::zip(&[("a.xml", WIND_XML.as_bytes())]));
}

#[test]
fn a_zone_is_asked_in_utc_a_year_at_a_time() {
    let base = "https://web-api.tp.entsoe.eu/api?";
    let query = "documentType=A75&processType=A16&in_Domain=10Y1001A1001A82H&psrType=B19";
    let last = "securityToken=secret-key";
    assert_eq!(
        urls(WIND, "2026-03-01 23:20", "2026-03-03 10:05"),
        [format!("{base}{query}&periodStart=202603012300&periodEnd=202603031100&{last}")]
    );
    assert_eq!(
        urls(WIND, "2025-01-01 00:00", "2026-03-01 00:00"),
        [
            format!("{base}{query}&periodStart=202501010000&periodEnd=202601010000&{last}"),
            format!("{base}{query}&periodStart=202601010000&periodEnd=202603010000&{last}"),
        ]
    );
    let load = WIND.replace("\"A75\", psr_type = \"B19\", direction = \"generation\"", "\"A65\"");
    let query = "documentType=A65&processType=A16&outBiddingZone_Domain=10Y1001A1001A82H";
    assert_eq!(
        urls(&load, "2026-03-01 00:00", "2026-03-02 00:00"),
        [format!("{base}{query}&periodStart=202603010000&periodEnd=202603020000&{last}")]
    );
}

#[test]
fn units_are_asked_a_day_at_a_time_one_by_its_name_and_several_at_once() {
    let base = "https://web-api.tp.entsoe.eu/api?documentType=A73&processType=A16&in_Domain=10YBE----------2";
    let last = "securityToken=secret-key";
    let one = |from, to| format!("{base}&registeredResource=22WEXAMPLE00001A&periodStart={from}&periodEnd={to}&{last}");
    assert_eq!(
        urls(UNIT, "2026-03-01 00:00", "2026-03-02 12:00"),
        [one("202603010000", "202603020000"), one("202603020000", "202603021200")]
    );
    let two = UNIT.to_owned() + "station.22WEXAMPLE00002B = {}\n";
    let two = two.replace("direction", "psr_type = \"B18\", direction");
    assert_eq!(
        urls(&two, "2026-03-01 00:00", "2026-03-02 00:00"),
        [format!("{base}&psrType=B18&periodStart=202603010000&periodEnd=202603020000&{last}")]
    );
}

#[test]
fn a_hundred_series_have_a_page_behind_them() {
    let feed = feed(WIND);
    let span = ("2026-03-01 00:00", "2026-03-02 00:00");
    let series = &WIND_XML[WIND_XML.find("<TimeSeries>").unwrap()..WIND_XML.find("</TimeSeries>").unwrap()];
    let page = |count: usize| {
        let all = format!("{series}</TimeSeries>").repeat(count);
        format!("<GL_MarketDocument><type>A75</type>{all}</GL_MarketDocument>")
    };
    let request = requests(&feed, span.0, span.1).remove(0);
    let next = |request: &Request, count| next(&feed, span, request, page(count).as_bytes());
    assert_eq!(next(&request, 99), Ok(Vec::new()));
    assert_eq!(next(&request, 101), Ok(Vec::new()), "a server without pages");
    let second = next(&request, 100).unwrap().remove(0);
    assert_eq!(second, format!("{}&offset=100", request.url));
    let last = with(&request, &[("offset", "4700".to_owned())]);
    let after = next(&last, 100).unwrap().remove(0);
    assert_eq!(after, format!("{}&offset=4800", request.url));
    let last = with(&request, &[("offset", "4800".to_owned())]);
    assert!(next(&last, 100).is_err(), "pages end");
}

#[test]
fn a_span_that_holds_too_much_is_split_in_two() {
    let feed = feed(WIND);
    let span = ("2026-03-01 00:00", "2026-03-02 00:00");
    let words = "The amount of requested data exceeds allowed limit: (400) exceeds the allowed maximum (200)";
    let request = requests(&feed, span.0, span.1).remove(0);
    let Instead::Ask(parts) = instead(&feed, span, &request, 400, words) else { panic!("it is not split") };
    let parts: Vec<_> = parts.iter().map(|part| part.url.as_str()).collect();
    let parts: Vec<_> = parts.iter().map(|part| &part[part.find("periodStart").unwrap()..]).collect();
    let part = |from, to| format!("periodStart={from}&periodEnd={to}&securityToken=secret-key");
    assert_eq!(parts, [part("202603010000", "202603011200"), part("202603011200", "202603020000")]);
    assert!(matches!(instead(&feed, span, &request, 400, "bad parameter"), Instead::Fail));
    let hour = requests(&feed, "2026-03-01 00:00", "2026-03-01 01:00").remove(0);
    assert!(matches!(instead(&feed, span, &hour, 400, words), Instead::Fail), "an hour is not split");
}

#[test]
fn settings_say_what_the_platform_sends() {
    wrong_settings(
        WIND,
        &[
            ("\"A75\"", "\"A69\"", "`A69` is not a document that can be read"),
            ("psr_type = \"B19\", ", "", "`psr_type` is missing"),
            ("\"B19\"", "\"wind\"", "`wind` is not a type of production"),
            ("direction = \"generation\", ", "", "`direction` is missing"),
            ("\"generation\"", "\"in\"", "`in` is no direction"),
            ("every", "domain = \"10YBE----------2\", every", "this document has no domain"),
            ("\"15 min\"", "\"10 min\"", "15 min, 30 min and 1 h"),
            ("quantity", "quantiy", "did you mean `quantity`?"),
            ("\"MW\"", "\"kW\"", "ENTSO-E sends `quantity` in MW, not in kW"),
            ("\"power\", unit = \"MW\"", "\"energy\", unit = \"MWh\"", "`quantity` of ENTSO-E is not energy"),
            ("station.10Y1001A1001A82H = {}", "", "no station is listed"),
            ("station.10Y1001A1001A82H", "station.germany", "`germany` is not the EIC of a zone"),
            ("/api\"", "/api?in_Domain={station}\"", "no placeholders"),
            ("key = { credential = \"entsoe\" }", "", "answers nobody without a key"),
            ("\"provisional\"", "\"as told\"", "say nothing of what is final"),
        ],
    );
    wrong_settings(UNIT, &[("domain = \"10YBE----------2\", ", "", "`domain` is missing")]);
    let load = WIND.replace("\"A75\", psr_type = \"B19\", direction = \"generation\"", "\"A65\"");
    wrong_settings(&load, &[("every", "psr_type = \"B19\", every", "this document has no psr_type")]);
}

#[tokio::test]
async fn a_poll_splits_what_is_too_much_and_shows_the_token_nowhere() {
    use crate::feed::http::fault_server::Reply;
    let (answer, asked) =
        poll(WIND, "https://web-api.tp.entsoe.eu", "2026-03-01 00:00", |request| match request.number {
            0 => {
                let body =
                    NONE_XML.replace("No matching data found", "secret-key: 400 exceeds the allowed maximum (200)");
                Reply::Full { status: 400, headers: Vec::new(), body: body.into_bytes() }
            }
            1 => Reply::ok("application/xml", NONE_XML),
            _ => Reply::ok("application/xml", WIND_XML),
        })
        .await;
    let answer = answer.unwrap();
    assert_eq!((answer.readings.len(), answer.refused.len()), (8, 0));
    let spans: Vec<_> = asked.iter().map(|target| target[target.find("periodStart").unwrap()..].to_owned()).collect();
    assert_eq!(
        spans,
        [
            "periodStart=202603010000&periodEnd=202603021200&securityToken=secret-key",
            "periodStart=202603010000&periodEnd=202603011800&securityToken=secret-key",
            "periodStart=202603011800&periodEnd=202603021200&securityToken=secret-key",
        ]
    );
    for body in &answer.bodies {
        assert!(body.name.contains("securityToken=…") && !body.name.contains("secret-key"), "{}", body.name);
    }
    let (answer, asked) = poll(WIND, "https://web-api.tp.entsoe.eu", "2026-03-01 00:00", |_| Reply::Full {
        status: 401,
        headers: Vec::new(),
        body: b"<html>token secret-key is unknown</html>".to_vec(),
    })
    .await;
    let told = answer.unwrap_err().to_string();
    assert!(told.contains("status 401 (token \u{2026} is unknown)"), "{told}");
    assert_eq!(asked.len(), 1);
    let (answer, _) = poll(WIND, "https://web-api.tp.entsoe.eu", "2026-03-01 00:00", |_| Reply::status(429)).await;
    assert_eq!(answer.unwrap_err().retry_after(), Some(Duration::from_secs(600)));
}
