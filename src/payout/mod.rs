//! From an index to an amount: exact, before its one rounding.

mod arithmetic;
mod grid;
mod modifiers;
mod slope;

use chrono::{DateTime, NaiveDate};

use crate::contract::{Amount, Band, Closed, Level, Policy, Shape};
use crate::quantity::{Exact, Overflow};

pub use arithmetic::{arithmetic, band_words};
pub use grid::{pay_event, pay_storm, shown_of_storm};
pub use modifiers::{By, Modified, modify};
pub use slope::{Slope, SlopeTerms};

/// What a shape pays for an index, in units of the policy's currency; of a swap below zero where the insured owes.
/// `index` is in the unit of the pipeline; `first_day` is the period's first day, for levels by month.
///
/// # Errors
/// [`Overflow`] where the amount does not fit.
pub fn pay(shape: &Shape, policy: &Policy, first_day: NaiveDate, index: Exact) -> Result<Exact, Overflow> {
    let amount = |amount: &Amount| policy.amount(*amount).ok_or(Overflow);
    let level = |level: &Level| {
        level.on(first_day).map(Exact::from).expect("a policy was bound only where every month has its level")
    };
    match shape {
        Shape::Tick { when, strike, tick, limit } => {
            let strike = level(strike);
            if !when.holds(&index, &strike) {
                return Ok(Exact::ZERO);
            }
            let distance = if when.is_upward() { index.minus(strike)? } else { strike.minus(index)? };
            Ok(distance.times(*tick)?.times(policy.units)?.min(amount(limit)?))
        }
        Shape::Linear { when, strike, exit, limit, at_exit } => {
            let (strike, exit) = (level(strike), level(exit));
            if !when.holds(&index, &strike) {
                return Ok(Exact::ZERO);
            }
            let share = index.minus(strike)?.over(exit.minus(strike)?)?;
            if share < Exact::from(1) {
                return share.times(amount(limit)?);
            }
            amount(at_exit.as_ref().unwrap_or(limit))
        }
        Shape::Digital { when, strike, pays } => {
            if when.holds(&index, &level(strike)) {
                amount(pays)
            } else {
                Ok(Exact::ZERO)
            }
        }
        Shape::Bands { closed, bands } => amount(&band_of(*closed, bands, index).pays),
        Shape::Swap { when, level: at, tick, most, least } => {
            let away = if when.is_upward() { index.minus(level(at))? } else { level(at).minus(index)? };
            let owed = away.times(*tick)?.times(policy.units)?;
            let least = Exact::ZERO.minus(amount(least)?)?;
            Ok(owed.min(amount(most)?).max(least))
        }
        Shape::Layer { attachment, width, cession } => {
            let inside = index.minus(Exact::from(*attachment))?.max(Exact::ZERO).min(*width);
            inside.times(*cession)
        }
        Shape::Grid(_) => unreachable!("a grid pays for events, which was checked when it was read"),
    }
}

/// The band in which a number lies. Bands cover the whole line.
pub fn band_of(closed: Closed, bands: &[Band], index: Exact) -> &Band {
    bands.iter().find(|band| !closed.is_beyond(band.to, index)).expect("the last band is open above")
}

impl Policy {
    /// The insured day in which an instant lies, seconds since 1970.
    pub fn day_of(&self, at: i64) -> NaiveDate {
        self.product.day.date_of(DateTime::from_timestamp(at, 0).expect("an instant inside the calendar"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::contract::{Book, BookSources, Operator};
    use crate::document::{Faults, Source};
    use crate::quantity::Fixed;

    pub(crate) fn number(text: &str) -> Exact {
        Exact::from(Fixed::parse(text).expect(text))
    }

    /// A policy of 10000 CNY over the year 2024.
    pub(crate) fn policy() -> Arc<Policy> {
        let product = r#"
            [product]
            id = "p"
            version = 1
            name = "Shapes"
            currency = "CNY"
            day = { zone = "UTC", starts = "00:00" }
            [exposure]
            sum_insured = "policy"
            [policy]
            station = "station"
            [data]
            sources = ["gauge/{station}"]
            missing = { at_most = "10 %", longest = "2 d" }
            [settlement]
            lag = "0 d"
            longest_wait = "10 d"
            rounding = "half_up"
            [[cover]]
            id = "rain"
            window = "cover"
            index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
            payout = { when = ">", strike = "100 mm", pays = "10 %" }
            "#;
        let row = "policy,product,insured,from,to,sum_insured,station\nP,p@1,A,2024-01-01,2024-12-31,10000 CNY,S\n";
        let sources = BookSources {
            products: vec![Source::new("p.toml", product)],
            policies: vec![Source::new("b.csv", row)],
            ..BookSources::default()
        };
        let mut faults = Faults::new();
        let book = Book::read(&sources, &mut faults);
        assert!(faults.is_empty(), "{}", faults.render(false));
        book.policies[0].clone()
    }

    /// Every shape on and beside its boundaries, of 10000 CNY.
    #[test]
    fn shapes_pay_on_and_beside_their_boundaries() {
        let same = |text: &str| Level::Same(Fixed::parse(text).expect(text));
        let share = |text| Amount::Share(number(text));
        let money = |text| Amount::Money(number(text));
        let tick = |when| Shape::Tick { when, strike: same("230"), tick: number("50"), limit: share("0.9") };
        let linear = |exit: &str, at_exit| Shape::Linear {
            when: Operator::Below,
            strike: same("100"),
            exit: same(exit),
            limit: share("0.5"),
            at_exit,
        };
        let swap = |when| Shape::Swap {
            when,
            level: same("100"),
            tick: number("50"),
            most: money("1000"),
            least: money("400"),
        };
        let layer = Shape::Layer {
            attachment: Fixed::parse("10000000").expect("a number"),
            width: number("30000000"),
            cession: number("0.3"),
        };
        for (shape, index, paid, why) in [
            (tick(Operator::Below), "230", "0", "at the strike nothing"),
            (tick(Operator::Below), "229.99", "0.5", "a hundredth below it"),
            (tick(Operator::Below), "50", "9000", "exactly the limit"),
            (tick(Operator::Below), "49.99", "9000", "and no more"),
            (tick(Operator::Above), "230.02", "1", "above it, where it pays above"),
            (tick(Operator::Above), "229", "0", "on the other side"),
            (linear("50", None), "100", "0", "at the strike nothing"),
            (linear("50", None), "75", "2500", "half way"),
            (linear("50", None), "50", "5000", "at the exit the limit"),
            (linear("50", None), "0", "5000", "beyond it the limit"),
            (linear("50", Some(share("1"))), "50.01", "4999", "just before the exit no jump"),
            (linear("50", Some(share("1"))), "50", "10000", "at the exit it jumps"),
            (linear("50", Some(share("1"))), "49.99", "10000", "and stays there"),
            (linear("0", None), "90", "500", "(K - x)/K: a tenth is missing"),
            (linear("0", None), "0", "5000", "(K - x)/K: all is missing"),
            (swap(Operator::Below), "100", "0", "at the level nobody owes"),
            (swap(Operator::Below), "99.99", "0.5", "below it the insured receives"),
            (swap(Operator::Below), "100.01", "-0.5", "above it the insured owes"),
            (swap(Operator::Below), "80", "1000", "exactly the most"),
            (swap(Operator::Below), "79", "1000", "and no more"),
            (swap(Operator::Below), "108", "-400", "exactly the least"),
            (swap(Operator::Below), "109", "-400", "and no less"),
            (swap(Operator::Above), "101", "50", "the other way round"),
            (swap(Operator::Above), "99", "-50", "the other way round, the insured owes"),
            (layer.clone(), "10000000", "0", "at the attachment nothing"),
            (layer.clone(), "10000000.01", "0.003", "a cent above it its share"),
            (layer.clone(), "9999999.99", "0", "below it nothing"),
            (layer.clone(), "40000000", "9000000", "exhausted"),
            (layer, "40000000.01", "9000000", "and no more"),
        ] {
            let day = "2024-06-01".parse().expect("a day");
            assert_eq!(pay(&shape, &policy(), day, number(index)), Ok(number(paid)), "{why}");
        }
    }
}
