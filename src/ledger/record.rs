//! Writing a batch, inside a transaction that [`Store`](super::Store) begins and ends.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::batch::{Cosignature, Poll, Record, Stamp};
use super::instant::millis;
use super::merkle::Frontier;
use super::outbox::Event;
use super::pending::Pending;
use super::reader::read;
use super::{
    Batch, Determination, Digest, Entry, EntryError, Kind, LedgerError, Observed, State, Subscription, Written, digest,
    outbox, tree,
};
use crate::observation::Reading;

/// The end of the ledger, where it is written on.
pub(super) struct Pen<'c> {
    connection: &'c Connection,
    /// The tree over the entries that stand there.
    tree: Frontier,
    /// Who wants to be told of what is written.
    told: &'c [Subscription],
    /// Those of this batch that are not in the file yet.
    pending: Pending,
}

/// What stands of a period, newest first.
const EARLIER: &str = "SELECT seq, body FROM ledger
    WHERE kind IN ('decision', 'final', 'restate') AND policy = ?1 AND cover = ?2 AND period_start = ?3 ORDER BY seq DESC";
/// The payments in advance of a period.
const ADVANCES: &str = "SELECT seq, body FROM ledger
    WHERE kind = 'interim' AND policy = ?1 AND cover = ?2 AND period_start = ?3 ORDER BY seq";

/// What was decided of a period before: newest first.
struct Earlier {
    seq: i64,
    entry: Entry,
}

impl Earlier {
    fn read(row: &Row<'_>) -> Result<Self, LedgerError> {
        let (_, entry) = read(&row.get::<_, String>(1)?)?;
        Ok(Self { seq: row.get(0)?, entry })
    }
}

fn contradiction(determination: &Determination, what: &'static str) -> LedgerError {
    LedgerError::entry(determination.id())(EntryError::Contradiction(what))
}

/// A binding determination says of what was paid in advance what the payments in advance add up to.
fn agrees(determination: &Determination, payments: &[Earlier]) -> Result<(), LedgerError> {
    let amounts = payments.iter().map(|payment| payment.entry.integer_of("amount_minor"));
    let paid: i64 = amounts.sum::<Result<_, _>>().map_err(LedgerError::entry(determination.id()))?;
    if paid == determination.paid.advance {
        return Ok(());
    }
    Err(contradiction(determination, "it says other than the ledger what was paid in advance"))
}

impl<'c> Pen<'c> {
    pub fn new(connection: &'c Connection, tree: Frontier, told: &'c [Subscription]) -> Self {
        Self { connection, tree, told, pending: Pending::default() }
    }

    /// Writes all of it. Gives the tree as it then is.
    pub fn write(mut self, batch: &Batch) -> Result<(Vec<Written>, Frontier), LedgerError> {
        for (sha256, bytes) in &batch.evidence {
            if !self.is_kept(*sha256)? {
                let insert = "INSERT INTO evidence VALUES (?1, ?2)";
                self.connection.prepare_cached(insert)?.execute(params![sha256, &**bytes])?;
            }
        }
        let mut written = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            written.push(match record {
                Record::Entry(entry) => self.entry(entry)?,
                Record::Observed(observed) => self.observed(observed)?,
                Record::Determination(determination) => self.determination(determination)?,
            });
        }
        self.pending.write(self.connection)?;
        batch.polls.iter().try_for_each(|poll| self.poll(poll))?;
        for (quota, at) in &batch.spent {
            let at_ms = millis(*at).map_err(LedgerError::entry(quota))?;
            let insert = "INSERT INTO spent SELECT ?1, ?2, 1
                WHERE NOT EXISTS (SELECT 1 FROM spent WHERE quota = ?1 AND at_ms = ?2)";
            self.connection.prepare_cached(insert)?.execute(params![quota, at_ms])?;
        }
        for cosignature in &batch.cosigned {
            let insert = "INSERT INTO cosignature SELECT ?1, ?2, ?3
                WHERE NOT EXISTS (SELECT 1 FROM cosignature WHERE size = ?1 AND witness = ?2)";
            let Cosignature { size, witness, line } = cosignature;
            self.connection.prepare_cached(insert)?.execute(params![size, witness, line])?;
        }
        for Stamp { size, authority, token } in &batch.stamps {
            let insert = "INSERT INTO timestamp SELECT ?1, ?2, ?3
                WHERE NOT EXISTS (SELECT 1 FROM timestamp WHERE size = ?1 AND authority = ?2)";
            self.connection.prepare_cached(insert)?.execute(params![size, authority, token])?;
        }
        batch.delivered.iter().try_for_each(|delivery| outbox::deliver(self.connection, delivery))?;
        batch.replays.iter().try_for_each(|replay| outbox::replay(self.connection, self.told, replay))?;
        Ok((written, self.tree))
    }

    fn is_kept(&self, sha256: Digest) -> Result<bool, LedgerError> {
        let kept = "SELECT EXISTS (SELECT 1 FROM evidence WHERE sha256 = ?1)";
        Ok(self.connection.prepare_cached(kept)?.query_row([sha256], |row| row.get(0))?)
    }

    fn entry(&mut self, entry: &Entry) -> Result<Written, LedgerError> {
        if entry.kind() == Kind::Policy {
            let terms = entry.digest_of("terms").map_err(LedgerError::entry(entry.key()))?;
            if !self.is_kept(terms)? {
                return Err(LedgerError::NoTermSheet { key: entry.key().to_owned(), sha256: digest::hex(&terms) });
            }
        }
        self.put(entry)
    }

    /// Writes an entry, or finds that it is there.
    fn put(&mut self, entry: &Entry) -> Result<Written, LedgerError> {
        let body_as = |seq| entry.body(seq).map_err(LedgerError::entry(entry.key()));
        if self.pending.has_key(entry.key()) {
            self.pending.write(self.connection)?;
        }
        let known = "SELECT seq, body FROM ledger WHERE key = ?1";
        let known: Option<(i64, String)> = self
            .connection
            .prepare_cached(known)?
            .query_row([entry.key()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let key = entry.key().to_owned();
        match known {
            Some((seq, body)) if body == body_as(seq)? => return Ok(Written { seq, key, new: false }),
            Some((seq, _)) => return Err(LedgerError::Conflict { key, seq }),
            None => {}
        }
        let seq = i64::try_from(self.tree.size()).expect("an entry's number is an i64");
        let body = body_as(seq)?;
        let leaf = digest::leaf(&body);
        self.pending.push(self.connection, seq, entry, body, leaf)?;
        let mut kept = Ok(());
        self.tree.push(leaf, |full| {
            if kept.is_ok() {
                kept = tree::insert(self.connection, &full);
            }
        });
        kept?;
        if let Some(event) = Event::of(entry).filter(|_| !self.told.is_empty()) {
            // What is told names its entry, and may hang on the policy's.
            self.pending.write(self.connection)?;
            outbox::tell(self.connection, self.told, event, (seq, entry, &leaf))?;
        }
        Ok(Written { seq, key, new: true })
    }

    /// Writes readings with their entry. Where the entry is there, so are they: one transaction wrote both.
    fn observed(&mut self, observed: &Observed) -> Result<Written, LedgerError> {
        let entry = observed.entry().map_err(LedgerError::entry(format!("obs/{}", observed.feed)))?;
        let written = self.put(&entry)?;
        if written.new {
            // Readings name their entry.
            self.pending.write(self.connection)?;
            let known_at_ms = observed.known_at.timestamp_millis();
            let mut current: Option<(&Reading, i64)> = None;
            for reading in &observed.readings {
                let same = |(one, _): &(&Reading, i64)| {
                    one.station == reading.station && one.variable == reading.variable && one.unit == reading.unit
                };
                let series = match current.filter(same) {
                    Some((_, series)) => series,
                    None => self.series(&observed.feed, reading)?,
                };
                current = Some((reading, series));
                let insert =
                    "INSERT INTO observation (series, start_s, end_s, value_micro, vintage, known_at_ms, entry)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
                self.connection.prepare_cached(insert)?.execute(params![
                    series,
                    reading.start.timestamp(),
                    reading.end.timestamp(),
                    reading.value.map(crate::quantity::Fixed::micros),
                    reading.vintage.word(),
                    known_at_ms,
                    written.seq,
                ])?;
            }
        }
        Ok(written)
    }

    /// The series of a reading, made where it is new.
    fn series(&self, feed: &str, reading: &Reading) -> Result<i64, LedgerError> {
        let (station, variable, unit) = (&*reading.station, reading.variable.name(), reading.unit.symbol());
        let known = "SELECT id, unit FROM series WHERE feed = ?1 AND station = ?2 AND variable = ?3";
        let known: Option<(i64, String)> = self
            .connection
            .prepare_cached(known)?
            .query_row([feed, station, variable], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match known {
            Some((id, kept)) if kept == unit => Ok(id),
            Some((_, kept)) => {
                let series = format!("{feed}/{station}/{variable}");
                Err(LedgerError::UnitChanged { series, kept, sent: unit.to_owned() })
            }
            None => {
                let insert = "INSERT INTO series (feed, station, variable, unit) VALUES (?1, ?2, ?3, ?4)";
                Ok(self.connection.prepare_cached(insert)?.insert([feed, station, variable, unit])?)
            }
        }
    }

    /// Writes a determination under its number, or finds that it is there.
    fn determination(&mut self, determination: &Determination) -> Result<Written, LedgerError> {
        let id = determination.id();
        if self.pending.has_period(&determination.period_id()) {
            self.pending.write(self.connection)?;
        }
        if determination.state == State::Interim {
            return self.interim(determination);
        }
        let earlier = self.earlier(determination)?;
        if let Some(known) = earlier.iter().find(|known| determination.is_recorded_by(&known.entry)) {
            return Ok(Written { seq: known.seq, key: known.entry.key().to_owned(), new: false });
        }
        let binding = earlier.iter().find(|known| known.entry.kind() != Kind::Decision);
        let corrected = match (determination.state, binding) {
            (State::Provisional | State::Preliminary, Some(binding)) => {
                return Err(LedgerError::Settled { id, seq: binding.seq });
            }
            (State::Final, Some(binding)) => return Err(LedgerError::Conflict { key: id, seq: binding.seq }),
            (State::Restated, None) => return Err(LedgerError::NothingToRestate(id)),
            (State::Restated, Some(binding)) => {
                let long = binding.entry.member("observations_sha256").map(|_| String::new());
                let before = Determination::from_entry(&binding.entry, long).map_err(LedgerError::entry(&id))?;
                if !determination.corrects(&before) {
                    return Err(contradiction(determination, "it corrects another one than the one that stands"));
                }
                Some(binding.seq)
            }
            _ => None,
        };
        if determination.state.ends() {
            agrees(determination, &self.advances(determination)?)?;
        }
        let stem = determination.key_stem();
        let numbers = earlier.iter().filter_map(|known| known.entry.key().strip_prefix(&stem)?.parse::<i64>().ok());
        let number = numbers.max().map_or(0, |last| last + 1);
        let entry = determination.entry(number, corrected).map_err(LedgerError::entry(&id))?;
        self.put(&entry)
    }

    /// Writes a payment in advance under its own number, or finds that it is there. Behind a final determination there
    /// is none.
    fn interim(&mut self, payment: &Determination) -> Result<Written, LedgerError> {
        let id = payment.id();
        let earlier = self.advances(payment)?;
        if let Some(known) = earlier.iter().find(|known| payment.is_recorded_by(&known.entry)) {
            return Ok(Written { seq: known.seq, key: known.entry.key().to_owned(), new: false });
        }
        let number = usize::try_from(payment.number).ok().filter(|number| *number >= 1);
        if let Some(known) = number.and_then(|number| earlier.get(number - 1)) {
            return Err(LedgerError::Conflict { key: id, seq: known.seq });
        }
        if number != Some(earlier.len() + 1) {
            return Err(contradiction(payment, "a payment in advance that comes before it is not in the ledger"));
        }
        if let Some(binding) = self.earlier(payment)?.iter().find(|known| known.entry.kind() != Kind::Decision) {
            return Err(LedgerError::Settled { id, seq: binding.seq });
        }
        agrees(payment, &earlier)?;
        let entry = payment.entry(payment.number, None).map_err(LedgerError::entry(&id))?;
        self.put(&entry)
    }

    /// The payments in advance of the period, in their order.
    fn advances(&self, determination: &Determination) -> Result<Vec<Earlier>, LedgerError> {
        let mut statement = self.connection.prepare_cached(ADVANCES)?;
        let start = determination.period.start.to_string();
        let mut rows = statement.query([&determination.policy, &determination.cover, &start])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Earlier::read(row)?);
        }
        Ok(found)
    }

    /// What stands of the period, newest first, as far back as it takes to find a repeat, the next number and what
    /// is binding: no decision follows a binding determination.
    fn earlier(&self, determination: &Determination) -> Result<Vec<Earlier>, LedgerError> {
        let mut statement = self.connection.prepare_cached(EARLIER)?;
        let start = determination.period.start.to_string();
        let mut rows = statement.query([&determination.policy, &determination.cover, &start])?;
        let stem = determination.key_stem();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let earlier = Earlier::read(row)?;
            let entry = &earlier.entry;
            let enough = entry.kind() == Kind::Decision
                && match determination.state {
                    State::Provisional | State::Preliminary => {
                        entry.at() < determination.determined_at && entry.key().starts_with(&stem)
                    }
                    _ => true,
                };
            found.push(earlier);
            if enough {
                break;
            }
        }
        Ok(found)
    }

    fn poll(&self, poll: &Poll) -> Result<(), LedgerError> {
        let name = format!("poll/{}/{}", poll.feed, poll.at);
        let exact = |at: DateTime<Utc>| millis(at).map_err(LedgerError::entry(&name));
        let (at_ms, heard_until_ms) = (exact(poll.at)?, poll.heard_until.map(exact).transpose()?);
        let not_before_ms = poll.not_before.map(exact).transpose()?;
        let detail: String = poll.detail.chars().take(1_000).collect();
        let Poll { feed, outcome, rows_new, rows_refused, requests, .. } = poll;
        let row =
            params![feed, at_ms, outcome, detail, rows_new, rows_refused, heard_until_ms, requests, not_before_ms];
        let same =
            "SELECT outcome = ?3 AND detail = ?4 AND rows_new = ?5 AND rows_refused = ?6 AND heard_until_ms IS ?7
                AND requests = ?8 AND not_before_ms IS ?9
            FROM poll WHERE feed = ?1 AND at_ms = ?2";
        let same: Option<bool> = self.connection.prepare_cached(same)?.query_row(row, |row| row.get(0)).optional()?;
        match same {
            Some(true) => Ok(()),
            Some(false) => Err(LedgerError::TwoPolls { feed: poll.feed.clone(), at: poll.at }),
            None => {
                let insert = "INSERT INTO poll VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
                self.connection.prepare_cached(insert)?.execute(row)?;
                Ok(())
            }
        }
    }
}
