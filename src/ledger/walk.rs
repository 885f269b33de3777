//! Walking through the payout log in an order, from a place on: one strand of rows for each book, or for each policy,
//! drawn together. Strands are read from indexes of the table `listed`, those of books a piece at a time.

use std::collections::VecDeque;

use rusqlite::{Connection, Row, Rows, named_params, params};

use super::page::{Ask, Cursor, Key, Order};
use super::reader::nonsense;
#[cfg(test)]
use super::scope::{BOUND_IN, NEXT_BOOK};
use super::{Kind, LedgerError, Reader, Scope, State, instant_text};
use crate::settle::Outcome;

/// How many rows of a strand are read at a time: at first, and at most.
const FIRST_PIECE: usize = 16;
const LARGEST_PIECE: usize = 256;

/// Of a book the newest first, before a place, from an instant on.
const NEWEST: &str = "SELECT * FROM listed
    WHERE book = :book AND (at, seq) < (:at, :seq) AND at >= :from ORDER BY at DESC, seq DESC LIMIT :most";
/// The same of one product.
const NEWEST_OF_PRODUCT: &str = "SELECT * FROM listed INDEXED BY listed_product
    WHERE book = :book AND product = :product AND (at, seq) < (:at, :seq) AND at >= :from
    ORDER BY at DESC, seq DESC LIMIT :most";
/// Of a book by policy, cover, period and number, behind a place.
const BY_POLICY: &str = "SELECT * FROM listed INDEXED BY listed_policy
    WHERE book = :book AND (policy, cover, period_start, seq) > (:policy, :cover, :start, :seq)
    ORDER BY policy, cover, period_start, seq LIMIT :most";
/// All of one policy, which are few.
const OF_POLICY: &str = "SELECT * FROM listed INDEXED BY listed_policy WHERE book = :book AND policy = :policy";
/// Whether something later took the place of a determination.
const SUPERSEDED: &str = "SELECT EXISTS (SELECT 1 FROM ledger AS later
    WHERE later.kind IN ('decision', 'final', 'restate') AND later.policy = :policy AND later.cover = :cover
      AND later.period_start = :start AND later.seq > :seq AND later.seq < :size)";
const STATE: &str =
    "SELECT state FROM determination WHERE seq = ?1 AND policy = ?2 AND cover = ?3 AND period_start = ?4";

/// All that a page asks of the file, but for its rows.
#[cfg(test)]
pub(super) const QUERIES: [&str; 8] =
    [NEWEST, NEWEST_OF_PRODUCT, BY_POLICY, OF_POLICY, SUPERSEDED, STATE, NEXT_BOOK, BOUND_IN];

/// Before all texts of the ledger, and behind them.
const LOWEST: &str = "";
const HIGHEST: &str = "\u{10FFFF}";

/// A row that is asked for, as far as its entry alone says.
pub(super) struct Found {
    key: Key,
    /// The entry's number.
    pub seq: i64,
    kind: String,
    /// Policy, cover, first day of the period.
    pub period: [String; 3],
}

/// Rows of one book or one policy, in their order.
struct Strand {
    book: String,
    /// Where it is of one policy.
    policy: Option<String>,
    /// What was read and not given out.
    found: VecDeque<Found>,
    /// Behind what the next piece begins.
    reached: Key,
    /// How many rows the next piece has; 0 where all are read.
    piece: usize,
}

impl Strand {
    fn is_empty(&self) -> bool {
        self.found.is_empty() && self.piece == 0
    }

    fn is_unread(&self) -> bool {
        self.piece == FIRST_PIECE
    }
}

/// A walk that is under way.
pub(super) struct Walk<'a> {
    connection: &'a Connection,
    ask: &'a Ask,
    /// How many entries are seen.
    size: i64,
    strands: VecDeque<Strand>,
    /// Whether all of a strand lies behind all of the one before it: so are policies, where rows come by policy.
    in_turn: bool,
    /// Where the last one of those ended.
    passed: Option<Key>,
    /// From when, and before when.
    determined: [String; 2],
    /// First and last.
    period_end: [String; 2],
    looked_at: usize,
}

/// What was read of a strand.
struct Piece {
    found: VecDeque<Found>,
    /// Its last row, where more may follow.
    reached: Option<Key>,
    looked_at: usize,
}

/// The kind of entry of which a reader sees this state: what is held or void is a decision.
fn kind_of(state: State) -> &'static str {
    let kind = match state {
        State::Held | State::Void => Kind::Decision,
        state => state.kind(),
    };
    kind.word()
}

/// Whether of the first `size` entries one took the place of a determination of a policy, a cover and a first day.
pub(super) fn is_superseded(
    connection: &Connection,
    [policy, cover, start]: [&str; 3],
    seq: i64,
    size: i64,
) -> Result<bool, LedgerError> {
    let bound = named_params! { ":policy": policy, ":cover": cover, ":start": start, ":seq": seq, ":size": size };
    Ok(connection.prepare_cached(SUPERSEDED)?.query_row(bound, |row| row.get(0))?)
}

/// Columns of `listed`, in the order of its table: looked up by name they take longer than all else.
const AT: usize = 1;
const SEQ: usize = 2;
const KIND: usize = 3;
const POLICY: usize = 4;
const PRODUCT: usize = 5;
const COVER: usize = 6;
const PERIOD_START: usize = 7;
const PERIOD_END: usize = 8;
const OUTCOME: usize = 9;

/// A column of `listed`; what an entry does not say is an empty text.
fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, LedgerError> {
    let found = row.get_ref(column)?.as_str_or_null().map_err(|_| nonsense("a row of `listed`"))?;
    Ok(found.unwrap_or_default())
}

impl<'a> Walk<'a> {
    /// A walk from behind `after` on, or from the beginning.
    pub fn begin(reader: &'a Reader, ask: &'a Ask, after: Option<&Cursor>) -> Result<Self, LedgerError> {
        let (connection, size) = (&reader.connection, reader.seen()?);
        let instant = |at, otherwise: &str| match at {
            Some(at) => instant_text(at).map_err(LedgerError::entry("determined_at")),
            None => Ok(otherwise.to_owned()),
        };
        let day =
            |day: Option<chrono::NaiveDate>, otherwise: &str| day.map_or(otherwise.to_owned(), |day| day.to_string());
        let filter = &ask.filter;
        let determined = [instant(filter.determined_from, LOWEST)?, instant(filter.determined_before, HIGHEST)?];
        let period_end = [day(filter.ends_from, LOWEST), day(filter.ends_to, HIGHEST)];
        let first = match ask.order {
            // No number is below 0: all rows of the instant lie before this.
            Order::Newest => Key::Newest { at: determined[1].clone(), seq: -1 },
            Order::Policy => {
                let none = || LOWEST.to_owned();
                Key::Policy { policy: none(), cover: none(), start: none(), seq: -1 }
            }
        };
        let from = match after {
            Some(Cursor(key)) if key.order() == ask.order => key.clone().max(first),
            Some(_) => return Err(LedgerError::Nonsense("a cursor of another order".to_owned())),
            None => first,
        };
        let of_policies = filter.policy.is_some() || matches!(ask.scope, Scope::Policies(_));
        let mut walk = Self {
            connection,
            ask,
            size,
            strands: VecDeque::new(),
            in_turn: of_policies && ask.order == Order::Policy,
            passed: None,
            determined,
            period_end,
            looked_at: 0,
        };
        for (book, policy) in ask.scope.parts(connection, filter.policy.as_ref())? {
            let behind = matches!((&policy, &from), (Some(one), Key::Policy { policy, .. }) if one < policy);
            if !behind {
                let (found, reached) = (VecDeque::new(), from.clone());
                walk.strands.push_back(Strand { book, policy, found, reached, piece: FIRST_PIECE });
            }
        }
        Ok(walk)
    }

    /// At most `limit` rows, and behind what the next page begins; where `most_looked_at` rows did not give
    /// so many, fewer.
    pub fn page(mut self, limit: usize, most_looked_at: usize) -> Result<(Vec<Found>, Option<Cursor>), LedgerError> {
        let mut page = Vec::new();
        loop {
            let edge = self.fill(most_looked_at)?;
            let Some(found) = self.pop(edge.as_ref()) else { return Ok((page, edge.map(Cursor))) };
            if !self.fits(&found)? {
                continue;
            }
            let key = found.key.clone();
            page.push(found);
            if page.len() == limit {
                let more = self.strands.iter().any(|strand| !strand.is_empty());
                return Ok((page, more.then_some(Cursor(key))));
            }
        }
    }

    /// How many rows there are.
    pub fn count(mut self) -> Result<u64, LedgerError> {
        let mut count = 0;
        loop {
            self.fill(usize::MAX)?;
            let Some(found) = self.pop(None) else { return Ok(count) };
            count += u64::from(self.fits(&found)?);
        }
    }

    /// Reads on in each strand of which no row is at hand. Where `most` were looked at, only in those that were never read:
    /// then it gives the place behind which not everything is known.
    fn fill(&mut self, most: usize) -> Result<Option<Key>, LedgerError> {
        if self.in_turn {
            return self.fill_in_turn(most);
        }
        let mut edge: Option<&Key> = None;
        for number in 0..self.strands.len() {
            let lacks = |strand: &Strand| strand.found.is_empty() && strand.piece > 0;
            while lacks(&self.strands[number]) && (self.looked_at < most || self.strands[number].is_unread()) {
                self.read_on(number)?;
            }
        }
        for strand in self.strands.iter().filter(|strand| strand.found.is_empty() && strand.piece > 0) {
            edge = Some(edge.map_or(&strand.reached, |edge| edge.min(&strand.reached)));
        }
        Ok(edge.cloned())
    }

    fn fill_in_turn(&mut self, most: usize) -> Result<Option<Key>, LedgerError> {
        while let Some(strand) = self.strands.front().filter(|strand| strand.found.is_empty()) {
            match &self.passed {
                _ if strand.piece == 0 => self.passed = self.strands.pop_front().map(|strand| strand.reached),
                // Further than where the walk began, or it would come to no end.
                Some(passed) if self.looked_at >= most && *passed > strand.reached => return Ok(Some(passed.clone())),
                _ => self.read_on(0)?,
            }
        }
        Ok(None)
    }

    /// Takes the first row of all strands, where it does not lie behind `edge`.
    fn pop(&mut self, edge: Option<&Key>) -> Option<Found> {
        let strands = self.strands.iter_mut().take(if self.in_turn { 1 } else { usize::MAX });
        let strands = strands.filter(|strand| !strand.found.is_empty());
        let first = strands.min_by(|one, other| one.found[0].key.cmp(&other.found[0].key))?;
        if edge.is_some_and(|edge| first.found[0].key > *edge) { None } else { first.found.pop_front() }
    }

    /// Reads the next piece of a strand.
    fn read_on(&mut self, number: usize) -> Result<(), LedgerError> {
        let Strand { book, policy, reached, piece, .. } = &self.strands[number];
        let (most, count) = (i64::try_from(*piece).expect("few"), *piece);
        let prepare = |query| self.connection.prepare_cached(query);
        let piece = match (policy, reached, &self.ask.filter.product) {
            (Some(policy), ..) => {
                let mut statement = prepare(OF_POLICY)?;
                let all =
                    self.piece(statement.query(named_params! { ":book": book, ":policy": policy })?, usize::MAX)?;
                self.of_policy(policy, reached, all)
            }
            (None, Key::Newest { at, seq }, None) => {
                let (mut statement, from) = (prepare(NEWEST)?, &self.determined[0]);
                let bound = named_params! { ":book": book, ":at": at, ":seq": seq, ":from": from, ":most": most };
                self.piece(statement.query(bound)?, count)?
            }
            (None, Key::Newest { at, seq }, Some(product)) => {
                let (mut statement, from) = (prepare(NEWEST_OF_PRODUCT)?, &self.determined[0]);
                let bound = named_params! {
                    ":book": book, ":product": product, ":at": at, ":seq": seq, ":from": from, ":most": most,
                };
                self.piece(statement.query(bound)?, count)?
            }
            (None, Key::Policy { policy, cover, start, seq }, _) => {
                let mut statement = prepare(BY_POLICY)?;
                let bound = named_params! {
                    ":book": book, ":policy": policy, ":cover": cover, ":start": start, ":seq": seq, ":most": most,
                };
                self.piece(statement.query(bound)?, count)?
            }
        };
        self.looked_at += piece.looked_at.max(1);
        let strand = &mut self.strands[number];
        let last = strand.policy.is_some() || piece.looked_at < strand.piece;
        strand.piece = if last { 0 } else { (strand.piece * 4).min(LARGEST_PIECE) };
        strand.found = piece.found;
        strand.reached = piece.reached.unwrap_or_else(|| strand.reached.clone());
        Ok(())
    }

    /// Reads rows to the end, of a piece of `most`, and keeps those that are asked for.
    fn piece(&self, mut rows: Rows<'_>, most: usize) -> Result<Piece, LedgerError> {
        let (mut found, mut reached, mut looked_at) = (VecDeque::new(), None, 0);
        while let Some(row) = rows.next()? {
            looked_at += 1;
            if looked_at == most {
                reached = Some(self.key(row)?);
            }
            if self.is_asked(row)? {
                let owned = |column| text(row, column).map(str::to_owned);
                let period = [owned(POLICY)?, owned(COVER)?, owned(PERIOD_START)?];
                found.push_back(Found { key: self.key(row)?, seq: row.get(SEQ)?, kind: owned(KIND)?, period });
            }
        }
        Ok(Piece { found, reached, looked_at })
    }

    /// Of all rows of a policy those behind a place, in their order.
    fn of_policy(&self, policy: &str, from: &Key, mut all: Piece) -> Piece {
        all.found.retain(|found| found.key > *from);
        all.found.make_contiguous().sort_by(|one, other| one.key.cmp(&other.key));
        let end = Key::Policy {
            policy: policy.to_owned(),
            cover: HIGHEST.to_owned(),
            start: HIGHEST.to_owned(),
            seq: i64::MAX,
        };
        Piece { reached: self.in_turn.then_some(end), ..all }
    }

    fn key(&self, row: &Row<'_>) -> Result<Key, LedgerError> {
        let (owned, seq) = (|column| text(row, column).map(str::to_owned), row.get(SEQ)?);
        Ok(match self.ask.order {
            Order::Newest => Key::Newest { at: owned(AT)?, seq },
            Order::Policy => {
                Key::Policy { policy: owned(POLICY)?, cover: owned(COVER)?, start: owned(PERIOD_START)?, seq }
            }
        })
    }

    /// Whether a row is asked for, as far as its entry alone says.
    fn is_asked(&self, row: &Row<'_>) -> Result<bool, LedgerError> {
        let filter = &self.ask.filter;
        let is = |column, wanted: Option<&str>| match wanted {
            Some(wanted) => text(row, column).map(|found| found == wanted),
            None => Ok(true),
        };
        let (at, period_end) = (text(row, AT)?, text(row, PERIOD_END)?);
        Ok(row.get::<_, i64>(SEQ)? < self.size
            && (self.determined[0].as_str()..self.determined[1].as_str()).contains(&at)
            && (self.period_end[0].as_str()..=self.period_end[1].as_str()).contains(&period_end)
            && is(PRODUCT, filter.product.as_deref())?
            && is(COVER, filter.cover.as_deref())?
            && is(OUTCOME, filter.outcome.map(Outcome::word))?
            && is(KIND, filter.state.map(kind_of))?)
    }

    /// Whether it is asked for by what came after it.
    fn fits(&mut self, found: &Found) -> Result<bool, LedgerError> {
        let [policy, cover, start] = &found.period;
        if !self.ask.filter.all && found.kind != "interim" {
            self.looked_at += 1;
            if is_superseded(self.connection, [policy, cover, start], found.seq, self.size)? {
                return Ok(false);
            }
        }
        let Some(state) = self.ask.filter.state.filter(|_| found.kind == "decision") else { return Ok(true) };
        let bound = params![found.seq, policy, cover, start];
        let said: String = self.connection.prepare_cached(STATE)?.query_row(bound, |row| row.get(0))?;
        Ok(said == state.word())
    }
}
