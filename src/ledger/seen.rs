//! What readers are shown beside pages: what was said at an instant, and series as they became known.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, named_params, params};

use super::instant::{from_millis, instant_text};
use super::reader::nonsense;
use super::walk::is_superseded;
use super::{LedgerError, PayoutRow, Reader, State};
use crate::observation::{SeriesKey, Vintage};
use crate::quantity::{Fixed, Unit};

/// What is known of one interval of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where the interval begins, in seconds since 1970.
    pub start_s: i64,
    /// Where it ends; not included.
    pub end_s: i64,
    /// The value; none where the source took it back.
    pub value: Option<Fixed>,
    /// Its grade.
    pub vintage: Vintage,
    /// When it became known.
    pub known_at: DateTime<Utc>,
    /// The `obs` entry that recorded it.
    pub entry: i64,
    /// Whether another value stood there before.
    pub revised: bool,
}

/// Of a series from one interval on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Intervals that end behind this, in seconds since 1970.
    pub from_s: i64,
    /// Intervals that begin before this.
    pub to_s: i64,
    /// Intervals behind this one, by where they begin and end.
    pub after: (i64, i64),
    /// What was known then.
    pub as_of: DateTime<Utc>,
    /// At most so many.
    pub most: i64,
}

const HISTORY: &str = "SELECT start_s, end_s, value_micro, vintage, known_at_ms, entry,
        EXISTS (SELECT 1 FROM observation AS before
                WHERE before.series = one.series AND before.start_s = one.start_s AND before.end_s = one.end_s
                  AND before.known_at_ms < one.known_at_ms AND before.value_micro IS NOT one.value_micro)
    FROM observation AS one
    WHERE series = :series AND (start_s, end_s) > (:start, :end) AND start_s < :to AND end_s > :from
      AND known_at_ms <= :as_of
      AND NOT EXISTS (SELECT 1 FROM observation AS later
                      WHERE later.series = one.series AND later.start_s = one.start_s AND later.end_s = one.end_s
                        AND later.known_at_ms > one.known_at_ms AND later.known_at_ms <= :as_of)
    ORDER BY start_s, end_s LIMIT :most";

impl Reader {
    /// How many entries readers see: those that are signed; of a ledger without a key, all.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn seen(&self) -> Result<i64, LedgerError> {
        self.number("SELECT size FROM covered", [])
    }

    /// How many entries there were at an instant, of those that readers see.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn seen_at(&self, instant: DateTime<Utc>) -> Result<i64, LedgerError> {
        let query =
            "SELECT coalesce((SELECT seq + 1 FROM ledger WHERE at <= ?1 ORDER BY at DESC, seq DESC LIMIT 1), 0)";
        let at = instant_text(instant).map_err(LedgerError::entry("as_of"))?;
        Ok(self.number(query, [at])?.min(self.seen()?))
    }

    /// A determination as it was read when there were `size` entries: with the state of then, or none where it was not
    /// there yet or something had taken its place.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn said_at(&self, row: PayoutRow, size: i64) -> Result<Option<PayoutRow>, LedgerError> {
        if row.seq >= size {
            return Ok(None);
        }
        if row.state == State::Interim {
            return Ok(Some(row));
        }
        let start = row.period.start.to_string();
        if is_superseded(&self.connection, [&row.policy, &row.cover, &start], row.seq, size)? {
            return Ok(None);
        }
        if !row.state.is_open() && row.state != State::Void {
            return Ok(Some(row));
        }
        let held = "SELECT kind FROM ledger INDEXED BY ledger_held WHERE kind IN ('hold', 'release', 'void')
            AND policy = ?1 AND cover = ?2 AND period_start = ?3 AND seq < ?4 ORDER BY seq DESC LIMIT 1";
        let bound = params![row.policy, row.cover, start, size];
        let held: Option<String> =
            self.connection.prepare_cached(held)?.query_row(bound, |row| row.get(0)).optional()?;
        Ok(Some(row.with_hold(held.as_deref())))
    }

    /// A stretch of a series, and the unit that it has; nothing where nothing was ever learned of it.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn history(&self, key: &SeriesKey, stretch: &Stretch) -> Result<Option<(Unit, Vec<Known>)>, LedgerError> {
        let named = "SELECT id, unit FROM series WHERE feed = ?1 AND station = ?2 AND variable = ?3";
        let found = self.rows(named, [&*key.feed, &*key.station, key.variable.name()], |row| {
            let unit = Unit::from_symbol(&row.get::<_, String>(1)?).ok_or_else(|| nonsense("unit"))?;
            Ok((row.get::<_, i64>(0)?, unit))
        })?;
        let Some((series, unit)) = found.into_iter().next() else { return Ok(None) };
        let (start, end) = stretch.after;
        let bound = named_params! {
            ":series": series, ":start": start, ":end": end, ":from": stretch.from_s, ":to": stretch.to_s,
            ":as_of": stretch.as_of.timestamp_millis(), ":most": stretch.most,
        };
        let known = self.rows(HISTORY, bound, |row| {
            let vintage = row.get_ref(3)?.as_str().ok().and_then(Vintage::from_word);
            Ok(Known {
                start_s: row.get(0)?,
                end_s: row.get(1)?,
                value: row.get::<_, Option<i64>>(2)?.map(Fixed::from_micros),
                vintage: vintage.ok_or_else(|| nonsense("vintage"))?,
                known_at: from_millis(row.get(4)?).ok_or_else(|| nonsense("an instant of a reading"))?,
                entry: row.get(5)?,
                revised: row.get(6)?,
            })
        })?;
        Ok(Some((unit, known)))
    }

    /// The newest key of the log, as `fairgauge verify --key` takes it; none where nothing is signed.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn log_key(&self) -> Result<Option<String>, LedgerError> {
        let query = "SELECT json_extract(body, '$.vkey') FROM ledger WHERE kind = 'key' ORDER BY seq DESC LIMIT 1";
        Ok(self.rows(query, [], |row| Ok(row.get(0)?))?.pop())
    }

    /// A question without an end.
    #[cfg(test)]
    pub(crate) fn endless(&self) -> Result<i64, LedgerError> {
        let query = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        self.number(query, [])
    }
}

#[cfg(test)]
mod tests;
