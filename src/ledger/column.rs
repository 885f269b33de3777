//! The columns of the payout log by name, and what a row has in each: those of the view `payout`, and its money as
//! decimals.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use super::PayoutRow;
use crate::quantity::{Currency, Money};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A text.
    Text,
    /// A whole number.
    Whole,
    /// Minor units of the row's currency, a whole number.
    Minor,
    /// An amount of the row's currency.
    Money,
    /// A decimal as text, with as many places as it has.
    Decimal,
    /// A day.
    Day,
    /// An instant, to the millisecond.
    Instant,
    /// Whether something is so.
    Flag,
}

impl Holds {
    /// Whether the cells of a currency can be added up.
    pub fn adds_up(self) -> bool {
        matches!(self, Self::Minor | Self::Money)
    }
}

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'r> {
    /// A text.
    Text(Cow<'r, str>),
    /// A whole number; a sum of them may need more than 64 bits.
    Whole(i128),
    /// Minor units of a currency, to be written as an amount.
    Money(i128, Currency),
    /// A decimal.
    Decimal(&'r str),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Whether something is so.
    Flag(bool),
}

impl<'r> Cell<'r> {
    /// One of a text; like all of these it is there, where others may be absent.
    pub fn text(text: impl Into<Cow<'r, str>>) -> Option<Self> {
        Some(Self::Text(text.into()))
    }

    /// One of a whole number.
    pub fn whole(number: impl Into<i128>) -> Option<Self> {
        Some(Self::Whole(number.into()))
    }

    /// One of an amount in minor units.
    ///
    /// # Panics
    /// Where there is no such currency: a row of the ledger has one.
    pub fn money(minor: i64, currency: &str) -> Option<Self> {
        let currency = Currency::from_code(currency).expect("it was one when the row was read");
        Some(Self::Money(minor.into(), currency))
    }
}

type CellOf = for<'r> fn(&'r PayoutRow) -> Option<Cell<'r>>;

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What its cells are.
    pub holds: Holds,
    /// Whether the views have it.
    pub in_view: bool,
    cell: CellOf,
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Column {}

impl Column {
    /// The column of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        COLUMNS.iter().find(|column| column.name == name)
    }

    /// What a row has in it; `None` where there is nothing, which is not zero.
    pub fn of<'r>(&self, row: &'r PayoutRow) -> Option<Cell<'r>> {
        (self.cell)(row)
    }
}

/// All, in the order in which they are written where nobody asks for another one. Columns that come later are put at
/// the end.
pub static COLUMNS: [Column; 34] = [
    view("id", Holds::Text, |row| Cell::text(&row.id)),
    view("policy", Holds::Text, |row| Cell::text(&row.policy)),
    view("product", Holds::Text, |row| Cell::text(&row.product)),
    view("cover", Holds::Text, |row| Cell::text(&row.cover)),
    view("period_start", Holds::Day, |row| Some(Cell::Day(row.period.start))),
    view("period_end", Holds::Day, |row| Some(Cell::Day(row.period.end))),
    view("outcome", Holds::Text, |row| Cell::text(row.outcome.word())),
    view("state", Holds::Text, |row| Cell::text(row.state.word())),
    view("index_value", Holds::Decimal, |row| row.index.as_ref().map(|index| Cell::Decimal(&index.value))),
    view("index_unit", Holds::Text, |row| row.index.as_ref().and_then(|index| Cell::text(&index.unit))),
    view("amount", Holds::Money, |row| Cell::money(row.amount_minor, &row.currency)),
    view("currency", Holds::Text, |row| Cell::text(&row.currency)),
    view("reason", Holds::Text, |row| Cell::text(&row.reason)),
    view("as_of", Holds::Instant, |row| Some(Cell::Instant(row.as_of))),
    view("determined_at", Holds::Instant, |row| Some(Cell::Instant(row.determined_at))),
    own("payable", |row| Cell::money(row.payable_minor, &row.currency)),
    own("paid_in_advance", |row| Cell::money(row.advance_minor, &row.currency)),
    view("contested_until", Holds::Instant, |row| row.life.contested_until.map(Cell::Instant)),
    view("correctable_until", Holds::Instant, |row| row.life.correctable_until.map(Cell::Instant)),
    own("delta", |row| Cell::money(delta(row)?, &row.currency)),
    own("booked", |row| Cell::money(booked(row)?, &row.currency)),
    view("cause", Holds::Text, |row| row.life.cause.as_deref().and_then(Cell::text)),
    own("overpaid", |row| Cell::money(row.overpaid_minor, &row.currency)),
    view("reason_code", Holds::Text, |row| Cell::text(&row.reason_code)),
    view("trigger", Holds::Text, |row| Cell::text(&row.trigger)),
    view("corrects", Holds::Whole, |row| row.life.corrects.and_then(Cell::whole)),
    view("terms", Holds::Text, |row| Cell::text(&row.terms)),
    view("seq", Holds::Whole, |row| Cell::whole(row.seq)),
    view("amount_minor", Holds::Minor, |row| Cell::whole(row.amount_minor)),
    view("payable_minor", Holds::Minor, |row| Cell::whole(row.payable_minor)),
    view("advance_minor", Holds::Minor, |row| Cell::whole(row.advance_minor)),
    view("overpaid_minor", Holds::Minor, |row| Cell::whole(row.overpaid_minor)),
    view("delta_minor", Holds::Minor, |row| Cell::whole(delta(row)?)),
    view("booked_minor", Holds::Minor, |row| Cell::whole(booked(row)?)),
];

const fn view(name: &'static str, holds: Holds, cell: CellOf) -> Column {
    Column { name, holds, in_view: true, cell }
}

const fn own(name: &'static str, cell: CellOf) -> Column {
    Column { name, holds: Holds::Money, in_view: false, cell }
}

// Made by hand where there is a difference: of a row that corrects nothing the numbers are zero.
fn delta(row: &PayoutRow) -> Option<i64> {
    row.life.delta.as_ref().map(|_| row.life.delta_minor)
}

fn booked(row: &PayoutRow) -> Option<i64> {
    row.life.booked.as_ref().map(|_| row.life.booked_minor)
}

/// Minor units as a decimal with the currency's places, also of a sum that is no [`Money`] any more.
pub fn decimal(minor: i128, currency: Currency) -> String {
    if let Some(money) = i64::try_from(minor).ok().and_then(|minor| Money::from_minor(minor, currency).ok()) {
        return money.decimal();
    }
    let (places, sign) = (usize::from(currency.places()), if minor < 0 { "-" } else { "" });
    let digits = minor.unsigned_abs().to_string();
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::determination::tests::{paid, restated};
    use crate::ledger::store::tests::fresh;
    use crate::ledger::{Batch, Reader};

    #[test]
    fn the_columns_are_those_of_the_view_and_five_amounts() {
        let mut ours: Vec<_> = COLUMNS.iter().filter(|column| column.in_view).map(|column| column.name).collect();
        let mut views: Vec<_> = PayoutRow::COLUMNS.split(", ").map(|name| name.trim_matches('"')).collect();
        ours.sort_unstable();
        views.sort_unstable();
        assert_eq!(ours, views);
        let own: Vec<_> = COLUMNS.iter().filter(|column| !column.in_view).map(|column| column.name).collect();
        assert_eq!(own, ["payable", "paid_in_advance", "delta", "booked", "overpaid"]);
    }

    #[test]
    fn a_column_is_the_same_as_itself_alone() {
        let [id, policy] = ["id", "policy"].map(|name| Column::named(name).expect("a column"));
        assert_eq!(id, id);
        assert_ne!(id, policy);
    }

    #[test]
    fn sums_are_written_as_amounts_are() {
        let of = |minor, code| decimal(minor, Currency::from_code(code).expect("a currency"));
        let most = i128::from(Money::MOST);
        for (minor, code, expected) in [
            (0, "CNY", "0.00"),
            (-5, "CNY", "-0.05"),
            (most, "CNY", "90071992547409.91"),
            (most + 1, "CNY", "90071992547409.92"),
            (-most - 1, "JPY", "-9007199254740992"),
            (1_000_000 * most, "KWD", "9007199254740991000.000"),
        ] {
            assert_eq!(of(minor, code), expected);
        }
    }

    #[test]
    fn what_was_booked_is_told_where_something_is_corrected() {
        let (_folder, mut store) = fresh();
        let mut batch = Batch::new();
        batch.determine(paid(1_000));
        batch.determine(restated(400, 1_000));
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let told = |seq: &str| {
            let row = reader.payout(seq).expect("readable").expect("there");
            (delta(&row), booked(&row))
        };
        assert_eq!(told("1"), (None, None), "it corrects nothing");
        assert_eq!(told("2"), (Some(-600), Some(-600)));
    }
}
