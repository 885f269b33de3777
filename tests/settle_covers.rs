//! Covers from term sheet to amount: gates, limbs, modifiers, anchors, swaps, limits, what another cover paid, and when
//! what is said of them is final. Forty days of rain, 10000 CNY insured.

#[path = "support/bound.rs"]
mod bound;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::calendar::Period;
use fairgauge::contract::Policy;
use fairgauge::index::Trace;
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Fixed, Variable};
use fairgauge::settle::{Outcome, Paid, Settlement, Terms, settle};

const SUM: &str = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#;
const MOST: &str = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "max" } ]"#;

/// A policy of a product with these covers; `data` is said in [data] besides.
fn policy(covers: &str, data: &str) -> Arc<Policy> {
    policy_from("2024-06-01,2024-07-10", covers, data)
}

fn policy_from(days: &str, covers: &str, data: &str) -> Arc<Policy> {
    let product = format!(
        r#"
        [product]
        id = "p"
        version = 1
        name = "Covers"
        currency = "CNY"
        day = {{ zone = "UTC", starts = "00:00" }}
        [exposure]
        sum_insured = "policy"
        [policy]
        station = "station"
        opening_day = "date"
        [data]
        sources = ["gauge/{{station}}"]
        missing = {{ at_most = "10 %", longest = "2 d" }}
        {data}
        [settlement]
        lag = "2 d"
        longest_wait = "10 d"
        rounding = "half_up"
        {covers}
        "#
    );
    let row = format!(
        "policy,product,insured,from,to,sum_insured,station,opening_day\nP,p@1,A,{days},10000 CNY,S,2024-06-11\n"
    );
    bound::policy(product, row)
}

fn cover(besides: &str, index: &str, payout: &str) -> String {
    format!("[[cover]]\nid = \"a\"\nwindow = \"cover\"\n{besides}\n{index}\npayout = {payout}\n")
}

fn period(policy: &Policy) -> Period {
    Period::new(policy.cover, &policy.product.day)
}

fn reading(period: &Period, day: i64, tenths: i64, vintage: Vintage) -> Reading {
    let start = period.begins + TimeDelta::days(day);
    Reading {
        station: "S".into(),
        variable: Variable::Precipitation,
        start,
        end: start + TimeDelta::days(1),
        value: Some(Fixed::from_micros(tenths * 100_000)),
        unit: Variable::Precipitation.own_unit(),
        vintage,
    }
}

/// Dry days but for these, in tenths of a millimetre; each known when it is over.
fn rain(period: &Period, wet: &[(i64, i64)]) -> Knowledge {
    let mut known = Knowledge::new();
    let feed: Arc<str> = "gauge".into();
    for day in 0..40 {
        let tenths = wet.iter().find(|(on, _)| *on == day).map_or(0, |(_, tenths)| *tenths);
        let reading = reading(period, day, tenths, Vintage::Final);
        known.learn(&feed, &reading, reading.end, 1);
    }
    known
}

fn settled_at(policy: &Policy, cover: &str, known: &Knowledge, paid: Paid, as_of: DateTime<Utc>) -> Settlement {
    let period = period(policy);
    let cover = policy.product.covers.iter().find(|one| one.id == cover).expect("a cover of the product");
    let terms = Terms { policy, cover, period: &period, bound_at: period.begins, paid };
    let settlement = settle(&terms, known, as_of, Trace::on());
    // Whatever comes out, it is told part by part as in one sentence, and the way ends with it.
    assert_eq!(settlement.why.to_string(), settlement.reason);
    assert_eq!(settlement.trace.last().map(|step| &*step.block), Some("outcome"));
    settlement
}

fn late(policy: &Policy) -> DateTime<Utc> {
    period(policy).ends + TimeDelta::days(11)
}

/// The first cover when all waiting is over and nothing was paid before: amount in minor units, reason.
fn settled(policy: &Policy, wet: &[(i64, i64)]) -> (i64, &'static str, String) {
    let known = rain(&period(policy), wet);
    let settlement = settled_at(policy, "a", &known, Paid::default(), late(policy));
    assert_eq!(settlement.outcome == Outcome::Pays, settlement.amount.minor() != 0);
    assert!(settlement.may_be_final);
    (settlement.amount.minor(), settlement.reason_code, settlement.reason)
}

#[test]
fn modifiers_change_what_a_shape_pays() {
    let deficit = |modifiers: &str| {
        policy(
            &cover(
                "",
                SUM,
                &format!(r#"{{ when = "<", strike = "100 mm", tick = "50 CNY/mm", limit = "50 %"{modifiers} }}"#),
            ),
            "",
        )
    };
    for (modifiers, tenths, minor, code, why) in [
        ("", 1_000, 0, "strike_not_reached", "at the strike"),
        ("", 999, 500, "strike_reached", "0.1 mm below it"),
        (r#", deductible = "100 CNY""#, 980, 0, "below_deductible", "100 CNY less 100 CNY"),
        (r#", deductible = "100 CNY""#, 979, 500, "strike_reached", "105 CNY less 100 CNY"),
        (r#", franchise = "100 CNY""#, 981, 0, "below_franchise", "95 CNY"),
        (r#", franchise = "100 CNY""#, 980, 10_000, "strike_reached", "100 CNY are at the franchise"),
        (r#", minimum = "100 CNY""#, 999, 10_000, "strike_reached", "5 CNY are raised"),
        (r#", minimum = "100 CNY""#, 1_000, 0, "strike_not_reached", "nothing is not raised"),
        (r#", by_date = [ { from = "06-01", times = "40 %" } ]"#, 900, 20_000, "strike_reached", "40 % of 500 CNY"),
        (r#", by_date = [ { from = "06-02", times = "40 %" } ]"#, 900, 0, "outside_dates", "the period begins before"),
    ] {
        let (got, reason_code, reason) = settled(&deficit(modifiers), &[(3, tenths)]);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
    }
}

/// Of which a modifier leaves nothing reached what was needed all the same.
#[test]
fn an_event_that_a_modifier_takes_says_so() {
    const EACH: &str = r#"index = [ { read = "precipitation", every = "1 d" }, { per = "value" } ]"#;
    let heavy = |modifiers: &str| {
        let payout = format!(r#"{{ when = ">=", strike = "50 mm", pays = "20 %"{modifiers} }}"#);
        policy(&cover(r#"events = { pay = "each", limit = "100 %" }"#, EACH, &payout), "")
    };
    let dates = r#", by_date = [ { from = "06-10", times = "50 %" } ]"#;
    let half = r#", by_date = [ { from = "06-01", times = "50 %" }, { from = "07-01", times = "100 %" } ], deductible = "10 %""#;
    for (modifiers, wet, minor, code, words, why) in [
        ("", &[(3, 500)][..], 200_000, "strike_reached", "pays most", "one of forty days"),
        ("", &[(3, 499)], 0, "strike_not_reached", "none reaches >= 50 mm", "a tenth below"),
        (dates, &[(3, 500)], 0, "outside_dates", "reaches >= 50 mm, but nothing is due: by date 0 %", "too early"),
        (dates, &[(3, 900), (9, 500)], 100_000, "strike_reached", "of 2024-06-10 with 50 mm", "the later one pays"),
        (half, &[(3, 500)], 0, "below_deductible", "less the deductible", "10 % less 10 %"),
    ] {
        let (got, reason_code, reason) = settled(&heavy(modifiers), wet);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
        assert!(reason.contains(words), "{why}: {reason}");
    }
}

/// Of forty days those have a step of the way that matter; of few events all.
#[test]
fn the_way_of_many_events_stays_short() {
    let index = |runs: &str| format!(r#"index = [ {{ read = "precipitation", every = "1 d" }}, {runs} ]"#);
    let runs = index(r#"{ in_runs = "> 0 mm", at_least = "1 d" }, { per = "run", take = "max" }"#);
    for (index, steps, why) in [
        (index(r#"{ per = "value" }"#), 1, "forty days, one of which pays"),
        (runs, 2, "two wet days, one of which pays"),
    ] {
        let payout = r#"{ when = ">=", strike = "50 mm", pays = "20 %" }"#;
        let policy = policy(&cover(r#"events = { pay = "largest" }"#, &index, payout), "");
        let known = rain(&period(&policy), &[(3, 500), (8, 20)]);
        let settlement = settled_at(&policy, "a", &known, Paid::default(), late(&policy));
        let told = settlement.trace.iter().filter(|step| step.block.starts_with("event "));
        assert_eq!(told.count(), steps, "{why}");
    }
}

#[test]
fn a_swap_pays_in_both_directions() {
    let swap = |when: &str| {
        policy(
            &cover(
                "",
                SUM,
                &format!(
                    r#"{{ swap = "100 mm", tick = "50 CNY/mm", when = "{when}", most = "10 %", least = "400 CNY" }}"#
                ),
            ),
            "",
        )
    };
    for (when, tenths, minor, code, says, why) in [
        ("<", 1_000, 0, "strike_not_reached", "nobody owes", "at the level"),
        ("<", 990, 5_000, "strike_reached", "the insured receives", "below it"),
        ("<", 1_010, -5_000, "insured_owes", "the insured owes", "above it"),
        ("<", 700, 100_000, "strike_reached", "the insured receives", "the most is 10 %"),
        ("<", 1_100, -40_000, "insured_owes", "the insured owes", "the least"),
        (">", 1_010, 5_000, "strike_reached", "the insured receives", "turned round"),
        (">", 990, -5_000, "insured_owes", "the insured owes", "turned round"),
    ] {
        let (got, reason_code, reason) = settled(&swap(when), &[(3, tenths)]);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
        assert!(reason.contains(says), "{reason}");
    }
}

#[test]
fn gates_decide_whether_a_cover_pays() {
    let gate = |id: &str, holds: &str| format!("[[cover.gate]]\nid = \"{id}\"\n{MOST}\nholds = \"{holds}\"\n");
    let pays = r#"{ when = "<", strike = "100 mm", pays = "30 %" }"#;
    let one = policy(&format!("{}{}", cover("", SUM, pays), gate("calm", "< 50 mm")), "");
    let both = |rule: &str| {
        let cover = cover(&format!("gates = \"{rule}\""), SUM, pays);
        policy(&format!("{cover}{}{}", gate("calm", "< 50 mm"), gate("wet", ">= 10 mm")), "")
    };
    for (policy, tenths, minor, code, why) in [
        (&one, 499, 300_000, "strike_reached", "the gate holds"),
        (&one, 500, 0, "gate_closed", "at its bound it does not"),
        (&one, 1_000, 0, "gate_closed", "nor does the strike"),
        (&both("all"), 100, 300_000, "strike_reached", "both hold"),
        (&both("all"), 99, 0, "gate_closed", "the second does not"),
        (&both("any"), 99, 300_000, "strike_reached", "the first is enough"),
        (&both("any"), 500, 300_000, "strike_reached", "the second is enough"),
    ] {
        let (got, reason_code, reason) = settled(policy, &[(3, tenths)]);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
    }
    let (_, _, reason) = settled(&one, &[(3, 500)]);
    assert_eq!(reason, "gate calm: 50 mm is not < 50 mm");
}

/// No run, no listed day: nothing happened, which is no gap in what is known.
#[test]
fn where_nothing_qualifies_nothing_is_due() {
    let pays = r#"{ when = ">=", strike = "20 mm", pays = "30 %" }"#;
    let runs = r#"index = [ { read = "precipitation", every = "1 d" }, { in_runs = ">= 10 mm", at_least = "2 d" }, { reduce = "max" } ]"#;
    let policy_of = |index: &str| policy(&cover("", index, pays), "");
    for (wet, minor, code, why) in [
        (vec![(3, 100)], 0, "nothing_qualifies", "a single day is no run"),
        (vec![(3, 100), (4, 100)], 0, "strike_not_reached", "a run of small rains"),
        (vec![(3, 100), (4, 200)], 300_000, "strike_reached", "a run with 20 mm in it"),
    ] {
        let (got, reason_code, reason) = settled(&policy_of(runs), &wet);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
    }
    let gate = format!("[[cover.gate]]\nid = \"spell\"\n{runs}\nholds = \">= 0 mm\"\n");
    let gated = policy(&format!("{}{gate}", cover("", SUM, r#"{ when = "<", strike = "100 mm", pays = "30 %" }"#)), "");
    assert_eq!(settled(&gated, &[(3, 100)]).1, "gate_closed", "a gate of which nothing qualifies does not hold");
    assert_eq!(settled(&gated, &[(3, 100), (4, 100)]).1, "strike_reached", "there is a run");
}

/// The missing rule looks at the days that count, not at those that a list leaves out.
#[test]
fn days_that_are_not_listed_may_be_missing() {
    let listed = r#"index = [ { read = "precipitation", every = "1 d" }, { only_on = ["2024-06-03", "2024-06-20"] }, { reduce = "max" } ]"#;
    let policy = policy(&cover("", listed, r#"{ when = ">=", strike = "20 mm", pays = "30 %" }"#), "");
    let settled_without = |missing: &[i64]| {
        let (period, feed): (_, Arc<str>) = (period(&policy), "gauge".into());
        let mut known = Knowledge::new();
        for day in (0..40).filter(|day| !missing.contains(day)) {
            let reading = reading(&period, day, 200, Vintage::Final);
            known.learn(&feed, &reading, reading.end, 1);
        }
        settled_at(&policy, "a", &known, Paid::default(), late(&policy)).reason_code
    };
    for (missing, code, why) in [
        (vec![], "strike_reached", "all there"),
        (vec![4, 5, 6, 7, 8, 9, 10, 11], "strike_reached", "8 days on end that are not listed"),
        (vec![2], "too_many_missing", "one of the two that are: half of what counts"),
    ] {
        assert_eq!(settled_without(&missing), code, "{why}");
    }
}

/// Every cover but a month's looks at the same days in other years; a month is a month there too.
#[test]
fn a_month_is_compared_with_the_whole_month_of_other_years() {
    let index = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" }, { compare = "percent_of_mean", baseline = { from = 2020, to = 2020, need = 1 }, round = "0.1 %", mode = "half_up" } ]"#;
    let cover = cover("", index, r#"{ when = "<", strike = "97 %", pays = "30 %" }"#);
    for (cover, index, why) in [
        (cover.clone(), "100", "28 days as well"),
        (cover.replace("\"cover\"", "{ each = \"month\" }"), "96.6", "28 days against the 29 of February 2020"),
    ] {
        let policy = policy_from("2023-02-01,2023-02-28", &cover, "");
        let (period, mut known) = (period(&policy), Knowledge::new());
        for day in (0..28).chain(-1096..-1067) {
            let reading = reading(&period, day, 10, Vintage::Final);
            known.learn(&"gauge".into(), &reading, reading.end, 1);
        }
        let settlement = settled_at(&policy, "a", &known, Paid::default(), late(&policy));
        assert_eq!(settlement.index.map(|(value, _)| value), Some(index.to_owned()), "{why}");
    }
}

#[test]
fn limbs_are_best_added_up_or_exclusive() {
    let limb = |id: &str, strike: &str, pays: &str| {
        format!(
            "[[cover.limb]]\nid = \"{id}\"\n{SUM}\npayout = {{ when = \">=\", strike = \"{strike} mm\", pays = \"{pays} %\" }}\n"
        )
    };
    let limbs = |head: &str| {
        let limbs = [limb("low", "50", "20"), limb("high", "100", "30")].concat();
        policy(&format!("[[cover]]\nid = \"a\"\nwindow = \"cover\"\n{head}\n{limbs}"), "")
    };
    let sum = |limit: &str| format!("combine = \"sum\"\nlimit = {{ period = \"{limit} %\" }}");
    for (head, tenths, minor, why) in [
        ("combine = \"best\"", 1_000, 300_000, "the better one"),
        ("combine = \"first\"", 1_000, 200_000, "the first one that pays"),
        ("combine = \"first\"", 499, 0, "none pays"),
        (&*sum("50"), 1_000, 500_000, "20 and 30 %, exactly the limit"),
        (&*sum("49"), 1_000, 490_000, "cut by the limit of the period"),
        (&*sum("49"), 999, 200_000, "only one pays"),
    ] {
        let (got, _, reason) = settled(&limbs(head), &[(3, tenths)]);
        assert_eq!(got, minor, "{why}: {reason}");
    }
    let (_, _, reason) = settled(&limbs(&sum("49")), &[(3, 1_000)]);
    assert_eq!(reason, "100 mm is >= 50 mm; and 100 mm is >= 100 mm; cut to the most that one period pays");
    let policy = limbs("combine = \"best\"");
    let settlement = settled_at(&policy, "a", &rain(&period(&policy), &[]), Paid::default(), late(&policy));
    assert_eq!(settlement.trigger, ">= 50 mm, or >= 100 mm");
    let named = settlement.trace.iter().filter(|step| step.block.starts_with("limb ")).count();
    assert_eq!(named, 2, "each is named on the way");
}

/// Opening day 11 June, two days before to five behind: 9 to 16 June, the eighth to the fifteenth day.
#[test]
fn an_anchored_cover_looks_at_its_days_only() {
    let window = r#"window = { anchor = "{opening_day}", from = "-2 d", to = "5 d" }"#;
    let pays = r#"payout = { when = ">", strike = "0 mm", tick = "10 CNY/mm", limit = "50 %" }"#;
    let policy = policy(&format!("[[cover]]\nid = \"a\"\n{window}\n{SUM}\n{pays}\n"), "");
    for (day, minor, why) in [
        (7, 0, "8 June is before"),
        (8, 1_000, "9 June is the first"),
        (15, 1_000, "16 June is the last"),
        (16, 0, "17 June is behind"),
    ] {
        assert_eq!(settled(&policy, &[(day, 10)]).0, minor, "{why}");
    }
    let known = rain(&period(&policy), &[(8, 10)]);
    let settlement = settled_at(&policy, "a", &known, Paid::default(), late(&policy));
    let anchor = settlement.trace.iter().find(|step| step.block == "anchor").expect("it is told");
    assert_eq!(anchor.result, "2024-06-11, given by the book: 2024-06-09 to 2024-06-16 are looked at");
    let early = settled_at(&policy, "a", &known, Paid::default(), period(&policy).ends - TimeDelta::days(1));
    assert_eq!((early.outcome, early.reason_code), (Outcome::Undetermined, "period_running"), "nothing before the end");
}

/// 40 % is due by the payout. Each row: limits, what was paid before (all, by the cover, in the period), what is left.
#[test]
fn limits_cut_in_their_order_and_say_so() {
    let product = |besides: &str, limit: &str| {
        policy(&format!("{}{limit}", cover(besides, SUM, r#"{ when = ">", strike = "1 mm", pays = "40 %" }"#)), "")
    };
    let (period_30, cover_50) = ("limit = { period = \"30 %\" }", "limit = { period = \"30 %\", cover = \"50 %\" }");
    let (plain, twice) = ("[limit]\naggregate = \"100 %\"\n", "[limit]\naggregate = \"60 %\"\nreinstatements = 1\n");
    for (besides, limit, [total, by_cover, in_period], minor, code, says, why) in [
        ("", "", [0, 0, 0], 400_000, "strike_reached", "> 1 mm", "no limit"),
        (period_30, "", [0, 0, 0], 300_000, "strike_reached", "the most that one period pays", "of the period"),
        (cover_50, "", [0, 200_000, 0], 300_000, "strike_reached", "the most that one", "exactly what is left"),
        (cover_50, "", [0, 200_001, 0], 299_999, "strike_reached", "left of the cover's limit", "a cent less"),
        (cover_50, "", [0, 500_000, 0], 0, "limit_used_up", "nothing is left of the cover's limit", "used up"),
        (cover_50, plain, [800_000, 200_000, 0], 200_000, "strike_reached", "the policy's limit", "of the policy"),
        (cover_50, plain, [1_000_000, 0, 0], 0, "limit_used_up", "nothing is left of the policy's limit", "used up"),
        ("", plain, [600_000, 0, 0], 400_000, "strike_reached", "> 1 mm", "exactly what is left"),
        ("", twice, [0, 0, 200_000], 400_000, "strike_reached", "> 1 mm", "60 % of a period, 20 % of it paid"),
        ("", twice, [0, 0, 200_001], 399_999, "strike_reached", "the policy's limit", "a cent less of the period"),
        ("", twice, [800_000, 0, 0], 400_000, "strike_reached", "> 1 mm", "120 % in all, 80 % of it paid"),
        ("", twice, [800_001, 0, 0], 399_999, "strike_reached", "the policy's limit", "a cent less of all"),
        ("", twice, [1_200_000, 0, 0], 0, "limit_used_up", "nothing is left", "reinstated once, and used up"),
    ] {
        let policy = product(besides, limit);
        let known = rain(&period(&policy), &[(3, 20)]);
        let paid = Paid { total, by_cover, in_period, ..Paid::default() };
        let settlement = settled_at(&policy, "a", &known, paid, late(&policy));
        assert_eq!((settlement.amount.minor(), settlement.reason_code), (minor, code), "{why}: {}", settlement.reason);
        assert!(settlement.reason.contains(says), "{why}: {}", settlement.reason);
    }
    let policy = product("limit = { period = \"3999.995 CNY\" }", "");
    let settlement = settled_at(&policy, "a", &rain(&period(&policy), &[(3, 20)]), Paid::default(), late(&policy));
    let told = (settlement.amount.minor(), settlement.reason.contains("the most that"));
    assert_eq!(told, (400_000, false), "what changes no minor unit is not told");
    let policy = product(cover_50, plain);
    let known = rain(&period(&policy), &[(3, 20)]);
    let paid = Paid { total: 850_000, by_cover: 250_000, ..Paid::default() };
    let settlement = settled_at(&policy, "a", &known, paid, late(&policy));
    let told: Vec<_> = settlement.trace.iter().map(|step| format!("{}: {}", step.block, step.result)).collect();
    assert!(!told.iter().any(|step| step.starts_with("limb ")), "the only one is not named");
    assert_eq!(
        told[told.len() - 4..],
        [
            "limit of the period: 3000 CNY: 3000 CNY",
            "limit of the cover: 5000 CNY for all periods, 2,500.00 CNY paid before, 2500 CNY left",
            "aggregate: 10000 CNY for all, 8,500.00 CNY paid before, 1500 CNY left",
            "outcome: pays: 1,500.00 CNY",
        ]
    );
}

#[test]
fn what_another_cover_paid_is_subtracted_once_it_is_final() {
    let pays = |id: &str, besides: &str, share: &str| {
        format!(
            "[[cover]]\nid = \"{id}\"\nwindow = \"cover\"\n{besides}\n{SUM}\npayout = {{ when = \">\", strike = \"1 mm\", pays = \"{share} %\" }}\n"
        )
    };
    let policy = policy(&[pays("advance", "", "20"), pays("a", "less = \"advance\"", "40")].concat(), "");
    let known = rain(&period(&policy), &[(3, 20)]);
    for (advance, outcome, minor, code, says, is_final, why) in [
        (None, Outcome::Undetermined, 0, "waits_for_other", "cover advance", false, "nothing is known of the other"),
        (Some(None), Outcome::Undetermined, 0, "waits_for_other", "not final yet", false, "it is not final"),
        (Some(Some(0)), Outcome::Pays, 400_000, "strike_reached", "> 1 mm", true, "it paid nothing"),
        (
            Some(Some(200_000)),
            Outcome::Pays,
            200_000,
            "strike_reached",
            "less the 2,000.00 CNY that cover advance paid",
            true,
            "the balance",
        ),
        (Some(Some(399_999)), Outcome::Pays, 1, "strike_reached", "less the", true, "a cent is left"),
        (
            Some(Some(400_000)),
            Outcome::NothingDue,
            0,
            "paid_by_other",
            "cover advance paid 4,000.00 CNY already",
            true,
            "nothing is left",
        ),
    ] {
        let same_period = advance.map(|minor| ("advance".to_owned(), minor)).into_iter().collect();
        let paid = Paid { same_period, ..Paid::default() };
        let got = settled_at(&policy, "a", &known, paid, late(&policy));
        assert_eq!((got.outcome, got.amount.minor(), got.reason_code), (outcome, minor, code), "{why}: {}", got.reason);
        assert!(got.reason.contains(says), "{why}: {}", got.reason);
        assert_eq!(got.may_be_final, is_final, "{why}");
    }
}

#[test]
fn what_rounds_to_nothing_says_so() {
    let policy =
        policy(&cover("", SUM, r#"{ when = ">", strike = "1 mm", tick = "0.01 CNY/mm", limit = "50 %" }"#), "");
    for (tenths, minor, code, why) in [
        (14, 0, "rounds_to_nothing", "0.004 CNY"),
        (15, 1, "strike_reached", "half a cent is one"),
        (10, 0, "strike_not_reached", "nothing at all"),
    ] {
        let (got, reason_code, reason) = settled(&policy, &[(3, tenths)]);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
    }
}

/// Days behind the period's end, all readings there but the last day's: when it is final, and what counts.
#[test]
fn a_cover_may_be_final_at_its_own_time() {
    let pays = r#"{ when = ">", strike = "1 mm", pays = "40 %" }"#;
    let look = |besides: &str, data: &str, learned: i64, days: i64| {
        let policy = policy(&cover(besides, SUM, pays), data);
        let period = period(&policy);
        let mut known = Knowledge::new();
        let feed: Arc<str> = "gauge".into();
        for day in 0..39 {
            let reading = reading(&period, day, 0, Vintage::Final);
            known.learn(&feed, &reading, reading.end, 1);
        }
        let last = reading(&period, 39, 20, Vintage::Final);
        known.learn(&feed, &last, period.ends + TimeDelta::days(learned), 1);
        let got = settled_at(&policy, "a", &known, Paid::default(), period.ends + TimeDelta::days(days));
        (got.outcome, got.may_be_final)
    };
    let (pays, nothing, open) = (Outcome::Pays, Outcome::NothingDue, Outcome::Undetermined);
    for (besides, data, learned, days, told, why) in [
        ("", "", 1, 1, (pays, false), "all is there, the lag is not over"),
        ("", "", 1, 2, (pays, true), "the lag is over"),
        ("", "", 10, 9, (open, false), "readings are waited for"),
        ("", "", 11, 10, (nothing, true), "the longest wait is over"),
        ("lag = \"5 d\"", "", 1, 4, (pays, false), "its own lag is not over"),
        ("lag = \"5 d\"", "", 1, 5, (pays, true), "its own lag is over"),
        ("longest_wait = \"20 d\"", "", 11, 11, (pays, true), "it waits longer"),
        ("longest_wait = \"20 d\"", "", 21, 19, (open, false), "but is not there yet"),
        ("", "cut_off = \"4 d\"", 4, 5, (pays, true), "learned on the day of the cut-off"),
        ("", "cut_off = \"4 d\"", 5, 5, (nothing, true), "learned later: it does not count"),
        ("", "cut_off = \"4 d\"", 5, 3, (open, false), "before the cut-off it is waited for"),
    ] {
        assert_eq!(look(besides, data, learned, days), told, "{why}");
    }
}

#[test]
fn a_reason_says_how_the_index_stands() {
    let digital = r#"{ when = ">", strike = "1 mm", pays = "40 %" }"#;
    let bands = r#"{ closed = "below", bands = [ { to = "8 mm", pays = "0 %" }, { from = "8 mm", pays = "20 %" } ] }"#;
    let swap = r#"{ swap = "100 mm", tick = "50 CNY/mm", when = ">", most = "10 %", least = "400 CNY" }"#;
    for (payout, tenths, says) in [
        (digital, 10, "1 mm is not > 1 mm"),
        (digital, 11, "1.1 mm is > 1 mm"),
        (bands, 80, "8 mm lies in the band "),
        (swap, 1_001, "100.1 mm against the level 100 mm: the insured receives"),
        (swap, 1_000, "100 mm against the level 100 mm: nobody owes"),
        (swap, 999, "99.9 mm against the level 100 mm: the insured owes"),
    ] {
        let (_, _, reason) = settled(&policy(&cover("", SUM, payout), ""), &[(3, tenths)]);
        assert!(reason.starts_with(says), "{reason}");
    }
}

/// The whole period is there at its very end, where its last reading is known by then.
#[test]
fn a_period_runs_up_to_its_end() {
    let policy = policy(&cover("", SUM, r#"{ when = "<", strike = "5 mm", pays = "40 %" }"#), "");
    let period = period(&policy);
    let known = rain(&period, &[(3, 20)]);
    for (before, outcome, trigger) in [(1, Outcome::Undetermined, "< 5 mm"), (0, Outcome::Pays, "< 5 mm")] {
        let at = period.ends - TimeDelta::seconds(before);
        let settlement = settled_at(&policy, "a", &known, Paid::default(), at);
        assert_eq!((settlement.outcome, &*settlement.trigger), (outcome, trigger), "{before} s before its end");
    }
}

/// Whether readings that lack are waited for no longer: also told of what is determined, as it was without them.
#[test]
fn what_was_waited_out_says_so() {
    let policy = policy(&cover("", SUM, r#"{ when = "<", strike = "5 mm", pays = "40 %" }"#), "");
    let period = period(&policy);
    for (days, wait, outcome, waited_out, why) in [
        (40, 10, Outcome::Pays, false, "nothing lacks"),
        (39, 10, Outcome::Pays, true, "a day lacks, which the terms tolerate"),
        (30, 10, Outcome::Undetermined, true, "ten days lack, which they do not"),
        (30, 9, Outcome::Undetermined, false, "they are waited for"),
    ] {
        let mut known = Knowledge::new();
        for day in 0..days {
            let reading = reading(&period, day, 1, Vintage::Final);
            known.learn(&"gauge".into(), &reading, reading.end, 1);
        }
        let at = period.ends + TimeDelta::days(wait);
        let settlement = settled_at(&policy, "a", &known, Paid::default(), at);
        assert_eq!((settlement.outcome, settlement.waited_out), (outcome, waited_out), "{why}");
    }
}

/// Only last words count: what may still change is waited for.
#[test]
fn a_cover_on_final_readings_waits_for_them() {
    let pays = r#"{ when = ">", strike = "1 mm", pays = "40 %" }"#;
    let look = |besides: &str, data: &str, days: i64| {
        let policy = policy(&cover(besides, SUM, pays), data);
        let period = period(&policy);
        let mut known = Knowledge::new();
        let feed: Arc<str> = "gauge".into();
        for day in 0..45 {
            let reading = reading(&period, day, 1, Vintage::Provisional);
            known.learn(&feed, &reading, reading.end, 1);
        }
        for day in 0..45 {
            let reading = reading(&period, day, 1, Vintage::Final);
            known.learn(&feed, &reading, period.ends + TimeDelta::days(6), 1);
        }
        let got = settled_at(&policy, "a", &known, Paid::default(), period.ends + TimeDelta::days(days));
        (got.outcome, got.may_be_final)
    };
    let (own, product) = ("vintage = \"final\"", "vintage = \"final\"");
    for (besides, data, days, told, why) in [
        ("", "", 2, (Outcome::Pays, true), "provisional ones are good enough"),
        (own, "", 5, (Outcome::Undetermined, false), "none is final yet"),
        (own, "", 6, (Outcome::Pays, true), "all are"),
        ("", product, 5, (Outcome::Undetermined, false), "the product asks for it"),
        ("vintage = \"any\"", product, 5, (Outcome::Pays, true), "the cover does not"),
    ] {
        assert_eq!(look(besides, data, days), told, "{why}");
    }
}
