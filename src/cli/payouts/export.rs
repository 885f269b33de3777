//! `fairgauge payouts export`: the payout log as a file.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use fairgauge::ledger::{Filter, Reader};
use fairgauge::publish::export::{self, ExportError, Format, Layout};
use fairgauge::settings::ExportSettings;

use super::Which;
use crate::cli::{Failure, LedgerArgs, whole};

#[derive(clap::Args)]
pub struct Export {
    #[command(flatten)]
    which: Which,
    /// How to write the rows; without it as the name of the file ends, else csv
    #[arg(long, value_parser = PossibleValuesParser::new(Format::ALL.map(Format::word)).map(format))]
    format: Option<Format>,
    /// Columns, rows and order as [export.NAME] of the settings has them
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// The file to write, which must not exist; without it standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take the place of a file that exists
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

fn format(word: String) -> Format {
    Format::from_word(&word).expect("only these are let through")
}

impl Export {
    fn format(&self) -> Format {
        let ending = self.output.as_ref().and_then(|path| path.extension()?.to_str());
        self.format.or_else(|| Format::from_word(ending?)).unwrap_or(Format::Csv)
    }

    /// The export of the settings that is asked for.
    fn settings(&self) -> Result<Option<ExportSettings>, Failure> {
        let Some(name) = &self.name else { return Ok(None) };
        let settings = self.ledger.config.settings()?;
        if let Some(export) = settings.exports.get(name.as_str()) {
            return Ok(Some(export.clone()));
        }
        let known: Vec<_> = settings.exports.keys().map(|name| &**name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let config = self.ledger.config.config.display();
        Err(anyhow::anyhow!("there is no [export.{name}] in {config}; there is: {known}").into())
    }
}

pub fn run(args: &Export) -> Result<(), Failure> {
    let format = args.format();
    if !format.is_built() {
        return Err(ExportError::NotBuilt(format.word()).into());
    }
    let mut filter = args.which.filter()?;
    let settings = args.settings()?;
    let reader = args.ledger.open()?;
    let layout = match &settings {
        None => Layout::log(),
        Some(settings) => {
            export::check_book_columns(settings, &reader.book_columns()?).map_err(Failure::Faults)?;
            filter.only = settings.only.clone();
            filter.order = settings.order.clone();
            Layout::of(settings)
        }
    };
    match &args.output {
        Some(path) => {
            let write = |file: &mut std::fs::File| written(&reader, &filter, &layout, format, file);
            let count = whole::write_long(path, args.force, write)?;
            if std::io::stderr().is_terminal() {
                eprintln!("{}: {}", path.display(), crate::cli::output::count(count, "row"));
            }
            Ok(())
        }
        None if format.is_binary() && std::io::stdout().is_terminal() => {
            let word = format.word();
            Err(anyhow::anyhow!("{word} is nothing to look at: name a file with --output payouts.{word}").into())
        }
        None => written(&reader, &filter, &layout, format, std::io::stdout()).map(|_| ()),
    }
}

/// Writes the rows of a filter; returns how many there were.
fn written(
    reader: &Reader,
    filter: &Filter,
    layout: &Layout,
    format: Format,
    out: impl Write + Send,
) -> Result<usize, Failure> {
    let book = reader.book_rows();
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let count = reader.stream(filter, |rows| export::write(format, layout, rows, &book, &mut out))??;
    out.flush()?;
    Ok(usize::try_from(count)?)
}
