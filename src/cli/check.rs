//! `fairgauge check`: every fault of settings, products and book in one pass; of a library of products, what it uses of
//! the language.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fairgauge::cases::{Suite, is_cases};
use fairgauge::contract::{Book, FEATURES, Product};
use fairgauge::document::{Faults, Node, Source, Value};
use fairgauge::settings::read_text;
use fairgauge::setup::Setup;
use fairgauge::sheets::read_sheet;
use serde_json::json;

use super::output::{Format, count, table};
use super::wording::{self, Lang};
use super::{ConfigArgs, Failure, load};

#[derive(clap::Args)]
pub struct Args {
    /// A settings file, or a folder that holds fairgauge.toml; without it the file of --config. Or products alone, with
    /// their cases but without feeds and book: a product's file, or a folder of them without settings
    #[arg(value_name = "DIR|FILE")]
    path: Option<PathBuf>,
    /// Print the whole text of one product, with the files that it names: what is hashed, and what the ledger keeps
    #[arg(long, conflicts_with_all = ["format", "explain"])]
    terms: bool,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Print each product in words, as somebody from underwriting signs it
    #[arg(long, conflicts_with = "format")]
    explain: bool,
    /// The language of --explain
    #[arg(long, value_enum, default_value = "en", requires = "explain")]
    lang: Lang,
    #[command(flatten)]
    config: ConfigArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    if args.format == Format::Csv {
        return Err(anyhow::anyhow!("what is checked is no table: use --format json").into());
    }
    let path = args.path.as_ref().unwrap_or(&args.config.config);
    if args.explain {
        return wording::print(&sheets(path)?, args.lang);
    }
    let mut out = std::io::stdout().lock();
    if args.terms {
        return terms(&mut out, path);
    }
    if are_products(path)? { products(&mut out, path, args.format) } else { settings(&mut out, path, args.format) }
}

/// Whether products stand at a path, and no settings.
fn are_products(path: &Path) -> Result<bool, Failure> {
    if path.is_dir() {
        let toml = |file: &Path| file.extension().is_some_and(|end| end == "toml");
        let mut files = std::fs::read_dir(path)?.filter_map(Result::ok).map(|entry| entry.path());
        return Ok(!path.join("fairgauge.toml").is_file() && files.any(|file| toml(&file)));
    }
    if is_cases(path) {
        return Ok(true);
    }
    // What cannot be read is told where it is read in earnest.
    let mut unheard = Faults::new();
    let Some(source) = read_text(path, "", &mut unheard) else { return Ok(false) };
    let root = Node::parse(&source, &mut unheard);
    let Value::Table(entries) = &root.value else { return Ok(false) };
    let has = |name: &str| entries.iter().any(|(key, _)| key.name == name);
    Ok(has("product") || (has("cover") && !has("ledger") && !has("book")))
}

/// The term sheets at a path: those of a library, or of the book that settings name.
fn sheets(path: &Path) -> Result<Vec<Arc<Source>>, Failure> {
    if are_products(path)? {
        return Ok(read_library(path)?.into_iter().map(|suite| suite.product.source).collect());
    }
    Ok(load(path)?.book.products.values().map(|product| product.source.clone()).collect())
}

/// The whole text, to the byte.
fn terms(out: &mut dyn Write, path: &Path) -> Result<(), Failure> {
    let mut faults = Faults::new();
    let sheet = read_sheet(path, "name one product's file", &mut faults);
    let product = sheet.and_then(|sheet| Product::read(&sheet, &mut faults));
    let Some(product) = product.filter(|_| faults.is_empty()) else { return Err(Failure::Faults(faults)) };
    Ok(out.write_all(product.source.text().as_bytes())?)
}

fn settings(out: &mut dyn Write, path: &Path, format: Format) -> Result<(), Failure> {
    let Setup { settings, book } = load(path)?;
    let (feeds, products, policies) = (settings.feeds.len(), book.products.len(), book.policies.len());
    let path = path.display();
    if format != Format::Table {
        let object = json!({ "path": path.to_string(), "feeds": feeds, "products": products, "policies": policies });
        return objects(out, &object, format);
    }
    let (feeds, products, policies) = (count(feeds, "feed"), count(products, "product"), count(policies, "policy"));
    Ok(writeln!(out, "{path}: {feeds}, {products}, {policies}: no fault")?)
}

fn products(out: &mut dyn Write, path: &Path, format: Format) -> Result<(), Failure> {
    let library = read_library(path)?;
    let used: BTreeSet<_> = library.iter().flat_map(|suite| suite.product.features()).collect();
    let (used, unused): (Vec<_>, Vec<_>) = FEATURES.iter().copied().partition(|feature| used.contains(feature));
    if format != Format::Table {
        let object = json!({
            "path": path.display().to_string(),
            "products": library.iter().map(object).collect::<Vec<_>>(),
            "used": names(&used),
            "unused": names(&unused),
        });
        return objects(out, &object, format);
    }
    let with_cases = library.iter().filter(|suite| suite.cases.is_some()).count();
    let products = count(library.len(), "product");
    writeln!(out, "{}: {products}, {with_cases} with cases: no fault\n", path.display())?;
    let mut table = table(&["PRODUCT", "TITLE", "COVERS", "CASES", "USES"], &[3]);
    for suite in &library {
        let covers: Vec<_> = suite.product.covers.iter().map(|cover| cover.id.as_str()).collect();
        table.add_row([
            suite.product.reference(),
            suite.product.name.clone(),
            covers.join(", "),
            suite.cases.as_ref().map_or_else(|| "-".to_owned(), |cases| cases.cases.len().to_string()),
            names(&suite.product.features()).join(", "),
        ]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    let use_them = if library.len() == 1 { "uses" } else { "use" };
    write!(out, "{products} {use_them} {} of {} blocks of the language", used.len(), FEATURES.len())?;
    let unused = names(&unused).join(", ");
    // One product uses what it needs: only of a library it is worth saying what none of them does.
    if unused.is_empty() || library.len() == 1 {
        return Ok(writeln!(out)?);
    }
    Ok(writeln!(out, "; unused: {unused}")?)
}

/// The products at a path with their cases, or all faults.
fn read_library(path: &Path) -> Result<Vec<Suite>, Failure> {
    let mut faults = Faults::new();
    let files = if path.is_dir() { Suite::products_of(path, &mut faults) } else { vec![path.to_owned()] };
    let suites: Vec<_> = files.iter().filter_map(|file| Suite::load(file, &mut faults)).collect();
    let mut book = Book::default();
    for suite in &suites {
        book.add(suite.product.clone(), &mut faults);
    }
    if faults.is_empty() { Ok(suites) } else { Err(Failure::Faults(faults)) }
}

fn object(suite: &Suite) -> serde_json::Value {
    let product = &suite.product;
    json!({
        "product": product.reference(),
        "title": product.name,
        "file": product.source.name(),
        "covers": product.covers.iter().map(|cover| &cover.id).collect::<Vec<_>>(),
        "cases": suite.cases.as_ref().map(|cases| cases.cases.len()),
        "uses": names(&product.features()),
    })
}

fn names<F: ToString>(features: &[F]) -> Vec<String> {
    features.iter().map(ToString::to_string).collect()
}

fn objects(out: &mut dyn Write, object: &serde_json::Value, format: Format) -> Result<(), Failure> {
    let text = if format == Format::Json { serde_json::to_string_pretty(object)? } else { object.to_string() };
    Ok(writeln!(out, "{text}")?)
}
