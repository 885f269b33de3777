//! What the documentation says of the language is what the program reads: the reference of blocks is made of its tables,
//! term sheets and their parts are read, commands run and write what is shown.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/blocks_page.rs"]
mod blocks_page;
#[path = "support/snippets.rs"]
mod snippets;

use std::collections::BTreeSet;

use fairgauge::contract::{BLOCKS, BlockRow, FORMULAS};
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
    let (mut products, mut parts, mut faulty) = (0, 0, String::new());
    for Snippet { place, mark, text, .. } in &sheets(TERM_SHEETS) {
        let sheet = match mark.as_str() {
            name if name.ends_with(".cases.toml") => continue,
            // One that names files beside it is read by the page's command, which finds them.
            name if name.ends_with(".toml") && text.contains("{ file = ") => continue,
            name if name.ends_with(".toml") => {
                products += 1;
                text.clone()
            }
            "index" | "payout" | "window" | "cover" | "sheet" => {
                parts += 1;
                in_skeleton(text)
            }
            _ => panic!("{place}: say behind the fence what it is: a file, index, payout, window, cover or sheet"),
        };
        if let Err(faults) = read(place, &sheet) {
            faulty += &format!("{place}\n{sheet}\n{faults}\n");
        }
    }
    assert!(faulty.is_empty(), "{faulty}");
    assert!(products >= 5 && parts >= 20, "{products} products, {parts} parts");
}

/// Blocks that stand in the lines of the page have words and keys that exist.
#[test]
fn blocks_in_a_line_are_spelt_right() {
    let text = text(TERM_SHEETS);
    let spans = text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("{ ") && span.ends_with(" }"));
    let mut checked = 0;
    for span in spans.filter(|span| !span.contains('…') && !span.contains('\n')) {
        let table: toml::Table =
            toml::from_str(&format!("block = {span}")).unwrap_or_else(|error| panic!("{span}: {error}"));
        let keys: Vec<&str> = table["block"].as_table().unwrap().keys().map(String::as_str).collect();
        let rows: Vec<_> = BLOCKS.iter().filter(|row| row.word == keys[0]).collect();
        let has_all = |row: &&&BlockRow| keys.iter().all(|key| row.keys.iter().any(|known| known.name == *key));
        assert!(rows.is_empty() || rows.iter().any(|row| has_all(&row)), "no block has the keys of {span}");
        checked += usize::from(!rows.is_empty());
    }
    assert!(checked >= 30, "{checked} blocks");
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

/// The choices of the vocabulary of real contracts; E, the rounding, is one.
const SLOTS: [(char, usize); 9] =
    [('A', 8), ('B', 7), ('C', 8), ('D', 11), ('F', 9), ('G', 10), ('H', 3), ('I', 7), ('J', 6)];

#[test]
fn every_slot_of_the_vocabulary_has_its_spelling() {
    let text = text(TERM_SHEETS);
    let (_, section) = text.split_once("\n## The vocabulary\n").unwrap();
    let rows: BTreeSet<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| **")?.split_once("** ")).map(|(slot, _)| slot).collect();
    let numbered = |letter: char, count: usize| (1..=count).map(move |slot| format!("{letter}{slot}"));
    let wanted: BTreeSet<String> =
        SLOTS.iter().flat_map(|(letter, count)| numbered(*letter, *count)).chain(["E".to_owned()]).collect();
    assert_eq!(rows, wanted.iter().map(String::as_str).collect());
}

/// Two bands of which the second begins at one number and ends as it is said.
macro_rules! bands {
    ($to:literal, $from:literal, $end:literal) => {
        concat!(
            r#"payout = { closed = "below", bands = [ { to = ""#,
            $to,
            r#" mm", pays = "0 %" }, { from = ""#,
            $from,
            r#" mm", "#,
            $end,
            r#"pays = "9 %" } ] }"#
        )
    };
}

/// An index of daily rain.
macro_rules! index {
    ($blocks:literal) => {
        concat!(r#"index = [ { read = "precipitation", every = "1 d" }, "#, $blocks, " ]")
    };
}

/// What is refused, by its row in the page: a fragment that has it.
const REFUSED: &[(&str, &str)] = &[
    (
        "both tick and exit",
        r#"payout = { when = "<", strike = "100 mm", tick = "1 CNY/mm", exit = "50 mm", limit = "9 %" }"#,
    ),
    ("neither of them", r#"payout = { when = "<", strike = "100 mm", limit = "9 %" }"#),
    ("strike equal to exit", r#"payout = { when = "<", strike = "100 mm", exit = "100 mm", limit = "9 %" }"#),
    (
        "an exit on the other side of the strike",
        r#"payout = { when = "<", strike = "100 mm", exit = "200 mm", limit = "9 %" }"#,
    ),
    ("a table with gaps", bands!("10", "12", "")),
    ("a table that overlaps", bands!("10", "9", "")),
    ("a table that ends", bands!("10", "10", r#"to = "20 mm", "#)),
    ("a comparison left out", index!(r#"{ meets = "10 mm" }, { reduce = "count" }"#)),
    ("a side left out", r#"payout = { strike = "100 mm", exit = "50 mm", limit = "9 %" }"#),
    ("a number without its unit", r#"payout = { when = "<", strike = "100", exit = "50 mm", limit = "9 %" }"#),
    ("a unit of another dimension", r#"payout = { when = "<", strike = "100 degC", exit = "50 mm", limit = "9 %" }"#),
    ("a window without a day definition", "[product]\nid = \"p\"\nversion = 1\nname = \"P\"\ncurrency = \"CNY\""),
    (
        "an anchor without a fallback date",
        r#"window = { anchor = [ { read = "precipitation", every = "1 d" }, { meets = ">= 20 mm" } ], from = "0 d", to = "9 d" }"#,
    ),
    (
        "phases that overlap",
        index!(
            r#"{ per = "phase", phases = [ { id = "a", from = "04-01", to = "05-15" }, { id = "b", from = "05-15", to = "06-30" } ], take = "sum", need = "90 %" }, { reduce = "sum" }"#
        ),
    ),
    (
        "limits above the sum insured without an aggregate",
        r#"payout = { when = "<", strike = "100 mm", exit = "50 mm", limit = "140 %" }"#,
    ),
    (
        "weights that do not add up",
        index!(
            r#"{ per = "month", take = "sum", need = "90 %" }, { weigh = { apr = "30 %", may = "60 %" }, round = "0.1 mm", mode = "half_up" }, { reduce = "sum" }"#
        ),
    ),
    ("a rounding left out", index!(r#"{ reduce = "mean" }"#)),
    (
        "a rounding of what is exact",
        index!(r#"{ per = "month", take = "sum", need = "90 %", round = "1 mm", mode = "down" }, { reduce = "sum" }"#),
    ),
    ("an unknown key", r#"payout = { when = "<", strik = "100 mm", exit = "50 mm", limit = "9 %" }"#),
    ("a misspelt word", index!(r#"{ reduce = "summ" }"#)),
    ("a misspelt variable", r#"index = [ { read = "rain", every = "1 d" }, { reduce = "sum" } ]"#),
    ("a misspelt unit", index!(r#"{ cap = "60 milimeter" }, { reduce = "sum" }"#)),
    ("a day that does not exist", r#"window = { from = "02-30", to = "04-01" }"#),
    ("events without a rule", index!(r#"{ per = "value" }"#)),
    (
        "several gates without a rule",
        "[[cover.gate]]\nid = \"a\"\nindex = [ { read = \"precipitation\", every = \"1 d\" }, { reduce = \"sum\" } ]\nholds = \"< 9 mm\"\n\
         [[cover.gate]]\nid = \"b\"\nindex = [ { read = \"precipitation\", every = \"1 d\" }, { reduce = \"max\" } ]\nholds = \"< 9 mm\"",
    ),
    (
        "several sources without a rule",
        "[data]\nsources = [\"a/{station}\", \"b/{station}\"]\nmissing = { at_most = \"5 %\", longest = \"2 d\" }",
    ),
    ("series without a missing rule", "[data]\nsources = [\"a/{station}\"]"),
];

#[test]
fn what_is_refused_is_refused_in_these_words() {
    let text = text(TERM_SHEETS);
    let (_, section) = text.split_once("\n## What is refused\n").unwrap();
    let rows = section.lines().filter_map(|line| {
        let (what, message) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
        Some((what, message.strip_prefix("``")?.strip_suffix("``")?.trim()))
    });
    let rows: Vec<_> = rows.collect();
    let names: Vec<&str> = rows.iter().map(|(what, _)| *what).collect();
    assert_eq!(names, REFUSED.iter().map(|(what, _)| *what).collect::<Vec<_>>());
    for ((what, message), (_, fragment)) in rows.iter().zip(REFUSED) {
        let sheet = in_skeleton(fragment);
        // Nothing stands in the way of what covers pay together.
        let sheet = sheet.replace("[limit]\naggregate = \"100 %\"\n", "");
        let told = read(what, &sheet).err().unwrap_or_else(|| panic!("{what} is not refused:\n{sheet}"));
        assert!(told.contains(&format!("error: {message}\n")), "{what}: `{message}` is not in\n{told}");
    }
}

/// Links to files and to headings of the pages lead somewhere.
#[test]
fn links_lead_somewhere() {
    for page in [
        TERM_SHEETS,
        BLOCKS_PAGE,
        "docs/testing-a-product.md",
        "docs/quick-start.md",
        "docs/operating.md",
        "docs/operating.zh.md",
        "docs/ops/README.md",
        "docs/ops/messages.md",
        "README.md",
        "README.zh.md",
    ] {
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
