use chrono::{DateTime, NaiveDateTime, Utc};

use super::*;
use crate::document::Source;
use crate::observation::Vintage;

/// An instant, written as `2026-06-01 00:00`.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%F %R").unwrap().and_utc()
}

/// The feed `asos` of a text, on a network where everything is allowed.
pub(crate) fn feed(text: &str) -> FeedSettings {
    read(text).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
}

/// What is wrong with a feed, as it is shown.
pub(crate) fn faults(text: &str) -> String {
    read(text).expect_err("the settings have a fault").render(false)
}

pub(crate) fn read(text: &str) -> Result<FeedSettings, Faults> {
    let network = Network { allow_private: true, ..Network::default() };
    let mut faults = Faults::new();
    let node = Node::parse(&Source::new("f.toml", text), &mut faults);
    let feed = FeedSettings::read("asos", &node, Path::new("/folder"), &network, &mut faults);
    feed.filter(|_| faults.is_empty()).ok_or(faults)
}

/// What is wrong with a feed that is.
pub(crate) fn read_faults(text: &str) -> Vec<String> {
    let faults = read(text).err().unwrap_or_default();
    faults.iter().map(|fault| fault.message().to_owned()).collect()
}

pub(crate) const CSV: &str = r#"
    kind = "csv"
    file = "asos.csv"
    poll = "6 h"
    delay = "1 h"
    vintage = "final"
    columns = { temp = { variable = "air_temperature", unit = "degF" }, precip = { variable = "precipitation", unit = "inch" } }
    [csv]
    delimiter = ","
    decimal = "."
    missing = ["", "NaN"]
    station = { column = "origin" }
    time = { column = "time_hour", format = "%Y-%m-%dT%H:%M:%SZ", zone = "UTC", stamp = "begin", every = "1 h" }
"#;

#[test]
fn a_feed_says_what_it_provides() {
    let asos = feed(CSV);
    assert_eq!(asos.origin, Origin::File("/folder/asos.csv".into()));
    assert_eq!(asos.interval(), Interval::Fixed(3_600));
    assert_eq!((asos.timeout, asos.max_body), (Duration::from_secs(30), 16 << 20));
    assert_eq!(asos.look_back, TimeDelta::days(2));
    assert_eq!(asos.provides("JFK", Variable::AirTemperature), None, "it was not read yet");
    assert_eq!(asos.provides("JFK", Variable::Power), Some(false));
    let one = feed(&CSV.replace("column = \"origin\"", "is = \"JFK\""));
    assert_eq!(one.provides("JFK", Variable::AirTemperature), Some(true));
    assert_eq!(one.provides("LGA", Variable::AirTemperature), Some(false));
    let listed = feed(&CSV.replace("[csv]", "station.JFK = {}\n[csv]"));
    assert_eq!(listed.provides("JFK", Variable::AirTemperature), Some(true));
    assert_eq!(listed.provides("LGA", Variable::AirTemperature), Some(false));
}

#[test]
fn vintage_turns_on_the_second() {
    let rule = VintageRule::FinalAfter(TimeDelta::days(90));
    let end = DateTime::from_timestamp(0, 0).unwrap();
    assert_eq!(rule.at(end, end + TimeDelta::days(90) - TimeDelta::seconds(1)), Vintage::Provisional);
    assert_eq!(rule.at(end, end + TimeDelta::days(90)), Vintage::Final);
}

#[test]
fn faults_say_what_is_wrong() {
    for (replace, by, message) in [
        ("kind = \"csv\"", "kind = \"cvs\"", "`cvs` is not a kind of feed"),
        ("kind = \"csv\"", "", "`kind` is missing in the feed `asos`"),
        ("poll = \"6 h\"", "pol = \"6 h\"", "`pol` is not a key of the feed `asos`"),
        ("poll = \"6 h\"\n", "", "`poll` is missing in the feed `asos`"),
        ("\"6 h\"", "\"6 mm\"", "`6 mm` is not a time"),
        ("\"6 h\"", "\"0 h\"", "`0 h` is not a number of whole seconds"),
        ("\"6 h\"", "\"0.0001 h\"", "`0.0001 h` is not a number of whole seconds"),
        ("\"6 h\"", "6", "this is a number without a unit"),
        ("\"final\"", "\"last\"", "`last` is not a vintage"),
        ("\"final\"", "{ final_after = \"59 min\" }", "readings would be final before they are published"),
        ("file = \"asos.csv\"", "", "`file`, `folder`, `mqtt` or `url` is missing"),
        (
            "file = \"asos.csv\"",
            "file = \"a\"\nurl = \"https://host.example/\"",
            "a feed has one of `file`, `folder`, `mqtt` and `url`",
        ),
        (
            "file = \"asos.csv\"",
            "url = \"https://host.example/{station}\"",
            "the URL names a station, but no station is listed",
        ),
        ("[csv]", "max_body = \"16 MB\"\n[csv]", "`16 MB` is not a size"),
        ("[csv]", "max_body = \"2 GiB\"\n[csv]", "`2 GiB` is not a size"),
        ("[csv]", "station.JFK = { latitude = \"91 deg\", longitude = \"0 deg\" }\n[csv]", "`91 deg` is not an angle"),
        ("[csv]", "station.JFK = { latitude = \"40 deg\" }\n[csv]", "has a latitude or a longitude, not both"),
        ("\"air_temperature\"", "\"air_temprature\"", "`air_temprature` is not a variable"),
        ("\"degF\"", "\"F\"", "`F` is not a unit"),
        ("\"degF\"", "\"degF\", least = \"5 degC\"", "`5 degC` is in another unit than its column"),
        ("\"degF\"", "\"degF\", least = \"5\"", "`5` has no unit"),
        ("\"degF\"", "\"degF\", least = \"5 degF\", most = \"4 degF\"", "no number is at least 5 and at most 4 degF"),
        ("\"degF\"", "\"degF\", step = \"0 degF\"", "0 degF is no distance"),
        ("\"degF\"", "\"degF\", counter = {}", "air_temperature is nothing that a counter adds up"),
        ("\"inch\"", "\"inch\", counter = { turns_over_at = \"5 mm\" }", "`5 mm` is in another unit than its column"),
        ("\"inch\"", "\"inch\", counter = { turns_over_at = \"10 inch\" }", ""),
        ("\"degF\"", "\"degF\", stuck = \"5 degF\"", "`5 degF` is not a time"),
        ("\"degF\"", "\"degF\", near = { of = [], within = \"5 degF\" }", "there is no neighbour"),
        ("\"degF\"", "\"degF\", near = { of = [\"JFK\"], within = \"5 degF\" }", "`JFK` is no feed and station"),
        ("\"degF\"", "\"degF\", near = { of = [\"a/JFK\"] }", "`within` is missing"),
        ("[csv]", "station.JFK = { nameplate = \"2 m\" }\n[csv]", "`2 m` is not the power of a plant"),
        ("[csv]", "station.JFK = { nameplate = \"0 MW\" }\n[csv]", "`0 MW` is not the power of a plant"),
        ("\"degF\"", "\"degF\", least = \"5 degF\", most = \"5 degF\", step = \"1 degF\", stuck = \"1 d\"", ""),
        ("\"degF\"", "\"mm\"", "air_temperature is not measured in mm"),
        ("\"air_temperature\", unit = \"degF\"", "\"precipitation\", unit = \"mm\"", "are both precipitation"),
        ("delimiter = \",\"", "delimiter = \",,\"", "`,,` is not one character"),
        ("decimal = \".\"", "decimal = \";\"", "`;` is not a decimal mark"),
        ("decimal = \".\"", "", "`decimal` is missing"),
        ("missing =", "mising =", "`mising` is not a key of the csv form"),
        (
            "decimal = \".\"",
            "decimal = \".\"\nheader = \"last comment line\"",
            "the header is in a comment, but `comment` is missing",
        ),
        ("{ column = \"origin\" }", "{ column = \"a\", is = \"b\" }", "a station has `column`, `is` or `file_name`"),
        ("station = { column = \"origin\" }", "", "`station` is missing"),
        ("zone = \"UTC\", ", "", "`zone` is missing in the time"),
        ("zone = \"UTC\"", "zone = \"Mars\"", "`Mars` is not a time zone"),
        ("%SZ", "%S%:z", "the form carries the offset"),
        ("%Y-%m-%dT%H:%M:%SZ", "%m-%dT%H:%M:%SZ", "is not a form of a time"),
        ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "the stamp does not carry the hour"),
        ("\"1 h\" }", "\"10 min\" }\n#", ""),
        ("every = \"1 h\"", "every = \"2 d\"", "`2 d` is longer than a day"),
        ("every = \"1 h\"", "every = \"1 d\"", "a day has an hour at which it begins"),
        ("every = \"1 h\"", "every = \"1 h\", starts = \"00:00\"", "only a day begins at an hour"),
        ("every = \"1 h\"", "every = \"1 d\", starts = \"24:00\"", "`24:00` is not a time of day"),
        ("stamp = \"begin\", ", "", "`stamp` is missing"),
        ("stamp = \"begin\"", "stamp = \"middle\"", "`middle` is no end of an interval"),
        ("every = \"1 h\"", "every = \"instant\"", "an instant has no begin"),
    ] {
        assert!(CSV.contains(replace), "{replace}");
        match read(&CSV.replacen(replace, by, 1)) {
            Ok(_) => assert_eq!(message, "", "{by}"),
            Err(faults) => {
                let messages: Vec<_> = faults.iter().map(Fault::message).collect();
                let found = messages.iter().any(|found| !message.is_empty() && found.contains(message));
                assert!(found, "{by}: {messages:?}");
            }
        }
    }
}

#[test]
fn a_forecast_is_no_source_of_readings() {
    for word in ["met-norway", "caiyun", "openweather"] {
        let faults = read(&CSV.replace("kind = \"csv\"", &format!("kind = \"{word}\""))).expect_err(word);
        let message = format!("`{word}` is no source of readings: ");
        assert!(faults.iter().any(|fault| fault.message().starts_with(&message)), "{}", faults.render(false));
    }
}

#[test]
fn what_became_final_is_asked_for_again() {
    let url = "url = \"https://host.example/all.csv\"";
    let text = CSV.replace("file = \"asos.csv\"", url).replace("\"final\"", "{ final_after = \"90 d\" }");
    assert_eq!(feed(&text).look_back, TimeDelta::days(92));
    let short = text.replace("[csv]", "look_back = \"89 d\"\n[csv]");
    assert!(read(&short).is_err_and(|faults| faults.render(false).contains("final_after")));
}

#[test]
fn open_meteo_wants_stations_and_units_that_it_sends() {
    let good = r#"
        kind = "open-meteo"
        url = "https://archive-api.open-meteo.com/v1/archive"
        poll = "6 h"
        delay = "5 d"
        vintage = "provisional"
        open_meteo = { model = "era5", block = "daily" }
        columns = { rain = { variable = "precipitation", unit = "mm" } }
        station.here = { latitude = "30.87 deg", longitude = "121.93 deg" }
    "#;
    assert_eq!(feed(good).interval(), Interval::Day { zone: "UTC".into(), starts_min: 0 });
    for (replace, by, message) in [
        ("\"era5\"", "\"best_match\"", "is not the name of one model"),
        ("\"era5\"", "\"era5,ecmwf_ifs\"", "is not the name of one model"),
        ("\"daily\"", "\"weekly\"", "`weekly` is no block"),
        ("\"daily\"", "\"daily\", zone = \"+08:00\"", "a server is asked in UTC"),
        ("\"mm\" } }", "\"km\" } }", "Open-Meteo does not send km"),
        ("\"mm\" } }", "\"mm\", counter = {} } }", "`rain` of Open-Meteo is no counter"),
        (
            "\"mm\" } }",
            "\"mm\" }, et = { variable = \"evapotranspiration\", unit = \"inch\" } }",
            "one request has one unit",
        ),
        ("station.here = { latitude = \"30.87 deg\", longitude = \"121.93 deg\" }", "", "no station is listed"),
        ("{ latitude = \"30.87 deg\", longitude = \"121.93 deg\" }", "{}", "the station `here` has no position"),
        ("/v1/archive", "/v1/{station}", "has no placeholders"),
    ] {
        assert!(good.contains(replace), "{replace}");
        let faults = read(&good.replacen(replace, by, 1)).expect_err(by);
        assert!(faults.iter().any(|fault| fault.message().contains(message)), "{by}: {}", faults.render(false));
    }
}
