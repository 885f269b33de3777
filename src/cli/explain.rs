//! `fairgauge explain`: the way of a number, computed again from the ledger alone.

use std::io::Write;

use fairgauge::audit::{Rederived, rederive};
use fairgauge::ledger::{Determination, PayoutRow, hex};
use fairgauge::settle::Given;
use fairgauge::words::{Story, Told, story};

use super::output::{self, Format};
use super::payouts::{corrects, found};
use super::wording::Lang;
use super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    /// POLICY/COVER/FIRST-DAY, for a payment in advance with /NUMBER behind it, or the number of a ledger entry
    id: String,
    /// As a story for the insured, in English or Chinese: what was measured, what it came to, what follows
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let (row, determination) = found(&reader, &args.id)?;
    let rederived = rederive(&reader, &determination)?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => match args.lang {
            None => for_people(&mut out, &row, &determination, &rederived)?,
            Some(lang) => {
                let story = told(&row, &determination, &rederived, lang);
                writeln!(out, "{}\n", story.title)?;
                story.sentences.iter().try_for_each(|sentence| writeln!(out, "{}", sentence.text))?;
            }
        },
        Format::Json | Format::Jsonl => {
            let mut object = object(&row, &determination, &rederived);
            if let Some(lang) = args.lang {
                object["story"] = output::story(&told(&row, &determination, &rederived, lang), lang);
            }
            writeln!(out, "{}", serde_json::to_string_pretty(&object)?)?
        }
        Format::Csv => return Err(anyhow::anyhow!("an explanation is no table: use --format json").into()),
    }
    if rederived.differences.is_empty() {
        return Ok(());
    }
    Err(anyhow::anyhow!("computed again, it comes out otherwise:\n{}", rederived.differences.join("\n")).into())
}

/// The story of what was found.
fn told(row: &PayoutRow, determination: &Determination, rederived: &Rederived, lang: Lang) -> Story {
    let Rederived { policy, settlement, .. } = rederived;
    story(&Told { policy, determination, state: row.state, settlement }, lang.into())
}

fn for_people(
    out: &mut dyn Write,
    row: &PayoutRow,
    determination: &Determination,
    rederived: &Rederived,
) -> Result<(), Failure> {
    let Rederived { policy, settlement, .. } = rederived;
    let product = &policy.product;
    writeln!(out, "{} ({}, ledger entry {})", row.id, output::state(row), row.seq)?;
    writeln!(out)?;
    writeln!(out, "policy    {}, bound to {}", row.policy, row.product)?;
    writeln!(out, "terms     {}, SHA-256 {}", product.name, hex(&product.terms))?;
    writeln!(
        out,
        "period    {} to {}, insured days from {} in {}: {} to {}",
        row.period.start,
        row.period.end,
        product.day.starts(),
        product.day.zone_name(),
        output::instant(determination.period.from),
        output::instant(determination.period.to)
    )?;
    writeln!(out, "as known  {}", output::instant(row.as_of))?;
    for source in said(determination, rederived) {
        let name = format!("{}/{} {}", source.feed, source.station, source.variable);
        writeln!(out, "readings  {name}: {}", output::source_words(source))?;
    }
    if !determination.observations.is_empty() {
        writeln!(out, "entries   {}", determination.observations)?;
    }
    writeln!(out)?;
    output::steps(out, &settlement.trace)?;
    writeln!(out)?;
    writeln!(out, "outcome   {}: {}", row.outcome.word().replace('_', " "), row.reason)?;
    writeln!(out, "amount    {} {}", row.amount, row.currency)?;
    if let (Some(advance), Some(payable)) = (&row.paid_in_advance, &row.payable) {
        writeln!(out, "advance   {advance} {} paid before", row.currency)?;
        writeln!(out, "payable   {payable} {}", row.currency)?;
    }
    if row.life.corrects.is_some() {
        let index = |index: &Option<(String, String)>| match index {
            Some((value, unit)) => format!("{value} {unit}"),
            None => "none".to_owned(),
        };
        let before = determination.life.corrects.as_ref().map(|before| index(&before.index)).unwrap_or_default();
        writeln!(out, "corrects  entry {}: index {before} before", row.life.corrects.unwrap_or_default())?;
        writeln!(
            out,
            "difference {}, of which {} is booked",
            corrects(row),
            output::signed(row, row.life.booked_minor)
        )?;
    }
    if let Some(until) = row.life.contested_until {
        writeln!(out, "contested until {}: then it is final, if nothing differs", output::instant(until))?;
    }
    if rederived.differences.is_empty() {
        writeln!(out, "checked   computed again from the readings in the ledger: the same")?;
    }
    Ok(())
}

/// What the entry says of the sources; of one that says nothing, what comes out now.
fn said<'d>(determination: &'d Determination, rederived: &'d Rederived) -> &'d [Given] {
    determination.sources.as_deref().unwrap_or(&rederived.sources)
}

fn object(row: &PayoutRow, determination: &Determination, rederived: &Rederived) -> serde_json::Value {
    let settlement = &rederived.settlement;
    serde_json::json!({
        "determination": row,
        "entry": row.seq,
        "terms": row.terms,
        "trigger": row.trigger,
        "reason_code": row.reason_code,
        "sources": output::sources(said(determination, rederived)),
        "steps": output::steps_json(&settlement.trace),
        "differences": rederived.differences,
    })
}
