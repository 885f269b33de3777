//! How periods stand: held, let go, void; and what was learned or noted since something became final.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::instant::from_millis;
use super::reader::{LATEST, read};
use super::{Determination, Entry, Kind, LedgerError, Reader};

/// The latest `hold`, `release` or `void` of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The entry's number.
    pub seq: i64,
    /// Which of the three.
    pub kind: Kind,
    /// The entry.
    pub entry: Entry,
}

/// Readings of one series that became known together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// The feed.
    pub feed: Arc<str>,
    /// The station.
    pub station: Arc<str>,
    /// The beginning of the first interval.
    pub start: DateTime<Utc>,
    /// The end of the last one.
    pub end: DateTime<Utc>,
    /// When they became known.
    pub known_at: DateTime<Utc>,
}

/// The beginning of keys of notes on differences that were not booked.
pub(super) const DIFFERENCE: &str = "difference/";
/// The beginning of keys of entries on who might intervene.
const OPERATORS: &str = "operators/";
/// The beginning of keys of acts that change nothing by themselves.
const ACT: &str = "act/";

impl Reader {
    /// How every period stands of which anything was held, by `policy/cover/first day`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn standings(&self) -> Result<BTreeMap<String, Standing>, LedgerError> {
        let query = "SELECT seq, policy || '/' || cover || '/' || period_start, body FROM ledger
            WHERE kind IN ('hold', 'release', 'void') ORDER BY seq";
        let rows = self.rows(query, [], |row| {
            let (seq, entry) = read(&row.get::<_, String>(2)?)?;
            debug_assert_eq!(seq, row.get::<_, i64>(0)?);
            Ok((row.get(1)?, Standing { seq, kind: entry.kind(), entry }))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// How one period stands; none where it was never held.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn standing(&self, policy: &str, cover: &str, start: NaiveDate) -> Result<Option<Standing>, LedgerError> {
        let query = "SELECT body FROM ledger INDEXED BY ledger_held WHERE kind IN ('hold', 'release', 'void')
            AND policy = ?1 AND cover = ?2 AND period_start = ?3 ORDER BY seq DESC LIMIT 1";
        let rows = self.rows(query, [policy, cover, &start.to_string()], |row| {
            let (seq, entry) = read(&row.get::<_, String>(0)?)?;
            Ok(Standing { seq, kind: entry.kind(), entry })
        })?;
        Ok(rows.into_iter().next())
    }

    /// The latest determination of a period with its entry's number.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn latest_entry(
        &self,
        policy: &str,
        cover: &str,
        start: NaiveDate,
    ) -> Result<Option<(i64, Determination)>, LedgerError> {
        let query = format!("{LATEST} AND policy = ?1 AND cover = ?2 AND period_start = ?3");
        let rows = self.rows(&query, [policy, cover, &start.to_string()], |row| {
            Ok((row.get(0)?, self.determination(&row.get::<_, String>(1)?)?))
        })?;
        Ok(rows.into_iter().next())
    }

    /// The entry of a key with its number.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn entry_of_key(&self, key: &str) -> Result<Option<(i64, Entry)>, LedgerError> {
        let found =
            self.rows("SELECT body FROM ledger WHERE key = ?1", [key], |row| read(&row.get::<_, String>(0)?))?;
        Ok(found.into_iter().next())
    }

    /// Acts on a period that change nothing by themselves, such as proposals, in their order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn acts(&self, period_id: &str) -> Result<Vec<(i64, Entry)>, LedgerError> {
        self.with_keys(&format!("{ACT}{period_id}/"))
    }

    /// Hands out every determination and every act, in their order, with what the entry determines.
    ///
    /// # Errors
    /// Where the file cannot be read, or what `take` returns.
    pub fn each_of_life<E: From<LedgerError>>(
        &self,
        mut take: impl FnMut(i64, &Entry, Option<&Determination>) -> Result<(), E>,
    ) -> Result<(), E> {
        let query = "SELECT body FROM ledger
            WHERE kind IN ('decision', 'interim', 'final', 'restate', 'hold', 'release', 'void')
               OR (kind = 'note' AND key >= 'act/' AND key < 'act0')
               OR (kind = 'config' AND key >= 'operators/' AND key < 'operators0')
            ORDER BY seq";
        let mut failed = None;
        self.rows(query, [], |row| {
            let body: String = row.get(0)?;
            let (seq, entry) = read(&body)?;
            let said = match entry.kind() {
                Kind::Decision | Kind::Interim | Kind::Final | Kind::Restate => Some(self.determination(&body)?),
                _ => None,
            };
            if failed.is_none() {
                failed = take(seq, &entry, said.as_ref()).err();
            }
            Ok(())
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// The persons who might intervene as they were recorded last, and every time they were.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn operators(&self) -> Result<Vec<(i64, Entry)>, LedgerError> {
        self.with_keys(OPERATORS)
    }

    /// Everything that persons and the program did to a period, in its order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn acts_on(&self, policy: &str, cover: &str, start: NaiveDate) -> Result<Vec<(i64, Entry)>, LedgerError> {
        let query = "SELECT body FROM ledger INDEXED BY ledger_held WHERE kind IN ('hold', 'release', 'void')
            AND policy = ?1 AND cover = ?2 AND period_start = ?3";
        let held = self.rows(query, [policy, cover, &start.to_string()], |row| read(&row.get::<_, String>(0)?))?;
        let mut acts = self.acts(&format!("{policy}/{cover}/{start}"))?;
        acts.extend(held);
        acts.sort_by_key(|(seq, _)| *seq);
        Ok(acts)
    }

    /// What was proposed and waits for a second person, in its order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn proposals(&self) -> Result<Vec<(i64, Entry)>, LedgerError> {
        let mut waiting = Vec::new();
        for (seq, entry) in self.with_keys(ACT)? {
            let text = |name: &str| entry.text_of(name).unwrap_or_default();
            if text("effect") != "proposed" {
                continue;
            }
            let Some(start) = entry.of_period("start").and_then(|start| start.parse().ok()) else { continue };
            let stood = self.latest_entry(text("policy"), text("cover"), start)?.map(|(seq, _)| seq);
            let later = self.acts_on(text("policy"), text("cover"), start)?;
            let over = later.iter().any(|(other, act)| {
                // Another proposal, what follows from one, or another hold.
                let ends = ["proposed", "released", "voided", "restated", "held"];
                *other > seq && act.text_of("effect").is_ok_and(|effect| ends.contains(&effect))
            });
            if stood == entry.integer_of("determination").ok() && !over {
                waiting.push((seq, entry));
            }
        }
        Ok(waiting)
    }

    /// The keys of differences that were noted and not booked.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn differences(&self) -> Result<HashSet<String>, LedgerError> {
        Ok(self.with_keys(DIFFERENCE)?.into_iter().map(|(_, entry)| entry.key().to_owned()).collect())
    }

    /// Entries whose key begins so, in their order.
    fn with_keys(&self, stem: &str) -> Result<Vec<(i64, Entry)>, LedgerError> {
        let to = format!("{}0", &stem[..stem.len() - 1]);
        let query = "SELECT body FROM ledger WHERE key >= ?1 AND key < ?2 ORDER BY seq";
        self.rows(query, [stem, &to], |row| read(&row.get::<_, String>(0)?))
    }

    /// What became known after an instant, by series and by when.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn learnt_after(&self, instant: DateTime<Utc>) -> Result<Vec<Learnt>, LedgerError> {
        let query = "SELECT feed, station, min(start_s), max(end_s), known_at_ms
            FROM observation JOIN series ON series.id = observation.series
            WHERE known_at_ms > ?1 GROUP BY observation.series, known_at_ms";
        let nonsense = || LedgerError::Nonsense("an instant of a reading".to_owned());
        self.rows(query, [instant.timestamp_millis()], |row| {
            let second = |column| {
                let second = row.get::<_, i64>(column)?;
                DateTime::from_timestamp(second, 0).ok_or_else(nonsense)
            };
            Ok(Learnt {
                feed: row.get::<_, String>(0)?.into(),
                station: row.get::<_, String>(1)?.into(),
                start: second(2)?,
                end: second(3)?,
                known_at: from_millis(row.get(4)?).ok_or_else(nonsense)?,
            })
        })
    }
}

#[cfg(test)]
mod tests;
