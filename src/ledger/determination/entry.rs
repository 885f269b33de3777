//! A determination as its entry says it, and read back.

use chrono::NaiveDate;

use super::{Determination, PeriodSpan};
use crate::ledger::instant::{instant_text, parse_instant};
use crate::ledger::life::Life;
use crate::ledger::{Entry, EntryError, Item, Kind, State, digest, sources};
use crate::quantity::{Currency, Money, Rounding};
use crate::settle::{Outcome, Paid};

/// Members that an entry has only where there is something to say.
pub(super) const OPTIONAL: [&str; 10] =
    ["index", PAID_BY_COVER, PAID_IN_PERIOD, LESS, NUMBER, ADVANCE, BALANCE, OVERPAID, sources::LISTED, sources::NAMED];
const PAID_BY_COVER: &str = "eroded_cover_minor";
const PAID_IN_PERIOD: &str = "eroded_period_minor";
const LESS: &str = "less";
const NUMBER: &str = "number";
pub(super) const ADVANCE: &str = "advance_minor";
pub(super) const BALANCE: &str = "balance_minor";
pub(super) const OVERPAID: &str = "overpaid_minor";

impl Determination {
    /// The entry, as number `number` of its state, 0 being the first; of a payment in advance as its own number. Of a
    /// restatement `corrects` is the number of the entry that stood before it.
    ///
    /// # Errors
    /// [`EntryError::Contradiction`] where it says two things, [`EntryError::Instant`].
    pub(in crate::ledger) fn entry(&self, number: i64, corrects: Option<i64>) -> Result<Entry, EntryError> {
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
    pub(in crate::ledger) fn is_recorded_by(&self, entry: &Entry) -> bool {
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
