//! What policies pay, to the cent.

use fairgauge::payout::{Slope, SlopeTerms};
use fairgauge::quantity::{Exact, Fixed, Rounding};

use crate::measure::{Sequence, float, report, tenths};

fn slope(strike: i64, rate_cents: i64, limit: i64, deductible: i64) -> Slope {
    let whole = |value: i64| Exact::from(value);
    let terms = SlopeTerms {
        strike: tenths(strike * 10),
        upward: false,
        rate: whole(rate_cents),
        limit: whole(limit * 100),
        deductible: whole(deductible * 100),
        rounding: Rounding::HalfUp,
    };
    Slope::new(&terms).expect("small terms")
}

/// Four million payouts, each policy with its own strike, deductible and limit, to the cent.
pub fn layers() {
    const MANY: usize = 4_000_000;
    let mut sequence = Sequence(3);
    let strikes: Vec<i64> = (0..MANY).map(|_| 100 + sequence.below(200)).collect();
    let indices: Vec<Fixed> = (0..MANY).map(|_| tenths(sequence.below(4_000))).collect();
    let slopes: Vec<Slope> = strikes.iter().map(|strike| slope(*strike, 300, 500, 50)).collect();
    let mut cents = vec![0_i64; MANY];
    report("layers", "Fairgauge", MANY, || {
        for ((cent, slope), index) in cents.iter_mut().zip(&slopes).zip(&indices) {
            *cent = slope.minor(*index);
        }
        cents[MANY - 1]
    });
    let (strikes, floats): (Vec<f64>, Vec<f64>) =
        strikes.iter().zip(&indices).map(|(strike, index)| (float(tenths(strike * 10)), float(*index))).unzip();
    let (deductibles, limits) = (vec![50.0_f64; MANY], vec![500.0_f64; MANY]);
    let mut paid = vec![0.0_f64; MANY];
    report("layers", "bare float loop", MANY, || {
        for (place, paid) in paid.iter_mut().enumerate() {
            *paid = ((strikes[place] - floats[place]) * 3.0 - deductibles[place]).max(0.0).min(limits[place]);
        }
        paid[MANY - 1]
    });
}

/// A million policies, three phases and a cap each, a year.
pub fn policy_years() {
    const POLICIES: usize = 1_000_000;
    let mut sequence = Sequence(2);
    let terms: Vec<[(i64, i64); 3]> =
        (0..POLICIES).map(|_| [(); 3].map(|()| (100 + sequence.below(200), 10 * (1 + sequence.below(50))))).collect();
    let indices: Vec<[Fixed; 3]> = (0..POLICIES).map(|_| [(); 3].map(|()| tenths(sequence.below(4_000)))).collect();
    let slopes: Vec<[Slope; 3]> =
        terms.iter().map(|phases| phases.map(|(strike, rate)| slope(strike, rate, 400, 0))).collect();
    let cap = 90_000;
    report("payouts", "Fairgauge", POLICIES, || {
        let paid = |(slopes, indices): (&[Slope; 3], &[Fixed; 3])| {
            let phases = slopes.iter().zip(indices).map(|(slope, index)| slope.minor(*index));
            phases.sum::<i64>().min(cap)
        };
        slopes.iter().zip(&indices).map(paid).sum::<i64>()
    });
    let floats: Vec<[f64; 9]> = terms
        .iter()
        .zip(&indices)
        .map(|(phases, indices)| {
            let mut row = [0.0; 9];
            for (phase, (strike, rate)) in phases.iter().enumerate() {
                row[phase] = float(tenths(strike * 10));
                row[3 + phase] = float(tenths(*rate)) / 10.0;
                row[6 + phase] = float(indices[phase]);
            }
            row
        })
        .collect();
    report("payouts", "bare float loop", POLICIES, || {
        let paid = |row: &[f64; 9]| {
            let phase = |phase: usize| ((row[phase] - row[6 + phase]).max(0.0) * row[3 + phase]).min(400.0);
            (phase(0) + phase(1) + phase(2)).min(900.0)
        };
        floats.iter().map(paid).sum::<f64>()
    });
}
