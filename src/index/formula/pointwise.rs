//! Formulas whose slots know nothing of one another.

use super::super::double::Doubles;
use super::super::slots::Slot;

/// Computes each slot from the same slot of each input: `compute` takes its number and the inputs' values.
///
/// A slot is out where one of the inputs is, else missing where one of them is.
pub(super) fn pointwise<const N: usize>(
    inputs: &[Doubles],
    mut compute: impl FnMut(usize, [f64; N]) -> f64,
) -> Vec<Result<f64, Slot>> {
    let columns = Columns::new(inputs);
    (0..columns.count()).map(|slot| columns.at(slot).map(|values| compute(slot, values))).collect()
}

/// The inputs of a formula, side by side.
pub(super) struct Columns<'a, const N: usize>([&'a [Result<f64, Slot>]; N]);

impl<'a, const N: usize> Columns<'a, N> {
    /// As many inputs as the table names, with the same bounds.
    pub(super) fn new(inputs: &'a [Doubles]) -> Self {
        let inputs: &[Doubles; N] = inputs.try_into().expect("inputs as the table names them");
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
            match column[slot] {
                Ok(number) => *value = number,
                Err(found) if mark != Some(Slot::OUT) => mark = Some(found),
                Err(_) => {}
            }
        }
        mark.map_or(Ok(values), Err)
    }
}
