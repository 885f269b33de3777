//! Entries that came back without what they rest on: bodies from the log's static files hold no readings and no evidence.
//! An entry of the ledger says which; to check and to compute again passes them over.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{Digest, Entry, Kind, digest};

/// What the key of such an entry begins with.
const STEM: &str = "restored/";

/// The entry that says that these came back as bodies alone.
pub(super) fn entry(entries: &RangeInclusive<i64>, at: DateTime<Utc>) -> Entry {
    let (first, last) = (*entries.start(), *entries.end());
    Entry::new(Kind::Note, format!("{STEM}{first}-{last}"), at)
        .integer("first", first)
        .integer("last", last)
        .text("text", "brought back from the log's files, without readings and evidence")
}

/// Those that came back as bodies alone.
#[derive(Debug, Default)]
pub(super) struct Lost(Vec<RangeInclusive<i64>>);

impl Lost {
    /// # Errors
    /// Where the file cannot be read.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        // The character behind `/`.
        let query = "SELECT json_extract(body, '$.first'), json_extract(body, '$.last') FROM ledger
            WHERE kind = 'note' AND key >= 'restored/' AND key < 'restored0' ORDER BY seq";
        let mut statement = connection.prepare_cached(query)?;
        let rows = statement.query_map([], |row| Ok(row.get(0)?..=row.get(1)?))?;
        rows.collect::<Result<_, _>>().map(Self)
    }

    pub fn has(&self, seq: i64) -> bool {
        self.0.iter().any(|entries| entries.contains(&seq))
    }

    /// The ranges of numbers.
    pub fn ranges(self) -> Vec<RangeInclusive<i64>> {
        self.0
    }
}

/// The evidence that an entry names: bodies of feeds or their list, term sheets, lists of what was refused or read.
pub(super) fn named(entry: &Entry) -> Vec<Digest> {
    let mut names = vec!["evidence_sha256", "observations_sha256", "sources_sha256"];
    match entry.kind() {
        Kind::Policy => names.push("terms"),
        Kind::Note => names.push("rows_sha256"),
        _ => {}
    }
    let listed = entry.member("evidence").and_then(super::Item::as_list).unwrap_or_default();
    let listed = listed.iter().filter_map(|item| digest::from_hex(item.as_text()?));
    names.into_iter().filter_map(|name| entry.digest_of(name).ok()).chain(listed).collect()
}

/// The evidence that entries name and that is not kept.
pub(super) struct Wanted<'c> {
    connection: &'c Connection,
    /// Each with the first entry that names it.
    pub missing: BTreeMap<Digest, i64>,
}

impl<'c> Wanted<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, missing: BTreeMap::new() }
    }

    /// Looks for what an entry names.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn look(&mut self, seq: i64, entry: &Entry) -> rusqlite::Result<()> {
        let mut wanted = named(entry);
        let list = entry.digest_of("evidence_sha256").ok();
        while let Some(sha256) = wanted.pop() {
            let mut kept = self.connection.prepare_cached("SELECT bytes FROM evidence WHERE sha256 = ?1")?;
            let mut found = kept.query([sha256])?;
            let Some(bytes) = found.next()? else {
                self.missing.entry(sha256).or_insert(seq);
                continue;
            };
            if list == Some(sha256) {
                let text = String::from_utf8_lossy(bytes.get_ref(0)?.as_blob().unwrap_or_default()).into_owned();
                wanted.extend(text.lines().filter_map(digest::from_hex));
            }
        }
        Ok(())
    }
}

/// The evidence that entries name and that is not kept, each with the first entry that names it.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn missing_evidence(connection: &Connection) -> rusqlite::Result<BTreeMap<Digest, i64>> {
    let mut wanted = Wanted::new(connection);
    let mut bodies = connection.prepare_cached("SELECT seq, body FROM ledger ORDER BY seq")?;
    let mut rows = bodies.query([])?;
    while let Some(row) = rows.next()? {
        // What is no entry is told where entries are checked.
        if let Some((seq, entry)) = row.get_ref(1)?.as_str().ok().and_then(|body| Entry::read(body).ok()) {
            wanted.look(seq, &entry)?;
        }
    }
    Ok(wanted.missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::store::tests::{at, fresh};
    use crate::ledger::{Batch, hex, sha256};

    #[test]
    fn an_entry_names_its_evidence() {
        let [rows, terms, body] = [b"rows", b"term", b"body"].map(|bytes| sha256(bytes));
        let of = |kind, members: &[(&str, Digest)]| {
            let entry = Entry::new(kind, "key", at());
            named(&members.iter().fold(entry, |entry, (name, sha256)| entry.text(name, hex(sha256))))
        };
        assert_eq!(of(Kind::Note, &[("rows_sha256", rows)]), [rows]);
        assert_eq!(of(Kind::Policy, &[("terms", terms), ("evidence_sha256", body)]), [body, terms]);
        assert!(of(Kind::Policy, &[("rows_sha256", rows)]).is_empty());
        assert!(of(Kind::Final, &[("terms", terms)]).is_empty(), "the policy's entry names them");
    }

    /// Bodies that stand in a list are looked for, lines of other evidence are not.
    #[test]
    fn d14_what_a_list_names_is_missing_where_it_is_not_kept() {
        let (_folder, mut store) = fresh();
        let (kept, gone) = (sha256(b"kept"), sha256(b"gone"));
        let mut batch = Batch::new();
        batch.evidence(*b"kept");
        let list = batch.evidence(format!("{}\n{}\n", hex(&kept), hex(&gone)));
        store.append(batch).expect("written");
        let mut missing = |name: &str| {
            let mut wanted = Wanted::new(store.connection());
            wanted.look(7, &Entry::new(Kind::Obs, "obs", at()).text(name, hex(&list))).expect("readable");
            wanted.missing.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(missing("evidence_sha256"), [(gone, 7)]);
        assert_eq!(missing("observations_sha256"), []);
    }
}
