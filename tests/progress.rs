//! How far an index has come: the same as what is settled at the end, monotone where it must be, free of the order in
//! which readings come, and fast.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/bound.rs"]
mod bound;
#[path = "support/season.rs"]
#[allow(dead_code, reason = "its other half copies seasons")]
mod season;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fairgauge::audit::{rederive, underway};
use fairgauge::calendar::Period;
use fairgauge::contract::Policy;
use fairgauge::index::{Quality, Trace};
use fairgauge::ledger::{Filter, Reader};
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Exact, Fixed, Money, Rounding, Variable};
use fairgauge::settle::{
    Curve, IndexLevel, LevelRole, NoCourse, Paid, Progress, SoFar, Terms, progress, settle, shown,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

const SEASONS: [&str; 6] =
    ["golden-2016", "hyderabad-2002", "la-haute-borne-2014", "lingang-2024", "new-york-2013", "rain-revised-2024"];

fn replayed(season: &str, folder: &std::path::Path) -> Reader {
    let ledger = folder.join(season);
    let run = Command::new(env!("CARGO_BIN_EXE_fairgauge"))
        .args(["replay", "--format", "json"])
        .arg(season::fixture(season))
        .arg("--ledger")
        .arg(&ledger)
        .output()
        .unwrap();
    assert!(run.status.success(), "{season}: {}", String::from_utf8_lossy(&run.stderr));
    Reader::open(&ledger).unwrap()
}

/// Every determination that binds for a whole period: the course ends in its index, or at why it has none.
#[test]
fn the_last_value_of_each_season_is_what_was_determined() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut slowest = std::time::Duration::ZERO;
    for season in SEASONS {
        let reader = replayed(season, folder.path());
        for row in reader.payouts(&Filter { all: true, ..Filter::default() }).unwrap() {
            let said = reader.determination_of(row.seq).unwrap().unwrap();
            if !said.state.ends() {
                continue;
            }
            // Of the readings only those are read that the policy can rest on: nothing lacks.
            let again = rederive(&reader, &said).unwrap();
            assert!(again.differences.is_empty(), "{}: {:?}", said.id(), again.differences);
            let (policy, cover, start) = (&said.policy, said.cover.as_str(), said.period.start);
            let found = underway(&reader, policy, (Some(cover), Some(start)), said.as_of).unwrap();
            let [one] = found.as_slice() else { panic!("{}: one cover, one period", said.id()) };
            let begun = Instant::now();
            let progress = one.progress(&reader, said.as_of).unwrap();
            slowest = slowest.max(begun.elapsed());
            assert!(progress.over && progress.read_to == said.period.to, "{}", said.id());
            let limbs: Vec<_> = progress.curves.iter().filter(|curve| curve.gate.is_none()).collect();
            let last = |curve: &&Curve| {
                let last = curve.course.as_ref().ok()?.last()?;
                Some((last.value.map(shown)?, curve.unit.symbol().to_owned()))
            };
            let kind = match (limbs.iter().find_map(|curve| curve.course.as_ref().err()), &said.index) {
                (Some(why), _) => why.word(),
                (None, Some(index)) => {
                    assert!(limbs.iter().filter_map(last).any(|last| last == *index), "{}: {index:?}", said.id());
                    "index"
                }
                (None, None) => {
                    let course = |curve: &&Curve| curve.course.as_ref().unwrap().last().unwrap().none;
                    let codes: Vec<_> = limbs.iter().filter_map(course).collect();
                    assert!(
                        codes.contains(&said.reason_code.as_str()),
                        "{}: {codes:?}, {}",
                        said.id(),
                        said.reason_code
                    );
                    "none"
                }
            };
            *seen.entry(kind).or_default() += 1;
            // The days follow one another without a hole, from the first to the last of the period.
            for curve in limbs.iter().filter_map(|curve| curve.course.as_ref().ok()) {
                let days: Vec<_> = curve.iter().map(|day| day.on).collect();
                assert_eq!((days.first(), days.last()), (Some(&said.period.start), Some(&said.period.end)));
                assert!(days.windows(2).all(|pair| pair[0].succ_opt() == Some(pair[1])), "{}", said.id());
                assert!(curve.windows(2).all(|pair| pair[0].missing <= pair[1].missing), "{}", said.id());
            }
        }
    }
    println!("{seen:?}, the slowest in {slowest:?}");
    assert!(seen["index"] >= 60 && seen["none"] >= 5, "{seen:?}");
}

/// A policy over so many days from 1 June 2024 on, from its cover.
fn policy(days: i64, cover: &str) -> Arc<Policy> {
    let last = "2024-06-01".parse::<NaiveDate>().unwrap() + TimeDelta::days(days - 1);
    bound::on_a_gauge(&format!("[[cover]]\nid = \"c\"\n{cover}"), &last.to_string())
}

fn rain(days: i64, index: &str, payout: &str) -> Arc<Policy> {
    let read = r#"{ read = "precipitation", every = "1 d" }"#;
    policy(days, &format!("window = \"cover\"\nindex = [ {read}, {index} ]\npayout = {payout}"))
}

fn period(policy: &Policy) -> Period {
    Period::new(policy.cover, &policy.product.day)
}

fn terms<'a>(policy: &'a Policy, period: &'a Period) -> Terms<'a> {
    let cover = &policy.product.covers[0];
    Terms { policy, cover, period, bound_at: period.begins, paid: Paid::default() }
}

fn reading(variable: Variable, (start, seconds): (DateTime<Utc>, i64), value: Fixed) -> Reading {
    let (end, unit) = (start + TimeDelta::seconds(seconds), variable.own_unit());
    Reading { station: "S".into(), variable, start, end, value: Some(value), unit, vintage: Vintage::Final }
}

fn learn_at(known: &mut Knowledge, reading: &Reading, at: DateTime<Utc>) {
    known.learn(&"gauge".into(), reading, at, 1);
}

fn day_of(period: &Period, day: usize, tenths: i64) -> Reading {
    let start = period.begins + TimeDelta::days(i64::try_from(day).unwrap());
    reading(Variable::Precipitation, (start, 86_400), Fixed::from_micros(tenths * 100_000))
}

/// Learns days in the order given; each is known an hour behind its end.
fn learn(period: &Period, days: &[(usize, i64)]) -> Knowledge {
    let mut known = Knowledge::new();
    for (day, tenths) in days {
        let reading = day_of(period, *day, *tenths);
        learn_at(&mut known, &reading, reading.end + TimeDelta::hours(1));
    }
    known
}

fn late(period: &Period) -> DateTime<Utc> {
    period.ends + TimeDelta::days(11)
}

fn progress_of(policy: &Policy, known: &Knowledge, as_of: DateTime<Utc>) -> Progress {
    progress(&terms(policy, &period(policy)), known, as_of)
}

fn course(progress: &Progress) -> &[SoFar] {
    progress.curves[0].course.as_ref().unwrap()
}

fn number(text: &str) -> Exact {
    Exact::from(Fixed::parse(text).unwrap())
}

const DAYS: usize = 40;
const SUM: &str = r#"{ reduce = "sum" }"#;
const ABOVE: &str = r#"{ when = ">", strike = "230 mm", tick = "50 CNY/mm", limit = "90 %" }"#;

fn config() -> Config {
    Config { cases: 12, failure_persistence: None, rng_seed: RngSeed::Fixed(0x0F41_46A7), ..Config::default() }
}

fn season() -> impl Strategy<Value = Vec<(usize, i64)>> {
    let rain = prop_oneof![3 => Just(0_i64), 2 => 0..30_i64, 2 => 0..900_i64, 1 => Just(400_i64)];
    proptest::collection::vec(rain, DAYS).prop_map(|values| values.into_iter().enumerate().collect())
}

/// Indices of which a part says something about the whole, each with a payout.
fn policies() -> Vec<Arc<Policy>> {
    let days = i64::try_from(DAYS).unwrap();
    [
        (SUM, ABOVE),
        (r#"{ ignore_below = "2 mm" }, { cap = "60 mm" }, { reduce = "sum" }"#, r#"{ when = "<", strike = "230 mm", exit = "0 mm", limit = "100 %" }"#),
        (r#"{ meets = ">= 2.5 mm" }, { reduce = "count" }"#, r#"{ when = ">", strike = "12 d", tick = "100 CNY/d", limit = "50 %" }"#),
        (r#"{ reduce = "mean" }, { round = "0.01 mm", mode = "half_even" }"#, r#"{ when = "<=", strike = "6.25 mm", exit = "1 mm", limit = "8000 CNY" }"#),
        (r#"{ reduce = "max" }"#, r#"{ when = ">=", strike = "60 mm", pays = "35 %" }"#),
        (r#"{ rolling = "3 d", take = "sum" }, { reduce = "max" }"#, r#"{ when = ">=", strike = "100 mm", pays = "35 %" }"#),
        (r#"{ meets = "< 2.5 mm" }, { reduce = "longest_run" }"#, r#"{ closed = "below", bands = [ { to = "8 d", pays = "0 %" }, { from = "8 d", to = "12 d", pays = "20 %" }, { from = "12 d", pays = "90 %" } ] }"#),
        (r#"{ per = "month", take = "sum", need = "90 %" }, { shortfall_below = "200 mm" }, { reduce = "sum" }"#, r#"{ when = ">", strike = "0 mm", tick = "33.3 CNY/mm", limit = "50 %" }"#),
        (r#"{ excess_over = "20 mm" }, { reduce = "sum" }"#, ABOVE),
    ]
    .into_iter()
    .map(|(index, payout)| rain(days, index, payout))
    .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn at_the_end_it_is_what_is_settled(days in season(), absent in proptest::collection::btree_set(0..DAYS, 0..6)) {
        let kept: Vec<_> = days.iter().copied().filter(|(day, _)| !absent.contains(day)).collect();
        for policy in policies() {
            let period = period(&policy);
            let known = learn(&period, &kept);
            let settled = settle(&terms(&policy, &period), &known, late(&period), Trace::off());
            let progress = progress_of(&policy, &known, late(&period));
            let last = course(&progress).last().unwrap();
            prop_assert_eq!(last.value.map(shown), settled.index.map(|(value, _)| value));
            prop_assert_eq!(last.missing, absent.len());
            prop_assert_eq!(last.amount.map_or(0, |amount| amount.minor()), settled.amount.minor());
            prop_assert_eq!(last.pays, settled.amount.minor() > 0);
            prop_assert!(!last.pays || last.sure);
            if last.value.is_none() {
                prop_assert_eq!(last.none, Some(settled.reason_code));
            }
        }
    }

    /// What is sure stays: once a cover whose amount cannot be taken back pays, it pays to the end, and never less.
    #[test]
    fn sums_and_counts_only_grow_and_stay_inside_of_the_limit(days in season()) {
        for (policy, place) in policies().into_iter().zip(0..) {
            let progress = progress_of(&policy, &learn(&period(&policy), &days), late(&period(&policy)));
            let course = course(&progress);
            let most = policy.most_of(&policy.product.covers[0]).expect("small");
            let minor = |day: &SoFar| day.amount.map(|amount| amount.minor());
            for pair in course.windows(2) {
                let (before, after) = (&pair[0], &pair[1]);
                prop_assert!(after.amount.is_none_or(|amount| amount.units() <= most));
                // All but the mean.
                if place != 3 {
                    prop_assert!(before.value <= after.value, "{place}: {before:?} {after:?}");
                }
                prop_assert!(!before.sure || after.sure && minor(after) >= minor(before), "{place}: {after:?}");
            }
        }
    }

    /// Added up by hand, day by day.
    #[test]
    fn a_sum_is_the_sum_of_its_days(days in season()) {
        let policy = rain(i64::try_from(DAYS).unwrap(), SUM, ABOVE);
        let progress = progress_of(&policy, &learn(&period(&policy), &days), late(&period(&policy)));
        let mut tenths = 0;
        for (day, (_, more)) in course(&progress).iter().zip(&days) {
            tenths += more;
            let sum = Exact::new(tenths.into(), 10).unwrap();
            prop_assert_eq!(day.value, Some(sum));
            let away = day.distance.unwrap();
            prop_assert_eq!((away.level, away.side), (number("230"), sum.cmp(&number("230"))));
            let by = if sum < number("230") { number("230").minus(sum) } else { sum.minus(number("230")) };
            prop_assert_eq!(away.by, by.unwrap());
            prop_assert_eq!(away.share, Some(away.by.over(number("230")).unwrap()));
            prop_assert_eq!(day.pays, sum > number("230"));
        }
    }

    #[test]
    fn the_order_in_which_readings_come_does_not_matter(days in season(), seed in any::<u64>(), day in 0..DAYS) {
        let mut shuffled = days.clone();
        shuffled.sort_by_key(|(day, _)| seed.rotate_left(u32::try_from(*day).unwrap() * 7).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for policy in policies() {
            let period = period(&policy);
            let as_of = period.begins + TimeDelta::days(i64::try_from(day).unwrap() + 1) + TimeDelta::hours(1);
            let [one, other] = [&days, &shuffled].map(|days| {
                let progress = progress_of(&policy, &learn(&period, days), as_of);
                (progress.read_to, course(&progress).to_vec(), progress.curves[0].inputs.clone())
            });
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(one.1.len(), day + 1, "as many days as were known");
        }
    }
}

#[test]
fn what_came_late_what_lacks_and_what_was_changed_is_counted() {
    let policy = rain(10, SUM, ABOVE);
    let period = period(&policy);
    let mut known = learn(&period, &[(0, 100), (1, 200), (3, 50)]);
    learn_at(&mut known, &day_of(&period, 1, 350), period.begins + TimeDelta::days(3));
    let as_of = period.begins + TimeDelta::days(5);
    let told = progress_of(&policy, &known, as_of);
    let (day, read_to) = (|day| period.begins + TimeDelta::days(day), told.read_to);
    assert_eq!(read_to, day(4), "as far as the newest reading");
    assert!(!told.over);
    let rows: Vec<_> =
        course(&told).iter().map(|day| (day.value.map(shown), day.none, day.missing, day.revised)).collect();
    let value = |text: &str| Some(text.to_owned());
    assert_eq!(
        rows,
        [
            (value("10"), None, 0, 0),
            (value("45"), None, 0, 1),
            (None, Some("too_many_missing"), 1, 1),
            (None, Some("too_many_missing"), 1, 1),
        ]
    );
    let points = &told.curves[0].inputs[0].points;
    assert_eq!(
        points.iter().map(|point| point.quality).collect::<Vec<_>>(),
        [Quality::There, Quality::There, Quality::Missing, Quality::There]
    );
    let revised = points[1].revised.unwrap();
    assert_eq!((revised.was, revised.is, revised.known_at), (Fixed::parse("20").ok(), Fixed::parse("35").ok(), day(3)));
    let before = progress_of(&policy, &known, day(3) - TimeDelta::seconds(1));
    assert_eq!(course(&before).last().unwrap().value, Some(number("30")), "the revision was not known yet");
    assert_eq!(course(&progress_of(&policy, &Knowledge::new(), day(3))), [], "nothing was read");
}

#[test]
fn what_pays_only_so_far_is_not_sure() {
    let drought = rain(10, SUM, r#"{ when = "<", strike = "50 mm", tick = "50 CNY/mm", limit = "90 %" }"#);
    let flood = rain(10, SUM, r#"{ when = ">", strike = "5 mm", tick = "50 CNY/mm", limit = "90 %" }"#);
    let days: Vec<_> = (0..10).map(|day| (day, 10)).collect();
    for (policy, as_of_day, day, pays, sure, why) in [
        (&drought, 3, 0, true, false, "more rain may still come"),
        (&drought, 30, 8, true, false, "on the last day but one too"),
        (&drought, 30, 9, true, true, "at the end it is sure"),
        (&flood, 3, 0, false, false, "not yet"),
        (&flood, 30, 4, false, false, "at the strike nothing"),
        (&flood, 30, 5, true, true, "a sum never falls"),
    ] {
        let period = period(policy);
        let as_of = period.begins + TimeDelta::days(as_of_day);
        let progress = progress_of(policy, &learn(&period, &days), as_of);
        let day = &course(&progress)[day];
        assert_eq!((day.pays, day.sure), (pays, sure), "{why}");
    }
}

#[test]
fn levels_lie_where_the_payout_turns() {
    use LevelRole::{Attachment, Band, Deductible, Exhaustion, Exit, Franchise, Strike, Swap, SwapLeast, SwapMost};
    let mm = |payout: &str| rain(10, SUM, payout);
    for (policy, levels, why) in [
        (mm(ABOVE), vec![(Strike, "230"), (Exit, "410")], "9000 CNY by 50 CNY/mm above it"),
        (
            mm(
                r#"{ when = "<", strike = "230 mm", tick = "50 CNY/mm", limit = "90 %", deductible = "100 CNY", franchise = "900 CNY" }"#,
            ),
            vec![(Exit, "50"), (Franchise, "210"), (Deductible, "228"), (Strike, "230")],
            "the franchise is held against what the deductible leaves: 1000 CNY before it",
        ),
        (
            mm(r#"{ when = "<", strike = "230 mm", exit = "30 mm", limit = "10000 CNY", franchise = "5000 CNY" }"#),
            vec![(Exit, "30"), (Franchise, "130"), (Strike, "230")],
            "half of the way",
        ),
        (mm(r#"{ when = ">=", strike = "60 mm", pays = "35 %" }"#), vec![(Strike, "60")], "all or nothing"),
        (
            mm(
                r#"{ closed = "below", bands = [ { to = "8 mm", pays = "0 %" }, { from = "8 mm", to = "12 mm", pays = "20 %" }, { from = "12 mm", pays = "90 %" } ] }"#,
            ),
            vec![(Band, "8"), (Band, "12")],
            "between bands",
        ),
        (
            mm(r#"{ swap = "100 mm", when = "<", tick = "50 CNY/mm", most = "1000 CNY", least = "400 CNY" }"#),
            vec![(SwapMost, "80"), (Swap, "100"), (SwapLeast, "108")],
            "on either side",
        ),
        (
            policy(
                10,
                "window = \"cover\"\nindex = [ { report = \"modelled_loss\", as = \"CNY\", none = \"nothing\" }, { reduce = \"max\" } ]\npayout = { attachment = \"1000 CNY\", exhaustion = \"4000 CNY\", cession = \"50 %\" }",
            ),
            vec![(Attachment, "1000"), (Exhaustion, "4000")],
            "a layer",
        ),
    ] {
        let period = period(&policy);
        let progress = progress_of(&policy, &learn(&period, &[(0, 1)]), late(&period));
        let got: Vec<_> = progress.curves[0].levels.iter().map(|level| (level.role, shown(level.value))).collect();
        let levels: Vec<_> = levels.into_iter().map(|(role, value)| (role, value.to_owned())).collect();
        assert_eq!(got, levels, "{why}");
    }
}

/// 10000 CNY are insured; amounts in minor units.
#[test]
fn levels_say_what_is_paid_on_either_side() {
    let mm = |payout: &str| rain(10, SUM, payout);
    let digital = |when: &str| mm(&format!(r#"{{ when = "{when}", strike = "60 mm", pays = "35 %" }}"#));
    let bands = r#"{ closed = "below", bands = [ { to = "8 mm", pays = "0 %" }, { from = "8 mm", to = "12 mm", pays = "20 %" }, { from = "12 mm", pays = "90 %" } ] }"#;
    let linear = r#"{ when = "<", strike = "230 mm", exit = "30 mm", limit = "10000 CNY" }"#;
    for (policy, expected, why) in [
        (digital(">="), vec![(Some(0), Some(350_000), Some(350_000))], "all or nothing, above"),
        (digital("<"), vec![(Some(350_000), Some(0), Some(350_000))], "all or nothing, below"),
        (
            mm(bands),
            vec![(Some(0), Some(200_000), Some(200_000)), (Some(200_000), Some(900_000), Some(900_000))],
            "bands",
        ),
        (mm(linear), vec![(None, None, Some(1_000_000)), (None, None, None)], "on a slope no one amount"),
    ] {
        let period = period(&policy);
        let progress = progress_of(&policy, &learn(&period, &[(0, 1)]), late(&period));
        let minor = |money: Option<Money>| money.map(|money| money.minor());
        let units =
            |amount| Money::round(policy.amount(amount).unwrap(), policy.product.currency, Rounding::Down).unwrap();
        let of = |level: &IndexLevel| (minor(level.below), minor(level.above), minor(level.pays.map(units)));
        assert_eq!(progress.curves[0].levels.iter().map(of).collect::<Vec<_>>(), expected, "{why}");
    }
}

/// A modifier has its level where the shape pays as much, up to all of it.
#[test]
fn a_modifier_has_its_level_where_the_shape_pays_as_much() {
    let mm = |franchise: &str| {
        let payout = r#"{ when = "<", strike = "230 mm", exit = "30 mm", limit = "5000 CNY", franchise = "F CNY" }"#;
        rain(10, SUM, &payout.replace('F', franchise))
    };
    let layer = |franchise: &str| {
        let index = r#"[ { report = "modelled_loss", as = "CNY", none = "nothing" }, { reduce = "max" } ]"#;
        let payout = r#"{ attachment = "1000 CNY", exhaustion = "4000 CNY", cession = "50 %", franchise = "F CNY" }"#;
        policy(10, &format!("window = \"cover\"\nindex = {index}\npayout = {}", payout.replace('F', franchise)))
    };
    for (policy, level, why) in [
        (mm("2500"), "130", "half of the way"),
        (mm("5000"), "30", "at the exit all of it"),
        (layer("750"), "2500", "half of the layer"),
        (layer("1500"), "4000", "where it ends"),
    ] {
        let period = period(&policy);
        let progress = progress_of(&policy, &learn(&period, &[(0, 1)]), late(&period));
        let mut levels = progress.curves[0].levels.iter();
        let got = levels.find(|level| level.role == LevelRole::Franchise).map(|level| shown(level.value));
        assert_eq!(got.as_deref(), Some(level), "{why}");
    }
}

/// Of bands only that edge counts behind which it begins to pay, however near another one is.
#[test]
fn the_distance_is_to_where_it_begins_to_pay() {
    let bands = r#"{ closed = "below", bands = [ { to = "8 mm", pays = "0 %" }, { from = "8 mm", to = "12 mm", pays = "20 %" }, { from = "12 mm", pays = "90 %" } ] }"#;
    let policy = rain(10, SUM, bands);
    let period = period(&policy);
    for (tenths, by, side) in [(75, "0.5", "below"), (80, "0", "at"), (115, "3.5", "above")] {
        let days: Vec<_> = (0..10).map(|day| (day, if day == 0 { tenths } else { 0 })).collect();
        let progress = progress_of(&policy, &learn(&period, &days), late(&period));
        let distance = course(&progress).last().unwrap().distance.unwrap();
        assert_eq!((distance.level, distance.by, distance.side_word()), (number("8"), number(by), side));
    }
}

#[test]
fn each_part_says_what_it_is_and_shows_a_series_once() {
    let read = r#"{ read = "precipitation", every = "1 d" }"#;
    let twice =
        format!(r#"{{ combine = "mean", of = [ [ {read} ], [ {read} ] ], round = "0.1 mm", mode = "half_up" }}"#);
    let gate =
        format!("[[cover.gate]]\nid = \"calm\"\nindex = [ {read}, {{ reduce = \"max\" }} ]\nholds = \"< 50 mm\"\n");
    let policy = policy(
        30,
        &format!(
            "window = \"cover\"\nindex = [ {twice}, {{ reduce = \"sum\" }} ]\npayout = {{ when = \">\", strike = \"5 mm\", pays = \"10 %\" }}\n{gate}"
        ),
    );
    let period = period(&policy);
    let progress = progress_of(&policy, &learn(&period, &[(0, 1), (1, 2)]), period.begins + TimeDelta::days(3));
    let mut parts: Vec<_> = progress.curves.iter().map(|curve| (curve.part(), curve.inputs.len())).collect();
    parts.sort_unstable();
    assert_eq!(parts, [("gate", 1), ("limb", 1)]);
}

#[test]
fn events_are_told_as_they_come() {
    let read = r#"{ read = "precipitation", every = "1 d" }"#;
    let index = format!(r#"[ {read}, {{ in_runs = ">= 10 mm", at_least = "1 d" }}, {{ per = "run", take = "sum" }} ]"#);
    let pays = r#"{ when = ">=", strike = "20 mm", pays = "10 %" }"#;
    let each = r#"events = { pay = "each", limit = "25 %" }"#;
    let policy = policy(30, &format!("window = \"cover\"\n{each}\nindex = {index}\npayout = {pays}"));
    let period = period(&policy);
    let wet: Vec<_> = (0..12).map(|day| (day, [0, 0, 0, 150, 150, 0, 0, 120, 0, 0, 0, 200][day])).collect();
    let known = learn(&period, &wet);
    for (days, expected) in [(4, &[][..]), (7, &["30"]), (9, &["30", "12"]), (13, &["30", "12", "20"])] {
        let progress = progress_of(&policy, &known, period.begins + TimeDelta::days(days));
        let events: Vec<_> = progress.curves[0].events.iter().map(|event| shown(event.value)).collect();
        assert_eq!(events, expected, "after {days} days");
    }
}

/// Samoa went from 29 to 31 December 2011: the day between has no length, and no value.
#[test]
fn a_day_that_a_zone_never_had_is_not_in_the_course() {
    let cover = r#"
        [[cover]]
        id = "c"
        window = "cover"
        index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
        payout = { when = ">", strike = "5 mm", pays = "10 %" }
        "#;
    let (data, settlement) = (r#"sources = ["gauge/{station}"]"#, "lag = \"0 d\"\nrounding = \"half_up\"");
    let day = r#"zone = "Pacific/Apia", starts = "00:00""#;
    let policy = bound::in_days(day, ("2011-12-27", "2012-01-02"), data, settlement, cover);
    let period = period(&policy);
    let progress = progress_of(&policy, &learn(&period, &[(0, 10), (1, 10), (2, 10)]), late(&period));
    let days: Vec<_> = course(&progress).iter().map(|day| day.on.to_string()).collect();
    assert_eq!(days, ["2011-12-27", "2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]);
}

#[test]
fn what_a_part_says_nothing_of_gives_its_series_instead() {
    let read = r#"{ read = "precipitation", every = "1 d" }"#;
    let window = "window = \"cover\"\n";
    let pays = r#"{ when = ">", strike = "5 mm", pays = "10 %" }"#;
    for (cover, why) in [
        (
            format!(
                "{window}index = [ {read}, {{ reduce = \"quantile\", at = \"90 %\", method = \"linear\" }}, {{ round = \"0.1 mm\", mode = \"half_up\" }} ]\npayout = {pays}"
            ),
            NoCourse::Quantile,
        ),
        (
            format!(
                "{window}index = [ {read}, {{ reduce = \"sum\" }}, {{ compare = \"anomaly\", baseline = {{ from = 2020, to = 2023, need = 1 }}, round = \"0.1 mm\", mode = \"half_up\" }} ]\npayout = {pays}"
            ),
            NoCourse::Baseline,
        ),
        (
            format!(
                "window = {{ each = \"month\" }}\nindex = [ {read}, {{ per = \"month\", take = \"sum\", need = \"90 %\" }}, {{ reduce = \"sum\" }} ]\npayout = {pays}"
            ),
            NoCourse::Whole,
        ),
        (
            format!(
                "{window}index = [ {read}, {{ per = \"month\", take = \"sum\", need = \"90 %\" }}, {{ weigh = {{ jun = \"60 %\", jul = \"40 %\" }}, round = \"0.1 mm\", mode = \"half_up\" }}, {{ reduce = \"sum\" }} ]\npayout = {pays}"
            ),
            NoCourse::Whole,
        ),
    ] {
        let policy = policy(if cover.contains("jul") { 61 } else { 30 }, &cover);
        let period = period(&policy);
        let progress = progress_of(&policy, &learn(&period, &[(0, 1), (1, 2)]), period.begins + TimeDelta::days(3));
        let curve = &progress.curves[0];
        assert_eq!(curve.course.as_ref().err(), Some(&why));
        assert_eq!(curve.inputs[0].points.len(), 2, "{why:?}: its series is there");
    }
}

/// Rain by days, wind by hours through a formula, each over 200 days: unoptimised, a day's work of the chart.
#[test]
fn two_hundred_days_are_quick() {
    let begun = |policy: &Policy, known: &Knowledge| {
        let begun = Instant::now();
        let progress = progress_of(policy, known, late(&period(policy)));
        assert_eq!(course(&progress).len(), 200);
        assert!(course(&progress).last().unwrap().value.is_some());
        begun.elapsed()
    };
    let daily = rain(200, SUM, ABOVE);
    let days: Vec<_> = (0..200).map(|day| (day, i64::try_from(day).unwrap() % 97)).collect();
    let by_days = begun(&daily, &learn(&period(&daily), &days));
    let hourly = policy(
        200,
        r#"window = "cover"
        index = [ { formula = "hub_wind", wind = [ { read = "wind_speed", every = "1 h" } ], wind_height = "10 m", hub_height = "98 m", exponent = "0.2 1", round = "0.01 m/s", mode = "half_up" }, { meets = "< 3 m/s" }, { reduce = "count" } ]
        payout = { when = ">", strike = "100 h", tick = "10 CNY/h", limit = "50 %" }"#,
    );
    let mut known = Knowledge::new();
    let span = period(&hourly);
    for hour in 0..200 * 24 {
        let start = span.begins + TimeDelta::hours(hour);
        let reading = reading(Variable::WindSpeed, (start, 3_600), Fixed::from_micros(hour % 17 * 500_000));
        learn_at(&mut known, &reading, start + TimeDelta::hours(2));
    }
    let by_hours = begun(&hourly, &known);
    println!("200 days: {by_days:?} by days, {by_hours:?} by hours through a formula");
}
