//! How many settlements stand where, and what is payable, counted entry by entry: what was counted once is not read again,
//! however long the ledger has become.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::reader::nonsense;
use super::{LedgerError, Reader, State};
use crate::settle::Outcome;

/// Entries that are read in one question.
const AT_ONCE: i64 = 2_000;

/// The figures of the view `payout`, as far as its entries were counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Up to this entry, itself not included.
    until: i64,
    settlements: BTreeMap<(&'static str, Outcome), i64>,
    payable: BTreeMap<String, i128>,
}

impl Totals {
    /// Settlements by stage and outcome: `open`, `complete`, `preliminary`, `held`, `void`, `interim`, `final`, `restated`.
    pub fn settlements(&self) -> impl Iterator<Item = (&'static str, Outcome, i64)> {
        self.settlements.iter().map(|((stage, outcome), number)| (*stage, *outcome, *number))
    }

    /// What is payable in minor units, by the code of its currency.
    pub fn payable(&self) -> impl Iterator<Item = (&str, i128)> {
        self.payable.iter().map(|(currency, minor)| (currency.as_str(), *minor))
    }

    fn add(&mut self, row: Counted, sign: i64) {
        let Counted { stage, outcome, currency, payable } = row;
        let number = self.settlements.entry((stage, outcome)).or_default();
        *number += sign;
        if *number == 0 {
            self.settlements.remove(&(stage, outcome));
        }
        // A currency stays once it was there, also at zero.
        *self.payable.entry(currency).or_default() += i128::from(sign) * i128::from(payable);
    }
}

/// What one row of the view adds.
struct Counted {
    stage: &'static str,
    outcome: Outcome,
    currency: String,
    payable: i64,
}

/// An entry that adds a row or changes one.
struct Event {
    seq: i64,
    kind: String,
    policy: String,
    cover: String,
    start: String,
}

impl Reader {
    /// Counts some more of what readers see; whether that is all there is now.
    ///
    /// # Errors
    /// Where the file cannot be read; then nothing was counted.
    pub fn count_on(&self, totals: &mut Totals) -> Result<bool, LedgerError> {
        let seen = self.seen()?;
        let end = seen.min(totals.until.saturating_add(AT_ONCE));
        if end <= totals.until {
            return Ok(true);
        }
        let query = "SELECT seq, kind, policy, cover, period_start FROM ledger WHERE seq >= ?1 AND seq < ?2
            AND kind IN ('decision', 'interim', 'final', 'restate', 'hold', 'release', 'void') ORDER BY seq";
        let events = self.rows(query, params![totals.until, end], |row| {
            let text = |column| row.get::<_, String>(column);
            Ok(Event { seq: row.get(0)?, kind: text(1)?, policy: text(2)?, cover: text(3)?, start: text(4)? })
        })?;
        let mut next = Totals { until: end, ..totals.clone() };
        for event in events {
            if event.kind == "interim" {
                next.add(self.interim(event.seq)?, 1);
                continue;
            }
            // What stood of the period goes, what stands of it now comes.
            for (until, sign) in [(event.seq, -1), (event.seq + 1, 1)] {
                if let Some(row) = self.stood(&event, until)? {
                    next.add(row, sign);
                }
            }
        }
        *totals = next;
        Ok(end == seen)
    }

    /// What a payment in advance adds.
    fn interim(&self, seq: i64) -> Result<Counted, LedgerError> {
        let query = "SELECT json_extract(body, '$.outcome'), json_extract(body, '$.currency'), minor FROM ledger WHERE seq = ?1";
        let row = self
            .connection
            .prepare_cached(query)?
            .query_row([seq], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))?;
        Ok(Counted { stage: State::Interim.word(), outcome: outcome(&row.0)?, currency: row.1, payable: row.2 })
    }

    /// What the period of an event added as the ledger stood before entry `until`; none where nothing was determined yet.
    fn stood(&self, event: &Event, until: i64) -> Result<Option<Counted>, LedgerError> {
        let query = "SELECT kind, json_extract(body, '$.outcome'), json_extract(body, '$.currency'),
                coalesce(json_extract(body, '$.payable_minor'), json_extract(body, '$.balance_minor'), minor),
                json_extract(body, '$.contested_until') IS NOT NULL, json_extract(body, '$.reason_code'),
                (SELECT kind FROM ledger AS held
                 WHERE held.kind IN ('hold', 'release', 'void') AND held.policy = ?1 AND held.cover = ?2
                   AND held.period_start = ?3 AND held.seq < ?4 ORDER BY held.seq DESC LIMIT 1)
            FROM ledger
            WHERE kind IN ('decision', 'final', 'restate') AND policy = ?1 AND cover = ?2 AND period_start = ?3 AND seq < ?4
            ORDER BY seq DESC LIMIT 1";
        let row = self.connection.prepare_cached(query)?.query_row(
            params![event.policy, event.cover, event.start, until],
            |row| {
                let text = |column| row.get::<_, String>(column);
                let held: Option<String> = row.get(6)?;
                Ok((text(0)?, text(1)?, text(2)?, row.get::<_, i64>(3)?, row.get::<_, bool>(4)?, text(5)?, held))
            },
        );
        let Some((kind, said, currency, payable, contested, reason_code, held)) = row.optional()? else {
            return Ok(None);
        };
        let state = match kind.as_str() {
            "final" => State::Final,
            "restate" => State::Restated,
            _ => State::of_decision(contested, held.as_deref()),
        };
        let payable = if state.ends() { payable } else { 0 };
        Ok(Some(Counted { stage: state.stage(&reason_code), outcome: outcome(&said)?, currency, payable }))
    }
}

fn outcome(word: &str) -> Result<Outcome, LedgerError> {
    Outcome::from_word(word).ok_or_else(|| nonsense("outcome of a determination"))
}

#[cfg(test)]
mod tests;
