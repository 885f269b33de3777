//! `fairgauge restore`: a ledger from its backup, where that forks no log.

use std::io::Write;
use std::path::PathBuf;

use fairgauge::daemon::Clock;
use fairgauge::ledger::{Anew, Missing, Restore, Restored, Witness, hex, leaf_ranges, to_millisecond};

use super::verify::read_key;
use super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    /// The backup; it is not written. The ledger itself, where only its high-water file is lost
    backup: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    /// The log's public key, as `fairgauge key show` prints it, or a file that holds it; needed where the ledger is signed
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A checkpoint that somebody kept: an insurer, a mirror, a witness. May be given several times
    #[arg(long, value_name = "FILE", requires = "key")]
    checkpoint: Vec<PathBuf>,
    /// A copy of the log's static files, from which entries come back that the backup lacks
    #[arg(long, value_name = "FOLDER", requires = "key", conflicts_with = "new_origin")]
    entries: Option<PathBuf>,
    /// A term sheet on which entries rest that come back. May be given several times
    #[arg(long, value_name = "FILE", requires = "entries")]
    evidence: Vec<PathBuf>,
    /// Begin a new log of this name with all that the backup holds, where what was signed behind it is lost for ever
    #[arg(long, value_name = "NAME", requires = "key")]
    new_origin: Option<String>,
    /// Believe the backup alone: nobody can hold a newer checkpoint
    #[arg(long)]
    nobody_knows_more: bool,
    /// The high-water file; without it the one of the settings, or LEDGER.high-water
    #[arg(long, value_name = "FILE")]
    high_water: Option<PathBuf>,
    /// Say what would happen and write nothing
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let (ledger, beside) = args.ledger.paths()?;
    let key = args.key.as_deref().map(read_key).transpose()?;
    let high_water = args.high_water.as_ref().unwrap_or(&beside);
    let restore = Restore {
        backup: &args.backup,
        ledger: &ledger,
        high_water,
        key: key.as_ref(),
        checkpoints: &args.checkpoint,
        entries: args.entries.as_deref(),
        evidence: &args.evidence,
        nobody_knows_more: args.nobody_knows_more,
        at: to_millisecond(Clock::System.now()),
    };
    let mut out = std::io::stdout().lock();
    if let Some(origin) = &args.new_origin {
        let anew = restore.begin_anew(origin, !args.check)?;
        return tell_anew(&mut out, &anew, args.check);
    }
    let restored = if args.check { restore.check()? } else { restore.run()? };
    tell(&mut out, &restored)?;
    match (args.check, restored.in_place) {
        (true, false) if ledger.exists() => {
            writeln!(out, "would be    restored, once the ledger that is there was moved away; nothing was written")?;
        }
        (true, _) => writeln!(out, "would be    restored; nothing was written")?,
        (false, true) => writeln!(out, "written     {}; the ledger is as it was", high_water.display())?,
        (false, false) => {
            writeln!(out, "written     {}: give it the owner of its folder, then start", ledger.display())?
        }
    }
    Ok(())
}

fn tell(out: &mut impl Write, restored: &Restored) -> Result<(), Failure> {
    let found = restored.verified;
    writeln!(
        out,
        "backup      {} entries, {} readings, {} pieces of evidence, as they were written",
        found.entries, found.observations, found.evidence
    )?;
    tell_witnesses(out, &restored.witnesses)?;
    if let Some(missing) = &restored.missing {
        tell_missing(out, missing)?;
    }
    match restored.signed {
        Some(signed) => writeln!(out, "signed      {signed} entries, of {} in all", restored.state.size)?,
        None => writeln!(out, "signed      nothing: whether entries are missing cannot be seen")?,
    }
    writeln!(out, "root        {}", hex(&restored.state.root))?;
    Ok(())
}

fn tell_witnesses(out: &mut impl Write, witnesses: &[Witness]) -> Result<(), Failure> {
    for witness in witnesses {
        writeln!(out, "known       {} entries, by {}", witness.state.size, witness.path.display())?;
    }
    Ok(())
}

fn tell_missing(out: &mut impl Write, missing: &Missing) -> Result<(), Failure> {
    let (first, last) = (missing.entries.start(), missing.entries.end());
    writeln!(out, "back        entries {first} to {last}, from the log's files, as they were signed")?;
    if !missing.readings.is_empty() {
        let rows: i64 = missing.readings.iter().map(|(_, _, rows)| rows).sum();
        let entries = leaf_ranges(missing.readings.iter().map(|(seq, ..)| *seq));
        writeln!(out, "missing     {rows} readings of entries {entries}: the feeds are asked again")?;
    }
    for (sha256, seq) in &missing.evidence {
        writeln!(out, "missing     evidence {} of entry {seq}", hex(sha256))?;
    }
    Ok(())
}

fn tell_anew(out: &mut impl Write, anew: &Anew, check: bool) -> Result<(), Failure> {
    tell_witnesses(out, &anew.witnesses)?;
    writeln!(out, "carried     {} entries of {}", anew.carried.size, anew.carried.origin)?;
    let lost = anew.last.size.saturating_sub(anew.carried.size);
    if lost > 0 {
        writeln!(
            out,
            "lost        {lost} entries, {} to {}: what they determined is determined again. Compare each payout from here on with what \
             was told to others before it is paid",
            anew.carried.size,
            anew.last.size - 1
        )?;
    }
    writeln!(out, "new log     {}, root {}", anew.state.origin, hex(&anew.state.root))?;
    if let Some(path) = &anew.put_aside {
        writeln!(out, "put aside   {}", path.display())?;
    }
    let next = "make its key by `fairgauge key new`, name both under [ledger.sign], tell verifiers the new key";
    writeln!(out, "{}", if check { "nothing was written".to_owned() } else { format!("next        {next}") })?;
    Ok(())
}
