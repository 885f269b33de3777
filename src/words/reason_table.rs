//! Every part of a reason, every want of an index, in both languages: at nothing, one and many.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};

use super::catalogue::tests::is_chinese;
use super::marks::Marks;
use super::speech::Speech;
use super::{Language, reason};
use crate::contract::{Amount, AxisOf, Band, Closed, Comparison, Operator, PointValue, Product};
use crate::document::{Faults, Source};
use crate::index::{Undetermined, YearPart};
use crate::payout::{By, Modified};
use crate::quantity::{Currency, Exact, Fixed, Money, Unit, Variable};
use crate::settle::{
    Became, Cut, EventsReason, GateReason, OneEvent, Outcome, Part, Passed, Reason, Stands, Trigger, Without,
};

fn exact(text: &str) -> Exact {
    Exact::from(fixed(text))
}

fn fixed(text: &str) -> Fixed {
    Fixed::parse(text).expect(text)
}

fn mm() -> Unit {
    Unit::from_symbol("mm").expect("known")
}

fn at() -> DateTime<Utc> {
    "2024-09-16T00:30:00Z".parse().expect("an instant")
}

fn cny() -> Currency {
    Currency::from_code("CNY").expect("known")
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor, cny()).expect("small")
}

fn below() -> Trigger {
    Trigger::Strike { when: Operator::Below, strike: Some(fixed("160")), unit: mm() }
}

/// Every want of an index. What is added must be told here.
fn undetermined() -> Vec<Undetermined> {
    use Undetermined as U;
    let known = |why: &U| match why {
        U::PeriodRunning { .. }
        | U::DataIncomplete { .. }
        | U::WaitsForOther { .. }
        | U::NoReadings { .. }
        | U::TooManyMissing { .. }
        | U::GapTooLong { .. }
        | U::NothingLeft(_)
        | U::NothingQualifies(_)
        | U::StormUnknown { .. }
        | U::BaselineTooShort { .. }
        | U::NoDeviation
        | U::DivisionByZero
        | U::AnchorUnknown
        | U::NoTerm(_)
        | U::NothingReported(_)
        | U::Overflow => 16,
    };
    let all = vec![
        U::PeriodRunning { until: at() },
        U::DataIncomplete { reached: None, until: at() },
        U::DataIncomplete { reached: Some(at()), until: at() },
        U::WaitsForOther { other: "base".to_owned() },
        U::NoReadings { expected: 0 },
        U::NoReadings { expected: 1 },
        U::NoReadings { expected: 92 },
        U::TooManyMissing { missing: 1, expected: 1, allowed: exact("0.1") },
        U::TooManyMissing { missing: 1, expected: 5, allowed: exact("0.1") },
        U::TooManyMissing { missing: 20, expected: 92, allowed: exact("0.1") },
        U::GapTooLong { seconds: 3_600, from: at(), allowed: 1_800 },
        U::GapTooLong { seconds: 3 * 86_400, from: at(), allowed: 86_400 },
        U::NothingLeft("mean"),
        U::NothingQualifies("maximum"),
        U::StormUnknown { storm: "S-1".to_owned(), what: "wind", at: at() },
        U::BaselineTooShort { years: 0, need: 20 },
        U::BaselineTooShort { years: 1, need: 20 },
        U::BaselineTooShort { years: 2, need: 20 },
        U::NoDeviation,
        U::DivisionByZero,
        U::AnchorUnknown,
        U::NoTerm(YearPart::Month(2)),
        U::NoTerm(YearPart::Dekad(7)),
        U::NoTerm(YearPart::Phase(0)),
        U::NothingReported(Variable::Precipitation),
        U::Overflow,
    ];
    let kinds: std::collections::HashSet<_> = all.iter().map(std::mem::discriminant).collect();
    assert!(all.iter().all(|why| known(why) == kinds.len()), "each kind is among them");
    all
}

fn numbers() -> Vec<Part> {
    let of = |value: &str, trigger, is| Part::Number { value: exact(value), unit: mm(), trigger, is };
    let band = Band { from: Some(fixed("10")), to: None, pays: Amount::Share(exact("0.5")) };
    let swap = Trigger::Swap { level: Some(fixed("100")), unit: mm() };
    vec![
        of("128.3", below(), Stands::Met),
        of("1", below(), Stands::NotMet),
        of("0", below(), Stands::NotMet),
        of("1", Trigger::Layer { attachment: fixed("10"), unit: mm() }, Stands::Met),
        of("1", Trigger::Strike { when: Operator::Above, strike: None, unit: mm() }, Stands::Met),
        of("12", Trigger::Bands(3), Stands::InBand(Closed::Below, band)),
        of("12", swap, Stands::Owed(Ordering::Greater)),
        of("12", swap, Stands::Owed(Ordering::Equal)),
        of("12", swap, Stands::Owed(Ordering::Less)),
        of("12", Trigger::Swap { level: None, unit: mm() }, Stands::Owed(Ordering::Less)),
    ]
}

fn events() -> Vec<Part> {
    let knot = Unit::from_symbol("kt").expect("known");
    let (rows, columns) = (AxisOf::Point(PointValue::Wind), AxisOf::Point(PointValue::Distance));
    let storm = |index: &str| OneEvent {
        name: Some("2024253N11148".to_owned()),
        at: at(),
        on: NaiveDate::from_ymd_opt(2024, 9, 15).expect("a day"),
        index: exact(index),
    };
    let event = |index: &str| OneEvent { name: None, ..storm(index) };
    let nothing = Modified { by: By::Deductible(exact("100")), amount: Exact::ZERO };
    let became = |one: &dyn Fn(&str) -> OneEvent| {
        let passed = Passed::ALL.into_iter().flat_map(|why| [Became::PassedOver(1, why), Became::PassedOver(2, why)]);
        let others = [
            Became::None,
            Became::Taken(one("1"), nothing, cny()),
            Became::NotReached(1, one("1")),
            Became::NotReached(3, one("2")),
            Became::Pays(1, one("72.5")),
            Became::Pays(3, one("72.5")),
            Became::Each(2, one("72.5")),
        ];
        passed.chain(others).collect::<Vec<_>>()
    };
    let of = |storms: bool, trigger: Trigger, unit: Unit, all: Vec<Became>| {
        all.into_iter().map(move |became| Part::Events(EventsReason { storms, trigger, unit, became }))
    };
    of(true, Trigger::Grid { rows, columns }, knot, became(&storm))
        .chain(of(false, below(), mm(), became(&event)))
        .collect()
}

/// Every other part. What is added must be told here.
fn parts() -> Vec<Part> {
    let known = |part: &Part| match part {
        Part::Undetermined(_)
        | Part::Number { .. }
        | Part::Events(_)
        | Part::Taken(..)
        | Part::Closed(_)
        | Part::And
        | Part::SoFar
        | Part::Cut { .. }
        | Part::RoundsToNothing
        | Part::Advance { .. }
        | Part::Sure
        | Part::Fragile(_) => 12,
    };
    let gate = |found| GateReason {
        id: "G".to_owned(),
        holds: Comparison { operator: Operator::AtLeast, bound: fixed("5") },
        text: ">= 5 mm".to_owned(),
        unit: mm(),
        found,
    };
    let taken = |by| Part::Taken(Modified { by, amount: Exact::ZERO }, cny());
    let cut = |cut: &Cut, wholly| Part::Cut { cut: cut.clone(), wholly };
    let cuts = [Cut::Period, Cut::Less { other: "base".to_owned(), paid: money(100) }, Cut::Cover, Cut::Policy];
    let voice = |station: &str| ("feed".into(), station.into());
    let fragile = |voices: &[&str], outcome, minor| {
        let voices = voices.iter().map(|name| voice(name)).collect();
        Part::Fragile(Without { voices, outcome, amount: money(minor) })
    };
    let mut all: Vec<_> = undetermined().into_iter().map(Part::Undetermined).collect();
    all.extend(numbers());
    all.extend(events());
    all.extend(
        [By::Date(exact("0")), By::Deductible(exact("100")), By::Franchise(exact("7")), By::Minimum(exact("3"))]
            .map(taken),
    );
    all.push(Part::Closed(vec![gate(Ok((exact("1"), false)))]));
    all.push(Part::Closed(vec![gate(Ok((exact("9"), true))), gate(Err(Undetermined::NothingQualifies("mean")))]));
    all.extend([Part::And, Part::SoFar, Part::RoundsToNothing, Part::Sure]);
    all.extend(cuts.iter().flat_map(|one| [cut(one, false), cut(one, true)]));
    let due = [None, Some(600), Some(500), Some(0)];
    all.extend(due.map(|due| Part::Advance { due: due.map(money), advance: money(500) }));
    all.extend([
        fragile(&["a"], Outcome::Undetermined, 0),
        fragile(&["a", "b"], Outcome::NothingDue, 0),
        fragile(&["a"], Outcome::Pays, 700),
    ]);
    let kinds: std::collections::HashSet<_> = all.iter().map(std::mem::discriminant).collect();
    assert!(all.iter().all(|part| known(part) == kinds.len()), "each kind is among them");
    all
}

fn product() -> Product {
    let source = Source::new("p.toml", include_str!("../../config/products/summer-rain-deficit.toml"));
    let mut faults = Faults::new();
    Product::read(&source, &mut faults).expect("a product")
}

/// What may stand in a Chinese sentence as it is: names.
const NAMES: [&str; 8] = ["base", "2024253N11148", "S-1", "feed/a", "feed/b", "Asia/Shanghai", "UTC", " G "];

#[test]
fn every_part_of_a_reason_is_told_in_both_languages() {
    let (product, marks) = (product(), Marks::default());
    let said = |part: &Part, language| {
        let s = Speech { language, product: &product, marks: &marks };
        reason::sentences(&s, &Reason(vec![part.clone()])).join("")
    };
    let mut texts = Vec::new();
    for part in parts() {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| said(&part, language));
        assert!(english.ends_with('.') && !is_chinese(&english) && !english.contains("  "), "{english}");
        assert!(chinese.ends_with('。') && is_chinese(&chinese), "{chinese}");
        let left = NAMES.iter().fold(chinese.clone(), |text, name| text.replace(name, ""));
        assert!(!left.chars().any(|c| c.is_ascii_alphabetic()), "{chinese}");
        assert!(
            !english.contains("1 values") && !english.contains("1 storms") && !english.contains("1 events"),
            "{english}"
        );
        texts.push(format!("{english}\n{chinese}"));
    }
    let count = texts.len();
    insta::assert_snapshot!("reasons", texts.join("\n\n"));
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), count, "no two parts are told alike");
}
