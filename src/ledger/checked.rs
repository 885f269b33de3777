//! Reading a ledger as a log: whether all of it is as it was written and signed, what was signed, and what proves an entry.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

use rusqlite::OpenFlags;

use super::disk::SystemDisk;
use super::listed::Listed;
use super::lost::{Lost, Wanted};
use super::merkle::{Checkpoint, PublicKey};
use super::reader::nonsense;
use super::tree::Kept;
use super::verify::{Signatures, Whole};
use super::{
    Digest, Entry, LedgerError, OpenError, Reader, Verified, digest, each, file, merkle, repair, signer, verify,
};

impl Reader {
    /// Checks everything: pages, entries, readings, evidence, checkpoints. It reads the whole file.
    ///
    /// # Errors
    /// [`OpenError::Altered`] or [`OpenError::Damaged`], with what was found first.
    pub fn verify(&self) -> Result<Verified, OpenError> {
        self.verify_against(None, &[])
    }

    /// As [`Self::verify`], and that the ledger is signed by `key`, from some entry on, and begins as the states of it do
    /// that were kept elsewhere.
    ///
    /// # Errors
    /// As [`Self::verify`]; [`OpenError::OtherKey`], [`OpenError::Forked`], [`OpenError::Behind`].
    pub fn verify_against(&self, key: Option<&PublicKey>, kept: &[&Checkpoint]) -> Result<Verified, OpenError> {
        Ok(self.verify_whole(key, kept)?.verified)
    }

    /// As [`Self::verify_against`]. A ledger of an earlier form has no tiles and no checkpoints that could be checked.
    pub(super) fn verify_whole(&self, key: Option<&PublicKey>, kept: &[&Checkpoint]) -> Result<Whole, OpenError> {
        let (connection, path) = (&self.connection, self.path.as_path());
        let _snapshot = connection.unchecked_transaction().map_err(file::sort(path))?;
        // On this machine's own files another connection does it, while the entries are read.
        if self.is_plain {
            return thread::scope(|scope| {
                let pages = scope.spawn(|| {
                    let other = file::connect(&SystemDisk, path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                    verify::pages_and_indexes(&other, path)
                });
                let rest = self.verify_rest(key, kept);
                pages.join().expect("a check does not panic").and(rest)
            });
        }
        verify::pages_and_indexes(connection, path)?;
        self.verify_rest(key, kept)
    }

    /// All but pages and indexes.
    fn verify_rest(&self, key: Option<&PublicKey>, kept: &[&Checkpoint]) -> Result<Whole, OpenError> {
        let (connection, path) = (&self.connection, self.path.as_path());
        let has_tiles = self.form >= file::FIRST_WITH_TILES;
        let mut wanted = if has_tiles { verify::signed_sizes(connection, path)? } else { BTreeSet::new() };
        wanted.extend(kept.iter().map(|state| state.size));
        let mend = |error| if has_tiles { repair::explain(connection, path, error) } else { error };
        let is_newest = self.form == file::newest_form();
        let (mut listed, mut evidence) = (Listed::new(connection, path), Wanted::new(connection));
        let mut look = |seq, entry: &Entry| {
            evidence.look(seq, entry).map_err(file::sort(path))?;
            if is_newest { listed.look(seq, entry) } else { Ok(()) }
        };
        let grown = each::entries_for(connection, path, wanted, &mut look).map_err(mend)?;
        let mut checkpoints = 0;
        if has_tiles {
            grown.check_tiles(connection, path).map_err(mend)?;
            checkpoints = verify::checkpoints(connection, path, &grown, Signatures::All)?;
        }
        let keys = signer::keys(connection, path)?;
        if let Some(key) = key
            && !keys.iter().any(|(_, known)| known == key)
        {
            let wanted = keys.last().map_or("no key".to_owned(), |(_, known)| known.to_string());
            return Err(OpenError::UnknownKey { path: path.to_owned(), wanted, found: key.to_string() });
        }
        for state in kept {
            match grown.roots.get(&state.size) {
                Some(root) if *root == state.root => {}
                Some(_) => return Err(OpenError::Forked { path: path.to_owned(), size: state.size }),
                None => {
                    let size = grown.frontier.size();
                    return Err(OpenError::Shorter { path: path.to_owned(), size, signed: state.size });
                }
            }
        }
        let missing = evidence.missing;
        let (observations, evidence) =
            (verify::observations(connection, path)?, verify::evidence(connection, path, &missing)?);
        if is_newest {
            listed.end().map_err(mend)?;
            verify::schema(connection, path)?;
        }
        let origin = self.genesis()?.origin;
        let signed = if has_tiles { signer::last_checkpoint(connection, path)? } else { None };
        let signed = signed.map(|(size, root)| Checkpoint { origin: origin.clone(), size, root });
        let state = Checkpoint { origin, size: grown.frontier.size(), root: grown.frontier.root() };
        let verified = Verified {
            entries: i64::try_from(grown.frontier.size()).expect("an entry's number is an i64"),
            observations,
            evidence,
            checkpoints,
        };
        Ok(Whole { verified, state, signed, keys, grown, missing })
    }

    /// The entries that came back from the log's files after a loss, without their readings and evidence.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn bodies_only(&self) -> Result<Vec<RangeInclusive<i64>>, LedgerError> {
        Ok(Lost::read(&self.connection)?.ranges())
    }

    /// The root of the first `size` entries, computed from their bodies.
    pub(super) fn root_of_bodies(&self, size: u64) -> Result<Digest, LedgerError> {
        let mut frontier = merkle::Frontier::default();
        let mut statement = self.connection.prepare_cached("SELECT body FROM ledger WHERE seq < ?1 ORDER BY seq")?;
        let mut rows = statement.query([i64::try_from(size).map_err(|_| nonsense("a size"))?])?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str().map_err(|_| nonsense("an entry that is no text"))?;
            frontier.push(digest::leaf(body), |_| ());
        }
        Ok(frontier.root())
    }

    /// The state of the first `size` entries, by the hashes that are kept.
    ///
    /// # Errors
    /// Where the file cannot be read, or there are fewer entries.
    pub fn state_at(&self, size: i64) -> Result<Checkpoint, LedgerError> {
        let size = u64::try_from(size).map_err(|_| nonsense("a size"))?;
        let root = merkle::root_of(&Kept(&self.connection), size)?;
        Ok(Checkpoint { origin: self.genesis()?.origin, size, root })
    }

    /// How many entries the newest checkpoint covers, and its note with the lines of witnesses; none where nothing is
    /// signed.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn newest_checkpoint(&self) -> Result<Option<(i64, String)>, LedgerError> {
        let query = "SELECT size, note || coalesce((SELECT group_concat(line || char(10), '') FROM cosignature
                WHERE cosignature.size = checkpoint.size), '')
            FROM checkpoint ORDER BY size DESC LIMIT 1";
        Ok(self.rows(query, [], |row| Ok((row.get(0)?, row.get(1)?)))?.pop())
    }

    /// The key by which it is signed now; none where it is not signed.
    ///
    /// # Errors
    /// Where the file cannot be read, or a key is not signed by the one before it.
    pub fn signing_key(&self) -> Result<Option<PublicKey>, OpenError> {
        Ok(signer::keys(&self.connection, &self.path)?.pop().map(|(_, key)| key))
    }

    /// Whether it has come as far as its high-water file says, by the hashes that are kept; how many entries that file
    /// says were signed. Where a daemon writes meanwhile the file may be ahead for a moment: ask again.
    ///
    /// # Errors
    /// What is wrong and what to do, as when it is opened to be written.
    pub fn check_high_water(&self, high_water: &Path) -> Result<Option<u64>, OpenError> {
        let path = self.path.as_path();
        let _snapshot = self.connection.unchecked_transaction().map_err(file::sort(path))?;
        let last = signer::last_checkpoint(&self.connection, path)?;
        let state = signer::read_high_water(&SystemDisk, high_water)?;
        let size = u64::try_from(self.count()?).unwrap_or_default();
        let signed_root = |state: &Checkpoint| merkle::root_of(&Kept(&self.connection), state.size);
        let root = state.as_ref().filter(|state| state.size <= size).map(signed_root).transpose()?;
        let name = self.signing_key()?.map_or_else(|| "none".to_owned(), |key| key.name().to_owned());
        let came = signer::Came { name: &name, size, signed: last.map(|(size, _)| size), root };
        came.hold_against(state.as_ref(), path, high_water)?;
        Ok(state.map(|state| state.size))
    }

    /// How many entries the newest checkpoint covers that a witness has cosigned; 0 where it never did.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn cosigned_by(&self, witness: &str) -> Result<i64, LedgerError> {
        let query = "SELECT coalesce(max(size), 0) FROM cosignature WHERE witness = ?1";
        self.number(query, [witness])
    }

    /// Who has cosigned, up to how many entries.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn witnesses(&self) -> Result<Vec<(String, i64)>, LedgerError> {
        let query = "SELECT witness, max(size) FROM cosignature GROUP BY witness ORDER BY witness";
        self.rows(query, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// What proves that the first `old` entries are the beginning of the first `new`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn consistency(&self, old: i64, new: i64) -> Result<Vec<Digest>, LedgerError> {
        let number = |number: i64| u64::try_from(number).map_err(|_| nonsense("a size"));
        merkle::consistency(&Kept(&self.connection), number(old)?, number(new)?)
    }

    /// The body of an entry; none where there is no such entry.
    pub(super) fn body(&self, seq: i64) -> Result<Option<String>, LedgerError> {
        Ok(self.rows("SELECT body FROM ledger WHERE seq = ?1", [seq], |row| Ok(row.get(0)?))?.pop())
    }

    /// The path from the leaf of an entry to the root over the first `size` entries.
    pub(super) fn path_of(&self, seq: i64, size: i64) -> Result<Vec<Digest>, LedgerError> {
        let number = |number: i64| u64::try_from(number).map_err(|_| nonsense("an entry's number"));
        merkle::inclusion(&Kept(&self.connection), number(seq)?, number(size)?)
    }

    /// The body of an entry, and the path from its leaf to the root over the first `size` entries.
    ///
    /// # Errors
    /// Where the file cannot be read, or there is no such entry below `size`.
    pub fn proved(&self, seq: i64, size: i64) -> Result<(String, Vec<Digest>), LedgerError> {
        let body = if seq < size { self.body(seq)? } else { None };
        let body = body.ok_or_else(|| nonsense("an entry that is not there"))?;
        Ok((body, self.path_of(seq, size)?))
    }
}

#[cfg(test)]
mod tests;
