//! Every entry, checked: one thread reads them, others hash them and take them apart, and they come back in their order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows};

use super::file::{damaged, sort};
use super::tree::Grown;
use super::{Determination, Digest, Entry, Kind, OpenError, State, digest};

/// How many entries are handed over at a time. Fewer than that are checked where they are read.
const PIECE: usize = 256;

/// An entry as it stands in the file.
struct Row {
    seq: i64,
    /// None where it is no text.
    body: Option<Vec<u8>>,
    leaf: Digest,
}

/// One that hashes to its leaf and makes sense by itself.
struct Checked {
    seq: i64,
    leaf: Digest,
    entry: Entry,
    /// What it says of payments in advance.
    said: Option<Said>,
}

/// What a binding determination or a payment in advance says of payments in advance.
struct Said {
    period: String,
    state: State,
    number: i64,
    advance: i64,
    amount: i64,
}

impl Said {
    fn of(said: &Determination) -> Option<Self> {
        matches!(said.state, State::Interim | State::Final | State::Restated).then(|| Self {
            period: said.period_id(),
            state: said.state,
            number: said.number,
            advance: said.paid.advance,
            amount: said.amount.minor(),
        })
    }
}

/// Payments in advance, by policy, cover and period: how many there are, what they add up to, whether a final
/// determination ended them.
#[derive(Default)]
struct Advances(BTreeMap<String, (i64, i64, bool)>);

impl Advances {
    /// Takes a determination in. Whether it says of payments in advance what was recorded before it: a payment has the
    /// next number, none comes behind a final determination, and what binds names their sum.
    fn agree(&mut self, said: Said) -> bool {
        if said.state == State::Interim {
            let (count, sum, ended) = self.0.entry(said.period).or_default();
            let agrees = !*ended && said.number == *count + 1 && said.advance == *sum;
            (*count, *sum) = (said.number, *sum + said.amount);
            return agrees;
        }
        let Some((_, sum, ended)) = self.0.get_mut(&said.period) else { return said.advance == 0 };
        *ended = true;
        said.advance == *sum
    }
}

fn nonsense(path: &Path, seq: i64) -> OpenError {
    damaged(path, format!("entry {seq} makes no sense"))
}

/// Every entry: numbers without gaps, a genesis first, the hash as recorded, amounts that agree with their minor
/// units, and what is said of payments in advance with them. Gives the tree over them, with the roots at the sizes
/// `wanted`.
///
/// # Errors
/// [`OpenError::Altered`] with the first entry that hashes to something else, else [`OpenError::Damaged`].
pub(super) fn entries(connection: &Connection, path: &Path, wanted: BTreeSet<u64>) -> Result<Grown, OpenError> {
    entries_for(connection, path, wanted, &mut |_, _| Ok(()))
}

/// The same; each entry is shown to `look`, in their order.
///
/// # Errors
/// As [`entries`], and those of `look`.
pub(super) fn entries_for(
    connection: &Connection,
    path: &Path,
    wanted: BTreeSet<u64>,
    look: &mut dyn FnMut(i64, &Entry) -> Result<(), OpenError>,
) -> Result<Grown, OpenError> {
    let mut statement = connection.prepare("SELECT seq, body, leaf FROM ledger ORDER BY seq").map_err(sort(path))?;
    let mut rows = Reading { rows: statement.query([]).map_err(sort(path))?, path, next: 0, ended: None };
    let (mut grown, mut advances) = (Grown::new(wanted), Advances::default());
    let mut take = |checked: Vec<Result<Checked, OpenError>>| {
        for checked in checked {
            let Checked { seq, leaf, entry, said } = checked?;
            if !said.is_none_or(|said| advances.agree(said)) {
                return Err(nonsense(path, seq));
            }
            look(seq, &entry)?;
            grown.push(leaf);
        }
        Ok(())
    };
    let first = rows.piece();
    let more = first.len() == PIECE;
    take(check(path, first))?;
    if more {
        on_all_cores(path, &mut rows, &mut take)?;
    }
    match rows.ended {
        Some(error) => Err(error),
        None if rows.next == 0 => Err(damaged(path, "it has no entry")),
        None => Ok(grown),
    }
}

/// Reads on, has other threads check what is read, and gives it to `take` in its order.
fn on_all_cores(
    path: &Path,
    rows: &mut Reading<'_, '_>,
    take: &mut dyn FnMut(Vec<Result<Checked, OpenError>>) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let count = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let (mut checkers, mut waiting) = (Vec::with_capacity(count), VecDeque::new());
        for _ in 0..count {
            let (give, given) = sync_channel::<Vec<Row>>(2);
            let (answer, answers) = sync_channel(2);
            scope.spawn(move || check_all(path, &given, &answer));
            checkers.push((give, answers));
        }
        // None of them ends before the channels do, but when it panics.
        let answered = |(_, answers): &(_, Receiver<_>)| answers.recv().expect("it checks as long as it is asked");
        for number in (0..count).cycle() {
            if waiting.len() == 2 * count {
                take(answered(&checkers[waiting.pop_front().expect("some")]))?;
            }
            let piece = rows.piece();
            if piece.is_empty() {
                break;
            }
            checkers[number].0.send(piece).expect("it checks as long as it is asked");
            waiting.push_back(number);
        }
        waiting.into_iter().try_for_each(|number: usize| take(answered(&checkers[number])))
    })
}

fn check_all(path: &Path, given: &Receiver<Vec<Row>>, answer: &SyncSender<Vec<Result<Checked, OpenError>>>) {
    while let Ok(rows) = given.recv() {
        // Who asked goes away at the first fault.
        if answer.send(check(path, rows)).is_err() {
            return;
        }
    }
}

/// Checks entries by themselves, up to the first that is none.
fn check(path: &Path, rows: Vec<Row>) -> Vec<Result<Checked, OpenError>> {
    let mut checked = Vec::with_capacity(rows.len());
    for row in rows {
        checked.push(check_one(path, &row));
        if checked.last().is_some_and(Result::is_err) {
            break;
        }
    }
    checked
}

fn check_one(path: &Path, row: &Row) -> Result<Checked, OpenError> {
    let seq = row.seq;
    let body =
        row.body.as_deref().and_then(|body| std::str::from_utf8(body).ok()).ok_or_else(|| nonsense(path, seq))?;
    let leaf = digest::leaf(body);
    if leaf != row.leaf {
        let (found, recorded) = (digest::hex(&leaf), digest::hex(&row.leaf));
        return Err(OpenError::Altered { path: path.to_owned(), seq, found, recorded });
    }
    let (written, entry) = Entry::read(body).map_err(|_| nonsense(path, seq))?;
    if written != seq || (seq == 0) != (entry.kind() == Kind::Genesis) {
        return Err(nonsense(path, seq));
    }
    let said = match entry.kind() {
        Kind::Decision | Kind::Interim | Kind::Final | Kind::Restate => {
            let long = entry.member("observations_sha256").map(|_| String::new());
            Said::of(&Determination::from_entry(&entry, long).map_err(|_| nonsense(path, seq))?)
        }
        _ => None,
    };
    Ok(Checked { seq, leaf, entry, said })
}

/// Entries as they are read, up to the first that cannot be.
struct Reading<'r, 'p> {
    rows: Rows<'r>,
    path: &'p Path,
    /// The number of the next one.
    next: i64,
    /// Why it ended before the end.
    ended: Option<OpenError>,
}

impl Reading<'_, '_> {
    /// The next ones; fewer than [`PIECE`] where it ended.
    fn piece(&mut self) -> Vec<Row> {
        let mut piece = Vec::with_capacity(PIECE);
        while piece.len() < PIECE && self.ended.is_none() {
            match self.row() {
                Ok(Some(row)) => piece.push(row),
                Ok(None) => break,
                Err(error) => self.ended = Some(error),
            }
        }
        piece
    }

    fn row(&mut self) -> Result<Option<Row>, OpenError> {
        let Some(row) = self.rows.next().map_err(sort(self.path))? else { return Ok(None) };
        let seq: i64 = row.get(0).map_err(sort(self.path))?;
        if seq != self.next {
            return Err(damaged(self.path, format!("entry {} is missing", self.next)));
        }
        self.next += 1;
        let body = match row.get_ref(1).map_err(sort(self.path))? {
            ValueRef::Text(body) => Some(body.to_vec()),
            _ => None,
        };
        Ok(Some(Row { seq, body, leaf: row.get(2).map_err(sort(self.path))? }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::at;
    use super::super::world::World;
    use super::*;
    use crate::ledger::Batch;

    /// A ledger of so many entries: a genesis, a key, and notes.
    fn world(entries: i64) -> World {
        let world = World::new();
        let mut store = world.create();
        let mut batch = Batch::new();
        for number in 2..entries {
            batch.entry(Entry::new(Kind::Note, format!("note/{number}"), at()).text("text", "as written"));
        }
        store.append(batch).expect("written");
        store.close().expect("closed");
        world
    }

    #[test]
    fn d07_the_first_altered_entry_is_named_whichever_thread_checks_it() {
        let piece = i64::try_from(PIECE).expect("few");
        for entries in [piece - 1, piece, piece + 1, 5 * piece, 9 * piece + 7] {
            let world = world(entries);
            assert_eq!(world.reader().verify().expect("as written").entries, entries);
            let mut places = vec![entries - 1, entries / 2, 6 * piece, 2 * piece, piece, piece - 1, 2];
            places.retain(|seq| *seq < entries);
            places.sort_unstable_by(|a, b| b.cmp(a));
            for seq in places {
                world.forge(&format!("UPDATE ledger SET body = replace(body, 'as', 'AS') WHERE seq = {seq}"));
                let error = world.reader().verify().expect_err("altered");
                assert!(matches!(error, OpenError::Altered { seq: found, .. } if found == seq), "{seq}: {error}");
            }
        }
    }

    #[test]
    fn d07_an_entry_in_the_place_of_another_and_none_at_all_are_named() {
        let world = world(9);
        let body = |seq: i64| {
            let raw = Connection::open(world.path()).expect("a ledger");
            let body = raw.query_row("SELECT body FROM ledger WHERE seq = ?1", [seq], |row| row.get::<_, String>(0));
            body.expect("an entry")
        };
        let other = body(5).replace("\"seq\":5", "\"seq\":7");
        let leaf = digest::hex(&digest::leaf(&other));
        world.forge(&format!(
            "PRAGMA ignore_check_constraints = ON; UPDATE ledger SET body = '{other}', leaf = X'{leaf}' WHERE seq = 5"
        ));
        let error = world.reader().verify().expect_err("another").to_string();
        assert!(error.contains("entry 5 makes no sense"), "{error}");
        world.forge("DELETE FROM ledger");
        let error = world.reader().verify().expect_err("none").to_string();
        assert!(error.contains("it has no entry"), "{error}");
    }

    #[test]
    fn entries_are_read_a_piece_at_a_time() {
        let piece = i64::try_from(PIECE).expect("few");
        let world = world(2 * piece + 7);
        let (raw, path) = (Connection::open(world.path()).expect("a ledger"), world.path());
        let mut statement = raw.prepare("SELECT seq, body, leaf FROM ledger ORDER BY seq").expect("a query");
        let mut rows = Reading { rows: statement.query([]).expect("readable"), path: &path, next: 0, ended: None };
        assert_eq!([PIECE, PIECE, 7, 0].map(|_| rows.piece().len()), [PIECE, PIECE, 7, 0]);
    }

    #[test]
    fn d07_a_missing_entry_is_named_wherever_it_was() {
        let piece = i64::try_from(PIECE).expect("few");
        let world = world(3 * piece + 7);
        for seq in [3 * piece + 1, 2 * piece, piece + 1, piece, piece - 1, 2] {
            world.forge(&format!("DELETE FROM ledger WHERE seq = {seq}"));
            let error = world.reader().verify().expect_err("missing").to_string();
            assert!(error.contains(&format!("entry {seq} is missing")), "{seq}: {error}");
        }
    }
}
