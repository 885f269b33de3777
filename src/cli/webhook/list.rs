//! `fairgauge webhook list`.

use std::io::Write;

use comfy_table::Table;
use fairgauge::ledger::{EndpointStatus, Event, OpenError, Reader};
use fairgauge::settings::WebhookSettings;

use super::super::output::{self, Format, instant};
use super::super::{ConfigArgs, Failure};

#[derive(clap::Args)]
pub struct Args {
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

const COLUMNS: [&str; 12] = [
    "endpoint",
    "host",
    "told",
    "of",
    "signs",
    "state",
    "waiting",
    "parked",
    "delivered",
    "last_tried",
    "last_status",
    "last_answer",
];
const NUMBERS: [&str; 4] = ["waiting", "parked", "delivered", "last_status"];

pub fn run(args: &Args) -> Result<(), Failure> {
    let settings = args.config.settings()?;
    // Before the daemon ran there is no ledger, and endpoints there are.
    let reader = match Reader::open(&settings.ledger) {
        Err(OpenError::Missing(_) | OpenError::MissingFolder(_)) => None,
        reader => Some(reader?),
    };
    let mut names: Vec<String> = settings.webhooks.keys().cloned().collect();
    for known in reader.as_ref().map_or(Ok(Vec::new()), Reader::endpoints)? {
        if !names.contains(&known) {
            names.push(known);
        }
    }
    let row = |name: &String| -> Result<Vec<Option<String>>, Failure> {
        let status = reader.as_ref().map(|reader| reader.endpoint(name)).transpose()?.unwrap_or_default();
        Ok(row(name, settings.webhooks.get(name), &status))
    };
    let rows = names.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => {
            let shown = [0, 1, 2, 3, 5, 6, 7, 8, 9, 11];
            let rows: Vec<_> = rows.iter().map(|row| shown.map(|column| row[column].clone()).to_vec()).collect();
            let table = output::record_table(&shown.map(|column| COLUMNS[column]), &[5, 6, 7], &rows);
            writeln!(out, "{}", table.trim_fmt())?;
        }
        format => output::records(&mut out, &COLUMNS, &NUMBERS, &rows, format)?,
    }
    Ok(())
}

/// How an endpoint does, in a word.
fn state(status: &EndpointStatus) -> &'static str {
    match status {
        EndpointStatus { gone: true, .. } => "wants nothing (410)",
        EndpointStatus { failures: 1.., .. } => "fails",
        EndpointStatus { last_at: None, .. } => "not tried yet",
        _ => "answers",
    }
}

fn row(name: &str, settings: Option<&WebhookSettings>, status: &EndpointStatus) -> Vec<Option<String>> {
    let told = settings.map(|settings| {
        let words: Vec<_> = settings.events.iter().map(|event| event.word()).collect();
        if words.len() == Event::all().count() { "everything".to_owned() } else { words.join(", ") }
    });
    let of = settings.map(|settings| {
        let lists =
            [&settings.policies, &settings.products, &settings.books].map(|list| list.iter().flatten().cloned());
        let names: Vec<_> = lists.into_iter().flatten().collect();
        if names.is_empty() { "all policies".to_owned() } else { names.join(", ") }
    });
    let signs = settings.map(|settings| match (&settings.key, &settings.secret) {
        (Some(_), Some(_)) => "v1, v1a".to_owned(),
        (Some(_), None) => "v1a".to_owned(),
        (None, _) => "v1".to_owned(),
    });
    vec![
        Some(name.to_owned()),
        settings.map(|settings| settings.url.host().to_owned()),
        told,
        of,
        signs,
        Some(if settings.is_none() { "not in the settings" } else { state(status) }.to_owned()),
        Some(status.waiting.to_string()),
        Some(status.parked.to_string()),
        Some(status.delivered.to_string()),
        status.last_at.map(instant),
        status.last_status.map(|status| status.to_string()),
        status.last_detail.clone(),
    ]
}

/// The same in short, of all that were ever told anything.
pub fn table(all: &[EndpointStatus]) -> Table {
    let mut table = output::table(&["ENDPOINT", "STATE", "WAITING", "PARKED", "DELIVERED"], &[2, 3, 4]);
    for one in all {
        let [waiting, parked, delivered] = [one.waiting, one.parked, one.delivered].map(|count| count.to_string());
        table.add_row([one.endpoint.clone(), state(one).to_owned(), waiting, parked, delivered]);
    }
    table
}
