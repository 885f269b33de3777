//! Every determination of a ledger computed again, on all cores.

use std::collections::HashMap;
use std::num::NonZero;
use std::ops::RangeInclusive;

use super::{AuditError, bound_policy, differences, place, sources_differ};
use crate::ledger::{Determination, Digest, PolicyEntry, Reader, State, hex};
use crate::observation::Knowledge;
use crate::settle::{Pass, Terms};

/// How many determinations are in memory at once.
const AT_ONCE: i64 = 4_096;

/// A determination that does not come out as the ledger says.
#[derive(Debug, PartialEq, Eq)]
pub struct Faulty {
    /// Its entry.
    pub seq: i64,
    /// What it is called.
    pub id: String,
    /// What differs, a line each, or why it cannot be computed.
    pub why: String,
}

/// Policies and term sheets as they were bound.
struct Policies {
    policies: HashMap<String, PolicyEntry>,
    sheets: HashMap<Digest, String>,
    /// Entries that came back after a loss, without what they rest on.
    lost: Vec<RangeInclusive<i64>>,
}

impl Policies {
    fn read(reader: &Reader) -> Result<Self, AuditError> {
        let (mut sheets, lost) = (HashMap::new(), reader.bodies_only()?);
        let policies = reader.policies()?;
        for entry in &policies {
            if let std::collections::hash_map::Entry::Vacant(free) = sheets.entry(entry.terms) {
                let text = reader.evidence(entry.terms)?.and_then(|bytes| String::from_utf8(bytes).ok());
                match text {
                    Some(text) => drop(free.insert(text)),
                    None if !lost.is_empty() => {}
                    None => return Err(AuditError::Absent(format!("term sheet {}", hex(&entry.terms)))),
                }
            }
        }
        let policies = policies.into_iter().map(|entry| (entry.policy.clone(), entry)).collect();
        Ok(Self { policies, sheets, lost })
    }

    /// Where the determination differs from what comes out now.
    fn differences(&self, pass: &mut Pass<'_>, said: &Determination) -> Result<Vec<String>, AuditError> {
        let entry = self.policies.get(&said.policy);
        let entry = entry.ok_or_else(|| AuditError::Absent(format!("policy {}", said.policy)))?;
        if entry.terms != said.terms {
            return Ok(vec![format!("it rests on term sheet {}, its policy was bound to another", hex(&said.terms))]);
        }
        let sheet = self.sheets.get(&entry.terms);
        let sheet = sheet.ok_or_else(|| AuditError::Absent(format!("term sheet {}", hex(&entry.terms))))?;
        let policy = bound_policy(entry, (sheet, &entry.product), &said.cover)?;
        let (cover, period) = place(&policy, said)?;
        let terms =
            Terms { policy: &policy, cover, period: &period, bound_at: entry.bound_at, paid: said.paid.clone() };
        let advance = if said.state == State::Interim { pass.in_advance(&terms) } else { None };
        let settlement = advance.unwrap_or_else(|| pass.settle(&terms));
        let mut found = differences(said, &settlement, &period);
        found.extend(sources_differ(said, &settlement.sources()));
        Ok(found)
    }

    /// The first faulty one of some, in their order.
    fn first_faulty(&self, knowledge: &Knowledge, said: &[(i64, Determination)]) -> Option<Faulty> {
        let same_instant = said.chunk_by(|(_, a), (_, b)| a.as_of == b.as_of);
        same_instant
            .filter_map(|together| {
                let mut pass = Pass::new(knowledge, together[0].1.as_of);
                together.iter().find_map(|(seq, determination)| {
                    if self.lost.iter().any(|entries| entries.contains(seq)) {
                        return None;
                    }
                    let why = match self.differences(&mut pass, determination) {
                        Ok(differences) if differences.is_empty() => return None,
                        Ok(differences) => differences.join("\n"),
                        Err(error) => error.to_string(),
                    };
                    Some(Faulty { seq: *seq, id: determination.id(), why })
                })
            })
            .next()
    }
}

/// Computes every determination from entry `from` on again, and gives the first that comes out otherwise. `on_progress`
/// is called with how many more were computed and the entry that comes next.
///
/// # Errors
/// Where the ledger cannot be read.
pub fn recompute(
    reader: &Reader,
    from: i64,
    mut on_progress: impl FnMut(u64, i64),
) -> Result<Option<Faulty>, AuditError> {
    let (bound, knowledge) = (Policies::read(reader)?, reader.knowledge(None)?);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut next = from;
    loop {
        let said = reader.determinations(next, AT_ONCE)?;
        let Some((last, _)) = said.last() else { return Ok(None) };
        next = last + 1;
        let parts = said.chunks(said.len().div_ceil(cores));
        let faulty = std::thread::scope(|scope| {
            let workers: Vec<_> = parts.map(|part| scope.spawn(|| bound.first_faulty(&knowledge, part))).collect();
            workers.into_iter().find_map(|worker| worker.join().expect("settling does not panic"))
        });
        if faulty.is_some() {
            return Ok(faulty);
        }
        on_progress(u64::try_from(said.len()).unwrap_or_default(), next);
    }
}
