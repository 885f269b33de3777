//! The oldest Rust that compiles Fairgauge is one number, wherever it is said. `.ci/run` compiles everything with it.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::Path;

fn text(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What follows a mark, as far as it is a version.
fn versions<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let version = |rest: &'t str| {
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    };
    text.split(mark).skip(1).map(version).filter(|version| !version.is_empty()).collect()
}

#[test]
fn it_is_one_number_wherever_it_is_said() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    for (file, mark) in [
        ("Cargo.toml", "rust-version = \""),
        ("packaging/Cargo.toml", "rust-version = \""),
        ("simulate/Cargo.toml", "rust-version = \""),
        ("README.md", "Rust toolchain ("),
        ("README.zh.md", "Rust 工具链（"),
        ("CONTRIBUTING.md", "Rust "),
        ("docs/quick-start.md", "Rust "),
    ] {
        assert_eq!(versions(&text(file), mark), [oldest], "{file}: {mark}");
    }
}

/// `.ci/run` reads the number where cargo does, and names none of its own.
#[test]
fn ci_takes_it_from_the_manifest() {
    let run = text(".ci/run");
    assert!(run.contains(r#"oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"#));
    assert!(!run.contains(env!("CARGO_PKG_RUST_VERSION")), "a second number in .ci/run");
}
