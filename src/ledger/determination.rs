//! What was determined for one period of one cover, and the entry that says so.

use chrono::{DateTime, NaiveDate, Utc};

use super::instant::{instant_text, parse_instant};
use super::life::Life;
use super::{Digest, Entry, EntryError, Item, Kind, State, digest, sources};
use crate::quantity::{Currency, Money, Rounding};
use crate::settle::{Given, Outcome, Paid, Said, balance, payable_after};

/// A period: in insured days, both included, and as instants, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodSpan {
    /// The first insured day.
    pub start: NaiveDate,
    /// The last insured day.
    pub end: NaiveDate,
    /// Where the first day begins.
    pub from: DateTime<Utc>,
    /// Where the last day has ended.
    pub to: DateTime<Utc>,
}

/// What was determined for one period of one cover of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determination {
    /// The policy's id.
    pub policy: String,
    /// The product with its version: `leafy-greens@1`.
    pub product: String,
    /// SHA-256 of the term sheet's bytes.
    pub terms: Digest,
    /// The cover's id; without `/`.
    pub cover: String,
    /// The period.
    pub period: PeriodSpan,
    /// How binding it is.
    pub state: State,
    /// Of payments in advance the how-manieth of its period, from 1 on; of all else 0.
    pub number: i64,
    /// What follows from it.
    pub outcome: Outcome,
    /// The index, a decimal in shortest form, and its unit; `None` where there is none.
    pub index: Option<(String, String)>,
    /// What the index is compared with, in words: `< 230 mm`.
    pub trigger: String,
    /// What is due for the period in all, below zero where the insured owes it; zero unless the outcome is
    /// [`Outcome::Pays`]. Of a payment in advance that payment alone.
    pub amount: Money,
    /// How the amount was rounded.
    pub rounding: Rounding,
    /// What earlier determinations had paid, as far as the settlement took it into account.
    pub paid: Paid,
    /// The reason in one word that stays the same: `strike_not_reached`.
    pub reason_code: String,
    /// The reason in a sentence.
    pub reason: String,
    /// The knowledge that was used.
    pub as_of: DateTime<Utc>,
    /// When it was determined.
    pub determined_at: DateTime<Utc>,
    /// The `obs` entries it rests on, as [`super::leaf_ranges`] writes them.
    pub observations: String,
    /// What each source gave, in their order; none where the program that wrote the entry did not say it.
    pub sources: Option<Vec<Given>>,
    /// The release of the time-zone data.
    pub tzdb: String,
    /// The program and its version.
    pub engine: String,
    /// Until when it may be contested or corrected, and what it corrects.
    pub life: Life,
}

/// Members that an entry has only where there is something to say.
const OPTIONAL: [&str; 10] =
    ["index", PAID_BY_COVER, PAID_IN_PERIOD, LESS, NUMBER, ADVANCE, BALANCE, OVERPAID, sources::LISTED, sources::NAMED];
const PAID_BY_COVER: &str = "eroded_cover_minor";
const PAID_IN_PERIOD: &str = "eroded_period_minor";
const LESS: &str = "less";
const NUMBER: &str = "number";
const ADVANCE: &str = "advance_minor";
const BALANCE: &str = "balance_minor";
const OVERPAID: &str = "overpaid_minor";

impl Determination {
    /// What readers call it: `NY-001/rain/2013-06-01`; of a payment in advance with its number behind it.
    pub fn id(&self) -> String {
        let period = self.period_id();
        if self.state == State::Interim { format!("{period}/{}", self.number) } else { period }
    }

    /// The name of what is settled: `NY-001/rain/2013-06-01`.
    pub fn period_id(&self) -> String {
        format!("{}/{}/{}", self.policy, self.cover, self.period.start)
    }

    /// What it makes payable, in minor units, beside the payments in advance: of a provisional one nothing, of such a
    /// payment its amount, else what is left of the amount.
    pub fn payable(&self) -> i64 {
        let left = balance(self.amount.minor(), self.paid.advance);
        match (self.state, &self.life.corrects) {
            (State::Interim, _) => self.amount.minor(),
            (State::Final | State::Restated, None) => left,
            (State::Final | State::Restated, Some(before)) => payable_after(left, before.payable, before.clawback),
            _ => 0,
        }
    }

    /// What it adds to what was payable before it, in minor units.
    pub fn booked(&self) -> i64 {
        self.payable() - self.life.corrects.as_ref().map_or(0, |before| before.payable)
    }

    /// Whether a restatement corrects exactly this one.
    pub(super) fn corrects(&self, before: &Self) -> bool {
        self.amount.currency() == before.amount.currency()
            && self.life.corrects.as_ref().is_some_and(|corrects| {
                let (amount, payable) = (before.amount.minor(), before.payable());
                (corrects.amount, corrects.payable, &corrects.index) == (amount, payable, &before.index)
            })
    }

    /// What is compared with what comes out later.
    pub fn said(&self) -> Said {
        Said { outcome: self.outcome, amount: self.amount, index: self.index.clone() }
    }

    /// How much more was paid in advance than is due; of what is undetermined nobody knows.
    pub fn overpaid(&self) -> i64 {
        let known = self.state.ends() && self.outcome != Outcome::Undetermined;
        if known && self.paid.advance > 0 { (self.paid.advance - self.amount.minor()).max(0) } else { 0 }
    }

    /// The keys of its entries, up to the number: `final/NY-001/0a1b2c3d/rain/2013-06-01/`.
    pub(super) fn key_stem(&self) -> String {
        let (terms, start) = (&digest::hex(&self.terms)[..8], self.period.start);
        format!("{}/{}/{terms}/{}/{start}/", self.state.kind().word(), self.policy, self.cover)
    }

    /// Whether another determination of the period says the same to the insured: state, outcome, index, amount and
    /// reason, whatever later knowledge it used and whatever each source gave to it. Such a one need not be recorded.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |one: &Self| {
            let Self { policy, terms, cover, index, reason_code, reason, trigger, .. } = one.clone();
            (policy, terms, cover, index, reason_code, reason, trigger, one.paid.clone())
        };
        let fixed = |one: &Self| (one.period, one.state, one.number, one.outcome, one.amount);
        said(self) == said(other) && fixed(self) == fixed(other)
    }

    /// The text of `observations` where the entry only names it.
    pub(super) fn long_observations(&self) -> Option<&str> {
        (self.observations.len() > Entry::MOST_TEXT).then_some(self.observations.as_str())
    }

    /// The entry, as number `number` of its state, 0 being the first; of a payment in advance as its own number. Of a
    /// restatement `corrects` is the number of the entry that stood before it.
    ///
    /// # Errors
    /// [`EntryError::Contradiction`] where it says two things, [`EntryError::Instant`].
    pub(super) fn entry(&self, number: i64, corrects: Option<i64>) -> Result<Entry, EntryError> {
        let entry = self.content(format!("{}{number}", self.key_stem()))?;
        let entry = match (self.state, corrects) {
            (State::Restated, Some(seq)) => entry.integer("corrects", seq),
            (State::Restated, None) => return Err(EntryError::Contradiction("it restates nothing")),
            _ => entry,
        };
        let booked = if self.state.kind() == Kind::Decision { 0 } else { self.booked() };
        Ok(if booked == 0 { entry } else { entry.list("lines", lines(&self.policy, booked)) })
    }

    /// Whether an entry records exactly this, under whatever number.
    pub(super) fn is_recorded_by(&self, entry: &Entry) -> bool {
        let Ok(expected) = self.content(String::new()) else { return false };
        let same = (expected.kind(), expected.at()) == (entry.kind(), entry.at())
            && OPTIONAL
                .iter()
                .chain(&Life::OPTIONAL)
                .all(|name| expected.member(name).is_some() == entry.member(name).is_some());
        same && expected.names().all(|name| expected.member(name) == entry.member(name))
    }

    /// Everything but what depends on earlier entries.
    fn content(&self, key: String) -> Result<Entry, EntryError> {
        self.check()?;
        let date = |date: NaiveDate| Item::Text(date.to_string());
        let period = Item::object([
            ("start", date(self.period.start)),
            ("end", date(self.period.end)),
            ("from", instant_text(self.period.from)?.into()),
            ("to", instant_text(self.period.to)?.into()),
        ]);
        let currency = self.amount.currency();
        let mut entry = Entry::new(self.state.kind(), key, self.determined_at)
            .text("policy", &self.policy)
            .text("product", &self.product)
            .text("terms", digest::hex(&self.terms))
            .text("cover", &self.cover)
            .item("period", period)
            .text("outcome", self.outcome.word())
            .text("trigger", &self.trigger)
            .text("amount", self.amount.decimal())
            .integer("amount_minor", self.amount.minor())
            .text("currency", currency.code())
            .integer("exp", i64::from(currency.places()))
            .text("rounding", self.rounding.word())
            .integer("eroded_minor", self.paid.total)
            .text("reason_code", &self.reason_code)
            .text("reason", &self.reason)
            .instant("as_of", self.as_of)?
            .text("tzdb", &self.tzdb)
            .text("engine", &self.engine);
        if let Some((value, unit)) = &self.index {
            entry =
                entry.item("index", Item::object([("value", value.as_str().into()), ("unit", unit.as_str().into())]));
        }
        let told = [
            (PAID_BY_COVER, self.paid.by_cover),
            (PAID_IN_PERIOD, self.paid.in_period),
            (NUMBER, self.number),
            (ADVANCE, self.paid.advance),
            (OVERPAID, self.overpaid()),
        ];
        for (name, number) in told {
            entry = if number == 0 { entry } else { entry.integer(name, number) };
        }
        if let Some(balance) = self.balance() {
            entry = entry.integer(BALANCE, balance);
        }
        if !self.paid.same_period.is_empty() {
            entry = entry.list(LESS, self.paid.same_period.iter().map(less_item).collect());
        }
        entry = self.life.add_to(entry, self.amount.minor(), self.payable())?;
        if let Some(given) = &self.sources {
            entry = sources::with_sources(entry, given);
        }
        Ok(match self.long_observations() {
            Some(text) => entry.text("observations_sha256", digest::hex(&digest::sha256(text.as_bytes()))),
            None => entry.text("observations", &self.observations),
        })
    }

    /// What a final one leaves to pay behind payments in advance; none where there were none.
    fn balance(&self) -> Option<i64> {
        (self.state.ends() && self.paid.advance > 0).then(|| self.payable())
    }

    fn check(&self) -> Result<(), EntryError> {
        let paying = self.outcome == Outcome::Pays;
        let interim = self.state == State::Interim;
        let faults = [
            (self.cover.contains('/'), "a cover's id has no `/`"),
            (self.period.end < self.period.start, "its last day lies before its first"),
            (self.period.to <= self.period.from, "its period has no length"),
            (paying && self.amount.minor() == 0, "it pays, and the amount is zero"),
            (!paying && self.amount.minor() != 0, "it does not pay, and there is an amount"),
            (self.paid.total.min(self.paid.by_cover).min(self.paid.in_period) < 0, "less than nothing was paid before"),
            (self.paid.advance < 0, "less than nothing was paid in advance"),
            (interim && self.amount.minor() <= 0, "a payment in advance is above nothing"),
            (matches!(self.state, State::Held | State::Void), "a determination is not held, its period is"),
            (
                (self.state == State::Preliminary) != self.life.contested_until.is_some(),
                "what is preliminary says until when, and nothing else does",
            ),
            (
                (self.state == State::Restated) != self.life.corrects.is_some(),
                "a restatement corrects something, and nothing else does",
            ),
            (self.life.correctable_until.is_some() && !self.state.ends(), "only what binds is corrected"),
            (interim != (self.number >= 1) || self.number < 0, "payments in advance alone are numbered, from 1 on"),
            (self.index.as_ref().is_some_and(|(value, _)| !is_decimal(value)), "its index is no shortest decimal"),
        ];
        match faults.into_iter().find(|(fault, _)| *fault) {
            Some((_, what)) => Err(EntryError::Contradiction(what)),
            None => Ok(()),
        }
    }

    /// The determination of an entry; `long`: the text that it names by `observations_sha256`. Sources that it only names
    /// are left out.
    ///
    /// # Errors
    /// [`EntryError::Member`] where it is none.
    pub fn from_entry(entry: &Entry, long: Option<String>) -> Result<Self, EntryError> {
        let absent = |name: &str| EntryError::Member(name.to_owned());
        let text = |name: &str| entry.text_of(name).map(str::to_owned);
        let date = |name| entry.of_period(name).and_then(|text| text.parse().ok()).ok_or_else(|| absent("period"));
        let instant = |name| entry.of_period(name).and_then(parse_instant).ok_or_else(|| absent("period"));
        let currency = Currency::from_code(entry.text_of("currency")?).ok_or_else(|| absent("currency"))?;
        let amount =
            Money::from_minor(entry.integer_of("amount_minor")?, currency).map_err(|_| absent("amount_minor"))?;
        if entry.text_of("amount")? != amount.decimal() || entry.integer_of("exp")? != i64::from(currency.places()) {
            return Err(absent("amount"));
        }
        let index = entry.member("index").map(|index| {
            let part = |name| index.member(name).and_then(Item::as_text).map(str::to_owned);
            part("value").zip(part("unit")).ok_or_else(|| absent("index"))
        });
        let life = Life::from_entry(entry)?;
        let determination = Self {
            policy: text("policy")?,
            product: text("product")?,
            terms: entry.digest_of("terms")?,
            cover: text("cover")?,
            period: PeriodSpan { start: date("start")?, end: date("end")?, from: instant("from")?, to: instant("to")? },
            state: State::of_entry(entry.kind(), &life).ok_or_else(|| absent("kind"))?,
            number: optional(entry, NUMBER)?,
            outcome: Outcome::from_word(entry.text_of("outcome")?).ok_or_else(|| absent("outcome"))?,
            index: index.transpose()?,
            trigger: text("trigger")?,
            amount,
            rounding: Rounding::from_word(entry.text_of("rounding")?).ok_or_else(|| absent("rounding"))?,
            paid: read_paid(entry)?,
            reason_code: text("reason_code")?,
            reason: text("reason")?,
            as_of: entry.instant_of("as_of")?,
            determined_at: entry.at(),
            observations: long.map_or_else(|| text("observations"), Ok)?,
            sources: sources::listed(entry)?,
            tzdb: text("tzdb")?,
            engine: text("engine")?,
            life,
        };
        determination.check()?;
        if !determination.life.agrees(entry, determination.amount.minor(), determination.payable()) {
            return Err(absent("delta_minor"));
        }
        let balance = entry.member(BALANCE).map(|_| entry.integer_of(BALANCE)).transpose()?;
        if balance != determination.balance() {
            return Err(absent(BALANCE));
        }
        if optional(entry, OVERPAID)? != determination.overpaid() {
            return Err(absent(OVERPAID));
        }
        Ok(determination)
    }
}

/// What a cover paid for the same period, with the policy where it is of another one; without the amount where that was
/// not final.
fn less_item((name, minor): (&String, &Option<i64>)) -> Item {
    let (policy, cover) = name.rsplit_once('/').map_or((None, name.as_str()), |(policy, cover)| (Some(policy), cover));
    let policy = policy.map(|policy| ("policy".to_owned(), policy.into()));
    let minor = minor.map(|minor| ("minor".to_owned(), minor.into()));
    Item::Object([("cover".to_owned(), cover.into())].into_iter().chain(policy).chain(minor).collect())
}

/// A number that an entry has only where it is not zero.
fn optional(entry: &Entry, name: &str) -> Result<i64, EntryError> {
    if entry.member(name).is_none() { Ok(0) } else { entry.integer_of(name) }
}

/// What earlier determinations had paid; what an entry does not say is nothing.
fn read_paid(entry: &Entry) -> Result<Paid, EntryError> {
    let absent = || EntryError::Member(LESS.to_owned());
    let less = match entry.member(LESS) {
        None => &[],
        Some(item) => item.as_list().ok_or_else(absent)?,
    };
    let same_period = less.iter().map(|item| {
        let cover = item.member("cover").and_then(Item::as_text).ok_or_else(absent)?;
        let minor = item.member("minor").map(|minor| minor.as_integer().ok_or_else(absent)).transpose()?;
        let policy = item.member("policy").map(|policy| policy.as_text().ok_or_else(absent)).transpose()?;
        Ok((policy.map_or_else(|| cover.to_owned(), |policy| format!("{policy}/{cover}")), minor))
    });
    Ok(Paid {
        total: entry.integer_of("eroded_minor")?,
        by_cover: optional(entry, PAID_BY_COVER)?,
        in_period: optional(entry, PAID_IN_PERIOD)?,
        same_period: same_period.collect::<Result<_, _>>()?,
        advance: optional(entry, ADVANCE)?,
    })
}

/// Two lines that sum to zero: what the insurer owes goes up by `delta` minor units, or down.
fn lines(policy: &str, delta: i64) -> Vec<Item> {
    let (claims, payable) = if delta > 0 { ("dr", "cr") } else { ("cr", "dr") };
    [(format!("claims:{policy}"), claims), (format!("payable:{policy}"), payable)]
        .map(|(account, side)| Item::object([("acct", account.into()), (side, delta.abs().into())]))
        .into()
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?`, and not `-0`.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').map_or((digits, None), |(whole, places)| (whole, Some(places)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && places.is_none_or(|places| all_digits(places) && !places.ends_with('0'))
        && text != "-0"
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::life::{Cause, Corrects};
    use super::*;
    use crate::index::Disposition;
    use crate::ledger::sources::tests::source;

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
            (
                Determination { period: PeriodSpan { end: season().period.start, ..season().period }, ..season() },
                0,
                None,
            ),
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
}
