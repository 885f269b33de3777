//! `fairgauge backup`: a whole copy of the ledger, checked as it is made.

use std::io::Write as _;
use std::path::PathBuf;

use fairgauge::ledger::{back_up, hex};

use super::output::Format;
use super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    /// The file to write; beside it FILE.high-water says how far the log had come
    file: PathBuf,
    /// Take the place of a file that is there, once the new one is whole
    #[arg(long)]
    replace: bool,
    /// How to write what was copied
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let (ledger, high_water) = args.ledger.paths()?;
    let made = back_up(&ledger, &high_water, &args.file, args.replace)?;
    let mut out = std::io::stdout().lock();
    if args.format == Format::Table {
        writeln!(out, "entries     {}", made.state.size)?;
        match made.signed {
            Some(size) => writeln!(out, "checkpoint  {size} of them are signed")?,
            None => writeln!(out, "checkpoint  none: the ledger is not signed")?,
        }
        writeln!(out, "root        {}", hex(&made.state.root))?;
        let (readings, evidence) = (made.verified.observations, made.verified.evidence);
        writeln!(out, "checked     every page, entry and hash, {readings} readings, {evidence} pieces of evidence")?;
    } else {
        let object = serde_json::json!({
            "origin": made.state.origin,
            "entries": made.state.size,
            "checkpoint": made.signed,
            "root": hex(&made.state.root),
            "readings": made.verified.observations,
            "evidence": made.verified.evidence,
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}
