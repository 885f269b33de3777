//! Formulas whose slots know nothing of one another.

use crate::quantity::Overflow;

use super::super::double::{Results, double};
use super::super::slots::{Slot, Slots};

/// Computes each slot from the same slot of each input: `compute` takes its number and the inputs' values.
///
/// A slot is out where one of the inputs is, else missing where one of them is.
///
/// # Errors
/// [`Overflow`] where a result leaves the range of decimals.
pub(super) fn pointwise<const N: usize>(
    inputs: &[Slots],
    results: &Results,
    mut compute: impl FnMut(usize, [f64; N]) -> f64,
) -> Result<Vec<Slot>, Overflow> {
    let columns = Columns::new(inputs);
    let mut slots = Vec::with_capacity(columns.count());
    for slot in 0..columns.count() {
        slots.push(match columns.at(slot) {
            Ok(values) => results.slot(compute(slot, values))?,
            Err(mark) => mark,
        });
    }
    Ok(slots)
}

/// The inputs of a formula, side by side.
pub(super) struct Columns<'a, const N: usize>([&'a [Slot]; N]);

impl<'a, const N: usize> Columns<'a, N> {
    /// As many inputs as the table names, with the same bounds.
    pub(super) fn new(inputs: &'a [Slots]) -> Self {
        let inputs: &[Slots; N] = inputs.try_into().expect("inputs as the table names them");
        let count = inputs[0].values.len();
        Self(inputs.each_ref().map(|input| &input.values[..count]))
    }

    /// How many slots there are.
    pub(super) fn count(&self) -> usize {
        self.0[0].len()
    }

    /// The values of a slot, or the mark that it bears.
    pub(super) fn at(&self, slot: usize) -> Result<[f64; N], Slot> {
        let (mut values, mut mark) = ([0.0; N], None);
        for (value, column) in values.iter_mut().zip(&self.0) {
            match column[slot].value() {
                Some(number) => *value = double(number),
                None if mark != Some(Slot::OUT) => mark = Some(column[slot]),
                None => {}
            }
        }
        mark.map_or(Ok(values), Err)
    }
}
