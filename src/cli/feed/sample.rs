//! `fairgauge feed sample`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fairgauge::daemon::Clock;
use fairgauge::feed::{Ask, Exchange, Feed};
use fairgauge::settings::Settings;
use toml::{Table, Value};

use super::super::Failure;
use super::super::output;
use super::attempt::ask;
use super::{Which, wait};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The folder for the answers and their settings; it is made, and nothing in it is written over
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let name = &args.which.name;
    let told = ask(&args.which)?;
    let answer = told.result.map_err(|error| {
        anyhow::anyhow!("feed {name}: {error}\n`fairgauge feed try {name}` shows what came; nothing was kept")
    })?;
    let data: Vec<_> = told.exchanges.iter().filter(|exchange| exchange.is_data).collect();
    if data.is_empty() {
        return Err(anyhow::anyhow!("feed {name} reads a file: copy the file").into());
    }
    let text = std::fs::read_to_string(&args.which.config.config)?;
    let whole: Table = text.parse()?;
    let written = whole.get("feed").and_then(|feeds| feeds.get(name)).and_then(Value::as_table);
    let written = written.ok_or_else(|| {
        anyhow::anyhow!("feed {name} comes from the environment: write [feed.{name}] into a settings file first")
    })?;
    std::fs::create_dir_all(&args.out)?;
    let mut feeds = Table::new();
    for (number, exchange) in (1..).zip(&data) {
        let stem = if number == 1 { name.clone() } else { format!("{name}-{number}") };
        let file = format!("{stem}.{}", extension(exchange));
        keep(&args.out.join(&file), &exchange.bytes)?;
        keep(&args.out.join(format!("{stem}.headers")), headers(exchange).as_bytes())?;
        feeds.insert(stem, Value::Table(reading_file(written, &file, exchange.station.as_deref())));
    }
    let mut settings: Table =
        "ledger = { path = \"ledger.sqlite\" }\nbook = { products = \"products\", policies = [] }"
            .parse()
            .expect("this is TOML");
    settings.insert("feed".to_owned(), Value::Table(feeds));
    let path = args.out.join("fairgauge.toml");
    keep(&path, toml::to_string(&settings)?.as_bytes())?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "{} of {name} in {}", output::count(data.len(), "answer"), args.out.display())?;
    writeln!(out, "read from the server  {}", output::count(answer.readings.len(), "reading"))?;
    for (feed, readings) in read_again(&path)? {
        writeln!(out, "read from the file    {}, feed {feed}", output::count(readings, "reading"))?;
    }
    writeln!(out, "try it: fairgauge feed try {name} --config {}", path.display())?;
    Ok(())
}

/// The feed's own settings, reading a file instead of asking a server.
fn reading_file(written: &Table, file: &str, station: Option<&str>) -> Table {
    let mut feed = written.clone();
    for of_a_server in ["url", "key", "timeout", "look_back", "limit"] {
        feed.remove(of_a_server);
    }
    feed.insert("file".to_owned(), Value::String(file.to_owned()));
    if let Some(station) = station {
        if let Some(Value::Table(stations)) = feed.get_mut("station") {
            stations.retain(|name, _| name == station);
        }
        // The URL named the station; the file is about one.
        if let Some(Value::Table(csv)) = feed.get_mut("csv")
            && !csv.contains_key("station")
        {
            let is = Table::from_iter([("is".to_owned(), Value::String(station.to_owned()))]);
            csv.insert("station".to_owned(), Value::Table(is));
        }
    }
    feed
}

/// How many readings each feed of a settings file gives now.
fn read_again(path: &Path) -> Result<Vec<(String, usize)>, Failure> {
    let settings = Settings::load(path, std::iter::empty()).map_err(Failure::Faults)?;
    let (now, none) = (Clock::System.now(), BTreeMap::new());
    let mut counts = Vec::new();
    for (name, feed) in &settings.feeds {
        let mut feed = Feed::new(feed.clone(), &settings.network);
        let asked = Ask { now, known_until: &none, from: now };
        let answer = wait(async { Ok(feed.poll(asked).await) })?;
        let answer = answer.map_err(|error| anyhow::anyhow!("what was kept cannot be read again: {error}"))?;
        counts.push((name.to_string(), answer.readings.len()));
    }
    Ok(counts)
}

fn headers(exchange: &Exchange) -> String {
    let lines = exchange.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    format!("# {}\nstatus: {}\n{}", exchange.name, exchange.status, lines.collect::<String>())
}

fn extension(exchange: &Exchange) -> String {
    let kind = exchange.headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, value)| value);
    for (word, extension) in [("json", "json"), ("csv", "csv"), ("zip", "zip"), ("xml", "xml")] {
        if kind.contains(word) {
            return extension.to_owned();
        }
    }
    let path = exchange.name.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("txt", |(_, last)| last);
    let plain = last.len() <= 5 && last.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { last.to_owned() } else { "txt".to_owned() }
}

fn keep(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = std::fs::File::create_new(path)
        .map_err(|error| anyhow::anyhow!("{} cannot be made: {error}; name another folder", path.display()))?;
    Ok(file.write_all(bytes)?)
}
