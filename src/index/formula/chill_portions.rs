//! Chill portions of the dynamic model.

use super::super::double::Doubles;
use super::Slot;
use super::pointwise::Columns;

/// Energy of forming the intermediate product, over the gas constant, K.
const FORMING: f64 = 4_153.5;
/// Energy of its destruction, K.
const DESTRUCTION: f64 = 12_888.8;
/// Rate of forming, 1/h.
const FORMING_RATE: f64 = 139_500.0;
/// Rate of destruction, 1/h.
const DESTRUCTION_RATE: f64 = 2.567e18;
/// Steepness of the step to a portion.
const STEEPNESS: f64 = 1.6;
/// Temperature of that step, K.
const TRANSITION: f64 = 277.0;

/// The intermediate product at the end of an hour.
#[derive(Clone, Copy)]
struct State {
    product: f64,
    /// The share of it that is fixed as a portion when it has reached 1.
    fixed: f64,
}

/// Chill portions gained in each hour: an intermediate product that cold forms and warmth destroys; when it has
/// reached 1, a share of it, by the temperature of that hour, is fixed as a portion and cannot be lost any more.
///
/// - one input: temperature of the hour, degC; 0 degC counts as 273 K, as in the model's own tables.
///
/// The first hour begins with no product and forms none. An hour that is out is passed over: the next one goes on from
/// the one before. Behind a missing hour (or one not above -273 degC) the product is unknown, and all are missing.
/// Returns portions; an index of them is their sum.
///
/// # Source
/// Fishman, Erez and Couvillon (1987), Journal of Theoretical Biology 124:473-483 and 126:309-321, with the constants
/// of Erez et al. (1990); chillR, `Dynamic_Model`.
pub(super) fn over(inputs: &[Doubles]) -> Vec<Result<f64, Slot>> {
    let columns = Columns::new(inputs);
    let mut slots = Vec::with_capacity(columns.count());
    let mut before = None;
    for slot in 0..columns.count() {
        match columns.at(slot) {
            Err(Slot::OUT) => slots.push(Err(Slot::OUT)),
            Ok([temperature]) if temperature > -273.0 => {
                let (state, portion) = hour(before, temperature + 273.0);
                before = Some(state);
                slots.push(Ok(portion));
            }
            _ => break,
        }
    }
    slots.resize(columns.count(), Err(Slot::MISSING));
    slots
}

fn hour(before: Option<State>, kelvin: f64) -> (State, f64) {
    let step = libm::exp(STEEPNESS * TRANSITION * (kelvin - TRANSITION) / kelvin);
    let fixed = step / (1.0 + step);
    let Some(before) = before else { return (State { product: 0.0, fixed }, 0.0) };
    let kept = if before.product < 1.0 { before.product } else { before.product - before.product * before.fixed };
    let level = FORMING_RATE / DESTRUCTION_RATE * libm::exp((DESTRUCTION - FORMING) / kelvin);
    let rate = DESTRUCTION_RATE * libm::exp(-DESTRUCTION / kelvin);
    let product = level - (level - kept) * libm::exp(-rate);
    (State { product, fixed }, if product >= 1.0 { product * fixed } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::super::super::double::doubles;
    use super::super::super::slots::Slots;
    use super::super::super::slots::tests::days;
    use super::super::tests::{assert_close, rounded};
    use super::*;
    use crate::quantity::Fixed;

    fn portions(temperatures: &Slots) -> Slots {
        let values = over(std::slice::from_ref(&doubles(temperatures.clone())));
        rounded("1", "0.000001", Doubles { bounds: temperatures.bounds.clone(), values })
    }

    /// Hours of one temperature, as the vectors of chillR's `Dynamic_Model` give them.
    #[test]
    fn portions_of_constant_cold() {
        let (mut state, mut gained) = (None, Vec::new());
        for number in 0..200 {
            let (next, portion) = hour(state, 6.0 + 273.0);
            state = Some(next);
            if portion > 0.0 {
                gained.push((number, portion));
            }
        }
        for ((number, portion), (expected_number, expected)) in gained.iter().zip([
            (29, 0.980_511_620_878_234_6),
            (57, 0.977_237_728_303_712_6),
            (85, 0.977_167_349_582_537_4),
            (113, 0.977_165_836_654_338_9),
        ]) {
            assert_eq!(*number, expected_number, "the hour of a portion");
            assert_close(*portion, expected, 1e-12, "a portion");
        }
        let sum: f64 = gained.iter().map(|(_, portion)| portion).sum();
        assert_close(sum, 6.843_579_946_398_457_5, 1e-12, "200 hours");
    }

    /// Fourteen days between -2 and 10 degC, computed in the same way.
    #[test]
    fn portions_of_changing_days() {
        let day = "4 5.6 7 8.2 9.2 9.8 10 9.8 9.2 8.2 7 5.6 4 2.4 1 -0.2 -1.2 -1.8 -2 -1.8 -1.2 -0.2 1 2.4 ";
        let got = portions(&days(&day.repeat(14)));
        let sum: i64 = got.numbers().map(Fixed::micros).sum();
        assert!((sum - 8_451_342).abs() < 60, "8.451342 portions, each of 119 rounded: {sum}");
        assert_eq!(got.values[30], Slot::of(Fixed::from_micros(1_008_349)), "the first portion");
        assert_eq!(portions(&days(&"20 ".repeat(500))), days(&"0 ".repeat(500)), "no chill in warm air");
    }

    #[test]
    fn behind_a_missing_hour_all_are_missing() {
        assert_eq!(portions(&days("6 x 6 . 6 x")), days("0 x 0 . . ."));
        assert_eq!(portions(&days("6 -273 6")), days("0 . ."), "no such air");
        let (with, without) =
            (portions(&days(&("6 ".repeat(20) + "x x x" + &" 6".repeat(20)))), days(&"6 ".repeat(40)));
        let counted: Vec<_> = with.values.into_iter().filter(|slot| *slot != Slot::OUT).collect();
        assert_eq!(counted, portions(&without).values, "hours that are out are passed over");
    }
}
