//! What every provider's tests need.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use fairgauge::feed::{Decoded, FeedSettings, Raw, decode};
use fairgauge::observation::{Reading, Vintage};
use fairgauge::quantity::{Fixed, Variable};
use fairgauge::settings::Settings;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The folder of samples; nothing where it is not there and nobody demands it.
pub fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("FAIRGAUGE_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let samples = shared.join("feeds/samples");
    if samples.is_dir() {
        return Some(samples);
    }
    let demanded = std::env::var_os("FAIRGAUGE_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!demanded, "the recorded answers are not in {}", samples.display());
    None
}

/// What another program found in the samples.
pub fn facts(samples: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(samples.join("facts.json")).unwrap()).unwrap()
}

/// A feed of settings that are written as in a file; what every feed says is added where it is left out.
pub fn feed(text: &str) -> FeedSettings {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairgauge.toml");
    let mut rest = "[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n[feed.it]\n".to_owned();
    for (key, value) in [("file", "f"), ("poll", "1 h"), ("delay", "0 h"), ("vintage", "final")] {
        let said = |key: &str| text.lines().any(|line| line.trim_start().starts_with(&format!("{key} = ")));
        if !(said(key) || key == "file" && said("url")) {
            writeln!(rest, "{key} = \"{value}\"").unwrap();
        }
    }
    std::fs::write(&path, format!("{rest}{text}")).unwrap();
    let settings = Settings::load(&path, std::iter::empty());
    let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    settings.feeds["it"].clone()
}

/// The sum of a variable's values.
pub fn sum(decoded: &Decoded, variable: Variable) -> Fixed {
    let values =
        decoded.readings.iter().filter(|reading| reading.variable == variable).filter_map(|reading| reading.value);
    values.reduce(|sum, value| sum.plus(value).unwrap()).unwrap_or_default()
}

/// Reads each file under its settings and holds what came of it against the snapshot of that name.
pub fn told(name: &str, files: &[(&str, &str)]) {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let mut all = String::new();
    for (file, settings) in files {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        let name = file.rsplit('/').next().unwrap();
        let settings = feed(settings);
        let asked = settings.stations.first().filter(|_| settings.stations.len() == 1);
        let told = match decode(&settings, &Raw { bytes: &bytes, name, asked, now: None }) {
            Ok(decoded) => summary(&decoded),
            Err(error) => format!("  error: {error}\n"),
        };
        write!(all, "{file}\n{told}").unwrap();
    }
    insta::assert_snapshot!(name, all);
    println!("ran {} cases", files.len());
}

/// Readings by station and variable in a line each, with a digest of every one of them.
fn summary(decoded: &Decoded) -> String {
    let mut series: BTreeMap<_, Vec<&Reading>> = BTreeMap::new();
    for reading in &decoded.readings {
        series.entry((reading.station.clone(), reading.variable)).or_default().push(reading);
    }
    let mut text = String::new();
    for ((station, variable), readings) in series {
        let values: Vec<_> = readings.iter().filter_map(|reading| reading.value).collect();
        let sum = values.iter().copied().reduce(|sum, value| sum.plus(value).unwrap()).unwrap_or_default();
        let last_word = readings.iter().filter(|reading| reading.vintage == Vintage::Final).count();
        let at = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut digest = Sha256::new();
        for reading in &readings {
            digest.update(format!(
                "{} {} {:?} {:?}\n",
                at(reading.start),
                at(reading.end),
                reading.value,
                reading.vintage
            ));
        }
        let digest: String = digest.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let (first, last) = (readings[0], readings[readings.len() - 1]);
        writeln!(
            text,
            "  {station} {variable} [{}]: {} readings, {} missing, {last_word} final, sum {sum}, {} to {} ... {} to {}, digest {digest}",
            first.unit,
            readings.len(),
            readings.len() - values.len(),
            at(first.start),
            at(first.end),
            at(last.start),
            at(last.end),
        )
        .unwrap();
    }
    for refused in decoded.refused.iter().take(3) {
        writeln!(text, "  refused: {}: {}", refused.place, refused.reason).unwrap();
    }
    if decoded.refused.len() > 3 {
        writeln!(text, "  refused in all: {}", decoded.refused.len()).unwrap();
    }
    if text.is_empty() {
        text.push_str("  nothing\n");
    }
    text
}
