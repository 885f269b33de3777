//! The standardised precipitation index of three months.

use chrono::Datelike;
use fairgauge::calendar::{Period, Span};
use fairgauge::quantity::Variable;

use crate::gauge::{Gauge, date};
use crate::measure::{Sequence, float, report};

const FIRST_YEAR: i32 = 1980;
const YEARS: i32 = 40;

const SPI3: (&str, &str) = (
    r#"[ { read = "precipitation", every = "1 d" }, { per = "month", take = "sum", need = "100 %" }, { rolling = "3 months", take = "sum", reach_before = true },
      { reduce = "latest" }, { compare = "spi", baseline = { from = 1981, to = 2010, need = 30 }, round = "0.000001 1", mode = "half_up" } ]"#,
    r#"{ when = "<=", strike = "-1.5 1", pays = "10 %" }"#,
);

/// Every month of forty years against thirty of them, fitted once for each month of the year. Fairgauge reads days; the
/// loop is given sums of months.
pub fn spi() {
    let mut sequence = Sequence(6);
    let mut gauge = Gauge::new(&[SPI3], 1);
    let (first, last) = (date(FIRST_YEAR - 1, 1, 1), date(FIRST_YEAR + YEARS, 1, 1));
    let rain: Vec<_> = first.iter_days().take_while(|day| *day < last).map(|_| sequence.rain()).collect();
    gauge.learn(0, Variable::Precipitation, first, 86_400, &rain);
    let mut sums = vec![0.0; usize::try_from(12 * (YEARS + 1)).expect("few")];
    for (day, mm) in first.iter_days().zip(&rain) {
        let month = 12 * (day.year() - FIRST_YEAR + 1) + i32::try_from(day.month0()).expect("few");
        sums[usize::try_from(month).expect("not before the first")] += float(*mm);
    }
    let day = &gauge.policies[0].product.day;
    let months: Vec<_> = (0..12 * YEARS)
        .map(|month| {
            let begin = |month: i32| date(FIRST_YEAR + month / 12, 1 + month.rem_euclid(12).unsigned_abs(), 1);
            let last = begin(month + 1).pred_opt().expect("a day before");
            Period::new(Span { first: begin(month), last }, day)
        })
        .collect();
    let (policy, settled) = (&gauge.policies[0], || gauge.settle(&gauge.policies[0], 0, &months));
    let ours = || gauge.indices(policy, 0, &months);
    for ((ours, settled), bare) in ours().iter().zip(settled()).zip(scores(&sums)) {
        let score = ours.decimal(6).expect("six places");
        assert_eq!(settled.index.map(|(score, _)| score).as_ref(), Some(&score), "the same in a pass");
        let score: f64 = score.parse().expect("a number");
        assert!((score - bare).abs() < 0.01, "{score} is not {bare}");
    }
    report("spi", "Fairgauge", months.len(), ours);
    report("spi", "Fairgauge, settled in a pass", months.len(), settled);
    report("spi", "bare float loop", months.len(), || scores(&sums));
}

/// The scores of all months but those of the first year.
fn scores(sums: &[f64]) -> Vec<f64> {
    let three: Vec<f64> = sums.windows(3).map(|months| months.iter().sum()).collect();
    // The sum that ends with a month stands two places before it.
    let ends_in = |month: usize| three[month - 2];
    let fits: Vec<_> =
        (0..12).map(|month| Gamma::of(&(2..32).map(|year| ends_in(12 * year + month)).collect::<Vec<_>>())).collect();
    (12..sums.len()).map(|month| fits[month % 12].score(ends_in(month))).collect()
}

/// A gamma distribution fitted after Thom.
struct Gamma {
    shape: f64,
    scale: f64,
}

impl Gamma {
    #[expect(clippy::cast_precision_loss, reason = "thirty years")]
    fn of(years: &[f64]) -> Self {
        let count = years.len() as f64;
        let mean = years.iter().sum::<f64>() / count;
        let a = libm::log(mean) - years.iter().map(|mm| libm::log(*mm)).sum::<f64>() / count;
        let shape = (1.0 + libm::sqrt(1.0 + 4.0 * a / 3.0)) / (4.0 * a);
        Self { shape, scale: mean / shape }
    }

    fn score(&self, mm: f64) -> f64 {
        normal(self.below(mm / self.scale)).clamp(-3.09, 3.09)
    }

    /// The regularised incomplete gamma function by its series.
    fn below(&self, x: f64) -> f64 {
        let (mut term, mut sum, mut n) = (1.0 / self.shape, 1.0 / self.shape, self.shape);
        while term > sum * 1e-15 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        sum * libm::exp(self.shape * libm::log(x) - x - libm::lgamma(self.shape))
    }
}

/// The normal quantile after Abramowitz and Stegun, 26.2.23: three places are enough for a loop.
fn normal(p: f64) -> f64 {
    let t = libm::sqrt(-2.0 * libm::log(p.min(1.0 - p)));
    let z =
        t - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    if p < 0.5 { -z } else { z }
}
