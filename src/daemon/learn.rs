//! An answer of a feed on its way into the ledger and into what is known.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::feeds::Polled;
use super::servers::Turn;
use super::{Clock, Daemon, DaemonError};
use crate::feed::patience::{ENOUGH, wait_after};
use crate::feed::{Answer, Body, PollError};
use crate::ledger::{Batch, Observed, Poll, Refusal, RefusedRow, to_millisecond};
use crate::observation::Reading;
use crate::observation::quality::{Flag, Flagged, Judged, Rules, judge};
use crate::quantity::{Fixed, Variable};

/// What an answer teaches.
struct Sifted {
    /// Readings that are new or revise.
    new: Vec<Reading>,
    /// How many of them revise.
    revisions: i64,
    /// What cannot be true, and was not refused before.
    flagged: Vec<Flagged>,
    /// How many readings cannot be true, those that were refused before among them.
    refused: usize,
}

impl Daemon {
    /// Takes a feed back with what it said: new readings go to the ledger first, then into what is known.
    pub(super) async fn take_in(&mut self, polled: Polled, clock: &Clock) -> Result<(), DaemonError> {
        let Polled { name, generation, feed, result } = polled;
        if generation != self.generation {
            return Ok(());
        }
        let now = clock.now();
        self.note_server(&name, now, feed.requests(), result.as_ref().err());
        let Some(state) = self.feeds.get_mut(&name) else { return Ok(()) };
        state.put_back(feed, now, clock.is_virtual(), result.as_ref().err());
        let last_at = state.last_at;
        let after_last = last_at.map_or(now, |last| last + TimeDelta::milliseconds(1));
        let known_at = to_millisecond(self.knowledge_now(now)).max(after_last);
        self.latest = self.latest.max(known_at);
        let result = match result {
            Ok(answer) => self.learn(&name, answer, known_at).await?,
            Err(error) => Err((error.class(), error.to_string())),
        };
        if let Err((class, detail)) = &result {
            let mut batch = Batch::new();
            batch.poll(self.poll_row(&name, known_at, class, detail, (0, 0), None));
            self.writer.append(batch).await?;
        }
        self.note(&name, known_at, &result);
        Ok(())
    }

    /// What a poll says of its server, for the other feeds that ask it.
    fn note_server(&mut self, name: &Arc<str>, now: DateTime<Utc>, requests: u32, error: Option<&PollError>) {
        let Some(state) = self.feeds.get(name) else { return };
        let settings = state.settings.clone();
        let Some(host) = settings.host() else { return };
        let turn = match error.filter(|error| error.is_of_server()) {
            // A key that cannot be read: nobody was asked.
            None if requests == 0 => self.servers.not_asked(Some(host)),
            None => self.servers.answered(Some(host)),
            Some(error) => {
                let asked = error.retry_after().and_then(|wait| TimeDelta::from_std(wait).ok());
                let wait = wait_after(state.failures + 1, &settings).max(asked.unwrap_or_default());
                self.servers.failed(Some(host), now, wait, asked.is_some())
            }
        };
        match turn {
            Some(Turn::Opened) => tracing::warn!(
                server = host,
                "server {host} has failed {ENOUGH} times in a row: from now on one request tries it at growing intervals"
            ),
            Some(Turn::Closed) => {
                tracing::info!(server = host, "server {host} is asked as usual again");
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
        match result {
            Ok(_) => {
                // One that has more to say has not told everything up to now.
                if !state.has_more() {
                    state.last_ok = Some(at);
                }
                state.swept = state.sweeps.take().or(state.swept);
                if let Some(class) = state.failing.take() {
                    tracing::info!(feed = %name, "feed {name} answers again (it had failed by {class})");
                }
            }
            Err((class, detail)) => {
                if state.failing != Some(class) {
                    tracing::warn!(feed = %name, class, "feed {name} fails: {detail}");
                }
                state.failing = Some(class);
                if state.failures == ENOUGH && state.is_open() {
                    tracing::warn!(feed = %name, "feed {name} has failed {ENOUGH} times in a row: it is asked less often, by one request");
                }
            }
        }
    }

    /// Writes what is new and takes it into what is known. An answer in another unit than before is refused whole.
    async fn learn(
        &mut self,
        name: &Arc<str>,
        answer: Answer,
        known_at: DateTime<Utc>,
    ) -> Result<Result<usize, (&'static str, String)>, DaemonError> {
        let other_unit = answer.readings.iter().find(|reading| {
            let kept = self.knowledge.unit_of(name, &reading.station, reading.variable);
            kept.is_some_and(|unit| unit != reading.unit)
        });
        if let Some(reading) = other_unit {
            let Reading { station, variable, unit, .. } = reading;
            let detail =
                format!("{station} {variable} comes in {unit}, but is kept in another unit: give the feed a new name");
            return Ok(Err(("unit", detail)));
        }
        let Answer { bodies, readings, refused, heard_until } = answer;
        let Sifted { new, revisions, flagged, refused: untrue } = self.sift(name, readings, known_at);
        let rows_refused = refused.len() + untrue;
        for refused in refused.iter().take(3) {
            tracing::warn!(feed = %name, "feed {name}: a reading was refused: {}: {}", refused.place, refused.reason);
        }
        for Flagged { reading, flag, reason } in flagged.iter().take(3) {
            let Reading { station, variable, start, .. } = reading;
            tracing::warn!(feed = %name, %flag, "feed {name}: {variable} of {station} at {start} was refused: {flag}: {reason}");
        }
        if rows_refused > 3 {
            tracing::warn!(feed = %name, count = rows_refused, "feed {name}: {rows_refused} readings were refused in all");
        }
        let mut batch = Batch::new();
        let mut kept = Vec::new();
        if !new.is_empty() || !flagged.is_empty() {
            for Body { sha256, bytes, .. } in bodies {
                batch.keep(sha256, bytes);
                kept.push(sha256);
            }
        }
        if !new.is_empty() {
            let evidence = kept.clone();
            let readings = new.clone();
            batch.observe(Observed { feed: name.clone(), known_at, evidence, readings, revisions });
        }
        let first = refused.first().map(|refused| format!("{}: {}", refused.place, refused.reason));
        let detail = first.or_else(|| flagged.first().map(|flagged| format!("{}: {}", flagged.flag, flagged.reason)));
        let detail = detail.unwrap_or_default();
        if !flagged.is_empty() {
            self.refused.extend(flagged.iter().map(|flagged| RefusedKey::of(name, flagged)));
            let refusal = Refusal { feed: name.clone(), known_at, evidence: kept, flagged };
            if let Err(error) = batch.refuse(refusal) {
                tracing::warn!(feed = %name, "feed {name}: refused readings cannot be recorded: {error}");
            }
        }
        batch.poll(self.poll_row(
            name,
            known_at,
            Poll::OK,
            &detail,
            (new.len(), rows_refused),
            Some(to_millisecond(heard_until)),
        ));
        let appended = self.writer.append(batch).await?;
        let recorded_by = appended.0.first().map_or(-1, |written| written.seq);
        for reading in &new {
            self.knowledge.learn(name, reading, known_at, recorded_by);
        }
        self.knowledge.hear(name, known_at, heard_until);
        self.settled.learn(name, &new);
        if let Some(state) = self.feeds.get_mut(name) {
            state.recorded(known_at);
        }
        for item in self.items.iter_mut().filter(|item| item.feeds.contains(name)) {
            item.dirty = true;
        }
        if revisions > 0 {
            tracing::info!(feed = %name, revisions, "feed {name} revises readings: {revisions}");
        }
        Ok(Ok(new.len()))
    }

    /// What an answer teaches, and what of it was not refused before.
    fn sift(&self, name: &Arc<str>, answer: Vec<Reading>, known_at: DateTime<Utc>) -> Sifted {
        let rules = self.feeds.get(name).map(|state| &state.settings.quality);
        let none = Rules::default();
        let Judged { good: new, revisions, mut flagged } =
            judge(rules.unwrap_or(&none), name, answer, &self.knowledge, known_at);
        let refused = flagged.len();
        flagged.retain(|flagged| !self.refused.contains(&RefusedKey::of(name, flagged)));
        Sifted { new, revisions: i64::try_from(revisions).expect("memory holds fewer than 2^63"), flagged, refused }
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

/// What tells one refused reading from another: the same one is recorded once, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RefusedKey(Arc<str>, Arc<str>, Variable, i64, i64, Option<Fixed>, Flag);

impl RefusedKey {
    fn of(feed: &Arc<str>, flagged: &Flagged) -> Self {
        let Reading { station, variable, start, end, value, .. } = &flagged.reading;
        Self(feed.clone(), station.clone(), *variable, start.timestamp(), end.timestamp(), *value, flagged.flag)
    }

    /// Of one that stands in the ledger.
    pub(super) fn recorded(row: &RefusedRow) -> Self {
        let RefusedRow { feed, station, variable, start, end, value, flag, .. } = row;
        Self(feed.as_str().into(), station.as_str().into(), *variable, *start, *end, *value, *flag)
    }
}
