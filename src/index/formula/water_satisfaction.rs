//! Water requirement satisfaction index.

use chrono::NaiveDate;

use crate::quantity::Fixed;

use super::super::double::{Doubles, double};
use super::Slot;
use super::pointwise::Columns;

/// The water balance of a crop as a bucket, and the share of its water requirement that was met up to each slot.
///
/// In each slot (a day, a dekad, a month), in this order:
/// 1. the requirement is the coefficient × the reference evapotranspiration of the slot;
/// 2. the rain of the slot comes to the water that is stored;
/// 3. the crop takes the requirement out of it, or what there is;
/// 4. what is left beyond the capacity runs off.
///
/// The index is 100 × all that was taken / all that was required, so that in the last slot it is that of the season;
/// 100 while nothing was required yet.
///
/// - parameters: capacity of the soil in mm, and the water stored in it at the beginning, no more than the capacity.
/// - coefficients: day of the period (its first day is 1) from which each holds; a slot has that of its first day, no
///   value before the first.
/// - rain, evapotranspiration: mm of the slot, neither below 0.
///
/// A slot that is out is passed over, as if neither rain nor requirement had been; behind a missing one (or one without
/// a value) the store is unknown, and all are missing. Returns %.
///
/// # Source
/// Frère and Popov (1979), Agrometeorological crop monitoring and forecasting, FAO Plant Production and Protection
/// Paper 17, and their second edition (1986), Paper 73: the cumulative water balance, without its deduction for excess
/// water.
pub(super) struct Bucket {
    capacity: f64,
    stored: f64,
    coefficients: Vec<(f64, f64)>,
    required: f64,
    taken: f64,
}

impl Bucket {
    pub(super) fn new([capacity, initial]: [f64; 2], coefficients: &[(Fixed, Fixed)]) -> Self {
        Self {
            capacity,
            stored: if initial > capacity { capacity } else { initial },
            coefficients: coefficients.iter().map(|(day, coefficient)| (double(*day), double(*coefficient))).collect(),
            required: 0.0,
            taken: 0.0,
        }
    }

    /// The index of each slot.
    pub(super) fn over(mut self, inputs: &[Doubles], day_of: &dyn Fn(usize) -> NaiveDate) -> Vec<Result<f64, Slot>> {
        let columns = Columns::new(inputs);
        let mut slots = Vec::with_capacity(columns.count());
        let mut first = None;
        for slot in 0..columns.count() {
            let day = day_of(slot);
            let since = day - *first.get_or_insert(day);
            match columns.at(slot) {
                Err(Slot::OUT) => slots.push(Err(Slot::OUT)),
                Err(_) => break,
                Ok(water) => match self.coefficient(since.num_days() + 1) {
                    Some(coefficient) if water.iter().all(|mm| *mm >= 0.0) => {
                        slots.push(Ok(self.step(coefficient, water)));
                    }
                    _ => break,
                },
            }
        }
        slots.resize(columns.count(), Err(Slot::MISSING));
        slots
    }

    /// The coefficient that holds on a day of the period.
    fn coefficient(&self, day: i64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a period has few days")]
        let day = day as f64;
        let behind = self.coefficients.partition_point(|(from, _)| *from <= day);
        Some(self.coefficients.get(behind.checked_sub(1)?)?.1)
    }

    fn step(&mut self, coefficient: f64, [rain, evapotranspiration]: [f64; 2]) -> f64 {
        let requirement = coefficient * evapotranspiration;
        let there = self.stored + rain;
        let taken = if requirement < there { requirement } else { there };
        let left = there - taken;
        self.stored = if left > self.capacity { self.capacity } else { left };
        self.required += requirement;
        self.taken += taken;
        if self.required == 0.0 { 100.0 } else { 100.0 * self.taken / self.required }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::double::doubles;
    use super::super::super::slots::Slots;
    use super::super::super::slots::tests::days;
    use super::super::tests::rounded;
    use super::*;

    /// Dekads from 1 June; index in % with two places.
    fn index(bucket: Bucket, rain: &str, evapotranspiration: &str) -> Slots {
        let inputs = [rain, evapotranspiration].map(|text| doubles(days(text)));
        let first = NaiveDate::from_ymd_opt(2023, 6, 1).expect("a date");
        let day_of = |slot| first + chrono::Days::new(10 * u64::try_from(slot).expect("few"));
        let values = bucket.over(&inputs, &day_of);
        rounded("%", "0.01", Doubles { bounds: inputs[0].bounds.clone(), values })
    }

    fn coefficients(points: &[(i64, &str)]) -> Vec<(Fixed, Fixed)> {
        let fixed = |day| Fixed::from_whole(day).expect("small");
        points.iter().map(|(day, text)| (fixed(*day), Fixed::parse(text).expect(text))).collect()
    }

    /// By hand, dekad by dekad: requirement, stored before rain, taken, stored behind.
    #[test]
    fn a_season_by_hand() {
        let crop = coefficients(&[(1, "0.5"), (21, "1"), (41, "0.8")]);
        // 25: 20+10 → 25, left 5 · 25: 5+60 → 25, left 40 of capacity 60 · 50: 40+0 → 40, short 10, left 0 ·
        // 50: 0+20 → 20, short 30 · 40: 0+150 → 40, left 110 → 60
        let got = index(Bucket::new([60.0, 20.0], &crop), "10 60 0 20 150", "50 50 50 50 50");
        assert_eq!(got, days("100 100 90 73.33 78.95"), "100, 100, 90/100, 110/150, 150/190");
        let next = index(Bucket::new([60.0, 20.0], &crop), "10 60 0 20 150 0", "50 50 50 50 50 100");
        assert_eq!(next.values[5], days("77.78").values[0], "80 required, 60 stored: 210/270, what ran off is lost");
    }

    #[test]
    fn edges() {
        let always = coefficients(&[(1, "1")]);
        let bucket = || Bucket::new([100.0, 0.0], &always);
        assert_eq!(index(bucket(), "0 50", "0 50"), days("100 100"), "nothing required yet is 100 %");
        assert_eq!(index(bucket(), "50 . 50", "50 50 50"), days("100 . ."), "behind a gap the store is unknown");
        assert_eq!(index(bucket(), "50 x 0 x", "100 50 50 ."), days("50 x 33.33 x"), "what is out is passed over");
        assert_eq!(index(bucket(), "50 -1", "50 50"), days("100 ."), "no rain is negative");
        assert_eq!(index(Bucket::new([10.0, 50.0], &always), "0", "20"), days("50"), "no more is stored than fits");
        let late = coefficients(&[(11, "1")]);
        assert_eq!(
            index(Bucket::new([10.0, 0.0], &late), "5 5", "5 5"),
            days(". ."),
            "no coefficient on the first day"
        );
        let second = coefficients(&[(1, "1"), (11, "2")]);
        assert_eq!(
            index(Bucket::new([0.0, 0.0], &second), "5 5", "5 5"),
            days("100 66.67"),
            "the eleventh day has its own"
        );
        let third = coefficients(&[(1, "1"), (12, "2")]);
        assert_eq!(
            index(Bucket::new([0.0, 0.0], &third), "5 5", "5 5"),
            days("100 100"),
            "a slot has that of its first day"
        );
    }
}
