//! What stands in which format, of a small ledger.

use super::*;
use crate::document::{Place, Source};
use crate::ledger::determined::{interim, money, paid, restated, season};
use crate::ledger::stored::fresh;
use crate::ledger::{Batch, COLUMNS, Determination, Filter, Holds, Only, Reader, State, policy_entry};
use crate::settings::{CellsFrom, ExportColumn, ExportSettings};

fn of(policy: &str, determination: Determination) -> Determination {
    Determination { policy: policy.into(), ..determination }
}

/// A provisional row, a payment in advance, a final in yen and its restatement, one without an index.
fn filled() -> (tempfile::TempDir, Reader) {
    let (folder, mut store) = fresh();
    let mut batch = Batch::new();
    let terms = batch.evidence(*b"[product]");
    let row = [("area".to_owned(), "12.5 ha".to_owned())];
    batch.entry(policy_entry("A", "rain@1", terms, &row, crate::ledger::stored::at()));
    batch.entry(policy_entry("B", "rain@1", terms, &[], crate::ledger::stored::at()));
    batch.determine(of("A", season()));
    batch.determine(of("A", interim(1, 5, 0)));
    batch.determine(of("B", paid(100_000)));
    batch.determine(of("B", restated(150_000, 100_000)));
    batch.determine(of("=1+1", Determination { amount: money(20_000, "JPY"), index: None, ..paid(1) }));
    store.append(batch).expect("written");
    let reader = Reader::open(store.path()).expect("a ledger");
    (folder, reader)
}

fn written(reader: &Reader, format: Format, layout: &Layout, filter: &Filter) -> Vec<u8> {
    let (mut out, book) = (Vec::new(), reader.book_rows());
    let count = reader.stream(filter, |rows| write(format, layout, rows, &book, &mut out)).expect("readable");
    assert_eq!(count.expect("written"), reader.payouts(filter).expect("readable").len() as u64);
    out
}

fn text(reader: &Reader, format: Format, layout: &Layout, filter: &Filter) -> String {
    String::from_utf8(written(reader, format, layout, filter)).expect("UTF-8")
}

fn bordereau() -> ExportSettings {
    let place = Place::Text(Source::new("f.toml", "book.aera"), 0..9);
    let column = |header: &str, from| ExportColumn { header: header.to_owned(), from, place: place.clone() };
    let log = |name| CellsFrom::Log(Column::named(name).expect("a column"));
    ExportSettings {
        name: "bordereau".into(),
        columns: vec![
            column("Policy No", log("policy")),
            column("Area", CellsFrom::Book("area".to_owned())),
            column("Reinsurer", CellsFrom::Is("Example, \"Re\"".to_owned())),
            column("Ends", log("period_end")),
            column("Payable", log("payable")),
            column("Difference", log("delta")),
            column("Minor", log("payable_minor")),
            column("Currency", log("currency")),
        ],
        only: Only { states: vec![State::Interim, State::Final, State::Restated], ..Only::default() },
        order: vec!["currency", "policy"],
        totals: true,
    }
}

fn filter_of(settings: &ExportSettings) -> Filter {
    Filter { only: settings.only.clone(), order: settings.order.clone(), ..Filter::default() }
}

#[test]
fn a_bordereau_in_text() {
    let (_folder, reader) = filled();
    let settings = bordereau();
    let (layout, filter) = (Layout::of(&settings), filter_of(&settings));
    insta::assert_snapshot!(text(&reader, Format::Csv, &layout, &filter), @r#"
    Policy No,Area,Reinsurer,Ends,Payable,Difference,Minor,Currency
    =1+1,,"Example, ""Re""",2013-08-31,20000,,20000,JPY
    A,12.5 ha,"Example, ""Re""",2013-08-31,0.05,,5,USD
    B,,"Example, ""Re""",2013-08-31,1500.00,500.00,150000,USD
    total JPY,,,,20000,0,20000,JPY
    total USD,,,,1500.05,500.00,150005,USD
    "#);
    insta::assert_snapshot!(text(&reader, Format::Jsonl, &layout, &filter), @r#"
    {"Policy No":"=1+1","Area":null,"Reinsurer":"Example, \"Re\"","Ends":"2013-08-31","Payable":"20000","Difference":null,"Minor":20000,"Currency":"JPY"}
    {"Policy No":"A","Area":"12.5 ha","Reinsurer":"Example, \"Re\"","Ends":"2013-08-31","Payable":"0.05","Difference":null,"Minor":5,"Currency":"USD"}
    {"Policy No":"B","Area":null,"Reinsurer":"Example, \"Re\"","Ends":"2013-08-31","Payable":"1500.00","Difference":"500.00","Minor":150000,"Currency":"USD"}
    "#);
    let array: Vec<serde_json::Value> =
        serde_json::from_str(&text(&reader, Format::Json, &layout, &filter)).expect("JSON");
    assert_eq!((array.len(), &array[2]["Difference"]), (3, &"500.00".into()));
}

#[test]
fn the_whole_log_in_text() {
    let (_folder, reader) = filled();
    let (layout, all) = (Layout::log(), Filter { all: true, ..Filter::default() });
    let csv = text(&reader, Format::Csv, &layout, &all);
    let mut lines = csv.lines();
    // Programs read these by their places: none changes it, new ones come behind.
    assert_eq!(
        lines.next(),
        Some(
            "id,policy,product,cover,period_start,period_end,outcome,state,index_value,index_unit,amount,currency,reason,\
             as_of,determined_at,payable,paid_in_advance,contested_until,correctable_until,delta,booked,cause,overpaid,\
             reason_code,trigger,corrects,terms,seq,amount_minor,payable_minor,advance_minor,overpaid_minor,delta_minor,\
             booked_minor"
        )
    );
    let mut at_hand = Vec::new();
    write_csv(&reader.payouts(&all).expect("readable"), &COLUMNS, &mut at_hand).expect("written");
    assert_eq!(String::from_utf8(at_hand).expect("UTF-8"), csv);
    let object: serde_json::Value = text(&reader, Format::Jsonl, &layout, &all)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .find(|row| row["state"] == "restated")
        .expect("there");
    assert_eq!(
        (&object["seq"], &object["delta"], &object["payable_minor"]),
        (&6.into(), &"500.00".into(), &150_000.into())
    );
    let none = Filter { policy: Some("Z".to_owned()), ..Filter::default() };
    assert_eq!(text(&reader, Format::Json, &layout, &none), "[]\n");
    assert_eq!(text(&reader, Format::Jsonl, &layout, &none), "");
}

#[test]
fn rows_are_chosen_by_period_time_and_lists() {
    let (_folder, reader) = filled();
    let day = |text: &str| Some(text.parse().expect("a day"));
    let at = |text: &str| crate::ledger::parse_instant(text);
    let none = Filter::default;
    let only = |only: Only| Filter { only, ..none() };
    for (filter, count, why) in [
        (Filter { ends_from: day("2013-08-31"), ..none() }, 4, "on its last day"),
        (Filter { ends_from: day("2013-09-01"), ..none() }, 0, "behind it"),
        (Filter { ends_to: day("2013-08-31"), ..none() }, 4, "up to its last day"),
        (Filter { ends_to: day("2013-08-30"), ..none() }, 0, "before it"),
        (Filter { determined_from: at("2013-09-09T00:00:00.000Z"), ..none() }, 3, "at the instant"),
        (Filter { determined_before: at("2013-09-09T00:00:00.000Z"), ..none() }, 1, "before it"),
        (only(Only { states: vec![State::Interim, State::Restated], ..Only::default() }), 2, "one of two states"),
        (only(Only { products: vec!["leafy-greens".into()], ..Only::default() }), 4, "of every version"),
        (only(Only { products: vec!["leafy-greens@2".into()], ..Only::default() }), 0, "of another version"),
        (only(Only { products: vec!["leafy".into(), "leafy-greens@1".into()], ..Only::default() }), 4, "or of this"),
        (only(Only { currencies: vec!["JPY".into()], ..Only::default() }), 1, "in yen"),
        (only(Only { outcomes: vec![crate::settle::Outcome::NothingDue], ..Only::default() }), 1, "nothing due"),
    ] {
        assert_eq!(reader.payouts(&filter).expect("readable").len(), count, "{why}");
    }
}

#[test]
fn a_column_that_no_policy_has_is_a_fault() {
    let (_folder, reader) = filled();
    let known = reader.book_columns().expect("readable");
    assert_eq!(known, ["area"]);
    let mut settings = bordereau();
    assert!(check_book_columns(&settings, &known).is_ok());
    settings.columns[1].from = CellsFrom::Book("aera".to_owned());
    let said = check_book_columns(&settings, &known).expect_err("misspelt").render(false);
    assert!(
        said.contains("no policy has a column `aera` in the book") && said.contains("did you mean `book.area`?"),
        "{said}"
    );
    assert!(check_book_columns(&settings, &[]).is_ok(), "without any policy nobody can tell");
}

#[test]
fn every_column_is_what_it_says() {
    let (_folder, reader) = filled();
    for row in reader.payouts(&Filter { all: true, ..Filter::default() }).expect("readable") {
        for column in &COLUMNS {
            let is = match column.of(&row) {
                None => continue,
                Some(Cell::Text(_)) => Holds::Text,
                Some(Cell::Whole(_)) if column.holds == Holds::Minor => Holds::Minor,
                Some(Cell::Whole(_)) => Holds::Whole,
                Some(Cell::Money(..)) => Holds::Money,
                Some(Cell::Decimal(_)) => Holds::Decimal,
                Some(Cell::Day(_)) => Holds::Day,
                Some(Cell::Instant(_)) => Holds::Instant,
                Some(Cell::Flag(_)) => Holds::Flag,
            };
            assert_eq!(is, column.holds, "{}", column.name);
        }
    }
}

#[test]
fn the_same_rows_are_the_same_bytes() {
    let (_folder, reader) = filled();
    let settings = bordereau();
    for format in Format::ALL.into_iter().filter(|format| format.is_built()) {
        for layout in [Layout::log(), Layout::of(&settings)] {
            let filter = filter_of(&settings);
            let bytes = written(&reader, format, &layout, &filter);
            assert!(bytes == written(&reader, format, &layout, &filter), "{format:?}");
        }
    }
}

#[cfg(feature = "xlsx")]
#[test]
fn a_sheet_that_is_full_or_a_text_that_is_too_long_is_said() {
    let (_folder, reader) = filled();
    let rows = reader.payouts(&Filter::default()).expect("readable");
    let layout = Layout::of(&ExportSettings { totals: false, ..bordereau() });
    let mut sheet = xlsx::Xlsx::new(Vec::new(), &layout).expect("begun");
    sheet.skip_to(1 << 20);
    let said = sheet.line(&rows[0], &[]).expect_err("full").to_string();
    assert!(said.starts_with("a sheet holds 1048575 rows and there are more: narrow them"), "{said}");
    let mut settings = ExportSettings { totals: false, ..bordereau() };
    settings.columns[2].from = CellsFrom::Is("x".repeat(32_768));
    let (layout, book) = (Layout::of(&settings), reader.book_rows());
    let filter = Filter::default();
    let said = reader.stream(&filter, |rows| write(Format::Xlsx, &layout, rows, &book, Vec::new())).expect("readable");
    let said = said.expect_err("too long").to_string();
    assert!(said.contains("holds 32767 characters, and `Reinsurer` of =1+1/rain/2013-06-01 has more"), "{said}");
}
