//! Settings, book and feeds: read together and held against one another, so that a daemon that starts can work.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::calendar::{DayRule, Interval};
use crate::cases::{check_strictly, product_files};
use crate::contract::{Book, BookSources, ColumnKind, Cover, Grain, Pipeline, Policy, Product, Read, SourceName};
use crate::document::{Fault, Faults, did_you_mean};
use crate::feed::FeedSettings;
use crate::index::series_of;
use crate::quantity::Variable;
use crate::settings::{BackDated, BookSettings, Settings, read_text};
use crate::sheets::read_sheet;

/// Everything that people wrote, without a fault.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The settings.
    pub settings: Settings,
    /// Products and policies.
    pub book: Book,
}

impl Setup {
    /// Reads the settings at `path`, what they name, and holds the one against the other.
    ///
    /// # Errors
    /// All faults of all files.
    pub fn load(path: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Faults> {
        let settings = Settings::load(path, environment);
        let (settings, mut faults) = match settings {
            Ok(settings) => (settings, Faults::new()),
            Err(faults) => return Err(with_book_faults(path, faults)),
        };
        let book = read_book(&settings.book, &mut faults);
        check_sources(&book, &settings, &mut faults);
        if settings.book.strict && faults.is_empty() {
            check_strictly(used(&book), &mut faults);
        }
        if faults.is_empty() { Ok(Self { settings, book }) } else { Err(faults) }
    }
}

/// The products that policies use, each once, as they were read for no policy.
fn used(book: &Book) -> impl Iterator<Item = &Arc<Product>> {
    let names: BTreeSet<_> = book.policies.iter().map(|policy| policy.product.reference()).collect();
    book.products.iter().filter(move |(name, _)| names.contains(*name)).map(|(_, product)| product)
}

/// Faulty settings do not say where the book is; a book beside them, under the usual names, is read all the same, so
/// that its faults are found in the same pass.
fn with_book_faults(path: &Path, mut faults: Faults) -> Faults {
    let folder = path.parent().unwrap_or(Path::new(""));
    let usual = BookSettings {
        products: vec![folder.join("products")],
        policies: vec![folder.join("book.csv")],
        strict: false,
        back_dated: BackDated::Allow,
    };
    if usual.products[0].is_dir() && usual.policies[0].is_file() {
        read_book(&usual, &mut faults);
    }
    faults
}

/// Where the path of a product or of a file of policies is mended.
const IN_BOOK: &str = "correct [book] in the settings";

/// Reads the files of a book.
pub fn read_book(settings: &BookSettings, faults: &mut Faults) -> Book {
    let mut sources = BookSources::default();
    let before = faults.len();
    for file in product_files(&settings.products, faults) {
        sources.products.extend(read_sheet(&file, IN_BOOK, faults));
    }
    let all = faults.len() == before;
    for file in &settings.policies {
        sources.policies.extend(read_text(file, IN_BOOK, faults));
    }
    if all { Book::read(&sources, faults) } else { Book::read_without_some(&sources, faults) }
}

/// Every source that a policy reads is one that a feed provides, in the same steps and the same dimension.
fn check_sources(book: &Book, settings: &Settings, faults: &mut Faults) {
    for policy in &book.policies {
        for read in policy.product.covers.iter().flat_map(Cover::reads) {
            for source in read.sources(&policy.product) {
                check_source(policy, &read, source, settings, faults);
            }
        }
    }
    // A product that no policy uses yet names feeds too.
    for product in book.products.values() {
        let reads = product.covers.iter().flat_map(Cover::reads);
        let own = reads.flat_map(|read| read.own_sources());
        let baselines = product.covers.iter().flat_map(Cover::pipelines).flat_map(Pipeline::baseline_sources);
        for source in own.chain(baselines).chain(&product.data.sources) {
            feed_of(source, settings, faults);
            check_column(source, product, faults);
        }
    }
}

/// A station that the book gives stands in a column of stations.
fn check_column(source: &SourceName, product: &Product, faults: &mut Faults) {
    let Some(name) = source.column() else { return };
    let stations = || product.columns.iter().filter(|column| column.kind == ColumnKind::Station);
    if stations().any(|column| column.name == name) {
        return;
    }
    let near = did_you_mean(name, stations().map(|column| column.name.as_str()));
    let hint = near
        .map_or_else(|| format!("add {name} = \"station\" to [policy]"), |near| format!("did you mean {{{near}}}?"));
    faults.push(Fault::new(&source.place, format!("the book has no column `{name}` of stations")).hint(hint));
}

fn feed_of<'s>(source: &SourceName, settings: &'s Settings, faults: &mut Faults) -> Option<&'s FeedSettings> {
    let feed = settings.feeds.get(&source.feed);
    if feed.is_none() {
        let near = did_you_mean(&source.feed, settings.feeds.keys().map(|name| &**name));
        let hint = near.map_or_else(
            || format!("add [feed.{}] to the settings", source.feed),
            |near| format!("did you mean `{near}`?"),
        );
        faults.push(Fault::new(&source.place, format!("no feed is called `{}`", source.feed)).hint(hint));
    }
    feed
}

fn check_source(policy: &Policy, read: &Read<'_>, source: &SourceName, settings: &Settings, faults: &mut Faults) {
    let Some(feed) = feed_of(source, settings, faults) else { return };
    let (variables, wanted) = match read.grain {
        Some(grain) => (vec![read.variable], Some(grain)),
        None => (vec![Variable::StormLatitude, Variable::StormLongitude, Variable::StormWind], None),
    };
    for variable in variables {
        let Some((_, unit)) = feed.variables().find(|(provided, _)| *provided == variable) else {
            let has: Vec<_> = feed.variables().map(|(variable, _)| variable.name()).collect();
            let message = format!("feed {} does not provide {variable}", source.feed);
            faults.push(Fault::new(&source.place, message).hint(format!("it provides: {}", has.join(", "))));
            return;
        };
        if !variable.takes(unit) {
            let message = format!("feed {} provides {variable} in {unit}, which is no unit of it", source.feed);
            faults.push(
                Fault::new(&source.place, message)
                    .hint(format!("correct the feed's column to {}", variable.own_unit())),
            );
        } else if variable == read.variable && unit.dimension() != read.unit.dimension() {
            // Variables without a unit of their own: a price in EUR is none in CNY.
            let message =
                format!("feed {} provides {variable} in {unit}, the index reads it in {}", source.feed, read.unit);
            faults.push(
                Fault::new(&source.place, message).hint(format!("read it with as = \"{unit}\", or another feed")),
            );
        }
    }
    if let Some(station) = series_of(source, policy, read.variable)
        && feed.provides(&station.station, station.variable) == Some(false)
    {
        let names: Vec<_> = feed.stations.iter().map(|station| &*station.name).collect();
        let message = format!("feed {} has no station `{}`", source.feed, station.station);
        let near = did_you_mean(&station.station, names.iter().copied());
        let hint =
            near.map_or_else(|| format!("it has: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
        // A station that the book gives is wrong in the book.
        let place = source.column().map_or_else(|| source.place.clone(), |column| policy.place.of(column));
        faults.push(Fault::new(&place, message).hint(hint));
    }
    if let Some((difference, hint)) = interval_differs(feed.interval(), wanted, policy) {
        faults.push(Fault::new(&source.place, format!("feed {} {difference}", source.feed)).hint(hint));
    }
}

/// What keeps a feed's intervals from being the slots that are read, if anything does, and how to mend it.
fn interval_differs(provided: Interval, wanted: Option<Grain>, policy: &Policy) -> Option<(String, String)> {
    match (provided, wanted) {
        // A report stands for whatever its feed says.
        (Interval::Instant, None) | (_, Some(Grain::Report)) => None,
        (Interval::Fixed(seconds), Some(Grain::Step(wanted))) if seconds == wanted => None,
        (Interval::Day { zone, starts_min }, Some(Grain::Day)) => {
            let starts = format!("{:02}:{:02}", starts_min / 60, starts_min % 60);
            let day = &policy.product.day;
            let other = DayRule::new(&zone, &starts).ok()?;
            let same = policy.cover.dates().all(|date| other.begin(date) == day.begin(date));
            let text = format!(
                "has days from {starts} in {zone}, the product's insured day is from {} in {}",
                day.starts(),
                day.zone_name()
            );
            let hint = "make them one day, or read a feed in steps of an hour and join them with { per = \"day\", … }";
            (!same).then(|| (text, hint.to_owned()))
        }
        (Interval::Instant, Some(wanted)) => {
            let text = format!("gives instants, the index reads one value for each {wanted}");
            Some((text, "name a feed of intervals".to_owned()))
        }
        (Interval::Fixed(seconds), Some(wanted)) => {
            let given = Grain::Step(seconds);
            let text = format!("gives one value for each {given}, the index reads one for each {wanted}");
            Some((text, format!("read it with every = \"{given}\", and join the values with {{ per = …, take = … }}")))
        }
        (Interval::Day { .. }, Some(wanted)) => {
            let text = format!("gives days, the index reads one value for each {wanted}");
            Some((text, "read it with every = \"1 d\"".to_owned()))
        }
        (_, None) => {
            let text = "gives intervals, storms are read from fixes at instants".to_owned();
            Some((text, "name a feed with every = \"instant\"".to_owned()))
        }
    }
}
