//! Whether the gates of a cover let it pay.

use super::evaluated::Found;
use super::reason::GateReason;
use crate::contract::{GateRule, Gates};
use crate::index::{Index, Trace, Undetermined};
use crate::quantity::Exact;

/// Whether a cover may pay.
#[derive(Debug, PartialEq)]
pub(super) enum Passage {
    /// It may.
    Open,
    /// It may not, for these.
    Closed(Vec<GateReason>),
}

/// How one gate stands, and why.
struct Stand<'e> {
    holds: Result<bool, &'e Undetermined>,
    why: GateReason,
}

/// Whether the gates are open.
///
/// # Errors
/// Where a gate has no index, and the others do not decide.
pub(super) fn passage(gates: &Gates, found: &[Found], trace: &mut Trace) -> Result<Passage, Undetermined> {
    let stands: Vec<_> = gates
        .list
        .iter()
        .zip(found)
        .map(|(gate, found)| {
            let unit = gate.pipeline.unit();
            let (holds, found) = match found {
                Ok(Index::Number(value)) => {
                    let holds = gate.holds.operator.holds(value, &Exact::from(gate.holds.bound));
                    (Ok(holds), Ok((*value, holds)))
                }
                Ok(_) => unreachable!("a gate's index is one number, which was checked when it was read"),
                Err(reason @ Undetermined::NothingQualifies(_)) => (Ok(false), Err(reason.clone())),
                Err(reason) => (Err(reason), Err(reason.clone())),
            };
            let (id, text) = (gate.id.clone(), gate.text.clone());
            let why = GateReason { id, holds: gate.holds, text, unit, found };
            trace.add(&format!("holds {}", gate.text), || why.to_string());
            Stand { holds, why }
        })
        .collect();
    decide(gates.rule, &stands)
}

fn decide(rule: GateRule, stands: &[Stand<'_>]) -> Result<Passage, Undetermined> {
    // One gate that closes under "all", or opens under "any", decides whatever the others are.
    let decisive = rule == GateRule::Any;
    if let Some(stand) = stands.iter().find(|stand| stand.holds == Ok(decisive)) {
        return Ok(if decisive { Passage::Open } else { Passage::Closed(vec![stand.why.clone()]) });
    }
    if let Some(reason) = stands.iter().find_map(|stand| stand.holds.err()) {
        return Err(reason.clone());
    }
    let closed = decisive && !stands.is_empty();
    Ok(if closed { Passage::Closed(stands.iter().map(|stand| stand.why.clone()).collect()) } else { Passage::Open })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Comparison, Operator};
    use crate::quantity::{Fixed, Unit};

    #[test]
    fn one_gate_may_decide_for_all() {
        let unknown = Undetermined::NoReadings { expected: 3 };
        let gate = GateReason {
            id: "gate".to_owned(),
            holds: Comparison { operator: Operator::Above, bound: Fixed::ZERO },
            text: "> 0 mm".to_owned(),
            unit: Unit::from_symbol("mm").expect("known"),
            found: Err(unknown.clone()),
        };
        let stands = |word: &str| -> Vec<Stand<'_>> {
            let stand = |c| Stand {
                holds: match c {
                    '+' => Ok(true),
                    '-' => Ok(false),
                    _ => Err(&unknown),
                },
                why: gate.clone(),
            };
            word.chars().map(stand).collect()
        };
        for (rule, gates, open, why) in [
            (GateRule::All, "", Some(true), "no gate at all"),
            (GateRule::All, "+", Some(true), "the only one holds"),
            (GateRule::All, "-", Some(false), "the only one does not"),
            (GateRule::All, "?", None, "the only one is not known"),
            (GateRule::All, "++", Some(true), "both hold"),
            (GateRule::All, "+-", Some(false), "one does not"),
            (GateRule::All, "+?", None, "the other one is not known"),
            (GateRule::All, "?-", Some(false), "one that does not hold decides"),
            (GateRule::Any, "--", Some(false), "none holds"),
            (GateRule::Any, "-+", Some(true), "one holds"),
            (GateRule::Any, "-?", None, "the other one is not known"),
            (GateRule::Any, "?+", Some(true), "one that holds decides"),
        ] {
            let got = decide(rule, &stands(gates));
            assert_eq!(got.ok().map(|passage| passage == Passage::Open), open, "{why}");
        }
    }
}
