//! `fairgauge fetch`: the process that asks servers for a daemon without a network.

use std::path::Path;

use fairgauge::document::{Fault, Faults, Place};
use fairgauge::fetcher::{Fetcher, FetcherError};
use fairgauge::settings::Settings;

use super::run::{abort_on_panic, listen, start_log};
use super::{Failure, settings_file};

pub fn run(config: &Path) -> Result<(), Failure> {
    let file = settings_file(config);
    let load = || Settings::load(&file, std::env::vars());
    let settings = load().map_err(Failure::Faults)?;
    start_log(&settings.log)?;
    abort_on_panic();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let signals = listen()?;
        let fetcher = Fetcher::start(&settings).map_err(|error| match error {
            FetcherError::NoSocket => {
                let fault = Fault::new(&Place::File(file.display().to_string()), "there is no [fetcher]");
                let mut faults = Faults::new();
                faults.push(fault.hint("add it with socket = \"/run/fairgauge-fetch/socket\""));
                Failure::Faults(faults)
            }
            error => Failure::Other(error.into()),
        })?;
        let again = || load().map_err(|faults| faults.render(false));
        fetcher.run(signals, again, sd_notify::watchdog_enabled()).await;
        Ok(())
    })
}
