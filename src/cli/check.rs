//! `fairgauge check`: every fault of settings, products and book in one pass.

use std::io::Write;
use std::path::PathBuf;

use super::output::count;
use super::{ConfigArgs, Failure, load};

#[derive(clap::Args)]
pub struct Args {
    /// A settings file, or a folder that holds fairgauge.toml; without it the file of --config
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let path = args.dir.as_ref().unwrap_or(&args.config.config);
    let setup = load(path)?;
    let (feeds, products, policies) =
        (setup.settings.feeds.len(), setup.book.products.len(), setup.book.policies.len());
    writeln!(
        std::io::stdout(),
        "{}: {}, {}, {}: no fault",
        path.display(),
        count(feeds, "feed"),
        count(products, "product"),
        count(policies, "policy")
    )?;
    Ok(())
}
