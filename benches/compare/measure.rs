//! The clock, and numbers that are the same in every run.

use std::hint::black_box;
use std::time::Instant;

use fairgauge::quantity::Fixed;

/// Runs of each task, of which the best counts.
const RUNS: usize = 7;

/// Prints the nanoseconds that one of `items` takes.
pub fn report<T>(task: &str, who: &str, items: usize, mut work: impl FnMut() -> T) {
    let best = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            black_box(work());
            begun.elapsed()
        })
        .min()
        .expect("there are runs");
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let nanoseconds = best.as_nanos() as f64 / items as f64;
    println!("{}", serde_json::json!({ "task": task, "who": who, "ns": nanoseconds }));
}

/// A fixed sequence (Knuth's multiplier), so that every run measures the same.
pub struct Sequence(pub u64);

impl Sequence {
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    /// Rain in tenths of a millimetre: none on six days of ten, else mostly a little.
    pub fn rain(&mut self) -> Fixed {
        let wet = self.below(10) >= 6;
        let depth = self.below(25) * self.below(25);
        tenths(if wet { depth } else { 0 })
    }

    /// Something around a middle, in tenths.
    pub fn around(&mut self, middle: i64, reach: i64) -> Fixed {
        tenths(middle + (0..4).map(|_| self.below(reach)).sum::<i64>() - 2 * reach)
    }
}

pub fn tenths(tenths: i64) -> Fixed {
    Fixed::from_micros(tenths * 100_000)
}

#[expect(clippy::cast_precision_loss, reason = "the bare loop's floats")]
pub fn float(value: Fixed) -> f64 {
    value.micros() as f64 / 1e6
}

pub fn floats(values: &[Fixed]) -> Vec<f64> {
    values.iter().map(|value| float(*value)).collect()
}
