//! `fairgauge run`: the daemon.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fairgauge::counts::Counts;
use fairgauge::daemon::{Clock, Cosigner, Daemon, End, Service, Signal};
use fairgauge::health::Board;
use fairgauge::ledger::{OpenError, Signing, Store, Writer};
use fairgauge::operator::Inbox;
use fairgauge::publish::{Beside, PayoutLog, Server, Watched};
use fairgauge::settings::{LogFormat, LogSettings, Settings};
use fairgauge::snapshots::Snapshots;
use fairgauge::webhook::Hooks;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Failure, load, open_store, signing};

/// How often the folder of acts is looked into.
const LOOK: Duration = Duration::from_millis(200);

pub fn run(config: &Path) -> Result<(), Failure> {
    let started = Clock::System.now();
    let setup = load(config)?;
    start_log(&setup.settings.log)?;
    abort_on_panic();
    let clock = Clock::System;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Before anything is opened: a signal that comes while a large ledger is checked is kept, and obeyed then.
    let signals = runtime.block_on(async { listen() })?;
    let path = &setup.settings.ledger;
    let signing = signing(&setup.settings)?;
    let hooks = Hooks::of(&setup.settings);
    let counts = Counts::default();
    let store = open(&setup.settings, signing.as_ref(), clock.now())?.telling(hooks.subscribers());
    let writer = Writer::counted(store, counts.ledger.clone())?;
    let snapshot = setup.settings.snapshot.clone();
    let _snapshots = snapshot.map(|settings| Snapshots::start(path.clone(), settings)).transpose()?;
    let serve = setup.settings.serve.clone();
    let board = Board::default();
    let watched = Watched { counts: counts.clone(), scribe: writer.scribe(), started };
    let beside = Beside { board: board.clone(), watched, now: || Clock::System.now() };
    let _server = serve.map(|serve| Server::start(&serve, path, beside)).transpose()?;
    let payout_log = setup.settings.payout_log.clone();
    // Goes when the ledger is closed, so that it sees the last of it.
    let payout_log = payout_log.map(|settings| PayoutLog::start(path.clone(), settings)).transpose()?;
    runtime.block_on(async {
        let reload = || {
            payout_log.iter().for_each(PayoutLog::reopen);
            fairgauge::setup::Setup::load(config, std::env::vars()).map_err(|faults| faults.render(false))
        };
        let ledger = setup.settings.ledger.clone();
        let inbox = Inbox::of(&ledger);
        // Made by the daemon, so that it is the daemon's: who puts something there may be root.
        inbox.make()?;
        let cosigner = Cosigner::new(&setup.settings, writer.scribe().expect("it has a thread"))?;
        let scribe = writer.scribe().expect("it has a thread");
        let sender = hooks.sender(ledger.clone(), scribe, Arc::new(|| Clock::System.now()));
        let sender = sender.counted(counts.webhooks.clone());
        let mut daemon = Daemon::start(setup, writer, &clock).await?.with_hooks(hooks).with_counts(counts, &clock);
        daemon.show_on(board);
        let service = Service::new(signals, reload, sd_notify::watchdog_enabled());
        let mut service = service.with_inbox(inbox, LOOK);
        let end = tokio::select! {
            end = daemon.run(&clock, &mut service) => end.map_err(anyhow::Error::from),
            must_stop = cosigner.run() => Err(must_stop.into()),
            must_stop = sender.run() => Err(must_stop.into()),
        };
        daemon.close().await?;
        match end? {
            End::Stopped => tracing::info!(id = "FG0502", "stopped as asked"),
            End::AllFinal => unreachable!("the system's clock does not end"),
        }
        Ok(())
    })
}

/// The ledger; a new one where there is none.
fn open(settings: &Settings, signing: Option<&Signing>, now: DateTime<Utc>) -> Result<Store, OpenError> {
    let opened = open_store(settings, signing, now);
    if !matches!(opened, Err(OpenError::Missing(_))) {
        return opened;
    }
    let path = &settings.ledger;
    tracing::info!(id = "FG0301", "there is no ledger at {} yet: a new one is begun", path.display());
    match signing {
        Some(signing) => Store::create_signed(path, now, signing),
        None => Store::create(path, "fairgauge", now),
    }
}

/// To the journal under systemd, else to standard error, as the settings want it.
pub(super) fn start_log(settings: &LogSettings) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&settings.level)?;
    let registry = tracing_subscriber::registry().with(filter);
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        registry.with(tracing_journald::layer()?).init();
    } else {
        let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        match settings.format {
            LogFormat::Text => registry.with(layer.with_ansi(std::io::stderr().is_terminal())).init(),
            LogFormat::Json => registry.with(layer.json().flatten_event(true)).init(),
        }
    }
    Ok(())
}

/// A task that panics takes the process with it: systemd starts it anew, and the ledger says where it was.
pub(super) fn abort_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!(id = "FG0507", "{info}");
        report(info);
        std::process::abort();
    }));
}

/// SIGTERM and SIGINT stop, SIGHUP reads the settings again.
pub(super) fn listen() -> Result<mpsc::Receiver<Signal>, Failure> {
    let (sender, receiver) = mpsc::channel(4);
    let kinds = [
        (SignalKind::terminate(), Signal::Stop),
        (SignalKind::interrupt(), Signal::Stop),
        (SignalKind::hangup(), Signal::Reload),
    ];
    for (kind, meaning) in kinds {
        let mut stream = signal(kind)?;
        let sender = sender.clone();
        tokio::spawn(async move { while stream.recv().await.is_some() && sender.send(meaning).await.is_ok() {} });
    }
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;

    use super::*;

    /// Runs a test below in a process of its own, which it ends; what that process said.
    fn aborts(name: &str) -> String {
        let name = format!("cli::run::tests::{name}");
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args([&name, "--exact", "--ignored", "--nocapture"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.signal(), Some(6), "SIGABRT: {said}");
        said
    }

    #[test]
    #[ignore = "ends its process: a test of p05 runs it in one of its own"]
    fn panics_in_a_thread() {
        abort_on_panic();
        _ = std::thread::spawn(|| panic!("the writer's")).join();
    }

    #[test]
    #[ignore = "ends its process: a test of p05 runs it in one of its own"]
    fn panics_in_a_task() {
        abort_on_panic();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { _ = tokio::spawn(async { panic!("a task's") }).await });
    }

    #[test]
    #[ignore = "ends its process: a test of p05 runs it in one of its own"]
    fn panics_on_the_pool() {
        abort_on_panic();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { _ = tokio::task::spawn_blocking(|| panic!("a decoder's")).await });
    }

    #[test]
    fn p05_a_panic_of_a_thread_ends_the_process() {
        assert!(aborts("panics_in_a_thread").contains("the writer's"));
    }

    #[test]
    fn p05_a_panic_of_a_task_ends_the_process() {
        assert!(aborts("panics_in_a_task").contains("a task's"));
    }

    #[test]
    fn p05_a_panic_on_the_pool_ends_the_process() {
        assert!(aborts("panics_on_the_pool").contains("a decoder's"));
    }
}
