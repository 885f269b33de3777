use super::super::trial::{at, survives, wrong_settings};
use super::*;
use crate::feed::address::{Network, UrlTemplate};
use crate::feed::settings::tests::feed;

const HOURS: &str = include_str!("../../../../fixtures/feeds/nasa-power/hours.json");
const DAYS: &str = include_str!("../../../../fixtures/feeds/nasa-power/days.csv");
const SETTINGS: &str = r#"
    kind = "nasa-power"
    url = "https://power.larc.nasa.gov/api/temporal"
    poll = "12 h"
    delay = "3 d"
    vintage = { final_after = "100 d" }
    nasa_power = { resolution = "hourly", community = "AG" }
    columns.T2M = { variable = "air_temperature", unit = "degC" }
    columns.PRECTOTCORR = { variable = "precipitation", unit = "mm" }
    station.lingang = { latitude = "30.87 deg", longitude = "121.93 deg" }
"#;
const DAILY: &str = r#"
    kind = "nasa-power"
    file = "days.csv"
    poll = "12 h"
    delay = "3 d"
    vintage = "provisional"
    nasa_power = { resolution = "daily", community = "AG" }
    columns.T2M = { variable = "air_temperature_mean", unit = "degC" }
    columns.PRECTOTCORR = { variable = "precipitation", unit = "mm" }
    columns.ALLSKY_SFC_SW_DWN = { variable = "global_radiation", unit = "MJ/m2" }
    station.lingang = { latitude = "30.87 deg", longitude = "121.93 deg" }
"#;

fn read(settings: &str, body: &str, now: &str) -> Result<Decoded, DecodeError> {
    let raw = Raw { bytes: body.as_bytes(), name: "point", asked: None, now: Some(at(now)) };
    crate::feed::decode(&feed(settings), &raw)
}

fn hours(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(HOURS.contains(replace), "{replace}");
    read(SETTINGS, &HOURS.replacen(replace, by, 1), "2026-06-10 00:00")
}

fn days(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(DAYS.contains(replace), "{replace}");
    read(DAILY, &DAYS.replacen(replace, by, 1), "2026-06-10 00:00")
}

fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let of = decoded.readings.iter().map(|reading| {
        let (start, end) = (reading.start.format("%m-%d %R"), reading.end.format("%m-%d %R"));
        format!("{} {start} to {end} {} {}", reading.variable, value(reading.value), reading.unit)
    });
    of.collect()
}

#[test]
fn a_key_is_the_beginning_of_its_hour_and_a_rate_by_the_day_is_an_amount_by_the_hour() {
    let decoded = hours("{", "{").unwrap();
    assert_eq!(decoded.refused, []);
    let told = told(&decoded);
    assert_eq!(told.len(), 48);
    assert_eq!(told[23], "air_temperature 06-01 23:00 to 06-02 00:00 31.5 degC");
    assert_eq!(told[24], "precipitation 06-01 00:00 to 06-01 01:00 0 mm");
    assert_eq!(told[27], "precipitation 06-01 03:00 to 06-01 04:00 0.5 mm", "12 mm a day");
    assert_eq!(told[28], "precipitation 06-01 04:00 to 06-01 05:00 0.208333 mm", "5 mm a day, rounded once");
    let rate = hours("\"mm/day\"", "\"mm/hour\"").unwrap();
    assert_eq!(rate.readings[27].value, Some(Fixed::from_whole(12).unwrap()), "as earlier versions had it");
}

#[test]
fn days_of_a_file_are_days_in_utc_and_their_rate_is_the_amount() {
    let decoded = days("2024", "2024").unwrap();
    assert_eq!(decoded.refused, []);
    assert_eq!(
        told(&decoded),
        [
            "air_temperature_mean 02-28 00:00 to 02-29 00:00 8.25 degC",
            "air_temperature_mean 02-29 00:00 to 03-01 00:00 9.5 degC",
            "air_temperature_mean 03-01 00:00 to 03-02 00:00 -0.75 degC",
            "precipitation 02-28 00:00 to 02-29 00:00 0 mm",
            "precipitation 02-29 00:00 to 03-01 00:00 31.25 mm",
            "precipitation 03-01 00:00 to 03-02 00:00 none mm",
            "global_radiation 02-28 00:00 to 02-29 00:00 11.5 MJ/m2",
            "global_radiation 02-29 00:00 to 03-01 00:00 3.25 MJ/m2",
            "global_radiation 03-01 00:00 to 03-02 00:00 none MJ/m2",
        ]
    );
}

#[test]
fn the_words_of_the_header_and_the_columns_of_a_day_may_change() {
    let same = days("latitude  30.87   longitude", "Latitude  30.87   Longitude").unwrap();
    let by_month = DAYS.replace("YEAR,DOY", "YEAR,MO,DY");
    let by_month =
        by_month.replace("2024,59", "2024,2,28").replace("2024,60", "2024,2,29").replace("2024,61", "2024,3,1");
    assert_eq!(read(DAILY, &by_month, "2026-06-10 00:00").unwrap(), same);
    let unix = DAYS.replace("\r\n", "\n").replace("-END", "Message(s): \nSome message \n-END");
    assert_eq!(read(DAILY, &unix, "2026-06-10 00:00").unwrap(), same);
}

#[test]
fn the_fill_value_is_missing_whatever_it_is_and_nothing_is_not_a_number() {
    let missing = |decoded: &Decoded| decoded.readings.iter().filter(|reading| reading.value.is_none()).count();
    assert_eq!(missing(&hours("{", "{").unwrap()), 2);
    let other = HOURS.replace("-999.0", "-99");
    assert_eq!(missing(&read(SETTINGS, &other, "2026-06-10 00:00").unwrap()), 2);
    let moved = hours("\"fill_value\":-999.0", "\"fill_value\":-99").unwrap();
    assert_eq!(moved.refused.len(), 2, "-999 mm are no rain: {:?}", moved.refused);
    assert!(matches!(hours("\"2026060122\":-999.0", "\"2026060122\":null"), Err(DecodeError::Schema { .. })));
}

#[test]
fn what_has_not_ended_is_a_forecast_unless_it_is_nothing() {
    let decoded = read(SETTINGS, HOURS, "2026-06-01 22:00").unwrap();
    assert_eq!(decoded.readings.len(), 44, "22 hours of each");
    assert_eq!(decoded.refused.len(), 1, "two temperatures; the rain of those hours is not there yet");
    assert_eq!(decoded.refused[0].place, "T2M[22]");
    assert!(decoded.refused[0].reason.contains("2 values are after now"), "{:?}", decoded.refused);
}

#[test]
fn solar_time_is_read_only_where_the_settings_say_its_offset() {
    let schema = |result: Result<Decoded, DecodeError>, words: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    schema(hours("\"UTC\"", "\"LST\""), "no civil day can be cut");
    schema(days(" in UTC", " in LST"), "no civil day can be cut");
    schema(days(" in UTC", ""), "nothing says at which offset");
    let zone = |zone: &str| DAILY.replace("community =", &format!("zone = \"{zone}\", community ="));
    schema(read(&zone("+08:08"), DAYS, "2026-06-10 00:00"), "the settings have another zone");
    schema(read(&zone("UTC"), &DAYS.replace(" in UTC", " in LST"), "2026-06-10 00:00"), "no civil day");
    let solar = read(&zone("+08:08"), &DAYS.replace(" in UTC", " in LST"), "2026-06-10 00:00").unwrap();
    assert_eq!(told(&solar)[0], "air_temperature_mean 02-27 15:52 to 02-28 15:52 8.25 degC");
    let unsaid = read(&zone("UTC"), &DAYS.replace(" in UTC", ""), "2026-06-10 00:00").unwrap();
    assert_eq!(unsaid, days("2024", "2024").unwrap());
}

#[test]
fn units_place_names_times_and_length_are_those_that_were_asked_for() {
    type Is = fn(&DecodeError) -> bool;
    let schema: Is = |error| matches!(error, DecodeError::Schema { .. });
    let unit: Is = |error| matches!(error, DecodeError::Unit { .. });
    let place: Is = |error| matches!(error, DecodeError::OtherPlace { .. });
    let column: Is = |error| matches!(error, DecodeError::MissingColumn { .. });
    for (replace, by, is) in [
        ("\"units\":\"C\"", "\"units\":\"K\"", unit),
        ("\"mm/day\"", "\"kg/m^2/s\"", unit),
        ("[121.93,30.87", "[30.87,121.93", place),
        ("[121.93,30.87", "[121.94,30.87", place),
        ("[121.93,30.87,4.5]", "[]", schema),
        ("\"PRECTOTCORR\":{\"2026", "\"PRECTOT\":{\"2026", column),
        ("\"2026060105\":22.5", "\"2026060104\":22.5", schema),
        ("\"2026060105\":22.5,", "", schema),
        ("\"2026060105\":22.5", "\"20260601\":22.5", schema),
        ("\"2026060105\":22.5", "\"2026060124\":22.5", schema),
        ("\"2026060105\":22.5", "\"2026060105\":\"22.5\"", schema),
        ("\"start\":\"20260601\"", "\"start\":\"20260531\"", schema),
        ("\"end\":\"20260601\"", "\"end\":\"20260602\"", schema),
        ("\"end\":\"20260601\"", "\"end\":\"yesterday\"", schema),
        ("\"time_standard\":\"UTC\"", "\"time_standard\":\"TAI\"", schema),
        ("\"properties\"", "\"property\"", schema),
    ] {
        let error = hours(replace, by).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    for (replace, by, is) in [
        ("(C)", "(K)", unit),
        ("T2M                   ", "T3M                   ", schema),
        ("latitude  30.87   longitude 121.93", "latitude  121.93   longitude 30.87", place),
        ("YEAR,DOY,T2M", "YEAR,DOY,T2N", column),
        ("YEAR,DOY,T2M,PRECTOTCORR", "YEAR,DOY,T2M,T2M", |error| matches!(error, DecodeError::DoubleColumn { .. })),
        ("2024,60,9.5,", "2024,60,", schema),
        ("2024,60", "2024,62", schema),
        ("2024,61", "2023,366", schema),
        ("through 03/01/2024", "through 03/02/2024", schema),
        (": 02/28/2024", ": 02/27/2024", schema),
        ("availability range: -999", "availability range: none", schema),
        ("Daily Data", "Climatology in LST", schema),
        ("-END HEADER-", "-END-", |error| matches!(error, DecodeError::Truncated { .. })),
    ] {
        let error = days(replace, by).expect_err(by);
        assert!(is(&error), "{by}: {error:?}");
    }
    let hourly = DAILY.lines().filter(|line| !line.contains("ALLSKY") && !line.contains("PRECTOT"));
    let hourly = hourly.collect::<Vec<_>>().join("\n").replace("\"daily\"", "\"hourly\"");
    let error = read(&hourly, DAYS, "2026-06-10 00:00").unwrap_err().to_string();
    assert_eq!(error, "it is a day, and the settings say hours (the last time)");
    let error = read(&hourly.replace("\"hourly\"", "\"daily\""), HOURS, "2026-06-10 00:00").unwrap_err().to_string();
    assert_eq!(error, "it is an hour, and the settings say days (the last time)");
}

#[test]
fn errors_are_told_in_the_providers_words_whatever_the_status() {
    let body = r#"{"messages":[{"Alert":{"Description":{"Issue":"Input request type is not allowed."}}}]}"#;
    let reason = "Input request type is not allowed.".to_owned();
    assert_eq!(read(SETTINGS, body, "2026-06-10 00:00"), Err(DecodeError::Provider { reason }));
    let provider = &feed(SETTINGS).provider;
    let body =
        br#"{"header":"The POWER Daily API failed to complete your request","messages":["Parameter T3M","Check it"]}"#;
    assert_eq!(provider.error_reason(body), Some("Parameter T3M; Check it".to_owned()));
    assert_eq!(provider.error_reason(b"<html>"), None);
}

#[test]
fn the_request_leaves_nothing_to_the_provider() {
    let feed = feed(SETTINGS);
    let network = Network::default();
    let url = UrlTemplate::parse("https://power.larc.nasa.gov/api/temporal/", &network).unwrap();
    let wanted = Wanted {
        url: &url,
        station: feed.stations.first(),
        from: at("2026-02-20 23:59"),
        to: at("2026-06-10 00:00"),
        now: at("2026-06-10 00:00"),
        key: None,
        token: None,
    };
    let requests = feed.provider.requests(&feed, &wanted);
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!(
        request.url.as_str(),
        "https://power.larc.nasa.gov/api/temporal/hourly/point?parameters=T2M%2CPRECTOTCORR&community=AG&latitude=30.87\
         &longitude=121.93&start=20260220&end=20260610&format=JSON&time-standard=UTC"
    );
}

#[test]
fn settings_want_what_is_sent() {
    for (settings, replace, by, message) in [
        (SETTINGS, "columns.T2M", "columns.T2N", "does not send `T2N`"),
        (SETTINGS, "\"air_temperature\"", "\"dew_point\"", "`T2M` of NASA POWER is not dew_point"),
        (SETTINGS, "\"degC\"", "\"degF\"", "NASA POWER sends `T2M` in degC, not in degF"),
        (SETTINGS, "\"hourly\"", "\"monthly\"", "`monthly` is no resolution"),
        (SETTINGS, "\"AG\"", "\"ag\"", "`ag` is not a community"),
        (SETTINGS, "\"AG\"", "\"AG\", zone = \"-03:12\"", "a server is asked in UTC"),
        (DAILY, "\"AG\"", "\"AG\", zone = \"Asia/Shanghai\"", "`Asia/Shanghai` is neither UTC nor an offset"),
        (DAILY, "\"AG\"", "\"RE\"", "daily answers for the community RE are not in MJ/m2"),
        (
            SETTINGS,
            "T2M = { variable = \"air_temperature\"",
            "T2M_MAX = { variable = \"air_temperature_max\"",
            "`T2M_MAX` is of days only",
        ),
        (
            SETTINGS,
            "PRECTOTCORR = { variable = \"precipitation\", unit = \"mm\" }",
            "PSC = { variable = \"air_pressure\", unit = \"kPa\" }",
            "depends on a height",
        ),
        (SETTINGS, "/temporal", "/temporal/{from}", "has no placeholders"),
        (SETTINGS, "{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }", "{}", "`lingang` has no position"),
        (
            SETTINGS,
            "station.lingang = { latitude = \"30.87 deg\", longitude = \"121.93 deg\" }",
            "",
            "no station is listed",
        ),
        (DAILY, "station.lingang", "station.b = {}\n    station.lingang", "2 stations are listed for one file"),
        (SETTINGS, "poll =", "key = { file = \"k\" }\n    poll =", "nasa-power asks for no key"),
        (SETTINGS, "{ final_after = \"100 d\" }", "\"as told\"", "say nothing of what is final"),
    ] {
        wrong_settings(settings, &[(replace, by, message)]);
    }
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    survives(DAILY, "", DAYS.as_bytes());
    let file = SETTINGS.replace("url = \"https://power.larc.nasa.gov/api/temporal\"", "file = \"hours.json\"");
    survives(&file, "", HOURS.as_bytes());
}
