//! The arithmetic of a payout in words, for `explain`: distance, tick or share, limit, units.

use chrono::NaiveDate;

use crate::contract::{Amount, Band, Closed, Level, Operator, Policy, Shape};
use crate::quantity::{Exact, Unit};

use super::band_of;

/// How a shape comes to its amount for an index in `unit`: `49.1 mm beyond 120 mm x 40 INR/mm x 240 acre, at most …`.
pub fn arithmetic(shape: &Shape, policy: &Policy, first_day: NaiveDate, index: Exact, unit: Unit) -> String {
    let level = |level: &Level| level.on(first_day).map_or(Exact::ZERO, Exact::from);
    let currency = policy.product.currency;
    let distance = |strike: &Level| {
        let strike = level(strike);
        let far =
            index.minus(strike).map(|far| if far < Exact::ZERO { Exact::ZERO.minus(far).unwrap_or(far) } else { far });
        (far.unwrap_or(Exact::ZERO), strike)
    };
    match shape {
        Shape::Tick { when, strike, .. } | Shape::Linear { when, strike, .. } | Shape::Digital { when, strike, .. }
            if !when.holds(&index, &level(strike)) =>
        {
            format!("{index} {unit} is not {} {} {unit}", when.sign(), level(strike))
        }
        Shape::Tick { strike, tick, limit, .. } => {
            let (far, strike) = distance(strike);
            let units = units_words(policy);
            format!(
                "{far} {unit} beyond {strike} {unit} x {tick} {currency}/{unit}{units}, at most {}",
                words(*limit, policy)
            )
        }
        Shape::Linear { when, exit, at_exit: Some(at_exit), .. } if reached(*when, index, level(exit)) => {
            format!("from the exit {} {unit} on {}", level(exit), words(*at_exit, policy))
        }
        Shape::Linear { strike, exit, limit, .. } => {
            let ((far, strike), exit) = (distance(strike), level(exit));
            let way = exit
                .minus(strike)
                .map(|way| if way < Exact::ZERO { Exact::ZERO.minus(way).unwrap_or(way) } else { way });
            let way = way.unwrap_or(Exact::ZERO);
            let limit = words(*limit, policy);
            format!(
                "{far} {unit} of the {way} {unit} from strike {strike} to exit {exit}, at most all of it, x {limit}"
            )
        }
        Shape::Digital { pays, .. } => words(*pays, policy),
        Shape::Bands { closed, bands } => {
            let band = band_of(*closed, bands, index);
            format!("the band {} pays {}", band_words(*closed, band, unit), words(band.pays, policy))
        }
        Shape::Swap { when, level: at, tick, most, least } => {
            let (far, at) = distance(at);
            let side = if index == at || when.holds(&index, &at) { "insured receives" } else { "insured owes" };
            format!(
                "the {side} {far} {unit} away from {at} {unit} x {tick} {currency}/{unit}{}, at most {}, at least minus {}",
                units_words(policy),
                words(*most, policy),
                words(*least, policy)
            )
        }
        Shape::Layer { attachment, width, cession } => {
            let percent = cession.times(Exact::from(100)).unwrap_or(*cession);
            format!("{percent} % of what is above {attachment} {unit}, at most of {width} {unit}")
        }
        Shape::Grid(_) => "the best cell that a point of the storm reaches".to_owned(),
    }
}

/// Whether an index has come to the exit or passed it.
fn reached(when: Operator, index: Exact, exit: Exact) -> bool {
    if when.is_upward() { index >= exit } else { index <= exit }
}

/// `from 6 d to below 8 d`, `above 6 d up to 8 d`.
pub fn band_words(closed: Closed, band: &Band, unit: Unit) -> String {
    match (band.from, band.to, closed) {
        (None, None, _) => "of every number".to_owned(),
        (None, Some(to), Closed::Below) => format!("below {to} {unit}"),
        (None, Some(to), Closed::Above) => format!("up to {to} {unit}"),
        (Some(from), None, Closed::Below) => format!("from {from} {unit} on"),
        (Some(from), None, Closed::Above) => format!("above {from} {unit}"),
        (Some(from), Some(to), Closed::Below) => format!("from {from} to below {to} {unit}"),
        (Some(from), Some(to), Closed::Above) => format!("above {from} up to {to} {unit}"),
    }
}

/// `50 % of the sum insured, 52800 USD: 26400 USD`.
fn words(amount: Amount, policy: &Policy) -> String {
    let currency = policy.product.currency;
    let total = policy.amount(amount).map_or_else(|| "too much".to_owned(), |total| format!("{total} {currency}"));
    match (amount, policy.sum_insured) {
        (Amount::Share(share), Some(sum)) => {
            let percent = share.times(Exact::from(100)).unwrap_or(share);
            format!("{percent} % of the sum insured, {sum} {currency}: {total}")
        }
        (Amount::Money(money), _) if policy.units != Exact::from(1) => {
            format!("{money} {currency}{}: {total}", units_words(policy))
        }
        _ => total,
    }
}

fn units_words(policy: &Policy) -> String {
    use crate::contract::Exposure;
    match policy.product.exposure {
        Exposure::PerPolicy => String::new(),
        Exposure::PerUnit { unit, .. } => format!(" x {} {unit}", policy.units),
    }
}
