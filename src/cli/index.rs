//! `fairgauge index`: one index by hand, step by step.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use fairgauge::by_hand::{Assumed, ByHand, by_hand};

use super::Failure;
use super::output::{self, Format};

#[derive(clap::Args)]
pub struct Args {
    /// The product's file
    product: PathBuf,
    /// Readings as CSV: time (a date or RFC 3339), perhaps station, then columns such as precipitation[mm]
    #[arg(long, value_name = "FILE")]
    series: PathBuf,
    /// Only this cover
    #[arg(long, value_name = "ID")]
    cover: Option<String>,
    /// First insured day; without it the series' first
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last insured day; without it the series' last
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Where each policy has its own sum insured; without it 100 of the currency
    #[arg(long, value_name = "AMOUNT")]
    sum_insured: Option<String>,
    /// Where amounts are for each unit of exposure; without it one
    #[arg(long, value_name = "QUANTITY")]
    units: Option<String>,
    /// What the book would give, such as threshold="33.5 degC"; as often as needed
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    given: Vec<(String, String)>,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value")?;
    Ok((name.to_owned(), value.to_owned()))
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
        given,
    };
    let settled = by_hand(&args.product, &args.series, args.cover.as_deref(), &assumed).map_err(Failure::Faults)?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => settled.iter().try_for_each(|one| for_people(&mut out, one)),
        Format::Json => {
            let objects: Vec<_> = settled.iter().map(object).collect();
            Ok(writeln!(out, "{}", serde_json::to_string_pretty(&objects)?)?)
        }
        Format::Jsonl => settled.iter().try_for_each(|one| Ok(writeln!(out, "{}", object(one))?)),
        Format::Csv => Err(anyhow::anyhow!("an index with its steps is no table: use --format json").into()),
    }
}

fn for_people(out: &mut dyn Write, one: &ByHand) -> Result<(), Failure> {
    let ByHand { product, cover, period, settlement } = one;
    writeln!(out, "{product} {cover}, {} to {}", period.span.first, period.span.last)?;
    output::steps(out, &settlement.trace)?;
    writeln!(out, "  {}: {}", settlement.outcome.word().replace('_', " "), settlement.reason)?;
    writeln!(out)?;
    Ok(())
}

fn object(one: &ByHand) -> serde_json::Value {
    let ByHand { product, cover, period, settlement } = one;
    let index =
        settlement.index.as_ref().map(|(value, unit)| serde_json::json!({ "value": value, "unit": unit.symbol() }));
    serde_json::json!({
        "product": product,
        "cover": cover,
        "period": { "start": period.span.first, "end": period.span.last },
        "outcome": settlement.outcome,
        "index": index,
        "amount": settlement.amount.decimal(),
        "currency": settlement.amount.currency().code(),
        "reason": settlement.reason,
        "reason_code": settlement.reason_code,
        "steps": output::steps_json(&settlement.trace),
    })
}
