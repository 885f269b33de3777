//! `fairgauge feed try`.

use std::collections::BTreeMap;
use std::io::Write;

use fairgauge::daemon::Clock;
use fairgauge::feed::{Answer, Ask, Exchange, Feed, Origin, PollError, Scope};
use fairgauge::observation::Reading;

use super::super::Failure;
use super::super::output::{self, Format, instant};
use super::{Which, wait};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// How much of each body is shown, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 600)]
    head: usize,
    /// How many readings are shown; all with 0
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    readings: usize,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What came of asking.
pub(super) struct Told {
    pub exchanges: Vec<Exchange>,
    pub result: Result<Answer, PollError>,
}

/// Asks once, as the daemon would for this stretch.
pub(super) fn ask(which: &Which) -> Result<Told, Failure> {
    let (settings, feed) = which.feed()?;
    let now = Clock::System.now();
    let (from, to) = which.stretch(&feed, now)?;
    let scope = Scope { until: Some(to), station: which.station(), ..Scope::default() };
    let mut feed = Feed::new(feed, &settings.network);
    feed.record();
    let none = BTreeMap::new();
    let ask = Ask { now, known_until: &none, from };
    let mut result = wait(async { Ok(feed.poll_in(ask, &scope).await) })?;
    let mut exchanges = feed.exchanges();
    if let Ok(answer) = &mut result {
        let wanted = |reading: &Reading| {
            reading.end > from
                && reading.start < to
                && scope.station.as_ref().is_none_or(|station| *station == reading.station)
        };
        // A server may say more than it was asked, and a file says all that it holds.
        answer.readings.retain(wanted);
        if let (true, Origin::File(_)) = (exchanges.is_empty(), &feed.settings().origin) {
            exchanges.extend(answer.bodies.iter().map(|body| Exchange {
                name: body.name.clone(),
                status: 0,
                headers: Vec::new(),
                bytes: body.bytes.to_vec(),
                station: None,
                is_data: false,
            }));
        }
    }
    Ok(Told { exchanges, result })
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let told = ask(&args.which)?;
    let mut out = std::io::stdout().lock();
    let none = Vec::new();
    let (readings, refused) =
        told.result.as_ref().map_or((&none, &[][..]), |answer| (&answer.readings, &answer.refused[..]));
    let most = if args.readings == 0 { readings.len() } else { args.readings };
    let mut rows: Vec<_> = readings.iter().take(most).map(row).collect();
    match args.format {
        Format::Table => {
            for exchange in &told.exchanges {
                show(&mut out, exchange, args.head)?;
            }
            if told.result.is_ok() {
                // Not a dash: that the source has no value is what it says.
                rows.iter_mut().for_each(|row| _ = row[4].get_or_insert_with(|| "missing".to_owned()));
                writeln!(out, "{}", output::record_table(&COLUMNS, &[4], &rows).trim_fmt())?;
                let more = readings.len().saturating_sub(most);
                if more > 0 {
                    writeln!(out, "… and {more} more: --readings 0 shows all")?;
                }
                writeln!(out, "{}, {} refused", output::count(readings.len(), "reading"), refused.len())?;
            }
            for refused in refused.iter().take(most) {
                writeln!(out, "refused  {}: {}", refused.place, refused.reason)?;
            }
        }
        Format::Json | Format::Jsonl => {
            let exchange = |exchange: &Exchange| {
                let headers: serde_json::Map<_, _> =
                    exchange.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
                serde_json::json!({
                    "url": exchange.name,
                    "status": (exchange.status != 0).then_some(exchange.status),
                    "headers": headers,
                    "bytes": exchange.bytes.len(),
                    "head": head(&exchange.bytes, args.head),
                })
            };
            let refused = refused
                .iter()
                .map(|refused| serde_json::json!({ "place": refused.place, "reason": refused.reason }))
                .collect::<Vec<_>>();
            let error = told.result.as_ref().err();
            let whole = serde_json::json!({
                "feed": args.which.name,
                "outcome": error.map_or("ok", PollError::class),
                "error": error.map(ToString::to_string),
                "answers": told.exchanges.iter().map(exchange).collect::<Vec<_>>(),
                "readings": rows.iter().map(|row| output::record(&COLUMNS, &[], row)).collect::<Vec<_>>(),
                "refused": refused,
            });
            if args.format == Format::Json {
                writeln!(out, "{}", serde_json::to_string_pretty(&whole)?)?;
            } else {
                writeln!(out, "{whole}")?;
            }
        }
        Format::Csv => output::records(&mut out, &COLUMNS, &[], &rows, Format::Csv)?,
    }
    match told.result {
        Ok(_) => Ok(()),
        Err(error) => Err(anyhow::anyhow!("feed {}: {error}", args.which.name).into()),
    }
}

const COLUMNS: [&str; 7] = ["station", "variable", "from", "to", "value", "unit", "vintage"];

fn row(reading: &Reading) -> Vec<Option<String>> {
    vec![
        Some(reading.station.to_string()),
        Some(reading.variable.name().to_owned()),
        Some(instant(reading.start)),
        Some(instant(reading.end)),
        reading.value.map(|value| value.to_string()),
        Some(reading.unit.symbol().to_owned()),
        Some(reading.vintage.word().to_owned()),
    ]
}

/// The beginning of a body as a text; what is none is told by its length.
fn head(bytes: &[u8], most: usize) -> String {
    let cut = &bytes[..bytes.len().min(most)];
    let text = String::from_utf8_lossy(cut);
    if text.chars().any(|char| char.is_control() && !char.is_whitespace()) {
        return format!("{} bytes that are no text", bytes.len());
    }
    // A character that was cut in its midst is left out.
    text.trim_end_matches('\u{fffd}').to_owned()
}

fn show(out: &mut dyn Write, exchange: &Exchange, most: usize) -> Result<(), Failure> {
    let status = if exchange.status == 0 { String::new() } else { format!("  status {}", exchange.status) };
    writeln!(out, "{}{status}  {} bytes", exchange.name, exchange.bytes.len())?;
    for (name, value) in &exchange.headers {
        writeln!(out, "  {name}: {value}")?;
    }
    for line in head(&exchange.bytes, most).lines() {
        writeln!(out, "  | {line}")?;
    }
    if exchange.bytes.len() > most {
        writeln!(out, "  | … {} bytes more", exchange.bytes.len() - most)?;
    }
    writeln!(out)?;
    Ok(())
}
