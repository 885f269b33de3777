//! Windows around a day that no calendar knows: one that the book announces, or the first that meets a comparison.

use chrono::{Datelike, NaiveDate, TimeDelta};

use crate::calendar::{MonthDay, Span};
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::{Fixed, Unit};

use super::block::{Block, Branch};
use super::literal::Scope;
use super::named_column::{NamedColumn, read_named_column};
use super::pipeline::read_branch_flags;
use super::product::{Column, ColumnKind};
use super::window::read_month_day;

/// The days around an anchor, both ends included, that are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Which day the anchor is.
    pub of: AnchorOf,
    /// Insured days from the anchor to the first; below zero where it lies before.
    pub from: i64,
    /// Insured days from the anchor to the last.
    pub to: i64,
}

/// Which day an anchor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorOf {
    /// The day in this column of the book.
    Column(String),
    /// The first day on which a branch meets its comparison.
    Search(Search),
}

/// Where an anchor is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// A series that ends in a comparison.
    pub branch: Branch,
    /// The first day that counts.
    pub from: MonthDay,
    /// The last.
    pub to: MonthDay,
    /// The anchor where none meets it.
    pub fallback: MonthDay,
}

impl Anchor {
    /// The insured days around an anchor, cut at the cover period; none where they do not meet it at all.
    pub fn days(&self, anchor: NaiveDate, cover: Span) -> Option<Span> {
        let day = |offset| anchor.checked_add_signed(TimeDelta::try_days(offset)?);
        Span { first: day(self.from)?, last: day(self.to)? }.common(cover)
    }
}

impl Search {
    /// The days that are searched: those of the first year, from that of the cover's first day on, in which they lie
    /// inside the cover period.
    pub fn span(&self, cover: Span) -> Option<Span> {
        let mut years = cover.first.year()..=cover.last.year();
        years.find_map(|year| {
            let last = self.to.in_year(if self.to < self.from { year + 1 } else { year })?;
            Some(Span { first: self.from.in_year(year)?, last }).filter(|span| cover.holds(*span))
        })
    }

    /// The fallback day of a search: the first of its name from the search's first day on.
    pub fn fallback_day(&self, searched: Span) -> Option<NaiveDate> {
        let year = searched.first.year();
        [year, year + 1].into_iter().find_map(|year| {
            let day = self.fallback.in_year(year)?;
            (day >= searched.first).then_some(day)
        })
    }
}

/// Reads `{ anchor = …, from = "-10 d", to = "21 d" }`, and `search` and `fallback` where the anchor is searched.
pub(super) fn read_anchor(
    fields: &mut Fields<'_>,
    columns: &[Column],
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Anchor> {
    let place = fields.place();
    let node = fields.optional("anchor")?;
    let from = fields.required("from", "\"-10 d\"", faults).and_then(|node| read_offset(node, scope, faults));
    let to_node = fields.required("to", "\"21 d\"", faults);
    let to = to_node.and_then(|node| read_offset(node, scope, faults));
    let (search, fallback) = (fields.optional("search"), fields.optional("fallback"));
    let of = if matches!(node.value, Value::List(_)) {
        let (Some(search), Some(fallback)) = (search, fallback) else {
            let message = "the anchor is searched, and it is open when, or what it is where none is found";
            let hint = "add search = { from = \"05-15\", to = \"07-15\" } and fallback = \"07-01\"";
            faults.push(Fault::new(place, message).hint(hint));
            return None;
        };
        read_search(node, search, fallback, scope, faults)
    } else {
        if let Some(other) = search.or(fallback) {
            let fault = Fault::new(&other.place, "the book gives the anchor: nothing is searched");
            faults.push(fault.hint("leave it out"));
            return None;
        }
        read_named_column(node, &ANCHOR, columns, faults).map(AnchorOf::Column)
    };
    let (of, from, to) = (of?, from?, to?);
    if to < from {
        let place = to_node.map_or(place, |node| &node.place);
        let fault = Fault::new(place, format!("the window ends {to} d from the anchor, before it begins at {from} d"));
        faults.push(fault.hint("exchange `from` and `to`"));
        return None;
    }
    Some(Anchor { of, from, to })
}

/// Whole insured days, below zero too.
fn read_offset(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<i64> {
    let day = Unit::from_symbol("d").expect("the table has d");
    let literal = scope.in_unit(node, day, "\"-10 d\"", faults)?;
    let micros = literal.quantity.value.micros();
    // Beyond a century it is a slip of the pen.
    if micros % Fixed::MICROS != 0 || (micros / Fixed::MICROS).abs() > 36_500 {
        let fault = Fault::new(&node.place, format!("`{}` is no number of whole days", literal.quantity));
        faults.push(fault.hint("as in from = \"-10 d\", to = \"21 d\""));
        return None;
    }
    Some(micros / Fixed::MICROS)
}

/// `"{opening_day}"`
const ANCHOR: NamedColumn = NamedColumn {
    kind: ColumnKind::Date,
    words: ("date", "days"),
    what: "anchor",
    example: "opening_day",
    wanted: "a column of days, such as \"{opening_day}\", or a list of blocks",
};

fn read_search(
    node: &Node,
    search: &Node,
    fallback: &Node,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<AnchorOf> {
    let branch = search_branch(node, scope, faults);
    let mut fields = Fields::of(search, "the search", faults)?;
    let from = fields.required("from", "\"05-15\"", faults).and_then(|node| read_month_day(node, faults));
    let to = fields.required("to", "\"07-15\"", faults).and_then(|node| read_month_day(node, faults));
    fields.finish(faults);
    let fallback = read_month_day(fallback, faults);
    Some(AnchorOf::Search(Search { branch: branch?, from: from?, to: to?, fallback: fallback? }))
}

/// The series that is searched; it ends in a comparison.
fn search_branch(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Branch> {
    let branch = read_branch_flags(node, scope, faults)?;
    if matches!(branch.first().map(|block| &block.block), Some(Block::ReadTrack { .. })) {
        let fault = Fault::new(&node.place, "an anchor is the first day of a series that meets a comparison");
        faults.push(fault.hint("begin it with { read = … }; around storms, use { only_where = … } in the index"));
        return None;
    }
    Some(branch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    fn span(first: &str, last: &str) -> Span {
        Span { first: day(first), last: day(last) }
    }

    #[test]
    fn anchored_days_are_cut_at_the_cover_period() {
        let cover = span("2024-03-01", "2024-04-30");
        for (anchor, from, to, days, why) in [
            ("2024-03-27", -10, 21, Some(span("2024-03-17", "2024-04-17")), "both ends are included"),
            ("2024-03-11", -10, 21, Some(span("2024-03-01", "2024-04-01")), "exactly from the first day"),
            ("2024-03-10", -10, 21, Some(span("2024-03-01", "2024-03-31")), "a day of it lies before"),
            ("2024-04-10", -10, 21, Some(span("2024-03-31", "2024-04-30")), "a day of it lies behind"),
            ("2024-05-10", -10, 21, Some(span("2024-04-30", "2024-04-30")), "one day is left"),
            ("2024-05-11", -10, 21, None, "none is left"),
            ("2024-02-29", 0, 0, None, "a day before it"),
            ("2024-03-01", 0, 0, Some(span("2024-03-01", "2024-03-01")), "the day itself"),
        ] {
            let anchor_of = Anchor { of: AnchorOf::Column("opening_day".to_owned()), from, to };
            assert_eq!(anchor_of.days(day(anchor), cover), days, "{why}");
        }
    }

    #[test]
    fn a_search_lies_in_the_first_year_in_which_it_fits() {
        let search = |from: &str, to: &str, fallback: &str| {
            let [from, to, fallback] = [from, to, fallback].map(|text| MonthDay::parse(text).expect(text));
            Search { branch: Vec::new(), from, to, fallback }
        };
        let sowing = search("05-15", "07-15", "07-16");
        for (cover, found, why) in [
            (span("2024-01-01", "2024-12-31"), Some(span("2024-05-15", "2024-07-15")), "the year itself"),
            (span("2023-10-01", "2024-09-30"), Some(span("2024-05-15", "2024-07-15")), "the next year"),
            (span("2023-05-15", "2025-09-30"), Some(span("2023-05-15", "2023-07-15")), "the first of three"),
            (span("2023-05-16", "2025-09-30"), Some(span("2024-05-15", "2024-07-15")), "a day too late for the first"),
            (span("2024-05-15", "2024-07-14"), None, "a day too short"),
        ] {
            assert_eq!(sowing.span(cover), found, "{why}");
        }
        let winter = search("12-01", "01-31", "01-15");
        let found = winter.span(span("2023-07-01", "2024-06-30"));
        assert_eq!(found, Some(span("2023-12-01", "2024-01-31")), "over the year's end");
        assert_eq!(winter.fallback_day(found.expect("it fits")), Some(day("2024-01-15")), "in the next year");
        assert_eq!(sowing.fallback_day(span("2024-05-15", "2024-07-15")), Some(day("2024-07-16")), "behind the search");
    }
}
