//! Policy-days per second through `settle`, beside a bare loop over floats that does the same sums without any of the
//! checks, and through a whole replay with the ledger on the disk.
//!
//! `cargo bench` prints items per second: an item is one insured day of one policy.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use fairgauge::calendar::Period;
use fairgauge::contract::{Book, BookSources, Policy};
use fairgauge::document::{Faults, Source};
use fairgauge::index::Trace;
use fairgauge::observation::{Knowledge, Reading, Vintage};
use fairgauge::quantity::{Fixed, Unit, Variable};
use fairgauge::settle::{Paid, Terms, settle};
use fairgauge::setup::Setup;

fn main() {
    divan::main();
}

/// A cover with its readings, each learned an hour after its interval.
struct Case {
    policy: Arc<Policy>,
    period: Period,
    known: Knowledge,
    /// The same readings as a script would hold them.
    floats: Vec<Option<f64>>,
}

impl Case {
    /// `every` is the step of the readings in seconds; a value in 97 is missing.
    fn new(index: &str, payout: &str, variable: Variable, unit: &str, every: i64) -> Self {
        let product = format!(
            r#"
            [product]
            id = "bench"
            version = 1
            name = "Bench"
            currency = "CNY"
            day = {{ zone = "Asia/Shanghai", starts = "00:00" }}
            [exposure]
            sum_insured = "policy"
            [data]
            sources = ["feed/station"]
            missing = {{ at_most = "5 %", longest = "2 d" }}
            [settlement]
            lag = "0 d"
            longest_wait = "1 d"
            rounding = "half_up"
            [[cover]]
            id = "cover"
            window = "cover"
            index = {index}
            payout = {payout}
            "#
        );
        let row = "policy,product,insured,from,to,sum_insured\nP,bench@1,A,2024-06-01,2024-08-31,100000 CNY\n";
        let sources = BookSources {
            products: vec![Source::new("bench", product)],
            policies: vec![Source::new("book", row)],
            ..BookSources::default()
        };
        let mut faults = Faults::new();
        let policy = Book::read(&sources, &mut faults).policies.pop().expect("a valid book");
        let period = Period::new(policy.cover, &policy.product.day);
        let (mut known, mut floats) = (Knowledge::new(), Vec::new());
        let feed: Arc<str> = "feed".into();
        let unit = Unit::from_symbol(unit).expect("a unit");
        let mut state = 1_u64;
        let mut start = period.begins;
        while start < period.ends {
            // A fixed sequence (Knuth's multiplier), so that every run measures the same.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let tenths = i64::try_from(state >> 56).expect("eight bits");
            let value = (!state.is_multiple_of(97)).then(|| Fixed::from_micros(tenths * 100_000));
            let end = start + TimeDelta::seconds(every);
            let vintage = Vintage::Final;
            let reading = Reading { station: "station".into(), variable, start, end, value, unit, vintage };
            known.learn(&feed, &reading, end + TimeDelta::hours(1), 1);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            floats.push(value.map(|_| tenths as f64 / 10.0));
            start = end;
        }
        Self { policy, period, known, floats }
    }

    fn days(&self) -> usize {
        self.period.span.dates().count()
    }

    fn settle(&self) -> i64 {
        let terms = Terms {
            policy: &self.policy,
            cover: &self.policy.product.covers[0],
            period: &self.period,
            bound_at: self.period.begins,
            paid: Paid::default(),
        };
        settle(&terms, &self.known, late(&self.period), Trace::off()).amount.minor()
    }
}

fn late(period: &Period) -> DateTime<Utc> {
    period.ends + TimeDelta::days(2)
}

fn daily_rain_deficit() -> Case {
    Case::new(
        r#"[ { read = "precipitation", every = "1 d" }, { ignore_below = "2 mm" }, { cap = "60 mm" }, { reduce = "sum" } ]"#,
        r#"{ when = "<", strike = "1400 mm", tick = "50 CNY/mm", limit = "100 %" }"#,
        Variable::Precipitation,
        "mm",
        86_400,
    )
}

fn hourly_heat_run() -> Case {
    Case::new(
        r#"[ { read = "air_temperature", every = "1 h" }, { per = "day", take = "max", need = "80 %" }, { meets = "> 24.9 degC" }, { reduce = "longest_run" } ]"#,
        r#"{ when = ">", strike = "3 d", exit = "20 d", limit = "100 %" }"#,
        Variable::AirTemperature,
        "degC",
        3_600,
    )
}

fn ten_minute_energy() -> Case {
    Case::new(
        r#"[ { read = "power", every = "10 min" }, { reduce = "energy" }, { round = "1 kWh", mode = "half_up" } ]"#,
        r#"{ when = "<", strike = "30 MWh", tick = "400 CNY/MWh", limit = "100 %" }"#,
        Variable::Power,
        "kW",
        600,
    )
}

#[divan::bench(args = ["daily_rain_deficit", "hourly_heat_run", "ten_minute_energy"])]
fn through_settle(bencher: Bencher<'_, '_>, name: &str) {
    let case = case(name);
    bencher.counter(ItemsCount::new(case.days())).bench_local(|| black_box(&case).settle());
}

/// What a script in a compiled language does: no units, no gaps but skipped ones, no reasons, no exactness.
#[divan::bench(args = ["daily_rain_deficit", "hourly_heat_run", "ten_minute_energy"])]
fn through_a_float_loop(bencher: Bencher<'_, '_>, name: &str) {
    let case = case(name);
    let float_loop = match name {
        "daily_rain_deficit" => float_rain,
        "hourly_heat_run" => float_heat,
        _ => float_energy,
    };
    bencher.counter(ItemsCount::new(case.days())).bench_local(|| float_loop(black_box(&case.floats)));
}

fn case(name: &str) -> Case {
    match name {
        "daily_rain_deficit" => daily_rain_deficit(),
        "hourly_heat_run" => hourly_heat_run(),
        _ => ten_minute_energy(),
    }
}

fn float_rain(days: &[Option<f64>]) -> f64 {
    let sum: f64 = days.iter().flatten().map(|mm| if *mm < 2.0 { 0.0 } else { mm.min(60.0) }).sum();
    ((1400.0 - sum) * 50.0).clamp(0.0, 100_000.0)
}

fn float_heat(hours: &[Option<f64>]) -> f64 {
    let (mut longest, mut run) = (0_u32, 0_u32);
    for day in hours.chunks(24) {
        let hottest = day.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        run = if hottest > 24.9 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    ((f64::from(longest) - 3.0) / 17.0 * 100_000.0).clamp(0.0, 100_000.0)
}

fn float_energy(steps: &[Option<f64>]) -> f64 {
    let kwh: f64 = steps.iter().flatten().sum::<f64>() / 6.0;
    ((30.0 - kwh.round() / 1000.0) * 400.0).clamp(0.0, 100_000.0)
}

/// Settings, book, feeds, polls, readings, settlements, every transaction on the disk with `synchronous=FULL`.
#[divan::bench(args = ["hyderabad-2002", "lingang-2024", "golden-2016"], sample_count = 5, sample_size = 1)]
fn through_a_whole_replay(bencher: Bencher<'_, '_>, season: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(season).join("fairgauge.toml");
    let load = || Setup::load(&file, std::iter::empty()).expect("a valid season");
    let days: usize = load().book.policies.iter().map(|policy| policy.cover.dates().count()).sum();
    bencher
        .counter(ItemsCount::new(days))
        .with_inputs(|| (load(), tempfile::tempdir().expect("a folder")))
        .bench_local_values(|(mut setup, folder)| {
            setup.settings.ledger = folder.path().join("ledger.sqlite");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(fairgauge::replay::replay(setup, |_, _, _| ())).expect("a replay");
            folder
        });
}
