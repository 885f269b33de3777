//! `fairgauge repair`: what is made of the entries, made anew.

use std::io::Write as _;

use fairgauge::ledger::{Repaired, leaf_ranges, repair};

use super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let (ledger, high_water) = args.ledger.paths()?;
    let repaired = repair(&ledger, &high_water)?;
    let mut out = std::io::stdout().lock();
    if !repaired.leaves.is_empty() {
        writeln!(out, "made anew  leaves of entries {}", leaf_ranges(repaired.leaves.iter().copied()))?;
    }
    if repaired.tiles {
        writeln!(out, "made anew  hashes of tiles")?;
    }
    if repaired.listed {
        writeln!(out, "made anew  rows by which pages are found")?;
    }
    if repaired == Repaired::default() {
        writeln!(out, "all that is made of the entries is as they say: nothing was changed")?;
    }
    Ok(())
}
