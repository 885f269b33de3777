//! Pages hold what the ledger holds: payouts to the cent, policies, readings, and what was said before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::ledger::{Batch, Filter, Observed, Refusal, State, Unread, instant_text, parse_instant};
use fairgauge::observation::{Reading, Vintage};
use fairgauge::quantity::{Fixed, Unit, Variable};
use serde_json::Value;

use crate::SEASON;
use crate::client::part;
use crate::program::query;
use crate::serving::{NORTH, SOUTH, Season, now, serve};

/// All rows of a question, page after page, by `next` and by `Link`.
fn all(who: &str, target: &str, limit: usize) -> Vec<Value> {
    let mark = if target.contains('?') { '&' } else { '?' };
    let mut next = format!("{target}{mark}limit={limit}");
    let mut rows = Vec::new();
    for _ in 0..1_000 {
        let answer = SEASON.1.get(who, &next);
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        rows.extend(items.iter().cloned());
        let link = answer.header("link").map(|link| link[1..link.find('>').unwrap()].to_owned());
        assert_eq!(link.is_some(), page["next"].is_string(), "{next}");
        let Some(link) = link else { return rows };
        assert!(link.contains(page["next"].as_str().unwrap()), "{link}");
        next = link;
    }
    panic!("{target} comes to no end");
}

fn seqs(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect()
}

#[test]
fn pages_hold_the_payout_log_to_the_cent() {
    let season = &SEASON.0;
    for (limit, order) in [(7, "newest"), (1_000, "policy"), (13, "policy")] {
        let rows = all("auditor", &format!("/v1/payouts?order={order}"), limit);
        let expected: BTreeSet<i64> = query(&season.ledger, "SELECT seq FROM payout").into_iter().collect();
        let found = seqs(&rows);
        assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected, "{limit}");
        assert_eq!(found.len(), expected.len(), "each once");
        let sum: i64 = rows.iter().map(|row| row["payable_minor"].as_i64().unwrap()).sum();
        assert_eq!(vec![sum], query::<i64>(&season.ledger, "SELECT sum(payable_minor) FROM payout"));
        assert!(sum > 0, "something is owed");
        for row in &rows {
            let places = row["places"].as_u64().unwrap() as usize;
            for name in ["amount", "payable"] {
                let digits = row[name].as_str().unwrap().replace('.', "");
                assert_eq!(digits.parse::<i64>().unwrap(), row[format!("{name}_minor")].as_i64().unwrap());
                assert_eq!(row[name].as_str().unwrap().split('.').nth(1).map_or(0, str::len), places);
            }
        }
    }
    let history = all("auditor", "/v1/payouts?history=true", 1_000);
    let expected: BTreeSet<i64> = query(&season.ledger, "SELECT seq FROM determination").into_iter().collect();
    assert_eq!(seqs(&history).into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_table_has_what_the_objects_have() {
    let text = SEASON.1.ask("auditor", "GET", "/v1/payouts?limit=1000&order=policy", &[("accept", "text/csv")]);
    assert_eq!(text.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut reader = csv::Reader::from_reader(&text.body[..]);
    let names: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let objects = all("auditor", "/v1/payouts?order=policy", 1_000);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), objects.len());
    for (row, object) in rows.iter().zip(&objects) {
        for (name, cell) in names.iter().zip(row) {
            let pointer = match name.as_str() {
                "period_start" => "/period/start".to_owned(),
                "period_end" => "/period/end".to_owned(),
                "index_value" => "/index/value".to_owned(),
                "index_unit" => "/index/unit".to_owned(),
                name => format!("/{name}"),
            };
            let said = match object.pointer(&pointer) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            assert_eq!(cell, said, "{name} of {}", object["id"]);
        }
    }
}

/// The cells of a file of Parquet by their columns, as CSV has them; and what the columns are.
#[cfg(feature = "parquet")]
fn parquet_cells(bytes: Vec<u8>) -> (BTreeMap<String, String>, Vec<BTreeMap<String, String>>) {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;

    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let fields = reader.metadata().file_metadata().schema().get_fields().iter();
    let kinds = fields.map(|field| (field.name().to_owned(), field.get_physical_type().to_string())).collect();
    let milliseconds = |at: i64| instant_text(DateTime::from_timestamp_millis(at).unwrap()).unwrap();
    let text = |field: &Field, row: &parquet::record::Row| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::Bool(so) => so.to_string(),
        Field::Date(_) => field.to_string().split(' ').next().unwrap().to_owned(),
        Field::TimestampMillis(at) => milliseconds(*at),
        // Four places are written; a currency may have fewer.
        Field::Decimal(decimal) => {
            let scaled = i128::from_be_bytes(decimal.data().try_into().unwrap());
            let places = row.get_column_iter().find(|(name, _)| *name == "places").unwrap().1;
            let Field::Long(places) = places else { panic!("{places}") };
            let power = 10_i128.pow(u32::try_from(4 - places).unwrap());
            assert_eq!(scaled % power, 0);
            let (minor, unit) = (scaled / power, 10_i128.pow(u32::try_from(*places).unwrap()));
            let sign = if minor < 0 { "-" } else { "" };
            let (whole, rest) = (minor.abs() / unit, minor.abs() % unit);
            if *places == 0 {
                format!("{sign}{whole}")
            } else {
                format!("{sign}{whole}.{rest:0w$}", w = *places as usize)
            }
        }
        other => panic!("{other}"),
    };
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    (
        kinds,
        rows.map(|row| row.get_column_iter().map(|(name, field)| (name.clone(), text(field, &row))).collect())
            .collect(),
    )
}

/// As CSV, cell by cell; and amounts, days, instants and flags are such.
#[cfg(feature = "parquet")]
#[test]
fn a_file_of_parquet_has_what_the_table_has() {
    let policies = all("auditor", "/v1/policies", 1_000);
    let series = format!("/v1/policies/{}/series?limit=1000", part(policies[0]["id"].as_str().unwrap()));
    for (target, expected) in [
        ("/v1/payouts?limit=1000", [("amount", "FIXED_LEN_BYTE_ARRAY"), ("period_start", "INT32"), ("as_of", "INT64")]),
        ("/v1/policies?limit=1000", [("seq", "INT64"), ("bound_at", "INT64"), ("columns", "BYTE_ARRAY")]),
        (&series, [("value", "BYTE_ARRAY"), ("revised", "BOOLEAN"), ("known_at", "INT64")]),
    ] {
        let [table, file] = ["text/csv", "application/vnd.apache.parquet"]
            .map(|form| SEASON.1.ask("auditor", "GET", target, &[("accept", form)]));
        assert_eq!(
            (file.status, file.header("content-type")),
            (200, Some("application/vnd.apache.parquet")),
            "{target}"
        );
        assert_eq!(file.header("link"), table.header("link"));
        assert_ne!(file.header("etag"), table.header("etag"));
        let (kinds, cells) = parquet_cells(file.body.clone());
        for (name, kind) in expected {
            assert_eq!(kinds[name], kind, "{name} of {target}");
        }
        let mut reader = csv::Reader::from_reader(&table.body[..]);
        let names: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(Result::unwrap);
        let rows: Vec<BTreeMap<String, String>> =
            rows.map(|row| names.iter().cloned().zip(row.iter().map(str::to_owned)).collect()).collect();
        assert!(rows.len() > 3, "{target}");
        assert_eq!(cells, rows, "{target}");
    }
}

/// Each filter gives what the same filter over all rows gives.
#[test]
fn filters_give_what_they_say() {
    let every = all("auditor", "/v1/payouts", 1_000);
    let text = |row: &Value, pointer: &str| row.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let some = every.iter().find(|row| row["outcome"] == "pays" && row["state"] == "final").unwrap();
    let day = text(some, "/period/end");
    let at = text(some, "/determined_at");
    type Keep<'k> = Box<dyn Fn(&Value) -> bool + 'k>;
    let is = |pointer: &'static str| -> (String, Keep<'_>) {
        let value = text(some, pointer);
        (value.clone(), Box::new(move |row: &Value| row.pointer(pointer).unwrap() == value.as_str()))
    };
    let mut filters: Vec<(String, Keep<'_>)> = Vec::new();
    for (name, pointer) in [
        ("policy", "/policy"),
        ("product", "/product"),
        ("cover", "/cover"),
        ("outcome", "/outcome"),
        ("state", "/state"),
    ] {
        let (value, keep) = is(pointer);
        filters.push((format!("{name}={}", part(&value)), keep));
    }
    let (day, at) = (&day, &at);
    filters.push((format!("period_end_from={day}"), Box::new(|row| text(row, "/period/end") >= *day)));
    filters.push((format!("period_end_to={day}"), Box::new(|row| text(row, "/period/end") <= *day)));
    filters.push((format!("determined_from={at}"), Box::new(|row| text(row, "/determined_at") >= *at)));
    filters.push((format!("determined_to={at}"), Box::new(|row| text(row, "/determined_at") < *at)));
    for (filter, keep) in filters {
        let found: BTreeSet<_> = seqs(&all("auditor", &format!("/v1/payouts?{filter}"), 5)).into_iter().collect();
        let expected: BTreeSet<_> =
            seqs(&every.iter().filter(|row| keep(row)).cloned().collect::<Vec<_>>()).into_iter().collect();
        assert!(!expected.is_empty() || filter.starts_with("determined_to"), "{filter} tries nothing");
        assert_eq!(found, expected, "{filter}");
    }
    let books = [("north", NORTH), ("south", SOUTH)].map(|(book, policy)| {
        let rows = all("auditor", &format!("/v1/payouts?book={book}"), 9);
        assert!(rows.iter().any(|row| row["policy"] == policy));
        rows.len()
    });
    assert_eq!(books.iter().sum::<usize>(), every.len(), "each policy is in one of two books");
}

/// What was said at an instant is what the ledger would have shown then.
#[test]
fn at_an_instant_the_log_says_what_it_said_then() {
    let history = SEASON.0.reader().payouts(&Filter { all: true, ..Filter::default() }).unwrap();
    let mut instants: Vec<DateTime<Utc>> = history.iter().map(|row| row.determined_at).collect();
    instants.sort();
    instants.dedup();
    let before = instants[0] - chrono::TimeDelta::milliseconds(1);
    let some =
        [before, instants[0], instants[instants.len() / 3], instants[instants.len() / 2], instants[instants.len() - 1]];
    let mut sizes = BTreeSet::new();
    for at in some {
        // The latest of each period among those that were there.
        let mut latest: BTreeMap<String, i64> = BTreeMap::new();
        for row in history.iter().filter(|row| row.determined_at <= at) {
            let last = latest.entry(row.id.clone()).or_insert(row.seq);
            *last = row.seq.max(*last);
        }
        let target = format!("/v1/payouts?as_of={}", instant_text(at).unwrap());
        let found = all("auditor", &target, 17);
        let expected: BTreeSet<_> = latest.into_values().collect();
        assert_eq!(seqs(&found).into_iter().collect::<BTreeSet<_>>(), expected, "{at}");
        assert_eq!(found.len(), expected.len(), "each once");
        sizes.insert(found.len());
        let provisional = all("auditor", &format!("{target}&state=provisional"), 1_000);
        assert_eq!(provisional.len(), found.iter().filter(|row| row["state"] == "provisional").count(), "{at}");
    }
    assert!(sizes.len() >= 3 && sizes.contains(&0), "they differ: {sizes:?}");
    // One period, before and after it became final.
    let last = history.iter().rev().find(|row| row.state == State::Final).unwrap();
    let first = history.iter().find(|row| row.id == last.id && row.state == State::Provisional).unwrap();
    let at = |row: &fairgauge::ledger::PayoutRow| {
        SEASON
            .1
            .get("auditor", &format!("/v1/payouts/{}?as_of={}", row.id, instant_text(row.determined_at).unwrap()))
            .json()
    };
    assert_eq!((&at(first)["seq"], &at(first)["state"]), (&first.seq.into(), &"provisional".into()));
    assert_eq!((&at(last)["seq"], &at(last)["state"]), (&last.seq.into(), &"final".into()));
    let none = SEASON.1.get("auditor", &format!("/v1/payouts/{}?as_of=2000-01-01T00:00:00Z", last.id));
    assert_eq!(none.status, 404);
}

#[test]
fn policies_are_listed_as_they_were_bound() {
    let bound = SEASON.0.reader().policies().unwrap();
    for limit in [3, 1_000] {
        let listed = all("auditor", "/v1/policies", limit);
        let ids: Vec<_> = listed.iter().map(|policy| policy["id"].as_str().unwrap()).collect();
        assert_eq!(ids, bound.iter().map(|policy| policy.policy.as_str()).collect::<Vec<_>>());
    }
    let product = &bound[0].product;
    let of_product = all("insurer", &format!("/v1/policies?product={}", part(product)), 2);
    let expected = bound.iter().filter(|policy| policy.product == *product && policy.book() == "north").count();
    assert!(expected > 0 && of_product.len() == expected, "{of_product:?}");
    let one = SEASON.1.get("insured", &format!("/v1/policies/{NORTH}")).json();
    assert_eq!((&one["id"], &one["book"]), (&NORTH.into(), &"north".into()));
    assert_eq!(one["columns"]["policy"], NORTH);
    assert_eq!(one["payouts"], Value::from(all("insured", &format!("/v1/payouts?policy={NORTH}&order=policy"), 1_000)));
    let early = all("auditor", "/v1/policies?as_of=2000-01-01T00:00:00Z", 10);
    assert!(early.is_empty(), "nothing was bound then");
}

#[test]
fn readings_are_those_of_the_ledger() {
    let target = format!("/v1/policies/{NORTH}/series");
    let rows = all("insured", &target, 331);
    assert_eq!(rows, all("insured", &target, 1_000), "however long a page is");
    let station = rows[0]["station"].as_str().unwrap();
    let variables: BTreeSet<_> = rows.iter().map(|row| row["variable"].as_str().unwrap().to_owned()).collect();
    let (from, to) = (rows[0]["start"].as_str().unwrap(), rows.last().unwrap()["end"].as_str().unwrap());
    for variable in variables {
        let of_one: Vec<_> =
            rows.iter().filter(|row| row["variable"] == variable.as_str() && row["station"] == station).collect();
        let second = |text: &str| parse_instant(text).unwrap().timestamp();
        let expected: Vec<i64> = query(
            &SEASON.0.ledger,
            &format!(
                "SELECT value_micro FROM observation JOIN series ON series.id = series WHERE station = '{station}'
                 AND variable = '{variable}' AND value_micro IS NOT NULL AND end_s > {} AND start_s < {} ORDER BY start_s",
                second(from),
                second(to)
            ),
        );
        let micros = |row: &Value| {
            let text = row["value"].as_str()?;
            let (whole, parts) = text.split_once('.').unwrap_or((text, ""));
            Some(format!("{whole}{parts:0<6}").parse::<i64>().unwrap())
        };
        let found: Vec<_> = of_one.iter().filter_map(|row| micros(row)).collect();
        assert!(found.len() > 100, "{variable}");
        assert_eq!(found, expected, "{variable}");
    }
    let middle = rows[rows.len() / 2]["known_at"].as_str().unwrap();
    let then = all("insured", &format!("{target}?as_of={middle}"), 1_000);
    assert!(!then.is_empty() && then.len() < rows.len());
    assert!(then.iter().all(|row| row["known_at"].as_str().unwrap() <= middle));
    let day = all("insured", &format!("{target}?from=2013-07-01T04:00:00Z&to=2013-07-02T04:00:00Z"), 1_000);
    assert!(
        day.iter()
            .all(|row| row["end"].as_str() > Some("2013-07-01T04") && row["start"].as_str() < Some("2013-07-02T04"))
    );
    assert!(!day.is_empty());
}

/// What became known later, and what was refused, is marked.
#[test]
fn revised_and_refused_readings_say_so() {
    let season = Season::new();
    let served = serve(&season.ledger);
    let target = format!("/v1/policies/{NORTH}/series?limit=1000");
    let before = served.get("insured", &target).json();
    let rows: Vec<_> =
        before["items"].as_array().unwrap().iter().filter(|row| row["variable"] == "precipitation").collect();
    let (revised, taken_back, refused) = (rows[10], rows[11], rows[12]);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let instant = |row: &Value, name: &str| parse_instant(&text(row, name)).unwrap();
    let feed: Arc<str> = text(revised, "feed").into();
    let reading = |row: &Value, value: Option<i64>| Reading {
        station: text(row, "station").into(),
        variable: Variable::Precipitation,
        start: instant(row, "start"),
        end: instant(row, "end"),
        value: value.map(Fixed::from_micros),
        unit: Unit::from_symbol(&text(row, "unit")).unwrap(),
        vintage: Vintage::Final,
    };
    let mut batch = Batch::new();
    let evidence = vec![batch.evidence(b"told later".to_vec())];
    let readings = vec![reading(revised, Some(1_250_000)), reading(taken_back, None)];
    let known_at = now() + TimeDelta::hours(1);
    batch.observe(Observed { feed: feed.clone(), known_at, evidence: evidence.clone(), readings, revisions: 2 });
    let unread = Unread {
        station: Some(text(refused, "station").into()),
        variable: Some((Variable::Precipitation.name(), Variable::Precipitation.own_unit().symbol())),
        interval: Some((instant(refused, "start").timestamp(), instant(refused, "end").timestamp())),
        text: Some("1e400".to_owned()),
        reason: "it is no number".to_owned(),
    };
    batch.refuse(Refusal { feed, known_at, evidence, flagged: Vec::new(), unread: vec![unread], more: 0 }).unwrap();
    season.append(batch);
    let after = served.get("insured", &target).json();
    let now = |row: &Value| {
        let same = |one: &&Value| ["feed", "station", "variable", "start"].iter().all(|name| one[*name] == row[*name]);
        after["items"].as_array().unwrap().iter().find(same).unwrap().clone()
    };
    let said = |row: &Value| (row["value"].clone(), row["revised"] == true, row["refused"] == true);
    assert_eq!(said(&now(revised)), ("1.25".into(), true, false));
    assert_eq!(said(&now(taken_back)), (Value::Null, true, false), "missing, not zero");
    assert_eq!(said(&now(refused)), (refused["value"].clone(), false, true), "what stood there stays");
    let changed = |row: &&Value| now(row) != **row;
    assert_eq!(before["items"].as_array().unwrap().iter().filter(changed).count(), 3, "nothing else changed");
    let then = served.get("insured", &format!("{target}&as_of=2026-11-26T12:30:00Z")).json();
    assert_eq!(then["items"], before["items"], "what was known before is what was said before");
}

/// A correction says what it corrects; without a key nothing is signed, and nothing can be proved.
#[test]
fn corrections_say_what_they_correct_and_what_is_not_signed_is_not_proved() {
    let folder = tempfile::tempdir().unwrap();
    crate::season::copy("rain-revised-2024", folder.path(), true);
    let ledger = folder.path().join("ledger.sqlite");
    crate::program::replay(folder.path(), &ledger);
    let served = serve(&ledger);
    let restated = served.get("auditor", "/v1/payouts?state=restated").json();
    let restated = &restated["items"][0];
    assert!(restated["corrects"].is_i64() && restated["delta_minor"].is_i64() && restated["cause"].is_string());
    let corrected = served.get("auditor", &format!("/v1/determinations/{}", restated["corrects"])).json();
    let delta = restated["amount_minor"].as_i64().unwrap() - corrected["amount_minor"].as_i64().unwrap();
    assert_eq!(restated["delta_minor"], delta);
    for (target, status) in [
        ("/v1/log/checkpoint", 404),
        ("/v1/log/vkey", 404),
        (&*format!("/v1/determinations/{}/proof", restated["seq"]), 409),
        (&*format!("/v1/determinations/{}/tlog-proof", restated["seq"]), 409),
        (&*format!("/v1/determinations/{}/explain", restated["seq"]), 200),
    ] {
        assert_eq!(served.get("auditor", target).status, status, "{target}");
    }
}
