//! An answer of a feed on its way into the ledger and into what is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::feeds::Polled;
use super::{Clock, Daemon, DaemonError};
use crate::feed::Answer;
use crate::ledger::{Batch, Observed, Poll, to_millisecond};
use crate::observation::{Learned, Reading};

/// Readings of an answer that are new, how many of them revise, and how many contradict one another.
struct Sifted {
    new: Vec<Reading>,
    revisions: i64,
    contradicting: usize,
}

impl Daemon {
    /// Takes a feed back with what it said: new readings go to the ledger first, then into what is known.
    pub(super) async fn take_in(&mut self, polled: Polled, clock: &Clock) -> Result<(), DaemonError> {
        let Polled { name, generation, feed, result } = polled;
        if generation != self.generation {
            return Ok(());
        }
        let now = clock.now();
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
            batch.poll(poll_row(&name, known_at, class, detail, 0, 0, None));
            self.writer.append(batch).await?;
        }
        self.note(&name, known_at, &result);
        Ok(())
    }

    /// Logs a feed's state when it changes, once.
    fn note(&mut self, name: &Arc<str>, at: DateTime<Utc>, result: &Result<usize, (&'static str, String)>) {
        let Some(state) = self.feeds.get_mut(name) else { return };
        state.last_at = Some(at);
        match result {
            Ok(_) => {
                state.last_ok = Some(at);
                if let Some(class) = state.failing.take() {
                    tracing::info!(feed = %name, "feed {name} answers again (it had failed by {class})");
                }
            }
            Err((class, detail)) => {
                if state.failing != Some(class) {
                    tracing::warn!(feed = %name, class, "feed {name} fails: {detail}");
                }
                state.failing = Some(class);
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
        let Sifted { new, revisions, contradicting } = self.sift(name, readings, known_at);
        let rows_refused = refused.len() + contradicting;
        for refused in refused.iter().take(3) {
            tracing::warn!(feed = %name, "feed {name}: a reading was refused: {}: {}", refused.place, refused.reason);
        }
        if rows_refused > 3 {
            tracing::warn!(feed = %name, count = rows_refused, "feed {name}: {rows_refused} readings were refused in all");
        }
        let mut batch = Batch::new();
        let kept: Vec<_> = if new.is_empty() { Vec::new() } else { bodies.iter().map(|body| body.sha256).collect() };
        if !new.is_empty() {
            for body in &bodies {
                batch.keep(body.sha256, body.bytes.clone());
            }
            let readings = new.clone();
            batch.observe(Observed { feed: name.clone(), known_at, evidence: kept, readings, revisions });
        }
        let detail =
            refused.first().map(|refused| format!("{}: {}", refused.place, refused.reason)).unwrap_or_default();
        batch.poll(poll_row(
            name,
            known_at,
            Poll::OK,
            &detail,
            new.len(),
            rows_refused,
            Some(to_millisecond(heard_until)),
        ));
        let appended = self.writer.append(batch).await?;
        let recorded_by = appended.0.first().map_or(-1, |written| written.seq);
        for reading in &new {
            self.knowledge.learn(name, reading, known_at, recorded_by);
        }
        self.knowledge.hear(name, known_at, heard_until);
        for item in self.items.iter_mut().filter(|item| item.feeds.contains(name)) {
            item.dirty = true;
        }
        if revisions > 0 {
            tracing::info!(feed = %name, revisions, "feed {name} revises readings: {revisions}");
        }
        Ok(Ok(new.len()))
    }

    /// What of an answer is new. Two values for one interval in one answer contradict one another: neither is taken.
    fn sift(&self, name: &Arc<str>, readings: Vec<Reading>, known_at: DateTime<Utc>) -> Sifted {
        let mut by_interval: BTreeMap<_, (Reading, bool)> = BTreeMap::new();
        for reading in readings {
            let key = (reading.station.clone(), reading.variable, reading.start, reading.end);
            match by_interval.entry(key) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert((reading, true));
                }
                std::collections::btree_map::Entry::Occupied(mut other) => {
                    let same = other.get().0.value == reading.value;
                    other.get_mut().1 &= same;
                }
            }
        }
        let mut sifted = Sifted { new: Vec::new(), revisions: 0, contradicting: 0 };
        for (reading, agrees) in by_interval.into_values() {
            if !agrees {
                sifted.contradicting += 1;
                continue;
            }
            match self.knowledge.would_learn(name, &reading, known_at) {
                Learned::Nothing => {}
                Learned::New => sifted.new.push(reading),
                Learned::Revision => {
                    sifted.revisions += 1;
                    sifted.new.push(reading);
                }
            }
        }
        sifted
    }
}

fn poll_row(
    name: &Arc<str>,
    at: DateTime<Utc>,
    outcome: &str,
    detail: &str,
    new: usize,
    refused: usize,
    heard_until: Option<DateTime<Utc>>,
) -> Poll {
    let count = |rows: usize| i64::try_from(rows).expect("memory holds fewer than 2^63");
    Poll {
        feed: name.to_string(),
        at,
        outcome: outcome.to_owned(),
        detail: detail.to_owned(),
        rows_new: count(new),
        rows_refused: count(refused),
        heard_until,
    }
}
