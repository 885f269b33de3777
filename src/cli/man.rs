//! `fairgauge man`: manual pages, made of the same source as the help.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::{Cli, Failure, whole};

#[derive(clap::Args)]
pub struct Args {
    /// The folder for a page of each command, `fairgauge.1`, `fairgauge-run.1`, …; without it the first one is printed
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let Some(dir) = &args.dir else {
        let (_, text) = pages()?.swap_remove(0);
        return Ok(std::io::stdout().write_all(&text)?);
    };
    std::fs::create_dir_all(dir)?;
    for (name, text) in pages()? {
        whole::replace(&dir.join(name), &text)?;
    }
    Ok(())
}

/// Every page with its file's name, that of the program first.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let (mut pages, mut open) = (Vec::new(), vec![program]);
    while let Some(command) = open.pop() {
        open.extend(command.get_subcommands().cloned());
        let name = command.get_display_name().unwrap_or("fairgauge");
        pages.push((format!("{name}.1"), page(command)?));
    }
    Ok(pages)
}

fn page(command: Command) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let source = concat!("fairgauge ", env!("CARGO_PKG_VERSION"));
    Man::new(command).source(source).manual("Fairgauge").render(&mut text)?;
    Ok(text)
}
