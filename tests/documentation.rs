//! What the documentation says of the language is what the program reads: the reference of blocks is made of its tables,
//! term sheets and their parts are read, commands run and write what is shown.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/blocks_page.rs"]
mod blocks_page;
#[path = "support/snippets.rs"]
mod snippets;

use std::collections::BTreeSet;

use fairgauge::contract::{BLOCKS, FORMULAS};
use snippets::{Folder, Snippet, in_skeleton, of_page, read, root};

const TERM_SHEETS: &str = "docs/term-sheets.md";
const BLOCKS_PAGE: &str = "docs/blocks.md";

fn text(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap()
}

/// With `FAIRGAUGE_UPDATE_DOCS=1` the page is written.
#[test]
fn the_reference_of_blocks_is_made_of_the_tables() {
    let page = blocks_page::page();
    if std::env::var_os("FAIRGAUGE_UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(root().join(BLOCKS_PAGE), &page).unwrap();
    }
    let said = "run FAIRGAUGE_UPDATE_DOCS=1 cargo test --test documentation";
    assert!(page == text(BLOCKS_PAGE), "{BLOCKS_PAGE} is not what the tables say: {said}");
    for row in BLOCKS {
        let groups = blocks_page::GROUPS.iter().filter(|(.., holds)| holds(row)).count();
        assert_eq!(groups, 1, "{} stands in one group", row.name);
    }
}

/// What stands around an example so that it is a whole index: what it follows, and what follows it.
fn around(name: &str) -> (&'static str, &'static str) {
    const RAIN: &str = r#"{ read = "precipitation", every = "1 d" }"#;
    const HOURS: &str = r#"{ read = "precipitation", every = "1 h" }"#;
    const HEAT: &str = r#"{ read = "air_temperature", every = "1 h" }"#;
    const POWER: &str = r#"{ read = "power", every = "1 h" }"#;
    const WIND: &str = r#"{ read = "wind_speed", every = "1 h" }"#;
    const WET: &str = r#"{ read = "precipitation", every = "1 d" }, { meets = ">= 1 mm" }"#;
    const RUNS: &str = r#"{ read = "precipitation", every = "1 d" }, { in_runs = ">= 1 mm", at_least = "2 d" }"#;
    const TRACK: &str = r#"{ read = "storm_track" }"#;
    const POINTS: &str =
        r#"{ read = "storm_track" }, { interpolate = "30 min", longest_gap = "6 h", no_wind = "out" }"#;
    const MONTHS: &str = r#"{ read = "precipitation", every = "1 d" }, { per = "month", take = "sum", need = "90 %" }"#;
    const MAX: &str = r#"{ reduce = "max" }"#;
    const STORM: &str = r#"{ per = "storm", take = "max", of = "storm_wind" }"#;
    match name {
        "read" | "report" | "combine" | "members" => ("", MAX),
        "formula" => ("", MAX),
        "read storm_track" => ("", STORM),
        "per" | "rolling" => (HOURS, MAX),
        "only_on" | "only_where" | "per phase" | "substitute" | "ignore_below" | "cap" | "times" | "percent_of"
        | "round" => (RAIN, MAX),
        "floor" => (POWER, MAX),
        "excess_over" | "shortfall_below" | "minus" | "lookup" => (HEAT, MAX),
        "meets" => (HEAT, r#"{ reduce = "count" }"#),
        "weigh" => (
            r#"{ read = "precipitation", every = "1 d" }, { per = "month", take = "sum", need = "90 %" },
               { percent_of = { apr = "80 mm", may = "90 mm" }, round = "0.1 %", mode = "half_up" }"#,
            r#"{ reduce = "sum" }"#,
        ),
        "curve" => (WIND, MAX),
        "in_runs" => (RAIN, r#"{ reduce = "runs" }"#),
        "per run" => (RUNS, ""),
        "per value" => (MONTHS, ""),
        "per storm" => (POINTS, ""),
        "interpolate" => (TRACK, STORM),
        "within" | "inside" => (POINTS, STORM),
        "compare" => (r#"{ read = "precipitation", every = "1 d" }, { reduce = "sum" }"#, ""),
        "reduce mean" | "reduce quantile" => (RAIN, r#"{ round = "0.1 mm", mode = "half_up" }"#),
        "reduce energy" => (POWER, r#"{ round = "1 kWh", mode = "half_up" }"#),
        "reduce share" => (WET, r#"{ round = "0.1 %", mode = "half_up" }"#),
        "reduce count" | "reduce longest_run" | "reduce events" | "reduce first" | "reduce last" => (WET, ""),
        "reduce largest_run" | "reduce runs" | "reduce run_length" => (RUNS, ""),
        "reduce sum" | "reduce max" | "reduce min" | "reduce latest" => (RAIN, ""),
        other => panic!("what stands around {other}?"),
    }
}

/// A product whose cover has an index; where it ends in events, they pay.
fn with_index(index: &str) -> Result<(), String> {
    let sheet = |more: &str| in_skeleton(&format!("index = [ {index} ]\n{more}\n"));
    let plain =
        r#"payout = { closed = "below", bands = [ { to = "1 mm", pays = "0 %" }, { from = "1 mm", pays = "9 %" } ] }"#;
    let mut told = String::new();
    // The unit of what comes out is not known here: that of the payout is tried.
    for unit in ["mm", "degC", "kW", "kWh", "m/s", "d", "h", "1", "%", "kt", "t/ha", "kg/m3", "kPa", "degF"] {
        for events in ["", "events = { pay = \"largest\" }"] {
            match read("example", &sheet(&format!("{}\n{events}", plain.replace("mm", unit)))) {
                Ok(_) => return Ok(()),
                Err(faults) => told = if told.is_empty() || told.len() > faults.len() { faults } else { told },
            }
        }
    }
    Err(told)
}

#[test]
fn every_example_of_a_block_is_read() {
    for row in BLOCKS {
        let (before, behind) = around(row.name);
        let example = blocks_page::completed(row);
        let index: Vec<&str> = [before, &example, behind].into_iter().filter(|part| !part.is_empty()).collect();
        with_index(&index.join(", ")).unwrap_or_else(|faults| panic!("{}: {example}\n{faults}", row.name));
    }
}

#[test]
fn every_example_of_a_formula_is_read() {
    for row in FORMULAS {
        let index = format!("{}, {{ reduce = \"max\" }}", blocks_page::formula_example(row));
        with_index(&index).unwrap_or_else(|faults| panic!("{}: {index}\n{faults}", row.name));
    }
}

/// What a page shows of term sheets.
fn sheets(page: &str) -> Vec<Snippet> {
    of_page(page).into_iter().filter(|snippet| snippet.language == "toml").collect()
}

#[test]
fn every_term_sheet_is_read_and_every_part_of_one() {
    let all = sheets(TERM_SHEETS);
    let (mut products, mut parts) = (0, 0);
    for Snippet { place, mark, text, .. } in &all {
        let is_product = text.contains("[product]");
        let sheet = match mark.as_str() {
            _ if is_product => text.clone(),
            "index" | "payout" | "window" | "cover" | "sheet" => in_skeleton(text),
            name if name.ends_with(".cases.toml") => continue,
            _ => panic!("{place}: say behind the fence what it is: index, payout, window, cover or sheet"),
        };
        (products, parts) = (products + usize::from(is_product), parts + usize::from(!is_product));
        read(place, &sheet).unwrap_or_else(|faults| panic!("{place}\n{sheet}\n{faults}"));
    }
    assert!(products >= 5 && parts >= 20, "{products} products, {parts} parts");
}

#[test]
fn the_commands_of_the_guide_run() {
    Folder::new().follow(&of_page(TERM_SHEETS));
}

/// Its example is the product of the page about an index by hand.
#[test]
fn the_commands_of_testing_a_product_run() {
    let folder = Folder::new();
    folder.follow(&of_page("docs/index-by-hand.md"));
    folder.follow(&of_page("docs/testing-a-product.md"));
}

/// The choices of the vocabulary of real contracts.
const SLOTS: [(char, usize); 10] =
    [('A', 8), ('B', 7), ('C', 8), ('D', 11), ('E', 1), ('F', 9), ('G', 10), ('H', 3), ('I', 7), ('J', 6)];

#[test]
fn every_slot_of_the_vocabulary_has_its_spelling() {
    let text = text(TERM_SHEETS);
    let rows: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| **")?.split_once("** ")).map(|(slot, _)| slot).collect();
    let wanted: BTreeSet<String> =
        SLOTS.iter().flat_map(|(letter, count)| (1..=*count).map(move |slot| format!("{letter}{slot}"))).collect();
    assert_eq!(rows, wanted.iter().map(String::as_str).collect());
}

/// Links to files and to headings of the pages lead somewhere.
#[test]
fn links_lead_somewhere() {
    for page in [TERM_SHEETS, BLOCKS_PAGE, "docs/testing-a-product.md", "README.md"] {
        for (target, heading) in links(&text(page)) {
            let file =
                if target.is_empty() { root().join(page) } else { root().join(page).parent().unwrap().join(&target) };
            assert!(file.exists(), "{page}: there is no {target}");
            if !heading.is_empty() {
                let headings = headings(&std::fs::read_to_string(&file).unwrap());
                assert!(headings.contains(&heading), "{page}: {target} has no heading {heading}");
            }
        }
    }
}

/// File and heading of every link that leads to neither a server nor itself alone.
fn links(text: &str) -> Vec<(String, String)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let inside = targets.filter(|target| !target.contains("://"));
    inside.map(|target| target.split_once('#').unwrap_or((target, ""))).map(|(a, b)| (a.into(), b.into())).collect()
}

/// The anchors of headings, as they are made on the web: small letters, hyphens for spaces, nothing else but letters.
fn headings(text: &str) -> BTreeSet<String> {
    let anchor = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    text.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}
