//! The recipes of `docs/index-recipes.md`: each is read inside of a product, and what the page says of its series is
//! what the recipe reads.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::BTreeSet;
use std::path::Path;

use fairgauge::contract::{Product, Read};
use fairgauge::document::{Faults, Source};

/// One recipe of the page.
struct Recipe {
    /// Its heading.
    heading: String,
    /// What stands before the block.
    text: String,
    /// The block.
    cover: String,
}

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/index-recipes.md")).unwrap()
}

fn recipes(page: &str) -> Vec<Recipe> {
    let mut recipes = Vec::new();
    for section in page.split("\n### ").skip(1) {
        let (heading, rest) = section.split_once('\n').unwrap();
        let (text, block) = rest.split_once("```toml index\n").unwrap_or_else(|| panic!("{heading} has no block"));
        let (cover, _) = block.split_once("```").unwrap();
        recipes.push(Recipe { heading: heading.to_owned(), text: text.to_owned(), cover: cover.to_owned() });
    }
    recipes
}

/// A product around a cover.
fn product(cover: &str) -> String {
    let site = "latitude = \"deg\"\nlongitude = \"deg\"\n";
    format!(
        "[product]\nid = \"recipe\"\nversion = 1\nname = \"Recipe\"\ncurrency = \"EUR\"\n\
         day = {{ zone = \"UTC\", starts = \"00:00\" }}\n\
         [exposure]\nsum_insured = \"policy\"\n[policy]\nstation = \"station\"\n{}\
         [data]\nsources = [\"weather/{{station}}\"]\nmissing = {{ at_most = \"5 %\", longest = \"3 d\" }}\n\
         [settlement]\nlag = \"7 d\"\nlongest_wait = \"60 d\"\nrounding = \"half_up\"\n\
         [limit]\naggregate = \"100 %\"\n{cover}",
        if cover.contains("of = \"site\"") { site } else { "" }
    )
}

/// The columns that a recipe's text names: `precipitation[mm]`.
fn named(text: &str) -> BTreeSet<String> {
    let codes = text.split('`').skip(1).step_by(2);
    codes
        .filter(|code| code.ends_with(']'))
        .filter_map(|code| code.split_once('['))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_recipe_is_read_and_says_what_it_reads() {
    let page = page();
    let (mut ids, mut before) = (BTreeSet::new(), BTreeSet::new());
    let recipes = recipes(&page);
    for Recipe { heading, text, cover } in &recipes {
        let source = Source::new(heading, product(cover));
        let mut faults = Faults::new();
        let product = Product::read(&source, &mut faults);
        assert!(faults.is_empty(), "{heading}\n{}", faults.render(false));
        let covers = product.unwrap().covers;
        assert!(ids.insert(covers[0].id.clone()), "{heading}: {} stands there twice", covers[0].id);
        let (reads, storms): (Vec<Read<'_>>, Vec<Read<'_>>) =
            covers[0].reads().into_iter().partition(|read| !read.is_storms());
        let mut reads: BTreeSet<String> = reads.iter().map(|read| read.variable.name().to_owned()).collect();
        if !storms.is_empty() {
            reads.extend(["storm_latitude", "storm_longitude", "storm_wind"].map(str::to_owned));
        }
        assert!(text.contains("Series"), "{heading} says nothing of its series");
        let named = if text.contains("eries as before") { before } else { named(text) };
        assert_eq!(named, reads, "{heading}: the columns that it names are not those that it reads");
        before = named;
    }
    assert!(recipes.len() >= 40, "the page has {} recipes", recipes.len());
    assert_eq!(page.matches("```toml index").count(), recipes.len(), "a block stands under no heading of its own");
}

/// The table at the top leads to every recipe.
#[test]
fn every_recipe_is_in_the_table() {
    let page = page();
    let anchor = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    let linked: BTreeSet<&str> =
        page.split("](#").skip(1).filter_map(|rest| rest.split_once(')')).map(|(to, _)| to).collect();
    let headings: BTreeSet<String> = recipes(&page).iter().map(|recipe| anchor(&recipe.heading)).collect();
    assert_eq!(linked, headings.iter().map(String::as_str).collect());
}
