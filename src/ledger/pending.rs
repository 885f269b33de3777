//! Entries of a batch that are written together: one statement for many rows takes less than one for each.

use std::collections::HashSet;
use std::sync::LazyLock;

use rusqlite::{Connection, ToSql};

use super::{Digest, Entry};

/// How many rows a statement writes, the most first.
const SIZES: [usize; 3] = [32, 8, 1];

/// The statement of each size.
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| {
    SIZES.map(|rows| {
        let rows = vec!["(?, ?, ?)"; rows].join(", ");
        format!("INSERT INTO ledger (seq, body, leaf) VALUES {rows}")
    })
});

/// Entries that have their numbers and are not in the file yet.
#[derive(Default)]
pub(super) struct Pending {
    rows: Vec<(i64, String, Digest)>,
    keys: HashSet<String>,
    periods: HashSet<String>,
}

impl Pending {
    /// Whether one of them has this key.
    pub fn has_key(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// Whether one of them is about this period.
    pub fn has_period(&self, id: &str) -> bool {
        self.periods.contains(id)
    }

    /// Adds one; many are written.
    ///
    /// # Errors
    /// Where the file refuses one of them.
    pub fn push(
        &mut self,
        connection: &Connection,
        seq: i64,
        entry: &Entry,
        body: String,
        leaf: Digest,
    ) -> rusqlite::Result<()> {
        self.rows.push((seq, body, leaf));
        self.keys.insert(entry.key().to_owned());
        self.periods.insert(entry.period_id());
        if self.rows.len() == SIZES[0] { self.write(connection) } else { Ok(()) }
    }

    /// Writes all of them, in their order.
    ///
    /// # Errors
    /// Where the file refuses one of them.
    pub fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut rest = &self.rows[..];
        for (size, insert) in SIZES.into_iter().zip(&*INSERTS) {
            while rest.len() >= size {
                let (rows, others) = rest.split_at(size);
                let values = rows.iter().flat_map(|(seq, body, leaf)| [seq as &dyn ToSql, body, leaf]);
                connection.prepare_cached(insert)?.execute(rusqlite::params_from_iter(values))?;
                rest = others;
            }
        }
        self.rows.clear();
        self.keys.clear();
        self.periods.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::determined::paid;
    use crate::ledger::store::tests::{at, fresh};
    use crate::ledger::{Kind, leaf};

    #[test]
    fn what_waits_is_known_by_its_key_and_its_period_until_it_is_written() {
        let (_folder, mut store) = fresh();
        let connection = &*store.connection();
        let count = || connection.query_row("SELECT count(*) FROM ledger", [], |row| row.get::<_, i64>(0));
        let mut pending = Pending::default();
        let push = |pending: &mut Pending, seq, entry: &Entry| {
            let body = entry.body(seq).expect("good");
            let leaf = leaf(&body);
            pending.push(connection, seq, entry, body, leaf).expect("taken");
        };
        let said = paid(100).entry(0, None).expect("good");
        assert!(!pending.has_key(said.key()) && !pending.has_period(&said.period_id()));
        push(&mut pending, 1, &said);
        assert!(pending.has_key(said.key()) && pending.has_period(&said.period_id()));
        assert!(!pending.has_key("note/2") && !pending.has_period("P/other/2013-06-01"));
        for seq in 2..32 {
            push(&mut pending, seq, &Entry::new(Kind::Note, format!("note/{seq}"), at()));
        }
        assert_eq!(count(), Ok(1), "31 wait behind the genesis");
        push(&mut pending, 32, &Entry::new(Kind::Note, "note/32", at()));
        assert_eq!(count(), Ok(33), "32 are written");
        assert!(!pending.has_key("note/2") && !pending.has_period(&said.period_id()));
        push(&mut pending, 33, &Entry::new(Kind::Note, "note/33", at()));
        pending.write(connection).expect("written");
        assert_eq!(count(), Ok(34));
    }
}
