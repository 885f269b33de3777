//! What is subtracted from a cover's payout: what another cover paid, of the same product or of another policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::document::{Fault, Faults, Fields, Node, Place, Value, did_you_mean};

use super::cover::Cover;
use super::named_column::{NamedColumn, read_named_column};
use super::policy::Policy;
use super::product::{Column, ColumnKind};
use super::term_sheet::read_id;

/// Whose payout for the same period is subtracted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Less {
    /// The cover.
    pub cover: String,
    /// The book's column with the policy that it is of; none where it is an earlier cover of the same product.
    pub policy: Option<String>,
}

impl Cover {
    /// The cover of the same product whose payout is subtracted.
    pub fn less_within(&self) -> Option<&str> {
        self.less.as_ref().filter(|less| less.policy.is_none()).map(|less| less.cover.as_str())
    }
}

/// A cover of a policy whose payout is subtracted from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtracted<'p> {
    /// The policy's number.
    pub policy: &'p str,
    /// The cover's name.
    pub cover: &'p str,
}

impl Policy {
    /// What is subtracted from one of its covers.
    pub fn subtracted<'p>(&'p self, cover: &'p Cover) -> Option<Subtracted<'p>> {
        let less = cover.less.as_ref()?;
        let policy = less.policy.as_ref().map_or(&*self.id, |column| &*self.policies[column]);
        Some(Subtracted { policy, cover: &less.cover })
    }

    /// By what name a settlement knows it: `advance` of the same policy, `P-1/base` of another one.
    pub fn subtracted_key(&self, cover: &Cover) -> Option<String> {
        let less = cover.less.as_ref()?;
        Some(match &less.policy {
            None => less.cover.clone(),
            Some(column) => format!("{}/{}", self.policies[column], less.cover),
        })
    }
}

/// Reads `less = "advance"`, or `{ cover = "base", policy = "{underlying}" }`.
pub(super) fn read_less(node: &Node, columns: &[Column], faults: &mut Faults) -> Option<Less> {
    if matches!(node.value, Value::Text(_)) {
        return read_id(node, faults).map(|cover| Less { cover, policy: None });
    }
    let mut fields = Fields::of(node, "what is subtracted", faults)?;
    let cover = fields.required("cover", "\"base\"", faults).and_then(|node| read_id(node, faults));
    let policy = fields.required("policy", "\"{underlying}\"", faults);
    let policy = policy.and_then(|node| read_named_column(node, &POLICY, columns, faults));
    fields.finish(faults);
    Some(Less { cover: cover?, policy: Some(policy?) })
}

/// `"{underlying}"`
const POLICY: NamedColumn = NamedColumn {
    kind: ColumnKind::Policy,
    words: ("policy", "policies"),
    what: "column of the book",
    example: "underlying",
    wanted: "a column of policies, such as \"{underlying}\"",
};

/// Holds the policies of a book against those whose payouts they subtract. Of a row that had a fault, which `is_known`
/// knows by its number, nothing more is told.
pub(super) fn check_policies(policies: &[Arc<Policy>], is_known: &dyn Fn(&str) -> bool, faults: &mut Faults) {
    let subtracts = |policy: &&Arc<Policy>| {
        policy.product.covers.iter().any(|cover| cover.less.as_ref().is_some_and(|less| less.policy.is_some()))
    };
    let stacked: Vec<_> = policies.iter().filter(subtracts).collect();
    if stacked.is_empty() {
        return;
    }
    let by_id: BTreeMap<&str, &Arc<Policy>> = policies.iter().map(|policy| (&*policy.id, policy)).collect();
    for policy in stacked {
        for cover in &policy.product.covers {
            let Some(column) = cover.less.as_ref().and_then(|less| less.policy.as_ref()) else { continue };
            if let Some((message, hint)) = fault_of(policy, cover, &by_id, is_known) {
                faults.push(Fault::new(&place(policy, column), message).hint(hint));
            }
        }
    }
}

fn place(policy: &Policy, column: &str) -> Place {
    policy.place.of(column)
}

/// What is wrong with what a cover of a policy subtracts of another policy, and the mend.
fn fault_of(
    policy: &Policy,
    cover: &Cover,
    by_id: &BTreeMap<&str, &Arc<Policy>>,
    is_known: &dyn Fn(&str) -> bool,
) -> Option<(String, String)> {
    let wanted = policy.subtracted(cover)?;
    let Some(other) = by_id.get(wanted.policy) else {
        if is_known(wanted.policy) {
            return None;
        }
        let near = did_you_mean(wanted.policy, by_id.keys().copied());
        let hint =
            near.map_or_else(|| "name a policy of this book".to_owned(), |near| format!("did you mean `{near}`?"));
        return Some((format!("there is no policy `{}` in the book", wanted.policy), hint));
    };
    let (of, reference) = (format!("policy {}", other.id), other.product.reference());
    let Some(base) = other.product.covers.iter().find(|base| base.id == wanted.cover) else {
        let message = format!("{of} on {reference} has no cover `{}` to subtract from {}", wanted.cover, cover.id);
        return Some((message, "name a policy whose product has this cover".to_owned()));
    };
    if other.product.currency != policy.product.currency {
        let message = format!(
            "{of} pays in {}, this one in {}: they cannot be subtracted",
            other.product.currency, policy.product.currency
        );
        return Some((message, "name a policy in the same currency".to_owned()));
    }
    if base.is_swap() {
        let message = format!("cover {} of {of} is a swap", base.id);
        return Some((message, "only what is paid to the insured is subtracted".to_owned()));
    }
    if leads_back(policy, cover, by_id) {
        let message =
            format!("cover {} waits for {of}, which waits for this one: neither would ever be final", cover.id);
        return Some((message, "name a policy that subtracts nothing of this one".to_owned()));
    }
    let periods = cover.window.periods(policy.cover).unwrap_or_default();
    let others = base.window.periods(other.cover).unwrap_or_default();
    let alone = periods.iter().find(|period| !others.contains(period))?;
    let message = format!(
        "cover {} of {of} has no period {} to {} to subtract from {}",
        base.id, alone.first, alone.last, cover.id
    );
    Some((message, "give both policies the same days".to_owned()))
}

/// Whether a cover is among those that are subtracted from it, one from another.
fn leads_back(policy: &Policy, cover: &Cover, by_id: &BTreeMap<&str, &Arc<Policy>>) -> bool {
    let start = Subtracted { policy: &policy.id, cover: &cover.id };
    let (mut seen, mut next) = (BTreeSet::new(), policy.subtracted(cover));
    while let Some(wanted) = next {
        if wanted == start {
            return true;
        }
        if !seen.insert(wanted) {
            return false; // a circle that does not come back to this one: it is told of those that are in it
        }
        next = by_id.get(wanted.policy).and_then(|other| {
            let cover = other.product.cover(wanted.cover)?;
            other.subtracted(cover)
        });
    }
    false
}
