//! `fairgauge prove`: a payout with all that proves it, in one file.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use fairgauge::audit::{Bundle, rederive};

use super::payouts::found;
use super::{Failure, LedgerArgs, whole};

#[derive(clap::Args)]
pub struct Args {
    /// POLICY/COVER/FIRST-DAY, for a payment in advance with /NUMBER behind it, or the number of a ledger entry
    id: String,
    /// The file to write, which must not exist; without it standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let (row, determination) = found(&reader, &args.id)?;
    let rederived = rederive(&reader, &determination)?;
    if !rederived.differences.is_empty() {
        return Err(anyhow!("computed again, it comes out otherwise:\n{}", rederived.differences.join("\n")).into());
    }
    let text = Bundle::of(&reader, (row.seq, &determination), &rederived)?.text();
    match &args.output {
        None => std::io::stdout().write_all(text.as_bytes())?,
        Some(path) => whole::write_new(path, text.as_bytes(), 0o666)?,
    }
    Ok(())
}
