//! A row of the payout log as the API gives it. Its members are the columns of the view `payout`: docs/payout-log.md.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Columns, Table, moment};
use super::words::{Outcome, State, word};
use crate::ledger::{self, Cell, Holds, PayoutRow, decimal};
use crate::quantity::Currency;

/// First and last insured day, both included.
#[derive(Debug, Serialize, ToSchema)]
pub struct Period {
    /// The first.
    #[schema(format = Date, example = "2024-09-01")]
    pub start: String,
    /// The last.
    #[schema(format = Date, example = "2024-09-30")]
    pub end: String,
}

/// An index.
#[derive(Debug, Serialize, ToSchema)]
pub struct Index {
    /// A decimal.
    #[schema(example = "310.5")]
    pub value: String,
    /// Its unit.
    #[schema(example = "mm")]
    pub unit: String,
}

/// What was determined for one period of one cover of one policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payout {
    /// The number of the entry in the ledger.
    #[schema(minimum = 0, example = 91)]
    pub seq: i64,
    /// `policy/cover/first day`, of a payment in advance with its number behind it.
    #[schema(example = "LG-2024-017/typhoon-rain/2024-09-01")]
    pub id: String,
    /// The policy's id.
    #[schema(example = "LG-2024-017")]
    pub policy: String,
    /// The product with its version.
    #[schema(example = "leafy-greens@1")]
    pub product: String,
    /// The cover's id in the term sheet.
    #[schema(example = "typhoon-rain")]
    pub cover: String,
    /// The insured days.
    pub period: Period,
    /// What follows from the index.
    pub outcome: Outcome,
    /// How binding it is.
    pub state: State,
    /// Where the settlement stands now: `open`, `complete`, `preliminary`, `held`, `void`, `interim`, `final`, `restated`,
    /// `closed`.
    #[schema(example = "final")]
    pub stage: String,
    /// The index; null where there is none, which is not the same as zero.
    pub index: Option<Index>,
    /// What the index is compared with, in words.
    #[schema(example = "> 160 mm")]
    pub trigger: String,
    /// What is due for the period in all, with all places of the currency; below zero where the insured owes it.
    #[schema(example = "60000.00")]
    pub amount: String,
    /// The same in minor units of the currency.
    #[schema(example = 6_000_000)]
    pub amount_minor: i64,
    /// What it makes payable beside what was paid in advance. The sum over all payouts is what is owed.
    #[schema(example = "60000.00")]
    pub payable: String,
    /// The same in minor units.
    #[schema(example = 6_000_000)]
    pub payable_minor: i64,
    /// What was paid in advance for the period before it, in minor units.
    #[schema(example = 0)]
    pub paid_in_advance_minor: i64,
    /// How much of that is more than is due, in minor units.
    #[schema(example = 0)]
    pub overpaid_minor: i64,
    /// ISO 4217.
    #[schema(example = "CNY", min_length = 3, max_length = 3)]
    pub currency: String,
    /// How many places the currency has: one unit is ten to the power of it in minor units.
    #[schema(minimum = 0, example = 2)]
    pub places: u8,
    /// Why, in a sentence.
    pub reason: String,
    /// Why, in one word that stays the same.
    #[schema(example = "limit_reached")]
    pub reason_code: String,
    /// Up to when knowledge was used.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// When it was determined.
    #[schema(format = DateTime)]
    pub determined_at: String,
    /// Until when it may be contested; null where it may not.
    #[schema(format = DateTime)]
    pub contested_until: Option<String>,
    /// Until when later readings correct it; null where they do not.
    #[schema(format = DateTime)]
    pub correctable_until: Option<String>,
    /// The number of the entry that it corrects; null where it corrects none.
    pub corrects: Option<i64>,
    /// Why it corrects: `source_revision`, `policy_error`, `engine_error`, `operator`.
    pub cause: Option<String>,
    /// The amount less the one before, in minor units; null where it corrects nothing.
    pub delta_minor: Option<i64>,
    /// What of that is payable, in minor units; null where it corrects nothing.
    pub booked_minor: Option<i64>,
    /// SHA-256 of the term sheet.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub terms: String,
}

/// A page of the payout log.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes what `Wanted::rows` writes")]
pub struct Payouts {
    /// The rows. Fewer than asked for do not say that it is the last page: `next` does.
    pub items: Vec<Payout>,
    /// What is sent as `cursor` for the next page; null behind the last row.
    pub next: Option<String>,
}

/// As the ledger writes it.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

impl Payout {
    /// A row as it stands at an instant.
    pub fn of(row: &PayoutRow, now: DateTime<Utc>) -> Self {
        let currency = Currency::from_code(&row.currency).expect("it was one when the row was read");
        let corrects = row.life.corrects.is_some();
        Self {
            seq: row.seq,
            id: row.id.clone(),
            policy: row.policy.clone(),
            product: row.product.clone(),
            cover: row.cover.clone(),
            period: Period { start: row.period.start.to_string(), end: row.period.end.to_string() },
            outcome: row.outcome.into(),
            state: row.state.into(),
            stage: row.stage(now).to_owned(),
            index: row.index.clone().map(|ledger::IndexValue { value, unit }| Index { value, unit }),
            trigger: row.trigger.clone(),
            amount: row.amount.clone(),
            amount_minor: row.amount_minor,
            payable: decimal(row.payable_minor.into(), currency),
            payable_minor: row.payable_minor,
            paid_in_advance_minor: row.advance_minor,
            overpaid_minor: row.overpaid_minor,
            currency: row.currency.clone(),
            places: currency.places(),
            reason: row.reason.clone(),
            reason_code: row.reason_code.clone(),
            as_of: instant(row.as_of),
            determined_at: instant(row.determined_at),
            contested_until: row.life.contested_until.map(instant),
            correctable_until: row.life.correctable_until.map(instant),
            corrects: row.life.corrects,
            cause: row.life.cause.clone(),
            delta_minor: corrects.then_some(row.life.delta_minor),
            booked_minor: corrects.then_some(row.life.booked_minor),
            terms: row.terms.clone(),
        }
    }
}

impl Table for Payout {
    const NAME: &'static str = "payouts";
    const COLUMNS: Columns<Self> = &[
        ("seq", Holds::Whole, |row| Cell::whole(row.seq)),
        ("id", Holds::Text, |row| Cell::text(&row.id)),
        ("policy", Holds::Text, |row| Cell::text(&row.policy)),
        ("product", Holds::Text, |row| Cell::text(&row.product)),
        ("cover", Holds::Text, |row| Cell::text(&row.cover)),
        ("period_start", Holds::Day, |row| day(&row.period.start)),
        ("period_end", Holds::Day, |row| day(&row.period.end)),
        ("outcome", Holds::Text, |row| Cell::text(word(row.outcome))),
        ("state", Holds::Text, |row| Cell::text(word(row.state))),
        ("stage", Holds::Text, |row| Cell::text(&row.stage)),
        ("index_value", Holds::Decimal, |row| row.index.as_ref().map(|index| Cell::Decimal(&index.value))),
        ("index_unit", Holds::Text, |row| row.index.as_ref().and_then(|index| Cell::text(&index.unit))),
        ("trigger", Holds::Text, |row| Cell::text(&row.trigger)),
        ("amount", Holds::Money, |row| Cell::money(row.amount_minor, &row.currency)),
        ("amount_minor", Holds::Minor, |row| Cell::whole(row.amount_minor)),
        ("payable", Holds::Money, |row| Cell::money(row.payable_minor, &row.currency)),
        ("payable_minor", Holds::Minor, |row| Cell::whole(row.payable_minor)),
        ("paid_in_advance_minor", Holds::Minor, |row| Cell::whole(row.paid_in_advance_minor)),
        ("overpaid_minor", Holds::Minor, |row| Cell::whole(row.overpaid_minor)),
        ("currency", Holds::Text, |row| Cell::text(&row.currency)),
        ("places", Holds::Whole, |row| Cell::whole(row.places)),
        ("reason", Holds::Text, |row| Cell::text(&row.reason)),
        ("reason_code", Holds::Text, |row| Cell::text(&row.reason_code)),
        ("as_of", Holds::Instant, |row| moment(&row.as_of)),
        ("determined_at", Holds::Instant, |row| moment(&row.determined_at)),
        ("contested_until", Holds::Instant, |row| row.contested_until.as_deref().and_then(moment)),
        ("correctable_until", Holds::Instant, |row| row.correctable_until.as_deref().and_then(moment)),
        ("corrects", Holds::Whole, |row| row.corrects.and_then(Cell::whole)),
        ("cause", Holds::Text, |row| row.cause.as_deref().and_then(Cell::text)),
        ("delta_minor", Holds::Minor, |row| row.delta_minor.and_then(Cell::whole)),
        ("booked_minor", Holds::Minor, |row| row.booked_minor.and_then(Cell::whole)),
        ("terms", Holds::Text, |row| Cell::text(&row.terms)),
    ];
}

fn day<'c>(text: &str) -> Option<Cell<'c>> {
    text.parse().ok().map(Cell::Day)
}
