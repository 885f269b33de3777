//! `fairgauge webhook test`. It needs no ledger, and so nobody who writes it.

use std::io::Write as _;

use anyhow::anyhow;
use fairgauge::daemon::Clock;
use fairgauge::feed::http::Post;
use fairgauge::webhook::{Signer, random_id, send, test_message};

use super::super::Failure;
use super::super::feed::wait;
use super::super::key::random;
use super::Named;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    named: Named,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let (settings, endpoint) = args.named.find()?;
    let signer = Signer::of(&endpoint).map_err(anyhow::Error::msg)?;
    let now = Clock::System.now();
    let message = test_message(&endpoint.name, random_id(&random()?), now)?;
    let post = Post::new(&settings.network, endpoint.timeout).map_err(anyhow::Error::msg)?;
    let sent = wait(async { Ok(send(&post, &endpoint, &signer, &message, now.timestamp()).await) })?;
    let (words, id) = (sent.words(), &message.id);
    if !sent.is_taken() {
        return Err(anyhow!("{} did not take {id}: {words}", endpoint.name).into());
    }
    Ok(writeln!(std::io::stdout(), "{} took {id} in {} ms: {words}", endpoint.name, sent.took.as_millis())?)
}
