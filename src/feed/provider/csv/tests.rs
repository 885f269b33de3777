use super::super::trial::wrong_settings;
use super::*;
use crate::feed::settings::Station;
use crate::feed::settings::tests::{CSV, feed};

fn read_at(settings: &str, body: &[u8], now: &str) -> Result<Decoded, DecodeError> {
    let now = chrono::NaiveDateTime::parse_from_str(now, "%F %R").unwrap().and_utc();
    crate::feed::decode(&feed(settings), &Raw { bytes: body, name: "", asked: None, now: Some(now) })
}

fn read(settings: &str, body: &str) -> Result<Decoded, DecodeError> {
    read_at(settings, body.as_bytes(), "2030-01-01 00:00")
}

fn values(decoded: &Decoded) -> Vec<String> {
    let value = |value: Option<crate::quantity::Fixed>| value.map_or("none".to_owned(), |value| value.to_string());
    decoded.readings.iter().map(|reading| format!("{} {}", reading.station, value(reading.value))).collect()
}

const HEADER: &str = "origin,time_hour,temp,precip,extra";

#[test]
fn rows_become_readings() {
    let body =
        format!("\u{feff}{HEADER}\r\nEWR,2013-01-01T06:00:00Z,39.02,0.0,x\r\n\r\nJFK,2013-01-01T06:00:00Z, NaN ,,y\n");
    let decoded = read(CSV, &body).unwrap();
    assert_eq!(decoded.refused, []);
    assert_eq!(values(&decoded), ["EWR 39.02", "EWR 0", "JFK none", "JFK none"]);
    let first = &decoded.readings[0];
    assert_eq!((first.start.timestamp(), first.end.timestamp()), (1_357_020_000, 1_357_023_600));
    assert_eq!(read(CSV, HEADER).unwrap(), Decoded::default(), "a header alone is nothing, and nothing wrong");
}

#[test]
fn n05_a_last_line_without_its_end_may_be_cut_off() {
    let whole = format!("{HEADER}\nEWR,2013-01-01T06:00:00Z,1.3,0.25,x\nJFK,2013-01-01T06:00:00Z,1.3,0.25,x\n");
    let header = HEADER.len() + 1;
    for length in header..whole.len() {
        let decoded = read(CSV, &whole[..length]).unwrap();
        let rows = whole[..length].matches('\n').count() - 1;
        assert_eq!(decoded.readings.len(), 2 * rows, "{length}: the lines that have their ends");
        assert_eq!(decoded.refused.len(), usize::from(!whole[..length].ends_with('\n')), "{length}");
    }
    let open = CSV.replace("[csv]", "[csv]\nopen_end = true");
    assert_eq!(read(&open, whole.trim_end()).unwrap().readings.len(), 4, "where the settings say that it never has");
}

#[test]
fn wrong_rows_are_refused_with_their_line() {
    for (row, kept, reason) in [
        ("EWR,2013-01-01T06:00:00Z,\"1,5\",0.0,x\n", 1, "`temp`: `1,5` is not a decimal number"),
        ("EWR,2013-01-01T06:00:00Z,1,5,0.0,x\n", 0, "the line has 6 columns, the header 5"),
        ("EWR,2013-01-01T06:00:00Z,Infinity,0.0,x\n", 1, "is not a decimal number"),
        ("EWR,2013-01-01T06:00:00Z,1e400,0.0,x\n", 1, "is not a decimal number"),
        ("EWR,2013-01-01T06:00:00Z,1,-9999,x\n", 1, "never below zero"),
        ("EWR,2013-01-01 06:00:00,1,0.0,x\n", 0, "is not a time of the form"),
        ("EWR,2013-02-30T06:00:00Z,1,0.0,x\n", 0, "is not a time"),
        (",2013-01-01T06:00:00Z,1,0.0,x\n", 0, "the row names no station"),
        ("EWR,2013-01-01T06:00:00Z,1", 0, "the line has 3 columns, the header 5, and it is cut off"),
        ("EWR,2013-01-01T06:00:00Z,1\n", 0, "the line has 3 columns, the header 5"),
        ("EWR,2013-01-01T06:00:00Z,\"1,0.0,x\nEWR,2013-01-01T07:00:00Z,1,0.0,x\n", 0, "the line has 3 columns"),
    ] {
        let decoded = read(CSV, &format!("{HEADER}\nJFK,2013-01-01T06:00:00Z,1,0,x\n{row}")).expect(row);
        assert_eq!(decoded.readings.len(), 2 + kept, "{row}");
        let [refused] = &decoded.refused[..] else { panic!("{row}: {:?}", decoded.refused) };
        assert_eq!(refused.place, "line 3", "{row}");
        assert!(refused.reason.contains(reason), "{row}: {}", refused.reason);
        let tail = refused.reason.ends_with("cut off");
        assert_eq!(tail, !row.ends_with('\n'), "{row}");
    }
}

#[test]
fn a_file_without_a_wanted_column_is_refused() {
    let missing = DecodeError::MissingColumn { column: "precip".to_owned(), near: Some("precep".to_owned()) };
    assert_eq!(read(CSV, "origin,time_hour,temp,precep\n"), Err(missing));
    let double = DecodeError::DoubleColumn { column: "temp".to_owned() };
    assert_eq!(read(CSV, "origin,time_hour,temp,precip,temp\n"), Err(double));
    assert_eq!(read(CSV, "\n \n"), Err(DecodeError::Empty));
    assert_eq!(read(CSV, "<!doctype html>"), Err(DecodeError::Html));
    let latin = b"origin,time_hour,temp,precip\nZ\xfcrich,2013-01-01T06:00:00Z,1,1\n";
    assert_eq!(read_at(CSV, latin, "2030-01-01 00:00"), Err(DecodeError::NotUtf8 { line: 2 }));
}

#[test]
fn what_has_not_ended_is_a_forecast() {
    let body = format!("{HEADER}\nEWR,2013-01-01T06:00:00Z,39.02,,x\n");
    for (now, readings, refused) in [("2013-01-01 06:58", 0, 1), ("2013-01-01 06:59", 2, 0), ("2013-01-01 07:00", 2, 0)]
    {
        let decoded = read_at(CSV, body.as_bytes(), now).unwrap();
        assert_eq!((decoded.readings.len(), decoded.refused.len()), (readings, refused), "{now}: a minute's grace");
    }
}

#[test]
fn comments_headers_in_comments_and_decimal_commas() {
    let european = CSV.replace("delimiter = \",\"", "delimiter = \";\"").replace("decimal = \".\"", "decimal = \",\"");
    let settings = european.replace("[csv]", "[csv]\ncomment = \"#\"\nheader = \"last comment line\"");
    let body = "# Station: a; b\n#\n# origin;time_hour;temp;\"precip\"\nEWR;2013-01-01T06:00:00Z;-1,5;0,25\n# more\nEWR;2013-01-01T07:00:00Z;1.5;1,2,3\n";
    for body in [body.to_owned(), body.replace('\n', "\r\n")] {
        let decoded = read(&settings, &body).unwrap();
        assert_eq!(values(&decoded), ["EWR -1.5", "EWR 0.25"]);
        let places: Vec<_> = decoded.refused.iter().map(|refused| refused.place.as_str()).collect();
        assert_eq!(places, ["line 6", "line 6"]);
        assert!(decoded.refused[0].reason.contains("the decimal mark is a comma"));
    }
    assert!(matches!(read(&settings, "origin;time_hour;temp;precip\n"), Err(DecodeError::Schema { .. })));
    let first = european.replace("[csv]", "[csv]\ncomment = \"#\"");
    let body = "# Station\norigin;time_hour;temp;precip\nEWR;2013-01-01T06:00:00Z;-1,5;0,25\n";
    assert_eq!(values(&read(&first, body).unwrap()), ["EWR -1.5", "EWR 0.25"]);
}

#[test]
fn stations_are_those_that_are_listed_or_asked() {
    let rows = "EWR,2013-01-01T06:00:00Z,1,0,x\nJFK,2013-01-01T06:00:00Z,2,0,x\n";
    let body = format!("{HEADER}\n{rows}");
    let listed = CSV.replace("[csv]", "station.JFK = {}\n[csv]");
    assert_eq!(values(&read(&listed, &body).unwrap()), ["JFK 2", "JFK 0"]);
    let jfk = Station { name: "JFK".into(), position: None };
    let decoded =
        crate::feed::decode(&feed(CSV), &Raw { bytes: body.as_bytes(), name: "", asked: Some(&jfk), now: None })
            .unwrap();
    assert_eq!(values(&decoded), ["JFK 2", "JFK 0"]);
    assert!(decoded.refused[0].reason.contains("`EWR` is not the station that was asked for"));
    let one = CSV.replace("column = \"origin\"", "is = \"here\"");
    assert_eq!(values(&read(&one, &body).unwrap()), ["here 1", "here 0", "here 2", "here 0"]);
}

#[test]
fn flags_let_a_value_count_or_refuse_it() {
    let flags = "flags = [ { column = \"extra\", good = [\"A\", \"S\", \"\"], final = [\"A\"] } ]";
    let settings = CSV.replace("\"final\"", "\"as told\"").replace("[csv]", &format!("[csv]\n{flags}"));
    let row = |temp: &str, flag: &str| format!("EWR,2013-01-01T06:00:00Z,{temp},0,{flag}\n");
    for (temp, flag, told) in [
        ("1", "A", Some(("1", Vintage::Final))),
        ("1", "S", Some(("1", Vintage::Provisional))),
        ("1", "", Some(("1", Vintage::Provisional))),
        ("1", "E", None),
        ("", "E", Some(("none", Vintage::Provisional))),
    ] {
        let decoded = read(&settings, &format!("{HEADER}\n{}", row(temp, flag))).unwrap();
        let first = decoded.readings.iter().find(|reading| reading.variable.to_string() == "air_temperature");
        let value = first.map(|first| first.value.map_or("none".to_owned(), |value| value.to_string()));
        assert_eq!(value.zip(first.map(|first| first.vintage)), told.map(|told| (told.0.to_owned(), told.1)), "{flag}");
        let bad = decoded.refused.iter().all(|refused| {
            refused.place == "line 2" && refused.reason == "the flag `extra` is `E`, which is not among the good ones"
        });
        assert!(bad && decoded.refused.is_empty() == (flag != "E"), "{flag}: {:?}", decoded.refused);
    }
    let renamed = read(&settings, "origin,time_hour,temp,precip,extras\n").unwrap_err().to_string();
    assert!(renamed.contains("there is no column `extra`; did you mean `extras`?"), "{renamed}");
}

#[test]
fn a_file_without_a_header_has_its_names_in_the_settings() {
    let names = "header = [\"origin\", \"time_hour\", \"temp\", \"precip\", \"\"]";
    let settings = CSV.replace("[csv]", &format!("[csv]\n{names}"));
    let decoded = read(&settings, "EWR,2013-01-01T06:00:00Z,1,2,x\nEWR,2013-01-01T07:00:00Z,1,2\n").unwrap();
    assert_eq!(values(&decoded), ["EWR 1", "EWR 2"]);
    assert_eq!(decoded.refused[0].reason, "the line has 4 columns, the header 5");
    let headed = read(&settings, &format!("{HEADER}\n")).unwrap();
    assert!(headed.refused[0].reason.contains("`time_hour` is not a time"), "a header after all is no reading");
}

#[test]
fn other_encodings_are_read_where_they_are_declared() {
    let settings = CSV
        .replace("[csv]", "[csv]\nencoding = \"gb18030\"")
        .replace("columns = { temp", "columns = { \"气温\"")
        .replace("precip =", "\"降水量\" =")
        .replace("column = \"origin\"", "column = \"站名\"");
    let body = "站名,time_hour,气温,降水量\n临港,2013-01-01T06:00:00Z,1.5,0\n";
    let (bytes, _, lossy) = encoding_rs::GB18030.encode(body);
    assert!(!lossy && bytes.len() < body.len());
    assert_eq!(values(&read_at(&settings, &bytes, "2030-01-01 00:00").unwrap()), ["临港 1.5", "临港 0"]);
    let mut broken = bytes.into_owned();
    let line = broken.iter().position(|byte| *byte == b'\n').unwrap();
    broken[line + 1] = 0xff;
    let error = read_at(&settings, &broken, "2030-01-01 00:00").unwrap_err();
    assert_eq!(error.to_string(), "this is not gb18030 (line 2)");
    assert_eq!(read_at(&settings, b" ", "2030-01-01 00:00"), Err(DecodeError::Empty));
    assert_eq!(read_at(&settings, b"<html>", "2030-01-01 00:00"), Err(DecodeError::Html));
    let utf8 = read_at(&settings.replace("gb18030", "utf-8"), body.as_bytes(), "2030-01-01 00:00").unwrap();
    assert_eq!(values(&utf8), ["临港 1.5", "临港 0"]);
}

#[test]
fn the_name_of_the_file_may_hold_the_station() {
    let settings = CSV.replace("{ column = \"origin\" }", "{ file_name = \"park_{station}_????.csv\" }");
    let body = format!("{HEADER}\nEWR,2013-01-01T06:00:00Z,1,0,x\n");
    let read =
        |name| crate::feed::decode(&feed(&settings), &Raw { bytes: body.as_bytes(), name, asked: None, now: None });
    assert_eq!(values(&read("park_T_01_2013.csv").unwrap()), ["T_01 1", "T_01 0"]);
    assert!(matches!(read("park_2013.csv"), Err(DecodeError::Schema { .. })));
}

#[test]
fn settings_say_everything_once() {
    wrong_settings(
        CSV,
        &[
            ("decimal =", "encoding = \"gb18031\"\ndecimal =", "`gb18031` is not an encoding"),
            ("decimal =", "header = []\ndecimal =", "there is no column"),
            ("decimal =", "header = \"second line\"\ndecimal =", "is not a place for a header"),
            ("decimal =", "flags = [ { at = \"q\", good = [\"A\"] } ]\ndecimal =", "`at` is not a key of the flag"),
            ("decimal =", "flags = [ { column = \"q\" } ]\ndecimal =", "`good` is missing in the flag"),
            ("\"final\"", "\"as told\"", "no flag tells what is final of `temp`"),
        ],
    );
}

/// No bytes make it panic, and a file that is cut off says nothing that the whole one did not say.
#[test]
fn spoilt_files_are_refused_or_say_the_same() {
    let body = format!("{HEADER}\nEWR,2013-01-01T06:00:00Z,39.02,0.1,x\nJFK,2013-01-01T07:00:00Z,1.5,,y\n");
    let whole = read(CSV, &body).unwrap().readings;
    let mut ran = 0;
    for length in 0..body.len() {
        let Ok(decoded) = read(CSV, &body[..length]) else { continue };
        // The last column that is read stands before one that is passed over: a cut in a number loses the line.
        assert!(decoded.readings.iter().all(|reading| whole.contains(reading)), "{length}");
        ran += 1;
    }
    let mut random = 0x5eed_u32;
    for at in 0..body.len() {
        let mut spoilt = body.clone().into_bytes();
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        spoilt[at] = random.to_be_bytes()[0];
        if let Ok(decoded) = read_at(CSV, &spoilt, "2030-01-01 00:00") {
            assert!(decoded.readings.len() <= whole.len(), "{at}");
            ran += 1;
        }
    }
    assert!(ran > 100, "{ran}");
    println!("ran {ran} cases");
}
