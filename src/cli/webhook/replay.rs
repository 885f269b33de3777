//! `fairgauge webhook replay`.

use std::io::Write as _;

use fairgauge::daemon::Clock;
use fairgauge::ledger::{OpenError, Reader};
use fairgauge::operator::{Answer, Outcome};
use fairgauge::settings::Settings;
use fairgauge::webhook::Order;

use super::super::act::hand_over;
use super::super::{Failure, open_store, signing};
use super::Named;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    named: Named,
    /// What was parked; so it is without --from and --to
    #[arg(long, conflicts_with_all = ["from", "to"])]
    parked: bool,
    /// The number of the first ledger entry of which it is told again
    #[arg(long, value_name = "SEQ", requires = "to")]
    from: Option<i64>,
    /// The number of the last one
    #[arg(long, value_name = "SEQ", requires = "from")]
    to: Option<i64>,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let (settings, endpoint) = args.named.find()?;
    let order = Order { webhook_replay: endpoint.name, from: args.from, to: args.to };
    let answer = deliver(&settings, &order)?;
    match answer.outcome {
        Outcome::Refused => Err(anyhow::anyhow!("refused: {}", answer.text).into()),
        Outcome::Done | Outcome::Proposed => Ok(writeln!(std::io::stdout(), "{}", answer.text)?),
    }
}

/// Writes the ledger where nobody else does; else has the daemon do it, and waits for its answer.
fn deliver(settings: &Settings, order: &Order) -> Result<Answer, Failure> {
    let now = Clock::System.now();
    // Before anything is opened.
    let batch = order.batch(settings, now)?;
    let mut store = match open_store(settings, signing(settings)?.as_ref(), now) {
        Ok(store) => store,
        Err(OpenError::Locked(_)) => return hand_over(settings, &order.bytes()),
        Err(error) => return Err(error.into()),
    };
    store.append(batch)?;
    store.close()?;
    Ok(order.answer(&Reader::open(&settings.ledger)?)?)
}
