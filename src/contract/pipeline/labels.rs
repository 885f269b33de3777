//! Numbers by label: by calendar month, by dekad, by phase.

use crate::document::{Node, Value, did_you_mean};
use crate::quantity::{Exact, Fixed, Unit};

use super::super::block::Labelled;
use super::super::grain::Grain;
use super::super::literal::Literal;
use super::flow::Series;
use super::keys::Keys;

/// Names of months in a term sheet, January first.
pub(super) const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A number or numbers by label, and whether all of them are known: none is a placeholder.
pub(super) struct ReadLabels {
    pub labelled: Labelled,
    pub known: bool,
}

impl ReadLabels {
    /// Every number.
    pub fn numbers(&self) -> Vec<Fixed> {
        match &self.labelled {
            Labelled::Same(number) => vec![*number],
            Labelled::Months(numbers) => numbers.iter().flatten().copied().collect(),
            Labelled::Dekads(numbers) => numbers.iter().flatten().copied().collect(),
            Labelled::Phases(numbers) => numbers.clone(),
        }
    }

    /// Their sum.
    pub fn sum(&self) -> Exact {
        self.numbers().into_iter().fold(Exact::ZERO, |sum, number| sum.plus(number.into()).unwrap_or(sum))
    }
}

/// A number in `unit`, or one by label.
pub(super) fn read_labelled(
    key: &'static str,
    series: &Series,
    unit: Unit,
    keys: &mut Keys<'_, '_>,
) -> Option<ReadLabels> {
    let node = keys.required(key, &super::super::product::Product::example_in(unit))?;
    if !matches!(node.value, Value::Table(_)) {
        let literal = keys.quantity_of(node, unit)?;
        return Some(ReadLabels { labelled: Labelled::Same(literal.quantity.value), known: !literal.placeholder });
    }
    read_labels(node, series, unit, keys)
}

/// Numbers by label. Months and dekads that no period of the product reaches may be left out; phases may not.
pub(super) fn read_labels(node: &Node, series: &Series, unit: Unit, keys: &mut Keys<'_, '_>) -> Option<ReadLabels> {
    let dekads = dekads();
    let entries = node.table("numbers by label such as { jan = … }", keys.faults)?;
    let has_month = entries.iter().any(|(key, _)| MONTHS.contains(&key.name.as_str()));
    let labels: Vec<&str> = match series.grain {
        Grain::Phase => series.phases.iter().map(|phase| phase.id.as_str()).collect(),
        Grain::Dekad if !has_month => dekads.iter().map(String::as_str).collect(),
        Grain::Year => {
            let hint = "write one number for all";
            return keys.wrong(&node.place, "slots of a year have no labels", hint);
        }
        _ => MONTHS.to_vec(),
    };
    let mut complete = true;
    let mut found: Vec<Option<Literal>> = vec![None; labels.len()];
    for (key, value) in entries {
        let Some(at) = labels.iter().position(|label| *label == key.name) else {
            let hint = did_you_mean(&key.name, labels.iter().copied())
                .map_or_else(|| format!("labels are: {}", shown(&labels)), |near| format!("did you mean `{near}`?"));
            let message = format!("`{}` is no label of slots of {}", key.name, series.grain);
            let _: Option<()> = keys.wrong(&key.place, message, hint);
            complete = false;
            continue;
        };
        found[at] = keys.quantity_of(value, unit);
        complete &= found[at].is_some();
    }
    if entries.is_empty() {
        return keys.wrong(&node.place, "there is no number", format!("labels are: {}", shown(&labels)));
    }
    let numbers: Vec<Option<Fixed>> = found.iter().map(|literal| literal.map(|it| it.quantity.value)).collect();
    let known = found.iter().flatten().all(|literal| !literal.placeholder);
    let labelled = match (series.grain, labels.len()) {
        (Grain::Phase, _) => {
            for (label, _) in labels.iter().zip(&numbers).filter(|(_, number)| complete && number.is_none()) {
                let message = format!("phase `{label}` has no number");
                let _: Option<()> = keys.wrong(&node.place, message, "write one for each phase");
            }
            Labelled::Phases(numbers.into_iter().collect::<Option<Vec<_>>>()?)
        }
        (_, 12) => Labelled::Months(numbers.try_into().expect("there are twelve")),
        _ => Labelled::Dekads(numbers.try_into().expect("there are thirty-six")),
    };
    complete.then_some(ReadLabels { labelled, known })
}

/// `jan1` … `dec3`.
fn dekads() -> Vec<String> {
    MONTHS.iter().flat_map(|month| (1..=3).map(move |part| format!("{month}{part}"))).collect()
}

fn shown(labels: &[&str]) -> String {
    match labels {
        [first, second, .., last] if labels.len() > 12 => format!("{first}, {second}, … {last}"),
        _ => labels.join(", "),
    }
}
