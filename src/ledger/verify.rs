//! Whether what stands in the file is what was written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use rusqlite::Connection;

use super::file::{self, damaged, sort};
use super::lost::Lost;
use super::merkle::{Checkpoint, PublicKey};
use super::tree::Grown;
use super::{OpenError, digest, observed, parse_instant, signer};
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
    /// Signed states.
    pub checkpoints: i64,
}

/// As [`Verified`], with what a copy goes on from.
pub(super) struct Whole {
    pub verified: Verified,
    /// The state of all entries.
    pub state: Checkpoint,
    /// That of the newest checkpoint.
    pub signed: Option<Checkpoint>,
    /// The keys, with the entries from which on they sign.
    pub keys: Vec<(i64, PublicKey)>,
    /// The tree.
    pub grown: Grown,
    /// The evidence that entries name and that is not kept, each with the first of them: of those that came back alone.
    pub missing: BTreeMap<digest::Digest, i64>,
}

/// SQLite's own check of its pages.
///
/// # Errors
/// [`OpenError::Damaged`].
pub(super) fn pages(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    sqlite_finds_no_fault(connection, path, "PRAGMA quick_check(1)")
}

/// The same, and that each index is of its table's rows: through one that is not a payout would not be found.
///
/// # Errors
/// [`OpenError::Damaged`].
pub(super) fn pages_and_indexes(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    sqlite_finds_no_fault(connection, path, "PRAGMA integrity_check(1)")
}

fn sqlite_finds_no_fault(connection: &Connection, path: &Path, check: &str) -> Result<(), OpenError> {
    let said: String = connection.query_row(check, [], |row| row.get(0)).map_err(sort(path))?;
    match said.as_str() {
        "ok" => Ok(()),
        said if could_not_read(said) => Err(OpenError::Unreadable { path: path.to_owned(), reason: said.to_owned() }),
        said => Err(damaged(path, said)),
    }
}

/// Whether the check says that the disk did not give a page, which is no damage: another try may get it.
fn could_not_read(said: &str) -> bool {
    const READING_FAILED: i32 = 10;
    let code = said.rsplit_once("error code=").and_then(|(_, code)| code.trim().parse::<i32>().ok());
    code.is_some_and(|code| code & 0xFF == READING_FAILED) || said.contains("failed to get page")
}

/// That tables, views, indexes and triggers are those of a new ledger, no fewer and no more.
///
/// # Errors
/// [`OpenError::Damaged`] with the first that is not.
pub(super) fn schema(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let mut wanted = match FRESH.get() {
        Some(fresh) => fresh.clone(),
        None => {
            let fresh = Connection::open_in_memory().map_err(sort(path))?;
            file::found(&fresh, path)?;
            let fresh = objects(&fresh).map_err(sort(path))?;
            FRESH.get_or_init(|| fresh).clone()
        }
    };
    for ((kind, name), text) in objects(connection).map_err(sort(path))? {
        match wanted.remove(&(kind.clone(), name.clone())) {
            Some(wanted) if wanted == text => {}
            Some(_) => return Err(damaged(path, format!("the {kind} {name} is not as a ledger has it"))),
            None => return Err(damaged(path, format!("the {kind} {name} is no part of a ledger"))),
        }
    }
    match wanted.keys().next() {
        Some((kind, name)) => Err(damaged(path, format!("the {kind} {name} is missing"))),
        None => Ok(()),
    }
}

/// The text of each object by its kind and name.
type Objects = BTreeMap<(String, String), String>;

/// What a new ledger has; SQLite takes longer to make one than to open one.
static FRESH: OnceLock<Objects> = OnceLock::new();

/// The objects of a ledger, but for those that SQLite keeps for itself.
fn objects(connection: &Connection) -> rusqlite::Result<Objects> {
    let query = "SELECT type, name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema
        WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    // Where a line ends says nothing.
    let in_a_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut statement = connection.prepare(query)?;
    statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), in_a_line(row.get(2)?))))?.collect()
}

/// The sizes at which a state was signed.
///
/// # Errors
/// As [`sort`].
pub(super) fn signed_sizes(connection: &Connection, path: &Path) -> Result<BTreeSet<u64>, OpenError> {
    let mut statement = connection.prepare("SELECT size FROM checkpoint").map_err(sort(path))?;
    let rows = statement.query_map([], |row| row.get::<_, i64>(0)).map_err(sort(path))?;
    rows.map(|size| size.map(|size| u64::try_from(size).unwrap_or_default()))
        .collect::<Result<_, _>>()
        .map_err(sort(path))
}

/// Of which checkpoints the signatures are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signatures {
    /// Of all of them.
    All,
    /// Of the newest: it covers what the others do.
    Newest,
}

/// Every checkpoint: that its root is that of the entries, that its note says so, and that the key of its time signed it.
/// Returns how many.
///
/// # Errors
/// [`OpenError::Damaged`] with the first that is not so.
pub(super) fn checkpoints(
    connection: &Connection,
    path: &Path,
    grown: &Grown,
    signatures: Signatures,
) -> Result<i64, OpenError> {
    let newest = signer::last_checkpoint(connection, path)?.map(|(size, _)| size);
    let mut keys = signer::keys(connection, path)?.into_iter().peekable();
    let mut key: Option<PublicKey> = None;
    let mut statement =
        connection.prepare("SELECT size, root, note FROM checkpoint ORDER BY size").map_err(sort(path))?;
    let mut rows = statement.query([]).map_err(sort(path))?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(sort(path))? {
        let size: i64 = row.get(0).map_err(sort(path))?;
        while let Some((_, newer)) = keys.next_if(|(seq, _)| *seq < size) {
            key = Some(newer);
        }
        let wrong = |what: String| Err(damaged(path, format!("the checkpoint of {size} entries {what}")));
        let Some(key) = &key else { return wrong("is signed before there is a key".to_owned()) };
        let root: digest::Digest = row.get(1).map_err(sort(path))?;
        let note = row.get_ref(2).map_err(sort(path))?.as_str().unwrap_or_default();
        let size = u64::try_from(size).unwrap_or_default();
        match grown.roots.get(&size) {
            None => return wrong("stands for entries that are not there".to_owned()),
            Some(found) if *found != root => return wrong("has not the root of the entries".to_owned()),
            Some(_) => {}
        }
        let state = Checkpoint { origin: key.name().to_owned(), size, root };
        if signatures == Signatures::Newest && newest != Some(size) {
            // What is signed is three lines and an empty one.
            if !note.strip_prefix(&state.text()).is_some_and(|rest| rest.starts_with('\n')) {
                return wrong("says something else".to_owned());
            }
        } else {
            match Checkpoint::open(note, key) {
                Err(error) => return wrong(format!("is not signed as it should be: {error}")),
                Ok(signed) if signed != state => return wrong("says something else".to_owned()),
                Ok(_) => {}
            }
        }
        count += 1;
    }
    Ok(count)
}

/// The columns of a line of readings.
const ROWS: &str = "SELECT entry, station, variable, unit, start_s, end_s, value_micro, vintage, known_at_ms, quality
    FROM observation JOIN series ON series.id = observation.series";

/// Writes the line of a row of [`ROWS`].
fn push_row(lines: &mut String, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
    let text = |column: usize| row.get::<_, String>(column);
    let value: Option<i64> = row.get(6)?;
    let value = value.map(|micros| Fixed::from_micros(micros).to_string());
    let (station, variable, unit) = (text(1)?, text(2)?, text(3)?);
    let interval = (row.get(4)?, row.get(5)?);
    observed::push_line(lines, (&station, &variable, &unit), interval, value.as_deref(), &text(7)?);
    Ok(())
}

/// The lines of some entries.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn lines_of(connection: &Connection, entries: &BTreeSet<i64>) -> rusqlite::Result<BTreeMap<i64, String>> {
    let mut lines = BTreeMap::new();
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(lines) };
    let query = format!("{ROWS} WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry, station, variable, start_s, end_s");
    let mut statement = connection.prepare_cached(&query)?;
    let mut rows = statement.query([first, last])?;
    while let Some(row) = rows.next()? {
        let entry = row.get(0)?;
        if entries.contains(&entry) {
            push_row(lines.entry(entry).or_default(), row)?;
        }
    }
    Ok(lines)
}

/// Every row of readings against the hash in its `obs` entry, and when it became known against the entry's instant. Returns
/// how many rows there are.
///
/// # Errors
/// [`OpenError::Damaged`] with the first entry whose rows differ.
pub(super) fn observations(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let query = format!("{ROWS} ORDER BY entry, station, variable, start_s, end_s");
    let (mut expected, instants) = obs_entries(connection, path)?;
    let mut check = |entry: i64, lines: &str| {
        let recorded = expected.remove(&entry);
        let same = recorded.as_deref() == Some(digest::hex(&digest::sha256(lines.as_bytes())).as_str());
        if same { Ok(()) } else { Err(damaged(path, format!("the readings of entry {entry} were altered"))) }
    };
    let mut statement = connection.prepare(&query).map_err(sort(path))?;
    let mut rows = statement.query([]).map_err(sort(path))?;
    let (mut count, mut current, mut lines) = (0, None, String::new());
    while let Some(row) = rows.next().map_err(sort(path))? {
        let entry: i64 = row.get(0).map_err(sort(path))?;
        if let Some(before) = current.replace(entry).filter(|before| *before != entry) {
            check(before, &lines)?;
            lines.clear();
        }
        let known: (i64, String) = row.get(8).and_then(|at| Ok((at, row.get(9)?))).map_err(sort(path))?;
        if instants.get(&entry) != Some(&known.0) || known.1 != "good" {
            return Err(damaged(path, format!("the readings of entry {entry} were altered")));
        }
        push_row(&mut lines, row).map_err(sort(path))?;
        count += 1;
    }
    if let Some(last) = current {
        check(last, &lines)?;
    }
    let lost = Lost::read(connection).map_err(sort(path))?;
    match expected.keys().find(|entry| !lost.has(**entry)) {
        Some(entry) => Err(damaged(path, format!("the readings of entry {entry} are missing"))),
        None => Ok(count),
    }
}

/// Of each entry of readings the hash of its rows, and its instant in milliseconds since 1970.
type ObsEntries = (BTreeMap<i64, String>, BTreeMap<i64, i64>);

fn obs_entries(connection: &Connection, path: &Path) -> Result<ObsEntries, OpenError> {
    let query = "SELECT seq, json_extract(body, '$.rows_sha256'), at FROM ledger WHERE kind = 'obs'";
    let mut statement = connection.prepare(query).map_err(sort(path))?;
    let mut rows = statement.query([]).map_err(sort(path))?;
    let (mut hashes, mut instants) = (BTreeMap::new(), BTreeMap::new());
    while let Some(row) = rows.next().map_err(sort(path))? {
        let seq: i64 = row.get(0).map_err(sort(path))?;
        hashes.insert(seq, row.get(1).map_err(sort(path))?);
        let at: String = row.get(2).map_err(sort(path))?;
        instants.extend(parse_instant(&at).map(|at| (seq, at.timestamp_millis())));
    }
    Ok((hashes, instants))
}

/// Every piece of evidence against its name, and that what entries name is there. Returns how many.
///
/// # Errors
/// [`OpenError::Damaged`] with the first that differs.
pub(super) fn evidence(
    connection: &Connection,
    path: &Path,
    missing: &BTreeMap<digest::Digest, i64>,
) -> Result<i64, OpenError> {
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
    let lost = Lost::read(connection).map_err(sort(path))?;
    match missing.iter().find(|(_, entry)| !lost.has(**entry)) {
        Some((name, entry)) => {
            Err(damaged(path, format!("the evidence {} of entry {entry} is missing", digest::hex(name))))
        }
        None => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_not_read_is_no_damaged_one() {
        for (said, failed) in [
            ("*** in database main ***\nTree 7 page 459: unable to get the page. error code=266", true),
            ("Tree 7 page 459: unable to get the page. error code=10", true),
            ("Tree 7 page 2471 cell 0: failed to get page 2455", true),
            ("Tree 7 page 459: unable to get the page. error code=11", false),
            ("Tree 7 page 459: btreeInitPage() returns error code 11", false),
            ("wrong # of entries in index ledger_key", false),
        ] {
            assert_eq!(could_not_read(said), failed, "{said}");
        }
    }

    #[test]
    fn what_sqlite_says_of_its_pages_is_damage_or_a_disk_that_does_not_read() {
        let connection = Connection::open_in_memory().expect("made");
        let said = |text: &str| {
            let found = sqlite_finds_no_fault(&connection, Path::new("l"), &format!("SELECT '{text}'"));
            found.map_err(|error| format!("{error:?}").split(' ').next().expect("a word").to_owned())
        };
        let error = |word: &str| Err(word.to_owned());
        assert_eq!(said("ok"), Ok(()));
        assert_eq!(said("row 1 missing from index ledger_at"), error("Damaged"));
        assert_eq!(said("Tree 7 page 459: unable to get the page. error code=10"), error("Unreadable"));
    }
}
