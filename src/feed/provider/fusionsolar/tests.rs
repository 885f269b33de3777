use super::super::trial::at;
use super::*;
use crate::feed::address::UrlTemplate;
use crate::feed::secret::Key;
use crate::feed::settings::tests::{faults, feed};
use crate::feed::{Network, decode};

const HOURS: &str = include_str!("../../../../fixtures/feeds/fusionsolar/hours.json");
const DAYS: &str = include_str!("../../../../fixtures/feeds/fusionsolar/days.json");
const FIVE_MINUTES: &str = include_str!("../../../../fixtures/feeds/fusionsolar/five-minutes.json");

const PLANTS: &str = r#"
    kind = "fusionsolar"
    url = "https://intl.fusionsolar.huawei.com"
    key = { file = "key" }
    poll = "1 d"
    delay = "2 h"
    vintage = "provisional"
    fusionsolar = { interface = "getKpiStationHour", user = "api", zone = "Asia/Shanghai" }
    columns.inverter_power = { variable = "energy", unit = "kWh" }
    columns.radiation_intensity = { variable = "global_radiation", unit = "kWh/m2" }
    station.A1 = {}
    station.B2 = {}
"#;

fn days() -> String {
    let days = PLANTS.replace("getKpiStationHour", "getKpiStationDay");
    days.lines().filter(|line| !line.contains("radiation")).collect::<Vec<_>>().join("\n")
}

fn inverters() -> String {
    let with = "\"getDevHistoryKpi\", device_type = 1, curtailed = \"refuse\"";
    let text = days().replace("\"getKpiStationDay\"", with).replace("A1", "-214").replace("B2", "77");
    text.replace("inverter_power", "active_power").replace("\"energy\"", "\"power\"").replace("\"kWh\"", "\"kW\"")
}

fn read_at(settings: &str, body: &str, now: &str) -> Result<Decoded, DecodeError> {
    decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now: Some(at(now)) })
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    read_at(settings, body, "2026-06-03 00:00")
}

fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let row = |reading: &crate::observation::Reading| {
        let [start, end] = [reading.start, reading.end].map(|at| at.format("%d %R").to_string());
        format!("{} {} {start} {end} {} {}", reading.station, reading.variable, value(reading.value), reading.unit)
    };
    decoded.readings.iter().map(row).collect()
}

/// Bodies of what is asked behind a login, from one instant to another.
fn bodies(settings: &str, from: &str, to: &str) -> Vec<String> {
    let feed = feed(settings);
    let url = UrlTemplate::parse("https://intl.fusionsolar.huawei.com", &Network::default()).unwrap();
    let token = Some(Secret::new("a-token"));
    let wanted = Wanted { url: &url, station: None, from: at(from), to: at(to), now: at(to), key: None, token };
    let requests = feed.provider.requests(&feed, &wanted);
    assert!(requests.iter().all(|request| request.headers == [("xsrf-token".to_owned(), "a-token".to_owned())]));
    requests.into_iter().map(|request| request.body.unwrap()).collect()
}

#[test]
fn rows_come_unordered_and_null_absent_and_empty_are_missing() {
    let decoded = read(PLANTS, HOURS).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "B2 energy 31 17:00 31 18:00 12.5 kWh",
            "B2 global_radiation 31 17:00 31 18:00 0.25 kWh/m2",
            "A1 energy 31 16:00 31 17:00 0 kWh",
            "A1 global_radiation 31 16:00 31 17:00 none kWh/m2",
            "A1 energy 31 17:00 31 18:00 none kWh",
            "A1 global_radiation 31 17:00 31 18:00 none kWh/m2",
        ]
    );
    assert_eq!(decoded.refused, []);
    let one: Vec<_> = PLANTS.lines().filter(|line| !line.contains("station.B2")).collect();
    assert_eq!(read(&one.join("\n"), HOURS).unwrap().readings.len(), 4, "other plants are passed over");
}

#[test]
fn a_day_begins_at_midnight_of_the_plant_and_no_other_is_read() {
    assert_eq!(told(&read(&days(), DAYS).unwrap()), ["A1 energy 31 16:00 01 16:00 310.25 kWh"]);
    let utc = read(&days(), &DAYS.replace("1780243200000", "1780272000000")).unwrap();
    assert_eq!(utc.readings.len(), 0);
    assert_eq!(utc.refused[0].place, "data[0].collectTime");
    assert!(utc.refused[0].reason.contains("begins no day in Asia/Shanghai"));
    let berlin = days().replace("Asia/Shanghai", "Europe/Berlin");
    let spring = DAYS.replace("1780243200000", "1774738800000");
    assert_eq!(told(&read(&berlin, &spring).unwrap()), ["A1 energy 28 23:00 29 22:00 310.25 kWh"], "23 hours");
}

#[test]
fn what_is_not_over_is_read_again() {
    let decoded = read_at(PLANTS, HOURS, "2026-05-31 17:50").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (2, 2));
    assert!(decoded.refused[0].reason.starts_with("its interval is not over"));
}

#[test]
fn power_that_is_limited_counts_as_the_settings_say() {
    let refuse = read(&inverters(), FIVE_MINUTES).unwrap();
    assert_eq!(told(&refuse), ["-214 power 01 00:00 01 00:05 21.05 kW"]);
    let told_of = |decoded: &Decoded| {
        let of = |refused: &Refused| format!("{} {}", refused.place, refused.reason);
        decoded.refused.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(
        told_of(&refuse),
        [
            "data[1].dataItemMap.inverter_state state 513: the power is limited, and the settings refuse it",
            "data[2].dataItemMap.inverter_state state 45056: there was no connection, so nothing was measured",
            "data[3].dataItemMap.inverter_state there is no state, so nothing says that the power was not limited",
        ]
    );
    let with = read(&inverters().replace("\"refuse\"", "\"use\""), FIVE_MINUTES).unwrap();
    assert_eq!((with.readings.len(), told_of(&with).len()), (3, 1), "without a connection nothing was measured");
    for state in ["514", "772"] {
        let body = FIVE_MINUTES.replace("513", state);
        assert_eq!(read(&inverters(), &body).unwrap().readings.len(), 1, "{state}");
    }
    let night = FIVE_MINUTES.replace("513", "40960");
    assert_eq!(read(&inverters(), &night).unwrap().readings.len(), 2, "no irradiation is no limit");
}

#[test]
fn failures_come_with_status_200() {
    let provider = feed(PLANTS).provider;
    for (body, reason, wait) in [
        (
            r#"{"success":false,"failCode":20001,"message":"","data":null}"#,
            "failCode 20001: the account: check user and password",
            Some(86_400),
        ),
        (
            r#"{"success":false,"failCode":407,"data":"ACCESS_FREQUENCY_IS_TOO_HIGH"}"#,
            "failCode 407: asked too often (ACCESS_FREQUENCY_IS_TOO_HIGH)",
            Some(3_600),
        ),
        (
            r#"{"success":false,"failCode":401,"message":"no"}"#,
            "failCode 401: no right to this interface: tell the account's owner (no)",
            Some(86_400),
        ),
        (r#"{"success":false,"failCode":20009}"#, "failCode 20009: this number is not configured for the plant", None),
        (r#"{"success":false,"failCode":20200}"#, "failCode 20200: the server is busy", None),
        (r#"{"success":false,"failCode":30032}"#, "failCode 30032: the request is not taken", None),
        (r#"{"success":false,"failCode":0}"#, "failCode 0: it failed", None),
        (r#"{"success":true,"failCode":5}"#, "failCode 5: it failed", None),
        (
            r#"{"errorCode":"49401021002","exceptionInfo":"Request is rejected by api quotaControl policies"}"#,
            "failCode gateway 49401021002: Request is rejected by api quotaControl policies",
            Some(3_600),
        ),
    ] {
        assert_eq!(read(PLANTS, body), Err(DecodeError::Provider { reason: reason.to_owned() }));
        assert_eq!(provider.error_reason(body.as_bytes()).as_deref(), Some(reason));
        let now = at("2026-06-01 00:00");
        assert_eq!(provider.window(reason, now).map(|wait| wait.as_secs()), wait, "{reason}");
    }
    for code in [305, 306, 307] {
        let body = format!(r#"{{"success":false,"failCode":{code}}}"#);
        assert_eq!(read(PLANTS, &body), Err(DecodeError::LoggedOut));
    }
}

#[test]
fn changed_shapes_are_typed_errors() {
    for (replace, by, told) in [
        ("\"success\":true,", "", "`success` is missing (success)"),
        ("\"failCode\":0,", "", "`failCode` is missing (failCode)"),
        ("\"data\"", "\"date\"", "`data` is missing (data)"),
        ("\"stationCode\":\"B2\",", "", "`stationCode` is missing (data[0].stationCode)"),
        ("\"collectTime\":1780246800000,", "", "`collectTime` is missing (data[0].collectTime)"),
        ("1780246800000", "1780246800", "1780246800 is not a time (data[0].collectTime)"),
        ("1780246800000", "1780246800001", "1780246800001 is not a time (data[0].collectTime)"),
        ("1780246800000", "99999999999999999", "is not a time (data[0].collectTime)"),
        ("1780243200000", "1780246800000", "A1 has 1780246800000 twice (data[2].collectTime)"),
        ("12.5", "\"12.5\"", "this is neither a number nor null (data[0].dataItemMap.inverter_power)"),
        ("\"radiation_intensity\":0.25", "\"inverter_power\":1", "`inverter_power` is there twice"),
    ] {
        assert!(HOURS.contains(replace), "{replace}");
        let error = read(PLANTS, &HOURS.replacen(replace, by, 1)).expect_err(by).to_string();
        assert!(error.contains(told), "{by}: {error}");
    }
    let renamed = read(PLANTS, &HOURS.replace("inverter_power", "inverterPower")).unwrap_err();
    assert_eq!(renamed.to_string(), "there is no column `inverter_power`; did you mean `inverterPower`?");
    let odd = read(PLANTS, &HOURS.replacen("1780246800000", "1780246860000", 1)).unwrap();
    assert_eq!(odd.refused[0].reason, "the stamp begins no interval");
    let negative = read(PLANTS, &HOURS.replace("0.25", "-0.25")).unwrap();
    assert!(negative.refused[0].place == "data[0].dataItemMap.radiation_intensity");
    assert!(read(&inverters(), &FIVE_MINUTES.replace("512", "\"x\"")).is_err());
    assert_eq!(
        read(PLANTS, r#"{"success":true,"failCode":0,"data":[]}"#).unwrap(),
        Decoded::default(),
        "no plant has data"
    );
}

#[test]
fn days_months_and_spans_of_three_days_are_asked() {
    let plants = |ms: i64| format!(r#"{{"stationCodes":"A1,B2","collectTime":{ms}}}"#);
    let midnight = |date: &str| (at(&format!("{date} 00:00")) - TimeDelta::hours(8)).timestamp() * 1_000;
    assert_eq!(
        bodies(PLANTS, "2026-05-31 15:00", "2026-06-01 16:00"),
        ["2026-05-31", "2026-06-01", "2026-06-02"].map(|date| plants(midnight(date))),
        "local days"
    );
    assert_eq!(
        bodies(&days(), "2025-12-15 00:00", "2026-01-31 16:00"),
        ["2025-12-01", "2026-01-01", "2026-02-01"].map(|date| plants(midnight(date)))
    );
    assert_eq!(bodies(PLANTS, "2020-01-01 00:00", "2026-06-01 00:00").len(), 366, "a year back");
    let span = |from: &str, to: &str| {
        let [from, to] = [from, to].map(|text| at(text).timestamp() * 1_000);
        format!(r#"{{"devIds":"-214,77","devTypeId":1,"startTime":{from},"endTime":{to}}}"#)
    };
    assert_eq!(
        bodies(&inverters(), "2026-06-01 00:02", "2026-06-04 12:00"),
        [span("2026-06-01 00:00", "2026-06-04 00:00"), span("2026-06-04 00:00", "2026-06-04 12:00")]
    );
    let stations = (0..101).map(|number| format!("station.P{number} = {{}}\n")).collect::<String>();
    let many = bodies(&format!("{PLANTS}{stations}"), "2026-06-01 00:00", "2026-06-01 01:00");
    assert_eq!(many.iter().map(|body| body.matches(',').count()).collect::<Vec<_>>(), [100, 3], "100 and 3 plants");
}

#[test]
fn without_a_token_there_is_a_login_and_its_header_brings_one() {
    let feed = feed(PLANTS);
    let url = UrlTemplate::parse("https://intl.fusionsolar.huawei.com/", &Network::default()).unwrap();
    let key = Key { secret: Secret::new("c\"ode"), goes: None };
    let now = at("2026-06-01 00:00");
    let wanted = Wanted { url: &url, station: None, from: now, to: now, now, key: Some(&key), token: None };
    let [login] = &feed.provider.requests(&feed, &wanted)[..] else { panic!() };
    assert_eq!(login.url.as_str(), "https://intl.fusionsolar.huawei.com/thirdData/login");
    assert_eq!(login.body.as_deref(), Some(r#"{"systemCode":"c\"ode","userName":"api"}"#));
    assert_eq!((login.role, &login.headers[..]), (Role::Login, &[][..]));
    let mut headers = reqwest::header::HeaderMap::new();
    let good = br#"{"success":true,"failCode":0}"#;
    let token = |headers: &_, bytes: &[u8]| feed.provider.token(&Reply { request: login, bytes, headers });
    assert!(token(&headers, good).unwrap_err().to_string().contains("has no token in this header"));
    headers.insert("xsrf-token", "x-0123".parse().unwrap());
    assert_eq!(token(&headers, good).unwrap().map(|token| token.reveal().to_owned()).as_deref(), Some("x-0123"));
    assert!(token(&headers, br#"{"success":false,"failCode":20001}"#).is_err());
}

#[test]
fn settings_are_refused_where_fusionsolar_cannot_serve_them() {
    let (days, inverters) = (days(), inverters());
    for (settings, replace, by, message) in [
        (PLANTS, "getKpiStationHour", "getStationRealKpi", "`getStationRealKpi` is no interface"),
        (PLANTS, "user = \"api\", ", "", "`user` is missing"),
        (PLANTS, "Asia/Shanghai", "Shanghai", "`Shanghai` is not a time zone"),
        (PLANTS, "inverter_power =", "day_power =", "FusionSolar's plants does not send `day_power`"),
        (PLANTS, "\"kWh\" }", "\"kWh\", counter = {} }", "`inverter_power` of FusionSolar's plants is no counter"),
        (PLANTS, "\"kWh\" }", "\"MWh\" }", "sends `inverter_power` in kWh, not in MWh"),
        (PLANTS, "\"getKpiStationHour\"", "\"getKpiStationHour\", device_type = 1", "plants have neither a type"),
        (PLANTS, "key = { file = \"key\" }\n", "\n", "fusionsolar answers nobody without a key"),
        (PLANTS, "station.A1", "station.\"A,1\"", "`A,1` is not the stationCode of a plant"),
        (&days, "huawei.com", "huawei.com/{from}", "has no placeholders"),
        (&inverters, "device_type = 1, ", "", "`device_type` is missing"),
        (&inverters, "device_type = 1", "device_type = 17", "this is no type of inverter"),
        (&inverters, ", curtailed = \"refuse\"", "", "`curtailed` is missing"),
        (&inverters, "\"refuse\"", "\"keep\"", "`keep` is no curtailed"),
        (&inverters, "-214", "inverter-1", "`inverter-1` is not the devId of an inverter"),
    ] {
        assert!(settings.contains(replace), "{replace}");
        let told = faults(&settings.replacen(replace, by, 1));
        assert!(told.contains(message), "{message}: {told}");
    }
    let none: Vec<_> = PLANTS.lines().filter(|line| !line.contains("station.")).collect();
    assert!(faults(&none.join("\n")).contains("no station is listed"));
}

#[test]
fn bytes_that_were_cut_or_changed_do_no_harm() {
    let now = Some(at("2026-08-01 00:00"));
    let survives = |settings: &str, body: &str, asked: Option<&Station>| {
        let whole = Raw { bytes: body.as_bytes(), name: "", asked, now };
        super::super::trial::survives_as(&feed(settings), &whole);
    };
    survives(PLANTS, HOURS, None);
    survives(&days(), DAYS, None);
    survives(&inverters(), FIVE_MINUTES, None);
}
