//! Every command line of Fairgauge in the documentation is one that the program takes: each runs in an empty folder of its
//! own, where it may fail, and not for how it is written. What the guides' commands do is shown by tests/documentation.rs,
//! tests/first_run.rs and tests/systemd/real.sh.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The exit status of a command line that is not understood.
const USAGE: i32 = 2;

/// Pages of the repository's own, below a folder.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

/// The command lines of a page, and whether each is whole: in a block of commands it is, in a sentence it may only name one.
fn commands(text: &str) -> Vec<(String, bool)> {
    let (mut found, mut in_block) = (Vec::new(), None);
    for line in text.replace("\\\n", " ").lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            in_block = if in_block.is_none() { Some(fence.starts_with("sh")) } else { None };
        } else if in_block == Some(true) {
            let parts = line.split(['|', ';']).flat_map(|part| part.split("&&"));
            found.extend(parts.map(|part| (part.to_owned(), true)));
        } else if in_block.is_none() {
            found.extend(line.split('`').skip(1).step_by(2).map(|code| (code.to_owned(), false)));
        }
    }
    found
}

/// The arguments of a command line of Fairgauge, paths from the root put below `folder`; none of another command, or of a
/// form with choices in it.
fn arguments(line: &str, folder: &Path) -> Option<Vec<String>> {
    let line = line.trim();
    let line = line.strip_prefix("sudo ").unwrap_or(line).strip_prefix("fairgauge ")?;
    if line.contains(['[', '$', '|', '…']) {
        return None;
    }
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for char in line.chars().chain([' ']) {
        match (char, quote) {
            (char, Some(open)) if char == open => quote = None,
            ('"' | '\'', None) => quote = Some(char),
            (' ', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(char),
        }
    }
    let end = words.iter().position(|word| word.starts_with(['#', '>', '<']));
    words.truncate(end.unwrap_or(words.len()));
    let below = |word: String| if word.starts_with('/') { format!("{}{word}", folder.display()) } else { word };
    Some(words.into_iter().map(below).collect())
}

#[test]
fn every_command_line_of_the_documentation_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<_> = ["README.md", "README.zh.md", "CONTRIBUTING.md"].map(|page| root.join(page)).into();
    ["docs", "config", "fixtures"].iter().for_each(|folder| pages(&root.join(folder), &mut found));
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for page in &found {
        for (line, is_whole) in commands(&std::fs::read_to_string(page).unwrap()) {
            let folder = tempfile::tempdir().unwrap();
            let Some(arguments) = arguments(&line, folder.path()) else { continue };
            if !seen.insert((line.clone(), is_whole)) {
                continue;
            }
            let mut command = program::fairgauge();
            let output = command.args(&arguments).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let names_one = !is_whole && ["not provided", "value is required"].iter().any(|words| said.contains(words));
            let names_group = !is_whole && !said.contains("error: ");
            if output.status.code() == Some(USAGE) && !names_one && !names_group {
                let page = page.strip_prefix(root).unwrap().display();
                faults.push(format!("{page}: `{line}`: {}", said.lines().next().unwrap_or_default()));
            }
        }
    }
    println!("{} command lines of {} pages", seen.len(), found.len());
    assert!(seen.len() > 100, "{} are found", seen.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
