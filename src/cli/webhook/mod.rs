//! `fairgauge webhook`: who is told of payouts, what became of it, a try, what is sent again.

mod attempt;
mod list;
mod log;
mod replay;

use std::io::Write as _;

use clap::Subcommand;
use fairgauge::settings::{Settings, WebhookSettings};
use fairgauge::webhook::public_key;

use super::feed::unknown;
use super::{ConfigArgs, Failure};

pub use list::table as status_table;

#[derive(Subcommand)]
pub enum Command {
    /// Every endpoint: what it is told, what waits, what is parked, what it answered last
    #[command(after_help = "Example: fairgauge webhook list --config fairgauge.toml --format json")]
    List(list::Args),
    /// Every attempt, and what came of it
    #[command(
        after_help = "Examples: fairgauge webhook log acme --failed\n          fairgauge webhook log --last 20 --format jsonl"
    )]
    Log(log::Args),
    /// Send again: what was parked, or all of a range of ledger entries; also where the endpoint had said 410
    #[command(
        after_help = "Examples: fairgauge webhook replay acme --parked\n          fairgauge webhook replay acme --from 1200 --to 1300\n\nEach message has the same webhook-id as before: who took it already knows it by that."
    )]
    Replay(replay::Args),
    /// Send one message of the type `webhook.test`, now, once
    #[command(after_help = "Example: fairgauge webhook test acme")]
    Test(attempt::Args),
    /// The public key by which an endpoint checks the signatures `v1a`
    #[command(after_help = "Example: fairgauge webhook key acme")]
    Key(Named),
}

/// An endpoint of the settings.
#[derive(clap::Args)]
pub struct Named {
    /// The endpoint's name in the settings
    name: String,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Named {
    fn find(&self) -> Result<(Settings, WebhookSettings), Failure> {
        let settings = self.config.settings()?;
        let names: Vec<_> = settings.webhooks.keys().map(String::as_str).collect();
        let found = settings.webhooks.get(&self.name).cloned();
        let found = found.ok_or_else(|| unknown("endpoint", &self.name, &names))?;
        Ok((settings, found))
    }
}

pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::run(args),
        Command::Log(args) => log::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Test(args) => attempt::run(args),
        Command::Key(named) => {
            let (_, endpoint) = named.find()?;
            let key = public_key(&endpoint).map_err(anyhow::Error::msg)?;
            Ok(writeln!(std::io::stdout(), "{key}")?)
        }
    }
}
