use super::super::trial::at;
use super::*;
use crate::feed::settings::tests::feed;

const SETTINGS: &str = r#"
        kind = "open-meteo"
        url = "https://archive-api.open-meteo.com/v1/archive"
        poll = "6 h"
        delay = "5 d"
        vintage = "provisional"
        open_meteo = { model = "era5", block = "hourly" }
        columns = { precipitation = { variable = "precipitation", unit = "mm" }, temperature_2m = { variable = "air_temperature", unit = "degC" } }
        station.lingang = { latitude = "30.87 deg", longitude = "121.93 deg" }
    "#;

fn read(body: &str, now: &str) -> Result<Decoded, DecodeError> {
    crate::feed::decode(&feed(SETTINGS), &Raw { bytes: body.as_bytes(), name: "", asked: None, now: Some(at(now)) })
}

/// An answer of two hours; each part can be made wrong.
fn answer(replace: &str, by: &str) -> String {
    let good = r#"{"latitude":31.0,"longitude":122.0,"utc_offset_seconds":0,"new":{"deep":[1]},
            "hourly_units":{"time":"iso8601","precipitation":"mm","temperature_2m":"\u00b0C"},
            "hourly":{"time":["2026-06-01T00:00","2026-06-01T01:00"],"precipitation":[0.1,null],"temperature_2m":[-0.0,1.25e1]}}"#;
    assert!(good.contains(replace), "{replace}");
    good.replace(replace, by)
}

#[test]
fn sums_are_of_the_hour_before_and_values_at_instants_stand_for_the_hour_that_begins() {
    let decoded = read(&answer("", ""), "2026-06-02 00:00").unwrap();
    let got = decoded.readings.iter().map(|reading| {
        let value = reading.value.map_or("null".to_owned(), |value| value.to_string());
        format!(
            "{} {} {} {value} {}",
            reading.variable,
            reading.start.format("%F %R"),
            reading.end.format("%R"),
            reading.unit
        )
    });
    assert_eq!(
        got.collect::<Vec<_>>(),
        [
            "precipitation 2026-05-31 23:00 00:00 0.1 mm",
            "precipitation 2026-06-01 00:00 01:00 null mm",
            "air_temperature 2026-06-01 00:00 01:00 0 degC",
            "air_temperature 2026-06-01 01:00 02:00 12.5 degC",
        ]
    );
    assert_eq!(decoded.refused, []);
}

#[test]
fn what_is_after_now_is_a_forecast_unless_it_is_nothing() {
    let decoded = read(&answer("", ""), "2026-06-01 00:58").unwrap();
    assert_eq!(decoded.readings.len(), 2, "the stamps of 00:00");
    assert_eq!(decoded.refused.len(), 1, "12.5 degC is refused, null is passed over");
    assert!(decoded.refused[0].place == "hourly.temperature_2m[1]" && decoded.refused[0].reason.contains("forecast"));
    assert_eq!(read(&answer("", ""), "2026-06-01 00:59").unwrap().readings.len(), 4, "a minute's grace");
}

#[test]
fn wrong_numbers_refuse_a_reading_and_wrong_forms_the_answer() {
    for (replace, by, place) in [
        ("0.1", "1e400", "hourly.precipitation[0]"),
        ("0.1", "-0.1", "hourly.precipitation[0]"),
        ("0.1", "99999999999999", "hourly.precipitation[0]"),
    ] {
        let decoded = read(&answer(replace, by), "2026-06-02 00:00").unwrap();
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (3, 1), "{by}");
        assert_eq!(decoded.refused[0].place, place);
    }
    let schema = |error: &DecodeError| matches!(error, DecodeError::Schema { .. });
    let other = |error: &DecodeError| matches!(error, DecodeError::OtherPlace { .. });
    type Is = fn(&DecodeError) -> bool;
    let cases: [(&str, &str, Is); 18] = [
        ("0.1", "\"0.1\"", schema),
        ("0.1", "Infinity", schema),
        ("0.1", "0,1", schema),
        ("0.1,", "", schema),
        ("[0.1,null]", "{}", schema),
        ("T01:00", "T02:00", schema),
        ("T01:00", "", schema),
        ("T01:00", "T00:00", schema),
        ("\"utc_offset_seconds\":0", "\"utc_offset_seconds\":3600", schema),
        ("\"utc_offset_seconds\":0,", "", schema),
        ("iso8601", "unixtime", schema),
        ("\"hourly\"", "\"hurly\"", schema),
        ("\"mm\"", "\"inch\"", |error| matches!(error, DecodeError::Unit { .. })),
        ("\"temperature_2m\":[", "\"temperature_2m_era5\":[", |error| {
            matches!(error, DecodeError::MissingColumn { .. })
        }),
        ("\"temperature_2m\":[", "\"precipitation\":[", schema),
        ("31.0", "32.0", other),
        ("122.0", "-122.0", other),
        ("\"new\"", "\"latitude\"", schema),
    ];
    for (replace, by, is) in cases {
        let error = read(&answer(replace, by), "2026-06-02 00:00").expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
}

#[test]
fn broken_bodies_are_typed_errors() {
    let whole = answer("", "");
    let deep = "[".repeat(200_000);
    let deep_member = answer("{\"deep\":[1]}", &format!("{deep}{}", "]".repeat(200_000)));
    assert!(read(&deep_member, "2026-06-02 00:00").is_ok(), "what is not wanted is passed over, however deep");
    assert!(matches!(read(&deep, "2026-06-02 00:00"), Err(DecodeError::Truncated { .. })));
    for length in (1..whole.len()).filter(|length| whole.is_char_boundary(*length)) {
        let error = read(&whole[..length], "2026-06-02 00:00").expect_err("cut");
        assert!(matches!(error, DecodeError::Truncated { .. }), "{length}: {error:?}");
    }
    for (body, error) in [
        ("", DecodeError::Empty),
        (" \n", DecodeError::Empty),
        ("\u{feff}<html>", DecodeError::Html),
        (r#"{"error":true,"reason":"no such model"}"#, DecodeError::Provider { reason: "no such model".to_owned() }),
        (r#"{"error":"yes"}"#, DecodeError::Provider { reason: "an error without a reason".to_owned() }),
    ] {
        assert_eq!(read(body, "2026-06-02 00:00"), Err(error), "{body}");
    }
    for body in ["[]", "null", "3", "\"\"", "[{}, {}]", "{}"] {
        assert!(matches!(read(body, "2026-06-02 00:00"), Err(DecodeError::Schema { .. })), "{body}");
    }
    assert!(matches!(read(&format!("{whole} {{}}"), "2026-06-02 00:00"), Err(DecodeError::Schema { .. })));
}

#[test]
fn the_request_leaves_nothing_to_the_provider() {
    let feed = feed(SETTINGS);
    let form = OpenMeteoForm { model: "era5".to_owned(), block: Block::Hourly, zone: Zone::utc() };
    let query = query(&feed, &form, &feed.stations[0], "2026-05-01", "2026-06-01");
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        query.join("&"),
        "latitude=30.87&longitude=121.93&start_date=2026-05-01&end_date=2026-06-01&hourly=precipitation,temperature_2m\
             &models=era5&timezone=GMT&elevation=nan&cell_selection=nearest&precipitation_unit=mm&temperature_unit=celsius"
    );
}
