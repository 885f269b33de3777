//! Whether what stands in the file is what was written.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::file::sort;
use super::{Determination, Entry, Kind, OpenError, State, digest, observed};
use crate::quantity::Fixed;

/// How much was found to be as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries.
    pub entries: i64,
    /// Rows of readings.
    pub observations: i64,
    /// Bodies of feeds, term sheets and the like.
    pub evidence: i64,
}

fn damaged(path: &Path, detail: impl Into<String>) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), detail: detail.into() }
}

/// SQLite's own check of its pages and indexes.
///
/// # Errors
/// [`OpenError::Damaged`].
pub(super) fn pages(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sort(path))?;
    if said == "ok" { Ok(()) } else { Err(damaged(path, said)) }
}

/// Payments in advance, by policy, cover and period: how many there are, what they add up to, whether a final
/// determination ended them.
#[derive(Default)]
struct Advances(BTreeMap<String, (i64, i64, bool)>);

impl Advances {
    /// Takes a determination in. Whether it says of payments in advance what was recorded before it: a payment has the
    /// next number, none comes behind a final determination, and what binds names their sum.
    fn agree(&mut self, said: &Determination) -> bool {
        match said.state {
            State::Provisional => true,
            State::Interim => {
                let (count, sum, ended) = self.0.entry(said.period_id()).or_default();
                let agrees = !*ended && said.number == *count + 1 && said.paid.advance == *sum;
                (*count, *sum) = (said.number, *sum + said.amount.minor());
                agrees
            }
            State::Final | State::Restated => {
                let Some((_, sum, ended)) = self.0.get_mut(&said.period_id()) else { return said.paid.advance == 0 };
                *ended = true;
                said.paid.advance == *sum
            }
        }
    }
}

/// Every entry: numbers without gaps, a genesis first, the hash as recorded, amounts that agree with their minor
/// units, and what is said of payments in advance with them. Returns how many.
///
/// # Errors
/// [`OpenError::Altered`] with the first entry that hashes to something else, else [`OpenError::Damaged`].
pub(super) fn entries(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let mut statement = connection.prepare("SELECT seq, body, leaf FROM ledger ORDER BY seq").map_err(sort(path))?;
    let mut rows = statement.query([]).map_err(sort(path))?;
    let mut next = 0;
    let mut advances = Advances::default();
    while let Some(row) = rows.next().map_err(sort(path))? {
        let seq: i64 = row.get(0).map_err(sort(path))?;
        if seq != next {
            return Err(damaged(path, format!("entry {next} is missing")));
        }
        let nonsense = || damaged(path, format!("entry {seq} makes no sense"));
        let body = row.get_ref(1).map_err(sort(path))?.as_str().map_err(|_| nonsense())?;
        let recorded: digest::Digest = row.get(2).map_err(sort(path))?;
        let found = digest::leaf(body);
        if found != recorded {
            let (found, recorded) = (digest::hex(&found), digest::hex(&recorded));
            return Err(OpenError::Altered { path: path.to_owned(), seq, found, recorded });
        }
        let (written, entry) = Entry::read(body).map_err(|_| nonsense())?;
        let amounts_agree = match entry.kind() {
            Kind::Decision | Kind::Interim | Kind::Final | Kind::Restate => {
                let long = entry.member("observations_sha256").map(|_| String::new());
                Determination::from_entry(&entry, long).is_ok_and(|said| advances.agree(&said))
            }
            _ => true,
        };
        if written != seq || (seq == 0) != (entry.kind() == Kind::Genesis) || !amounts_agree {
            return Err(nonsense());
        }
        next += 1;
    }
    if next == 0 { Err(damaged(path, "it has no entry")) } else { Ok(next) }
}

/// Every row of readings against the hash in its `obs` entry. Returns how many rows there are.
///
/// # Errors
/// [`OpenError::Damaged`] with the first entry whose rows differ.
pub(super) fn observations(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    const ROWS: &str = "SELECT entry, station, variable, unit, start_s, end_s, value_micro, vintage
        FROM observation JOIN series ON series.id = observation.series
        ORDER BY entry, station, variable, start_s, end_s";
    let mut expected = obs_hashes(connection, path)?;
    let mut check = |entry: i64, lines: &str| {
        let recorded = expected.remove(&entry);
        let same = recorded.as_deref() == Some(digest::hex(&digest::sha256(lines.as_bytes())).as_str());
        if same { Ok(()) } else { Err(damaged(path, format!("the readings of entry {entry} were altered"))) }
    };
    let mut statement = connection.prepare(ROWS).map_err(sort(path))?;
    let mut rows = statement.query([]).map_err(sort(path))?;
    let (mut count, mut current, mut lines) = (0, None, String::new());
    while let Some(row) = rows.next().map_err(sort(path))? {
        let entry: i64 = row.get(0).map_err(sort(path))?;
        if let Some(before) = current.replace(entry).filter(|before| *before != entry) {
            check(before, &lines)?;
            lines.clear();
        }
        let text = |column: usize| row.get::<_, String>(column).map_err(sort(path));
        let number = |column: usize| row.get::<_, i64>(column).map_err(sort(path));
        let value: Option<i64> = row.get(6).map_err(sort(path))?;
        let value = value.map(|micros| Fixed::from_micros(micros).to_string());
        let (station, variable, unit) = (text(1)?, text(2)?, text(3)?);
        let interval = (number(4)?, number(5)?);
        observed::push_line(&mut lines, (&station, &variable, &unit), interval, value.as_deref(), &text(7)?);
        count += 1;
    }
    if let Some(last) = current {
        check(last, &lines)?;
    }
    match expected.keys().next() {
        Some(entry) => Err(damaged(path, format!("the readings of entry {entry} are missing"))),
        None => Ok(count),
    }
}

fn obs_hashes(connection: &Connection, path: &Path) -> Result<BTreeMap<i64, String>, OpenError> {
    let query = "SELECT seq, json_extract(body, '$.rows_sha256') FROM ledger WHERE kind = 'obs'";
    let mut statement = connection.prepare(query).map_err(sort(path))?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(sort(path))?;
    rows.collect::<Result<_, _>>().map_err(sort(path))
}

/// Every piece of evidence against its name. Returns how many.
///
/// # Errors
/// [`OpenError::Damaged`] with the first that differs.
pub(super) fn evidence(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let mut statement = connection.prepare("SELECT sha256, bytes FROM evidence").map_err(sort(path))?;
    let mut rows = statement.query([]).map_err(sort(path))?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(sort(path))? {
        let name: digest::Digest = row.get(0).map_err(sort(path))?;
        let bytes = row.get_ref(1).map_err(sort(path))?.as_blob().unwrap_or_default();
        if digest::sha256(bytes) != name {
            return Err(damaged(path, format!("the evidence {} was altered", digest::hex(&name))));
        }
        count += 1;
    }
    Ok(count)
}
