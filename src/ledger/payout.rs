//! What readers see of a determination: a row of the view `payout`.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Row;
use serde::{Serialize, Serializer};

use super::instant::{instant_text, parse_instant};
use super::{LedgerError, State};
use crate::quantity::{Currency, Money};
use crate::settle::Outcome;

/// Which rows are asked for. What is `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one policy.
    pub policy: Option<String>,
    /// Of one product with its version: `leafy-greens@1`.
    pub product: Option<String>,
    /// Of one cover.
    pub cover: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// In this state.
    pub state: Option<State>,
    /// Superseded ones too: the history.
    pub all: bool,
    /// Whose period ends on this day or later.
    pub ends_from: Option<NaiveDate>,
    /// Whose period ends on this day or earlier.
    pub ends_to: Option<NaiveDate>,
    /// Determined at this instant or later.
    pub determined_from: Option<DateTime<Utc>>,
    /// Determined before this instant.
    pub determined_before: Option<DateTime<Utc>>,
    /// And of these.
    pub only: Only,
    /// Columns of the view by which the rows are put in order; among equals, and where it is empty, by policy, cover and
    /// period.
    pub order: Vec<&'static str>,
}

/// Lists of which a row has one each; an empty one is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Products with their version, or without: then every version.
    pub products: Vec<String>,
    /// States.
    pub states: Vec<State>,
    /// Outcomes.
    pub outcomes: Vec<Outcome>,
    /// Currencies.
    pub currencies: Vec<String>,
}

impl Only {
    /// A condition for each list that is asked, and what is bound to it.
    fn conditions(&self) -> impl Iterator<Item = (String, Vec<String>)> + use<> {
        let one_of = |column: &str, words: Vec<String>| (vec![format!("{column} = ?"); words.len()], words);
        let product = |name: &String| match name.contains('@') {
            true => "product = ?".to_owned(),
            false => "substr(product, 1, instr(product, '@') - 1) = ?".to_owned(),
        };
        let lists = [
            (self.products.iter().map(product).collect(), self.products.clone()),
            one_of("state", self.states.iter().map(|state| state.word().to_owned()).collect()),
            one_of("outcome", self.outcomes.iter().map(|outcome| outcome.word().to_owned()).collect()),
            one_of("currency", self.currencies.clone()),
        ];
        let asked = lists.into_iter().filter(|(_, words)| !words.is_empty());
        asked.map(|(conditions, words)| (conditions.join(" OR "), words))
    }
}

impl Filter {
    /// The query and what is bound to it.
    pub(super) fn query(&self) -> (String, Vec<String>) {
        // The ledger's instants have one width, so that their texts are in the order of time.
        let instant = |at: &DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let asked = [
            ("policy = ?", self.policy.clone()),
            ("product = ?", self.product.clone()),
            ("cover = ?", self.cover.clone()),
            ("outcome = ?", self.outcome.map(|outcome| outcome.word().to_owned())),
            ("state = ?", self.state.map(|state| state.word().to_owned())),
            ("period_end >= ?", self.ends_from.map(|day| day.to_string())),
            ("period_end <= ?", self.ends_to.map(|day| day.to_string())),
            ("determined_at >= ?", self.determined_from.as_ref().map(instant)),
            ("determined_at < ?", self.determined_before.as_ref().map(instant)),
        ];
        let asked = asked.into_iter().filter_map(|(condition, value)| Some((condition.to_owned(), vec![value?])));
        let (mut text, mut values) = (format!("SELECT {} FROM {} WHERE 1", PayoutRow::COLUMNS, self.view()), vec![]);
        for (condition, bound) in asked.chain(self.only.conditions()) {
            text.push_str(&format!(" AND ({condition})"));
            values.extend(bound);
        }
        text.push_str(" ORDER BY ");
        self.order.iter().for_each(|column| text.push_str(&format!("\"{column}\", ")));
        text.push_str("policy, cover, period_start, seq");
        (text, values)
    }

    fn view(&self) -> &'static str {
        if self.all { "determination" } else { "payout" }
    }
}

/// First and last insured day, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first.
    pub start: NaiveDate,
    /// The last.
    pub end: NaiveDate,
}

/// An index as a decimal, and its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexValue {
    /// The decimal.
    pub value: String,
    /// The unit.
    pub unit: String,
}

/// How long a row may be contested or corrected, and what it corrects. As JSON only what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowLife {
    /// Until when it may be contested.
    #[serde(serialize_with = "as_text_or_null", skip_serializing_if = "Option::is_none")]
    pub contested_until: Option<DateTime<Utc>>,
    /// Until when later readings correct it.
    #[serde(serialize_with = "as_text_or_null", skip_serializing_if = "Option::is_none")]
    pub correctable_until: Option<DateTime<Utc>>,
    /// The number of the entry that it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<i64>,
    /// Why: `source_revision`, `policy_error`, `engine_error`, `operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The amount less the one before, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<String>,
    /// What of it is payable, a decimal: less than nothing where it is claimed back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked: Option<String>,
    /// The difference in minor units.
    #[serde(skip)]
    pub delta_minor: i64,
    /// What of it is payable, in minor units.
    #[serde(skip)]
    pub booked_minor: i64,
}

/// One row. As JSON it has the names below, up to `paid_in_advance`; the last two only where anything is paid in advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PayoutRow {
    /// `policy/cover/period_start`.
    pub id: String,
    /// The policy's id.
    pub policy: String,
    /// The product with its version.
    pub product: String,
    /// The cover's id.
    pub cover: String,
    /// The period.
    pub period: Period,
    /// What follows.
    pub outcome: Outcome,
    /// How binding it is.
    pub state: State,
    /// The index, if there is one.
    pub index: Option<IndexValue>,
    /// A decimal with all places of the currency's minor unit: `1138.50`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The knowledge that was used.
    #[serde(serialize_with = "as_text")]
    pub as_of: DateTime<Utc>,
    /// When it was determined.
    #[serde(serialize_with = "as_text")]
    pub determined_at: DateTime<Utc>,
    /// What it makes payable beside what was paid in advance, as a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable: Option<String>,
    /// What was paid in advance for the period before it, as a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_in_advance: Option<String>,
    /// How long it may be contested or corrected, and what it corrects.
    #[serde(flatten)]
    pub life: RowLife,
    /// Why, in one word that stays the same.
    #[serde(skip)]
    pub reason_code: String,
    /// What the index is compared with, in words.
    #[serde(skip)]
    pub trigger: String,
    /// The amount in minor units.
    #[serde(skip)]
    pub amount_minor: i64,
    /// What it makes payable, in minor units: of a provisional one nothing, of a payment in advance that payment, else the
    /// amount less what was paid in advance. The sum over the view `payout` is what is owed.
    #[serde(skip)]
    pub payable_minor: i64,
    /// What was paid in advance before, in minor units.
    #[serde(skip)]
    pub advance_minor: i64,
    /// How much more of it than is due, in minor units.
    #[serde(skip)]
    pub overpaid_minor: i64,
    /// SHA-256 of the term sheet, in hexadecimal.
    #[serde(skip)]
    pub terms: String,
    /// The entry's number.
    #[serde(skip)]
    pub seq: i64,
}

fn as_text<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&instant_text(*at).map_err(serde::ser::Error::custom)?)
}

fn as_text_or_null<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => as_text(at, serializer),
        None => serializer.serialize_none(),
    }
}

impl PayoutRow {
    /// Where the settlement stands at an instant: `open`, `complete`, `preliminary`, `held`, `void`, `final`, `restated`;
    /// `closed` where nothing corrects it any more; `interim` of a payment in advance.
    pub fn stage(&self, now: DateTime<Utc>) -> &'static str {
        let correctable = self.life.correctable_until.is_some_and(|until| now <= until);
        if self.state.ends() && !correctable { "closed" } else { self.state.stage(&self.reason_code) }
    }

    /// What its state is called, by this word; a payment in advance with its number, the last part of its id: `interim 2`.
    pub fn state_as(&self, word: &str) -> String {
        let number = self.id.rsplit('/').next().filter(|_| self.state == State::Interim);
        number.map_or_else(|| word.to_owned(), |number| format!("{word} {number}"))
    }

    /// The columns of both views, in their order.
    pub(super) const COLUMNS: &'static str = "id, policy, product, cover, period_start, period_end, outcome, state, \
        index_value, index_unit, amount, currency, reason, as_of, determined_at, reason_code, \"trigger\", amount_minor, \
        terms, seq, payable_minor, advance_minor, overpaid_minor, contested_until, correctable_until, corrects, cause, \
        delta_minor, booked_minor";

    /// A row of [`Self::COLUMNS`].
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, LedgerError> {
        let text = |column: usize| row.get::<_, String>(column);
        let nonsense = |column: &str| LedgerError::Nonsense(format!("{column} of a determination"));
        let (value, unit): (Option<String>, Option<String>) = (row.get(8)?, row.get(9)?);
        let date = |column: usize| text(column)?.parse().map_err(|_| nonsense("period"));
        let instant = |column: usize| parse_instant(&text(column)?).ok_or_else(|| nonsense("instant"));
        let currency = Currency::from_code(&text(11)?).ok_or_else(|| nonsense("currency"))?;
        let state = State::from_word(&text(7)?).ok_or_else(|| nonsense("state"))?;
        let (payable_minor, advance_minor) = (row.get(20)?, row.get(21)?);
        let told = matches!(state, State::Interim | State::Restated) || advance_minor != 0;
        let money = |minor| {
            let money = Money::from_minor(minor, currency).map_err(|_| nonsense("amount"))?;
            Ok::<_, LedgerError>(money.decimal())
        };
        let decimal = |minor| if told { money(minor).map(Some) } else { Ok(None) };
        let until = |column: usize| {
            let text: Option<String> = row.get(column)?;
            text.map(|text| parse_instant(&text).ok_or_else(|| nonsense("instant"))).transpose()
        };
        let (delta, booked): (Option<i64>, Option<i64>) = (row.get(27)?, row.get(28)?);
        let life = RowLife {
            contested_until: until(23)?,
            correctable_until: until(24)?,
            corrects: row.get(25)?,
            cause: row.get(26)?,
            delta: delta.map(money).transpose()?,
            booked: booked.map(money).transpose()?,
            delta_minor: delta.unwrap_or(0),
            booked_minor: booked.unwrap_or(0),
        };
        Ok(Self {
            id: text(0)?,
            policy: text(1)?,
            product: text(2)?,
            cover: text(3)?,
            period: Period { start: date(4)?, end: date(5)? },
            outcome: Outcome::from_word(&text(6)?).ok_or_else(|| nonsense("outcome"))?,
            state,
            index: value.zip(unit).map(|(value, unit)| IndexValue { value, unit }),
            amount: text(10)?,
            currency: text(11)?,
            reason: text(12)?,
            as_of: instant(13)?,
            determined_at: instant(14)?,
            reason_code: text(15)?,
            trigger: text(16)?,
            amount_minor: row.get(17)?,
            terms: text(18)?,
            seq: row.get(19)?,
            payable: decimal(payable_minor)?,
            paid_in_advance: if advance_minor == 0 && state == State::Restated {
                None
            } else {
                decimal(advance_minor)?
            },
            life,
            payable_minor,
            advance_minor,
            overpaid_minor: row.get(22)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::determined::{ended, interim, paid, restated, season};
    use crate::ledger::store::tests::fresh;
    use crate::ledger::{Batch, Determination, Entry, Item, Kind, Life, Reader};

    /// The rows of these, by policy.
    fn rows(all: impl IntoIterator<Item = Determination>) -> Vec<PayoutRow> {
        let (_folder, mut store) = fresh();
        let mut batch = Batch::new();
        all.into_iter().for_each(|said| batch.determine(said));
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        reader.payouts(&Filter { all: true, ..Filter::default() }).expect("readable")
    }

    #[test]
    fn a_stage_is_closed_once_nothing_corrects_it() {
        let until = parse_instant("2013-10-01T00:00:00.000Z").expect("an instant");
        let [before, after] = [-1, 1].map(|by| until + chrono::TimeDelta::milliseconds(by));
        let life = Life { correctable_until: Some(until), ..Life::default() };
        let one = |said| rows([said]).remove(0);
        let corrected = one(Determination { life, ..paid(100) });
        assert_eq!([before, until, after].map(|now| corrected.stage(now)), ["final", "final", "closed"]);
        assert_eq!(one(paid(100)).stage(before), "closed", "what is never corrected");
        let open = one(season());
        assert_ne!(open.stage(after), "closed", "what is open is not closed");
    }

    #[test]
    fn a_payment_in_advance_has_its_number_and_the_others_have_none() {
        let all = rows([interim(1, 30, 0), interim(2, 20, 30), ended(100, 50)]);
        let words: Vec<_> = all.iter().map(|row| row.state_as(row.state.word())).collect();
        assert_eq!(words, ["interim 1", "interim 2", "final"]);
    }

    #[test]
    fn a_row_as_it_was_written_says_nothing_of_a_hold() {
        let (_folder, mut store) = fresh();
        let said = season();
        let mut batch = Batch::new();
        let start = Item::object([("start", said.period.start.to_string().into())]);
        let hold = Entry::new(Kind::Hold, "hold/1", said.determined_at);
        let hold = hold.text("policy", &said.policy).text("cover", &said.cover).item("period", start);
        batch.determine(said.clone());
        store.append(batch).expect("written");
        let reader = Reader::open(store.path()).expect("a ledger");
        let row = || reader.payouts(&Filter::default()).expect("readable").remove(0);
        let written = row();
        assert_eq!((written.state, reader.last_visible().expect("readable")), (said.state, 1));
        let mut batch = Batch::new();
        batch.entry(hold);
        store.append(batch).expect("written");
        assert_eq!((row().state, reader.last_visible().expect("readable")), (State::Held, 2));
        assert_eq!(row().as_written(), written);
        assert_eq!(written.clone().as_written(), written);
    }

    /// What is no different from the amount is not told twice.
    #[test]
    fn what_is_payable_is_told_where_it_is_not_the_amount() {
        let told = |row: &PayoutRow| (row.payable.clone(), row.paid_in_advance.clone());
        let some = |text: &str| Some(text.to_owned());
        let advances = rows([interim(1, 30, 0), interim(2, 20, 30), ended(100, 50)]);
        assert_eq!(told(&advances[0]), (some("0.30"), some("0.00")));
        assert_eq!(told(&advances[1]), (some("0.20"), some("0.30")));
        assert_eq!(told(&advances[2]), (some("0.50"), some("0.50")));
        let corrected = rows([paid(100), restated(300, 100)]);
        assert_eq!(told(&corrected[0]), (None, None));
        assert_eq!(told(&corrected[1]), (some("3.00"), None));
    }
}
