//! Rows of the payout log as CSV, in the columns of `fairgauge payouts export`.

use crate::ledger::PayoutRow;
use crate::quantity::{Currency, Money};

/// The names of the columns.
const HEADER: [&str; 22] = [
    "id",
    "policy",
    "product",
    "cover",
    "period_start",
    "period_end",
    "outcome",
    "state",
    "index_value",
    "index_unit",
    "amount",
    "currency",
    "reason",
    "as_of",
    "determined_at",
    "payable",
    "paid_in_advance",
    "contested_until",
    "correctable_until",
    "delta",
    "booked",
    "cause",
];

/// Rows with a header.
///
/// # Errors
/// Where they cannot be written.
pub fn csv(rows: &[PayoutRow]) -> Result<Vec<u8>, csv::Error> {
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in rows {
        let (value, unit) = row.index.as_ref().map(|index| (&*index.value, &*index.unit)).unwrap_or_default();
        writer.write_record([
            &*row.id,
            &row.policy,
            &row.product,
            &row.cover,
            &row.period.start.to_string(),
            &row.period.end.to_string(),
            row.outcome.word(),
            row.state.word(),
            value,
            unit,
            &row.amount,
            &row.currency,
            &row.reason,
            &instant(row.as_of),
            &instant(row.determined_at),
            &decimal(row, row.payable_minor),
            &decimal(row, row.advance_minor),
            &row.life.contested_until.map(instant).unwrap_or_default(),
            &row.life.correctable_until.map(instant).unwrap_or_default(),
            row.life.delta.as_deref().unwrap_or_default(),
            row.life.booked.as_deref().unwrap_or_default(),
            row.life.cause.as_deref().unwrap_or_default(),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn decimal(row: &PayoutRow, minor: i64) -> String {
    let money = Currency::from_code(&row.currency).and_then(|currency| Money::from_minor(minor, currency).ok());
    money.map_or_else(String::new, Money::decimal)
}
