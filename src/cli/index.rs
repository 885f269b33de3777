//! `fairgauge index`: one index by hand, step by step.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use fairgauge::by_hand::{Asked, Assumed, ByHand, SeriesFile, Time, by_hand};
use fairgauge::index::Trace;

use super::Failure;
use super::output::{self, Format};

#[derive(clap::Args)]
pub struct Args {
    /// The product's file
    product: PathBuf,
    /// Readings as CSV: time (a date or RFC 3339), perhaps station, then columns such as precipitation[mm]. As often as
    /// needed: FILE for every source, FEED=FILE for those of a feed, FEED/STATION=FILE for one
    #[arg(long, value_name = "FILE", required = true, value_parser = series)]
    series: Vec<SeriesFile>,
    /// Only this cover
    #[arg(long, value_name = "ID")]
    cover: Option<String>,
    /// First insured day; without it the series' first
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last insured day; without it the series' last
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// As known then: a date, at the end of its insured day, or RFC 3339; each reading is known when it is over. Without
    /// it as if all waiting were over
    #[arg(long, value_name = "TIME", value_parser = time)]
    as_of: Option<Time>,
    /// Where each policy has its own sum insured; without it 100 of the currency
    #[arg(long, value_name = "AMOUNT")]
    sum_insured: Option<String>,
    /// Where amounts are for each unit of exposure; without it one
    #[arg(long, value_name = "QUANTITY")]
    units: Option<String>,
    /// What earlier final determinations of the policy paid; without it nothing
    #[arg(long, value_name = "AMOUNT")]
    paid_before: Option<String>,
    /// What the other policy paid whose payout is subtracted; without it that is not final
    #[arg(long, value_name = "AMOUNT")]
    paid_by_other: Option<String>,
    /// What the book would give, such as threshold="33.5 degC"; as often as needed
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    given: Vec<(String, String)>,
    /// Show the values of each series too: each day's, each hour's
    #[arg(long)]
    values: bool,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn series(text: &str) -> Result<SeriesFile, Infallible> {
    Ok(SeriesFile::parse(text))
}

fn time(text: &str) -> Result<Time, String> {
    Time::read(text)
        .ok_or_else(|| "write 2024-06-01, or an instant with its offset, 2024-06-01T20:00:00+08:00".to_owned())
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut given = BTreeMap::new();
    for (name, value) in &args.given {
        if given.insert(name.clone(), value.clone()).is_some() {
            return Err(anyhow::anyhow!("--given {name}=… stands there twice: leave one of them out").into());
        }
    }
    let assumed = Assumed {
        from: args.from,
        to: args.to,
        sum_insured: args.sum_insured.clone(),
        units: args.units.clone(),
        paid_before: args.paid_before.clone(),
        paid_by_other: args.paid_by_other.clone(),
        given,
    };
    if args.values && matches!(args.format, Format::Csv) {
        return Err(
            anyhow::anyhow!("csv has a row for each period and no steps: leave out --values, or take json").into()
        );
    }
    let trace = if args.values { Trace::with_values() } else { Trace::on() };
    let asked = Asked { cover: args.cover.clone(), as_of: args.as_of, trace };
    let settled = by_hand(&args.product, &args.series, &asked, &assumed).map_err(Failure::Faults)?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => settled.iter().try_for_each(|one| for_people(&mut out, one)),
        Format::Json => {
            let objects: Vec<_> = settled.iter().map(object).collect();
            Ok(writeln!(out, "{}", serde_json::to_string_pretty(&objects)?)?)
        }
        Format::Jsonl => settled.iter().try_for_each(|one| Ok(writeln!(out, "{}", object(one))?)),
        Format::Csv => rows(&mut out, &settled),
    }
}

fn for_people(out: &mut dyn Write, one: &ByHand) -> Result<(), Failure> {
    let ByHand { product, cover, period, payments, settlement } = one;
    writeln!(out, "{product} {cover}, {} to {}", period.span.first, period.span.last)?;
    output::steps(out, &settlement.trace)?;
    output::payments(out, payments)?;
    let provisional = if settlement.may_be_final { "" } else { ", provisional" };
    writeln!(out, "  {}{provisional}: {}", settlement.outcome.word().replace('_', " "), settlement.reason)?;
    writeln!(out)?;
    Ok(())
}

fn object(one: &ByHand) -> serde_json::Value {
    let mut object = output::settlement(&one.settlement);
    object["product"] = one.product.clone().into();
    object["cover"] = one.cover.clone().into();
    object["period"] = output::period(&one.period);
    object["state"] = state(one).into();
    if !one.payments.is_empty() {
        object["interim"] = output::payments_json(&one.payments);
    }
    object
}

fn state(one: &ByHand) -> &'static str {
    if one.settlement.may_be_final { "final" } else { "provisional" }
}

/// A row for each period, without the steps.
fn rows(out: &mut dyn Write, settled: &[ByHand]) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "product",
        "cover",
        "start",
        "end",
        "outcome",
        "index",
        "unit",
        "amount",
        "currency",
        "reason_code",
    ])?;
    for ByHand { product, cover, period, settlement, .. } in settled {
        let index = settlement.index.as_ref();
        writer.write_record([
            product.as_str(),
            cover,
            &period.span.first.to_string(),
            &period.span.last.to_string(),
            settlement.outcome.word(),
            index.map_or("", |(value, _)| value),
            index.map_or("", |(_, unit)| unit.symbol()),
            &settlement.amount.decimal(),
            settlement.amount.currency().code(),
            settlement.reason_code,
        ])?;
    }
    Ok(writer.flush()?)
}
