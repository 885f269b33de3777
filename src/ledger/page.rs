//! Pages of the payout log: which rows are asked for, in which order, and from where on.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::walk::{Found, Walk};
use super::{Filter, LedgerError, PayoutRow, Reader, Scope, parse_instant, scope};

/// In which order rows come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// By when they were determined, the newest first; of one instant the one with the higher number first.
    #[default]
    Newest,
    /// By policy, cover, first day of the period, number of the entry.
    Policy,
}

/// How many rows are looked at for one page; then what was found is given out. It bounds the time of a page.
const MOST_LOOKED_AT: usize = 4_000;

/// What a page is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Which rows. What [`Filter::only`] and [`Filter::order`] say is for lists: it is not looked at here.
    pub filter: Filter,
    /// Whose rows.
    pub scope: Scope,
    /// In which order.
    pub order: Order,
    /// How many rows at most: 1 to [`Page::MOST`]; what is outside is taken as the nearer of the two.
    pub limit: usize,
    /// Behind what the page begins; none for the first one.
    pub after: Option<Cursor>,
    /// Whether all rows that are asked for are counted, which reads through all of them.
    pub total: bool,
}

/// Rows, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many as were asked for. Fewer, or none, do not say that it is the last page: a search that finds little
    /// is broken off after a while, and goes on from `next`.
    pub rows: Vec<PayoutRow>,
    /// Where the next page begins; none behind the last row.
    pub next: Option<Cursor>,
    /// How many rows there are of all pages, where that was asked for.
    pub total: Option<u64>,
}

impl Page {
    /// The most rows of a page.
    pub const MOST: usize = 1_000;
}

/// Where a row stands in an order. As text it says nothing to a reader, and is not to be taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(super) Key);

/// What orders rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Of [`Order::Newest`].
    Newest { at: String, seq: i64 },
    /// Of [`Order::Policy`].
    Policy { policy: String, cover: String, start: String, seq: i64 },
}

impl Key {
    pub fn order(&self) -> Order {
        match self {
            Self::Newest { .. } => Order::Newest,
            Self::Policy { .. } => Order::Policy,
        }
    }
}

impl Ord for Key {
    /// Which comes first; of the newest the one that is greater.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Newest { at, seq }, Self::Newest { at: other_at, seq: other_seq }) => {
                (other_at, other_seq).cmp(&(at, seq))
            }
            (
                Self::Policy { policy, cover, start, seq },
                Self::Policy { policy: other_policy, cover: other_cover, start: other_start, seq: other_seq },
            ) => (policy, cover, start, seq).cmp(&(other_policy, other_cover, other_start, other_seq)),
            _ => (self.order() as u8).cmp(&(other.order() as u8)),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of this program, or it belongs to another order: begin again with the first page")]
pub struct CursorError;

impl Cursor {
    /// Which order it belongs to.
    pub fn order(&self) -> Order {
        self.0.order()
    }

    /// The same, where it belongs to an order.
    ///
    /// # Errors
    /// Where it belongs to the other one.
    pub fn of(self, order: Order) -> Result<Self, CursorError> {
        if self.order() == order { Ok(self) } else { Err(CursorError) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.0 {
            Key::Newest { at, seq } => format!("n/{at}/{seq}"),
            Key::Policy { policy, cover, start, seq } => format!("p/{policy}/{cover}/{start}/{seq}"),
        };
        f.write_str(&Base64UrlUnpadded::encode_string(text.as_bytes()))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| CursorError)?;
        let plain = String::from_utf8(bytes).map_err(|_| CursorError)?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|seq| *seq >= 0);
        let owned = str::to_owned;
        let key = match plain.split_once('/') {
            Some(("n", rest)) => rest.split_once('/').and_then(|(at, seq)| {
                parse_instant(at)?;
                Some(Key::Newest { at: owned(at), seq: number(seq)? })
            }),
            // A policy's id may hold a `/`.
            Some(("p", rest)) => match rest.rsplitn(4, '/').collect::<Vec<_>>()[..] {
                [seq, start, cover, policy] => number(seq).map(|seq| Key::Policy {
                    policy: owned(policy),
                    cover: owned(cover),
                    start: owned(start),
                    seq,
                }),
                _ => None,
            },
            _ => None,
        };
        key.map(Self).filter(|cursor| cursor.to_string() == text).ok_or(CursorError)
    }
}

impl Reader {
    /// A page of the payout log: rows of [`Self::payouts`], in an order, from a place on. It takes the same time however
    /// many rows the ledger has. Page after page, a row comes once, and none that was there at the first page is left out,
    /// but for what a later determination takes the place of.
    ///
    /// # Errors
    /// Where the file cannot be read, or the cursor is of another order, which [`Cursor::of`] tells before.
    pub fn page(&self, ask: &Ask) -> Result<Page, LedgerError> {
        self.page_within(ask, MOST_LOOKED_AT)
    }

    fn page_within(&self, ask: &Ask, most_looked_at: usize) -> Result<Page, LedgerError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let limit = ask.limit.clamp(1, Page::MOST);
        let (found, next) = Walk::begin(self, ask, ask.after.as_ref())?.page(limit, most_looked_at)?;
        let rows = self.rows_of_entries(found.into_iter().map(|Found { seq, period, .. }| (seq, period)))?;
        let total = if ask.total { Some(Walk::begin(self, ask, None)?.count()?) } else { None };
        Ok(Page { rows, next, total })
    }

    /// The books that have determinations, by name.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn books(&self) -> Result<Vec<String>, LedgerError> {
        scope::books(&self.connection)
    }
}

#[cfg(test)]
mod tests;
