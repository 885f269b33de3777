//! Reading the ledger, while another process may write it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params};

use super::disk::{Disk, SystemDisk};
use super::instant::{from_millis, instant_text, parse_instant};
use super::lost::Lost;
use super::{Determination, Digest, Entry, Filter, Kind, LedgerError, OpenError, PayoutRow, file, sources, verify};

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
    use crate::ledger::observed::observed_rows;
    use crate::ledger::observed::tests::{observed, rain};
    use crate::ledger::store::tests::{at, fresh};
    use crate::ledger::{Batch, Observed, State, Store, digest, policy_entry};
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
    fn readings_are_told_by_the_entries_that_recorded_them() {
        let (_folder, mut store) = fresh();
        let days = ["2013-06-01T06:30:00.000Z", "2013-06-02T06:30:00.000Z"];
        let of = |feed: &str, day: &str, readings| Observed { feed: feed.into(), ..observed(day, readings) };
        let mut batch = Batch::new();
        batch.observe(of("asos", days[0], vec![rain("JFK", 1, Some("0.3")), rain("ALB", 1, None)]));
        batch.observe(of("grid", days[0], vec![rain("JFK", 1, Some("0.4"))]));
        batch.observe(of("asos", days[1], vec![rain("JFK", 2, Some("0.5"))]));
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let [first, second] = days.map(|day| parse_instant(day).expect("an instant"));
        let by = |feeds: &[&str], as_of| reader.observed_by(feeds, as_of).expect("readable").into_iter().collect();
        for (feeds, as_of, entries) in [
            (&["asos"][..], second, vec![1, 3]),
            (&["asos"], second - chrono::TimeDelta::milliseconds(1), vec![1]),
            (&["grid", "asos"], first, vec![1, 2]),
            (&["asos"], first - chrono::TimeDelta::milliseconds(1), vec![]),
            (&["meter"], second, vec![]),
        ] {
            let found: Vec<i64> = by(feeds, as_of);
            assert_eq!(found, entries, "{feeds:?} until {as_of}");
        }
        let lines = reader.rows_of(&BTreeSet::from([1, 3])).expect("readable");
        let wanted = [
            (1, "ALB|precipitation|mm|3600|7200||final\nJFK|precipitation|mm|3600|7200|0.3|final\n"),
            (3, "JFK|precipitation|mm|7200|10800|0.5|final\n"),
        ];
        assert_eq!(lines, wanted.map(|(seq, lines)| (seq, lines.to_owned())).into());
        for (seq, lines) in lines {
            let entry = reader.entry(seq).expect("readable").expect("there");
            assert_eq!(entry.digest_of("rows_sha256"), Ok(digest::sha256(lines.as_bytes())));
            let read = observed_rows(&lines).expect("lines of readings");
            let again = Observed { feed: "asos".into(), ..observed(days[0], read) };
            assert_eq!(again.entry().expect("good").digest_of("rows_sha256"), entry.digest_of("rows_sha256"));
        }
        assert!(observed_rows("JFK|precipitation|mm|7200|10800|0.5").is_none(), "a member less");
        let kinds = reader.notes(Kind::Obs).expect("readable");
        assert_eq!(kinds.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(reader.notes(Kind::Genesis).expect("readable").len(), 1);
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
        let counts = [0, 3, 5, 6].map(|from| reader.count_determinations(from).expect("readable"));
        let lists = [0, 3, 5, 6].map(|from| reader.determinations(from, 9).expect("readable").len());
        assert_eq!(counts.map(|count| usize::try_from(count).expect("few")), lists);
        assert_eq!((lists[0] > 1, lists[3]), (true, 0), "{lists:?}");
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
        let after = |after, before, most| {
            let found = reader.policies_after(after, before, most).expect("readable");
            found.into_iter().map(|(_, policy)| policy.policy).collect::<Vec<_>>()
        };
        assert_eq!(
            [after(-1, 9, 9), after(1, 9, 9), after(-1, 2, 9), after(-1, 9, 1)].map(|found| found.join(" ")),
            ["B A", "A", "B", "B"]
        );
        assert_eq!(reader.evidence(terms).expect("readable").as_deref(), Some(&b"[product]"[..]));
        assert_eq!(reader.evidence([0; 32]).expect("readable"), None);
        assert_eq!(reader.notes(Kind::Note).expect("readable"), []);
    }
}
