//! An answer of a feed on its way into the ledger and into what is known.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::feeds::Polled;
use super::parts::SoFar;
use super::servers::Turn;
use super::{Clock, Daemon, DaemonError};
use crate::feed::patience::{ENOUGH, wait_after};
use crate::feed::{Answer, Body, PollError, Refused, Which};
use crate::ledger::{Appended, Batch, Observed, Poll, Refusal, RefusedRow, Unread, sha256, to_millisecond};
use crate::observation::quality::{Flag, Flagged, Judged, Rules, judge};
use crate::observation::{Reading, SeriesKey};
use crate::quantity::Variable;

/// What an answer teaches.
struct Sifted {
    /// Readings that are new or revise.
    new: Vec<Reading>,
    /// How many of them revise.
    revisions: usize,
    /// What cannot be true, and was not refused before.
    flagged: Vec<Flagged>,
    /// How many readings cannot be true, those that were refused before among them.
    refused: usize,
}

/// What an answer brought, on its way into the ledger.
pub(super) struct Gathered {
    /// Readings that are new or revise.
    pub new: Vec<Reading>,
    /// How many of them revise.
    revisions: usize,
    /// How many readings were refused, those that were refused before among them.
    pub refused: usize,
    /// The first of them, in words.
    pub detail: String,
    /// The intervals of those that were not refused before, as far as they are known.
    refused_now: Vec<(SeriesKey, (i64, i64))>,
}

impl Daemon {
    /// Takes a feed back with what it said: new readings go to the ledger first, then into what is known.
    pub(super) async fn take_in(&mut self, polled: Polled, clock: &Clock) -> Result<(), DaemonError> {
        let Polled { name, generation, feed, result } = polled;
        if generation != self.generation {
            return Ok(());
        }
        // What it said of single stations came before its end.
        self.take_parts(None, clock).await?;
        let now = clock.now();
        self.note_server(&name, now, feed.requests(), result.as_ref().err());
        let Some(state) = self.feeds.get_mut(&name) else { return Ok(()) };
        state.put_back(feed, now, clock.is_virtual(), result.as_ref().err());
        let SoFar { new, refused, detail, fault } = std::mem::take(&mut state.so_far);
        let known_at = self.known_now(&name, now);
        let result = match (fault, result) {
            (None, Ok(answer)) => self.learn(&name, answer, known_at, (new, refused, detail)).await?,
            (Some(fault), Ok(_)) => Err(fault),
            (_, Err(error)) => Err((error.class(), error.to_string())),
        };
        if let Err((class, detail)) = &result {
            let mut batch = Batch::new();
            batch.poll(self.poll_row(&name, known_at, class, detail, (new, refused), None));
            self.writer.append(batch).await?;
            if new > 0 {
                self.look_again(&name);
            }
        }
        self.note(&name, known_at, &result);
        Ok(())
    }

    /// The instant of what a feed says now: later than all that it said before and than what anything was settled by, and
    /// not before what the ledger holds.
    pub(super) fn known_now(&mut self, name: &Arc<str>, now: DateTime<Utc>) -> DateTime<Utc> {
        let state = self.feeds.get(name);
        let last = state.and_then(|state| state.last_at.max(state.last_told));
        let after_last = last.map_or(now, |last| last + TimeDelta::milliseconds(1));
        let after_decided = self.decided.map_or(now, |decided| decided + TimeDelta::milliseconds(1));
        let known_at = to_millisecond(self.knowledge_now(now)).max(after_last).max(after_decided);
        self.latest = self.latest.max(known_at);
        if let Some(state) = self.feeds.get_mut(name) {
            state.last_told = Some(known_at);
        }
        known_at
    }

    /// What reads a feed is to be settled again.
    fn look_again(&mut self, name: &Arc<str>) {
        for item in self.items.iter_mut().filter(|item| item.feeds.contains(name)) {
            item.dirty = true;
        }
    }

    /// What a poll says of its server, for the other feeds that ask it.
    fn note_server(&mut self, name: &Arc<str>, now: DateTime<Utc>, requests: u32, error: Option<&PollError>) {
        let Some(state) = self.feeds.get(name) else { return };
        let settings = state.settings.clone();
        let Some(host) = settings.host() else { return };
        let turn = match error.filter(|error| error.is_of_server()) {
            // A key that cannot be read, a fetcher that is away: nobody was asked.
            None if requests == 0 || error.is_some_and(PollError::is_of_fetcher) => self.servers.not_asked(Some(host)),
            None => self.servers.answered(Some(host)),
            Some(error) => {
                let asked = error.retry_after().and_then(|wait| TimeDelta::from_std(wait).ok());
                let wait = wait_after(state.failures + 1, &settings).max(asked.unwrap_or_default());
                self.servers.failed(Some(host), now, wait, asked.is_some())
            }
        };
        match turn {
            Some(Turn::Opened) => tracing::warn!(
                id = "FG0104",
                server = host,
                "server {host} has failed {ENOUGH} times in a row: from now on one request tries it at growing intervals"
            ),
            Some(Turn::Closed) => {
                tracing::info!(id = "FG0105", server = host, "server {host} is asked as usual again");
                let of_host = self.feeds.values_mut().filter(|state| state.settings.host() == Some(host));
                of_host.for_each(|state| state.ask_soon(now));
            }
            None => {}
        }
    }

    /// Logs a feed's state when it changes, once.
    fn note(&mut self, name: &Arc<str>, at: DateTime<Utc>, result: &Result<usize, (&'static str, String)>) {
        let Some(state) = self.feeds.get_mut(name) else { return };
        state.last_at = Some(at);
        self.counts.feeds.polled(name, result.as_ref().err().map_or(Poll::OK, |(class, _)| class));
        match result {
            Ok(_) => {
                // One that has more to say has not told everything up to now.
                if !state.has_more() {
                    state.last_ok = Some(at);
                }
                state.swept = state.sweeps.take().or(state.swept);
                if let Some(class) = state.failing.take() {
                    tracing::info!(id = "FG0102", feed = %name, "feed {name} answers again (it had failed by {class})");
                }
            }
            Err((class, detail)) => {
                if state.failing != Some(class) {
                    tracing::warn!(id = "FG0101", feed = %name, class, "feed {name} fails: {detail}");
                }
                state.failing = Some(class);
                if state.failures == ENOUGH && state.is_open() {
                    tracing::warn!(id = "FG0103", feed = %name, "feed {name} has failed {ENOUGH} times in a row: it is asked less often, by one request");
                }
            }
        }
        self.count_feed(name);
    }

    /// Writes what is new, with the account of the poll and of what it brought `before`, and takes it into what is known.
    async fn learn(
        &mut self,
        name: &Arc<str>,
        answer: Answer,
        known_at: DateTime<Utc>,
        before: (usize, usize, String),
    ) -> Result<Result<usize, (&'static str, String)>, DaemonError> {
        let heard_until = answer.heard_until;
        let mut batch = Batch::new();
        let gathered = match self.gather(name, answer, known_at, &mut batch) {
            Ok(gathered) => gathered,
            Err(fault) => return Ok(Err(fault)),
        };
        let (new, refused) = (before.0 + gathered.new.len(), before.1 + gathered.refused);
        let detail = if before.2.is_empty() { &gathered.detail } else { &before.2 };
        let heard = Some(to_millisecond(heard_until));
        batch.poll(self.poll_row(name, known_at, Poll::OK, detail, (new, refused), heard));
        let appended = self.writer.append(batch).await?;
        self.keep(name, gathered, known_at, &appended);
        self.knowledge.hear(name, known_at, heard_until);
        if let Some(state) = self.feeds.get_mut(name) {
            state.recorded(known_at);
        }
        self.look_again(name);
        Ok(Ok(new))
    }

    /// What of an answer is to be written, into a batch. An answer in another unit than before is refused whole.
    pub(super) fn gather(
        &mut self,
        name: &Arc<str>,
        answer: Answer,
        known_at: DateTime<Utc>,
        batch: &mut Batch,
    ) -> Result<Gathered, (&'static str, String)> {
        let other_unit = answer.readings.iter().find(|reading| {
            let kept = self.knowledge.unit_of(name, &reading.station, reading.variable);
            kept.is_some_and(|unit| unit != reading.unit)
        });
        if let Some(reading) = other_unit {
            let Reading { station, variable, unit, .. } = reading;
            let detail =
                format!("{station} {variable} comes in {unit}, but is kept in another unit: give the feed a new name");
            return Err(("unit", detail));
        }
        let Answer { bodies, readings, refused, .. } = answer;
        let Sifted { new, revisions, flagged, refused: untrue } = self.sift(name, readings, known_at);
        let rows_refused = refused.len() + untrue;
        log_refused(name, &refused, &flagged, rows_refused);
        self.counts.feeds.refused(name, "unread", refused.len());
        flagged.iter().for_each(|flagged| self.counts.feeds.refused(name, flagged.flag.word(), 1));
        let first = refused.first().map(|refused| format!("{}: {}", refused.place, refused.reason));
        let detail = first.or_else(|| flagged.first().map(|flagged| format!("{}: {}", flagged.flag, flagged.reason)));
        let detail = detail.unwrap_or_default();
        let (unread, more) = self.unread(name, refused);
        let keeps = !new.is_empty() || !flagged.is_empty();
        let mut kept = Vec::new();
        for Body { sha256, bytes, .. } in bodies {
            // Of bytes that taught nothing else, what could not be read is kept by itself, unless they are few. What an
            // entry names is there.
            if keeps || (!unread.is_empty() && bytes.len() <= MOST_UNREAD) {
                kept.push(sha256);
                batch.keep(sha256, bytes);
            }
        }
        if !new.is_empty() {
            let (evidence, readings) = (kept.clone(), new.clone());
            let revisions = i64::try_from(revisions).expect("memory holds fewer than 2^63");
            batch.observe(Observed { feed: name.clone(), known_at, evidence, readings, revisions });
        }
        let mut refused_now = Vec::new();
        if !flagged.is_empty() || !unread.is_empty() {
            let keys = flagged.iter().map(|flagged| RefusedKey::of(name, flagged));
            self.refused.extend(keys.chain(unread.iter().map(|unread| RefusedKey::of_unread(name, unread))));
            let intervals: Vec<_> = flagged
                .iter()
                .map(|flagged| interval_of(name, &flagged.reading))
                .chain(unread.iter().filter_map(|unread| interval_of_unread(name, unread)))
                .collect();
            let refusal = Refusal { feed: name.clone(), known_at, evidence: kept, flagged, unread, more };
            match batch.refuse(refusal) {
                Ok(()) => refused_now = intervals,
                Err(error) => {
                    tracing::warn!(id = "FG0111", feed = %name, "feed {name}: refused readings cannot be recorded: {error}");
                }
            }
        }
        Ok(Gathered { new, revisions, refused: rows_refused, detail, refused_now })
    }

    /// Takes what was written into what is known.
    pub(super) fn keep(&mut self, name: &Arc<str>, gathered: Gathered, known_at: DateTime<Utc>, appended: &Appended) {
        let Gathered { new, revisions, refused_now, .. } = gathered;
        self.counts.feeds.stored(name, new.len(), revisions);
        let recorded_by = appended.0.first().map_or(-1, |written| written.seq);
        for reading in &new {
            self.knowledge.learn(name, reading, known_at, recorded_by);
        }
        self.settled.learn(name, &new);
        for (series, interval) in refused_now {
            self.knowledge.refuse(series, interval, known_at);
        }
        if revisions > 0 {
            tracing::info!(id = "FG0112", feed = %name, revisions, "feed {name} revises readings: {revisions}");
        }
    }

    /// What could not be read and was not refused before, each once, as far as so much is kept; and how many more.
    fn unread(&self, name: &Arc<str>, refused: Vec<Refused>) -> (Vec<Unread>, usize) {
        let (mut seen, mut unread, mut more) = (HashSet::new(), Vec::new(), 0);
        for Refused { reason, which, .. } in refused {
            let Some(which) = which else { continue };
            // Those that were refused before count too: what is sent again and again is not recorded bit by bit.
            if seen.len() == Unread::MOST {
                more += 1;
                continue;
            }
            let Which { station, variable, interval, text } = *which;
            let one = Unread {
                station,
                variable: variable.map(|(variable, unit)| (variable.name(), unit.symbol())),
                interval: interval.map(|(start, end)| (start.timestamp(), end.timestamp())),
                text,
                reason,
            };
            let key = RefusedKey::of_unread(name, &one);
            if seen.insert(key) && !self.refused.contains(&key) {
                unread.push(one);
            }
        }
        (unread, more)
    }

    /// What an answer teaches, and what of it was not refused before.
    fn sift(&self, name: &Arc<str>, answer: Vec<Reading>, known_at: DateTime<Utc>) -> Sifted {
        let rules = self.feeds.get(name).map(|state| &state.settings.quality);
        let none = Rules::default();
        let Judged { good: new, revisions, mut flagged } =
            judge(rules.unwrap_or(&none), name, answer, &self.knowledge, known_at);
        let refused = flagged.len();
        flagged.retain(|flagged| !self.refused.contains(&RefusedKey::of(name, flagged)));
        Sifted { new, revisions, flagged, refused }
    }

    fn poll_row(
        &self,
        name: &Arc<str>,
        at: DateTime<Utc>,
        outcome: &str,
        detail: &str,
        (new, refused): (usize, usize),
        heard_until: Option<DateTime<Utc>>,
    ) -> Poll {
        let count = |rows: usize| i64::try_from(rows).expect("memory holds fewer than 2^63");
        let (requests, not_before) = self.feeds.get(name).map_or((0, None), |state| state.took);
        Poll {
            feed: name.to_string(),
            at,
            outcome: outcome.to_owned(),
            detail: detail.to_owned(),
            rows_new: count(new),
            rows_refused: count(refused),
            heard_until,
            requests: requests.into(),
            not_before: not_before.map(to_millisecond),
        }
    }
}

/// The series and the interval of a reading.
fn interval_of(feed: &Arc<str>, reading: &Reading) -> (SeriesKey, (i64, i64)) {
    let Reading { station, variable, start, end, .. } = reading;
    let series = SeriesKey { feed: feed.clone(), station: station.clone(), variable: *variable };
    (series, (start.timestamp(), end.timestamp()))
}

/// The same of what could not be read, as far as it is known.
fn interval_of_unread(feed: &Arc<str>, unread: &Unread) -> Option<(SeriesKey, (i64, i64))> {
    let (station, (variable, _)) = (unread.station.clone()?, unread.variable?);
    Some((SeriesKey { feed: feed.clone(), station, variable: Variable::from_name(variable)? }, unread.interval?))
}

fn log_refused(name: &Arc<str>, refused: &[Refused], flagged: &[Flagged], rows: usize) {
    for refused in refused.iter().take(3) {
        tracing::warn!(id = "FG0108", feed = %name, "feed {name}: a reading was refused: {}: {}", refused.place, refused.reason);
    }
    for Flagged { reading, flag, reason } in flagged.iter().take(3) {
        let Reading { station, variable, start, .. } = reading;
        tracing::warn!(id = "FG0109", feed = %name, %flag, "feed {name}: {variable} of {station} at {start} was refused: {flag}: {reason}");
    }
    if rows > 3 {
        tracing::warn!(id = "FG0110", feed = %name, count = rows, "feed {name}: {rows} readings were refused in all");
    }
}

/// Bytes in which something could not be read are kept for that alone up to this size.
const MOST_UNREAD: usize = 65_536;

/// What tells one refused reading from another: the same one is recorded once, however often it is sent. It is a digest,
/// as there may be many and long ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RefusedKey([u8; 16]);

impl RefusedKey {
    fn of(feed: &Arc<str>, flagged: &Flagged) -> Self {
        let Reading { station, variable, start, end, value, .. } = &flagged.reading;
        let (interval, value) = ((start.timestamp(), end.timestamp()), value.map(|value| value.to_string()));
        Self::of_flagged(feed, (flagged.flag, station, *variable), interval, value.as_deref())
    }

    fn of_flagged(
        feed: &str,
        (flag, station, variable): (Flag, &str, Variable),
        (start, end): (i64, i64),
        value: Option<&str>,
    ) -> Self {
        Self::of_text(&format!("{feed}\n{flag}|{station}|{variable}|{start}|{end}|{}", value.unwrap_or_default()))
    }

    fn of_unread(feed: &str, unread: &Unread) -> Self {
        Self::of_text(&format!("{feed}\n{}", unread.line()))
    }

    fn of_text(text: &str) -> Self {
        let sha256 = sha256(text.as_bytes());
        Self(sha256[..16].try_into().expect("half of 32 bytes"))
    }

    /// Of one that stands in the ledger.
    pub(super) fn recorded(row: &RefusedRow) -> Self {
        let RefusedRow { feed, station, variable, interval, value, flag, .. } = row;
        match (flag, station, variable, interval) {
            (Flag::Source, ..) | (_, None, ..) | (_, _, None, _) | (.., None) => {
                Self::of_unread(feed, &Unread::recorded(row))
            }
            (_, Some(station), Some(variable), Some(interval)) => {
                Self::of_flagged(feed, (*flag, station, *variable), *interval, value.as_deref())
            }
        }
    }
}
