//! `fairgauge schema`: the JSON Schema of a kind of file.

use std::io::Write;

use clap::ValueEnum;
use fairgauge::schema::{File, schema};

use super::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// The kind of file
    #[arg(value_enum, value_name = "KIND", default_value = "product")]
    file: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// fairgauge.toml
    Settings,
    /// A term sheet
    Product,
    /// A row of the book, its columns as properties
    Book,
    /// Cases beside a term sheet, NAME.cases.toml
    Cases,
}

impl From<Kind> for File {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Settings => Self::Settings,
            Kind::Product => Self::Product,
            Kind::Book => Self::Book,
            Kind::Cases => Self::Cases,
        }
    }
}

pub fn run(args: &Args) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&schema(args.file.into()))?)?)
}
