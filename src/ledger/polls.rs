//! Who was asked when, and what came of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::reader::{millisecond, nonsense, second};
use super::{LedgerError, Poll, Reader};
use crate::observation::SeriesKey;
use crate::quantity::Variable;

/// How a feed does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedStatus {
    /// Its name in the settings.
    pub feed: String,
    /// The last poll that went well.
    pub last_ok: Option<DateTime<Utc>>,
    /// The last poll.
    pub last_at: Option<DateTime<Utc>>,
    /// How that one went.
    pub last_outcome: Option<String>,
    /// What was said of it.
    pub last_detail: Option<String>,
    /// How many polls have failed since the last one that went well; those that only waited for their quota do not count.
    pub failures: u32,
    /// Until when the server wants to be left alone, by its last answer.
    pub not_before: Option<DateTime<Utc>>,
    /// How many requests were sent in the day up to the last poll.
    pub requests_of_day: i64,
    /// The end of the newest interval that has a value.
    pub newest_end: Option<DateTime<Utc>>,
}

impl Reader {
    /// How each feed does that was ever polled or heard, by name.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn feeds(&self) -> Result<Vec<FeedStatus>, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let names = "SELECT feed FROM poll UNION SELECT feed FROM series ORDER BY feed";
        let names = self.rows(names, [], |row| Ok(row.get::<_, String>(0)?))?;
        names.into_iter().map(|feed| self.feed(feed)).collect()
    }

    fn feed(&self, feed: String) -> Result<FeedStatus, LedgerError> {
        let polls =
            "SELECT at_ms, outcome, not_before_ms, detail FROM poll WHERE feed = ?1 ORDER BY at_ms DESC LIMIT 1";
        let last = self.rows(polls, [&feed], |row| {
            let not_before = row.get::<_, Option<i64>>(2)?.map(millisecond).transpose()?;
            Ok((millisecond(row.get(0)?)?, ((row.get(1)?, row.get(3)?), not_before)))
        });
        let last = last?.pop();
        let polls = "SELECT at_ms FROM poll WHERE feed = ?1 AND outcome = ?2 ORDER BY at_ms DESC LIMIT 1";
        let last_ok = self.rows(polls, [feed.as_str(), Poll::OK], |row| millisecond(row.get(0)?))?.pop();
        // Of each series the interval that begins last.
        let newest = "SELECT max((SELECT end_s FROM observation WHERE observation.series = series.id
                AND value_micro IS NOT NULL ORDER BY start_s DESC, end_s DESC LIMIT 1)) FROM series WHERE feed = ?1";
        let newest = self.rows(newest, [&feed], |row| row.get::<_, Option<i64>>(0)?.map(second).transpose())?;
        let (last_at, last) = last.unzip();
        let (last, not_before) = last.unzip();
        let (last_outcome, last_detail) = last.unzip();
        let day = last_at.map_or(0, |last: DateTime<Utc>| last.timestamp_millis() - 86_400_000);
        let since = last_ok.map_or(-1, |last: DateTime<Utc>| last.timestamp_millis());
        let counts = "SELECT count(*) FILTER (WHERE at_ms > ?2 AND outcome <> 'quota'), coalesce(sum(requests) FILTER (WHERE at_ms > ?3), 0)
            FROM poll WHERE feed = ?1 AND at_ms > min(?2, ?3)";
        let counts =
            self.rows(counts, rusqlite::params![feed, since, day], |row| Ok((row.get(0)?, row.get(1)?)))?.pop();
        let (failures, requests_of_day) = counts.unwrap_or_default();
        let (not_before, newest_end) = (not_before.flatten(), newest.into_iter().flatten().next());
        Ok(FeedStatus {
            feed,
            last_ok,
            last_at,
            last_outcome,
            last_detail,
            failures,
            not_before,
            requests_of_day,
            newest_end,
        })
    }

    /// Until when a feed had told everything, as known at `as_of`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn heard_until(&self, feed: &str, as_of: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let query = "SELECT max(heard_until_ms) FROM poll WHERE feed = ?1 AND outcome = ?2 AND at_ms <= ?3";
        let values = rusqlite::params![feed, Poll::OK, as_of.timestamp_millis()];
        let found = self.rows(query, values, |row| row.get::<_, Option<i64>>(0)?.map(millisecond).transpose())?;
        Ok(found.into_iter().flatten().next())
    }

    /// Polls from an instant on, of one feed or of all, oldest first; with `most`, only so many of the newest.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn polls(
        &self,
        feed: Option<&str>,
        since: Option<DateTime<Utc>>,
        most: Option<u32>,
    ) -> Result<Vec<Poll>, LedgerError> {
        let since = since.map_or(i64::MIN, |since| since.timestamp_millis());
        let most = most.map_or(-1, i64::from);
        let query =
            "SELECT feed, at_ms, outcome, detail, rows_new, rows_refused, heard_until_ms, requests, not_before_ms
            FROM poll WHERE (?1 IS NULL OR feed = ?1) AND at_ms >= ?2 ORDER BY at_ms DESC, feed DESC LIMIT ?3";
        let mut polls = self.rows(query, rusqlite::params![feed, since, most], |row| {
            let instant = |column: usize| row.get::<_, Option<i64>>(column)?.map(millisecond).transpose();
            Ok(Poll {
                feed: row.get(0)?,
                at: millisecond(row.get(1)?)?,
                outcome: row.get(2)?,
                detail: row.get(3)?,
                rows_new: row.get(4)?,
                rows_refused: row.get(5)?,
                heard_until: instant(6)?,
                requests: row.get(7)?,
                not_before: instant(8)?,
            })
        })?;
        polls.reverse();
        Ok(polls)
    }

    /// When requests of a quota were sent, behind an instant, oldest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn spent(&self, quota: &str, behind: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>, LedgerError> {
        let query = "SELECT at_ms, requests FROM spent WHERE quota = ?1 AND at_ms > ?2 ORDER BY at_ms";
        let rows = self.rows(query, rusqlite::params![quota, behind.timestamp_millis()], |row| {
            Ok((millisecond(row.get(0)?)?, row.get::<_, u32>(1)? as usize))
        })?;
        Ok(rows.into_iter().flat_map(|(at, requests)| std::iter::repeat_n(at, requests)).collect())
    }

    /// The end of the newest interval of each series that has a value.
    ///
    /// # Errors
    /// Where the file cannot be read or holds what this program does not know.
    pub fn watermarks(&self) -> Result<Vec<(SeriesKey, DateTime<Utc>)>, LedgerError> {
        let query = "SELECT feed, station, variable, (SELECT end_s FROM observation
                WHERE observation.series = series.id AND value_micro IS NOT NULL
                ORDER BY start_s DESC, end_s DESC LIMIT 1)
            FROM series ORDER BY feed, station, variable";
        let rows = self.rows(query, [], |row| {
            let [feed, station, variable] = [0, 1, 2].map(|column| row.get::<_, String>(column));
            let variable = Variable::from_name(&variable?).ok_or_else(|| nonsense("variable"))?;
            let key = SeriesKey { feed: Arc::from(feed?), station: Arc::from(station?), variable };
            Ok(row.get::<_, Option<i64>>(3)?.map(second).transpose()?.map(|end| (key, end)))
        })?;
        Ok(rows.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Batch;
    use crate::ledger::store::tests::{fresh, poll};

    #[test]
    fn polls_are_told_in_their_order_and_from_an_instant_on() {
        let (_folder, mut store) = fresh();
        store.append(poll()).expect("written");
        let first = crate::ledger::parse_instant("2013-06-01T06:30:00.000Z").expect("an instant");
        let later = first + chrono::TimeDelta::minutes(1);
        let mut batch = Batch::new();
        let failed = Poll {
            feed: "asos".into(),
            at: later,
            outcome: "status".into(),
            detail: "status 503".into(),
            rows_new: 0,
            rows_refused: 0,
            heard_until: None,
            requests: 3,
            not_before: Some(later + chrono::TimeDelta::days(1)),
        };
        batch.poll(failed.clone());
        batch.poll(Poll { feed: "scada".into(), ..failed.clone() });
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let told = |feed, since, most| {
            let polls = reader.polls(feed, since, most).expect("readable");
            polls.into_iter().map(|poll| (poll.feed, poll.at)).collect::<Vec<_>>()
        };
        let [one, two, three] = [("asos".to_owned(), first), ("asos".to_owned(), later), ("scada".to_owned(), later)];
        assert_eq!(told(None, None, None), [one.clone(), two.clone(), three.clone()]);
        assert_eq!(told(Some("asos"), None, None), [one, two.clone()]);
        assert_eq!(told(None, Some(later), None), [two.clone(), three.clone()], "from then on");
        assert_eq!(told(None, None, Some(2)), [two, three], "the newest");
        assert_eq!(reader.polls(Some("asos"), Some(later), None).expect("readable"), std::slice::from_ref(&failed));
        let status = reader.feeds().expect("readable");
        assert_eq!(
            (status[0].failures, status[0].requests_of_day),
            (1, 4),
            "since the last that went well; of the day"
        );
        assert_eq!(status[1].failures, 1, "it never went well");
        let mut batch = Batch::new();
        for (milliseconds, requests) in [(86_400_001, 70), (86_400_000, 20), (86_399_999, 5), (0, 3)] {
            let at = later - chrono::TimeDelta::milliseconds(milliseconds);
            batch.poll(Poll { feed: "buoy".into(), at, requests, ..failed.clone() });
        }
        store.append(batch).expect("written");
        let buoy = reader.feed("buoy".to_owned()).expect("readable");
        assert_eq!((buoy.failures, buoy.requests_of_day), (4, 8), "of less than a day before the last one");
        let mut batch = Batch::new();
        let heard = |days| Some(first + chrono::TimeDelta::days(days));
        for (seconds, until, outcome) in [(1, heard(1), Poll::OK), (2, heard(3), Poll::OK), (3, heard(9), "status")] {
            let at = later + chrono::TimeDelta::seconds(seconds);
            batch.poll(Poll { feed: "tide".into(), at, outcome: outcome.into(), heard_until: until, ..failed.clone() });
        }
        store.append(batch).expect("written");
        let until =
            |feed, seconds| reader.heard_until(feed, later + chrono::TimeDelta::seconds(seconds)).expect("readable");
        assert_eq!([0, 1, 2, 3].map(|seconds| until("tide", seconds)), [None, heard(1), heard(3), heard(3)]);
        assert_eq!(until("buoy", 9), None, "it never went well");
        let mut batch = Batch::new();
        [first, later].into_iter().for_each(|at| batch.spend("host.example", at));
        store.append(batch.clone()).expect("written");
        store.append(batch).expect("the same again");
        let before = first - chrono::TimeDelta::milliseconds(1);
        assert_eq!(reader.spent("host.example", before).expect("readable"), [first, later]);
        assert_eq!(reader.spent("host.example", first).expect("readable"), [later], "behind it");
        assert!(reader.spent("other.example", before).expect("readable").is_empty());
        let marks = reader.watermarks().expect("readable");
        let newest: Vec<_> = marks.iter().map(|(key, end)| (&*key.station, end.timestamp())).collect();
        assert_eq!(newest, [("JFK", 7_200)], "of ALB nothing has a value");
    }
}
