//! `fairgauge key`: the keys by which the ledger is signed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use fairgauge::daemon::Clock;
use fairgauge::ledger::merkle::LogKey;
use fairgauge::operator::new_key;

use super::{ConfigArgs, Failure, open_store, signing, whole};

#[derive(Subcommand)]
pub enum Command {
    /// Make a key: the private half into a new file, the public half to standard output
    #[command(
        after_help = "Example: fairgauge key new /etc/fairgauge/keys/ledger --name ledger.example.org/fairgauge\n          fairgauge key new lin.pem --operator lin"
    )]
    New {
        /// The file to write; it must not exist
        file: PathBuf,
        /// What the log is called, for ever: a name under which it could be published
        #[arg(long, required_unless_present = "operator")]
        name: Option<String>,
        /// In the place of a log's key, that of a person who may hold, release, dispute
        #[arg(long, value_name = "NAME", conflicts_with = "name")]
        operator: Option<String>,
    },
    /// The public half of a private key, as verifiers are given it
    #[command(
        after_help = "Example: fairgauge key show /etc/fairgauge/keys/ledger --name ledger.example.org/fairgauge"
    )]
    Show {
        /// The private key's file
        file: PathBuf,
        /// What the log is called
        #[arg(long)]
        name: String,
    },
    /// Have another key sign from now on; the old one says so in the ledger
    #[command(
        after_help = "Example: fairgauge key rotate /etc/fairgauge/keys/ledger-2\n\nStop the daemon first; then put the new file in the old one's place and start it again."
    )]
    Rotate {
        /// The new private key's file, made by `fairgauge key new` with the same name
        file: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::New { file, operator: Some(person), .. } => {
            let (public, key) = new_key(person, &random()?)?;
            write(file, &key)?;
            Ok(writeln!(std::io::stdout(), "{}", public.text())?)
        }
        Command::New { file, name, operator: None } => {
            let key = LogKey::new(name.as_deref().unwrap_or_default(), &random()?)?;
            write(file, &key)?;
            print(&key)
        }
        Command::Show { file, name } => print(&read(file, name)?),
        Command::Rotate { file, config } => rotate(file, config),
    }
}

/// Bytes that nobody guesses.
pub fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
    Ok(bytes)
}

/// The private half, in a file that only its owner reads.
fn write(file: &Path, key: &LogKey) -> anyhow::Result<()> {
    whole::write_new(file, key.to_pem().as_ref().as_bytes(), 0o600)
}

fn rotate(file: &Path, config: &ConfigArgs) -> Result<(), Failure> {
    let settings = config.settings()?;
    let signing =
        signing(&settings)?.ok_or_else(|| anyhow!("the settings have no [ledger.sign]: there is no key to change"))?;
    let next = read(file, signing.key.public().name())?;
    let now = Clock::System.now();
    let mut store = open_store(&settings, Some(&signing), now)?;
    store.rotate(next.clone(), now)?;
    store.close()?;
    print(&next)
}

fn read(file: &Path, name: &str) -> anyhow::Result<LogKey> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()));
    let text = text.map_err(|error| anyhow!("{error:#}"))?;
    LogKey::from_pem(name, &text).map_err(|error| anyhow!("{}: {error}", file.display()))
}

fn print(key: &LogKey) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}", key.public())?)
}
