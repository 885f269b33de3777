//! `fairgauge feed list`.

use std::io::Write;

use fairgauge::feed::FeedSettings;
use fairgauge::ledger::{FeedStatus, OpenError, Reader};

use super::super::output::{self, Format, instant};
use super::super::{ConfigArgs, Failure};
use super::{circuit, next_poll, origin, state};

#[derive(clap::Args)]
pub struct Args {
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

const COLUMNS: [&str; 12] = [
    "feed",
    "kind",
    "from",
    "stations",
    "tells",
    "state",
    "circuit",
    "requests_of_day",
    "last_asked",
    "last_answer",
    "newest_reading_ends",
    "next_poll",
];

pub fn run(args: &Args) -> Result<(), Failure> {
    let settings = args.config.settings()?;
    // Before the daemon ran there is no ledger, and feeds there are.
    let known = match Reader::open(&settings.ledger) {
        Err(OpenError::Missing(_) | OpenError::MissingFolder(_)) => Vec::new(),
        reader => reader?.feeds()?,
    };
    let rows: Vec<_> =
        settings.feeds.values().map(|feed| row(feed, known.iter().find(|known| known.feed == *feed.name))).collect();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => {
            let shown = [0, 1, 2, 3, 4, 5, 9, 11];
            let rows: Vec<_> = rows.iter().map(|row| shown.map(|column| row[column].clone()).to_vec()).collect();
            writeln!(out, "{}", output::record_table(&shown.map(|column| COLUMNS[column]), &[], &rows).trim_fmt())?;
        }
        format => output::records(&mut out, &COLUMNS, &["requests_of_day"], &rows, format)?,
    }
    Ok(())
}

fn row(feed: &FeedSettings, status: Option<&FeedStatus>) -> Vec<Option<String>> {
    let stations: Vec<_> = feed.stations.iter().map(|station| &*station.name).collect();
    let stations = match stations.len() {
        0 => "as its bytes say".to_owned(),
        1..=5 => stations.join(", "),
        more => format!("{}, and {} more", stations[..5].join(", "), more - 5),
    };
    let tells: Vec<_> = feed.variables().map(|(variable, unit)| format!("{variable} in {unit}")).collect();
    vec![
        Some(feed.name.to_string()),
        Some(feed.kind.to_owned()),
        Some(origin(feed)),
        Some(stations),
        Some(tells.join(", ")),
        Some(state(status)),
        status.map(|status| circuit(status).to_owned()),
        status.map(|status| status.requests_of_day.to_string()),
        status.and_then(|status| status.last_at).map(instant),
        status.and_then(|status| status.last_ok).map(instant),
        status.and_then(|status| status.newest_end).map(instant),
        status.and_then(|status| next_poll(feed, status)).map(instant),
    ]
}
