//! Every command line of Fairgauge in the documentation is one that the program takes: each runs in an empty folder of its
//! own, where it may fail, and not for how it is written. What the guides' commands do is shown by tests/documentation.rs,
//! tests/first_run.rs and tests/systemd/real.sh.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/snippets.rs"]
mod snippets;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use snippets::{of_page, root};

/// The exit status of a command line that is not understood.
const USAGE: i32 = 2;

/// The pages below a folder.
fn pages(folder: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            pages(&name, found);
        } else if name.ends_with(".md") {
            found.push(name);
        }
    }
}

/// The command lines of a page, and whether each is whole: in a block of commands it is, in a sentence it may only name one.
fn commands(page: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for block in of_page(page).iter().filter(|block| block.language == "sh") {
        let lines = block.text.replace("\\\n", " ");
        let parts = lines.lines().flat_map(|line| line.split(['|', ';'])).flat_map(|part| part.split("&&"));
        found.extend(parts.map(|part| (part.to_owned(), true)));
    }
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let sentences = text.split("```").step_by(2);
    let named = sentences.flat_map(|sentence| sentence.split('`').skip(1).step_by(2));
    found.extend(named.filter(|code| !code.contains('\n')).map(|code| (code.to_owned(), false)));
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
    let mut found: Vec<_> = ["README.md", "README.zh.md", "CONTRIBUTING.md"].map(str::to_owned).into();
    ["docs", "config", "fixtures"].iter().for_each(|folder| pages(folder, &mut found));
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for page in &found {
        for (line, is_whole) in commands(page) {
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
                faults.push(format!("{page}: `{line}`: {}", said.lines().next().unwrap_or_default()));
            }
        }
    }
    println!("{} command lines of {} pages", seen.len(), found.len());
    assert!(seen.len() > 100, "{} are found", seen.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
