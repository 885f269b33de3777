//! Formulas whose slots know nothing of one another.

use super::super::double::{Double, Doubles};

/// Computes each slot from the same slot of each input: `compute` takes its number and the inputs' values.
///
/// A slot is out where one of the inputs is, else missing where one of them is.
pub(super) fn pointwise<const N: usize>(
    inputs: &[Doubles],
    mut compute: impl FnMut(usize, [f64; N]) -> f64,
) -> Vec<Double> {
    let columns = Columns::new(inputs);
    let value = |slot| columns.at(slot).map_or_else(|mark| mark, |values| Double::of(compute(slot, values)));
    (0..columns.count()).map(value).collect()
}

/// The inputs of a formula, side by side.
pub(super) struct Columns<'a, const N: usize>([&'a [Double]; N]);

impl<'a, const N: usize> Columns<'a, N> {
    /// As many inputs as the table names, with the same bounds.
    pub(super) fn new(inputs: &'a [Doubles]) -> Self {
        let inputs: &[Doubles; N] = inputs.try_into().expect("inputs as the table names them");
        let count = inputs[0].values.len();
        Self(inputs.each_ref().map(|input| &input.values[..count]))
    }

    /// How many slots there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.0[0].len()
    }

    /// The values of a slot, or the mark that it bears.
    #[inline]
    pub(super) fn at(&self, slot: usize) -> Result<[f64; N], Double> {
        let doubles = self.0.map(|column| column[slot]);
        if doubles.iter().all(|double| double.value().is_some()) {
            return Ok(doubles.map(|double| double.value().expect("all are there")));
        }
        Err(if doubles.iter().any(|double| double.is_out()) { Double::OUT } else { Double::MISSING })
    }
}
