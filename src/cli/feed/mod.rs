//! `fairgauge feed`: the feeds of the settings, what was asked of them, and trying them out.

mod attempt;
mod backfill;
mod list;
mod log;
mod refused;
mod sample;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Subcommand;
use fairgauge::document::did_you_mean;
use fairgauge::feed::patience::{ENOUGH, counted, interval, wait_after};
use fairgauge::feed::{FeedSettings, Origin};
use fairgauge::ledger::{FeedStatus, Poll, Reader};
use fairgauge::settings::Settings;

use super::{ConfigArgs, Failure};

#[derive(Subcommand)]
pub enum Command {
    /// Every feed of the settings: what it tells, and how it does
    #[command(after_help = "Example: fairgauge feed list --config fairgauge.toml --format json")]
    List(list::Args),
    /// Who was asked when, what came, what failed
    #[command(
        after_help = "Examples: fairgauge feed log era5 --since 2026-06-01\n          fairgauge feed log --failed --format csv"
    )]
    Log(log::Args),
    /// Which readings were refused, and why
    #[command(after_help = "Example: fairgauge feed refused asos --format csv")]
    Refused(refused::Args),
    /// Ask once, now, and show the answer beside what was read in it; nothing is recorded
    #[command(after_help = "Example: fairgauge feed try era5 --station lingang --from 2026-06-01 --to 2026-06-03")]
    Try(attempt::Args),
    /// Ask once and keep the answer, without keys, as files that a feed can read
    #[command(after_help = "Example: fairgauge feed sample era5 --out feeds/era5-sample --from 2026-06-01")]
    Sample(sample::Args),
    /// Ask for a stretch of the past and record what is new; the daemon is stopped meanwhile
    #[command(after_help = "Example: fairgauge feed backfill era5 --from 2026-01-01 --to 2026-03-01")]
    Backfill(backfill::Args),
}

pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(args),
        Command::Log(args) => log::run(args),
        Command::Refused(args) => refused::run(args),
        Command::Try(args) => attempt::run(args),
        Command::Sample(args) => sample::run(args),
        Command::Backfill(args) => backfill::run(args),
    }
}

/// Whether the ledger knows a feed.
fn known_in(reader: &Reader, name: &str) -> Result<(), Failure> {
    let known = reader.feeds()?;
    if known.iter().any(|known| known.feed == name) {
        return Ok(());
    }
    let names: Vec<_> = known.iter().map(|known| known.feed.as_str()).collect();
    Err(unknown("feed in the ledger", name, &names).into())
}

/// Which feed, and what of it.
#[derive(clap::Args)]
struct Which {
    /// The feed's name in the settings
    name: String,
    /// Only this station
    #[arg(long)]
    station: Option<String>,
    /// From this day or instant on (UTC); without it two days before what should have been published
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<DateTime<Utc>>,
    /// Until this day or instant (UTC), at most now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<DateTime<Utc>>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Which {
    /// The settings and the feed in them.
    fn feed(&self) -> Result<(Settings, FeedSettings), Failure> {
        let settings = self.config.settings()?;
        let feed = find(&settings, &self.name)?.clone();
        let harm = match &feed.origin {
            Origin::File(_) | Origin::Url(_) => None,
            Origin::Folder(_) => Some(
                "reads a folder, out of which it moves what it cannot read: try one of its files, with file = \"…\"",
            ),
            Origin::Mqtt(_) => Some(
                "hears a broker under the daemon's name, which would push the daemon out: look with another client, such \
                 as mosquitto_sub",
            ),
        };
        if let Some(harm) = harm {
            return Err(anyhow::anyhow!("the feed `{}` {harm}", self.name).into());
        }
        if let Some(station) = &self.station
            && !feed.stations.is_empty()
            && !feed.stations.iter().any(|known| *known.name == **station)
        {
            let names: Vec<_> = feed.stations.iter().map(|known| &*known.name).collect();
            return Err(unknown("station", station, &names).into());
        }
        Ok((settings, feed))
    }

    /// The station by itself, where only one is wanted.
    fn station(&self) -> Option<Arc<str>> {
        self.station.as_deref().map(Arc::from)
    }

    /// From when to when.
    fn stretch(&self, feed: &FeedSettings, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), Failure> {
        let to = self.to.unwrap_or(now).min(now);
        let from = self.from.unwrap_or(to.min(now - feed.delay) - TimeDelta::days(2));
        if from >= to {
            let (from, to) = (super::output::instant(from), super::output::instant(to));
            return Err(anyhow::anyhow!("nothing lies between {from} and {to}: give --from an earlier time").into());
        }
        Ok((from, to))
    }
}

/// The feed of a name.
fn find<'s>(settings: &'s Settings, name: &str) -> Result<&'s FeedSettings, Failure> {
    let names: Vec<_> = settings.feeds.keys().map(|name| &**name).collect();
    settings.feeds.get(name).ok_or_else(|| unknown("feed", name, &names).into())
}

pub fn unknown(what: &str, name: &str, known: &[&str]) -> anyhow::Error {
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => anyhow::anyhow!("there is no {what} `{name}`: did you mean `{near}`?"),
        None if known.is_empty() => anyhow::anyhow!("there is no {what} `{name}`: the settings name none"),
        None => anyhow::anyhow!("there is no {what} `{name}`: there are {}", known.join(", ")),
    }
}

/// A day, which begins at 00:00 UTC, or an instant.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let at = day.or_else(|_| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()));
    at.map_err(|_| "write 2026-06-01 or 2026-06-01T12:00:00Z".to_owned())
}

/// How a feed does, in words, and whether it is asked as usual.
pub fn state(status: Option<&FeedStatus>) -> String {
    match status.and_then(|status| Some((status, status.last_outcome.as_deref()?))) {
        None => "not asked yet".to_owned(),
        Some((_, Poll::OK)) => "answers".to_owned(),
        Some((status, class)) if status.failures > 1 => format!("fails: {class}, {} times in a row", status.failures),
        Some((_, class)) => format!("fails: {class}"),
    }
}

/// The word for a program: whether a feed is asked at its interval, or by one request at growing ones.
pub fn circuit(status: &FeedStatus) -> &'static str {
    if failures(status) >= ENOUGH { "open" } else { "closed" }
}

/// How many in a row count.
fn failures(status: &FeedStatus) -> u32 {
    counted(status.failures, status.last_outcome.as_deref().unwrap_or_default())
}

/// About when it is asked next, where the daemon runs.
fn next_poll(feed: &FeedSettings, status: &FeedStatus) -> Option<DateTime<Utc>> {
    let wait = if status.failures == 0 { interval(feed.poll) } else { wait_after(failures(status), feed) };
    let next = status.last_at? + wait;
    Some(status.not_before.map_or(next, |until| next.max(until)))
}

/// Where its bytes come from.
fn origin(feed: &FeedSettings) -> String {
    match &feed.origin {
        Origin::File(path) => path.display().to_string(),
        Origin::Folder(folder) => folder.path.display().to_string(),
        Origin::Url(url) => url.host().to_owned(),
        Origin::Mqtt(broker) => broker.host.clone(),
    }
}

/// Waits for what cannot be had at once, on this thread.
pub fn wait<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
