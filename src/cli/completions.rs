//! `fairgauge completions`: what a shell completes, made of the same source as the help.

use std::io::Write as _;

use clap::{CommandFactory as _, ValueEnum};
use clap_complete::Shell as Script;

use super::{Cli, Failure};

#[derive(clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// GNU Bash, with bash-completion
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// Elvish
    Elvish,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let script = match args.shell {
        Shell::Bash => Script::Bash,
        Shell::Zsh => Script::Zsh,
        Shell::Fish => Script::Fish,
        Shell::Elvish => Script::Elvish,
    };
    // Into memory first: the generator has no other answer to a closed pipe than a panic.
    let mut text = Vec::new();
    clap_complete::generate(script, &mut Cli::command(), "fairgauge", &mut text);
    Ok(std::io::stdout().write_all(&text)?)
}
