use super::super::trial::at;
use super::*;
use crate::feed::address::UrlTemplate;
use crate::feed::secret::Key;
use crate::feed::settings::tests::{faults, feed};
use crate::feed::{DecodeError, Network, decode};

const HISTORY: &str = include_str!("../../../../fixtures/feeds/qweather/history.json");
const CURRENT: &str = include_str!("../../../../fixtures/feeds/qweather/current.json");
const TRACK_ANSWER: &str = include_str!("../../../../fixtures/feeds/qweather/track.json");
const LIST_ANSWER: &str = include_str!("../../../../fixtures/feeds/qweather/storm-list.json");

/// Of the example key of RFC 8037, appendix A.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

const COMMON: &str = r#"
    kind = "qweather"
    url = "https://abc.re.qweatherapi.com"
    key = { file = "key" }
    poll = "6 h"
    delay = "30 h"
    vintage = "provisional"
"#;

fn history() -> String {
    format!(
        "{COMMON}{}",
        r#"qweather = { api = "history", zone = "Asia/Shanghai" }
        station.101020600 = {}
        columns.temp = { variable = "air_temperature", unit = "degC" }
        columns.precip = { variable = "precipitation", unit = "mm" }
        columns.windSpeed = { variable = "wind_speed", unit = "km/h" }
        columns.humidity = { variable = "relative_humidity", unit = "%" }"#
    )
}

fn current() -> String {
    format!(
        "{COMMON}{}",
        r#"qweather = { api = "current" }
        station.lingang = { latitude = "30.87 deg", longitude = "121.93 deg" }
        columns.temperature = { variable = "air_temperature", unit = "degC" }
        columns.humidity = { variable = "relative_humidity", unit = "1" }
        columns."wind.speed" = { variable = "wind_speed", unit = "m/s" }
        columns.windGust = { variable = "wind_gust", unit = "m/s" }
        columns.pressure = { variable = "air_pressure", unit = "hPa" }"#
    )
}

fn storms() -> String {
    format!(
        "{COMMON}{}",
        r#"qweather = { api = "storms" }
        columns.lat = { variable = "storm_latitude", unit = "deg" }
        columns.lon = { variable = "storm_longitude", unit = "deg" }
        columns.windSpeed = { variable = "storm_wind", unit = "m/s" }
        columns.pressure = { variable = "storm_pressure", unit = "hPa" }"#
    )
}

fn station(name: &str) -> Station {
    Station { name: name.into(), position: None }
}

fn read(settings: &str, body: &str, asked: &str, now: &str) -> Result<Decoded, DecodeError> {
    let raw = Raw { bytes: body.as_bytes(), name: "", asked: Some(&station(asked)), now: Some(at(now)) };
    decode(&feed(settings), &raw)
}

fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let row = |reading: &crate::observation::Reading| {
        let [start, end] = [reading.start, reading.end].map(|at| at.format("%d %R").to_string());
        format!("{} {} {start} {end} {} {}", reading.station, reading.variable, value(reading.value), reading.unit)
    };
    decoded.readings.iter().map(row).collect()
}

/// URLs, and the header that opens the server.
fn asked(settings: &str, from: &str, to: &str, key: &str) -> Vec<(String, (String, String))> {
    asked_at(settings, from, to, to, key)
}

fn asked_at(settings: &str, from: &str, to: &str, now: &str, key: &str) -> Vec<(String, (String, String))> {
    let feed = feed(settings);
    let url = UrlTemplate::parse("https://abc.re.qweatherapi.com", &Network::default()).unwrap();
    let secret = Secret::new(key.trim());
    let secret = feed.provider.opens_with(&secret, at(now)).unwrap_or(secret);
    let key = Key { secret, goes: None };
    let wanted = Wanted {
        url: &url,
        station: feed.stations.first(),
        from: at(from),
        to: at(to),
        now: at(now),
        key: Some(&key),
        token: None,
    };
    let of = |request: Request| (request.url.to_string(), request.headers[0].clone());
    feed.provider.requests(&feed, &wanted).into_iter().map(of).collect()
}

fn urls(settings: &str, from: &str, to: &str) -> Vec<String> {
    asked(settings, from, to, "api-key").into_iter().map(|(url, _)| url).collect()
}

#[test]
fn a_stamp_of_the_history_begins_its_local_hour_and_nothing_is_missing() {
    let decoded = read(&history(), HISTORY, "101020600", "2026-06-02 12:00").unwrap();
    assert_eq!(
        told(&decoded),
        [
            "101020600 air_temperature 31 16:00 31 17:00 21 degC",
            "101020600 precipitation 31 16:00 31 17:00 0 mm",
            "101020600 wind_speed 31 16:00 31 17:00 8 km/h",
            "101020600 relative_humidity 31 16:00 31 17:00 77 %",
            "101020600 air_temperature 31 17:00 31 18:00 -3 degC",
            "101020600 precipitation 31 17:00 31 18:00 2.7 mm",
            "101020600 wind_speed 31 17:00 31 18:00 none km/h",
            "101020600 relative_humidity 31 17:00 31 18:00 none %",
        ]
    );
    assert_eq!(decoded.refused, []);
}

#[test]
fn the_hour_that_the_clocks_show_twice_is_refused() {
    let berlin = history().replace("Asia/Shanghai", "Europe/Berlin");
    let body = HISTORY.replace("2026-06-01", "2026-10-25").replace(" 01:00", " 02:00");
    let decoded = read(&berlin, &body, "101020600", "2026-10-27 12:00").unwrap();
    assert_eq!(decoded.readings.len(), 4);
    assert!(decoded.refused[0].place == "weatherHourly[1]" && decoded.refused[0].reason.contains("occurs twice"));
}

#[test]
fn a_day_whose_rain_is_not_that_of_its_hours_is_told() {
    let body = HISTORY.replace("\"precip\":\"2.7\"},\"weatherHourly\"", "\"precip\":\"2.8\"},\"weatherHourly\"");
    let decoded = read(&history(), &body, "101020600", "2026-06-02 12:00").unwrap();
    assert_eq!(decoded.readings.len(), 8);
    assert_eq!(decoded.refused[0].place, "weatherDaily.precip");
    assert_eq!(decoded.refused[0].reason, "the day has 2.8 mm, its hours have 2.7 mm: the hours are used");
}

#[test]
fn what_has_not_ended_is_a_forecast() {
    let decoded = read(&history(), HISTORY, "101020600", "2026-05-31 17:10").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (4, 2), "two values and two that are none");
    let late = read(&storms(), TRACK_ANSWER, "NP_2603", "2026-07-01 05:58").unwrap();
    assert_eq!((late.readings.len(), late.refused.len()), (8, 1), "the fix of now");
}

#[test]
fn the_current_weather_is_of_the_instant_at_which_it_came() {
    let decoded = read(&current(), CURRENT, "lingang", "2026-06-02 12:34").unwrap();
    assert_eq!(
        told(&decoded),
        [
            "lingang air_temperature 02 12:34 02 12:34 -1.25 degC",
            "lingang relative_humidity 02 12:34 02 12:34 0.69 1",
            "lingang wind_speed 02 12:34 02 12:34 4.7 m/s",
            "lingang wind_gust 02 12:34 02 12:34 none m/s",
            "lingang air_pressure 02 12:34 02 12:34 1001.5 hPa",
        ]
    );
    let feed = feed(&current());
    let raw = Raw { bytes: CURRENT.as_bytes(), name: "", asked: Some(&feed.stations[0]), now: None };
    assert_eq!(decode(&feed, &raw).unwrap_err().to_string(), "the current weather carries no time (the answer)");
}

#[test]
fn a_humidity_in_percent_and_another_unit_are_refused() {
    let decoded = read(&current(), &CURRENT.replace("0.69", "69"), "lingang", "2026-06-02 12:34").unwrap();
    assert_eq!(decoded.refused[0].reason, "`humidity`: 69 is no fraction of 1");
    let error = read(&current(), &CURRENT.replace("m/s", "km/h"), "lingang", "2026-06-02 12:34").unwrap_err();
    assert_eq!(error.to_string(), "`wind.speed` is in `km/h`, and the settings say `m/s`");
}

#[test]
fn a_track_is_fixes_and_the_one_of_now() {
    let decoded = read(&storms(), TRACK_ANSWER, "NP_2603", "2026-07-02 00:00").unwrap();
    let told = told(&decoded);
    assert_eq!(
        told[..4],
        [
            "NP_2603 storm_latitude 30 18:00 30 18:00 26.1 deg",
            "NP_2603 storm_longitude 30 18:00 30 18:00 133.2 deg",
            "NP_2603 storm_wind 30 18:00 30 18:00 33 m/s",
            "NP_2603 storm_pressure 30 18:00 30 18:00 none hPa",
        ]
    );
    assert_eq!(told[8], "NP_2603 storm_latitude 01 06:00 01 06:00 27.7 deg");
    let ended = TRACK_ANSWER.split("\"now\":{").next().unwrap().to_owned()
        + "\"now\":null,"
        + &TRACK_ANSWER[TRACK_ANSWER.find("\"track\"").unwrap()..];
    assert_eq!(read(&storms(), &ended, "NP_2603", "2026-07-02 00:00").unwrap().readings.len(), 8, "it has ended");
    let twice = TRACK_ANSWER.replace("T14:00", "T08:00");
    let decoded = read(&storms(), &twice, "NP_2603", "2026-07-02 00:00").unwrap();
    assert_eq!(decoded.readings.len(), 4, "two fixes of one instant that differ");
    assert!(decoded.refused[0].place == "track[1]" && decoded.refused[0].reason.ends_with("in now: neither is used"));
}

#[test]
fn errors_come_with_any_status_and_as_a_code_with_200() {
    let provider = feed(&history()).provider;
    for (body, reason) in [
        (
            r#"{"error":{"status":400,"title":"Invalid Parameter","detail":"Look.","invalidParams":["date","location"]}}"#,
            "Invalid Parameter: Look. (date, location)",
        ),
        (r#"{"error":{"status":403,"title":"No Credit"}}"#, "No Credit"),
        (r#"{"error":{}}"#, "an error without a title"),
        (r#"{"code":"402"}"#, "code 402"),
    ] {
        let error = read(&history(), body, "101020600", "2026-06-02 12:00");
        assert_eq!(error, Err(DecodeError::Provider { reason: reason.to_owned() }));
        assert_eq!(provider.error_reason(body.as_bytes()).as_deref(), Some(reason));
    }
    assert_eq!(provider.error_reason(b"<html>"), None);
    assert_eq!(provider.error_reason(br#"{"code":"200"}"#), None);
    let wait = |words, now| provider.window(words, at(now)).map(|wait| wait.as_secs());
    assert_eq!(wait("Over Monthly Limit", "2026-06-30 12:00"), Some(43_200), "until the month is over");
    assert_eq!(wait("Over Monthly Limit: x", "2026-12-31 23:00"), Some(3_600));
    assert_eq!(wait("Too Many Requests", "2026-06-30 12:00"), None);
}

#[test]
fn forecasts_and_changed_shapes_are_typed_errors() {
    for (settings, body, told) in [
        (history(), r#"{"code":"200","hourly":[]}"#, "this is a forecast, and a forecast is no reading (hourly)"),
        (storms(), r#"{"code":"200","forecast":[]}"#, "this is a forecast, and a forecast is no reading (forecast)"),
        (current(), r#"{"forecasts":[]}"#, "this is a forecast, and a forecast is no reading (forecasts)"),
        (history(), r#"{"code":"200"}"#, "`weatherDaily` is missing (weatherDaily)"),
        (history(), r#"{"code":"200","code":"200"}"#, "`code` is there twice"),
        (
            storms(),
            r#"{"code":"200","track":[{"time":"2026","lat":"","lon":"","windSpeed":"","pressure":""}],"now":null}"#,
            "is not a time of the form",
        ),
        (storms(), r#"{"code":"200","track":[]}"#, "`now` is missing (now)"),
        (current(), r#"{"metadata":{},"alerts":[]}"#, "this is no current weather"),
        (current(), r#"{"temperature":{"value":"1","unit":"°C"}}"#, "this is neither a number nor null (temperature)"),
    ] {
        let error = read(&settings, body, "it", "2026-07-02 00:00").expect_err(body).to_string();
        assert!(error.contains(told), "{error}");
    }
    for (replace, by, told) in [
        ("\"21\"", "21", "this is neither a text nor null (weatherHourly[0].temp)"),
        ("\"temp\"", "\"tmp\"", "there is no column `temp`; did you mean `tmp`?"),
        ("2026-06-01 01:00", "2026-06-02 01:00", "`2026-06-02 01:00` is not of 2026-06-01"),
        ("2026-06-01 01:00", "2026-06-01 00:00", "`2026-06-01 00:00` is there twice"),
        ("\"date\":\"2026-06-01\"", "\"date\":\"\"", "`` is not a date"),
    ] {
        let body = HISTORY.replace(replace, by);
        let error = read(&history(), &body, "101020600", "2026-06-02 12:00").expect_err(by).to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn the_history_is_asked_by_local_day_not_today_and_ten_days_back() {
    let day = |date| {
        format!("https://abc.re.qweatherapi.com/v7/historical/weather?location=101020600&date={date}&lang=en&unit=m")
    };
    assert_eq!(
        urls(&history(), "2026-06-13 10:00", "2026-06-15 17:00"),
        [day("20260613"), day("20260614"), day("20260615")],
        "it is the sixteenth there"
    );
    let long = urls(&history(), "2026-01-01 00:00", "2026-06-15 12:00");
    assert_eq!((long.len(), &long[0], &long[9]), (10, &day("20260605"), &day("20260614")));
    assert_eq!(urls(&history(), "2026-06-15 10:00", "2026-06-15 12:00"), [""; 0]);
    let older = asked_at(&history(), "2026-01-01 00:00", "2026-06-07 12:00", "2026-06-15 12:00", "api-key");
    let older: Vec<_> = older.into_iter().map(|(url, _)| url).collect();
    assert_eq!(older, [day("20260605"), day("20260606"), day("20260607")], "ten days back from today");
}

#[test]
fn a_place_is_asked_with_its_latitude_first() {
    let wanted = ["https://abc.re.qweatherapi.com/weather/v1/current/30.87/121.93"];
    assert_eq!(urls(&current(), "2026-06-15 10:00", "2026-06-15 12:00"), wanted);
}

#[test]
fn storms_are_asked_by_the_lists_of_this_year_and_the_last_or_by_name() {
    let list = |year| format!("https://abc.re.qweatherapi.com/v7/tropical/storm-list?basin=NP&year={year}");
    assert_eq!(urls(&storms(), "2026-02-01 00:00", "2026-06-15 12:00"), [list(2026)]);
    assert_eq!(urls(&storms(), "2019-02-01 00:00", "2026-06-15 12:00"), [list(2025), list(2026)]);
    let one = storms() + "\nstation.NP_2603 = {}";
    let track = |id: &str| format!("https://abc.re.qweatherapi.com/v7/tropical/storm-track?stormid={id}");
    assert_eq!(urls(&one, "2019-02-01 00:00", "2026-06-15 12:00"), [track("NP_2603")]);

    let feed = feed(&storms());
    let url = UrlTemplate::parse("https://abc.re.qweatherapi.com/", &Network::default()).unwrap();
    let now = at("2026-06-15 12:00");
    let wanted = Wanted { url: &url, station: None, from: now, to: now, now, key: None, token: None };
    let request = feed.provider.requests(&feed, &wanted).remove(0);
    let headers = reqwest::header::HeaderMap::new();
    let reply = |body: &'static str| Reply { request: &request, bytes: body.as_bytes(), headers: &headers };
    let next = feed.provider.next(&feed, &wanted, &reply(LIST_ANSWER)).unwrap();
    let next: Vec<_> = next.iter().map(|next| (next.url.to_string(), next.role, next.station.clone())).collect();
    let of = |id: &str| (track(id), Role::Data, Some(station(id)));
    assert_eq!(next, [of("NP_2603"), of("NP_260012")], "an unnamed one has a longer id");
    for body in [r#"{"code":"400"}"#, r#"{"storm":[{"id":"../x"}]}"#, r#"{"storm":null}"#, ""] {
        assert!(feed.provider.next(&feed, &wanted, &reply(body)).is_err(), "{body}");
    }
}

/// The signature is OpenSSL's.
#[test]
fn a_private_key_signs_a_token_and_an_api_key_goes_into_its_header() {
    let jwt = current().replace(
        "api = \"current\"",
        "api = \"current\", jwt = { credential = \"ABCD1234EF\", project = \"AB12CD34EF\" }",
    );
    let [(_, (name, value))] = &asked(&jwt, "2026-06-15 10:00", "2026-06-15 12:00", PRIVATE_KEY)[..] else { panic!() };
    assert_eq!(name, "authorization");
    assert_eq!(
        value,
        "Bearer eyJhbGciOiJFZERTQSIsImtpZCI6IkFCQ0QxMjM0RUYifQ\
         .eyJzdWIiOiJBQjEyQ0QzNEVGIiwiaWF0IjoxNzgxNTI0NzcwLCJleHAiOjE3ODE1MjU3MDB9\
         .SEk60v5xPMGmVEqNYBmRSkexQoXoLu8Uvfa0NN8G9aNXSBs3DabB3SFq68E0DZ2RwYcJPPJTt6DwmplQlx-NBA"
    );
    let [(_, header)] = &asked(&current(), "2026-06-15 10:00", "2026-06-15 12:00", "api-key")[..] else { panic!() };
    assert_eq!(header, &("X-QW-Api-Key".to_owned(), "api-key".to_owned()), "never both ways at once");

    let check = |settings: &str, key: &str| feed(settings).provider.check_key(&Secret::new(key.trim()));
    assert_eq!(check(&jwt, PRIVATE_KEY), Ok(()));
    assert_eq!(check(&current(), "api-key"), Ok(()));
    for (settings, key, told) in [
        (&jwt, "api-key", "no Ed25519 private key in PEM"),
        (&jwt, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no Ed25519 private key in PEM"),
        (&current(), PRIVATE_KEY, "the key is a private key: add jwt"),
    ] {
        let error = check(settings, key).unwrap_err();
        assert!(error.contains(told) && !error.contains("AAAA"), "{error}");
    }
}

#[test]
fn settings_are_refused_where_qweather_cannot_serve_them() {
    for (settings, replace, by, message) in [
        (history(), "key = { file = \"key\" }\n", "\n", "qweather answers nobody without a key"),
        (history(), "\"history\"", "\"historical\"", "`historical` is no api"),
        (history(), ", zone = \"Asia/Shanghai\"", "", "`zone` is missing"),
        (history(), "Asia/Shanghai", "Asia/Shanghia", "`Asia/Shanghia` is not a time zone"),
        (history(), "columns.temp =", "columns.tmp =", "QWeather's history does not send `tmp`"),
        (history(), "\"km/h\"", "\"m/s\"", "QWeather's history sends `windSpeed` in km/h, not in m/s"),
        (history(), "\"air_temperature\"", "\"dew_point\"", "`temp` of QWeather's history is not dew_point"),
        (history(), "station.101020600 = {}\n", "\n", "no station is listed"),
        (history(), "101020600", "pu-dong", "`pu-dong` is not a location id"),
        (history(), "qweatherapi.com", "qweatherapi.com/{station}", "has no placeholders"),
        (
            history(),
            "url = \"https://abc.re.qweatherapi.com\"",
            "file = \"a.json\"\nstation.x = {}",
            "does not say whose",
        ),
        (current(), "\"current\"", "\"current\", zone = \"UTC\"", "only the history's times are local"),
        (current(), "30.87", "30.875", "has more than two decimals"),
        (current(), "{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }", "{}", "has no position"),
        (current(), "unit = \"1\"", "unit = \"%\"", "sends `humidity` in 1, not in %"),
        (current(), "url = \"https://abc.re.qweatherapi.com\"", "file = \"a.json\"", "carries no time"),
        (storms(), "\"m/s\"", "\"kt\"", "sends `windSpeed` in m/s, not in kt"),
        (storms() + "\nstation.Vamco = {}", "NP", "NP", "`Vamco` is not the id of a storm"),
        (storms(), "\"storms\"", "\"storms\", jwt = { credential = \"a b\" }", "`a b` is no credential"),
        (storms(), "\"storms\"", "\"storms\", jwt = { credential = \"ab\" }", "`project` is missing"),
        (storms(), "vintage = \"provisional\"", "vintage = \"as told\"", "say nothing of what is final"),
    ] {
        let text = settings.replacen(replace, by, 1);
        assert!(text != settings || replace == by, "{replace}");
        let told = faults(&text);
        assert!(told.contains(message), "{message}: {told}");
    }
}

#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    let now = Some(at("2026-08-01 00:00"));
    let survives = |settings: &str, body: &str, asked: Option<&Station>| {
        let whole = Raw { bytes: body.as_bytes(), name: "", asked, now };
        super::super::trial::survives_as(&feed(settings), &whole);
    };
    survives(&history(), HISTORY, Some(&station("101020600")));
    survives(&current(), CURRENT, Some(&station("lingang")));
    survives(&storms(), TRACK_ANSWER, Some(&station("NP_2603")));
}
