//! Determinations as they become visible, in the order of their entries.

use crate::ledger::{LedgerError, PayoutRow, Reader};

/// So many are read at a time.
const MOST: i64 = 500;

/// Where one stands in the ledger's determinations.
#[derive(Debug)]
pub struct Follow<'r> {
    reader: &'r Reader,
    /// The entry behind which it goes on.
    after: i64,
    /// The ledger's version when nothing was left.
    seen: Option<i64>,
    /// Whether the last look found rows.
    more: bool,
}

impl<'r> Follow<'r> {
    /// From behind an entry on; -1 is before the first.
    pub fn after(reader: &'r Reader, seq: i64) -> Self {
        Self { reader, after: seq, seen: None, more: false }
    }

    /// The next rows, none where there is nothing new: then it costs a look at the file's log. They are the same again until
    /// they are [`Self::passed`].
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn rows(&mut self) -> Result<Vec<PayoutRow>, LedgerError> {
        if !self.more {
            let version = self.reader.data_version()?;
            if self.seen.replace(version) == Some(version) {
                return Ok(Vec::new());
            }
        }
        // Until it is known that nothing is left, also where this fails.
        self.more = true;
        let rows = self.reader.determined_after(self.after, MOST)?;
        self.more = !rows.is_empty();
        Ok(rows)
    }

    /// Everything up to an entry is done with.
    pub fn passed(&mut self, seq: i64) {
        self.after = seq;
    }

    /// Hands out rows as they come until `take` or `wait`, which is called where there is nothing new, says that it is
    /// enough.
    ///
    /// # Errors
    /// Where the ledger cannot be read, or what `take` returns.
    pub fn each<E: From<LedgerError>>(
        mut self,
        mut take: impl FnMut(Vec<PayoutRow>) -> Result<(), E>,
        mut wait: impl FnMut() -> bool,
    ) -> Result<(), E> {
        loop {
            let rows = self.rows()?;
            match rows.last() {
                Some(last) => {
                    self.passed(last.seq);
                    take(rows)?;
                }
                None if wait() => {}
                None => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::determined::{paid, season};
    use crate::ledger::stored::fresh;
    use crate::ledger::{Batch, Determination, Reader, Store};

    fn write(store: &mut Store, policy: &str, determination: Determination) {
        let mut batch = Batch::new();
        batch.determine(Determination { policy: policy.into(), ..determination });
        store.append(batch).expect("written");
    }

    #[test]
    fn what_becomes_visible_is_handed_out_once_and_in_order() {
        let (_folder, mut store) = fresh();
        write(&mut store, "A", season());
        write(&mut store, "A", paid(100));
        let reader = Reader::open(store.path()).expect("a ledger");
        let mut waits = 0;
        let mut seen = Vec::new();
        let take = |rows: Vec<PayoutRow>| {
            seen.extend(rows.into_iter().map(|row| (row.seq, row.policy, row.amount)));
            Ok::<_, LedgerError>(())
        };
        let wait = || {
            waits += 1;
            match waits {
                1 => write(&mut store, "B", paid(200)),
                // Nothing happened: it is not read again.
                2 | 3 => {}
                4 => (0..1_200).for_each(|number| write(&mut store, &format!("C-{number}"), season())),
                _ => return false,
            }
            true
        };
        Follow::after(&reader, 1).each(take, wait).expect("readable");
        let first: Vec<_> = seen[..2].iter().map(|(seq, policy, amount)| (*seq, policy.as_str(), &**amount)).collect();
        assert_eq!(first, [(2, "A", "1.00"), (3, "B", "2.00")]);
        assert_eq!(seen.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (2..1_204).collect::<Vec<_>>());
    }

    #[test]
    fn rows_come_again_until_they_are_passed() {
        let (_folder, mut store) = fresh();
        write(&mut store, "A", season());
        let reader = Reader::open(store.path()).expect("a ledger");
        let mut follow = Follow::after(&reader, -1);
        let seqs =
            |follow: &mut Follow<'_>| follow.rows().expect("readable").iter().map(|row| row.seq).collect::<Vec<_>>();
        assert_eq!((seqs(&mut follow), seqs(&mut follow)), (vec![1], vec![1]));
        follow.passed(1);
        assert_eq!((seqs(&mut follow), seqs(&mut follow)), (vec![], vec![]));
    }
}
