//! Term sheets as files: the product, and beside it the files that it names.

use std::path::Path;
use std::sync::Arc;

use crate::contract::files_to_carry;
use crate::document::{Fault, Faults, Place, Source, carried, carry};
use crate::settings::{read_text, read_text_up_to};

/// No term sheet has more bytes.
const MOST_SHEET: u64 = 4 << 20;

/// Reads a product's file and appends the files that it names, as comment lines, so that it is one text. A file that is
/// not there is told of where it is named, when the product is read. `hint` says how the product's path is corrected.
pub fn read_sheet(path: &Path, hint: &str, faults: &mut Faults) -> Option<Arc<Source>> {
    let sheet = read_text_up_to(MOST_SHEET, path, hint, faults)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    check_carried(&sheet, folder, faults);
    let mut files = Vec::new();
    for name in files_to_carry(&sheet) {
        let path = folder.join(&name);
        if !path.exists() {
            continue;
        }
        let file = read_text(&path, "correct its path in the product", faults)?;
        check_plain(&file, faults)?;
        files.push((name, file.text().to_owned()));
    }
    if files.is_empty() { Some(sheet) } else { Some(Source::new(sheet.name(), carry(sheet.text(), &files))) }
}

/// A text that has its files already, as the ledger keeps it, is read as it stands; a file that lies beside it must not
/// say something else.
fn check_carried(sheet: &Arc<Source>, folder: &Path, faults: &mut Faults) {
    for file in carried(sheet) {
        let Ok(beside) = std::fs::read_to_string(folder.join(&file.name)) else { continue };
        if beside.trim_end_matches('\n') != file.source.text().trim_end_matches('\n') {
            let message = format!("`{}` stands here and lies beside the product, and they differ", file.name);
            faults.push(Fault::new(&file.place, message).hint("leave out these lines, or the file"));
        }
    }
}

/// Comments of TOML hold no control characters.
fn check_plain(file: &Arc<Source>, faults: &mut Faults) -> Option<()> {
    let text = file.text();
    let line_end = |at: usize| text[at..].starts_with("\r\n") || text[at..].starts_with('\n');
    let odd = |(at, c): &(usize, char)| c.is_ascii_control() && *c != '\t' && !line_end(*at);
    let Some((at, c)) = text.char_indices().find(odd) else { return Some(()) };
    let what = if c == '\r' { "a carriage return without a line feed" } else { "a control character" };
    let fault = Fault::new(&Place::Text(file.clone(), at..at + 1), format!("{what} stands in the file"));
    faults.push(fault.hint("save the file as plain text with one row a line"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = r#"
[product]
id = "p"
version = 1
name = "P"
currency = "CNY"
day = { zone = "UTC", starts = "00:00" }
[exposure]
sum_insured = "policy"
[policy]
latitude = "deg"
longitude = "deg"
[data]
sources = ["f/s"]
missing = { at_most = "5 %", longest = "1 d" }
[settlement]
lag = "1 d"
longest_wait = "9 d"
rounding = "half_up"
[[cover]]
id = "a"
window = { from = "04-01", to = "05-31" }
index = [ INDEX ]
payout = { when = ">", strike = "9 UNIT", pays = "9 %" }
"#;

    /// Reads a product whose index has one block about a file, with files beside it; the faults as position and message.
    fn read(index: &str, unit: &str, files: &[(&str, &str)]) -> Result<crate::contract::Product, Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder");
        let sheet = SHEET.replace("INDEX", index).replace("UNIT", unit);
        for (name, text) in [("p.toml", sheet.as_str())].iter().chain(files) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let mut faults = Faults::new();
        let sheet = read_sheet(&folder.path().join("p.toml"), "", &mut faults);
        let product = sheet.and_then(|sheet| crate::contract::Product::read(&sheet, &mut faults));
        let told = faults.iter().map(|fault| format!("{}: {}", fault.position(), fault.message()));
        let from = format!("{}/", folder.path().display());
        let told: Vec<_> = told.map(|text| text.replace(&from, "")).collect();
        product.filter(|_| told.is_empty()).ok_or(told)
    }

    const WIND: &str = r#"{ read = "wind_speed", every = "1 d" }"#;
    const RAIN: &str = r#"{ read = "precipitation", every = "1 d" }"#;

    #[test]
    fn a_file_says_what_would_stand_in_its_place() {
        let sum = r#"{ reduce = "max" }"#;
        let rounded = r#"round = "0.1 %", mode = "half_up""#;
        for (index, unit, inline, named, file, why) in [
            (
                format!(
                    "{WIND}, {{ curve = FILE, outside = \"0 kW\", round = \"0.1 kW\", mode = \"half_up\" }}, {sum}"
                ),
                "kW",
                r#"[["3 m/s", "0 kW"], ["13 m/s", "2050.5 kW"]]"#,
                "curves/e82.csv",
                "# a comment\nwind[m/s],power[kW]\n\n3,0\n13,2050.5\n",
                "a curve",
            ),
            (
                format!(
                    "{WIND}, {{ curve = FILE, outside = \"0 kW\", round = \"0.1 kW\", mode = \"half_up\" }}, {sum}"
                ),
                "kW",
                r#"[["10.8 km/h", "0 kW"], ["36 km/h", "2 MW"]]"#,
                "c.csv",
                "\u{feff}v[km/h],p[MW]\r\n10.8,0\r\n\"36\",2",
                "units of its own, quotes, other line ends, no end of the last line",
            ),
            (
                format!("{RAIN}, {{ minus = FILE }}, {sum}"),
                "mm",
                r#"{ apr = "1 mm", may = "2.5 mm" }"#,
                "n.csv",
                "label,value[mm]\napr,1\nmay,2.5\n",
                "numbers by label",
            ),
            (
                format!("{RAIN}, {{ percent_of = FILE, {rounded} }}, {sum}"),
                "%",
                r#"{ apr = "1 mm", may = "2.5 mm" }"#,
                "n.csv",
                "label,value[mm]\nmay,2.5\napr,1\n",
                "in any order",
            ),
            (
                format!("{RAIN}, {{ weigh = FILE, round = \"0.1 mm\", mode = \"half_up\" }}, {sum}"),
                "mm",
                r#"{ apr = "30 %", may = "70 %" }"#,
                "n.csv",
                "label,value[%]\napr,30\nmay,70\n",
                "weights",
            ),
            (
                format!("{RAIN}, {{ only_on = FILE }}, {sum}"),
                "mm",
                r#"["2024-04-03", "2024-05-06"]"#,
                "d.csv",
                "date\n2024-04-03\n2024-05-06\n",
                "days",
            ),
            (
                format!(
                    "{RAIN}, {{ only_where = [ {{ read = \"storm_track\", from = [\"best\"] }}, {{ interpolate = \"30 min\", longest_gap = \"6 h\", no_wind = \"out\" }}, {{ within = \"100 km\", of = {{ line = FILE }} }} ] }}, {sum}"
                ),
                "mm",
                r#"[["30 deg", "121 deg"], ["31.5 deg", "-122 deg"]]"#,
                "l.csv",
                "latitude[deg],longitude[deg]\n30,121\n31.5,-122\n",
                "a line, inside of a branch",
            ),
            (
                format!(
                    "{RAIN}, {{ only_where = [ {{ read = \"storm_track\", from = [\"best\"] }}, {{ interpolate = \"30 min\", longest_gap = \"6 h\", no_wind = \"out\" }}, {{ inside = {{ polygon = FILE }} }} ] }}, {sum}"
                ),
                "mm",
                r#"[["30 deg", "121 deg"], ["31 deg", "122 deg"], ["30 deg", "123 deg"]]"#,
                "l.csv",
                "latitude[deg],longitude[deg]\n30,121\n31,122\n30,123\n",
                "a polygon",
            ),
            (
                format!(
                    "{{ formula = \"wind_power\", wind = [ {WIND} ], density = [ {{ formula = \"air_density\", \
                     temperature = [ {{ read = \"air_temperature\", every = \"1 d\" }} ], \
                     pressure = [ {{ read = \"air_pressure\", every = \"1 d\" }} ], temperature_height = \"2 m\", \
                     pressure_height = \"2 m\", hub_height = \"98 m\", round = \"0.0001 kg/m3\", mode = \"half_up\" }} ], \
                     curve = FILE, round = \"0.1 kW\", mode = \"half_up\" }}, {sum}"
                ),
                "kW",
                r#"[["3 m/s", "0 kW"], ["13 m/s", "2050 kW"]]"#,
                "c.csv",
                "wind[m/s],power[kW]\n3,0\n13,2050\n",
                "the curve of a formula",
            ),
        ] {
            let of = |table: &str, files: &[(&str, &str)]| {
                let product = read(&index.replace("FILE", table), unit, files);
                product.unwrap_or_else(|faults| panic!("{why}: {faults:#?}"))
            };
            let (inline, by_file) = (of(inline, &[]), of(&format!("{{ file = \"{named}\" }}"), &[(named, file)]));
            let blocks = |product: &crate::contract::Product| {
                let blocks = &product.covers[0].limbs[0].pipeline.blocks;
                blocks.iter().map(|block| format!("{:?}", block.block)).collect::<Vec<_>>().join("\n")
            };
            // Places and the words of branches differ; numbers do not.
            let bare = |text: String| {
                let cut = text.split("text: ").map(|part| part.split_once("unit: ").map_or(part, |(_, rest)| rest));
                let cut: String = cut.collect();
                cut.split("place: ").next().expect("a first").to_owned()
            };
            assert_eq!(bare(blocks(&inline)), bare(blocks(&by_file)), "{why}");
            assert_ne!(inline.terms, by_file.terms);
            assert!(by_file.source.text().contains(&format!("\n#:file {named}\n#:| ")), "{why}");
        }
    }

    #[test]
    fn faults_stand_in_the_file_and_where_it_is_named() {
        let curve = |file: &str| {
            format!(
                "{WIND}, {{ curve = {{ file = \"{file}\" }}, outside = \"0 kW\", round = \"0.1 kW\", mode = \"half_up\" }}, {{ reduce = \"max\" }}"
            )
        };
        let labels = format!("{RAIN}, {{ minus = {{ file = \"c.csv\" }} }}, {{ reduce = \"sum\" }}");
        for (index, unit, file, faults, why) in [
            (curve("d.csv"), "kW", "", &["p.toml:23:70: the file `d.csv` is not there"][..], "no such file"),
            (curve("../c.csv"), "kW", "", &["p.toml:23:70: `../c.csv` is no CSV file beside the product"], "outside"),
            (curve("/c.csv"), "kW", "", &["p.toml:23:70: `/c.csv` is no CSV file beside the product"], "absolute"),
            (
                curve("./c.csv"),
                "kW",
                "",
                &["p.toml:23:70: `./c.csv` is no CSV file beside the product"],
                "one name only",
            ),
            (curve("c.txt"), "kW", "", &["p.toml:23:70: `c.txt` is no CSV file beside the product"], "no CSV"),
            (curve("c.csv"), "kW", "", &["c.csv:1:1: the file is empty"], "an empty file"),
            (curve("c.csv"), "kW", "3,0\n", &["c.csv:1:1: the columns are `3,0`"], "no header"),
            (
                curve("c.csv"),
                "kW",
                "v[m/s],p\n3,0\n",
                &["c.csv:1:1: the columns are `v[m/s],p`"],
                "a column without a unit",
            ),
            (
                curve("c.csv"),
                "kW",
                "v[m/z],p[kw]\n3,0\n",
                &[
                    "c.csv:1:1: `m/z` is not a unit that Fairgauge knows",
                    "c.csv:1:8: `kw` is not a unit that Fairgauge knows",
                ],
                "units that are none",
            ),
            (
                curve("c.csv"),
                "kW",
                "v[m/s],p[kW]\n3,0\n4\n5,1,2\n",
                &[
                    "c.csv:3:1: the row has 1 fields, the header has 2",
                    "c.csv:4:1: the row has 3 fields, the header has 2",
                ],
                "short and long rows",
            ),
            (
                curve("c.csv"),
                "kW",
                "v[m/s],p[kW]\n3,0\n4,x\ny,\n",
                &[
                    "c.csv:3:3: `x` is not a decimal number such as 12.5",
                    "c.csv:4:1: `y` is not a decimal number such as 12.5",
                    "c.csv:4:3: `` is not a decimal number such as 12.5",
                ],
                "fields that are no numbers",
            ),
            (
                curve("c.csv"),
                "kW",
                "v[m/s],p[kW]\n3,0\n3,1\n",
                &["c.csv:3:1: the points of a curve do not rise"],
                "as inline",
            ),
            (
                curve("c.csv"),
                "kW",
                "v[mm],p[kW]\n3,0\n",
                &[
                    "c.csv:2:1: `3 mm` is a length, but the number here is a speed in m/s",
                    "c.csv:1:1: a curve has at least two points",
                ],
                "a unit of another dimension",
            ),
            (
                labels.clone(),
                "mm",
                "month,value[mm]\napr,1\n",
                &["c.csv:1:1: the columns are `month,value[mm]`"],
                "a label",
            ),
            (
                labels,
                "mm",
                "label,value[mm]\napr,1\napr,2\n",
                &["c.csv:3:1: `apr` stands here a second time"],
                "a label twice",
            ),
            (
                curve("c.csv"),
                "kW",
                "v[m/s],p[kW]\n3,\u{7}0\n",
                &["c.csv:2:3: a control character stands in the file"],
                "bytes",
            ),
        ] {
            let told = read(&index, unit, &[("c.csv", file)]).expect_err(why);
            assert_eq!(told, faults, "{why}");
        }
        let twice = curve("c.csv").replace("file = \"c.csv\"", "file = \"c.csv\", sheet = 2");
        let told = read(&twice, "kW", &[("c.csv", "v[m/s],p[kW]\n3,0\n4,1\n")]).expect_err("a key that is none");
        assert_eq!(told, ["p.toml:23:79: `sheet` is not a key of the named file"]);
    }

    #[test]
    fn a_text_with_its_files_is_read_as_it_stands() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let sheet =
            SHEET.replace("INDEX", &format!("{RAIN}, {{ only_on = {{ file = \"d.csv\" }} }}, {{ reduce = \"sum\" }}"));
        let sheet = sheet.replace("UNIT", "mm");
        std::fs::write(at("p.toml"), &sheet).expect("a file");
        std::fs::write(at("d.csv"), "date\n2024-04-03\n").expect("a file");
        let mut faults = Faults::new();
        let whole = read_sheet(&at("p.toml"), "", &mut faults).expect("it is there");
        assert_eq!(whole.text(), format!("{sheet}#:file d.csv\n#:| date\n#:| 2024-04-03\n"));
        std::fs::write(at("whole.toml"), whole.text()).expect("a file");
        for (beside, fault, why) in [
            (Some("date\n2024-04-03\n"), None, "the same beside it"),
            (None, None, "nothing beside it"),
            (
                Some("date\n2024-04-04\n"),
                Some("stands here and lies beside the product, and they differ"),
                "another one",
            ),
        ] {
            match beside {
                Some(text) => std::fs::write(at("d.csv"), text).expect("a file"),
                None => std::fs::remove_file(at("d.csv")).expect("it was there"),
            }
            let mut faults = Faults::new();
            let again = read_sheet(&at("whole.toml"), "", &mut faults).expect("it is there");
            assert_eq!(again.text(), whole.text(), "{why}");
            let told: Vec<_> = faults.iter().map(Fault::message).collect();
            assert_eq!(told.len(), usize::from(fault.is_some()), "{why}: {told:?}");
            assert!(fault.is_none_or(|fault| told[0].ends_with(fault)), "{why}: {told:?}");
        }
        for (more, fault) in [
            ("#:file d.csv\n#:| date\n", "`d.csv` stands here a second time"),
            ("#:file e.csv\n#:| date\n", "nothing names the file `e.csv`"),
        ] {
            let mut faults = Faults::new();
            let text = Source::new("p.toml", format!("{}{more}", whole.text()));
            assert!(crate::contract::Product::read(&text, &mut faults).is_none());
            assert_eq!(faults.iter().map(Fault::message).collect::<Vec<_>>(), [fault]);
        }
    }
}
