use std::collections::BTreeSet;

use super::super::trial::wrong_settings;
use super::*;
use crate::feed::Station;
use crate::feed::settings::tests::feed;

/// A list of rows, as a plant's gateway would answer.
const ROWS: &str = r#"
    kind = "json"
    url = "https://host.example/{station}?from={from}"
    poll = "10 min"
    delay = "1 h"
    vintage = "as told"
    station.P1 = {}
    station.P2 = {}
    [columns]
    "/m/power" = { variable = "power", unit = "kW" }
    temp = { variable = "air_temperature", unit = "degC" }
    [json]
    rows = "/data/items"
    missing = ["-999", "n/a"]
    station = { at = "plant" }
    time = { at = "ts", format = "%Y-%m-%dT%H:%M:%S%:z", stamp = "end", every = "10 min" }
    flags = [ { at = "/m/q", of = ["/m/power"], good = ["A", "S"], final = ["A"] }, { at = "tq", of = ["temp"], good = ["0", ""], final = ["0"] } ]
    error = "/message"
    expect = { "/status" = "ok" }
    units = { "/m/power" = { in_answer = "/units/0", is = "kW" } }
"#;

const ROW: &str = r#"{"plant":"P1","ts":"2026-06-01T08:10:00+08:00","m":{"power":1.50,"q":"A"},"temp":"-3.25","tq":0}"#;

fn answer(rows: &str) -> String {
    format!(r#"{{"status":"ok","message":null,"units":["kW"],"data":{{"items":[{rows}]}}}}"#)
}

fn read_with(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::DateTime::from_timestamp(1_900_000_000, 0);
    crate::feed::decode(&feed(settings), &Raw { bytes: body.as_bytes(), name: "", asked: None, now })
}

fn read(body: &str) -> Result<Decoded, DecodeError> {
    read_with(ROWS, body)
}

fn told(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    let line = |reading: &crate::observation::Reading| {
        let start = reading.start.format("%m-%d %H:%M");
        format!("{} {} {start} {} {}", reading.station, reading.variable, value(reading.value), reading.vintage.word())
    };
    decoded.readings.iter().map(line).collect()
}

#[test]
fn rows_become_readings() {
    let second = r#"{"plant":"P2","ts":"2026-06-01T08:20:00+08:00","m":{"power":-999.0,"q":"X"},"temp":null,"tq":9}"#;
    let other = r#"{"plant":"P3","ts":"2026-06-01T08:20:00+08:00","m":{"power":1,"q":"A"},"temp":1,"tq":0}"#;
    let decoded = read(&answer(&format!("{ROW},{second},{other}"))).unwrap();
    assert_eq!(decoded.refused, []);
    let wanted = [
        "P1 power 06-01 00:00 1.5 final",
        "P1 air_temperature 06-01 00:00 -3.25 final",
        "P2 power 06-01 00:10 none provisional",
        "P2 air_temperature 06-01 00:10 none provisional",
    ];
    assert_eq!(told(&decoded), wanted, "a station that is not listed is passed over, no value has no flag");
    assert_eq!(read(&answer("")).unwrap(), Decoded::default(), "no rows are nothing, and nothing wrong");
}

#[test]
fn readings_are_refused_with_their_place() {
    for (from, to, kept, place, reason) in [
        ("1.50", "\"1,5\"", 1, "/data/items/1/m/power", "`1,5` is not a decimal number"),
        ("1.50", "1e400", 1, "/data/items/1/m/power", "is not a decimal number"),
        ("\"q\":\"A\"", "\"q\":\"E\"", 1, "/data/items/1/m/power", "the flag `/m/q` is `E`"),
        ("\"q\":\"A\"", "\"q\":null", 1, "/data/items/1/m/power", "the flag `/m/q` is ``"),
        ("\"tq\":0", "\"tq\":true", 1, "/data/items/1/temp", "the flag `tq` is `true`"),
        ("2026-06-01T08", "2026-06-31T08", 0, "/data/items/1/ts", "is not a time"),
        ("2026-06-01T08", "2032-06-01T08", 0, "/data/items/1/m/power", "is after now"),
        ("\"P1\"", "\"\"", 0, "/data/items/1/plant", "names no station"),
    ] {
        assert!(ROW.contains(from), "{from}");
        let decoded = read(&answer(&format!("{ROW},{}", ROW.replacen(from, to, 1)))).expect(to);
        assert_eq!(decoded.readings.len(), 2 + kept, "{to}");
        let refused = &decoded.refused[0];
        assert_eq!(refused.place, place, "{to}");
        assert!(refused.reason.contains(reason), "{to}: {}", refused.reason);
    }
    let decoded = read(&answer(&ROW.replace("\"tq\":0", "\"tq\":null"))).unwrap();
    assert_eq!(told(&decoded)[1], "P1 air_temperature 06-01 00:00 -3.25 provisional", "good, and not the last word");
}

#[test]
fn an_answer_of_another_form_is_refused() {
    let good = answer(&format!("{ROW},{ROW}"));
    for (from, to, told) in [
        ("\"temp\"", "\"temps\"", "there is no column `temp`; did you mean `temps`?"),
        ("\"power\"", "\"powers\"", "there is no column `/m/power`; did you mean `powers`?"),
        ("\"ts\"", "\"time\"", "there is no column `ts`"),
        ("\"plant\"", "\"plants\"", "there is no column `plant`"),
        ("\"tq\"", "\"tc\"", "there is no column `tq`; did you mean `tc`?"),
        ("\"items\"", "\"item\"", "there is no column `/data/items`; did you mean `item`?"),
        ("\"temp\":", "\"temp\":1,\"temp\":", "`temp` is there twice"),
        ("\"q\":", "\"q\":1,\"q\":", "`q` is there twice"),
        ("\"status\":", "\"status\":\"ok\",\"status\":", "`status` is there twice"),
        ("1.50", "[1.50]", "this is neither a text, a number nor null (/data/items/0/m/power)"),
        ("1.50", "true", "this is neither a number nor null (/data/items/0/m/power)"),
        ("\"m\":{", "\"m\":[{", "expected"),
        ("\"2026-06-01T08:10:00+08:00\"", "null", "this is null (/data/items/0/ts)"),
        ("\"2026-06-01T08:10:00+08:00\"", "{}", "this is neither a text, a number nor null (/data/items/0/ts)"),
        ("[{\"plant\"", "[7,{\"plant\"", "this is not a row (/data/items/0)"),
        ("{\"items\":[", "{\"items\":{},\"x\":[", "this is not a list of rows (/data/items)"),
        ("\"ok\"", "\"late\"", "this is `late`, and the settings expect `ok` (/status)"),
        ("[\"kW\"]", "[\"MW\"]", "`/m/power` is in `MW`, and the settings say `kW`"),
        ("[\"kW\"]", "[]", "there is no column `/units/0`"),
        ("null,\"units\"", "\"no such plant\",\"units\"", "the provider answers: no such plant"),
        ("null,\"units\"", "{\"code\":7},\"units\"", "the provider answers: {\"code\":7}"),
        ("\"-3.25\"", "\"\\ud800\"", "hex escape at line 1 column 8 (/data/items/0/temp)"),
    ] {
        assert!(good.contains(from), "{from}");
        match read(&good.replacen(from, to, 1)) {
            Ok(decoded) => panic!("{to}: {decoded:?}"),
            Err(error) if told == "expected" => assert!(matches!(error, DecodeError::Schema { .. }), "{error}"),
            Err(error) => assert!(error.to_string().contains(told), "{to}: {error}"),
        }
    }
    let second = good.rfind("\"temp\"").unwrap();
    let later = format!("{}\"temps\"{}", &good[..second], &good[second + 6..]);
    let error = read(&later).unwrap_err().to_string();
    assert!(error.contains("`temp` is not there") && error.contains("/data/items/1/temp"), "{error}");
    for (body, wanted) in [("", DecodeError::Empty), ("<html>", DecodeError::Html)] {
        assert_eq!(read(body), Err(wanted));
    }
}

#[test]
fn an_absent_column_has_no_value_where_the_settings_say_so() {
    let settings = ROWS.replace("error =", "absent = \"missing\"\n    error =");
    let bare = r#"{"plant":"P1","ts":"2026-06-01T08:20:00+08:00","m":{}}"#;
    let decoded = read_with(&settings, &answer(&format!("{ROW},{bare}"))).unwrap();
    assert_eq!(
        told(&decoded)[2..],
        ["P1 power 06-01 00:10 none provisional", "P1 air_temperature 06-01 00:10 none provisional"]
    );
    let error = read_with(&settings, &answer(bare)).unwrap_err();
    assert!(matches!(error, DecodeError::MissingColumn { .. }), "one that no row has was renamed: {error}");
}

#[test]
fn stations_stand_in_rows_in_the_answer_in_the_settings_or_in_the_url() {
    let asked = Station { name: "P1".into(), position: None };
    let with = |station: &str, body: &str| {
        let settings = ROWS.replace("station = { at = \"plant\" }", station);
        let raw = Raw { bytes: body.as_bytes(), name: "P1.json", asked: Some(&asked), now: None };
        crate::feed::decode(&feed(&settings), &raw).map(|decoded| told(&decoded).first().cloned().unwrap_or_default())
    };
    let body = answer(ROW).replace("\"units\"", "\"of\":\"P1\",\"units\"");
    for station in [
        "",
        "station = { at = \"plant\" }",
        "station = { in_answer = \"/of\" }",
        "station = { file_name = \"{station}.json\" }",
    ] {
        assert_eq!(with(station, &body).unwrap(), "P1 power 06-01 00:00 1.5 final", "{station}");
    }
    let other = body.replace("\"of\":\"P1\"", "\"of\":\"P2\"");
    let error = with("station = { in_answer = \"/of\" }", &other).unwrap_err().to_string();
    assert!(error.contains("`P2` is not the station that was asked for"), "{error}");
    let error = with("station = { file_name = \"{station}.csv\" }", &body).unwrap_err().to_string();
    assert!(error.contains("the name of the file is not of the form {station}.csv"), "{error}");
    let decoded = with("station = { at = \"plant\" }", &body.replace("\"plant\":\"P1\"", "\"plant\":\"P2\"")).unwrap();
    assert_eq!(decoded, "", "another station than was asked for");
}

/// A list for each column, as Open-Meteo writes them.
const LISTS: &str = r#"
    kind = "json"
    file = "a.json"
    poll = "1 h"
    delay = "0 h"
    vintage = "provisional"
    columns.rain = { variable = "precipitation", unit = "mm" }
    [json]
    lists = "/hourly"
    missing = []
    station = { is = "here" }
    time = { at = ["day", "hour"], format = "%Y-%m-%d %H", zone = "Asia/Shanghai", stamp = "begin", every = "1 h" }
    flags = [ { at = "q", good = ["0"] } ]
    units = { rain = { at = "unit", is = "mm" } }
"#;

#[test]
fn lists_stand_side_by_side() {
    let body =
        r#"{"hourly":{"day":["2026-06-01","2026-06-01"],"hour":[7,8],"rain":[0.1,null],"q":[0,9],"unit":["mm","mm"]}}"#;
    assert_eq!(
        told(&read_with(LISTS, body).unwrap()),
        ["here precipitation 05-31 23:00 0.1 provisional", "here precipitation 06-01 00:00 none provisional"]
    );
    for (from, to, wanted) in [
        ("\"hour\":[7,8]", "\"hour\":[7]", "there are 1 values here, and 2 in the list before (/hourly/hour)"),
        ("\"rain\":[0.1,null]", "\"rain\":0.1", "this is not a list (/hourly/rain)"),
        ("\"rain\"", "\"rains\"", "there is no column `rain`; did you mean `rains`?"),
        ("\"hourly\"", "\"hourlies\"", "there is no column `/hourly`"),
        ("{\"day\":", "[{\"day\":", "there is no column `day`"),
        ("\"hour\":[7,8]", "\"hour\":[7,[8]]", "this is neither a text, a number nor null (/hourly/hour/1)"),
    ] {
        assert!(body.contains(from), "{from}");
        let spoilt = body.replacen(from, to, 1);
        let spoilt = if to.starts_with('[') { spoilt.replacen("]}}", "]}]}", 1) } else { spoilt };
        let error = read_with(LISTS, &spoilt).expect_err(to).to_string();
        assert!(error.contains(wanted), "{to}: {error}");
    }
    let unit = read_with(LISTS, &body.replace("[\"mm\"", "[\"inch\"")).unwrap();
    assert_eq!(unit.refused[0].place, "/hourly/rain/0");
    assert!(unit.refused[0].reason.contains("`rain` is in `inch`, and the settings say `mm`"));
    let empty = r#"{"hourly":{"day":[],"hour":[],"rain":[],"q":[],"unit":[]}}"#;
    assert_eq!(read_with(LISTS, empty).unwrap(), Decoded::default());
}

/// Rows without names, and one row alone.
#[test]
fn rows_may_be_lists_or_stand_alone() {
    let pairs = LISTS
        .replace("columns.rain", "columns.\"/1\"")
        .replace("lists = \"/hourly\"", "rows = \"/values\"")
        .replace(
            "at = [\"day\", \"hour\"], format = \"%Y-%m-%d %H\", zone = \"Asia/Shanghai\"",
            "at = \"/0\", format = \"epoch ms\"",
        )
        .replace("flags = [ { at = \"q\", good = [\"0\"] } ]", "")
        .replace("units = { rain = { at = \"unit\", is = \"mm\" } }", "");
    let decoded = read_with(&pairs, r#"{"values":[[1780272000000,"0.30"],[1780275600000,1]]}"#).unwrap();
    assert_eq!(
        told(&decoded),
        ["here precipitation 06-01 00:00 0.3 provisional", "here precipitation 06-01 01:00 1 provisional"]
    );
    let one = pairs.replace("rows = \"/values\"", "row = \"\"");
    let decoded = read_with(&one, r#"[1780272000000,0.3,"x"]"#).unwrap();
    assert_eq!(told(&decoded), ["here precipitation 06-01 00:00 0.3 provisional"]);
    let decoded = read_with(&one, r#"[1780272000000,-0.3]"#).unwrap();
    assert_eq!(decoded.refused[0].place, "/1");
    assert!(matches!(read_with(&one, "7"), Err(DecodeError::Schema { .. })));
}

#[test]
fn pages_lead_to_the_next_one_on_the_same_server() {
    let settings = ROWS
        .replace("error =", "next = \"/links/next\"\n    error =")
        .replace("[columns]", "key = { file = \"k\", header = \"X-Key\" }\n    [columns]");
    let feed = feed(&settings);
    let crate::feed::Origin::Url(url) = &feed.origin else { panic!("it has a URL") };
    let at = chrono::DateTime::from_timestamp(1_780_272_000, 0).unwrap();
    let key = crate::feed::Key {
        secret: crate::feed::Secret::new("s3cret"),
        goes: Some(crate::feed::KeyPlace::Header("X-Key".to_owned())),
    };
    let wanted =
        Wanted { url, station: Some(&feed.stations[0]), from: at, to: at, now: at, key: Some(&key), token: None };
    let [first] = &feed.provider.requests(&feed, &wanted)[..] else { panic!("one request") };
    let next = |body: &str| {
        let headers = reqwest::header::HeaderMap::new();
        let reply = Reply { request: first, bytes: body.as_bytes(), headers: &headers };
        feed.provider.next(&feed, &wanted, &reply)
    };
    let [second] = &next(r#"{"links":{"next":"/P1?page=2"}}"#).unwrap()[..] else { panic!("a second page") };
    assert_eq!(second.url.as_str(), "https://host.example/P1?page=2");
    assert_eq!(second.headers, [("X-Key".to_owned(), "s3cret".to_owned())]);
    assert_eq!(second.station.as_ref().map(|station| &*station.name), Some("P1"));
    for end in [r#"{"links":{"next":null}}"#, r#"{"links":{"next":""}}"#, r#"{"links":{}}"#, "{}", "no JSON"] {
        assert!(next(end).unwrap().is_empty(), "{end}");
    }
    for (bad, reason) in [
        (r#"{"links":{"next":"https://other.example/P1"}}"#, "on another server"),
        (r#"{"links":{"next":"http://host.example/P1"}}"#, "on another server"),
        (&format!(r#"{{"links":{{"next":"{}"}}}}"#, first.url), "is this one"),
        (r#"{"links":{"next":{}}}"#, "neither a text"),
    ] {
        let error = next(bad).expect_err(bad).to_string();
        assert!(error.contains(reason), "{bad}: {error}");
    }
}

#[test]
fn settings_say_everything_once() {
    wrong_settings(
        ROWS,
        &[
            ("rows = \"/data/items\"", "", "the readings stand in `rows`, `lists` or `row`: one of them"),
            (
                "rows = \"/data/items\"",
                "rows = \"/a\"\n    row = \"\"",
                "the readings stand in `rows`, `lists` or `row`",
            ),
            ("rows = \"/data/items\"", "rows = \"/a~2\"", "`/a~2` is not a pointer"),
            ("\"/m/power\" = { variable", "\"/m~\" = { variable", "`/m~` is not a pointer"),
            ("missing = [\"-999\", \"n/a\"]", "", "`missing` is missing"),
            ("at = \"plant\"", "column = \"plant\"", "`column` is not a key of the station"),
            (
                "{ at = \"plant\" }",
                "{ at = \"plant\", is = \"P1\" }",
                "a station has `at`, `in_answer`, `is` or `file_name`",
            ),
            ("{ at = \"plant\" }", "{ file_name = \"plant.json\" }", "does not say where the station stands"),
            ("at = \"ts\", format = \"%Y", "format = \"%Y", "`at` is missing in the time"),
            ("of = [\"temp\"]", "of = [\"temps\"]", "`temps` is not a column of this feed"),
            ("good = [\"A\", \"S\"]", "good = []", "no flag is good"),
            ("final = [\"A\"]", "final = [\"X\"]", "`X` is final, but not good"),
            (", final = [\"A\"]", "", "no flag tells what is final of `/m/power`"),
            (
                "vintage = \"as told\"",
                "vintage = \"final\"",
                "flags say what is final, but the feed's vintage is another",
            ),
            ("in_answer = \"/units/0\", is", "is", "a unit stands `at` a pointer in the row, or `in_answer`"),
            ("{ \"/m/power\" = { in_answer", "{ power = { in_answer", "`power` is not a column of this feed"),
            ("error =", "absent = \"zero\"\n    error =", "`zero` is not what becomes of an absent column"),
            ("\"/status\" = \"ok\"", "\"/status\" = 1", "this is a number without a unit"),
            ("error =", "errors =", "`errors` is not a key of the json form"),
            ("    station.P1 = {}\n    station.P2 = {}\n", "", "the URL names a station, but no station is listed"),
        ],
    );
}

/// No bytes make it panic, and what is cut off or altered says nothing that the whole did not say.
#[test]
fn spoilt_bytes_are_refused_or_say_the_same() {
    let settings = feed(&ROWS.replace("\"as told\"", "\"as told\"\n    max_body = \"1 MiB\""));
    let body = answer(&format!("{ROW},{}", ROW.replace("08:10", "08:20")));
    let read = |bytes: &[u8]| crate::feed::decode(&settings, &Raw { bytes, name: "", asked: None, now: None });
    let whole = told(&read(body.as_bytes()).unwrap());
    for length in 0..body.len() {
        let error = read(&body.as_bytes()[..length]).expect_err("it is cut off");
        assert!(matches!(error, DecodeError::Truncated { .. } | DecodeError::Empty), "{length}: {error}");
    }
    let mut random = 0x5eed_u32;
    let mut ran = 0;
    for at in 0..body.len() {
        let mut spoilt = body.clone().into_bytes();
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        spoilt[at] = random.to_be_bytes()[0];
        if let Ok(decoded) = read(&spoilt) {
            // One byte changes one row at most: its station, its time or a value.
            let same = told(&decoded).into_iter().filter(|line| whole.contains(line)).collect::<BTreeSet<_>>();
            assert!(same.len() + 2 >= whole.len(), "{at}: {same:?}");
        }
        ran += 1;
    }
    println!("ran {ran} cases");
}
