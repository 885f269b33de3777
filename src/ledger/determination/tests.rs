use super::entry::{ADVANCE, BALANCE, OPTIONAL, OVERPAID};
use super::*;
use crate::index::Disposition;
use crate::ledger::life::{Cause, Corrects};
use crate::ledger::sources::tests::source;
use crate::ledger::{Item, parse_instant};
use crate::quantity::Currency;

pub(crate) fn money(minor: i64, code: &str) -> Money {
    Money::from_minor(minor, Currency::from_code(code).expect("known")).expect("small")
}

/// A season's rain of NY-001, provisional, nothing due.
pub(crate) fn season() -> Determination {
    let day = |text: &str| text.parse().expect("a day");
    let at = |text: &str| parse_instant(text).expect("an instant");
    Determination {
        policy: "NY-001".into(),
        product: "leafy-greens@1".into(),
        terms: [0xab; 32],
        cover: "rain".into(),
        period: PeriodSpan {
            start: day("2013-06-01"),
            end: day("2013-08-31"),
            from: at("2013-06-01T04:00:00.000Z"),
            to: at("2013-09-01T04:00:00.000Z"),
        },
        state: State::Provisional,
        number: 0,
        outcome: Outcome::NothingDue,
        index: Some(("231.5".into(), "mm".into())),
        trigger: "< 230 mm".into(),
        amount: money(0, "USD"),
        rounding: Rounding::HalfUp,
        paid: Paid::default(),
        reason_code: "strike_not_reached".into(),
        reason: "231.5 mm is not below 230 mm".into(),
        as_of: at("2013-09-02T00:00:00.000Z"),
        determined_at: at("2013-09-02T00:00:01.000Z"),
        observations: "3-17,19".into(),
        sources: None,
        tzdb: "2026b".into(),
        engine: "fairgauge 0.1.0".into(),
        life: Life::default(),
    }
}

/// A correction of what had made `before` payable.
pub(crate) fn restated(minor: i64, before: i64) -> Determination {
    let index = season().index;
    let cause = Cause::SourceRevision;
    let corrects = Corrects { cause, index, amount: before, payable: before, clawback: true };
    let life = Life { corrects: Some(corrects), ..Life::default() };
    Determination { state: State::Restated, life, ..paid(minor) }
}

/// The same where nothing is claimed back.
fn kept(minor: i64, before: i64) -> Determination {
    let restated = restated(minor, before);
    let corrects = restated.life.corrects.map(|corrects| Corrects { clawback: false, ..corrects });
    Determination { life: Life { corrects, ..Life::default() }, ..restated }
}

/// The same season, binding.
pub(crate) fn paid(minor: i64) -> Determination {
    let amount = money(minor, "USD");
    let outcome = if minor == 0 { Outcome::NothingDue } else { Outcome::Pays };
    let at = parse_instant("2013-09-09T00:00:00.000Z").expect("an instant");
    Determination { state: State::Final, outcome, amount, as_of: at, determined_at: at, ..season() }
}

/// What a settlement may take into account.
fn before() -> Paid {
    let of_others = [("P-1/base".to_owned(), Some(7)), ("P.2/base".to_owned(), None)];
    let same_period = [("advance".to_owned(), Some(400)), ("storm".to_owned(), None)].into_iter().chain(of_others);
    Paid { total: 900, by_cover: 500, in_period: 400, same_period: same_period.collect(), advance: 0 }
}

/// A payment in advance of the same season, behind so much that was paid before.
pub(crate) fn interim(number: i64, minor: i64, advance: i64) -> Determination {
    let paid_before = Paid { advance, ..Paid::default() };
    let reason_code = "paid_in_advance".to_owned();
    Determination { state: State::Interim, number, paid: paid_before, reason_code, ..paid(minor) }
}

/// The final determination behind payments in advance.
pub(crate) fn ended(minor: i64, advance: i64) -> Determination {
    Determination { paid: Paid { advance, ..Paid::default() }, ..paid(minor) }
}

/// An entry of a ledger that knew the total only.
#[test]
fn what_an_entry_does_not_say_was_nothing() {
    let entry = Determination { paid: Paid { total: 900, ..Paid::default() }, ..paid(1) }.entry(0, None);
    let entry = entry.expect("good");
    assert_eq!(entry.integer_of("eroded_minor"), Ok(900));
    assert!(OPTIONAL[1..].iter().all(|name| entry.member(name).is_none()), "{entry:?}");
    let read = Determination::from_entry(&entry, None).expect("ours");
    assert_eq!(read.paid, Paid { total: 900, ..Paid::default() });
    let other = Determination { paid: before(), ..read.clone() };
    assert!(!other.says_the_same(&read) && !read.is_recorded_by(&other.entry(0, None).expect("good")));
}

#[test]
fn every_kind_is_read_back() {
    let until = parse_instant("2013-09-12T00:00:00.000Z");
    let contested = Life { contested_until: until, ..Life::default() };
    let correctable = Life { correctable_until: until, ..Life::default() };
    for (determination, number, corrected) in [
        (Determination { state: State::Preliminary, life: contested, ..season() }, 0, None),
        (Determination { life: correctable, ..paid(1) }, 0, None),
        (restated(400, 1_000), 1, Some(5)),
        (kept(400, 1_000), 1, Some(5)),
        (season(), 3, None),
        (Determination { index: None, outcome: Outcome::Undetermined, ..season() }, 0, None),
        (paid(113_850), 0, None),
        (restated(1, 113_850), 0, Some(5)),
        (Determination { observations: "1,3".repeat(2_000), ..season() }, 0, None),
        (Determination { period: PeriodSpan { end: season().period.start, ..season().period }, ..season() }, 0, None),
        (paid(-5_000), 0, None),
        (Determination { paid: before(), ..paid(1) }, 0, None),
        (Determination { paid: Paid { by_cover: 0, in_period: 0, ..before() }, ..paid(1) }, 0, None),
        (interim(1, 300, 0), 1, None),
        (interim(2, 100, 300), 2, None),
        (ended(500, 400), 0, None),
        (ended(300, 400), 0, None),
    ] {
        let entry = determination.entry(number, corrected).expect("good");
        let (_, entry) = Entry::parse(&entry.body(9).expect("small")).expect("ours");
        let long = determination.long_observations().map(str::to_owned);
        assert_eq!(Determination::from_entry(&entry, long).as_ref(), Ok(&determination));
        assert!(determination.is_recorded_by(&entry));
        assert_eq!(entry.key(), format!("{}{number}", determination.key_stem()));
    }
    assert_eq!(season().key_stem(), "decision/NY-001/abababab/rain/2013-06-01/");
    assert_eq!(season().id(), "NY-001/rain/2013-06-01");
}

#[test]
fn lines_sum_to_zero_and_say_what_changes() {
    let restated = |minor| restated(minor, 1_000);
    let before = Some(5);
    for (determination, corrected, delta, why) in [
        (season(), None, None, "a provisional one owes nothing"),
        (paid(0), None, None, "nothing due has no lines"),
        (paid(1_000), None, Some(1_000), "a payout is owed"),
        (paid(-1_000), None, Some(-1_000), "the insured owes under a swap"),
        (restated(1_500), before, Some(500), "more is owed"),
        (restated(400), before, Some(-600), "less is owed"),
        (restated(1_000), before, None, "as much as before"),
        (kept(400, 1_000), before, None, "less is owed, and nothing is claimed back"),
        (interim(1, 300, 0), None, Some(300), "a payment in advance"),
        (interim(2, 100, 300), None, Some(100), "the next one, by itself"),
        (ended(500, 400), None, Some(100), "the balance"),
        (ended(400, 400), None, None, "all was paid in advance"),
        (ended(399, 400), None, None, "a minor unit more was paid in advance: nothing is paid back"),
    ] {
        let entry = determination.entry(0, corrected).expect("good");
        let lines = entry.member("lines").and_then(Item::as_list);
        let side = |line: &Item, name| line.member(name).and_then(Item::as_integer).unwrap_or(0);
        let sums = lines.map(|lines| {
            let total: i64 = lines.iter().map(|line| side(line, "dr") - side(line, "cr")).sum();
            (side(&lines[1], "cr") - side(&lines[1], "dr"), total)
        });
        assert_eq!(sums, delta.map(|delta| (delta, 0)), "{why}");
    }
}

#[test]
fn contradictions_are_refused() {
    for determination in [
        Determination { state: State::Preliminary, ..season() },
        Determination { state: State::Held, ..season() },
        Determination { state: State::Void, ..season() },
        Determination { life: restated(1, 2).life, ..paid(1) },
        Determination { outcome: Outcome::Pays, ..season() },
        Determination { amount: money(1, "USD"), ..season() },
        Determination { amount: money(-1, "USD"), outcome: Outcome::NothingDue, ..season() },
        Determination { cover: "a/b".into(), ..season() },
        Determination { paid: Paid { total: -1, ..Paid::default() }, ..season() },
        Determination { paid: Paid { by_cover: -1, ..Paid::default() }, ..season() },
        Determination { period: PeriodSpan { end: NaiveDate::MIN, ..season().period }, ..season() },
        Determination { period: PeriodSpan { to: season().period.from, ..season().period }, ..season() },
        Determination { index: Some(("1.50".into(), "mm".into())), ..season() },
        interim(0, 300, 0),
        interim(-1, 300, 0),
        interim(1, 0, 0),
        interim(1, -1, 0),
        Determination { number: 1, ..paid(300) },
        ended(300, -1),
    ] {
        assert!(matches!(determination.entry(0, None), Err(EntryError::Contradiction(_))), "{determination:?}");
    }
    assert!(restated(1, 2).entry(0, None).is_err(), "nothing to correct");
    let nothing = Determination { life: Life::default(), ..restated(1, 2) };
    assert!(nothing.entry(0, Some(5)).is_err(), "it does not say what it corrects");
    let forged = restated(1, 2).entry(0, Some(5)).expect("good");
    for member in ["delta_minor", "booked_minor", "payable_minor"] {
        let forged = Determination::from_entry(&forged.clone().integer(member, 7), None);
        assert_eq!(forged, Err(EntryError::Member("delta_minor".into())), "{member}");
    }
}

#[test]
fn what_was_paid_in_advance_is_said_with_the_balance() {
    for (determination, balance, overpaid, why) in [
        (ended(500, 0), None, None, "nothing was paid in advance"),
        (ended(500, 499), Some(1), None, "a minor unit is left"),
        (ended(500, 500), Some(0), None, "nothing is left"),
        (ended(500, 501), Some(0), Some(1), "a minor unit too much"),
        (Determination { outcome: Outcome::Undetermined, ..ended(0, 500) }, Some(0), None, "nobody knows"),
        (interim(2, 500, 300), None, None, "only a final one ends"),
        (ended(-500, 0), None, None, "the insured owes under a swap"),
    ] {
        let entry = determination.entry(0, None).expect("good");
        assert_eq!(entry.integer_of(BALANCE).ok(), balance, "{why}");
        assert_eq!(entry.integer_of(OVERPAID).ok(), overpaid, "{why}");
    }
    let entry = ended(500, 499).entry(0, None).expect("good");
    for (forged, member) in [
        (entry.clone().integer(BALANCE, 2), BALANCE),
        (entry.clone().integer(ADVANCE, 498), BALANCE),
        (entry.integer(OVERPAID, 1), OVERPAID),
    ] {
        assert_eq!(Determination::from_entry(&forged, None), Err(EntryError::Member(member.into())));
    }
    assert_eq!(interim(2, 100, 300).id(), "NY-001/rain/2013-06-01/2");
    assert_eq!(interim(2, 100, 300).key_stem(), "interim/NY-001/abababab/rain/2013-06-01/");
}

#[test]
fn an_amount_that_differs_from_its_minor_units_is_refused() {
    let entry = paid(113_850).entry(0, None).expect("good");
    assert_eq!(entry.text_of("amount"), Ok("1138.50"));
    for entry in [entry.clone().text("amount", "11385.0"), entry.integer("exp", 3)] {
        assert_eq!(Determination::from_entry(&entry, None), Err(EntryError::Member("amount".into())));
    }
}

#[test]
fn later_knowledge_that_changes_nothing_says_the_same() {
    let given = Some(vec![source("JFK", Disposition::Used, [92, 0, 0, 0, 0, 0])]);
    let later = Determination { as_of: paid(0).as_of, observations: "3-20".into(), sources: given, ..season() };
    assert!(season().says_the_same(&later) && !season().is_recorded_by(&later.entry(0, None).expect("good")));
    assert!(!season().says_the_same(&paid(0)));
    assert!(!season().says_the_same(&Determination { index: None, ..season() }));
}

#[test]
fn decimals_have_one_form() {
    for text in ["0", "12.5", "-0.000001", "-3", "10"] {
        assert!(is_decimal(text), "{text}");
    }
    for text in ["", "-", "-0", "01", "1.", ".5", "1.50", "1e3", "+1", "1,5", "NaN", "-0.0"] {
        assert!(!is_decimal(text), "{text}");
    }
}

#[test]
fn observations_that_do_not_fit_into_the_entry_are_kept_beside_it() {
    let long = |length| {
        let determination = Determination { observations: "3".repeat(length), ..season() };
        determination.long_observations().map(str::len)
    };
    assert_eq!(long(Entry::MOST_TEXT), None);
    assert_eq!(long(Entry::MOST_TEXT + 1), Some(Entry::MOST_TEXT + 1));
}
