//! What was known at an instant, taken together from rows of readings, polls and refusals.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::reader::{millisecond, nonsense, second};
use super::{LedgerError, Poll, Reader};
use crate::observation::{Knowledge, Reading, SeriesKey, Vintage};
use crate::quantity::{Fixed, Unit, Variable};

/// A series as it is named in rows.
struct Named {
    feed: Arc<str>,
    station: Arc<str>,
    variable: Variable,
    unit: Unit,
}

impl Reader {
    /// Everything that was known at `as_of`, or that is known now.
    ///
    /// # Errors
    /// Where the file cannot be read or holds what this program does not know.
    pub fn knowledge(&self, as_of: Option<DateTime<Utc>>) -> Result<Knowledge, LedgerError> {
        self.knowledge_of(as_of, |_| true)
    }

    /// The same, of the readings of some series only: a large ledger holds more than one policy rests on.
    ///
    /// # Errors
    /// As [`Self::knowledge`].
    pub fn knowledge_of(
        &self,
        as_of: Option<DateTime<Utc>>,
        wanted: impl Fn(&SeriesKey) -> bool,
    ) -> Result<Knowledge, LedgerError> {
        let until = as_of.map_or(i64::MAX, |as_of| as_of.timestamp_millis());
        let mut knowledge = Knowledge::new();
        // One state of the file: a poll may not be heard without its readings.
        let _snapshot = self.connection.unchecked_transaction()?;
        let series = self.series()?;
        for (id, named) in &series {
            let Named { feed, station, variable, .. } = named;
            if wanted(&SeriesKey { feed: feed.clone(), station: station.clone(), variable: *variable }) {
                self.learn(&mut knowledge, (*id, named), until)?;
            }
        }
        self.hear(&mut knowledge, until)?;
        let mut feeds: BTreeSet<Arc<str>> = series.iter().map(|(_, named)| named.feed.clone()).collect();
        for row in self.refused_rows(None)?.into_iter().filter(|row| row.known_at.timestamp_millis() <= until) {
            let feed = feeds.get(row.feed.as_str()).cloned().unwrap_or_else(|| row.feed.as_str().into());
            feeds.insert(feed.clone());
            let (Some(station), Some(variable), Some(interval)) = (row.station, row.variable, row.interval) else {
                continue;
            };
            knowledge.refuse(SeriesKey { feed, station: station.into(), variable }, interval, row.known_at);
        }
        Ok(knowledge)
    }

    fn learn(&self, knowledge: &mut Knowledge, (id, named): (i64, &Named), until: i64) -> Result<(), LedgerError> {
        // By interval, then by when it became known: each row goes to the end of its series.
        let query = "SELECT start_s, end_s, value_micro, vintage, known_at_ms, entry FROM observation
            WHERE series = ?1 AND known_at_ms <= ?2 ORDER BY start_s, end_s, known_at_ms";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([id, until])?;
        while let Some(row) = rows.next()? {
            let second = |column: usize| second(row.get(column)?);
            let vintage = row.get_ref(3)?.as_str().ok().and_then(Vintage::from_word);
            let reading = Reading {
                station: named.station.clone(),
                variable: named.variable,
                start: second(0)?,
                end: second(1)?,
                value: row.get::<_, Option<i64>>(2)?.map(Fixed::from_micros),
                unit: named.unit,
                vintage: vintage.ok_or_else(|| nonsense("vintage"))?,
            };
            knowledge.learn(&named.feed, &reading, millisecond(row.get(4)?)?, row.get(5)?);
        }
        Ok(())
    }

    fn hear(&self, knowledge: &mut Knowledge, until: i64) -> Result<(), LedgerError> {
        let query = "SELECT feed, at_ms, heard_until_ms FROM poll
            WHERE outcome = ?1 AND heard_until_ms IS NOT NULL AND at_ms <= ?2 ORDER BY at_ms, feed";
        let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query(rusqlite::params![Poll::OK, until])?;
        while let Some(row) = rows.next()? {
            let feed = row.get_ref(0)?.as_str().map_err(|_| nonsense("a feed"))?;
            let feed = names.get(feed).cloned().unwrap_or_else(|| Arc::from(feed));
            names.insert(feed.clone());
            knowledge.hear(&feed, millisecond(row.get(1)?)?, millisecond(row.get(2)?)?);
        }
        Ok(())
    }

    fn series(&self) -> Result<Vec<(i64, Named)>, LedgerError> {
        let mut feeds: BTreeSet<Arc<str>> = BTreeSet::new();
        self.rows("SELECT id, feed, station, variable, unit FROM series ORDER BY id", [], |row| {
            let [feed, station, variable, unit] = [1, 2, 3, 4].map(|column| row.get::<_, String>(column));
            let feed: Arc<str> = feed?.into();
            let feed = feeds.get(&feed).cloned().unwrap_or(feed);
            feeds.insert(feed.clone());
            let variable = Variable::from_name(&variable?).ok_or_else(|| nonsense("variable"))?;
            let unit = Unit::from_symbol(&unit?).ok_or_else(|| nonsense("unit"))?;
            Ok((row.get(0)?, Named { feed, station: station?.into(), variable, unit }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::observed::tests::{observed, rain};
    use crate::ledger::store::tests::{fresh, poll};
    use crate::ledger::{Batch, Refusal};
    use crate::observation::quality::{Flag, Flagged};

    #[test]
    fn knowledge_is_rebuilt_as_it_was() {
        let (_folder, mut store) = fresh();
        store.append(poll()).expect("written");
        let mut batch = Batch::new();
        let readings = vec![rain("JFK", 1, Some("0.4")), rain("JFK", 0, Some("2")), rain("JFK", 2, Some("1"))];
        let later = observed("2013-06-02T00:00:00.000Z", readings);
        let known_at = later.known_at;
        batch.observe(later);
        let (outcome, detail) = ("timeout".to_owned(), "x".repeat(5_000));
        let failed = Poll {
            feed: "asos".into(),
            at: known_at,
            outcome,
            detail,
            rows_new: 0,
            rows_refused: 0,
            heard_until: Some(known_at),
            requests: 3,
            not_before: Some(known_at),
        };
        batch.poll(failed.clone());
        batch.poll(Poll { feed: "scada".into(), heard_until: None, ..failed });
        store.append(batch.clone()).expect("written");
        store.append(batch).expect("the same again");
        let reader = Reader::open(store.path()).expect("a ledger");
        let key = SeriesKey { feed: "asos".into(), station: "JFK".into(), variable: Variable::Precipitation };
        let known = |as_of: Option<DateTime<Utc>>| {
            let knowledge = reader.knowledge(as_of).expect("readable");
            let rows = knowledge.series(&key).expect("known").rows();
            rows.map(|row| (row.start / 3_600, row.value.expect("a value").to_string(), row.recorded_by))
                .collect::<Vec<_>>()
        };
        let expected = |rows: &[(i64, &str, i64)]| {
            rows.iter().map(|(start, value, by)| (*start, (*value).to_owned(), *by)).collect::<Vec<_>>()
        };
        assert_eq!(known(None), expected(&[(0, "2", 2), (1, "0.3", 1), (1, "0.4", 2), (2, "1", 2)]));
        assert_eq!(known(Some(known_at - chrono::TimeDelta::milliseconds(1))), expected(&[(1, "0.3", 1)]));
        let first = crate::ledger::parse_instant("2013-06-01T06:30:00.000Z").expect("an instant");
        let knowledge = reader.knowledge(None).expect("readable");
        assert_eq!(knowledge.heard_until("asos", known_at), Some(first), "a failed poll is not heard");
        assert_eq!(knowledge.heard_until("asos", first - chrono::TimeDelta::milliseconds(1)), None);
        assert_eq!(reader.last_instant().expect("readable"), Some(known_at));
        let [asos, scada] = &reader.feeds().expect("readable")[..] else { panic!("two feeds") };
        assert_eq!((asos.last_ok, asos.last_at), (Some(first), Some(known_at)));
        assert_eq!(
            (asos.last_outcome.as_deref(), asos.newest_end.map(|at| at.timestamp())),
            (Some("timeout"), Some(10_800))
        );
        assert_eq!((scada.last_ok, scada.newest_end), (None, None));
    }

    #[test]
    fn what_was_refused_is_known_from_then_on() {
        let (_folder, mut store) = fresh();
        let known_at = crate::ledger::parse_instant("2013-06-01T06:30:00.000Z").expect("an instant");
        let reading = rain("JFK", 2, Some("401.1"));
        let flagged = vec![Flagged { reading, flag: Flag::Limit, reason: "too much".to_owned() }];
        let (evidence, unread) = (Vec::new(), Vec::new());
        let mut batch = Batch::new();
        let refusal = Refusal { feed: "asos".into(), known_at, evidence, flagged, unread, more: 0 };
        batch.refuse(refusal).expect("plain names");
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let key = SeriesKey { feed: "asos".into(), station: "JFK".into(), variable: Variable::Precipitation };
        let refused = |as_of| {
            let knowledge = reader.knowledge(as_of).expect("readable");
            knowledge.refused(&key, known_at + chrono::TimeDelta::days(9)).collect::<Vec<_>>()
        };
        assert_eq!(refused(None), [(7_200, 10_800)]);
        assert_eq!(refused(Some(known_at)), [(7_200, 10_800)]);
        assert_eq!(refused(Some(known_at - chrono::TimeDelta::milliseconds(1))), []);
    }
}
