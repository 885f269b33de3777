//! The phases of a series: parts of the period, each with its first and its last day.

use chrono::{Datelike, NaiveDate};

use crate::calendar::{MonthDay, Span};
use crate::document::{Fault, Faults, Fields, Node};

use super::super::block::Phase;
use super::super::term_sheet::read_id;

/// Reads `phases = [ … ]`: in their order, none of which overlaps another. They may run over the year's end once.
pub(super) fn read_phases(node: &Node, faults: &mut Faults) -> Option<Vec<Phase>> {
    let items = node.list("a list of phases", faults)?;
    if items.is_empty() {
        let fault = Fault::new(&node.place, "there is no phase");
        faults.push(fault.hint("as in [ { id = \"sowing\", from = \"04-01\", to = \"05-15\" } ]"));
        return None;
    }
    let mut phases: Option<Vec<Phase>> = Some(Vec::new());
    for item in items {
        let phase = read_phase(item, faults);
        if let (Some(phase), Some(others)) = (&phase, &phases)
            && others.iter().any(|other| other.id == phase.id)
        {
            let fault = Fault::new(&item.place, format!("two phases are called `{}`", phase.id));
            faults.push(fault.hint("give this one another id"));
            return None;
        }
        phases = phases.zip(phase).map(|(mut phases, phase)| {
            phases.push(phase);
            phases
        });
    }
    let phases = phases?;
    check_order(&phases, items, faults)?;
    Some(phases)
}

fn read_phase(node: &Node, faults: &mut Faults) -> Option<Phase> {
    let mut fields = Fields::of(node, "a phase", faults)?;
    let id_node = fields.required("id", "\"sowing\"", faults);
    let id = id_node.and_then(|node| read_id(node, faults));
    let from = fields.required("from", "\"04-01\"", faults).and_then(|node| read_day(node, faults));
    let to = fields.required("to", "\"05-15\"", faults).and_then(|node| read_day(node, faults));
    fields.finish(faults);
    // Numbers by phase would read as a named file.
    if let (Some("file"), Some(node)) = (id.as_deref(), id_node) {
        faults.push(Fault::new(&node.place, "a phase cannot be called `file`").hint("give it another id"));
        return None;
    }
    Some(Phase { id: id?, from: from?, to: to? })
}

fn read_day(node: &Node, faults: &mut Faults) -> Option<MonthDay> {
    let text = node.text("a day of the year, such as \"06-20\"", faults)?;
    let day = MonthDay::parse(text);
    if day.is_none() {
        let fault = Fault::new(&node.place, format!("`{text}` is no day of the year"));
        faults.push(fault.hint("write month and day with two digits each, as in \"06-20\""));
    }
    day
}

/// The days of all phases follow one another, inside of one year from the first on.
fn check_order(phases: &[Phase], items: &[Node], faults: &mut Faults) -> Option<()> {
    let number = |day: MonthDay| day.in_year(2024).expect("2024 has every day of the year").ordinal0();
    let first = number(phases[0].from);
    // Days behind the first phase's first, as a year goes round.
    let behind = |day: MonthDay| (number(day) + 366 - first) % 366;
    let mut end: Option<(u32, &Phase)> = None;
    for (phase, item) in phases.iter().zip(items) {
        let (from, to) = (behind(phase.from), behind(phase.to));
        let message = match end {
            Some((last, before)) if from <= last => Some(format!(
                "phase `{}` begins on {}, before `{}` has ended on {}",
                phase.id, phase.from, before.id, before.to
            )),
            _ if to < from => Some(format!(
                "phase `{}` ends on {}, after the first phase has begun again on {}",
                phase.id, phase.to, phases[0].from
            )),
            _ => None,
        };
        if let Some(message) = message {
            faults.push(Fault::new(&item.place, message).hint("put the phases in order, none over another"));
            return None;
        }
        end = Some((to, phase));
    }
    Some(())
}

/// The days of each phase inside a period: each the first turn behind the phase before. `Err`: the first phase that
/// does not lie inside.
///
/// Where a year has no 29 February, a phase begins on 1 March or ends on 28 February.
pub(super) fn phase_spans(phases: &[Phase], period: Span) -> Result<Vec<Span>, &Phase> {
    let mut free = period.first;
    phases
        .iter()
        .map(|phase| {
            let first = next_turn(phase.from, free, (3, 1)).ok_or(phase)?;
            let last = next_turn(phase.to, first, (2, 28)).ok_or(phase)?;
            free = last.succ_opt().ok_or(phase)?;
            if last <= period.last { Ok(Span { first, last }) } else { Err(phase) }
        })
        .collect()
}

fn next_turn(day: MonthDay, from: NaiveDate, instead: (u32, u32)) -> Option<NaiveDate> {
    (from.year()..=from.year() + 1)
        .filter_map(|year| day.in_year(year).or_else(|| NaiveDate::from_ymd_opt(year, instead.0, instead.1)))
        .find(|date| *date >= from)
}
