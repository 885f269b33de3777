//! `fairgauge repair`: hashes that are made of the entries, made anew.

use std::io::Write as _;

use fairgauge::ledger::{leaf_ranges, repair};

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
    if repaired.leaves.is_empty() && !repaired.tiles {
        writeln!(out, "all hashes are those of the entries: nothing was changed")?;
    }
    Ok(())
}
