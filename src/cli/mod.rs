//! The command line. One file a command; each loads, calls the library, and prints.

mod act;
mod backup;
mod check;
mod completions;
mod doctor;
mod explain;
mod feed;
mod fetch;
mod index;
mod init;
mod key;
mod localized;
mod man;
mod output;
mod payouts;
mod progress;
mod prove;
mod repair;
mod replay;
mod restore;
mod run;
mod schema;
mod status;
mod test;
mod token;
mod verify;
mod webhook;
mod whole;
mod wording;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use fairgauge::daemon::{BindError, DaemonError};
use fairgauge::document::Faults;
use fairgauge::ledger::{ENGINE, OpenError, Reader, Signing, Store};
use fairgauge::operator::What;
use fairgauge::settings::Settings;
use fairgauge::setup::Setup;
use fairgauge::webhook::subscribers;

/// Index-insurance oracle: polls weather and power feeds, computes the index as the term sheet says, and records
/// what is owed, and why.
#[derive(Parser)]
#[command(
    version = &ENGINE["fairgauge ".len()..],
    max_term_width = 100,
    after_help = "Examples: fairgauge init season && fairgauge run --config season/fairgauge.toml\n          fairgauge doctor --feeds\n\nExit status: 0 done, 1 failed, 2 usage, 78 settings, products or book have faults."
)]
struct Cli {
    /// No progress bars and no advice: results and errors only
    #[arg(short, long, global = true, display_order = 900)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a set-up that works, with a recorded season, into a new folder
    #[command(
        after_help = "Example: fairgauge init season && fairgauge run --config season/fairgauge.toml\n\nNothing is written over: the folder is new or empty."
    )]
    Init(init::Args),
    /// Test settings, clock, disk, rights, ledger, keys, feeds and service, and say how to mend each
    #[command(
        after_help = "Examples: fairgauge doctor\n          fairgauge doctor --config season/fairgauge.toml --feeds\n          fairgauge doctor --format json | jq '.[] | select(.grade != \"ok\")'\n\nExit status: 0 nothing failed (there may be warnings), 1 something failed, 78 the settings have faults."
    )]
    Doctor(doctor::Args),
    /// Poll, settle and record until stopped
    #[command(
        after_help = "Example: fairgauge run --config /etc/fairgauge/fairgauge.toml\n\nSIGHUP reads settings and book again; SIGTERM ends it cleanly."
    )]
    Run(ConfigArgs),
    /// Ask servers for a daemon that has no network
    #[command(
        after_help = "Example: fairgauge fetch --config /etc/fairgauge/fairgauge.toml\n\nIt reads the same settings, has the keys of providers, and neither ledger nor signing key. SIGHUP reads the settings again; SIGTERM ends it. docs/operating.md, Two processes."
    )]
    Fetch(ConfigArgs),
    /// The same on recorded feeds, under a clock that jumps; prints the payouts
    #[command(after_help = "Example: fairgauge replay fixtures/lingang-2024")]
    Replay(replay::Args),
    /// Read settings, products and book, and name every fault with file, line and column
    #[command(
        after_help = "Examples: fairgauge check /etc/fairgauge\n          fairgauge check config/products\n          fairgauge check products/rain.toml --format json\n          fairgauge check --explain --lang zh products/rain.toml\n          fairgauge check --terms products/rain.toml | sha256sum"
    )]
    Check(check::Args),
    /// The payout log: what is owed, policy by policy
    #[command(subcommand)]
    Payouts(payouts::Command),
    /// The way of a number: readings, blocks, strike, limit, amount; computed again and compared
    #[command(after_help = "Example: fairgauge explain LG-001/typhoon/2024-06-01 --ledger ledger.sqlite")]
    Explain(explain::Args),
    /// How far the indices of a policy are from where they pay, day by day
    #[command(
        after_help = "Examples: fairgauge progress NY-001 --ledger ledger.sqlite\n          fairgauge progress NY-001 --cover rain --as-of 2013-07-01T00:00:00Z --lang zh\n          fairgauge progress NY-001 --format json\n\ndocs/progress.md says what each column means."
    )]
    Progress(progress::Args),
    /// Hold a result back before it binds
    #[command(
        after_help = "Example: fairgauge hold LG-001/typhoon/2024-06-01 --by lin --why \"the gauge was moved in May\" --key lin.pem\n\ndocs/operating.md says who may do what, and how keys are made."
    )]
    Hold(act::Args),
    /// Propose to let a held result go; a second person approves it
    #[command(
        after_help = "Example: fairgauge release LG-001/typhoon/2024-06-01 --by lin --why \"the track was right\" --key lin.pem"
    )]
    Release(act::Args),
    /// Propose to give a held period up; a second person approves it
    #[command(
        after_help = "Example: fairgauge void LG-001/typhoon/2024-06-01 --by lin --why \"the policy was cancelled\" --key lin.pem"
    )]
    Void(act::Args),
    /// Say that a result is wrong, with evidence; what is not final is held by it
    #[command(
        after_help = "Example: fairgauge dispute LG-001/typhoon/2024-06-01 --by lin --why \"the track is another storm's\" --evidence letter.pdf --alternative without=besttrack --key lin.pem"
    )]
    Dispute(act::Dispute),
    /// Agree, as the second person, with what was proposed
    #[command(
        after_help = "Example: fairgauge approve LG-001/typhoon/2024-06-01 --by wu --why \"agreed\" --key wu.pem"
    )]
    Approve(act::Args),
    /// Settle again what is final, and book the difference; above a set amount a second person approves it
    #[command(
        after_help = "Example: fairgauge restate LG-001/typhoon/2024-06-01 --by lin --why \"the engine was wrong\" --cause engine_error --key lin.pem"
    )]
    Restate(act::Restate),
    /// One index by hand, step by step
    #[command(
        after_help = "Examples: fairgauge index products/rain.toml --series rain.csv --cover rain --format json\n          fairgauge index products/rain.toml --series asos/JFK=jfk.csv --as-of 2024-07-20\n          fairgauge index products/rain.toml --series rain.csv --values --format json"
    )]
    Index(index::Args),
    /// The author's own cases: readings, and what is to come out
    #[command(
        after_help = "Examples: fairgauge test products/rain.toml\n          fairgauge test products --strict --quiet\n\nThe cases of rain.toml stand beside it in rain.cases.toml."
    )]
    Test(test::Args),
    /// Feeds, settlements and what is late
    #[command(after_help = "Examples: fairgauge status\n          fairgauge status --watermarks --format json")]
    Status(status::Args),
    /// The feeds: what they tell, what was asked of them, a try, a sample, a stretch of the past
    #[command(subcommand)]
    Feed(feed::Command),
    /// Write a payout with all that proves it to one file
    #[command(
        after_help = "Example: fairgauge prove LG-001/typhoon/2024-06-01 --ledger ledger.sqlite --output payout.json\n\nWhoever has the log's public key checks it by `fairgauge verify payout.json --key KEY`."
    )]
    Prove(prove::Args),
    /// Check a proof bundle, or the whole ledger: every hash, every signature, every payout computed again
    #[command(
        after_help = "Examples: fairgauge verify payout.json --key ledger.example.org/fairgauge+36797560+AQOh…\n          fairgauge verify --ledger ledger.sqlite\n          fairgauge verify --key ledger.pub --checkpoint kept-in-march --state verified.state"
    )]
    Verify(verify::Args),
    /// Copy the ledger whole, also while the daemon writes it; the copy is checked as it is made
    #[command(
        after_help = "Example: fairgauge backup /var/backups/ledger-2026-11-26.sqlite\n\nNot `cp`: what was written last may stand in another file."
    )]
    Backup(backup::Args),
    /// Bring the ledger back from a backup, where nothing that was signed would be signed again otherwise
    #[command(
        after_help = "Examples: fairgauge restore ledger-2026-11-26.sqlite --key ledger.pub --check\n          fairgauge restore ledger-2026-11-26.sqlite --key ledger.pub --entries /srv/mirror\n          fairgauge restore ledger-2026-11-26.sqlite --key ledger.pub --checkpoint kept-by-insurer\n\ndocs/operating.md, Restore, says what to do in which case."
    )]
    Restore(restore::Args),
    /// Make anew what is made of the entries, where they are those that were signed
    #[command(after_help = "Example: fairgauge repair --ledger ledger.sqlite\n\nStop the daemon first.")]
    Repair(repair::Args),
    /// The keys by which the ledger is signed
    #[command(subcommand)]
    Key(key::Command),
    /// Who may read what is served over HTTP
    #[command(subcommand)]
    Token(token::Command),
    /// Who is told of payouts by webhooks: how it goes, what is sent again, a try
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// The JSON Schema of a kind of file, for editors
    #[command(
        after_help = "Example: fairgauge schema product > product.schema.json\n\ndocs/editor.md says how an editor finds it."
    )]
    Schema(schema::Args),
    /// What a shell completes, as a script for it
    #[command(
        after_help = "Examples: fairgauge completions bash > /etc/bash_completion.d/fairgauge\n          fairgauge completions zsh > ~/.zfunc/_fairgauge\n          fairgauge completions fish > ~/.config/fish/completions/fairgauge.fish\n          fairgauge completions elvish >> ~/.config/elvish/rc.elv\n\nThe Debian package brings those of bash, zsh and fish."
    )]
    Completions(completions::Args),
    /// Manual pages, made of these help texts
    #[command(after_help = "Examples: fairgauge man | man -l -\n          fairgauge man /usr/local/share/man/man1")]
    Man(man::Args),
}

/// Where the settings are.
#[derive(Args)]
struct ConfigArgs {
    /// The settings file
    #[arg(long, value_name = "FILE", env = "FAIRGAUGE_CONFIG", default_value = "/etc/fairgauge/fairgauge.toml")]
    config: PathBuf,
}

impl ConfigArgs {
    fn settings(&self) -> Result<Settings, Failure> {
        Settings::load(&self.config, std::env::vars()).map_err(Failure::Faults)
    }
}

/// Which ledger to read.
#[derive(Args)]
struct LedgerArgs {
    /// The ledger; without it the one that the settings name
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl LedgerArgs {
    /// The ledger, and its high-water file.
    fn paths(&self) -> Result<(PathBuf, PathBuf), Failure> {
        if let Some(path) = &self.ledger {
            return Ok((path.clone(), Signing::beside(path)));
        }
        let settings = self.config.settings()?;
        Ok((settings.ledger.clone(), settings.high_water()))
    }

    fn open(&self) -> Result<Reader, Failure> {
        let path = match &self.ledger {
            Some(path) => path.clone(),
            None => self.config.settings()?.ledger,
        };
        Reader::open(&path).map_err(|error| Failure::Other(error.into()))
    }
}

/// By what the settings have the ledger signed.
fn signing(settings: &Settings) -> Result<Option<Signing>, Failure> {
    let signing = settings.sign.as_ref().map(|sign| sign.signing(&settings.ledger));
    Ok(signing.transpose().map_err(anyhow::Error::msg)?)
}

/// The ledger of the settings, to be written.
fn open_store(settings: &Settings, signing: Option<&Signing>, now: DateTime<Utc>) -> Result<Store, OpenError> {
    let opened = match signing {
        Some(signing) => Store::open_signed(&settings.ledger, now, signing),
        None => Store::open(&settings.ledger),
    };
    Ok(opened?.telling(&subscribers(settings)))
}

/// Why a command failed; decides the exit status.
enum Failure {
    /// Settings, products or book.
    Faults(Faults),
    /// Anything else.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Settings, as their kind of exit status is called in sysexits.h.
const EX_CONFIG: u8 = 78;

pub fn main() -> ExitCode {
    fairgauge::feed::http::install_tls();
    let cli = Cli::parse();
    output::set_quiet(cli.quiet);
    let result = match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Run(args) => run::run(&args.config),
        Command::Fetch(args) => fetch::run(&args.config),
        Command::Replay(args) => replay::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Payouts(command) => payouts::run(&command),
        Command::Explain(args) => explain::run(&args),
        Command::Progress(args) => progress::run(&args),
        Command::Hold(args) => act::run(What::Hold, &args),
        Command::Release(args) => act::run(What::Release, &args),
        Command::Void(args) => act::run(What::Void, &args),
        Command::Dispute(args) => act::dispute(&args),
        Command::Approve(args) => act::run(What::Approve, &args),
        Command::Restate(args) => act::restate(&args),
        Command::Index(args) => index::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Feed(command) => feed::run(&command),
        Command::Prove(args) => prove::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Repair(args) => repair::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Key(command) => key::run(&command),
        Command::Token(command) => token::run(&command),
        Command::Webhook(command) => webhook::run(&command),
        Command::Schema(args) => schema::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Faults(faults)) => {
            let count = output::count(faults.len(), "fault");
            // Whoever closed standard error wants the exit status only.
            _ = writeln!(anstream::stderr(), "{}\n\n{count} in all; nothing was written", faults.render(true));
            ExitCode::from(EX_CONFIG)
        }
        Err(Failure::Other(error)) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(Failure::Other(error)) => {
            // Each error's words hold those of its cause already.
            _ = writeln!(std::io::stderr(), "fairgauge: {error}");
            if is_contradiction(&error) { ExitCode::from(EX_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}

/// Whether the reader of our output went away, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| match cause.downcast_ref::<csv::Error>().map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(error)) => Some(error),
        _ => cause.downcast_ref::<std::io::Error>(),
    });
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Whether the book says other than what was bound: starting again helps no more than with a fault in it.
fn is_contradiction(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(DaemonError::Bind(
            BindError::TermsChanged { .. } | BindError::RowChanged { .. } | BindError::BackDated { .. }
        ))
    )
}

/// The settings file at a path, which is that of the file or of a folder that holds `fairgauge.toml`.
fn settings_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("fairgauge.toml") } else { path.to_owned() }
}

/// Settings and book at a path.
fn load(path: &Path) -> Result<Setup, Failure> {
    Setup::load(&settings_file(path), std::env::vars()).map_err(Failure::Faults)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Every command that does something, with what is printed of it.
    fn commands() -> Vec<clap::Command> {
        let mut program = Cli::command().disable_help_subcommand(true);
        program.build();
        let (mut found, mut open) = (Vec::new(), vec![program]);
        while let Some(command) = open.pop() {
            open.extend(command.get_subcommands().cloned());
            found.push(command);
        }
        found
    }

    #[test]
    fn every_command_is_well_formed_and_has_an_example_that_is_read() {
        Cli::command().debug_assert();
        let mut examples = 0;
        for command in commands().iter().filter(|command| !command.has_subcommands()) {
            let name = command.get_display_name().unwrap_or_default().replace('-', " ");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Example"), "{name}: no example in\n{help}");
            for line in help.lines() {
                let line = line.trim_start_matches("Examples:").trim_start_matches("Example:").trim();
                let Some(arguments) = line.strip_prefix("fairgauge ") else { continue };
                let arguments = words(arguments.split(['|', '>', '&']).next().unwrap_or_default());
                let read = Cli::try_parse_from(std::iter::once("fairgauge".to_owned()).chain(arguments));
                assert!(
                    read.is_ok(),
                    "{name}: {line}\n{}",
                    read.err().map(|error| error.to_string()).unwrap_or_default()
                );
                examples += 1;
            }
        }
        assert!(examples > 40, "{examples} examples");
    }

    /// The words of a line, with what stands between quotation marks as one.
    fn words(line: &str) -> Vec<String> {
        let parts = line.split('"').enumerate();
        let words = parts.flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.collect()
    }

    #[test]
    fn every_option_says_what_it_does() {
        for command in commands() {
            let silent = command.get_arguments().find(|argument| argument.get_help().is_none());
            assert!(silent.is_none(), "{:?}: {silent:?}", command.get_display_name());
            assert!(command.get_about().is_some(), "{:?}", command.get_display_name());
        }
    }
}
