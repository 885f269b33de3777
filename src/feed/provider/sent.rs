//! What a provider sends: the columns that settings may name, each with what it says and in which unit.

use crate::document::{Fault, Faults, Place, did_you_mean};
use crate::feed::settings::Column;
use crate::quantity::Variable;

/// A column that a provider sends.
pub(super) struct Sent {
    /// Its name, in the provider's words.
    pub name: &'static str,
    /// What it says.
    pub variable: Variable,
    /// The symbol of the unit in which it says it.
    pub unit: &'static str,
}

/// A row of a table of them.
pub(super) const fn sent(name: &'static str, variable: Variable, unit: &'static str) -> Sent {
    Sent { name, variable, unit }
}

/// Refuses columns that are not sent, that say something else, or in another unit.
pub(super) fn check_columns<'s>(
    who: &str,
    sent: impl IntoIterator<Item = &'s Sent> + Clone,
    columns: &[(Column, Place)],
    faults: &mut Faults,
) {
    for (column, place) in columns {
        let Some(row) = sent.clone().into_iter().find(|row| row.name == column.name) else {
            let names: Vec<_> = sent.clone().into_iter().map(|row| row.name).collect();
            let fault = Fault::new(place, format!("{who} does not send `{}`", column.name));
            faults.push(match did_you_mean(&column.name, names.iter().copied()) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint(format!("it sends: {}", names.join(", "))),
            });
            continue;
        };
        if row.variable != column.variable {
            let message = format!("`{}` is {}, not {}", row.name, row.variable, column.variable);
            faults.push(Fault::new(place, message).hint(format!("write variable = \"{}\"", row.variable)));
        } else if row.unit != column.unit.symbol() {
            let message = format!("{who} sends `{}` in {}, not in {}", row.name, row.unit, column.unit);
            faults.push(Fault::new(place, message).hint(format!("write unit = \"{}\"", row.unit)));
        }
    }
}
