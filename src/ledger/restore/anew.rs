//! A new log, where entries of the old one were signed and are lost for ever: all that the copy holds is carried over, with
//! its numbers, so that nothing is settled twice; its first entry says what it goes on from.

use std::fs;
use std::path::PathBuf;

use rusqlite::{Connection, params};

use super::super::backup::Draft;
use super::super::disk::{Disk as _, SystemDisk};
use super::super::merkle::{Checkpoint, LogKey};
use super::super::tree::Grown;
use super::super::unlocked::unlocked;
use super::super::{ENGINE, Entry, Item, Kind, LedgerError, Reader, Verified, digest, file, tree};
use super::{Restore, RestoreError, Witness, as_integer, up_to_date};

/// A new log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anew {
    /// What was found in the copy.
    pub verified: Verified,
    /// The old log as far as it was carried over.
    pub carried: Checkpoint,
    /// The old log as far as it is known to have been signed.
    pub last: Checkpoint,
    /// What says so.
    pub witnesses: Vec<Witness>,
    /// The new log; its key comes with the first start.
    pub state: Checkpoint,
    /// Where the old high-water file went, if there was one.
    pub put_aside: Option<PathBuf>,
}

/// What is made anew, and so may be changed while that is done.
const RULES: [&str; 5] =
    ["ledger_update", "tile_delete", "checkpoint_delete", "cosignature_delete", "timestamp_delete"];

/// An entry as the new log has it: none where it is the same.
fn carried_over(
    seq: i64,
    entry: &Entry,
    origin: &str,
    last: &Checkpoint,
    carried: i64,
    restore: &Restore<'_>,
) -> Option<Entry> {
    if seq == 0 {
        let old = Item::object([
            ("origin", last.origin.as_str().into()),
            ("size", as_integer(last.size).into()),
            ("root", digest::hex(&last.root).into()),
            ("carried", carried.into()),
        ]);
        let genesis = Entry::new(Kind::Genesis, "genesis", restore.at).text("origin", origin).text("engine", ENGINE);
        return Some(genesis.item("continues", old));
    }
    // The old log's keys sign nothing here.
    (entry.kind() == Kind::Key).then(|| {
        let key = Entry::new(Kind::Note, format!("carried/{}", entry.key()), entry.at());
        let key = key.text("text", "a key of the log from which this one was carried over");
        ["origin", "vkey"].iter().fold(key, |key, name| match entry.text_of(name) {
            Ok(text) => key.text(name, text),
            Err(_) => key,
        })
    })
}

impl Restore<'_> {
    /// Begins a new log called `origin` with all that the copy holds. With `write` unset nothing is written.
    ///
    /// # Errors
    /// [`RestoreError`], but not that more was signed than the copy has.
    pub fn begin_anew(&self, origin: &str, write: bool) -> Result<Anew, RestoreError> {
        if LogKey::new(origin, &[0; 32]).is_err() {
            return Err(RestoreError::Origin(origin.to_owned()));
        }
        let reader = Reader::open_any(&SystemDisk, self.backup)?;
        let whole = reader.verify_whole(self.key, &[])?;
        let carried = whole.state.clone();
        if whole.keys.is_empty() {
            return Err(RestoreError::NotSigned(self.backup.to_owned()));
        }
        if whole.keys.iter().any(|(_, key)| key.name() == origin) {
            return Err(RestoreError::SameOrigin(origin.to_owned()));
        }
        let witnesses = self.witnesses(&whole, None)?;
        let known: Vec<_> = witnesses.iter().filter(|witness| witness.state.size <= carried.size).cloned().collect();
        self.hold(&reader, &whole, None, &known).or_else(|error| match error {
            // What is ahead of the copy is outside of it as well.
            RestoreError::NoWitness { .. } if witnesses.iter().any(|witness| !witness.beside_copy) => Ok(()),
            error => Err(error),
        })?;
        let signed = whole.signed.iter().chain(witnesses.iter().map(|witness| &witness.state));
        let last = signed.max_by_key(|state| state.size).unwrap_or(&carried).clone();
        let state = Checkpoint { origin: origin.to_owned(), ..carried.clone() };
        let mut anew = Anew { verified: whole.verified, carried, last, witnesses, state, put_aside: None };
        if !write {
            return Ok(anew);
        }
        file::check_folder(&SystemDisk, self.ledger)?;
        let _lock = SystemDisk.lock(self.ledger)?;
        self.check_free()?;
        let draft = Draft::of(&reader, self.ledger)?;
        let connection = up_to_date(&draft)?;
        unlocked(&connection, &RULES, |connection| self.carry_over(connection, origin, &anew))?;
        connection.close().map_err(|(_, error)| file::sort(&draft.path)(error))?;
        anew.state = Reader::open(&draft.path)?.verify_whole(None, &[])?.state;
        let aside = file::beside(self.high_water, ".old-origin");
        if self.high_water.try_exists().map_err(file::system(self.high_water))? {
            fs::rename(self.high_water, &aside).map_err(file::system(self.high_water))?;
            anew.put_aside = Some(aside);
        }
        draft.put(0o600)?;
        Ok(anew)
    }

    fn carry_over(&self, connection: &Connection, origin: &str, anew: &Anew) -> Result<(), LedgerError> {
        connection.execute_batch(
            "DELETE FROM cosignature; DELETE FROM timestamp; DELETE FROM checkpoint; DELETE FROM tile",
        )?;
        let mut bodies = connection.prepare("SELECT seq, body FROM ledger WHERE kind IN ('genesis', 'key')")?;
        let bodies = bodies.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let bodies: Vec<_> = bodies.collect::<Result<_, _>>()?;
        for (seq, body) in bodies {
            let (_, entry) = Entry::read(&body).map_err(LedgerError::entry(format!("entry {seq}")))?;
            let carried = as_integer(anew.carried.size);
            let Some(entry) = carried_over(seq, &entry, origin, &anew.last, carried, self) else { continue };
            let body = entry.body(seq).map_err(LedgerError::entry(entry.key()))?;
            let update = "UPDATE ledger SET body = ?2, leaf = ?3 WHERE seq = ?1";
            connection.execute(update, params![seq, body, digest::leaf(&body)])?;
        }
        let mut grown = Grown::default();
        let mut leaves = connection.prepare("SELECT leaf FROM ledger ORDER BY seq")?;
        let mut rows = leaves.query([])?;
        while let Some(row) = rows.next()? {
            grown.push(row.get(0)?);
        }
        Ok(grown.tiles.iter().try_for_each(|tile| tree::insert(connection, tile))?)
    }
}
