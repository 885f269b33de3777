//! `fairgauge replay`: a season from recorded feeds to payouts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use fairgauge::ledger::{Filter, PayoutRow, Reader, State};
use fairgauge::quantity::{Currency, Money};
use fairgauge::settle::Outcome;

use super::output::{self, Format, count};
use super::{Failure, load};

#[derive(clap::Args)]
pub struct Args {
    /// A folder with fairgauge.toml, products, book and recorded feeds
    dir: PathBuf,
    /// Keep the ledger at FILE, which must not hold one already (a replay that was cut off is carried on); without it
    /// the ledger goes with the command
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// How to write the payouts
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut setup = load(&args.dir)?;
    let folder = tempfile::tempdir()?;
    let path = args.ledger.clone().unwrap_or_else(|| folder.path().join("ledger.sqlite"));
    setup.settings.ledger.clone_from(&path);
    let names: BTreeMap<_, _> =
        setup.book.products.iter().map(|(reference, product)| (reference.clone(), product.name.clone())).collect();
    let bar = output::progress_bar();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let replayed = runtime.block_on(fairgauge::replay::replay(setup, |now, (first, last), open| {
        bar.set_length((last - first).num_hours().unsigned_abs());
        bar.set_position((now - first).num_hours().unsigned_abs());
        bar.set_message(format!("{}, {} open", now.format("%Y-%m-%d"), open));
    }));
    bar.finish_and_clear();
    let replayed = replayed?;
    let rows = Reader::open(&path)?.payouts(&Filter::default())?;
    let printed = print(args, &names, &rows);
    runtime.block_on(replayed.finish())?;
    printed
}

fn print(args: &Args, names: &BTreeMap<String, String>, rows: &[PayoutRow]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if args.format != Format::Table {
        return output::rows(&mut out, rows, args.format);
    }
    for (product, rows) in by_product(rows) {
        writeln!(out, "{} ({product})", names.get(product).map_or("", String::as_str))?;
        writeln!(out, "{}", decisions(&rows).trim_fmt())?;
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(rows).trim_fmt())?;
    if let Some(path) = &args.ledger {
        writeln!(out, "\nThe ledger is {0}. See why: fairgauge explain ID --ledger {0}", path.display())?;
    }
    Ok(())
}

fn by_product(rows: &[PayoutRow]) -> BTreeMap<&str, Vec<&PayoutRow>> {
    let mut products: BTreeMap<&str, Vec<&PayoutRow>> = BTreeMap::new();
    for row in rows {
        products.entry(&row.product).or_default().push(row);
    }
    products
}

fn decisions(rows: &[&PayoutRow]) -> comfy_table::Table {
    let mut table = output::table(&["  ID", "TO", "OUTCOME", "INDEX", "AMOUNT", "WHY"], &[3, 4]);
    for row in rows {
        let index =
            row.index.as_ref().map_or_else(|| "-".to_owned(), |index| format!("{} {}", index.value, index.unit));
        table.add_row([
            format!("  {}", row.id),
            row.period.end.to_string(),
            row.outcome.word().replace('_', " "),
            index,
            output::money(row),
            row.reason.clone(),
        ]);
    }
    table
}

/// What each product pays in all.
fn summary(rows: &[PayoutRow]) -> comfy_table::Table {
    let mut table =
        output::table(&["PRODUCT", "SETTLEMENTS", "PAY", "NOTHING DUE", "UNDETERMINED", "PAID"], &[1, 2, 3, 4, 5]);
    for (product, rows) in by_product(rows) {
        let settled = || rows.iter().filter(|row| row.state != State::Interim);
        let of = |outcome| settled().filter(|row| row.outcome == outcome).count().to_string();
        let minor = rows.iter().map(|row| row.payable_minor).sum();
        let currency = rows.first().and_then(|row| Currency::from_code(&row.currency));
        let paid = currency.and_then(|currency| Money::from_minor(minor, currency).ok());
        table.add_row([
            product.to_owned(),
            settled().count().to_string(),
            of(Outcome::Pays),
            of(Outcome::NothingDue),
            of(Outcome::Undetermined),
            paid.map_or_else(|| count(rows.len(), "amount"), |paid| paid.to_string()),
        ]);
    }
    table
}
