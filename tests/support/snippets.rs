//! What a page of documentation shows: its fenced blocks. Each says behind its fence what it is:
//!
//! - a name with a point, such as `toml maize.toml`: a file that the commands of the page find;
//! - `toml index`, `payout`, `window`, `cover`, `sheet`: a part of a term sheet, read inside of [`SKELETON`];
//! - `sh`: commands, which run; `sh fails`: of which the last one fails. The `text` behind is what they write.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::path::{Path, PathBuf};

use fairgauge::contract::Product;
use fairgauge::document::{Faults, Source};

/// A fenced block.
#[derive(Debug)]
pub struct Snippet {
    /// `docs/term-sheets.md:12`
    pub place: String,
    /// The first word behind the fence: `toml`.
    pub language: String,
    /// The rest of it.
    pub mark: String,
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fenced blocks of a page, in their order.
pub fn of_page(page: &str) -> Vec<Snippet> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let mut snippets = Vec::new();
    let mut open: Option<Snippet> = None;
    for (line, number) in text.lines().zip(1..) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => snippets.extend(open.take()),
            (Some(info), None) => {
                let (language, mark) = info.split_once(' ').unwrap_or((info, ""));
                let place = format!("{page}:{number}");
                open = Some(Snippet { place, language: language.into(), mark: mark.into(), text: String::new() });
            }
            (None, Some(snippet)) => snippet.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a fence is not closed");
    snippets
}

impl Snippet {
    /// The name of the file that it is, if it is one.
    pub fn file(&self) -> Option<&str> {
        self.mark.contains('.').then_some(self.mark.as_str())
    }

    /// The lines of what a terminal shows.
    fn commands(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter(|line| !line.trim().is_empty())
    }
}

/// Reads a term sheet; its faults as they are told.
pub fn read(name: &str, text: &str) -> Result<Product, String> {
    let mut faults = Faults::new();
    let product = Product::read(&Source::new(name, text), &mut faults);
    product.filter(|_| faults.is_empty()).ok_or_else(|| faults.render(false))
}

/// A term sheet that is well, in parts: those that a fragment does not replace.
const SKELETON: &[(&str, &str)] = &[
    (
        "[product]",
        "id = \"skeleton\"\nversion = 1\nname = \"Skeleton\"\ncurrency = \"CNY\"\n\
         day = { zone = \"Asia/Shanghai\", starts = \"20:00\" }\n",
    ),
    ("[exposure]", "sum_insured = \"policy\"\n"),
    (
        "[policy]",
        "station = \"station\"\nneighbour = \"station\"\nlatitude = \"deg\"\nlongitude = \"deg\"\n\
         opening_day = \"date\"\nthreshold = \"degC\"\nshare = \"%\"\nbenefit = \"CNY\"\nhub = \"m\"\n",
    ),
    ("[data]", "sources = [\"gauge/{station}\"]\nmissing = { at_most = \"5 %\", longest = \"2 d\" }\n"),
    ("[settlement]", "lag = \"7 d\"\nlongest_wait = \"60 d\"\nrounding = \"half_up\"\n"),
    ("[limit]", "aggregate = \"100 %\"\n"),
];

/// What a cover says that a fragment leaves out.
const COVER: [(&str, &str); 3] = [
    ("window", "\"cover\""),
    ("index", "[ { read = \"precipitation\", every = \"1 d\" }, { reduce = \"sum\" } ]"),
    ("payout", "{ when = \"<\", strike = \"230 mm\", exit = \"100 mm\", limit = \"90 %\" }"),
];

/// A whole term sheet around a fragment: keys of a cover first, then tables, of which `[[cover]]` takes the place of the
/// skeleton's. Where tracks are read that name no source, all is read of a whole feed.
pub fn in_skeleton(fragment: &str) -> String {
    let lines: Vec<&str> = fragment.lines().collect();
    let tables = lines.iter().position(|line| line.starts_with('[')).unwrap_or(lines.len());
    let (keys, tables) = lines.split_at(tables);
    let has = |header: &str| tables.iter().any(|line| line.split(" #").next().unwrap().trim() == header);
    let mut sheet = String::new();
    // What one side of a swap owes is not limited.
    let swap = fragment.contains("{ swap = ");
    let needed = |header: &str| !has(header) && (header != "[limit]" || !swap);
    for (header, body) in SKELETON.iter().filter(|(header, _)| needed(header)) {
        let storms = fragment.contains("\"storm_track\" }");
        let body = if storms { body.replace("gauge/{station}", "besttrack") } else { (*body).to_owned() };
        sheet.push_str(&format!("{header}\n{body}"));
    }
    if !has("[[cover]]") {
        sheet.push_str("[[cover]]\nid = \"skeleton\"\n");
        let written = |key: &str| keys.iter().any(|line| line.split(" = ").next() == Some(key));
        for (key, value) in COVER.iter().filter(|(key, _)| !written(key)) {
            if *key == "window" || !has("[[cover.limb]]") {
                sheet.push_str(&format!("{key} = {value}\n"));
            }
        }
        sheet.push_str(&format!("{}\n", keys.join("\n")));
    }
    sheet + &tables.join("\n") + "\n"
}

/// A folder in which the commands of a page run.
pub struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Goes through the blocks in their order: writes the files, runs the commands, and holds what they write against
    /// what the page shows of it.
    pub fn follow(&self, snippets: &[Snippet]) {
        for (at, snippet) in snippets.iter().enumerate() {
            if let Some(file) = snippet.file() {
                self.write(file, &snippet.text);
            }
            if snippet.language == "sh" {
                let shown = snippets.get(at + 1).filter(|next| next.language == "text");
                self.run(snippet, shown.map(|shown| shown.text.as_str()));
            }
        }
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, snippet: &Snippet, shown: Option<&str>) {
        let (mut written, mut good) = (String::new(), true);
        for command in snippet.commands() {
            assert!(good, "{}: what stands before `{command}` failed", snippet.place);
            let output = shell(command, self.path()).output().unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            let (out, err) = (text(output.stdout), text(output.stderr));
            good = output.status.success();
            let as_said = good || snippet.mark == "fails";
            assert!(as_said, "{}: `{command}` failed\n{out}{err}", snippet.place);
            written.push_str(&if out.is_empty() { err } else { out });
        }
        assert_eq!(good, snippet.mark != "fails", "{}: how the last command ends", snippet.place);
        if let Some(shown) = shown {
            assert_eq!(trimmed(&written), trimmed(shown), "{}: what the commands write", snippet.place);
        }
    }
}

/// A command line in a folder, with the program first in the path and nothing else said to it.
fn shell(line: &str, folder: &Path) -> std::process::Command {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_fairgauge"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    let mut command = std::process::Command::new("sh");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FAIRGAUGE") {
            command.env_remove(name);
        }
    }
    command.args(["-c", line]).current_dir(folder).env("PATH", std::env::join_paths(folders).unwrap());
    command.stdin(std::process::Stdio::null());
    command
}

/// Without what no reader sees: spaces at the ends of lines, empty lines at the end.
fn trimmed(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
