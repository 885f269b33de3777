//! Five daily indices a season: total, wet days, longest dry spell, largest five-day sum, degree days.

use chrono::TimeDelta;
use fairgauge::quantity::{Exact, Variable};

use crate::gauge::{Gauge, date, days};
use crate::measure::{Sequence, floats, report};

const SERIES: usize = 100;
const YEARS: usize = 30;
const DAYS: usize = 365;

const INDICES: [(&str, &str); 5] = [
    (
        r#"[ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#,
        r#"{ when = "<", strike = "300 mm", pays = "10 %" }"#,
    ),
    (
        r#"[ { read = "precipitation", every = "1 d" }, { meets = ">= 1 mm" }, { reduce = "count" } ]"#,
        r#"{ when = "<", strike = "90 d", pays = "10 %" }"#,
    ),
    (
        r#"[ { read = "precipitation", every = "1 d" }, { meets = "< 1 mm" }, { reduce = "longest_run" } ]"#,
        r#"{ when = ">", strike = "25 d", pays = "10 %" }"#,
    ),
    (
        r#"[ { read = "precipitation", every = "1 d" }, { rolling = "5 d", take = "sum" }, { reduce = "max" } ]"#,
        r#"{ when = ">", strike = "120 mm", pays = "10 %" }"#,
    ),
    (
        r#"[ { read = "air_temperature", every = "1 d" }, { excess_over = "10 degC" }, { reduce = "sum" } ]"#,
        r#"{ when = "<", strike = "850 degC", pays = "10 %" }"#,
    ),
];

pub fn indices() {
    let mut sequence = Sequence(1);
    let mut gauge = Gauge::new(&INDICES, SERIES);
    let first = date(1981, 1, 1);
    let mut float_series = Vec::with_capacity(SERIES);
    for station in 0..SERIES {
        let rain: Vec<_> = (0..YEARS * DAYS).map(|_| sequence.rain()).collect();
        let warmth: Vec<_> = (0..YEARS * DAYS).map(|_| sequence.around(150, 160)).collect();
        gauge.learn(station, Variable::Precipitation, first, 86_400, &rain);
        gauge.learn(station, Variable::AirTemperature, first, 86_400, &warmth);
        float_series.push((floats(&rain), floats(&warmth)));
    }
    let length = i64::try_from(DAYS).expect("few");
    let seasons: Vec<_> = (0..YEARS)
        .map(|year| {
            let years = i64::try_from(year).expect("few");
            days(&gauge, first + TimeDelta::days(years * length), length)
        })
        .collect();
    let ours = || {
        let season = |policy, season| [0, 1, 2, 3, 4].map(|cover| gauge.index(policy, cover, season));
        let of = |policy| seasons.iter().map(|period| season(policy, period)).collect::<Vec<_>>();
        gauge.policies.iter().map(|policy| of(policy)).collect::<Vec<_>>()
    };
    let bare = || {
        let of = |(rain, warmth): &(Vec<f64>, Vec<f64>)| {
            rain.chunks(DAYS).zip(warmth.chunks(DAYS)).map(|(rain, warmth)| season(rain, warmth)).collect::<Vec<_>>()
        };
        float_series.iter().map(of).collect::<Vec<_>>()
    };
    for (ours, bare) in ours().iter().flatten().zip(bare().iter().flatten()) {
        assert!(ours.iter().zip(bare).all(|(ours, bare)| is_near(*ours, *bare)), "{ours:?} is not {bare:?}");
    }
    report("indices", "Fairgauge", SERIES * YEARS * DAYS, ours);
    report("indices", "bare float loop", SERIES * YEARS * DAYS, bare);
}

fn is_near(exact: Exact, float: f64) -> bool {
    let printed: f64 = exact.decimal(6).expect("millionths").parse().expect("a number");
    (printed - float).abs() < 1e-6
}

/// What a script in a compiled language does, one pass for all five.
fn season(rain: &[f64], warmth: &[f64]) -> [f64; 5] {
    let (mut total, mut wet, mut run, mut longest, mut degrees) = (0.0, 0_u32, 0_u32, 0_u32, 0.0);
    let (mut five, mut largest) = (0.0, 0.0_f64);
    for (day, (mm, warm)) in rain.iter().zip(warmth).enumerate() {
        total += mm;
        wet += u32::from(*mm >= 1.0);
        run = if *mm < 1.0 { run + 1 } else { 0 };
        longest = longest.max(run);
        five += mm - if day >= 5 { rain[day - 5] } else { 0.0 };
        if day >= 4 {
            largest = largest.max(five);
        }
        degrees += (warm - 10.0).max(0.0);
    }
    [total, f64::from(wet), f64::from(longest), largest, degrees]
}
