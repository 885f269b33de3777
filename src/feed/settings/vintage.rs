//! When readings are final, and how far back they are asked for again because of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{DAY_S, Origin, seconds};
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::observation::Vintage;

/// When a reading is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VintageRule {
    /// Never.
    Provisional,
    /// At once.
    Final,
    /// So long after the end of its interval.
    FinalAfter(TimeDelta),
    /// As the answers say of each reading.
    AsTold,
}

impl VintageRule {
    /// The vintage at `now` of a reading whose interval ends at `end`, of which nothing is told.
    pub fn at(self, end: DateTime<Utc>, now: DateTime<Utc>) -> Vintage {
        match self {
            Self::Provisional | Self::AsTold => Vintage::Provisional,
            Self::Final => Vintage::Final,
            Self::FinalAfter(wait) if now.signed_duration_since(end) >= wait => Vintage::Final,
            Self::FinalAfter(_) => Vintage::Provisional,
        }
    }
}

pub(super) fn read_vintage(node: &Node, faults: &mut Faults) -> Option<VintageRule> {
    if let Value::Text(text) = &node.value {
        let rule = match Vintage::from_word(text) {
            Some(Vintage::Provisional) => Some(VintageRule::Provisional),
            Some(Vintage::Final) => Some(VintageRule::Final),
            None if text == "as told" => Some(VintageRule::AsTold),
            None => None,
        };
        if rule.is_none() {
            let fault = Fault::new(&node.place, format!("`{text}` is not a vintage"));
            faults.push(fault.hint("write \"final\", \"provisional\", \"as told\" or { final_after = \"90 d\" }"));
        }
        return rule;
    }
    let mut fields = Fields::of(node, "the vintage", faults)?;
    let after = fields.required("final_after", "\"90 d\"", faults).and_then(|node| seconds(node, 1, faults));
    fields.finish(faults);
    after.map(|after| VintageRule::FinalAfter(TimeDelta::seconds(after)))
}

pub(super) fn check_vintage(vintage: VintageRule, delay: i64, node: &Node, faults: &mut Faults) {
    if let VintageRule::FinalAfter(after) = vintage
        && after.num_seconds() < delay
    {
        let fault = Fault::new(&node.place, "readings would be final before they are published");
        faults.push(fault.hint("final_after is at least as long as delay"));
    }
}

pub(super) fn read_look_back(
    fields: &mut Fields<'_>,
    vintage: Option<VintageRule>,
    origin: Option<&Origin>,
    faults: &mut Faults,
) -> Option<i64> {
    let least = match vintage {
        Some(VintageRule::FinalAfter(after)) => after.num_seconds(),
        _ => 0,
    };
    let Some(node) = fields.optional("look_back") else { return Some(least + 2 * DAY_S) };
    let given = seconds(node, 0, faults)?;
    if given < least && matches!(origin, Some(Origin::Url(_))) {
        let fault = Fault::new(&node.place, "readings are never asked for again when they have become final");
        faults.push(fault.hint("look_back is at least as long as final_after"));
        return None;
    }
    Some(given)
}
