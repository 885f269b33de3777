//! Reading until when a policy may be bought: `[purchase]`.

use chrono::{Datelike, NaiveDate, TimeDelta};

use crate::calendar::MonthDay;
use crate::document::{Fault, Faults, Fields, Node};

use super::literal::Scope;
use super::named_column::{NamedColumn, read_named_column};
use super::policy::Policy;
use super::product::{Column, ColumnKind};

const DAY_S: i64 = 86_400;

/// `"{bought}"`
const BOUGHT: NamedColumn = NamedColumn {
    kind: ColumnKind::Date,
    words: ("date", "days"),
    what: "day of purchase",
    example: "opening_day",
    wanted: "a column of days, such as \"{bought}\"",
};

/// The last day on which a policy may be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latest {
    /// The last such day of the calendar that does not lie behind the first insured day.
    Day(MonthDay),
    /// So many days before the first insured day.
    Before(u32),
}

/// Until when a policy may be bought, and where the book says when it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The book's column of the day on which the policy was bought.
    pub column: String,
    /// The last day.
    pub latest: Latest,
}

impl Purchase {
    /// The last day on which a policy may be bought whose first insured day is given.
    pub fn latest_for(&self, first: NaiveDate) -> NaiveDate {
        match self.latest {
            Latest::Before(days) => first - TimeDelta::days(i64::from(days)),
            Latest::Day(day) => {
                let of = |year| day.in_year(year).expect("a day that every year has, which was checked");
                let same_year = of(first.year());
                if same_year <= first { same_year } else { of(first.year() - 1) }
            }
        }
    }
}

impl Policy {
    /// What is wrong with the day on which it was bought, if anything: the column, the fault, the mend.
    pub(super) fn bought_too_late(&self) -> Option<(&str, String, String)> {
        let purchase = self.product.purchase.as_ref()?;
        let (bought, first) = (self.dates[&purchase.column], self.cover.first);
        let latest = purchase.latest_for(first);
        (bought > latest).then(|| {
            let message =
                format!("bought on {bought}, but the latest day for a cover period from {first} on is {latest}");
            let hint =
                "correct the day, or take the row out: such a policy is not sold for this cover period".to_owned();
            (purchase.column.as_str(), message, hint)
        })
    }
}

/// Reads `[purchase]`.
pub(super) fn read_purchase(
    node: &Node,
    columns: &[Column],
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Purchase> {
    let mut fields = Fields::of(node, "[purchase]", faults)?;
    let bought = fields.required("bought", "\"{bought}\"", faults);
    let column = bought.and_then(|node| read_named_column(node, &BOUGHT, columns, faults));
    let latest =
        fields.required("latest", "\"12-01\" or \"15 d\"", faults).and_then(|node| read_latest(node, scope, faults));
    fields.finish(faults);
    Some(Purchase { column: column?, latest: latest? })
}

/// `"12-01"`, or `"15 d"` before the first insured day.
fn read_latest(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Latest> {
    const EXAMPLE: &str = "\"12-01\", a day of the calendar, or \"15 d\" before the first insured day";
    let text = node.text(EXAMPLE, faults)?;
    if text.ends_with(" d") {
        let seconds = scope.seconds(node, EXAMPLE, faults)?;
        let days = u32::try_from(seconds / DAY_S).ok().filter(|days| seconds % DAY_S == 0 && *days <= 36_500);
        if days.is_none() {
            let fault = Fault::new(&node.place, format!("`{text}` is no number of whole days"));
            faults.push(fault.hint(format!("write {EXAMPLE}")));
        }
        return days.map(Latest::Before);
    }
    match MonthDay::parse(text) {
        Some(day) if day.in_year(2023).is_some() => Some(Latest::Day(day)),
        Some(_) => {
            let fault = Fault::new(&node.place, format!("most years have no {text}"));
            faults.push(fault.hint("write 02-28 or 03-01"));
            None
        }
        None => {
            let fault = Fault::new(&node.place, format!("`{text}` is no last day for a purchase"));
            faults.push(fault.hint(format!("write {EXAMPLE}")));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_lies_before_the_cover_begins() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let of = |text: &str| Latest::Day(MonthDay::parse(text).expect("a day of the year"));
        for (latest, first, last, why) in [
            (of("12-01"), "2024-01-01", "2023-12-01", "of the year before"),
            (of("05-31"), "2024-06-20", "2024-05-31", "of the same year"),
            (of("06-20"), "2024-06-20", "2024-06-20", "the first insured day itself"),
            (of("06-21"), "2024-06-20", "2023-06-21", "a day behind it is that of the year before"),
            (Latest::Before(15), "2024-03-01", "2024-02-15", "over a 29 February"),
            (Latest::Before(1), "2024-01-01", "2023-12-31", "the day before"),
        ] {
            let purchase = Purchase { column: "bought".to_owned(), latest };
            assert_eq!(purchase.latest_for(day(first)), day(last), "{why}");
        }
    }
}
