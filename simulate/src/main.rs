//! `simulate`: many seeds, or one that is looked at.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simulate::acts::{EFFECTS, REFUSALS};
use simulate::class::Class;
use simulate::seed::{Done, Seeds, classes};
use simulate::world::World;

/// Of fewer seeds not every class need strike.
const ENOUGH: u64 = 200;

/// Fairgauge's daemon in worlds that seeds draw: crashes, failing disks, clocks and feeds.
#[derive(Parser)]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this one, twice
    #[arg(long)]
    seed: Option<u64>,
    /// Say what happens
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Every so manieth seed is run twice and must give the same bytes
    #[arg(long, default_value_t = 4)]
    twice: u64,
    /// Threads; as many as there are cores where it is left out
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let seeds = match Seeds::new() {
        Ok(seeds) => seeds,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    match args.seed {
        Some(seed) => one(&seeds, seed, args.trace),
        None => many(&seeds, &args),
    }
}

/// Runs a seed; what panics is a failure as any other.
fn run(seeds: &Seeds, seed: u64, twice: bool, trace: bool) -> Result<Done, String> {
    let say = |at: chrono::DateTime<chrono::Utc>, text: &str| {
        // A reader that is gone wants no more.
        let _ = writeln!(std::io::stdout(), "{} {text}", at.format("%Y-%m-%d %H:%M:%S"));
    };
    let ran = catch_unwind(AssertUnwindSafe(|| seeds.run(seed, twice, if trace { Some(&say) } else { None })));
    match ran {
        Ok(done) => done.map_err(|error| format!("{error:#}")),
        Err(_) => Err("a panic, see above".to_owned()),
    }
}

fn one(seeds: &Seeds, seed: u64, trace: bool) -> ExitCode {
    let world = World::of(seed);
    println!("seed {seed}: {} {}, {}", world.season.name(), world.number, classes(seed).names());
    match run(seeds, seed, true, trace) {
        Ok(done) => {
            let Done { entries, finals, processes, days, .. } = done;
            println!("well: {days} days, {processes} processes, {entries} entries, {finals} finals");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

fn many(seeds: &Seeds, args: &Args) -> ExitCode {
    let begun = Instant::now();
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} seeds, {per_sec}, {eta} left").expect("a template");
    let bar = ProgressBar::new(args.seeds).with_style(style);
    let next = AtomicU64::new(args.from);
    let (all, failed) = (Mutex::new(Done::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= args.from + args.seeds {
                        return;
                    }
                    match run(seeds, seed, seed.is_multiple_of(args.twice.max(1)), false) {
                        Ok(done) => add(&mut all.lock().expect("nothing panics while it is held"), done),
                        Err(error) => {
                            bar.suspend(|| println!("seed {seed} ({}): {error}", classes(seed).names()));
                            failed.lock().expect("nothing panics while it is held").push(seed);
                        }
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let taken = begun.elapsed().as_secs_f64();
    let Done { entries, finals, others, processes, days } = all.into_inner().expect("no thread panicked");
    let acts = seeds.struck.acts();
    for ((_, name), count) in Class::ALL.iter().zip(seeds.struck.counts()) {
        println!("{name:<14} {count:>12}");
    }
    for (came, count) in &acts {
        println!("  {came:<12} {count:>12}");
    }
    println!(
        "{days} days, {processes} processes, {entries} entries, {finals} finals, {others} of them from other readings"
    );
    println!(
        "{} seeds in {taken:.1} s on {threads} threads: {:.0} a minute",
        args.seeds,
        args.seeds as f64 * 60.0 / taken
    );
    let never: Vec<_> = Class::ALL
        .iter()
        .zip(seeds.struck.counts())
        .filter(|(_, count)| *count == 0)
        .map(|((_, name), _)| *name)
        .chain(REFUSALS.iter().map(|(_, name)| *name).chain(EFFECTS).filter(|came| !acts.contains_key(came)))
        .collect();
    let mut failed = failed.into_inner().expect("no thread panicked");
    failed.sort_unstable();
    if let Some(first) = failed.first() {
        println!("{} seeds FAILED: {failed:?}", failed.len());
        println!("one again: cargo run --release -p simulate -- --seed {first} --trace");
        return ExitCode::FAILURE;
    }
    if args.seeds >= ENOUGH && !never.is_empty() {
        println!("FAILED: these never struck: {}", never.join(", "));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn add(all: &mut Done, done: Done) {
    all.entries += done.entries;
    all.finals += done.finals;
    all.others += done.others;
    all.processes += done.processes;
    all.days += done.days;
}
