//! What a payout pays, with every boundary said.

use crate::contract::{Amount, Band, Closed, IndexKind, Level, Limb, Operator, Shape};
use crate::quantity::{Exact, Unit};

use super::label::{month, range};
use super::speech::Speech;
use super::{grid, modifier, say, swap};

/// The lines of a limb's payout: its shape, then what is done to its amount.
pub(super) fn lines(s: &Speech<'_>, limb: &Limb) -> Vec<String> {
    let unit = index_unit(limb.pipeline.kind);
    let mut lines = match &limb.shape {
        Shape::Tick { when, strike, tick, limit } => tick_lines(s, *when, strike, *tick, *limit, unit),
        Shape::Linear { when, strike, exit, limit, at_exit } => {
            linear(s, *when, (strike, exit), (*limit, *at_exit), unit)
        }
        Shape::Digital { when, strike, pays } => digital(s, *when, strike, *pays, unit),
        Shape::Bands { closed, bands } => bands_lines(s, *closed, bands, unit),
        Shape::Grid(grid) => grid::lines(s, grid),
        Shape::Swap { when, level, tick, most, least } => swap::swap(s, *when, level, *tick, [*most, *least], unit),
        Shape::Layer { attachment, width, cession } => swap::layer(s, *attachment, *width, *cession, unit),
    };
    lines.extend(modifier::lines(s, &limb.modifiers, !matches!(limb.pipeline.kind, IndexKind::Number { .. })));
    lines
}

/// The unit of an index; points of storms are told by their grid.
fn index_unit(kind: IndexKind) -> Unit {
    match kind {
        IndexKind::Number { unit, .. } | IndexKind::Events { unit, .. } => unit,
        IndexKind::Points { .. } => super::speech::unit("1"),
    }
}

/// A level, and what it is called in the sentences behind: by its number, or as that of the month.
pub(super) struct Called {
    pub lines: Vec<String>,
    pub name: String,
}

fn strike(s: &Speech<'_>, level: &Level, unit: Unit) -> Called {
    let title = (say!(s, "Strike", "触发值"), say!(s, "the strike of the month", "当月触发值"));
    called(s, level, unit, title)
}

fn exit(s: &Speech<'_>, level: &Level, unit: Unit) -> Called {
    let title = (say!(s, "Exit", "全额赔付值"), say!(s, "the exit of the month", "当月全额赔付值"));
    called(s, level, unit, title)
}

pub(super) fn called(s: &Speech<'_>, level: &Level, unit: Unit, (title, of_month): (String, String)) -> Called {
    match level {
        Level::Same(value) => {
            let name = s.quantity(*value, unit);
            Called { lines: vec![say!(s, "{title}: {name}.", "{title}：{name}。")], name }
        }
        Level::ByMonth(values) => {
            let pairs = values.iter().enumerate().filter_map(|(place, value)| {
                let (month, value) = (month(s, place), s.quantity((*value)?, unit));
                Some(say!(s, "{month} {value}", "{month}{value}"))
            });
            let pairs = s.list(&pairs.collect::<Vec<_>>());
            let line = say!(s, "{title} by month: {pairs}.", "各月{title}：{pairs}。");
            Called { lines: vec![line], name: of_month }
        }
    }
}

/// Where it pays, and where it does not: `above`, `below`, and the other side.
pub(super) fn sides(s: &Speech<'_>, when: Operator) -> (String, String) {
    if when.is_upward() {
        (say!(s, "above", "超过"), say!(s, "below", "低于"))
    } else {
        (say!(s, "below", "低于"), say!(s, "above", "超过"))
    }
}

fn tick_lines(s: &Speech<'_>, when: Operator, level: &Level, tick: Exact, limit: Amount, unit: Unit) -> Vec<String> {
    let Called { mut lines, name: at } = strike(s, level, unit);
    let (side, other) = sides(s, when);
    let (each, money, one) = (s.for_each(), s.money(tick), s.one(unit));
    let most = s.amount(limit);
    let reached = reached(s, when, level, tick, limit, unit);
    lines.push(say!(
        s,
        "Where the index is {side} {at}, each {one} of the distance pays {money}{each}, parts of it in proportion, and at \
         most {most}{reached}.",
        "指数{side}{at}的，每相差1{one}，{each}赔付{money}，不足1{one}的按比例计算，赔偿限额为{most}{reached}。"
    ));
    lines.push(say!(
        s,
        "Exactly {at} pays nothing, nor does anything {other} it.",
        "恰为{at}或{other}{at}的，不赔付。"
    ));
    lines
}

/// The index at which a tick comes to its limit, where that can be said.
fn reached(s: &Speech<'_>, when: Operator, level: &Level, tick: Exact, limit: Amount, unit: Unit) -> String {
    let (Level::Same(strike), Amount::Money(limit)) = (level, limit) else { return String::new() };
    let money = Unit::from_symbol(s.product.currency.code());
    let given = s.is_given(*strike, unit) || money.is_some_and(|money| s.is_given(limit, money));
    let distance = limit.over(tick).ok();
    let strike = Exact::from(*strike);
    let level = distance.and_then(|far| if when.is_upward() { strike.plus(far).ok() } else { strike.minus(far).ok() });
    match level.and_then(Exact::as_fixed).filter(|_| !given) {
        Some(level) => {
            let level = s.quantity(level, unit);
            say!(s, ", which is reached at {level}", "（指数为{level}时达到）")
        }
        None => String::new(),
    }
}

fn linear(
    s: &Speech<'_>,
    when: Operator,
    (from, to): (&Level, &Level),
    (limit, at_exit): (Amount, Option<Amount>),
    unit: Unit,
) -> Vec<String> {
    let Called { mut lines, name: from_name } = strike(s, from, unit);
    let Called { lines: more, name: to_name } = exit(s, to, unit);
    lines.extend(more);
    let (side, other) = sides(s, when);
    let (most, half) = (s.amount(limit), half_way(s, from, to, unit));
    lines.push(match at_exit {
        None => say!(
            s,
            "Where the index is {side} {from_name}, it pays, straight from nothing at {from_name} to {most} at \
             {to_name}{half}.",
            "指数{side}{from_name}的，自{from_name}（赔付为零）至{to_name}（赔付{most}）按线性比例赔付{half}。"
        ),
        Some(_) => say!(
            s,
            "Where the index is {side} {from_name}, it pays, straight from nothing at {from_name} to just short of {to_name}, \
             where it would come to {most}{half}.",
            "指数{side}{from_name}的，自{from_name}（赔付为零）至{to_name}（不含；按比例将达{most}）按线性比例赔付{half}。"
        ),
    });
    lines.push(say!(
        s,
        "Exactly {from_name} pays nothing, nor does anything {other} it.",
        "恰为{from_name}或{other}{from_name}的，不赔付。"
    ));
    let from_exit = at_exit.map_or(most, |at_exit| s.amount(at_exit));
    lines.push(say!(
        s,
        "Exactly {to_name} pays {from_exit}, and anything {side} it pays the same.",
        "恰为{to_name}或{side}{to_name}的，均赔付{from_exit}。"
    ));
    lines
}

fn half_way(s: &Speech<'_>, from: &Level, to: &Level, unit: Unit) -> String {
    let (Level::Same(from), Level::Same(to)) = (from, to) else { return String::new() };
    let given = s.is_given(*from, unit) || s.is_given(*to, unit);
    let middle = Exact::from(*from).plus(Exact::from(*to)).and_then(|sum| sum.over(Exact::from(2)));
    match middle.ok().and_then(Exact::as_fixed).filter(|_| !given) {
        Some(middle) => {
            let middle = s.quantity(middle, unit);
            say!(s, "; half-way, at {middle}, half of it", "；居中为{middle}时，赔付其一半")
        }
        None => String::new(),
    }
}

fn digital(s: &Speech<'_>, when: Operator, level: &Level, pays: Amount, unit: Unit) -> Vec<String> {
    let Called { mut lines, name: at } = strike(s, level, unit);
    let ((side, other), pays) = (sides(s, when), s.amount(pays));
    let itself = matches!(when, Operator::AtMost | Operator::AtLeast);
    lines.push(if itself {
        say!(
            s,
            "Where the index is {side} {at}, or exactly {at}, it pays {pays}: all or nothing.",
            "指数{side}或恰为{at}的，赔付{pays}（定额）。"
        )
    } else {
        say!(
            s,
            "Where the index is {side} {at}, it pays {pays}: all or nothing. Exactly {at} pays nothing.",
            "指数{side}{at}的，赔付{pays}（定额）。恰为{at}的，不赔付。"
        )
    });
    lines.push(say!(s, "Anything {other} {at} pays nothing.", "{other}{at}的，不赔付。"));
    lines
}

fn bands_lines(s: &Speech<'_>, closed: Closed, bands: &[Band], unit: Unit) -> Vec<String> {
    let mut lines = vec![say!(s, "It pays by the band in which the index lies:", "按指数所在档次赔付：")];
    lines.extend(bands.iter().map(|band| {
        let (range, pays) = (range(s, band.from, band.to, closed, unit), s.amount(band.pays));
        say!(s, "- {range}: {pays}", "- {range}：{pays}")
    }));
    lines
}
