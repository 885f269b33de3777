//! What is read from the ledger and its disk when somebody asks for figures.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Unit;

use super::PATIENCE;
use super::pen::Pen;
use crate::ledger::{Extent, LedgerError, OpenError, Reader, Scribe, Totals, beside};
use crate::publish::app::Now;
use crate::quantity::Currency;

/// What was read last.
#[derive(Debug, Default)]
struct Seen {
    /// None where the ledger could not be read.
    extent: Option<Extent>,
    /// None where not all of it was counted yet.
    totals: Option<Totals>,
    /// Endpoints with their messages that wait, and those that are parked.
    endpoints: Vec<(String, (i64, i64))>,
}

/// What goes on from one question to the next.
#[derive(Debug, Default)]
struct Reading {
    reader: Option<Reader>,
    totals: Totals,
}

/// The ledger's figures. It has a connection of its own: they are told however many readers ask.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    ledger: Arc<PathBuf>,
    scribe: Option<Scribe>,
    now: Now,
    seen: Arc<Mutex<Seen>>,
    reading: Arc<tokio::sync::Mutex<Reading>>,
}

impl Figures {
    pub fn new(ledger: &Path, scribe: Option<Scribe>, now: Now) -> Self {
        let ledger = Arc::new(ledger.to_owned());
        Self { ledger, scribe, now, seen: Arc::default(), reading: Arc::default() }
    }

    /// Reads what has changed. A large ledger is counted once, in the background; until that is done no sums are told.
    pub async fn refresh(&self) {
        let figures = self.clone();
        let read = async {
            let mut reading = self.reading.clone().lock_owned().await;
            let read = tokio::task::spawn_blocking(move || figures.read(&mut reading));
            // It panicked, which ends the program.
            _ = read.await;
        };
        if tokio::time::timeout(PATIENCE, read).await.is_err() {
            tracing::debug!("the ledger's figures are still being counted");
        }
    }

    fn read(&self, reading: &mut Reading) {
        if let Err(error) = self.try_read(reading) {
            tracing::debug!(%error, "no figures of the ledger: {error}");
            self.seen().extent = None;
        }
    }

    /// A connection that failed is not asked again: it is not put back.
    fn try_read(&self, reading: &mut Reading) -> Result<(), OpenError> {
        let reader = match reading.reader.take() {
            Some(reader) => reader,
            None => Reader::open(&self.ledger)?,
        };
        let extent = reader.extent()?;
        let queue = |endpoint: String| Ok((endpoint.clone(), reader.endpoint_queue(&endpoint)?));
        let endpoints = reader.endpoints()?.into_iter().map(queue).collect::<Result<_, LedgerError>>()?;
        self.seen().endpoints = endpoints;
        self.seen().extent = Some(extent);
        while !reader.count_on(&mut reading.totals)? {}
        self.seen().totals = Some(reading.totals.clone());
        reading.reader = Some(reader);
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, its log, and the room on their disk.
    fn sizes(&self) -> [(&'static str, &'static str, Option<i64>); 3] {
        let of = |path: &Path| i64::try_from(std::fs::metadata(path).ok()?.len()).ok();
        let free = rustix::fs::statvfs(self.ledger.as_path()).ok();
        let free = free.and_then(|disk| i64::try_from(disk.f_bavail.checked_mul(disk.f_frsize)?).ok());
        [
            ("ledger_database", "The ledger's file", of(&self.ledger)),
            // There is none while nobody has it open.
            ("ledger_wal", "The write-ahead log beside it", Some(of(&beside(&self.ledger, "-wal")).unwrap_or(0))),
            ("ledger_disk_free", "Room on its disk for this user", free),
        ]
    }
}

impl Collector for Figures {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut pen = Pen(encoder);
        for (name, help, bytes) in self.sizes() {
            if let Some(bytes) = bytes {
                pen.number(name, help, Some(Unit::Bytes), bytes)?;
            }
        }
        if let Some(scribe) = &self.scribe {
            let waiting = scribe.waiting().try_into().unwrap_or(i64::MAX);
            pen.number("ledger_queue", "Tasks that wait for the thread that writes", None, waiting)?;
        }
        let seen = self.seen();
        let readable = "1 where the ledger could be read for these figures";
        pen.number("ledger_readable", readable, None, seen.extent.is_some().into())?;
        let Some(extent) = seen.extent else { return Ok(()) };
        pen.number("ledger_entries", "Entries of the ledger", None, extent.entries)?;
        if let Some(signed) = extent.signed {
            let size = "Entries that the newest checkpoint covers";
            pen.number("ledger_checkpoint_entries", size, None, signed.entries)?;
            if let Some(until) = signed.until {
                let help = "When the newest entry was written that a checkpoint covers";
                pen.number("ledger_checkpoint_timestamp", help, Some(Unit::Seconds), until.timestamp())?;
            }
            let waits = signed.waits_since.map_or(0, |since| ((self.now)() - since).num_seconds().max(0));
            let help = "For how long the oldest entry has waited that no checkpoint covers; 0 where all are covered";
            pen.number("ledger_unsigned_age", help, Some(Unit::Seconds), waits)?;
        }
        let queue = |count: fn(&(i64, i64)) -> i64| {
            seen.endpoints.iter().map(move |(name, queue)| (vec![("endpoint", name.clone())], count(queue)))
        };
        let waiting = "Messages that are tried, or wait for a signature";
        pen.family("webhook_waiting", waiting, queue(|(waiting, _)| *waiting))?;
        let parked = "Messages that are not tried any more by themselves";
        pen.family("webhook_parked", parked, queue(|(_, parked)| *parked))?;
        let Some(totals) = &seen.totals else { return Ok(()) };
        let rows = totals.settlements().map(|(stage, outcome, number)| {
            (vec![("stage", stage.to_owned()), ("outcome", outcome.word().to_owned())], number)
        });
        pen.family("settlements", "Settlements as readers see them, and payments in advance (interim)", rows)?;
        let of = |currency: &str| vec![("currency", currency.to_owned())];
        // A sum that no gauge holds is not told rather than told wrong.
        let sums = totals.payable().filter_map(|(currency, minor)| Some((of(currency), i64::try_from(minor).ok()?)));
        pen.family("payable_minor", "What is owed in all, in minor units of the currency", sums)?;
        let scales = totals
            .payable()
            .filter_map(|(currency, _)| Some((of(currency), Currency::from_code(currency)?.minor_per_unit())));
        pen.family("currency_minor_per_unit", "How many minor units one unit of the currency has", scales)
    }
}
