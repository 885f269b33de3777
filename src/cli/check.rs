//! `fairgauge check`: every fault of settings, products and book in one pass; a product in words.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use fairgauge::document::{Faults, Node, Source, Value};
use fairgauge::settings::read_text;
use fairgauge::words::{Language, explain};

use super::output::count;
use super::{ConfigArgs, Failure, load};

#[derive(clap::Args)]
pub struct Args {
    /// A settings file, or a folder that holds fairgauge.toml; without it the file of --config. With --explain also a
    /// product's file
    #[arg(value_name = "DIR|FILE")]
    path: Option<PathBuf>,
    /// Print each product in words, as somebody from underwriting signs it
    #[arg(long)]
    explain: bool,
    /// The language of --explain
    #[arg(long, value_enum, default_value = "en", requires = "explain")]
    lang: Lang,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let path = args.path.as_ref().unwrap_or(&args.config.config);
    if args.explain
        && let Some(product) = product_file(path)?
    {
        return print(&[product], args.lang.into());
    }
    let setup = load(path)?;
    if args.explain {
        let products: Vec<_> = setup.book.products.values().map(|product| product.source.clone()).collect();
        return print(&products, args.lang.into());
    }
    let (feeds, products, policies) =
        (setup.settings.feeds.len(), setup.book.products.len(), setup.book.policies.len());
    writeln!(
        std::io::stdout(),
        "{}: {}, {}, {}: no fault",
        path.display(),
        count(feeds, "feed"),
        count(products, "product"),
        count(policies, "policy")
    )?;
    Ok(())
}

/// The file at a path, where it is one of a product and none of settings.
fn product_file(path: &Path) -> Result<Option<Arc<Source>>, Failure> {
    if path.is_dir() {
        return Ok(None);
    }
    let mut faults = Faults::new();
    let Some(source) = read_text(path, "name a folder, a settings file or a product's file", &mut faults) else {
        return Err(Failure::Faults(faults));
    };
    let root = Node::parse(&source, &mut faults);
    let has =
        |name: &str| matches!(&root.value, Value::Table(entries) if entries.iter().any(|(key, _)| key.name == name));
    Ok((has("product") || !(has("ledger") || has("book"))).then_some(source))
}

fn print(products: &[Arc<Source>], language: Language) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for (place, product) in products.iter().enumerate() {
        let text = explain(product, language).map_err(Failure::Faults)?;
        if place > 0 {
            writeln!(out, "\n{}\n", "=".repeat(80))?;
        }
        write!(out, "{text}")?;
    }
    Ok(())
}
