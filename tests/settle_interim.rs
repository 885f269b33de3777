//! Payments in advance: on and beside each boundary, and what holds of them whatever the readings: with the balance they
//! are the whole, no limit is passed, and the order in which readings come does not matter.

#[path = "support/bound.rs"]
mod bound;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::calendar::Period;
use fairgauge::contract::{Cover, Policy};
use fairgauge::index::{Disposition, Index, Trace};
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Fixed, Unit, Variable};
use fairgauge::settle::{Paid, Pass, Settlement, Terms, in_advance, index_until, settle, shown};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

const DAYS: usize = 30;

const SUM: &str = r#"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]
payout = { when = ">", strike = "100 mm", tick = "13.7 CNY/mm", limit = "45 %" }
"#;

const EVENTS: &str = r#"
window = "cover"
index = [ { read = "precipitation", every = "1 d" }, { per = "value" } ]
payout = { when = ">=", strike = "20 mm", exit = "80 mm", limit = "30 %" }
events = { pay = "each", limit = "60 %" }
"#;

const REPORTS: &str = r#"
window = "cover"
index = [ { report = "modelled_loss", as = "CNY", none = "nothing" }, { per = "value" } ]
payout = { attachment = "0 CNY", exhaustion = "5000 CNY", cession = "100 %" }
events = { pay = "each", limit = "60 %" }
"#;

fn policy(data: &str, covers: &str) -> Arc<Policy> {
    let settlement = "lag = \"3 d\"\nrounding = \"down\"";
    bound::of_station(data, settlement, &format!("[limit]\naggregate = \"70 %\"\n{covers}"), "2024-06-30")
}

const ONE: &str = r#"sources = ["gauge/{station}"]"#;

fn with(interim: &str, cover: &str) -> Arc<Policy> {
    policy(ONE, &format!("[[cover]]\nid = \"a\"\ninterim = \"{interim}\"\n{cover}"))
}

fn period(policy: &Policy) -> Period {
    Period::new(policy.cover, &policy.product.day)
}

fn day(period: &Period, day: usize) -> DateTime<Utc> {
    period.begins + TimeDelta::days(i64::try_from(day).expect("few days"))
}

/// A day's rain, known when the day is over.
fn reading(period: &Period, of: usize, tenths: i64, vintage: Vintage) -> Reading {
    Reading {
        station: "S".into(),
        variable: Variable::Precipitation,
        start: day(period, of),
        end: day(period, of + 1),
        value: Some(Fixed::from_micros(tenths * 100_000)),
        unit: Variable::Precipitation.own_unit(),
        vintage,
    }
}

fn learn(period: &Period, days: impl IntoIterator<Item = (usize, i64)>) -> Knowledge {
    let mut known = Knowledge::new();
    for (of, tenths) in days {
        known.learn(&"gauge".into(), &reading(period, of, tenths, Vintage::Final), day(period, of + 1), 1);
    }
    known
}

fn terms<'a>(policy: &'a Policy, cover: &'a Cover, period: &'a Period, paid: Paid) -> Terms<'a> {
    Terms { policy, cover, period, bound_at: period.begins, paid }
}

/// What is paid in advance at an instant, in minor units, where so much was before.
fn paid(policy: &Policy, known: &Knowledge, at: DateTime<Utc>, advance: i64) -> Option<i64> {
    let (cover, period) = (&policy.product.covers[0], period(policy));
    let terms = terms(policy, cover, &period, Paid { advance, ..Paid::default() });
    let payment = in_advance(&terms, known, at, Trace::off())?;
    assert_eq!(payment.why.to_string(), payment.reason);
    assert!(payment.reason.ends_with("; no later reading can take it back"), "{}", payment.reason);
    Some(payment.amount.minor())
}

#[test]
fn a_payment_waits_for_the_lag_and_for_the_least_amount() {
    let policy = with("137 CNY", SUM);
    let period = period(&policy);
    // 110 mm on the fifth day are 10 mm above the strike: 137.00.
    let known = learn(&period, (0..10).map(|of| (of, if of == 4 { 1_100 } else { 0 })));
    let lag_over = day(&period, 5) + TimeDelta::days(3);
    for (at, advance, payment, why) in [
        (lag_over - TimeDelta::seconds(1), 0, None, "a second before the lag is over"),
        (lag_over, 0, Some(13_700), "exactly the least amount, exactly behind the lag"),
        (lag_over, 1, None, "a minor unit less than the least amount is left"),
        (lag_over, 13_700, None, "all of it was paid"),
        (lag_over, 13_701, None, "more than that was paid: nothing is paid back"),
        (lag_over + TimeDelta::days(20), 0, Some(13_700), "whenever it is looked at"),
    ] {
        assert_eq!(paid(&policy, &known, at, advance), payment, "{why}");
    }
    let (cover, later) = (&policy.product.covers[0], lag_over);
    let payment = in_advance(&terms(&policy, cover, &period, Paid::default()), &known, later, Trace::on());
    let payment = payment.expect("it is due");
    assert_eq!(payment.reason_code, "paid_in_advance");
    assert_eq!(payment.index.map(|(value, unit)| format!("{value} {unit}")), Some("110 mm".to_owned()));
    assert!(payment.trace.iter().any(|step| step.result.contains("up to the end of 2024-06-05")));
    assert!(!payment.may_be_final, "the period runs");
}

#[test]
fn a_period_that_runs_says_how_far_it_is() {
    let policy = with("137 CNY", SUM);
    let period = period(&policy);
    let known = learn(&period, (0..10).map(|of| (of, if of == 4 { 1_100 } else { 0 })));
    let at = day(&period, 10) + TimeDelta::days(3);
    let cover = &policy.product.covers[0];
    let terms = terms(&policy, cover, &period, Paid::default());
    let settled = settle(&terms, &known, at, Trace::off());
    assert_eq!((settled.reason_code, settled.amount.minor(), settled.may_be_final), ("pays_so_far", 13_700, false));
    assert!(settled.reason.ends_with("; more may be due, less cannot"), "{}", settled.reason);
    let payment = Pass::new(&known, at).in_advance(&terms).expect("it is due");
    let alone = in_advance(&terms, &known, at, Trace::off()).expect("it is due");
    assert_eq!(format!("{payment:?}"), format!("{alone:?}"), "in a pass as by itself");
    for said in [&settled, &payment] {
        let [source] = &said.sources()[..] else { panic!("one source") };
        assert_eq!((&*source.feed, &*source.station, source.variable.as_str()), ("gauge", "S", "precipitation"));
        assert_eq!((source.asked(), source.of(Disposition::Used)), (10, 10), "the days that are over");
    }
    let pipeline = &cover.limbs[0].pipeline;
    let ends = [-1, 1, 4, 5, 10, 40].map(|of| period.begins + TimeDelta::days(of));
    let until = index_until(&terms, pipeline, &known, at, &ends).expect("no anchor");
    let until = until.into_iter().map(|index| match index {
        Ok(Index::Number(value)) => Some(shown(value)),
        _ => None,
    });
    let of = |text: &str| Some(text.to_owned());
    assert_eq!(until.collect::<Vec<_>>(), [None, of("0"), of("0"), of("110"), of("110"), None]);
}

#[test]
fn a_gap_holds_back_what_lies_behind_it_alone() {
    let policy = with("0.01 CNY", SUM);
    let period = period(&policy);
    let days =
        |gap: usize| (0..12).filter(move |of| *of != gap).map(|of| (of, if of == 2 || of == 6 { 1_100 } else { 0 }));
    let at = day(&period, 12) + TimeDelta::days(3);
    for (gap, payment, why) in [
        (11, Some(164_400), "the last day is not there yet: 120 mm above the strike by the day before"),
        (7, Some(164_400), "behind both"),
        (6, Some(13_700), "the second one itself: the first is paid"),
        (3, Some(13_700), "between them"),
        (2, None, "the first one itself: nothing before it"),
        (0, None, "before all"),
    ] {
        assert_eq!(paid(&policy, &learn(&period, days(gap)), at, 0), payment, "{why}");
    }
    let mut filled = learn(&period, days(3));
    let filled_at = at + TimeDelta::hours(5);
    filled.learn(&"gauge".into(), &reading(&period, 3, 0, Vintage::Final), filled_at, 2);
    assert_eq!(paid(&policy, &filled, filled_at - TimeDelta::seconds(1), 13_700), None, "not known yet");
    assert_eq!(paid(&policy, &filled, filled_at, 13_700), Some(150_700), "what was held back is paid at once");
}

#[test]
fn under_a_consensus_every_source_must_have_told() {
    let data = r#"
        sources = ["gauge/{station}", "b/{station}", "c/{station}"]
        fallback = "consensus"
        quorum = 2
    "#;
    let agreeing = SUM.replace("every = \"1 d\"", "every = \"1 d\", agree_within = \"2 mm\"");
    let policy = policy(data, &format!("[[cover]]\nid = \"a\"\ninterim = \"0.01 CNY\"\n{agreeing}"));
    let period = period(&policy);
    let at = day(&period, 4) + TimeDelta::days(3);
    let told = |days: [usize; 3]| {
        let mut known = Knowledge::new();
        for (feed, days) in ["gauge", "b", "c"].into_iter().zip(days) {
            for of in 0..days {
                let tenths = if of < 2 { 600 } else { 0 };
                known.learn(&feed.into(), &reading(&period, of, tenths, Vintage::Final), day(&period, of + 1), 1);
            }
        }
        known
    };
    for (days, payment, why) in [
        ([4, 4, 4], Some(27_400), "all have told of both days: 120 mm"),
        ([4, 4, 2], Some(27_400), "the third is late behind them"),
        ([4, 4, 1], None, "the third is late with the second day: it may still turn the median"),
        ([4, 1, 4], None, "so is the second"),
    ] {
        assert_eq!(paid(&policy, &told(days), at, 0), payment, "{why}");
    }
    let mut apart = told([1, 1, 1]);
    for (feed, tenths) in [("gauge", 600), ("b", 700), ("c", 800)] {
        apart.learn(&feed.into(), &reading(&period, 1, tenths, Vintage::Final), day(&period, 2), 1);
    }
    assert_eq!(paid(&policy, &apart, at, 0), None, "no two agree on the second day: it is a gap");
}

#[test]
fn only_last_words_pay_where_the_terms_ask_for_them() {
    let final_only =
        policy(&format!("{ONE}\nvintage = \"final\""), &format!("[[cover]]\nid = \"a\"\ninterim = \"1 CNY\"\n{SUM}"));
    let any = with("1 CNY", SUM);
    let period = period(&any);
    let mut known = Knowledge::new();
    for of in 0..6 {
        known.learn(&"gauge".into(), &reading(&period, of, 300, Vintage::Provisional), day(&period, of + 1), 1);
    }
    let at = day(&period, 6) + TimeDelta::days(3);
    assert_eq!(paid(&any, &known, at, 0), Some(109_600), "180 mm as they are known");
    assert_eq!(paid(&final_only, &known, at, 0), None, "each may still be changed");
    let last_word = at + TimeDelta::days(1);
    for of in 0..5 {
        known.learn(&"gauge".into(), &reading(&period, of, 300, Vintage::Final), last_word, 2);
    }
    assert_eq!(paid(&final_only, &known, last_word, 0), Some(68_500), "150 mm: the sixth day is still open");
}

/// A loss of 1000 CNY on a day of a period.
fn loss(period: &Period, of: usize, vintage: Vintage) -> Reading {
    Reading {
        variable: Variable::from_name("modelled_loss").expect("known"),
        value: Some(Fixed::from_micros(1_000_000_000)),
        unit: Unit::from_symbol("CNY").expect("known"),
        ..reading(period, of, 0, vintage)
    }
}

#[test]
fn storms_and_reports_count_as_far_as_the_feed_was_heard() {
    let policy = with("1 CNY", REPORTS);
    let period = period(&policy);
    let loss = loss(&period, 4, Vintage::Final);
    let feed: Arc<str> = "gauge".into();
    let at = day(&period, 5) + TimeDelta::days(3);
    for (heard, payment, why) in [
        (None, None, "nothing was heard of the feed"),
        (Some(day(&period, 5) - TimeDelta::seconds(1)), None, "not to the end of the day"),
        (Some(day(&period, 5)), Some(100_000), "to the end of the day"),
    ] {
        let mut known = Knowledge::new();
        known.learn(&feed, &loss, day(&period, 5), 1);
        if let Some(heard) = heard {
            known.hear(&feed, at, heard);
        }
        assert_eq!(paid(&policy, &known, at, 0), payment, "{why}");
    }
}

/// A report that its source may still change holds back what lies behind it, where only last words count.
#[test]
fn reports_count_up_to_the_first_that_may_still_be_changed() {
    let data = format!("{ONE}\nvintage = \"final\"");
    let policy = policy(&data, &format!("[[cover]]\nid = \"a\"\ninterim = \"1 CNY\"\n{REPORTS}"));
    let period = period(&policy);
    let loss = |of: usize, vintage| loss(&period, of, vintage);
    let feed: Arc<str> = "gauge".into();
    let over = period.ends + TimeDelta::days(3);
    let whole = |known: &Knowledge| {
        let terms = terms(&policy, &policy.product.covers[0], &period, Paid::default());
        settle(&terms, known, over, Trace::off()).may_be_final
    };
    let mut known = Knowledge::new();
    known.hear(&feed, day(&period, 2), period.ends + TimeDelta::days(1));
    for (of, vintage) in [(1, Vintage::Final), (4, Vintage::Provisional), (8, Vintage::Final)] {
        known.learn(&feed, &loss(of, vintage), day(&period, of + 1), 1);
    }
    assert_eq!(paid(&policy, &known, over, 0), Some(100_000), "the first one; the third lies behind the second");
    assert!(!whole(&known), "the last word on the second is waited for");
    known.learn(&feed, &loss(4, Vintage::Final), over, 2);
    assert_eq!(paid(&policy, &known, over, 0), Some(300_000), "all three");
    assert!(whole(&known), "nothing is waited for");
}

/// A policy of two covers that pay in advance, under one aggregate, as a daemon would pay it.
fn course(policy: &Policy, known: &Knowledge, step: i64) -> (Vec<(usize, i64)>, Vec<Settlement>) {
    let period = period(policy);
    let (mut payments, mut advance, mut finals) = (Vec::new(), [0, 0], Vec::new());
    let before = |advance: &[i64; 2], finals: &[Settlement], own: usize| {
        let other = finals.get(1 - own).map_or(advance[1 - own], Settlement::paid);
        Paid { total: other, advance: advance[own], ..Paid::default() }
    };
    let over = period.ends + TimeDelta::days(3);
    let mut at = period.begins;
    while at < over {
        let mut pass = Pass::new(known, at);
        for (own, cover) in policy.product.covers.iter().enumerate() {
            let terms = terms(policy, cover, &period, before(&advance, &finals, own));
            let payment = pass.in_advance(&terms);
            let alone = in_advance(&terms, known, at, Trace::on());
            assert_eq!(payment.as_ref().map(|one| one.amount), alone.map(|one| one.amount), "shared or not");
            if let Some(payment) = payment {
                advance[own] += payment.amount.minor();
                payments.push((own, payment.amount.minor()));
            }
        }
        at += TimeDelta::hours(step);
    }
    for (own, cover) in policy.product.covers.iter().enumerate() {
        let terms = terms(policy, cover, &period, before(&advance, &finals, own));
        finals.push(settle(&terms, known, over, Trace::off()));
    }
    (payments, finals)
}

fn rain() -> impl Strategy<Value = Vec<i64>> {
    let day = prop_oneof![4 => Just(0_i64), 2 => 0..60_i64, 2 => 190..210_i64, 2 => 0..900_i64];
    proptest::collection::vec(day, DAYS)
}

proptest! {
    #![proptest_config(Config {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x51_7E21),
        ..Config::default()
    })]

    #[test]
    fn payments_and_balance_are_the_whole_and_no_limit_is_passed(
        days in rain(),
        (least, least_minor) in prop_oneof![Just(("0.01", 1)), Just(("50", 5_000)), Just(("700", 70_000))],
        step in prop_oneof![Just(6_i64), Just(24), Just(100)],
        seed in any::<u64>(),
    ) {
        let policy = policy(
            ONE,
            &format!(
                "[[cover]]\nid = \"a\"\ninterim = \"{least} CNY\"\n{SUM}\n[[cover]]\nid = \"b\"\ninterim = \"{least} CNY\"\n{EVENTS}"
            ),
        );
        let period = period(&policy);
        let known = learn(&period, days.iter().copied().enumerate());
        let (payments, finals) = course(&policy, &known, step);
        let mut paid_in_all = 0;
        for (own, last) in finals.iter().enumerate() {
            let own_payments = payments.iter().filter(|(of, _)| *of == own).map(|(_, minor)| *minor);
            let advance: i64 = own_payments.clone().sum();
            for payment in own_payments {
                prop_assert!(payment >= least_minor, "no payment below the least");
            }
            prop_assert!(last.may_be_final);
            prop_assert_eq!(last.advance.minor(), advance);
            prop_assert!(advance <= last.amount.minor(), "without a revision nothing is paid too much");
            let balance = fairgauge::settle::balance(last.amount.minor(), advance);
            prop_assert_eq!(advance + balance, last.amount.minor(), "payments and balance are the whole");
            prop_assert!(last.amount.minor() <= [450_000, 600_000][own], "the cover's own limit");
            paid_in_all += last.paid();
        }
        prop_assert!(paid_in_all <= 700_000, "the aggregate of the policy");

        // In whatever order readings of one instant were taken in, the same is paid.
        let mut shuffled: Vec<_> = days.iter().copied().enumerate().collect();
        shuffled.rotate_left(usize::try_from(seed % 30).expect("small"));
        shuffled.reverse();
        let again = course(&policy, &learn(&period, shuffled), step);
        prop_assert_eq!(&payments, &again.0);
        let whole = |finals: &[Settlement]| finals.iter().map(|last| last.amount.minor()).collect::<Vec<_>>();
        prop_assert_eq!(whole(&finals), whole(&again.1));
    }

    #[test]
    fn a_revision_never_makes_anything_payable_back(days in rain(), of in 0..DAYS, revised in 0..300_i64) {
        let policy = with("0.01 CNY", SUM);
        let (period, cover) = (period(&policy), &policy.product.covers[0]);
        let mut known = learn(&period, days.iter().copied().enumerate());
        let at = period.ends + TimeDelta::days(2);
        let advance = paid(&policy, &known, at, 0).unwrap_or(0);
        known.learn(&"gauge".into(), &reading(&period, of, revised, Vintage::Final), at + TimeDelta::hours(1), 2);
        let over = period.ends + TimeDelta::days(3);
        let last = settle(&terms(&policy, cover, &period, Paid { advance, ..Paid::default() }), &known, over, Trace::off());
        let untouched = settle(&terms(&policy, cover, &period, Paid::default()), &known, over, Trace::off());
        prop_assert_eq!(last.amount, untouched.amount, "the whole does not hang on what was paid of it");
        let payable = fairgauge::settle::balance(last.amount.minor(), advance);
        prop_assert!(payable >= 0);
        prop_assert_eq!(last.paid(), advance.max(last.amount.minor()));
        prop_assert_eq!(last.reason.contains("more than is due"), advance > last.amount.minor());
    }
}
