//! Reading the ledger, while another process may write it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params};

use super::disk::{Disk, SystemDisk};
use super::instant::{from_millis, instant_text, parse_instant};
use super::lost::Lost;
use super::{
    Determination, Digest, Entry, Filter, Kind, LedgerError, OpenError, PayoutRow, Poll, RefusedRow, file, refused,
    sources, verify,
};
use crate::observation::{Knowledge, Reading, SeriesKey, Vintage};
use crate::quantity::{Fixed, Unit, Variable};

/// A ledger's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// What it was called.
    pub origin: String,
    /// The program that made it.
    pub engine: String,
    /// When.
    pub at: DateTime<Utc>,
}

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

/// A series as it is named in rows.
struct Named {
    feed: Arc<str>,
    station: Arc<str>,
    variable: Variable,
    unit: Unit,
}

/// A connection that cannot write. Each question sees the ledger as it stands then.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) form: i64,
    /// Whether it lies on this machine's own file system, where a second connection can read beside this one.
    pub(super) is_plain: bool,
}

/// Determinations that nothing supersedes.
pub(super) const LATEST: &str = "SELECT seq, body FROM ledger
    WHERE kind IN ('decision', 'final', 'restate')
      AND NOT EXISTS (SELECT 1 FROM ledger AS later
                      WHERE later.kind IN ('decision', 'final', 'restate') AND later.policy = ledger.policy
                        AND later.cover = ledger.cover AND later.period_start = ledger.period_start
                        AND later.seq > ledger.seq)";

impl Reader {
    /// Opens a ledger of this program's form.
    ///
    /// # Errors
    /// What is wrong and what to do.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_on(&SystemDisk, path)
    }

    /// The same on another disk than the system's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: &dyn Disk, path: &Path) -> Result<Self, OpenError> {
        let reader = Self::open_any(disk, path)?;
        let (found, known) = (reader.form, file::newest_form());
        if found < known {
            return Err(OpenError::Older { path: path.to_owned(), found, known });
        }
        Ok(reader)
    }

    /// Opens a ledger of this form or an earlier one, which can be copied and checked, not asked.
    pub(super) fn open_any(disk: &dyn Disk, path: &Path) -> Result<Self, OpenError> {
        file::check_path(disk, path)?;
        let connection = file::connect(disk, path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let form = file::form(&connection, path)?;
        Ok(Self { connection, path: path.to_owned(), form, is_plain: disk.vfs().is_none() })
    }

    /// By what a question is broken off from another thread.
    pub fn breaker(&self) -> rusqlite::InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Writes all that is seen now into a new file, one without a write-ahead log.
    pub(super) fn copy_to(&self, to: &Path) -> Result<(), OpenError> {
        let name = to.to_str().ok_or_else(|| OpenError::File {
            path: to.to_owned(),
            source: std::io::Error::other("its name is no text"),
        })?;
        self.connection.execute("VACUUM INTO ?1", [name]).map(|_| ()).map_err(file::sort(to))
    }

    /// The rows of a filter, by policy, cover and period; with `all` each followed by what took its place.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn payouts(&self, filter: &Filter) -> Result<Vec<PayoutRow>, LedgerError> {
        self.stream(filter, |rows| rows.collect())?
    }

    /// The latest determination of every period of every policy, with their entries' numbers, in their order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn latest_of_all(&self) -> Result<Vec<(i64, Determination)>, LedgerError> {
        self.rows(&format!("{LATEST} ORDER BY seq"), [], |row| {
            Ok((row.get(0)?, self.determination(&row.get::<_, String>(1)?)?))
        })
    }

    /// Every payment in advance of every policy, in their order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn advances(&self) -> Result<Vec<Determination>, LedgerError> {
        let query = "SELECT body FROM ledger WHERE kind = 'interim' ORDER BY seq";
        self.rows(query, [], |row| self.determination(&row.get::<_, String>(0)?))
    }

    /// What binds for a policy: of each period the final determination, or its last restatement, in their order.
    /// Where nothing was paid in advance, the sum of the amounts is what the policy was paid.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn finals(&self, policy: &str) -> Result<Vec<Determination>, LedgerError> {
        let query = format!("{LATEST} AND policy = ?1 AND kind <> 'decision' ORDER BY seq");
        self.rows(&query, [policy], |row| self.determination(&row.get::<_, String>(1)?))
    }

    /// Everything that was known at `as_of`, or that is known now.
    ///
    /// # Errors
    /// Where the file cannot be read or holds what this program does not know.
    pub fn knowledge(&self, as_of: Option<DateTime<Utc>>) -> Result<Knowledge, LedgerError> {
        let until = as_of.map_or(i64::MAX, |as_of| as_of.timestamp_millis());
        let mut knowledge = Knowledge::new();
        // One state of the file: a poll may not be heard without its readings.
        let _snapshot = self.connection.unchecked_transaction()?;
        let series = self.series()?;
        // By interval, then by when it became known: each row goes to the end of its series.
        let query = "SELECT series, start_s, end_s, value_micro, vintage, known_at_ms, entry FROM observation
            WHERE known_at_ms <= ?1 ORDER BY series, start_s, end_s, known_at_ms";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([until])?;
        while let Some(row) = rows.next()? {
            let named: &Named = series.get(&row.get(0)?).ok_or_else(|| nonsense("a reading's series"))?;
            let second = |column: usize| second(row.get(column)?);
            let reading = Reading {
                station: named.station.clone(),
                variable: named.variable,
                start: second(1)?,
                end: second(2)?,
                value: row.get::<_, Option<i64>>(3)?.map(Fixed::from_micros),
                unit: named.unit,
                vintage: row
                    .get_ref(4)?
                    .as_str()
                    .ok()
                    .and_then(Vintage::from_word)
                    .ok_or_else(|| nonsense("vintage"))?,
            };
            knowledge.learn(&named.feed, &reading, millisecond(row.get(5)?)?, row.get(6)?);
        }
        self.hear(&mut knowledge, until)?;
        let mut feeds: BTreeSet<Arc<str>> = series.values().map(|named| named.feed.clone()).collect();
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

    fn series(&self) -> Result<HashMap<i64, Named>, LedgerError> {
        let mut feeds: BTreeSet<Arc<str>> = BTreeSet::new();
        let named = self.rows("SELECT id, feed, station, variable, unit FROM series ORDER BY id", [], |row| {
            let [feed, station, variable, unit] = [1, 2, 3, 4].map(|column| row.get::<_, String>(column));
            let feed: Arc<str> = feed?.into();
            let feed = feeds.get(&feed).cloned().unwrap_or(feed);
            feeds.insert(feed.clone());
            let variable = Variable::from_name(&variable?).ok_or_else(|| nonsense("variable"))?;
            let unit = Unit::from_symbol(&unit?).ok_or_else(|| nonsense("unit"))?;
            Ok((row.get(0)?, Named { feed, station: station?.into(), variable, unit }))
        })?;
        Ok(named.into_iter().collect())
    }

    /// All entries of a kind with their numbers.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn notes(&self, kind: Kind) -> Result<Vec<(i64, Entry)>, LedgerError> {
        self.rows("SELECT body FROM ledger WHERE kind = ?1 ORDER BY seq", [kind.word()], |row| {
            read(&row.get::<_, String>(0)?)
        })
    }

    /// The entry of a number.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn entry(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        let entry = self.body(seq)?.map(|body| read(&body)).transpose()?;
        Ok(entry.map(|(_, entry)| entry))
    }

    /// The bytes of a digest.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn evidence(&self, sha256: Digest) -> Result<Option<Vec<u8>>, LedgerError> {
        let query = "SELECT bytes FROM evidence WHERE sha256 = ?1";
        Ok(self.connection.prepare_cached(query)?.query_row([sha256], |row| row.get(0)).optional()?)
    }

    /// How the ledger began.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn genesis(&self) -> Result<Genesis, LedgerError> {
        let entry = self.entry(0)?.ok_or_else(|| nonsense("no genesis"))?;
        let text = |name| entry.text_of(name).map(str::to_owned).map_err(LedgerError::entry("genesis"));
        Ok(Genesis { origin: text("origin")?, engine: text("engine")?, at: entry.at() })
    }

    /// The latest instant of any entry and any poll: a clock that shows less has gone back.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn last_instant(&self) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let entry = self.rows("SELECT max(at) FROM ledger", [], |row| {
            let at: Option<String> = row.get(0)?;
            at.map(|at| parse_instant(&at).ok_or_else(|| nonsense("instant"))).transpose()
        })?;
        let poll = self.rows("SELECT max(at_ms) FROM poll", [], |row| {
            row.get::<_, Option<i64>>(0)?.map(millisecond).transpose()
        })?;
        Ok(entry.into_iter().chain(poll).flatten().max())
    }

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

    /// The readings that were refused, of one feed or of all, oldest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn refused(&self, feed: Option<&str>) -> Result<Vec<RefusedRow>, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        self.refused_rows(feed)
    }

    fn refused_rows(&self, feed: Option<&str>) -> Result<Vec<RefusedRow>, LedgerError> {
        let query = "SELECT body FROM ledger WHERE key >= ?1 AND key < ?2 AND kind = 'note' ORDER BY seq";
        let from = feed.map_or(refused::STEM.to_owned(), |feed| format!("{}{feed}/", refused::STEM));
        // The character behind `/`.
        let to = format!("{}0", &from[..from.len() - 1]);
        let (mut rows, lost_entries) = (Vec::new(), Lost::read(&self.connection)?);
        for body in self.rows(query, [&from, &to], |row| Ok(row.get::<_, String>(0)?))? {
            let (seq, entry) = read(&body)?;
            let lost = || nonsense("a list of refused readings is missing");
            let sha256 = entry.digest_of("rows_sha256").map_err(LedgerError::entry(entry.key()))?;
            let text = self.evidence(sha256)?.and_then(|bytes| String::from_utf8(bytes).ok());
            let text = match text {
                None if lost_entries.has(seq) => continue,
                text => text.ok_or_else(lost)?,
            };
            let feed = entry.key()[refused::STEM.len()..].rsplit_once('/').map_or("", |(feed, _)| feed);
            rows.extend(refused::read(feed, entry.at(), &text).ok_or_else(lost)?);
        }
        Ok(rows)
    }

    /// The determination of an entry's number, superseded or not; none where the entry is no determination.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn determination_of(&self, seq: i64) -> Result<Option<Determination>, LedgerError> {
        let query = "SELECT body FROM ledger WHERE seq = ?1 AND kind IN ('decision', 'interim', 'final', 'restate')";
        let rows = self.rows(query, [seq], |row| self.determination(&row.get::<_, String>(0)?))?;
        Ok(rows.into_iter().next())
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn count(&self) -> Result<i64, LedgerError> {
        self.number("SELECT coalesce(max(seq) + 1, 0) FROM ledger", [])
    }

    /// The lines of readings that the `rows_sha256` of some `obs` entries is the hash of. It reads through all readings
    /// once.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn rows_of(&self, entries: &BTreeSet<i64>) -> Result<BTreeMap<i64, String>, LedgerError> {
        Ok(verify::lines_of(&self.connection, entries)?)
    }

    /// The `obs` entries of some feeds up to `as_of`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn observed_by(&self, feeds: &[&str], as_of: DateTime<Utc>) -> Result<BTreeSet<i64>, LedgerError> {
        let query = "SELECT seq FROM ledger WHERE kind = 'obs' AND json_extract(body, '$.feed') = ?1 AND at <= ?2";
        let as_of = instant_text(as_of).map_err(LedgerError::entry("as_of"))?;
        let mut entries = BTreeSet::new();
        for feed in feeds {
            entries.extend(self.rows(query, [*feed, &as_of], |row| Ok(row.get::<_, i64>(0)?))?);
        }
        Ok(entries)
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

    /// Determinations and payments in advance, superseded or not, from entry `from` on, at most `most`, in their order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn determinations(&self, from: i64, most: i64) -> Result<Vec<(i64, Determination)>, LedgerError> {
        let query = "SELECT seq, body FROM ledger
            WHERE kind IN ('decision', 'interim', 'final', 'restate') AND seq >= ?1 ORDER BY seq LIMIT ?2";
        self.rows(query, [from, most], |row| Ok((row.get(0)?, self.determination(&row.get::<_, String>(1)?)?)))
    }

    /// How many determinations there are from entry `from` on.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn count_determinations(&self, from: i64) -> Result<i64, LedgerError> {
        let query =
            "SELECT count(*) FROM ledger WHERE kind IN ('decision', 'interim', 'final', 'restate') AND seq >= ?1";
        self.number(query, [from])
    }

    pub(super) fn determination(&self, body: &str) -> Result<Determination, LedgerError> {
        let (seq, entry) = read(body)?;
        let long = match entry.digest_of("observations_sha256") {
            Ok(sha256) => {
                let bytes = match self.evidence(sha256)? {
                    None if Lost::read(&self.connection)?.has(seq) => Vec::new(),
                    bytes => bytes.ok_or_else(|| nonsense("a list of observations is missing"))?,
                };
                Some(String::from_utf8(bytes).map_err(|_| nonsense("a list of observations"))?)
            }
            Err(_) => None,
        };
        let determination = Determination::from_entry(&entry, long).map_err(LedgerError::entry(entry.key()))?;
        let Some(sha256) = sources::named(&entry) else { return Ok(determination) };
        let lost = || nonsense("a list of sources is missing");
        let list = match self.evidence(sha256)? {
            None if Lost::read(&self.connection)?.has(seq) => return Ok(determination),
            list => list.as_deref().and_then(sources::parse).ok_or_else(lost)?,
        };
        Ok(Determination { sources: Some(list), ..determination })
    }

    /// The number that a question has for its answer.
    pub(super) fn number(&self, query: &str, values: impl Params) -> Result<i64, LedgerError> {
        Ok(self.connection.prepare_cached(query)?.query_row(values, |row| row.get(0))?)
    }

    pub(super) fn rows<T>(
        &self,
        query: &str,
        values: impl Params,
        mut read: impl FnMut(&rusqlite::Row<'_>) -> Result<T, LedgerError>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query(values)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }
}

pub(super) fn nonsense(what: &str) -> LedgerError {
    LedgerError::Nonsense(what.to_owned())
}

pub(super) fn read(body: &str) -> Result<(i64, Entry), LedgerError> {
    Entry::read(body).map_err(|error| LedgerError::Nonsense(error.to_string()))
}

pub(super) fn second(seconds: i64) -> Result<DateTime<Utc>, LedgerError> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| nonsense("an interval"))
}

pub(super) fn millisecond(millis: i64) -> Result<DateTime<Utc>, LedgerError> {
    from_millis(millis).ok_or_else(|| nonsense("an instant"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::determination::tests::{money, paid, season};
    use crate::ledger::observed::tests::{observed, rain};
    use crate::ledger::store::tests::{at, fresh, poll};
    use crate::ledger::{Batch, State, Store, policy_entry};
    use crate::settle::Outcome;

    fn of(policy: &str, cover: &str, determination: Determination) -> Determination {
        Determination { policy: policy.into(), cover: cover.into(), ..determination }
    }

    fn filled() -> (tempfile::TempDir, Store, Reader) {
        let (folder, mut store) = fresh();
        let mut batch = Batch::new();
        batch.determine(season());
        batch.determine(paid(113_850));
        batch.determine(of("NY-001", "heat", season()));
        let undetermined = Determination { outcome: Outcome::Undetermined, index: None, ..season() };
        batch.determine(Determination { product: "rice@2".into(), ..of("a/b", "rain", undetermined) });
        batch.determine(Determination { amount: money(20_000, "JPY"), ..of("JP-1", "rain", paid(1)) });
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        (folder, store, reader)
    }

    #[test]
    fn rows_are_what_the_issue_wants() {
        let (_folder, _store, reader) = filled();
        let row = reader.payout("NY-001/rain/2013-06-01").expect("readable").expect("there");
        let json = serde_json::to_string_pretty(&row).expect("it can be written");
        insta::assert_snapshot!(json, @r#"
        {
          "id": "NY-001/rain/2013-06-01",
          "policy": "NY-001",
          "product": "leafy-greens@1",
          "cover": "rain",
          "period": {
            "start": "2013-06-01",
            "end": "2013-08-31"
          },
          "outcome": "pays",
          "state": "final",
          "index": {
            "value": "231.5",
            "unit": "mm"
          },
          "amount": "1138.50",
          "currency": "USD",
          "reason": "231.5 mm is not below 230 mm",
          "as_of": "2013-09-09T00:00:00.000Z",
          "determined_at": "2013-09-09T00:00:00.000Z"
        }
        "#);
        let undetermined = reader.payout("a/b/rain/2013-06-01").expect("readable").expect("a `/` in a policy's id");
        let json = serde_json::to_value(&undetermined).expect("it can be written");
        assert!(json["index"].is_null() && json["amount"] == "0.00");
        assert_eq!(reader.payout("JP-1/rain/2013-06-01").expect("readable").expect("there").amount, "20000");
        let superseded = reader.payout("1").expect("readable").expect("by number");
        assert_eq!((superseded.seq, superseded.state), (1, State::Provisional));
        for id in ["", "0", "99", "NY-001", "NY-001/rain", "NY-001/rain/2013-06-02", "NY-002/rain/2013-06-01"] {
            assert_eq!(reader.payout(id).expect("readable"), None, "{id}");
        }
    }

    #[test]
    fn filters_choose() {
        let (_folder, _store, reader) = filled();
        let some = |text: &str| Some(text.to_owned());
        let none = Filter::default;
        for (filter, seqs, why) in [
            (none(), vec![5, 3, 2, 4], "the latest, by policy and cover"),
            (Filter { all: true, ..none() }, vec![5, 3, 1, 2, 4], "with what was superseded"),
            (Filter { policy: some("NY-001"), ..none() }, vec![3, 2], "of a policy"),
            (Filter { product: some("rice@2"), ..none() }, vec![4], "of a product"),
            (Filter { cover: some("heat"), ..none() }, vec![3], "of a cover"),
            (Filter { outcome: Some(Outcome::Pays), ..none() }, vec![5, 2], "that pay"),
            (Filter { state: Some(State::Provisional), ..none() }, vec![3, 4], "that may change"),
            (Filter { state: Some(State::Provisional), all: true, ..none() }, vec![3, 1, 4], "or could once"),
            (Filter { policy: some("' OR 1"), ..none() }, vec![], "a text is a text"),
        ] {
            let rows = reader.payouts(&filter).expect("readable");
            assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), seqs, "{why}");
        }
    }

    #[test]
    fn determinations_come_back_as_they_went_in() {
        let (_folder, mut store, reader) = filled();
        let start = season().period.start;
        let latest = |policy, cover| reader.latest_entry(policy, cover, start).expect("readable").map(|(_, said)| said);
        assert_eq!(latest("NY-001", "rain"), Some(paid(113_850)));
        assert_eq!(latest("NY-001", "frost"), None);
        assert_eq!(reader.finals("NY-001").expect("readable"), [paid(113_850)]);
        assert_eq!(reader.finals("a/b").expect("readable"), []);
        let all = reader.latest_of_all().expect("readable");
        assert_eq!(all.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [2, 3, 4, 5]);
        let long = Determination { observations: "1,3,".repeat(2_000), ..of("long", "rain", season()) };
        let mut batch = Batch::new();
        batch.determine(long.clone());
        store.append(batch.clone()).expect("written");
        assert!(!store.append(batch).expect("the same again").0[0].new);
        assert_eq!(latest("long", "rain"), Some(long));
        drop(store);
        Store::open(&reader.path).expect("and passes the check at the start");
    }

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
    fn policies_and_evidence_are_listed() {
        let (_folder, mut store) = fresh();
        let mut batch = Batch::new();
        let terms = batch.evidence(*b"[product]");
        let columns = [("station".to_owned(), "JFK".to_owned())];
        batch.entry(policy_entry("B", "rice@2", terms, &columns, at()));
        batch.entry(policy_entry("A", "rice@2", terms, &[], at()));
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let policies = reader.policies().expect("readable");
        assert_eq!(
            policies.iter().map(|p| (p.policy.as_str(), p.columns.len())).collect::<Vec<_>>(),
            [("B", 1), ("A", 0)]
        );
        assert_eq!(reader.evidence(terms).expect("readable").as_deref(), Some(&b"[product]"[..]));
        assert_eq!(reader.evidence([0; 32]).expect("readable"), None);
        assert_eq!(reader.notes(Kind::Note).expect("readable"), []);
    }
}
