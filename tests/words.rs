//! Term sheets in words: the shipped products, as they are read and signed.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use fairgauge::document::Faults;
use fairgauge::sheets::read_sheet;
use fairgauge::words::{Language, explain};

const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every product that is shipped.
fn products() -> Vec<PathBuf> {
    let seasons = std::fs::read_dir(root().join("fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let folders = seasons.chain([root().join("config")]).map(|folder| folder.join("products"));
    let files = folders.filter(|folder| folder.is_dir()).flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    let is_cases = |file: &PathBuf| file.to_str().unwrap().ends_with(".cases.toml");
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml") && !is_cases(file));
    files.sort();
    files
}

/// The text without the hash of the file, whose comments are no terms.
fn text(file: &Path, language: Language) -> String {
    let source = read_sheet(file, "", &mut Faults::new()).unwrap();
    let text = explain(&source, language).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let hash = |word: &str| word.len() >= 64 && word.bytes().take(64).all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| {
        let words = line.split_inclusive([' ', '：']).map(|word| if hash(word) { "…" } else { word });
        words.collect::<String>()
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn products_read_as_they_are_signed() {
    for product in [
        "config/products/hot-days",
        "config/products/summer-rain-deficit",
        "config/products/two-wet-days",
        "fixtures/golden-2016/products/solar-monthly",
        "fixtures/hyderabad-2002/products/mango-heat",
        "fixtures/la-haute-borne-2014/products/low-wind-hours",
        "fixtures/la-haute-borne-2014/products/proxy-generation",
        "fixtures/lingang-2024/products/cage-pressure",
        "fixtures/lingang-2024/products/fishery-box",
        "fixtures/lingang-2024/products/offshore-wind-typhoon",
        "fixtures/new-york-2013/products/dairy-heat",
        "fixtures/new-york-2013/products/melon-rain",
    ] {
        let [english, chinese] = LANGUAGES.map(|language| text(&root().join(format!("{product}.toml")), language));
        let name = product.rsplit('/').next().unwrap();
        insta::assert_snapshot!(name, format!("{english}\n\n{}\n\n{chinese}", "=".repeat(80)));
    }
}

/// What is left in English words of a Chinese text: names of the files, symbols, and the form to sign.
#[test]
fn every_shipped_product_has_words() {
    let files = products();
    assert!(files.len() >= 20, "{files:?}");
    for file in files {
        let [english, chinese] = LANGUAGES.map(|language| text(&file, language));
        assert_eq!(english.lines().count(), chinese.lines().count(), "{}", file.display());
        for text in [english, chinese] {
            for raw in ["degC", "degF", "half_up", "{", "}", "storm_wind", "air_temperature", "MJ/m2"] {
                assert!(!text.contains(raw), "{}: `{raw}` in\n{text}", file.display());
            }
        }
    }
}

fn check(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("fairgauge").unwrap();
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FAIRGAUGE_")) {
        command.env_remove(name);
    }
    let output = command.arg("check").args(arguments).current_dir(root()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn check_explains_a_folder_or_a_product() {
    let (status, all, _) = check(&["--explain", "--lang", "zh", "config"]);
    assert_eq!((status, all.matches("一、产品").count()), (Some(0), 3));
    let (status, library, _) = check(&["--explain", "config/products"]);
    assert!(status == Some(0) && library.matches("1. The product").count() >= 60, "{status:?}");
    let (_, one, _) = check(&["--explain", "config/products/hot-days.toml"]);
    assert!(one.contains("the policy's threshold") && one.contains("1. The product"), "{one}");
    let (_, by_settings, _) = check(&["--explain", "--lang", "zh", "config/fairgauge.toml"]);
    assert_eq!(by_settings, all);
}

#[test]
fn what_has_a_fault_is_not_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("product.toml");
    let product = std::fs::read_to_string(root().join("config/products/hot-days.toml")).unwrap();
    std::fs::write(&file, product.replace("take = \"max\"", "take = \"most\"")).unwrap();
    let (status, told, said) = check(&["--explain", file.to_str().unwrap()]);
    assert_eq!((status, told.as_str()), (Some(78), ""));
    assert!(said.contains("`most` cannot be taken here"), "{said}");
    let (status, _, said) = check(&["--lang", "zh", "config"]);
    assert!(status == Some(2) && said.contains("--explain"), "{said}");
}
