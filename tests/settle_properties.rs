//! What holds of every settlement, whatever the readings: bounded, monotone, free of order, replay-equal, and
//! undetermined exactly where the missing rule says so.

#[path = "support/bound.rs"]
mod bound;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::calendar::{Period, Span};
use fairgauge::contract::Policy;
use fairgauge::index::Trace;
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Fixed, Variable};
use fairgauge::settle::{Outcome, Paid, Settlement, Terms, settle};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

const DAYS: usize = 40;

/// A policy over forty days of rain, from index and payout as a term sheet has them.
fn policy(index: &str, payout: &str) -> Arc<Policy> {
    policy_of(&format!(
        r#"
        [[cover]]
        id = "rain"
        window = "cover"
        index = [ {{ read = "precipitation", every = "1 d" }}, {index} ]
        payout = {payout}
        "#
    ))
}

/// The same from its covers.
fn policy_of(covers: &str) -> Arc<Policy> {
    bound::on_a_gauge(covers, "2024-07-10")
}

/// Tick, exit, digital and bands over sums, runs, stretches, shares, first days, tables: each with whether it pays more
/// for more rain.
fn policies() -> Vec<(Arc<Policy>, Option<bool>)> {
    let sum =
        r#"{ ignore_below = "2 mm" }, { cap = "60 mm" }, { reduce = "sum" }, { round = "0.1 mm", mode = "half_up" }"#;
    let dry = r#"{ meets = "< 2.5 mm" }, { reduce = "longest_run" }"#;
    let wet = r#"{ rolling = "3 d", take = "sum" }, { reduce = "max" }"#;
    let mean = r#"{ reduce = "mean" }, { round = "0.01 mm", mode = "half_even" }"#;
    let run = r#"{ in_runs = ">= 40 mm", at_least = "3 d" }, { reduce = "largest_run" }"#;
    let ninth = r#"{ reduce = "quantile", at = "90 %", method = "linear" }, { round = "0.01 mm", mode = "half_up" }"#;
    let onset = r#"{ meets = ">= 30 mm" }, { reduce = "first", days_from = "window", never = "60 d" }"#;
    let dry_share = r#"{ meets = "< 2 mm" }, { reduce = "share" }, { round = "0.1 %", mode = "half_up" }"#;
    let lacking =
        r#"{ rolling = "10 d", step = "10 d", take = "sum" }, { shortfall_below = "120 mm" }, { reduce = "sum" }"#;
    let points = r#"{ lookup = [ { to = "10 mm", is = "0 1" }, { to = "40 mm", is = "1 1" }, { is = "3 1" } ], closed = "below" }, { reduce = "sum" }"#;
    let normal = r#"{ reduce = "sum" }, { percent_of = "400 mm" }, { round = "0.1 %", mode = "half_up" }"#;
    [
        (sum, r#"{ when = "<", strike = "230 mm", tick = "71.3 CNY/mm", limit = "90 %" }"#, Some(false)),
        (sum, r#"{ when = ">", strike = "230 mm", exit = "470.7 mm", limit = "100 %" }"#, Some(true)),
        (wet, r#"{ when = ">=", strike = "100 mm", pays = "35 %" }"#, Some(true)),
        (mean, r#"{ when = "<=", strike = "6.25 mm", exit = "1 mm", limit = "8000 CNY" }"#, Some(false)),
        (
            dry,
            r#"{ closed = "below", bands = [ { to = "8 d", pays = "0 %" }, { from = "8 d", to = "12 d", pays = "20 %" }, { from = "12 d", pays = "90 %" } ] }"#,
            Some(false),
        ),
        (run, r#"{ when = ">=", strike = "130 mm", exit = "300 mm", limit = "100 %" }"#, Some(true)),
        (
            sum,
            r#"{ when = "<", strike = "430 mm", exit = "0 mm", limit = "70 %", at_exit = "95 %", deductible = "5 %", minimum = "300 CNY" }"#,
            Some(false),
        ),
        (
            wet,
            r#"{ when = ">", strike = "80 mm", tick = "55.5 CNY/mm", limit = "60 %", franchise = "700 CNY", by_date = [ { from = "01-01", times = "75 %" } ] }"#,
            Some(true),
        ),
        (ninth, r#"{ when = ">", strike = "45 mm", exit = "60 mm", limit = "80 %" }"#, Some(true)),
        (onset, r#"{ when = ">", strike = "6 d", tick = "250 CNY/d", limit = "100 %" }"#, Some(false)),
        (dry_share, r#"{ when = ">=", strike = "20 %", exit = "60 %", limit = "75 %", at_exit = "100 %" }"#, Some(false)),
        (lacking, r#"{ when = ">", strike = "0 mm", tick = "33.3 CNY/mm", limit = "50 %" }"#, Some(false)),
        (points, r#"{ when = ">=", strike = "9 1", exit = "60 1", limit = "60 %", deductible = "200 CNY" }"#, Some(true)),
        (normal, r#"{ when = "<", strike = "90 %", exit = "0 %", limit = "100 %" }"#, Some(false)),
    ]
    .into_iter()
    .map(|(index, payout, rises)| (policy(index, payout), rises))
    .collect()
}

fn period(policy: &Policy) -> Period {
    Period::new(policy.cover, &policy.product.day)
}

fn reading(period: &Period, day: usize, tenths: i64) -> Reading {
    let start = period.begins + TimeDelta::days(i64::try_from(day).expect("few days"));
    Reading {
        station: "S".into(),
        variable: Variable::Precipitation,
        start,
        end: start + TimeDelta::days(1),
        value: Some(Fixed::from_micros(tenths * 100_000)),
        unit: Variable::Precipitation.own_unit(),
        vintage: Vintage::Final,
    }
}

/// Learns days in the order given, one after the other, each an hour later, the first when the period is over.
fn learn(period: &Period, days: &[(usize, i64)]) -> Knowledge {
    let mut known = Knowledge::new();
    let feed: Arc<str> = "gauge".into();
    for (place, (day, tenths)) in days.iter().enumerate() {
        let known_at = period.ends + TimeDelta::hours(i64::try_from(place).expect("few readings"));
        known.learn(&feed, &reading(period, *day, *tenths), known_at, 1);
    }
    known
}

/// When all waiting is over.
fn late(period: &Period) -> DateTime<Utc> {
    period.ends + TimeDelta::days(11)
}

fn settled(policy: &Policy, known: &Knowledge) -> Settlement {
    let period = period(policy);
    let terms = Terms {
        policy,
        cover: &policy.product.covers[0],
        period: &period,
        bound_at: period.begins,
        paid: Paid::default(),
    };
    settle(&terms, known, late(&period), Trace::off())
}

/// What the insured sees.
fn told(settlement: &Settlement) -> (Outcome, i64, String, Option<String>) {
    let index = settlement.index.as_ref().map(|(value, unit)| format!("{value} {unit}"));
    (settlement.outcome, settlement.amount.minor(), settlement.reason_code.to_owned(), index)
}

fn config() -> Config {
    Config { cases: 256, failure_persistence: None, rng_seed: RngSeed::Fixed(0x0F41_46A6), ..Config::default() }
}

/// Tenths of a millimetre, often dry and often at a boundary.
fn rain() -> impl Strategy<Value = i64> {
    prop_oneof![3 => Just(0_i64), 2 => 0..30_i64, 2 => 380..420_i64, 2 => 0..900_i64, 1 => Just(25_i64), 1 => Just(400_i64)]
}

fn season() -> impl Strategy<Value = Vec<(usize, i64)>> {
    proptest::collection::vec(rain(), DAYS).prop_map(|values| values.into_iter().enumerate().collect())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_amount_is_between_nothing_and_the_limit(days in season()) {
        for (policy, _) in policies() {
            let settlement = settled(&policy, &learn(&period(&policy), &days));
            let most = policy.most_of(&policy.product.covers[0]).expect("small");
            prop_assert!(settlement.amount.minor() >= 0);
            prop_assert!(settlement.amount.units() <= most);
            prop_assert_eq!(settlement.outcome == Outcome::Pays, settlement.amount.minor() > 0);
            prop_assert!(settlement.may_be_final);
        }
    }

    #[test]
    fn more_rain_never_pays_less_against_rain_nor_more_against_drought(days in season(), day in 0..DAYS, more in 1..500_i64) {
        let mut wetter = days.clone();
        wetter[day].1 += more;
        for (policy, rises) in policies() {
            let period = period(&policy);
            let [before, after] = [&days, &wetter].map(|days| settled(&policy, &learn(&period, days)).amount.minor());
            match rises {
                Some(true) => prop_assert!(after >= before, "{} then {}", before, after),
                Some(false) => prop_assert!(after <= before, "{} then {}", before, after),
                None => {}
            }
        }
    }

    #[test]
    fn the_order_and_the_batches_in_which_readings_come_do_not_matter(days in season(), seed in any::<u64>(), repeated in 0..DAYS) {
        let mut shuffled = days.clone();
        shuffled.sort_by_key(|(day, _)| (seed.rotate_left(u32::try_from(*day).expect("few days") * 7)).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        shuffled.push(days[repeated]);
        for (policy, _) in policies() {
            let period = period(&policy);
            let [in_order, otherwise] = [&days, &shuffled].map(|days| settled(&policy, &learn(&period, days)));
            prop_assert_eq!(told(&in_order), told(&otherwise));
        }
    }

    #[test]
    fn it_is_undetermined_exactly_where_the_missing_rule_says_so(days in season(), absent in proptest::collection::btree_set(0..DAYS, 0..8)) {
        let kept: Vec<_> = days.iter().copied().filter(|(day, _)| !absent.contains(day)).collect();
        let mut longest = 0;
        let mut stretch = 0;
        for day in 0..DAYS {
            stretch = if absent.contains(&day) { stretch + 1 } else { 0 };
            longest = longest.max(stretch);
        }
        let too_many = absent.len() * 10 > DAYS || longest > 2;
        for (policy, _) in policies() {
            let settlement = settled(&policy, &learn(&period(&policy), &kept));
            prop_assert_eq!(settlement.outcome == Outcome::Undetermined, too_many, "{}", settlement.reason);
            if too_many {
                prop_assert_eq!(settlement.amount.minor(), 0);
                prop_assert!(settlement.index.is_none());
            }
        }
    }

    #[test]
    fn what_is_learned_later_does_not_change_what_was_known(days in season(), day in 0..DAYS, revised in rain()) {
        for (policy, _) in policies() {
            let period = period(&policy);
            let mut known = learn(&period, &days);
            let before = settled(&policy, &known);
            let feed: Arc<str> = "gauge".into();
            let at = late(&period) + TimeDelta::milliseconds(1);
            known.learn(&feed, &reading(&period, day, revised), at, 2);
            prop_assert_eq!(told(&before), told(&settled(&policy, &known)));
        }
    }
}

const SUM: &str = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#;

/// Four of ten days each, on four levels: of the payout, of the period, of the cover, of the policy.
fn limited() -> Arc<Policy> {
    let cover = |id: &str, besides: &str, pays: &str| {
        format!("[[cover]]\nid = \"{id}\"\nwindow = {{ each = \"dekad\" }}\n{besides}\n{SUM}\npayout = {pays}\n")
    };
    let first = r#"{ when = ">", strike = "20 mm", tick = "31.7 CNY/mm", limit = "35 %" }"#;
    let second = r#"{ when = ">", strike = "60 mm", exit = "400 mm", limit = "50 %", minimum = "10 CNY" }"#;
    policy_of(&format!(
        "[limit]\naggregate = \"45 %\"\nreinstatements = 1\n{}{}",
        cover("first", "limit = { period = \"25 %\", cover = \"60 %\" }", first),
        cover("second", "less = \"first\"\nlimit = { period = \"40 %\" }", second)
    ))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_swap_owes_no_more_to_either_side_than_its_limits(days in season()) {
        let swap = |when: &str| {
            let swap = format!(r#"{{ swap = "430.3 mm", tick = "11.9 CNY/mm", when = "{when}", most = "20 %", least = "20 %" }}"#);
            policy(r#"{ reduce = "sum" }, { round = "0.1 mm", mode = "half_up" }"#, &swap)
        };
        let [below, above] = ["<", ">"].map(|when| {
            let policy = swap(when);
            settled(&policy, &learn(&period(&policy), &days))
        });
        prop_assert!((-200_000..=200_000).contains(&below.amount.minor()));
        prop_assert_eq!(below.outcome == Outcome::Pays, below.amount.minor() != 0);
        // Rounded half to even, what one side receives is what the other owes.
        prop_assert_eq!(below.amount.minor(), -above.amount.minor());
        let mut wetter = days.clone();
        wetter[7].1 += 33;
        let policy = swap("<");
        prop_assert!(settled(&policy, &learn(&period(&policy), &wetter)).amount.minor() <= below.amount.minor());
    }

    #[test]
    fn no_level_of_limits_is_ever_passed(days in season()) {
        let policy = limited();
        let known = learn(&period(&policy), &days);
        let mut bound: Vec<(String, Span, i64)> = Vec::new();
        let sum = |bound: &[(String, Span, i64)], counts: &dyn Fn(&str, Span) -> bool| -> i64 {
            bound.iter().filter(|(cover, span, _)| counts(cover, *span)).map(|(_, _, minor)| minor).sum()
        };
        for span in policy.product.covers[0].window.periods(policy.cover).expect("whole dekads") {
            for cover in &policy.product.covers {
                let dekad = Period::new(span, &policy.product.day);
                let first = bound.iter().find(|(id, of, _)| id == "first" && *of == span).map(|(_, _, minor)| *minor);
                let paid = Paid {
                    total: sum(&bound, &|_, _| true),
                    by_cover: sum(&bound, &|id, _| id == cover.id),
                    in_period: sum(&bound, &|_, of| of == span),
                    same_period: policy.subtracted_key(cover).map(|less| (less, first)).into_iter().collect(),
                    advance: 0,
                };
                let terms = Terms { policy: &policy, cover, period: &dekad, bound_at: dekad.begins, paid };
                let settlement = settle(&terms, &known, late(&period(&policy)), Trace::off());
                prop_assert!(settlement.amount.minor() >= 0);
                bound.push((cover.id.clone(), span, settlement.amount.minor()));
            }
            let of_first = sum(&bound, &|id, of| id == "first" && of == span);
            let of_second = sum(&bound, &|id, of| id == "second" && of == span);
            prop_assert!(of_first <= 250_000, "the most of a period of the first");
            prop_assert!(of_second <= 400_000 - of_first.min(400_000), "the balance of the second");
            prop_assert!(of_first + of_second <= 450_000, "the aggregate of a period");
        }
        prop_assert!(sum(&bound, &|id, _| id == "first") <= 600_000, "the most of all periods of the first");
        prop_assert!(sum(&bound, &|_, _| true) <= 900_000, "the aggregate, reinstated once");
    }

    #[test]
    fn what_was_paid_before_never_raises_an_amount(days in season(), total in 0..900_000_i64, more in 0..500_000_i64) {
        let policy = limited();
        let known = learn(&period(&policy), &days);
        let span = policy.product.covers[0].window.periods(policy.cover).expect("whole dekads")[1];
        let dekad = Period::new(span, &policy.product.day);
        let amount = |minor: i64| {
            let same_period = BTreeMap::from([("first".to_owned(), Some(minor / 3))]);
            let paid = Paid { total: minor, by_cover: minor / 2, in_period: minor / 3, same_period, advance: 0 };
            let cover = &policy.product.covers[1];
            let terms = Terms { policy: &policy, cover, period: &dekad, bound_at: dekad.begins, paid };
            settle(&terms, &known, late(&period(&policy)), Trace::off()).amount.minor()
        };
        prop_assert!(amount(total + more) <= amount(total));
        prop_assert!(amount(total) <= 900_000 - total);
    }
}

/// Too much is missing when the lag is over: late readings are waited for, and then decide.
#[test]
fn an_undetermined_period_waits_for_late_readings() {
    let (policy, _) = policies().swap_remove(0);
    let period = period(&policy);
    let terms = Terms {
        policy: &policy,
        cover: &policy.product.covers[0],
        period: &period,
        bound_at: period.begins,
        paid: Paid::default(),
    };
    let all: Vec<_> = (0..DAYS).map(|day| (day, 10)).collect();
    let feed: Arc<str> = "gauge".into();
    let mut known = learn(&period, &[&all[..10], &all[20..]].concat());
    let look = |days: i64, known: &Knowledge| {
        let settlement = settle(&terms, known, period.ends + TimeDelta::days(days), Trace::off());
        (settlement.outcome, settlement.reason_code, settlement.may_be_final, settlement.waited_out)
    };
    assert_eq!(look(2, &known), (Outcome::Undetermined, "too_many_missing", false, false), "readings may still come");
    assert_eq!(look(10, &known), (Outcome::Undetermined, "too_many_missing", true, true), "the longest wait is over");
    for (day, tenths) in &all[10..20] {
        known.learn(&feed, &reading(&period, *day, *tenths), period.ends + TimeDelta::days(3), 2);
    }
    assert_eq!(look(2, &known).0, Outcome::Undetermined, "what came on the third day was not known on the second");
    assert_eq!(look(3, &known), (Outcome::Pays, "strike_reached", true, false), "they came in time");
}

/// While the period runs, only what no later reading can take back is said to be due.
#[test]
fn a_running_period_says_only_what_is_sure() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (policy, rises) in policies() {
        let period = period(&policy);
        let terms = Terms {
            policy: &policy,
            cover: &policy.product.covers[0],
            period: &period,
            bound_at: period.begins,
            paid: Paid::default(),
        };
        let mut known = Knowledge::new();
        let feed: Arc<str> = "gauge".into();
        let mut paid = 0;
        for day in 0..DAYS {
            let tenths = if (10..14).contains(&day) { 900 } else { 0 };
            let now = period.begins + TimeDelta::days(i64::try_from(day).expect("few days") + 1);
            known.learn(&feed, &reading(&period, day, tenths), now, 1);
            if now >= period.ends {
                break;
            }
            let settlement = settle(&terms, &known, now, Trace::off());
            assert!(!settlement.may_be_final, "a running period is never final");
            assert!(settlement.amount.minor() >= paid, "what was due is taken back: {}", settlement.reason);
            paid = settlement.amount.minor();
            *seen.entry(settlement.reason_code).or_default() += 1;
        }
        // A sum below a strike, a mean, a quantile, a share, a first day may still change; what dry stretches have lacked, a
        // run of dry days, a wet stretch and a sum above the strike stay.
        let first = &policy.product.covers[0].limbs[0];
        let has = |word: &str| first.pipeline.blocks.iter().any(|block| block.text.contains(word));
        let stays = has("longest_run") || has("shortfall_below") || (rises == Some(true) && !has("quantile"));
        let may_change = !stays;
        assert_eq!(paid == 0, may_change, "{}", first.payout_text);
    }
    assert!(seen["pays_so_far"] > 0 && seen["period_running"] > 0);
}
