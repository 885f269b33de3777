use super::super::trial::{self, poll_with_key, read, read_at, refused, requests, told, wrong_answers, wrong_settings};
use crate::feed::PollError;
use crate::feed::http::fault_server::{self, Reply as Served};
use crate::feed::settings::tests::feed;

const HOURS: &str = include_str!("../../../../fixtures/feeds/cma/hours.json");
const THREE_HOURS: &str = include_str!("../../../../fixtures/feeds/cma/three-hours.json");
const HOST: &str = "http://127.0.0.1:8090";
const STATIONS: &str = r#"
    kind = "cma"
    url = "http://127.0.0.1:8090/api"
    key = { credential = "cma" }
    poll = "3 h"
    delay = "2 h"
    vintage = "provisional"
    cma = { data = "SURF_CHN_MUL_HOR", user = "600123abcDE", tunnel = true }
    columns.PRE_1h = { variable = "precipitation", unit = "mm" }
    columns.TEM_Max = { variable = "air_temperature_max", unit = "degC" }
    station.58362 = {}
    station.58369 = {}
"#;

fn instants() -> String {
    let lines = STATIONS.lines().filter(|line| !line.contains("columns."));
    let settings = lines.collect::<Vec<_>>().join("\n").replace("MUL_HOR", "MUL_HOR_3H");
    settings
        + "\n    columns.TEM = { variable = \"air_temperature\", unit = \"degC\" }\n"
        + "    columns.RHU = { variable = \"relative_humidity\", unit = \"%\" }\n"
}

fn urls(settings: &str, from: &str, to: &str) -> Vec<Vec<(String, String)>> {
    let all = requests(&feed(settings), from, to);
    all.into_iter().map(|request| request.url.query_pairs().into_owned().collect()).collect()
}

#[test]
fn a_stamp_is_utc_and_ends_its_hour_and_marks_are_missing_or_a_trace() {
    let decoded = read(STATIONS, HOURS).unwrap();
    assert_eq!(
        told(&decoded),
        [
            "58362 precipitation 2026-07-31 23:00 2026-08-01 00:00 0 mm provisional",
            "58362 air_temperature_max 2026-07-31 23:00 2026-08-01 00:00 29.4 degC provisional",
            "58362 precipitation 2026-08-01 00:00 01:00 12.5 mm provisional",
            "58362 air_temperature_max 2026-08-01 00:00 01:00 28.1 degC provisional",
            "58369 precipitation 2026-08-01 00:00 01:00 none mm provisional",
            "58369 air_temperature_max 2026-08-01 00:00 01:00 none degC provisional",
            "58362 precipitation 2026-08-01 01:00 02:00 0 mm provisional",
            "58362 air_temperature_max 2026-08-01 01:00 02:00 none degC provisional",
        ],
        "a trace is no rain; other stations are passed over"
    );
    assert_eq!(decoded.refused, []);
}

#[test]
fn marks_whose_meaning_is_not_known_are_refused() {
    for mark in ["999990", "32744", "31020", "30005", "9999", "-9999", "-99999.5"] {
        let decoded = read(STATIONS, HOURS.replace("12.5", mark)).unwrap();
        let told = format!("DS[1].PRE_1h: `PRE_1h`: {mark} is a mark, and what it stands for is not known");
        assert_eq!(refused(&decoded), [told]);
    }
    let decoded = read(STATIONS, HOURS.replace("29.4", "32700")).unwrap();
    assert!(refused(&decoded)[0].contains("32700 is a mark"), "temperature has no trace");
    let decoded = read(STATIONS, HOURS.replace("12.5", "-0.1")).unwrap();
    assert!(refused(&decoded)[0].contains("never below zero"));
    let large = read(STATIONS, HOURS.replace("12.5", "9998")).unwrap();
    assert_eq!(large.refused, [], "how much rain there can be is said by quality control");
}

#[test]
fn what_is_an_instant_has_no_length_and_nothing_and_null_are_missing() {
    let told_of = |bytes: &str| told(&read(&instants(), bytes).unwrap());
    let wanted = [
        "58362 air_temperature 2026-08-01 03:00 03:00 29.4 degC provisional",
        "58362 relative_humidity 2026-08-01 03:00 03:00 81 % provisional",
        "58362 air_temperature 2026-08-01 06:00 06:00 30.1 degC provisional",
        "58362 relative_humidity 2026-08-01 06:00 06:00 none % provisional",
    ];
    assert_eq!(told_of(THREE_HOURS), wanted);
    assert_eq!(told_of(&THREE_HOURS.replace("\"RHU\":\"\"", "\"RHU\":null")), wanted);
    assert_eq!(told_of(&THREE_HOURS.replace(",\"RHU\":\"\"", "")), wanted);
    assert_eq!(
        told_of(&THREE_HOURS.replace("\"2026\"", "2026").replace("\"81\"", "81")),
        wanted,
        "numbers are numbers"
    );
    let rain = instants().replace("columns.TEM = { variable = \"air_temperature\", unit = \"degC\" }", "");
    let rain = rain.replace(
        "RHU = { variable = \"relative_humidity\", unit = \"%\" }",
        "PRE_3h = { variable = \"precipitation\", unit = \"mm\" }",
    );
    let rain = told(&read(&rain, THREE_HOURS.replace("RHU", "PRE_3h")).unwrap());
    assert_eq!(rain[0], "58362 precipitation 2026-08-01 00:00 03:00 81 mm provisional");
}

#[test]
fn what_is_to_come_is_no_reading() {
    let decoded = read_at(STATIONS, HOURS, "2026-08-01 01:30").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (6, 1), "a mark of it is nothing");
}

#[test]
fn the_last_seven_days_are_asked_of_thirty_stations_at_once() {
    let pairs = |range: &str| {
        [
            ("userId", "600123abcDE"),
            ("pwd", "secret-key"),
            ("dataFormat", "json"),
            ("interfaceId", "getSurfEleByTimeRangeAndStaID"),
            ("dataCode", "SURF_CHN_MUL_HOR"),
            ("timeRange", range),
            ("staIDs", "58362,58369"),
            ("elements", "Station_Id_C,Year,Mon,Day,Hour,PRE_1h,TEM_Max"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    };
    let [asked] = &urls(STATIONS, "2026-08-01 00:20", "2026-08-01 05:40")[..] else { panic!() };
    assert_eq!(*asked, pairs("[20260801000000,20260801050000]"));
    let [asked] = &urls(STATIONS, "2026-01-01 00:00", "2026-08-08 05:40")[..] else { panic!() };
    assert_eq!(*asked, pairs("[20260801060000,20260808050000]"), "no further back");
    let range = |settings: &str, from, to| urls(settings, from, to)[0][5].1.clone();
    assert_eq!(range(&instants(), "2026-08-01 02:00", "2026-08-01 08:59"), "[20260801000000,20260801060000]");
    let stations = (0..30).map(|number| format!("station.5{number:04} = {{}}\n")).collect::<String>();
    let many = urls(&format!("{STATIONS}{stations}"), "2026-08-01 00:00", "2026-08-01 01:00");
    assert_eq!(many.iter().map(|pairs| pairs[6].1.split(',').count()).collect::<Vec<_>>(), [30, 2]);
}

#[tokio::test]
async fn other_codes_than_0_are_errors_and_the_password_is_not_shown() {
    let password = "pass&w=rd";
    let wrong = |_: &fault_server::Request| {
        Served::json(r#"{"returnCode":"-2","returnMessage":"no right for pwd=pass&w=rd","DS":[]}"#)
    };
    let (answer, asked) = poll_with_key(STATIONS, HOST, password, "2026-03-02 10:00", wrong).await;
    let error = answer.unwrap_err();
    assert!(
        matches!(&error, PollError::Provider { reason, .. } if reason == "returnCode -2: no right for pwd=…"),
        "{error}"
    );
    assert!(!error.to_string().contains("w%3Drd") && asked[0].parameter("pwd") == Some("pass%26w%3Drd"), "{error}");
    let none =
        |_: &fault_server::Request| Served::json(r#"{"returnCode":"0","returnMessage":"Query Succeed","DS":[]}"#);
    let (answer, _) = poll_with_key(STATIONS, HOST, password, "2026-03-02 10:00", none).await;
    let answer = answer.unwrap();
    assert_eq!(answer.readings, []);
    assert!(answer.bodies[0].name.contains("pwd=…") && !answer.bodies[0].name.contains("w%3Drd"));
}

#[test]
fn changed_shapes_are_typed_errors() {
    wrong_answers(
        STATIONS,
        HOURS,
        &[
            ("\"returnCode\":\"0\",", "", "`returnCode` is missing"),
            ("\"returnCode\":\"0\"", "\"returnCode\":\"S\"", "the provider answers: returnCode S: Query Succeed"),
            ("\"DS\"", "\"ds\"", "`DS` is missing"),
            ("{\"Station_Id_C\":\"58362\",", "{", "`Station_Id_C` is missing (DS[0].Station_Id_C)"),
            ("\"Hour\":\"0\",", "", "`Hour` is missing (DS[0].Hour)"),
            ("\"Hour\":\"0\"", "\"Hour\":\"24\"", "[2026, 8, 1, 24] is no hour (DS[0])"),
            ("\"Mon\":\"8\"", "\"Mon\":\"Aug\"", "`Aug` is none (DS[0].Mon)"),
            ("\"Hour\":\"01\"", "\"Hour\":\"00\"", "58362 has 2026-08-01 00:00 twice (DS[1])"),
            ("\"PRE_1h\":\"0\"", "\"PRE_1h\":{}", "this is neither a number nor null (DS[0].PRE_1h)"),
            ("\"PRE_1h\":\"0\"", "\"TEM_Max\":\"0\"", "`TEM_Max` is there twice"),
        ],
    );
    let renamed = read(STATIONS, HOURS.replace("TEM_Max", "TEM_MAX")).unwrap_err().to_string();
    assert_eq!(renamed, "there is no column `TEM_Max`; did you mean `TEM_MAX`?");
}

#[test]
fn settings_want_what_is_sent() {
    wrong_settings(
        STATIONS,
        &[
            (", tunnel = true", "", "user and password would go over the network as everybody can read them"),
            ("tunnel = true", "tunnel = false", "tunnel is true or left out"),
            ("http://127.0.0.1:8090", "https://cma.example", "nothing here goes over plain http"),
            ("SURF_CHN_MUL_HOR", "SURF_CHN_MUL_DAY", "`SURF_CHN_MUL_DAY` is no data"),
            ("user = \"600123abcDE\", ", "", "`user` is missing"),
            ("columns.PRE_1h", "columns.PRE_3h", "CMA's SURF_CHN_MUL_HOR does not send `PRE_3h`"),
            ("\"mm\"", "\"inch\"", "sends `PRE_1h` in mm, not in inch"),
            (
                "TEM_Max = { variable = \"air_temperature_max\"",
                "TEM = { variable = \"air_temperature\"",
                "`PRE_1h` speaks for 1 h, `TEM` for an instant",
            ),
            ("58369", "Nanhui", "the station `Nanhui` is not the number of a station"),
            ("/api\"", "/api?x={station}\"", "has no placeholders"),
            ("key = { credential = \"cma\" }", "", "cma answers nobody without a key"),
        ],
    );
    feed(&STATIONS.replace("http://127.0.0.1:8090", "https://cma.example").replace(", tunnel = true", ""));
}

#[test]
fn what_is_cut_or_changed_is_not_misread() {
    let file = |settings: &str| {
        settings.replace("url = \"http://127.0.0.1:8090/api\"", "file = \"f.json\"").replace(", tunnel = true", "")
    };
    trial::survives(&file(STATIONS), "f.json", HOURS.as_bytes());
    trial::survives(&file(&instants()), "f.json", THREE_HOURS.as_bytes());
}
