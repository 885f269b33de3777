//! What a caller may see. What lies outside is as if it were not there.

use crate::access::Caller;
use crate::ledger::{PayoutRow, PolicyEntry, Reader, Scope};
use crate::publish::problem::Problem;

/// A policy that a caller sees, with its entry's number.
///
/// # Errors
/// [`Problem::not_found`] where there is none, or they do not see it.
pub fn policy(reader: &Reader, scope: &Scope, id: &str) -> Result<(i64, PolicyEntry), Problem> {
    let seen = reader.seen()?;
    let found = reader.policy(id)?.filter(|(seq, policy)| *seq < seen && scope.sees(id, policy.book()));
    found.ok_or_else(Problem::not_found)
}

/// The determination of an entry that a caller sees.
///
/// # Errors
/// As [`policy`].
pub fn row(reader: &Reader, caller: &Caller, seq: i64) -> Result<PayoutRow, Problem> {
    let row = reader.row(seq)?.ok_or_else(Problem::not_found)?;
    policy(reader, &caller.scope(), &row.policy)?;
    Ok(row)
}
