//! What of the ledger somebody may see.

use crate::access::Caller;
use crate::ledger::{PayoutRow, PolicyEntry, Reader};
use crate::publish::problem::Problem;

/// A policy as it was bound, where somebody sees it.
///
/// # Errors
/// Where there is none, or none for this caller.
pub fn policy(caller: &Caller, id: &str, reader: &Reader) -> Result<PolicyEntry, Problem> {
    let seen = reader.seen()?;
    let found = reader.policy(id)?.filter(|(seq, bound)| *seq < seen && caller.scope().sees(id, bound.book()));
    found.map(|(_, bound)| bound).ok_or_else(Problem::not_found)
}

/// The row of an entry's number, where somebody sees it.
///
/// # Errors
/// Where there is none, or none for this caller.
pub fn row(caller: &Caller, entry: i64, reader: &Reader) -> Result<PayoutRow, Problem> {
    let row = reader.payout(&entry.to_string())?.ok_or_else(Problem::not_found)?;
    policy(caller, &row.policy, reader)?;
    Ok(row)
}
