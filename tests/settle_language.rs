//! Covers on what the index language makes: events of a series in a grid, a layer of a loss, a wait, an anchor that is
//! searched, sources that must agree, amounts that the book gives. Forty days, 10000 USD insured.

#[path = "support/bound.rs"]
mod bound;

use std::sync::Arc;

use chrono::TimeDelta;
use fairgauge::calendar::Period;
use fairgauge::contract::Policy;
use fairgauge::index::Trace;
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Fixed, Unit, Variable};
use fairgauge::settle::{Paid, Settlement, Terms, contest, settle};

fn policy(covers: &str, sources: &str, data: &str) -> Arc<Policy> {
    let product = format!(
        r#"
        [product]
        id = "p"
        version = 1
        name = "Language"
        currency = "USD"
        day = {{ zone = "UTC", starts = "00:00" }}
        [exposure]
        sum_insured = "policy"
        [policy]
        station = "station"
        payment = "USD"
        share = "%"
        [data]
        sources = {sources}
        missing = {{ at_most = "10 %", longest = "2 d" }}
        {data}
        [settlement]
        lag = "0 d"
        contest = "3 d"
        longest_wait = "10 d"
        rounding = "half_up"
        {covers}
        "#
    );
    let row = "policy,product,insured,from,to,sum_insured,station,payment,share\n\
        P,p@1,A,2024-06-01,2024-07-10,10000 USD,S,1234.5 USD,7 %\n";
    bound::policy(product, row)
}

fn cover(head: &str, index: &str, payout: &str) -> String {
    let window = if head.contains("window") { "" } else { "window = \"cover\"\n" };
    format!("[[cover]]\nid = \"a\"\n{window}{head}\nindex = {index}\npayout = {payout}\n")
}

fn one(head: &str, index: &str, payout: &str) -> Arc<Policy> {
    policy(&cover(head, index, payout), "[\"gauge/{station}\"]", "")
}

fn period(policy: &Policy) -> Period {
    Period::new(policy.cover, &policy.product.day)
}

fn learn(known: &mut Knowledge, feed: &str, policy: &Policy, day: i64, tenths: i64, variable: (Variable, &str)) {
    let start = period(policy).begins + TimeDelta::days(day);
    let reading = Reading {
        station: "S".into(),
        variable: variable.0,
        start,
        end: start + TimeDelta::days(1),
        value: Some(Fixed::from_micros(tenths * 100_000)),
        unit: Unit::from_symbol(variable.1).expect("known"),
        vintage: Vintage::Final,
    };
    known.learn(&feed.into(), &reading, reading.end, 1);
}

/// Dry days but for these, in tenths of a millimetre.
fn rain(policy: &Policy, feed: &str, known: &mut Knowledge, wet: &[(i64, i64)]) {
    for day in 0..41 {
        let tenths = wet.iter().find(|(on, _)| *on == day).map_or(0, |(_, tenths)| *tenths);
        learn(known, feed, policy, day, tenths, (Variable::Precipitation, "mm"));
    }
}

fn settled(policy: &Policy, known: &Knowledge) -> Settlement {
    let period = period(policy);
    let cover = &policy.product.covers[0];
    let terms = Terms { policy, cover, period: &period, bound_at: period.begins, paid: Paid::default() };
    let settlement = settle(&terms, known, period.ends + TimeDelta::days(11), Trace::on());
    assert_eq!(settlement.why.to_string(), settlement.reason);
    settlement
}

fn on_rain(policy: &Policy, wet: &[(i64, i64)]) -> (i64, &'static str, String) {
    let mut known = Knowledge::new();
    rain(policy, "gauge", &mut known, wet);
    let settlement = settled(policy, &known);
    (settlement.amount.minor(), settlement.reason_code, settlement.reason)
}

const DAILY: &str = r#"{ read = "precipitation", every = "1 d" }"#;

/// Runs of days with 10 mm and more; the day is that on which the run begins.
#[test]
fn events_of_a_series_are_paid_in_their_order() {
    let runs = format!(r#"[ {DAILY}, {{ in_runs = ">= 10 mm", at_least = "1 d" }}, {{ per = "run", take = "sum" }} ]"#);
    let pays = r#"{ when = ">=", strike = "20 mm", pays = "10 %" }"#;
    let grid = r#"{ rows = { of = "value", at_least = ["10 mm", "30 mm"] }, columns = { of = "date", from = ["06-06", "07-01"] }, pays = [["5 %", "10 %"], ["20 %", "40 %"]] }"#;
    let dated = r#"{ when = ">=", strike = "20 mm", pays = "10 %", by_date = [ { from = "06-11", times = "50 %" } ], minimum = "600 USD" }"#;
    let each = r#"events = { pay = "each", limit = "25 %"REST }"#;
    for (events, payout, wet, minor, code, why) in [
        ("", pays, vec![(3, 200), (6, 199), (9, 200)], 200_000, "strike_reached", "two of three reach it"),
        ("", pays, vec![(3, 200), (6, 200), (9, 200)], 250_000, "strike_reached", "their limit is eroded"),
        ("", pays, vec![(3, 100), (4, 100)], 100_000, "strike_reached", "two days are one event"),
        ("", pays, vec![(3, 199)], 0, "strike_not_reached", "0.1 mm short"),
        ("", pays, vec![(3, 99)], 0, "no_event", "no run at all"),
        (", at_most = 1", pays, vec![(3, 200), (9, 200)], 100_000, "strike_reached", "once per period"),
        (", spacing = \"6 d\"", pays, vec![(3, 200), (8, 200)], 100_000, "strike_reached", "five days behind"),
        (", spacing = \"6 d\"", pays, vec![(3, 200), (9, 200)], 200_000, "strike_reached", "six days behind"),
        (", skip = 1", pays, vec![(3, 200)], 0, "events_passed_over", "the first bears nothing"),
        (", skip = 1", pays, vec![(3, 200), (9, 200)], 100_000, "strike_reached", "the second pays"),
        ("", grid, vec![(5, 100)], 50_000, "strike_reached", "6 June, 10 mm"),
        ("", grid, vec![(4, 300)], 0, "strike_not_reached", "5 June lies before the first column"),
        ("", grid, vec![(29, 299)], 50_000, "strike_reached", "30 June, short of 30 mm"),
        ("", grid, vec![(30, 100)], 100_000, "strike_reached", "1 July"),
        ("", grid, vec![(29, 200), (30, 100)], 200_000, "strike_reached", "a run over both bears its first day"),
        ("", dated, vec![(10, 200)], 60_000, "strike_reached", "half of 1000 USD, raised to the minimum"),
        ("", dated, vec![(9, 200)], 0, "outside_dates", "10 June lies before the first date"),
    ] {
        let policy = one(&each.replace("REST", events), &runs, payout);
        let (got, reason_code, reason) = on_rain(&policy, &wet);
        assert_eq!((got, reason_code), (minor, code), "{why}: {reason}");
    }
    let policy = one("events = { pay = \"largest\" }", &runs, pays);
    let (_, _, reason) = on_rain(&policy, &[(3, 200), (9, 250)]);
    assert_eq!(reason, "event of 2024-06-10 with 25 mm pays most");
}

#[test]
fn a_layer_pays_its_share_of_a_loss() {
    let index = r#"[ { report = "modelled_loss", as = "USD", none = "nothing" }, { reduce = "sum" } ]"#;
    let layer = r#"{ attachment = "10000 USD", exhaustion = "40000 USD", cession = "30 %" }"#;
    let policy = one("", index, layer);
    for (tenths, minor, why) in [
        (100_000, 0, "at the attachment"),
        (100_001, 3, "10 cents above it"),
        (400_000, 900_000, "exhausted"),
        (999_999, 900_000, "and no more"),
    ] {
        let mut known = Knowledge::new();
        learn(&mut known, "gauge", &policy, 7, tenths, (Variable::ModelledLoss, "USD"));
        known.hear(&"gauge".into(), period(&policy).ends, period(&policy).ends);
        let settlement = settled(&policy, &known);
        assert_eq!(settlement.amount.minor(), minor, "{why}: {}", settlement.reason);
    }
}

#[test]
fn the_first_days_may_not_count() {
    let sum = format!("[ {DAILY}, {{ reduce = \"sum\" }} ]");
    let policy =
        one("waiting = \"10 d\"", &sum, r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#);
    for (day, minor, why) in [(9, 0, "the tenth day"), (10, 1_000, "the eleventh"), (39, 1_000, "the last")] {
        assert_eq!(on_rain(&policy, &[(day, 10)]).0, minor, "{why}");
    }
}

/// The first day with 10 mm from 6 to 20 June; the two days behind it count; else those behind 18 June.
#[test]
fn an_anchor_is_searched_or_falls_back() {
    let window = format!(
        r#"window = {{ anchor = [ {DAILY}, {{ meets = ">= 10 mm" }} ], search = {{ from = "06-06", to = "06-20" }}, from = "1 d", to = "2 d", fallback = "06-18" }}"#
    );
    let sum = format!("[ {DAILY}, {{ reduce = \"sum\" }} ]");
    let policy = one(&window, &sum, r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#);
    for (wet, minor, why) in [
        (vec![(5, 100), (6, 10), (7, 20), (8, 40)], 3_000, "6 June is searched: 7 and 8 June count"),
        (vec![(4, 100), (5, 10), (6, 20), (18, 40)], 4_000, "5 June is not: 19 and 20 June count"),
        (vec![(19, 100), (20, 10), (21, 20), (22, 40)], 3_000, "20 June is searched"),
        (vec![(20, 100), (18, 30)], 3_000, "21 June is not: the fallback"),
        (vec![(6, 99), (7, 100), (8, 10)], 1_000, "0.1 mm short is no anchor"),
    ] {
        assert_eq!(on_rain(&policy, &wet).0, minor, "{why}");
    }
    let mut known = Knowledge::new();
    rain(&policy, "gauge", &mut known, &[(12, 100), (13, 10)]);
    let mut gap = Knowledge::new();
    for day in (0..41).filter(|day| !(5..10).contains(day)) {
        learn(&mut gap, "gauge", &policy, day, if day == 12 { 100 } else { 0 }, (Variable::Precipitation, "mm"));
    }
    assert_eq!(settled(&policy, &known).reason_code, "strike_reached");
    assert_eq!(settled(&policy, &gap).reason_code, "anchor_unknown", "it may lie in the gap before");
}

#[test]
fn the_book_gives_amounts_in_money_or_per_cent() {
    let sum = format!("[ {DAILY}, {{ reduce = \"sum\" }} ]");
    for (pays, minor, why) in [("{payment}", 123_450, "money"), ("{share}", 70_000, "a share of 10000 USD")] {
        let policy = one("", &sum, &format!(r#"{{ when = ">", strike = "1 mm", pays = "{pays}" }}"#));
        assert_eq!(on_rain(&policy, &[(3, 20)]).0, minor, "{why}");
    }
}

#[test]
fn sources_agree_or_a_day_is_missing() {
    let sum = r#"[ { read = "precipitation", every = "1 d", agree_within = "2 mm" }, { reduce = "sum" } ]"#;
    let pays = r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#;
    let sources = r#"["a/{station}", "b/{station}", "c/{station}"]"#;
    let policy = policy(&cover("", sum, pays), sources, "fallback = \"consensus\"\nquorum = 2");
    for (values, minor, why) in [
        ([100, 110, 120], 11_000, "the median"),
        ([100, 120, 500], 12_000, "one is an outlier; the median of all is within 2 mm of the other"),
        ([100, 121, 500], 0, "none is within 2 mm of the median: the day is missing, and nothing is left"),
    ] {
        let mut known = Knowledge::new();
        for (feed, value) in ["a", "b", "c"].into_iter().zip(values) {
            rain(&policy, feed, &mut known, &[(3, value)]);
        }
        let settlement = settled(&policy, &known);
        assert_eq!(settlement.amount.minor(), minor, "{why}: {}", settlement.reason);
    }
}

#[test]
fn what_hangs_on_one_source_is_said() {
    let sum = r#"[ { read = "precipitation", every = "1 d", agree_within = "2 mm" }, { reduce = "sum" } ]"#;
    let sources = r#"["a/{station}", "b/{station}", "c/{station}"]"#;
    let tick = r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#;
    let strike = r#"{ when = ">", strike = "10.5 mm", pays = "10 %" }"#;
    for (pays, quorum, values, without, why) in [
        (tick, 2, [100, 110, 120], None, "11 mm; 11, 10 or 10 mm without one: no more than a tenth less"),
        (tick, 2, [180, 200, 200], None, "20 mm, and 18 mm without one of the others: exactly a tenth less"),
        (
            tick,
            2,
            [100, 115, 120],
            Some("without b/S 100.00 USD would be due"),
            "11.5 mm, and 10 mm without the middle one",
        ),
        (
            tick,
            2,
            [100, 110, 500],
            Some("without a/S nothing would be due"),
            "the two that are left do not agree: the day is missing",
        ),
        (tick, 3, [100, 110, 120], None, "without one there could be no quorum: nothing to hang on"),
        (strike, 2, [110, 110, 110], None, "11 mm with any two"),
        (
            strike,
            2,
            [100, 110, 120],
            Some("without b/S nothing would be due"),
            "above the strike with the middle one only",
        ),
    ] {
        let policy = policy(&cover("", sum, pays), sources, &format!("fallback = \"consensus\"\nquorum = {quorum}"));
        let mut known = Knowledge::new();
        for (feed, value) in ["a", "b", "c"].into_iter().zip(values) {
            rain(&policy, feed, &mut known, &[(3, value)]);
        }
        let settlement = settled(&policy, &known);
        assert_eq!(settlement.fragile, without.is_some(), "{why}: {}", settlement.reason);
        assert!(
            without.is_none_or(|without| settlement.reason.ends_with(&format!("; fragile: {without}"))),
            "{why}: {}",
            settlement.reason
        );
    }
}

/// The first day with 10 mm is 8 June by any two of the three but `b` and `c`: without `a` there is none, and the fallback
/// has another rain behind it.
#[test]
fn an_anchor_that_hangs_on_one_source_is_said() {
    let daily = r#"{ read = "precipitation", every = "1 d", agree_within = "20 mm" }"#;
    let window = format!(
        r#"window = {{ anchor = [ {daily}, {{ meets = ">= 10 mm" }} ], search = {{ from = "06-06", to = "06-20" }}, from = "1 d", to = "2 d", fallback = "06-18" }}"#
    );
    let sum = format!("[ {daily}, {{ reduce = \"sum\" }} ]");
    let tick = r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#;
    let sources = r#"["a/{station}", "b/{station}", "c/{station}"]"#;
    let policy = policy(&cover(&window, &sum, tick), sources, "fallback = \"consensus\"\nquorum = 2");
    for (c, fragile) in [(0, true), (100, false)] {
        let mut known = Knowledge::new();
        for (feed, value) in [("a", 100), ("b", 100), ("c", c)] {
            rain(&policy, feed, &mut known, &[(7, value), (8, 50), (18, 30)]);
        }
        let settlement = settled(&policy, &known);
        assert_eq!((settlement.amount.minor(), settlement.fragile), (5_000, fragile), "{}", settlement.reason);
    }
}

#[test]
fn what_has_no_quorum_without_a_source_does_not_hang_on_it() {
    let read = |variable: &str| format!("{{ read = \"{variable}\", every = \"1 d\", agree_within = \"2 mm\" }}");
    let tick = r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#;
    let (wet, dry) = (read("precipitation"), read("evapotranspiration"));
    let two = format!(r#"[ {{ combine = "sum", of = [ [ {wet} ], [ {dry} ] ] }}, {{ reduce = "sum" }} ]"#);
    let years = format!(
        r#"[ {wet}, {{ reduce = "sum" }}, {{ compare = "anomaly", baseline = {{ from = 2023, to = 2023, need = 1, sources = ["d/{{station}}"] }}, round = "0.1 mm", mode = "half_up" }} ]"#
    );
    for (index, sources, why) in [
        (two, r#"["a/{station}", "b/{station}"]"#, "two sources of two variables are two"),
        (
            years,
            r#"["a/{station}", "b/{station}", "c/{station}"]"#,
            "the source of the other years is asked all the same",
        ),
    ] {
        let policy = policy(&cover("", &index, tick), sources, "fallback = \"consensus\"\nquorum = 2");
        let mut known = Knowledge::new();
        for feed in ["a", "b", "c"] {
            rain(&policy, feed, &mut known, &[(3, 110)]);
            (0..41).for_each(|day| learn(&mut known, feed, &policy, day, 0, (Variable::Evapotranspiration, "mm")));
        }
        (-400..-300).for_each(|day| learn(&mut known, "d", &policy, day, 0, (Variable::Precipitation, "mm")));
        let settlement = settled(&policy, &known);
        assert_eq!((settlement.amount.minor(), settlement.fragile), (11_000, false), "{why}: {}", settlement.reason);
    }
}

/// What three sources of a consensus of two come to, the first two of one family: the payout, and which of them stood
/// apart.
fn of_families(values: [Option<i64>; 3]) -> (i64, Vec<bool>) {
    let sum = r#"[ { read = "precipitation", every = "1 d", agree_within = "2 mm" }, { reduce = "sum" } ]"#;
    let pays = r#"{ when = ">", strike = "0 mm", tick = "10 USD/mm", limit = "50 %" }"#;
    let sources = r#"["a/{station}", "b/{station}", "c/{station}"]"#;
    let rules = "fallback = \"consensus\"\nquorum = 2\nfamilies = { model = [\"a\", \"b\"] }";
    let policy = policy(&cover("", sum, pays), sources, rules);
    let mut known = Knowledge::new();
    for (feed, value) in ["a", "b", "c"].into_iter().zip(values) {
        if let Some(value) = value {
            rain(&policy, feed, &mut known, &[(3, value)]);
        }
    }
    let settlement = settled(&policy, &known);
    (settlement.amount.minor(), settlement.uses.iter().map(|used| used.apart > 0).collect())
}

#[test]
fn f16_two_that_say_the_same_because_one_copies_the_other_are_no_quorum() {
    let apart = vec![true, false, true];
    assert_eq!(of_families([Some(500), Some(500), Some(100)]), (0, apart), "the copy was not needed at all");
    assert_eq!(of_families([Some(100), Some(100), Some(110)]), (10_000, vec![false; 3]), "the median of two families");
}

#[test]
fn f16_the_first_of_a_family_speaks_for_it_and_the_second_where_it_is_silent() {
    assert_eq!(of_families([Some(100), Some(900), Some(110)]), (10_000, vec![false; 3]));
    assert_eq!(of_families([None, Some(100), Some(110)]), (10_000, vec![false; 3]));
}

#[test]
fn f16_one_family_alone_agrees_with_nobody() {
    assert_eq!(of_families([Some(100), None, None]), (0, vec![true, false, false]));
    assert_eq!(of_families([Some(100), Some(100), None]), (0, vec![true, false, false]));
    assert_eq!(of_families([None, Some(100), None]), (0, vec![false, true, false]), "whoever gave the value");
}

/// For how many days a result may be contested: three by the terms.
#[test]
fn a_result_that_rests_on_one_of_several_sources_may_be_contested_twice_as_long() {
    let (one, two) = (r#"["a/{station}"]"#, r#"["a/{station}", "b/{station}"]"#);
    let three = r#"["a/{station}", "b/{station}", "c/{station}"]"#;
    for (sources, first, second, days, why) in [
        (one, 0..40, 0..0, 3, "there is one only"),
        (two, 0..39, 39..40, 3, "both gave something"),
        (two, 0..40, 0..40, 6, "nothing of the second was needed"),
        (two, 0..0, 0..40, 6, "the first gave nothing"),
        (two, 0..0, 0..0, 3, "none gave anything"),
        (three, 0..40, 0..0, 6, "one of three"),
        (three, 0..39, 39..40, 3, "two of three"),
    ] {
        let index = format!("[ {DAILY}, {{ reduce = \"sum\" }} ]");
        let pays = r#"{ when = "<", strike = "5 mm", pays = "50 %" }"#;
        let data = if sources != one { "fallback = \"reading\"" } else { "" };
        let policy = policy(&cover("", &index, pays), sources, data);
        let mut known = Knowledge::new();
        for (feed, days) in [("a", first), ("b", second)] {
            days.for_each(|day| learn(&mut known, feed, &policy, day, 0, (Variable::Precipitation, "mm")));
        }
        let settlement = settled(&policy, &known);
        let (cover, period) = (&policy.product.covers[0], period(&policy));
        let terms = Terms { policy: &policy, cover, period: &period, bound_at: period.begins, paid: Paid::default() };
        assert_eq!(contest(&terms, &settlement), Some(TimeDelta::days(days)), "{why}");
        let fragile = Settlement { fragile: true, ..settlement };
        assert_eq!(contest(&terms, &fragile), Some(TimeDelta::days(6)), "{why}, and fragile");
    }
}

/// Where the second source fills what the first one lacks, nothing is waited for any more.
#[test]
fn what_another_source_filled_is_whole() {
    let sum = format!("[ {DAILY}, {{ reduce = \"sum\" }} ]");
    let pays = r#"{ when = "<", strike = "500 mm", pays = "50 %" }"#;
    let sources = r#"["a/{station}", "b/{station}"]"#;
    let policy = policy(&cover("", &sum, pays), sources, "fallback = \"reading\"");
    let period = period(&policy);
    for (first, second, whole, why) in [
        (0..39, 0..40, true, "the last day is the second one's"),
        (0..20, 20..40, true, "each has its half"),
        (0..39, 0..39, false, "the last day is nobody's"),
        (0..20, 21..40, false, "a day between them is nobody's"),
    ] {
        let mut known = Knowledge::new();
        for (feed, days) in [("a", first), ("b", second)] {
            days.for_each(|day| learn(&mut known, feed, &policy, day, 10, (Variable::Precipitation, "mm")));
        }
        let cover = &policy.product.covers[0];
        let terms = Terms { policy: &policy, cover, period: &period, bound_at: period.begins, paid: Paid::default() };
        let settlement = settle(&terms, &known, period.ends, Trace::on());
        assert_eq!(settlement.may_be_final, whole, "{why}: {}", settlement.reason);
    }
}

#[test]
fn another_source_serves_where_one_has_too_little_not_where_it_has_nothing_to_divide_by() {
    let sum = |most: &str| format!("[ {DAILY}{most}, {{ reduce = \"sum\" }} ]");
    let ratio = format!(
        "[ {{ combine = \"ratio\", of = [ {}, {} ] }}, {{ round = \"0.1 1\", mode = \"half_up\" }} ]",
        sum(", { cap = \"5 mm\" }"),
        sum("")
    );
    let pays = r#"{ when = ">=", strike = "0.5 1", pays = "10 %" }"#;
    let policy = policy(&cover("", &ratio, pays), r#"["a/{station}", "b/{station}"]"#, "fallback = \"window\"");
    for (first, reason, why) in [
        (Some(&[(3, 100)][..]), "strike_reached", "5 mm of 10 mm"),
        (Some(&[]), "division_by_zero", "all is known of the first source, and it is no rain"),
        (None, "strike_not_reached", "nothing is known of the first: 5 mm of 20 mm from the second"),
    ] {
        let mut known = Knowledge::new();
        if let Some(wet) = first {
            rain(&policy, "a", &mut known, wet);
        }
        rain(&policy, "b", &mut known, &[(4, 200)]);
        let settlement = settled(&policy, &known);
        assert_eq!(settlement.reason_code, reason, "{why}: {}", settlement.reason);
    }
}
