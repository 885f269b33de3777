//! Every format holds the figures of the view, and a file that is being written has no name yet.

#![cfg(all(feature = "parquet", feature = "xlsx"))]
#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/program.rs"]
mod program;
#[allow(dead_code, reason = "one of its functions is used here")]
#[path = "support/season.rs"]
mod season;
#[path = "support/signed.rs"]
mod signed;
#[allow(dead_code, reason = "one of its functions is used here")]
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use dice::Dice;
use fairgauge::ledger::{Batch, Determination, Filter, Reader, State, Store};
use fairgauge::publish::export::{Format, Layout, write};
use fairgauge::quantity::{Currency, Money};
use fairgauge::settle::{Outcome, Paid};
use program::{Program, fairgauge, query, run};

/// Payable minor units by currency.
type Sums = BTreeMap<String, i128>;

/// What the view says, by SQL.
fn sums_of_the_view(ledger: &Path) -> Sums {
    let connection = rusqlite::Connection::open(ledger).unwrap();
    let mut statement =
        connection.prepare("SELECT currency, sum(payable_minor) FROM payout GROUP BY currency").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, i128::from(row.get::<_, i64>(1)?)))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// An amount as text in minor units; nothing is rounded.
fn minor(amount: &str, currency: &str) -> i128 {
    let places = usize::from(Currency::from_code(currency).unwrap().places());
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    assert!(fraction.len() <= places, "{amount} {currency}");
    format!("{whole}{fraction:0<places$}").parse().unwrap()
}

/// Sums of rows that have these columns, both by the amount and by its minor units.
fn add_up(rows: impl Iterator<Item = (String, String, String)>) -> Sums {
    let mut sums = Sums::new();
    for (currency, payable, payable_minor) in rows {
        let amount = minor(&payable, &currency);
        assert_eq!(amount, payable_minor.parse().unwrap(), "{payable} {currency}");
        *sums.entry(currency).or_default() += amount;
    }
    sums
}

const WANTED: [&str; 3] = ["currency", "payable", "payable_minor"];

fn wanted(header: &[String], row: &[String]) -> (String, String, String) {
    let [currency, payable, payable_minor] =
        WANTED.map(|name| row[header.iter().position(|header| header == name).unwrap()].clone());
    (currency, payable, payable_minor)
}

fn sums_of_csv(bytes: &[u8]) -> Sums {
    let mut reader = csv::Reader::from_reader(bytes);
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    add_up(rows.map(|row| wanted(&header, &row)))
}

/// Of objects: `payable` stands there where it is not clear from amount and state.
fn sums_of_json(rows: Vec<serde_json::Value>) -> Sums {
    let row = |row: serde_json::Value| {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let binds = matches!(row["state"].as_str(), Some("interim" | "final" | "restated"));
        let payable = text("payable").or_else(|| text("amount").filter(|_| binds));
        (text("currency").unwrap(), payable.unwrap_or("0".into()), row["payable_minor"].to_string())
    };
    add_up(rows.into_iter().map(row))
}

/// The cells of a sheet as texts, row by row, by a reader of our own: numbers as they are written.
fn cells_of_xlsx(bytes: &[u8]) -> Vec<Vec<String>> {
    use quick_xml::events::Event;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut text).unwrap();
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut rows, mut column, mut inside) = (Vec::<Vec<String>>::new(), 0, false);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return rows,
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "row" => rows.push(Vec::new()),
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "c" => {
                let name = tag.try_get_attribute("r").unwrap().unwrap();
                let letters = name.value.bytes().take_while(u8::is_ascii_uppercase);
                column = letters.fold(0, |number, letter| number * 26 + usize::from(letter - b'A') + 1);
                rows.last_mut().unwrap().resize(column, String::new());
            }
            Event::Start(tag) if matches!(tag.name().as_ref(), "v" | "t") => inside = true,
            Event::End(tag) if matches!(tag.name().as_ref(), "v" | "t") => inside = false,
            Event::Text(text) if inside => {
                rows.last_mut().unwrap()[column - 1].push_str(&text);
            }
            _ => {}
        }
    }
}

fn sums_of_xlsx(bytes: &[u8]) -> Sums {
    let rows = cells_of_xlsx(bytes);
    let (header, rows) = rows.split_first().unwrap();
    add_up(rows.iter().map(|row| wanted(header, row)))
}

fn sums_of_parquet(bytes: Vec<u8>) -> Sums {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let row = |row: Result<parquet::record::Row, _>| {
        let row = row.unwrap();
        let of = |wanted: &str| row.get_column_iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
        let Field::Str(currency) = of("currency") else { panic!("{row}") };
        let Field::Decimal(payable) = of("payable") else { panic!("{row}") };
        let Field::Long(payable_minor) = of("payable_minor") else { panic!("{row}") };
        let scaled = i128::from_be_bytes(payable.data().try_into().unwrap());
        assert_eq!((payable.scale(), payable.precision()), (4, 38));
        let places = u32::from(Currency::from_code(&currency).unwrap().places());
        let step = 10_i128.pow(4 - places);
        assert_eq!(scaled % step, 0, "{row}");
        let sign = if scaled < 0 { "-" } else { "" };
        let digits = format!("{:0>5}", (scaled / step).unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - usize::try_from(places).unwrap());
        (currency, format!("{sign}{whole}.{fraction}"), payable_minor.to_string())
    };
    add_up(reader.get_row_iter(None).unwrap().map(row))
}

/// Of policies in four currencies: provisional, paid in advance, final with and without it, owed by the insured; some of
/// the amounts have sixteen digits, which no float keeps.
fn drawn(folder: &Path, seed: u64) -> Reader {
    let path = folder.join(format!("{seed}.sqlite"));
    let mut store = Store::create(&path, "example.org/ledger", signed::at(0)).unwrap();
    let mut dice = Dice(seed);
    let mut batch = Batch::new();
    for number in 0..60 {
        let currency = Currency::from_code(["CNY", "EUR", "JPY", "KWD"][dice.below(4_usize)]).unwrap();
        let minor = match dice.below(6) {
            0 => 0,
            1 => Money::MOST - i64::from(dice.below(1_000_u32)),
            2 => -i64::from(dice.below(1_000_000_u32)) - 1,
            _ => i64::from(dice.below(2_000_000_000_u32)) + 2,
        };
        let of = |state, number: i64, minor: i64, advance: i64| {
            let outcome = if minor == 0 { Outcome::NothingDue } else { Outcome::Pays };
            let amount = Money::from_minor(minor, currency).unwrap();
            let paid = Paid { advance, ..Paid::default() };
            let plain = signed::determination("P", state, number, minor, advance);
            Determination { policy: format!("P-{seed}-{}", plain.number), amount, outcome, paid, ..plain }
        };
        let mut put = |determination: Determination| {
            batch.determine(Determination { policy: format!("P-{number}"), ..determination });
        };
        match dice.below(3) {
            0 => put(of(State::Provisional, 0, minor, 0)),
            1 if minor > 1 => {
                let advance = minor / 2;
                put(of(State::Interim, 1, advance, 0));
                if dice.below(2) == 0 {
                    put(of(State::Final, 0, minor, advance));
                }
            }
            _ => put(of(State::Final, 0, minor, 0)),
        }
    }
    store.append(batch).unwrap();
    Reader::open(&path).unwrap()
}

fn written(reader: &Reader, format: Format) -> Vec<u8> {
    let (mut out, book, layout) = (Vec::new(), reader.book_rows(), Layout::log());
    let filter = Filter::default();
    reader.stream(&filter, |rows| write(format, &layout, rows, &book, &mut out)).unwrap().unwrap();
    out
}

#[test]
fn every_format_adds_up_to_the_view() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = 0;
    for seed in 1..=12 {
        let reader = drawn(folder.path(), seed);
        let expected = sums_of_the_view(&folder.path().join(format!("{seed}.sqlite")));
        assert!(expected.len() == 4, "{expected:?}");
        assert_eq!(sums_of_csv(&written(&reader, Format::Csv)), expected, "{seed}");
        let lines = String::from_utf8(written(&reader, Format::Jsonl)).unwrap();
        let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(sums_of_json(lines), expected, "{seed}");
        let array = serde_json::from_slice(&written(&reader, Format::Json)).unwrap();
        assert_eq!(sums_of_json(array), expected, "{seed}");
        let sheet = written(&reader, Format::Xlsx);
        long +=
            cells_of_xlsx(&sheet).concat().iter().filter(|cell| cell.len() > 16 && cell.starts_with("900719")).count();
        assert_eq!(sums_of_xlsx(&sheet), expected, "{seed}");
        assert_eq!(sums_of_parquet(written(&reader, Format::Parquet)), expected, "{seed}");
    }
    assert!(long > 0, "no amount was too long for a float");
}

/// A season that was restated, replayed.
fn season_ledger(folder: &Path) -> String {
    let ledger = folder.join("ledger.sqlite").to_str().unwrap().to_owned();
    let season = season::fixture("rain-revised-2024");
    let (status, said) = run(&["replay", season.to_str().unwrap(), "--ledger", &ledger]);
    assert_eq!(status, 0, "{said}");
    ledger
}

#[test]
fn openpyxl_and_pyarrow_read_the_same() {
    let python = std::env::var_os("FAIRGAUGE_PYTHON");
    let why = "FAIRGAUGE_PYTHON names no Python with tests/outside/requirements.txt";
    if !tools::left_out(python.is_some(), why) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ledger = season_ledger(folder.path());
    let [sheet, table] = ["payouts.xlsx", "payouts.parquet"].map(|name| folder.path().join(name));
    for path in [&sheet, &table] {
        let (status, said) = run(&["payouts", "export", "--output", path.to_str().unwrap(), "--ledger", &ledger]);
        assert_eq!((status, said.as_str()), (0, ""));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/exports.py");
    let read = Command::new(python.unwrap()).arg(script).arg(&sheet).arg(&table).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    let expected = sums_of_the_view(Path::new(&ledger));
    assert!(expected.values().any(|sum| *sum != 0), "{expected:?}");
    let rows: Vec<i64> = query(Path::new(&ledger), "SELECT count(*) FROM payout");
    for format in ["xlsx", "parquet"] {
        let sums = read[format]["sums"].as_object().unwrap().iter().map(|(code, sums)| {
            assert_eq!(sums[0], sums[1], "{format} {code}");
            (code.clone(), i128::from(sums[0].as_i64().unwrap()))
        });
        assert_eq!(sums.collect::<Sums>(), expected, "{format}");
        assert_eq!(read[format]["rows"].as_i64(), rows.first().copied());
    }
    assert_eq!(read["xlsx"]["first"][1], "#,##0.00 [$CNY]");
    let kinds = serde_json::json!({
        "policy": "string",
        "period_start": "date32[day]",
        "as_of": "timestamp[ms, tz=UTC]",
        "payable": "decimal128(38, 4)",
        "seq": "int64",
    });
    assert_eq!(read["parquet"]["kinds"], kinds);
}

#[test]
fn a_file_is_written_by_name_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = season_ledger(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let export = |more: &[&str]| run(&[&["payouts", "export", "--ledger", &ledger], more].concat());
    for (name, begins) in [
        ("a.csv", &b"id,policy"[..]),
        ("a.jsonl", b"{\"seq\":"),
        ("a.json", b"[\n{"),
        ("a.xlsx", b"PK"),
        ("a.parquet", b"PAR1"),
        ("a.txt", b"id,policy"),
    ] {
        assert_eq!(export(&["--output", &at(name)]), (0, String::new()));
        assert!(std::fs::read(at(name)).unwrap().starts_with(begins), "{name}");
    }
    let (status, said) = export(&["--output", &at("a.csv"), "--format", "json"]);
    assert!(status == 1 && said.contains("a.csv exists: name a file that does not, or use --force"), "{said}");
    assert_eq!(export(&["--output", &at("a.csv"), "--format", "json", "--force"]).0, 0);
    assert!(std::fs::read(at("a.csv")).unwrap().starts_with(b"["));
    for (status, arguments, says) in [
        (2, &["--format", "table"][..], "possible values: csv, jsonl, json, parquet, xlsx"),
        (2, &["--force"], "--output <FILE>"),
        (2, &["--from", "31.12.2024"], "invalid value"),
        (1, &["--from", "2024-12-31", "--to", "2024-01-01"], "--from 2024-12-31 is later than"),
        (1, &["--output", "/nowhere/a.csv"], "/nowhere/a.csv: No such file"),
        (78, &["--as", "bordereau", "--config", "/nowhere/f.toml"], "name the settings with --config FILE"),
    ] {
        let (is, said) = export(arguments);
        assert!(is == status && said.contains(says), "{arguments:?}: {is} {said}");
    }
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.starts_with(".fairgauge-")), "a draft is left");
}

/// Settings to copy are settings.
#[test]
fn what_the_page_shows_is_read() {
    let page = include_str!("../docs/exports.md");
    let folder = tempfile::tempdir().unwrap();
    let (path, mut seen) = (folder.path().join("f.toml"), 0);
    for shown in page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let text = format!("[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n{shown}");
        std::fs::write(&path, text).unwrap();
        let read = fairgauge::settings::Settings::load(&path, std::iter::empty());
        seen += read.unwrap_or_else(|faults| panic!("{}", faults.render(false))).exports.len();
    }
    assert_eq!(seen, 1);
}

#[test]
fn a_bordereau_is_as_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = season_ledger(folder.path());
    let config = folder.path().join("fairgauge.toml");
    let settings = |column: &str| {
        format!(
            "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"p\"\npolicies = []\n[export.bordereau]\n\
             columns = [\"policy\", {{ header = \"Station\", from = \"{column}\" }}, \"payable\", \"currency\"]\n\
             only = {{ state = [\"interim\", \"final\", \"restated\"] }}\ntotals = true\n"
        )
    };
    std::fs::write(&config, settings("book.station")).unwrap();
    let config = config.to_str().unwrap();
    let (status, said) = run(&["payouts", "export", "--as", "bordereau", "--config", config]);
    assert_eq!(status, 0, "{said}");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "policy,Station,payable,currency");
    let stations = query::<String>(
        Path::new(&ledger),
        "SELECT DISTINCT json_extract(value, '$.value') FROM ledger, json_each(body, '$.columns') WHERE kind = 'policy' AND json_extract(value, '$.column') = 'station'",
    );
    assert!(
        lines[1..lines.len() - 1].iter().all(|line| stations.iter().any(|station| line.contains(station))),
        "{said}"
    );
    let total = lines[lines.len() - 1].split(',').collect::<Vec<_>>();
    assert_eq!((total[0], total[3]), ("total CNY", "CNY"));
    assert_eq!(minor(total[2], "CNY"), sums_of_the_view(Path::new(&ledger))["CNY"]);
    let (status, said) = run(&["payouts", "export", "--as", "bordero", "--config", config]);
    assert!(
        status == 1 && said.contains("there is no [export.bordero] in") && said.contains("there is: bordereau"),
        "{said}"
    );
    std::fs::write(config, settings("book.statoin")).unwrap();
    let (status, said) = run(&["payouts", "export", "--as", "bordereau", "--config", config]);
    assert!(status == 78 && said.contains("did you mean `book.station`?"), "{said}");
}

/// Killed anywhere, an export leaves no file of its name, or the whole one.
#[test]
fn an_export_that_is_killed_has_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    let mut store = Store::create(&ledger, "example.org/ledger", signed::at(0)).unwrap();
    let mut batch = Batch::new();
    for number in 0..2_500 {
        batch.determine(signed::determination(&format!("P-{number}"), State::Final, 0, number * 7, 0));
    }
    store.append(batch).unwrap();
    drop(store);
    let export = |output: &Path| {
        let mut command = fairgauge();
        command.args(["payouts", "export", "--ledger"]).arg(&ledger).arg("--output").arg(output);
        command
    };
    let mut dice = Dice(7);
    let (mut kills, mut amid) = (0, 0);
    for format in Format::ALL.map(Format::word) {
        let undisturbed = folder.path().join(format!("undisturbed.{format}"));
        assert!(export(&undisturbed).status().unwrap().success());
        let whole = std::fs::read(&undisturbed).unwrap();
        for turn in 0..6 {
            let place = tempfile::tempdir_in(folder.path()).unwrap();
            let output = place.path().join(format!("payouts.{format}"));
            let mut program = Program::start(export(&output));
            let looks = if turn == 0 { 0 } else { dice.below(2_000) };
            let length = || {
                let drafts = std::fs::read_dir(place.path()).unwrap().filter_map(Result::ok);
                drafts.filter_map(|draft| draft.metadata().ok()).map(|found| found.len()).max()
            };
            let least = dice.below(u64::try_from(whole.len()).unwrap());
            let mut looked = 0;
            // In every other turn it is killed as soon as so much is written, however fast that is.
            while program.is_running()
                && (if turn % 2 == 0 { looked < looks } else { length().is_none_or(|now| now <= least) })
            {
                looked += 1;
                std::thread::yield_now();
            }
            if program.kill() {
                kills += 1;
                amid += usize::from(length().is_some_and(|length| length > 0));
            }
            match std::fs::read(&output) {
                Ok(bytes) => assert!(bytes == whole, "{format}: half a file"),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
            }
        }
    }
    println!("{kills} exports were killed, {amid} of them amid a file");
    assert!(kills >= 12 && amid >= 2, "{kills} {amid}");
}
