//! Points, ranges, and numbers by month, dekad or phase.

use crate::contract::{Closed, Labelled};
use crate::quantity::{Fixed, Unit};

use super::flow::Flow;
use super::say;
use super::speech::{ENGLISH_MONTHS, Speech};

/// The points of a curve: `3 m/s: 0 kW; …`.
pub(super) fn pairs(s: &Speech<'_>, points: &[(Fixed, Fixed)], from: Unit, to: Unit) -> String {
    let pair = |(x, y): &(Fixed, Fixed)| {
        let (x, y) = (s.quantity(*x, from), s.quantity(*y, to));
        say!(s, "{x}: {y}", "{x}对应{y}")
    };
    let pairs: Vec<_> = points.iter().map(pair).collect();
    pairs.join(if s.language == super::Language::English { "; " } else { "；" })
}

/// A stretch of the line of numbers, and which of its ends belongs to it.
pub(super) fn range(s: &Speech<'_>, from: Option<Fixed>, to: Option<Fixed>, closed: Closed, unit: Unit) -> String {
    let [from, to] = [from, to].map(|end| end.map(|end| s.quantity(end, unit)));
    match (closed, from, to) {
        (_, None, None) => say!(s, "always", "任何数值"),
        (Closed::Below, None, Some(to)) => say!(s, "below {to} ({to} itself not)", "低于{to}（不含{to}）"),
        (Closed::Below, Some(from), None) => {
            say!(s, "{from} or more ({from} itself too)", "达到或超过{from}（含{from}）")
        }
        (Closed::Below, Some(from), Some(to)) => {
            say!(s, "from {from} to below {to} ({from} itself too, {to} itself not)", "{from}（含）至{to}（不含）")
        }
        (Closed::Above, None, Some(to)) => say!(s, "up to {to} ({to} itself too)", "不超过{to}（含{to}）"),
        (Closed::Above, Some(from), None) => say!(s, "above {from} ({from} itself not)", "超过{from}（不含{from}）"),
        (Closed::Above, Some(from), Some(to)) => {
            say!(s, "from above {from} to {to} ({from} itself not, {to} itself too)", "{from}（不含）至{to}（含）")
        }
    }
}

/// A number for all slots, or each label with its number.
pub(super) fn labelled(s: &Speech<'_>, numbers: &Labelled, flow: &Flow<'_>) -> String {
    let text = labels(s, numbers, flow, &|value| s.quantity(value, flow.unit));
    match numbers {
        Labelled::Same(_) => text,
        Labelled::Months(_) => say!(s, "the number of its month ({text})", "所在月份的数值（{text}）"),
        Labelled::Dekads(_) => say!(s, "the number of its dekad ({text})", "所在旬的数值（{text}）"),
        Labelled::Phases(_) => say!(s, "the number of its phase ({text})", "所在阶段的数值（{text}）"),
    }
}

pub(super) fn labels(s: &Speech<'_>, numbers: &Labelled, flow: &Flow<'_>, number: &dyn Fn(Fixed) -> String) -> String {
    let named = |names: Vec<String>, values: &[Option<Fixed>]| {
        let pairs = names.iter().zip(values).filter_map(|(name, value)| {
            let value = number((*value)?);
            // Behind a name of the term sheet's own a mark.
            let mark = if name.is_ascii() { "：" } else { "" };
            Some(say!(s, "{name} {value}", "{name}{mark}{value}"))
        });
        s.list(&pairs.collect::<Vec<_>>())
    };
    match numbers {
        Labelled::Same(value) => number(*value),
        Labelled::Months(values) => named((0..12).map(|month| self::month(s, month)).collect(), values),
        Labelled::Dekads(values) => named((0..36).map(|dekad| self::dekad(s, dekad)).collect(), values),
        Labelled::Phases(values) => {
            let names = flow.phases.iter().map(|phase| phase.id.clone()).collect();
            named(names, &values.iter().copied().map(Some).collect::<Vec<_>>())
        }
    }
}

/// A month of the year, January 0.
pub(super) fn month(s: &Speech<'_>, month: usize) -> String {
    let (english, number) = (ENGLISH_MONTHS[month], month + 1);
    say!(s, "{english}", "{number}月")
}

/// A dekad of the year, the first of January 0.
pub(super) fn dekad(s: &Speech<'_>, dekad: usize) -> String {
    let (month, place) = (month(s, dekad / 3), dekad % 3);
    let (english, chinese) = [("1-10", "上旬"), ("11-20", "中旬"), ("from 21", "下旬")][place];
    say!(s, "{month} {english}:", "{month}{chinese}")
}
