//! Fixes of storms, whatever the form they come in: one for each storm and instant, positions on one branch, and no
//! wind or pressure of zero.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::lines;
use super::station::Listed;
use crate::feed::decode::{Decoded, Refused, Span, is_forecast, number, told_reading};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

/// The value of each of the feed's columns, or why it is none that can be used.
pub(super) type Values = Vec<Result<Option<Fixed>, String>>;

/// Fixes in the order in which they came.
pub(super) struct Fixes<'a> {
    feed: &'a FeedSettings,
    now: Option<DateTime<Utc>>,
    /// From a line or a row to where it stands.
    place: fn(u64) -> String,
    storms: Listed,
    known: HashMap<(Arc<str>, DateTime<Utc>), usize>,
    fixes: Vec<Fix>,
}

struct Fix {
    storm: Arc<str>,
    at: DateTime<Utc>,
    values: Values,
    vintage: Vintage,
    row: u64,
    /// A row that says something else of the same storm and instant.
    other: Option<u64>,
}

impl<'a> Fixes<'a> {
    pub fn new(feed: &'a FeedSettings, now: Option<DateTime<Utc>>, place: fn(u64) -> String) -> Self {
        Self { feed, now, place, storms: Listed::new(feed), known: HashMap::new(), fixes: Vec::new() }
    }

    /// Takes a fix. The same once more changes nothing; another one of the same storm and instant makes both useless.
    pub fn take(&mut self, row: u64, storm: &str, at: DateTime<Utc>, values: Values, vintage: Vintage) {
        let Some(storm) = self.storms.get(storm) else { return };
        match self.known.entry((storm.clone(), at)) {
            Entry::Occupied(known) => {
                let known = &mut self.fixes[*known.get()];
                if (&known.values, known.vintage) != (&values, vintage) {
                    known.other = known.other.or(Some(row));
                }
            }
            Entry::Vacant(new) => {
                new.insert(self.fixes.len());
                self.fixes.push(Fix { storm, at, values, vintage, row, other: None });
            }
        }
    }

    /// Readings of all fixes, each an instant.
    pub fn finish(self, refused: Vec<Refused>) -> Decoded {
        let mut decoded = Decoded { refused, ..Decoded::default() };
        for fix in self.fixes {
            let row =
                |reason: String| Refused::row((self.place)(fix.row), reason).at(&fix.storm).within(fix.at, fix.at);
            if let Some(other) = fix.other {
                let at = fix.at.format("%Y-%m-%d %H:%M");
                let reason =
                    format!("{} has another fix of {at} in {}: neither is used", fix.storm, (self.place)(other));
                decoded.refused.push(row(reason));
                continue;
            }
            if is_forecast(fix.at, self.now) {
                let reason = "the fix is after now: a forecast is no reading";
                decoded.refused.push(Refused::other((self.place)(fix.row), reason));
                continue;
            }
            let span = Span { start: fix.at, end: fix.at, told: fix.at };
            for (column, value) in self.feed.columns.iter().zip(fix.values) {
                match value {
                    Ok(value) => decoded.readings.push(told_reading(
                        self.feed,
                        column,
                        &fix.storm,
                        span,
                        value,
                        self.now,
                        fix.vintage,
                    )),
                    Err(reason) => decoded.refused.push(row(reason).of(column)),
                }
            }
        }
        decoded
    }
}

/// A number of a fix. A wind or a pressure of zero is none: no storm has it. Longitudes lie in (-180, 180].
pub(super) fn value(column: &Column, text: &str) -> Result<Option<Fixed>, String> {
    let value = number(column, text)?;
    let degrees = |most: i64| {
        let within = value.micros().abs() <= most * Fixed::MICROS;
        within.then_some(value).ok_or_else(|| format!("`{}`: {value} is no {}", column.name, column.variable))
    };
    match column.variable {
        Variable::StormWind | Variable::StormPressure if value == Fixed::ZERO => Ok(None),
        Variable::StormLatitude => degrees(90).map(Some),
        Variable::StormLongitude => degrees(360).map(|value| {
            let (half, circle) = (180 * Fixed::MICROS, 360 * Fixed::MICROS);
            let east = value.micros().rem_euclid(circle);
            Some(Fixed::from_micros(if east > half { east - circle } else { east }))
        }),
        _ => Ok(Some(value)),
    }
}

/// A decimal from tenths, four figures at most, without a sign: `87` is 8.7.
pub(super) fn tenths(text: &str) -> Result<String, String> {
    let decimal = lines::tenths(text).filter(|_| text.len() <= 4 && !text.starts_with('-'));
    decimal.ok_or_else(|| format!("`{text}` is no number of tenths"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Unit;

    #[test]
    fn tenths_are_decimals() {
        for (text, value) in [("87", "8.7"), ("7", "0.7"), ("0", "0.0"), ("1353", "135.3")] {
            assert_eq!(tenths(text).unwrap(), value);
        }
        assert!(["", "-1", "1.5", "12345", "x"].iter().all(|text| tenths(text).is_err()));
    }

    #[test]
    fn positions_lie_on_one_branch_and_zero_is_no_wind() {
        for (variable, text, value) in [
            (Variable::StormLongitude, "186.2", Ok(Some("-173.8"))),
            (Variable::StormLongitude, "180", Ok(Some("180"))),
            (Variable::StormLongitude, "-180", Ok(Some("180"))),
            (Variable::StormLongitude, "-170.5", Ok(Some("-170.5"))),
            (Variable::StormLongitude, "360", Ok(Some("0"))),
            (Variable::StormLongitude, "360.1", Err("is no storm_longitude")),
            (Variable::StormLatitude, "-90", Ok(Some("-90"))),
            (Variable::StormLatitude, "90.1", Err("is no storm_latitude")),
            (Variable::StormWind, "0", Ok(None)),
            (Variable::StormWind, "-1", Err("never below zero")),
            (Variable::StormPressure, "0.0", Ok(None)),
            (Variable::StormPressure, "x", Err("is not a decimal number")),
        ] {
            let column =
                Column { name: "it".to_owned(), variable, unit: Unit::from_symbol("1").unwrap(), counter: None };
            match (super::value(&column, text), value) {
                (Ok(got), Ok(wanted)) => assert_eq!(got, wanted.map(|text| Fixed::parse(text).unwrap()), "{text}"),
                (Err(got), Err(wanted)) => assert!(got.contains(wanted), "{text}: {got}"),
                (got, wanted) => panic!("{text}: {got:?}, {wanted:?}"),
            }
        }
    }
}
