use super::super::trial::{read, read_at, read_file, refused, survives, told, urls, wrong_settings};
use super::*;
use crate::feed::settings::tests::feed;

const MUENSTER: &str = r#"
    kind = "brightsky"
    url = "https://api.brightsky.dev/weather"
    poll = "1 h"
    delay = "3 h"
    vintage = "as told"
    columns.precipitation = { variable = "precipitation", unit = "mm" }
    columns.temperature = { variable = "air_temperature", unit = "K" }
    columns.pressure_msl = { variable = "air_pressure", unit = "Pa" }
    brightsky = { units = "si" }
    station.01766 = {}
"#;
const WEATHER: &str = include_str!("../../../../fixtures/feeds/brightsky/weather.json");

fn weather(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(WEATHER.contains(replace), "{replace}");
    read(MUENSTER, WEATHER.replacen(replace, by, 1))
}

#[test]
fn sums_are_of_the_hour_before_and_the_rest_is_at_the_stamp() {
    let decoded = weather("", "").unwrap();
    let expected = [
        "01766 precipitation 2026-03-01 23:00 2026-03-02 00:00 0.2 mm final",
        "01766 air_temperature 2026-03-02 00:00 01:00 278.35 K final",
        "01766 air_pressure 2026-03-02 00:00 01:00 101330 Pa final",
        "01766 precipitation 2026-03-02 00:00 01:00 0 mm provisional",
        "01766 air_temperature 2026-03-02 01:00 02:00 278.15 K provisional",
    ];
    assert_eq!(told(&decoded), expected, "what the station has in its historical file is final");
    assert_eq!(
        refused(&decoded),
        [
            "weather[1]: `pressure_msl` comes from another source, 99: it is not this station's",
            "weather[2]: the hour is filled from a forecast: a forecast is no reading",
        ]
    );
    for member in MEMBERS.iter().map(|member| &member.si) {
        let sum = !matches!(member.name, "temperature" | "dew_point" | "pressure_msl" | "relative_humidity");
        assert_eq!(member.before, sum, "{}", member.name);
    }
}

#[test]
fn every_member_has_its_unit() {
    for member in MEMBERS.iter().map(|member| &member.si) {
        let columns =
            format!("columns.{} = {{ variable = \"{}\", unit = \"{}\" }}", member.name, member.variable, member.unit);
        let head = MUENSTER.lines().filter(|line| !line.trim().starts_with("columns.")).collect::<Vec<_>>().join("\n");
        let decoded = read(&format!("{head}\n{columns}\n"), WEATHER).unwrap();
        assert!(!decoded.readings.is_empty(), "{}", member.name);
    }
    let sunshine = MUENSTER.replace(
        "columns.temperature = { variable = \"air_temperature\", unit = \"K\" }",
        "columns.sunshine = { variable = \"sunshine\", unit = \"s\" }",
    );
    let decoded = read(&sunshine, WEATHER).unwrap();
    assert!(
        told(&decoded).contains(&"01766 sunshine 2026-03-01 23:00 2026-03-02 00:00 none s final".to_owned()),
        "null"
    );
}

#[test]
fn an_answer_in_other_units_is_refused_by_what_it_says() {
    let error = weather("278.35", "5.2").unwrap_err();
    assert_eq!(error.to_string(), "`temperature 5.2` is in `dwd`, and the settings say `si`");
    let only_rain = MUENSTER.lines().filter(|line| !line.contains("columns.t") && !line.contains("columns.pres"));
    let only_rain = only_rain.collect::<Vec<_>>().join("\n");
    let error = read(&only_rain, WEATHER.replacen("101330", "1013.3", 1)).unwrap_err();
    assert!(matches!(error, DecodeError::Unit { .. }), "though pressure is not wanted: {error}");
    let dwd =
        only_rain.replace("url = \"https://api.brightsky.dev/weather\"", "file = \"f\"").replace("\"si\"", "\"dwd\"");
    assert!(matches!(read(&dwd, WEATHER), Err(DecodeError::Unit { .. })));
    let celsius = WEATHER.replace("278.", "5.").replace("1013", "101.3").replace("101.330,", "1013.30,");
    let celsius = celsius.replace("101.340", "1013.4").replace("101.350", "1013.5");
    assert_eq!(read(&dwd, celsius).map(|decoded| decoded.readings.len()), Ok(2));
}

#[test]
fn what_is_after_now_is_no_reading() {
    let decoded = read_at(MUENSTER, WEATHER, "2026-03-02 00:30").unwrap();
    assert_eq!(decoded.readings.len(), 3);
    assert_eq!(decoded.refused.len(), 3, "the list runs into the future: forecasts of hours to come are passed over");
    let chance = weather("\"precipitation_probability\":null", "\"precipitation_probability\":7").unwrap();
    assert!(refused(&chance)[0].starts_with("weather[0]: the hour is filled from a forecast"));
    let synop = weather("\"observation_type\":\"historical\"", "\"observation_type\":\"synop\"").unwrap();
    assert!(refused(&synop)[0].starts_with("weather[0]: the hour is of unchecked SYNOP"));
}

#[test]
fn another_station_is_refused() {
    let error = weather("\"01766\"", "\"01765\"").unwrap_err();
    assert_eq!(error.to_string(), "the answer for `01766` is for another place: 01765");
    let file = read_file(MUENSTER, "", WEATHER.replacen("\"01766\"", "\"01765\"", 1)).unwrap();
    assert_eq!(file.readings.len(), 2, "in a file it is passed over");
    let nameless = weather("\"01766\"", "null").unwrap_err();
    assert!(nameless.to_string().contains("no DWD station"), "{nameless}");
}

#[test]
fn errors_are_told_in_their_words() {
    let provider = feed(MUENSTER).provider;
    for (body, words) in [
        (r#"{"title":"400 Bad Request","description":"Please supply a station"}"#, "Please supply a station"),
        (r#"{"detail":"No sources match"}"#, "No sources match"),
        (r#"{"detail":[{"loc":["query","date"],"msg":"invalid"}]}"#, "query; date; invalid"),
    ] {
        assert_eq!(provider.error_reason(body.as_bytes()).as_deref(), Some(words));
        assert_eq!(read(MUENSTER, body), Err(DecodeError::Provider { reason: words.to_owned() }));
    }
    assert_eq!(read(MUENSTER, r#"{"weather":[],"sources":[]}"#), Ok(Decoded::default()));
}

#[test]
fn other_forms_are_typed_errors() {
    for (replace, by, words) in [
        ("\"source_id\":11", "\"source_id\":10", "there is no source 10 (weather[0].source_id)"),
        ("00:00:00+00:00", "00:00:00", "is not a time with its offset"),
        ("00:00:00+00:00", "00:30:00+00:00", "is no full hour"),
        (
            "\"historical\"",
            "\"mosmix\"",
            "`mosmix` is not an observation_type that we know (sources[0].observation_type)",
        ),
        ("0.2", "\"0.2\"", "neither a number nor null (weather[0].precipitation)"),
        ("0.2", "{}", "neither a number nor null"),
        ("\"precipitation\":", "\"precipitations\":", "did you mean `precipitations`?"),
        ("\"sources\"", "\"source\"", "`sources` is missing"),
        ("\"weather\"", "\"wether\"", "`weather` is missing"),
        ("\"temperature\"", "\"precipitation\"", "`precipitation` is there twice"),
    ] {
        let told = weather(replace, by).map(|decoded| decoded.readings.len()).unwrap_err().to_string();
        assert!(told.contains(words), "{by}: {told}");
    }
    for (by, reason) in [("-0.2", "never below zero"), ("1e400", "is not a decimal number")] {
        let decoded = weather("0.2", by).unwrap();
        assert!(refused(&decoded)[0].contains(reason), "{by}");
        assert_eq!(decoded.readings.len(), 4, "the rest of the hour is used");
    }
    assert_eq!(read(MUENSTER, ""), Err(DecodeError::Empty));
    assert_eq!(read(MUENSTER, "<html>"), Err(DecodeError::Html));
    for length in 1..WEATHER.trim_end().len() {
        assert_eq!(read(MUENSTER, &WEATHER[..length]), Err(DecodeError::Truncated { bytes: length }));
    }
}

#[test]
fn broken_answers_do_no_harm() {
    survives(MUENSTER, "", WEATHER.as_bytes());
}

#[test]
fn one_station_is_asked_in_utc_and_si_units() {
    let url = "https://api.brightsky.dev/weather?dwd_station_id=01766&date=2026-03-01T00%3A00Z&last_date=2026-03-02T13%3A00Z&tz=Etc%2FUTC&units=si";
    assert_eq!(urls(MUENSTER, "2026-03-01 00:20", "2026-03-02 12:05"), [url]);
}

#[test]
fn settings_say_what_is_sent() {
    wrong_settings(
        MUENSTER,
        &[
            ("\"si\"", "\"dwd\"", "a server is asked for SI units"),
            ("\"si\"", "\"metric\"", "`metric` is no system of units"),
            ("units = \"si\"", "", "`units` is missing"),
            ("columns.precipitation", "columns.precipitation_60", "Bright Sky does not send `precipitation_60`"),
            ("\"K\"", "\"degC\"", "Bright Sky sends `temperature` in K, not in degC"),
            ("\"air_temperature\"", "\"dew_point\"", "`temperature` of Bright Sky is not dew_point"),
            ("station.01766 = {}", "", "no station is listed"),
            ("station.01766", "station.1766", "the station `1766` is not the dwd_station_id"),
            ("/weather\"", "/weather?lat={latitude}\"", "no placeholders"),
            ("poll =", "key = { file = \"k\" }\npoll =", "brightsky asks for no key"),
        ],
    );
}
