//! What is made of the entries, made anew: the column `leaf` and the tables `tile` and `listed`. Only where the entries
//! are those that were signed, so that nothing but a copy of what they say was damaged.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::disk::SystemDisk;
use super::listed::Listed;
use super::store::lock_of;
use super::tree::{self, Grown};
use super::unlocked::unlocked;
use super::verify::Signatures;
use super::{Entry, OpenError, digest, each, file, signer, verify};

/// What was made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Entries whose leaf was another one.
    pub leaves: Vec<i64>,
    /// Whether hashes of tiles were others, or missing, or too many.
    pub tiles: bool,
    /// Whether rows by which pages are found were others, or missing, or too many.
    pub listed: bool,
}

/// What is to be made anew, and the tree as it should be.
struct Plan {
    leaves: Vec<(i64, digest::Digest)>,
    tiles: bool,
    listed: bool,
    grown: Grown,
}

/// Makes leaves, tiles and the rows by which pages are found anew from the entries.
///
/// # Errors
/// [`OpenError::NotSigned`], [`OpenError::Beyond`] where nothing shows that the entries are the true ones: then nothing
/// is changed, and only a backup helps.
pub fn repair(path: &Path, high_water: &Path) -> Result<Repaired, OpenError> {
    let _lock = lock_of(&SystemDisk, path)?;
    let connection = file::connect(&SystemDisk, path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let (found, known) = (file::form(&connection, path)?, file::newest_form());
    if found < known {
        return Err(OpenError::Older { path: path.to_owned(), found, known });
    }
    file::configure(&connection, path)?;
    verify::pages(&connection, path)?;
    let plan = plan(&connection, path)?;
    if let Some(state) = signer::read_high_water(&SystemDisk, high_water)?
        && plan.grown.roots.get(&state.size).is_some_and(|root| *root != state.root)
    {
        return Err(OpenError::Forked { path: path.to_owned(), size: state.size });
    }
    let leaves = plan.leaves.iter().map(|(seq, _)| *seq).collect();
    let repaired = Repaired { leaves, tiles: plan.tiles, listed: plan.listed };
    if repaired == Repaired::default() {
        return Ok(repaired);
    }
    let mend = |connection: &Connection| -> Result<(), OpenError> {
        let mut update = connection.prepare("UPDATE ledger SET leaf = ?2 WHERE seq = ?1").map_err(file::sort(path))?;
        plan.leaves
            .iter()
            .try_for_each(|(seq, leaf)| update.execute(params![seq, leaf]).map(|_| ()))
            .map_err(file::sort(path))?;
        connection.execute_batch("DELETE FROM tile; DELETE FROM listed").map_err(file::sort(path))?;
        plan.grown.tiles.iter().try_for_each(|tile| tree::insert(connection, tile)).map_err(file::sort(path))?;
        // As everybody will check it from now on.
        let mut listed = Listed::new(connection, path);
        let sizes = verify::signed_sizes(connection, path)?;
        let grown = each::entries_for(connection, path, sizes, &mut |seq, entry| listed.make(seq, entry))?;
        listed.end()?;
        grown.check_tiles(connection, path)?;
        verify::checkpoints(connection, path, &grown, Signatures::All).map(|_| ())
    };
    unlocked(&connection, &["ledger_update", "tile_delete", "listed_delete"], |connection| {
        mend(connection).map_err(Mending::Refused)
    })
    .map_err(|error| match error {
        Mending::Refused(error) => error,
        Mending::Sqlite(error) => file::sort(path)(error),
    })?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(file::sort(path))?;
    Ok(repaired)
}

/// Why nothing was mended.
enum Mending {
    Refused(OpenError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Mending {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Whether damage can be mended here: then the error says so.
pub(super) fn explain(connection: &Connection, path: &Path, error: OpenError) -> OpenError {
    let detail = match &error {
        OpenError::Altered { seq, .. } => format!("the leaf of entry {seq} is not that of the entry"),
        OpenError::Made { detail, .. } => detail.clone(),
        _ => return error,
    };
    match plan(connection, path) {
        Ok(_) => OpenError::Derived { path: path.to_owned(), detail },
        Err(_) => error,
    }
}

/// What is wrong with leaves, tiles and listed rows, where the bodies are those of the newest checkpoint.
fn plan(connection: &Connection, path: &Path) -> Result<Plan, OpenError> {
    let sizes = verify::signed_sizes(connection, path)?;
    let newest = signer::last_checkpoint(connection, path)?;
    let (size, root) = newest.ok_or_else(|| OpenError::NotSigned(path.to_owned()))?;
    let (mut grown, mut leaves) = (Grown::new(sizes), Vec::new());
    let (mut listed, mut others) = (Listed::new(connection, path), false);
    let mut statement =
        connection.prepare("SELECT seq, body, leaf FROM ledger ORDER BY seq").map_err(file::sort(path))?;
    let mut rows = statement.query([]).map_err(file::sort(path))?;
    while let Some(row) = rows.next().map_err(file::sort(path))? {
        let seq: i64 = row.get(0).map_err(file::sort(path))?;
        let body = row.get_ref(1).map_err(file::sort(path))?.as_str().unwrap_or_default();
        let leaf = digest::leaf(body);
        if row.get_ref(2).map_err(file::sort(path))?.as_blob().ok() != Some(&leaf[..]) {
            if u64::try_from(seq).is_ok_and(|seq| seq >= size) {
                return Err(OpenError::Beyond { path: path.to_owned(), seq, size });
            }
            leaves.push((seq, leaf));
        }
        // What was signed can be read; what cannot is found by its root.
        if let Ok((_, entry)) = Entry::read(body) {
            others |= is_other(listed.look(seq, &entry))?;
        }
        grown.push(leaf);
    }
    if grown.roots.get(&size) != Some(&root) {
        return Err(OpenError::Forked { path: path.to_owned(), size });
    }
    // That the notes are of the keys, and their roots those of the entries.
    verify::checkpoints(connection, path, &grown, Signatures::All)?;
    let tiles = grown.check_tiles(connection, path).is_err();
    let listed = is_other(listed.end())? || others;
    Ok(Plan { leaves, tiles, listed, grown })
}

/// Whether what is made of the entries was found to be something else.
fn is_other(found: Result<(), OpenError>) -> Result<bool, OpenError> {
    match found {
        Ok(()) => Ok(false),
        Err(OpenError::Made { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
