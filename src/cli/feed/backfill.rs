//! `fairgauge feed backfill`.

use std::io::Write as _;

use chrono::{DateTime, Utc};
use fairgauge::contract::Book;
use fairgauge::daemon::{Clock, Daemon};
use fairgauge::feed::{Origin, Scope};
use fairgauge::ledger::{OpenError, Poll, Writer};
use fairgauge::setup::Setup;

use super::super::output::{self, instant};
use super::super::{ConfigArgs, Failure, open_store, signing};
use super::{Which, moment, wait};

#[derive(clap::Args)]
pub struct Args {
    /// The feed's name in the settings
    name: String,
    /// From this day or instant on (UTC)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: DateTime<Utc>,
    /// Until this day or instant (UTC); without it now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<DateTime<Utc>>,
    /// Only this station
    #[arg(long)]
    station: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let config = ConfigArgs { config: args.config.config.clone() };
    let which =
        Which { name: args.name.clone(), station: args.station.clone(), from: Some(args.from), to: args.to, config };
    let (settings, feed) = which.feed()?;
    if let Origin::File(path) = &feed.origin {
        let path = path.display();
        return Err(anyhow::anyhow!("feed {} reads all of {path} as it is: put the rows into it", feed.name).into());
    }
    let clock = Clock::System;
    let (from, to) = which.stretch(&feed, clock.now())?;
    let signing = signing(&settings)?;
    let store = open_store(&settings, signing.as_ref(), clock.now()).map_err(|error| match error {
        OpenError::Locked(path) => anyhow::anyhow!(
            "a daemon writes the ledger {}: systemctl stop fairgauge, back-fill, and start it again",
            path.display()
        ),
        error => error.into(),
    })?;
    let scope = Scope { until: Some(to), station: which.station(), ..Scope::default() };
    // Without a book nothing is bound and nothing settled: the daemon does that when it starts again.
    let setup = Setup { settings, book: Book::default() };
    let poll = wait(async {
        let mut daemon = Daemon::start(setup, Writer::spawn(store)?, &clock).await?;
        let poll = daemon.backfill(&args.name, from, &scope, &clock).await;
        daemon.close().await?;
        Ok(poll?)
    })?;
    if poll.outcome != Poll::OK {
        return Err(anyhow::anyhow!("feed {}: {}", args.name, poll.detail).into());
    }
    let mut out = std::io::stdout().lock();
    let stretch = format!("{} to {}", instant(from), instant(to));
    let new = usize::try_from(poll.rows_new).unwrap_or(usize::MAX);
    writeln!(
        out,
        "feed {}, {stretch}: {} recorded, {} refused",
        args.name,
        output::count(new, "reading"),
        poll.rows_refused
    )?;
    if !poll.detail.is_empty() {
        writeln!(out, "refused  {}", poll.detail)?;
    }
    Ok(())
}
