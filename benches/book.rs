//! A large book on one product: what a policy costs where its index is shared, and what it weighs.
//! `cargo bench --bench book`, or with another number of policies behind `--`. A line of JSON for each figure.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use fairgauge::calendar::Period;
use fairgauge::contract::Policy;
use fairgauge::index::Trace;
use fairgauge::ledger::Reader;
use fairgauge::settle::{Paid, Pass, Settlement, Terms, settle};
use fairgauge::setup::Setup;

/// Policies, unless another number is asked for.
const POLICIES: usize = 100_000;

fn main() {
    let asked: Vec<_> = std::env::args().skip(1).collect();
    // Cargo's own tests run every bench target with `--test`; there is nothing to measure here.
    if asked.iter().any(|argument| argument == "--test") {
        return;
    }
    let policies = asked.iter().find_map(|argument| argument.parse().ok()).unwrap_or(POLICIES);
    let folder = tempfile::tempdir().expect("a folder");
    let settings = season(folder.path(), policies);
    let begun = Instant::now();
    let setup = Setup::load(&settings, std::iter::empty()).expect("a valid season");
    report("reading the book", policies, begun);
    let (policies, ledger) = (setup.book.policies.clone(), setup.settings.ledger.clone());
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let replayed = runtime.block_on(fairgauge::replay::replay(setup, |_, _, _| ())).expect("a replay");
    runtime.block_on(replayed.finish()).expect("closed");
    report("replay", policies.len(), begun);
    settlements(&policies, &ledger);
}

/// The season of Hyderabad with many policies on its product with phases, each with acres of its own.
fn season(folder: &Path, policies: usize) -> std::path::PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hyderabad-2002");
    for file in ["fairgauge.toml", "feeds/daily-2002.csv", "products/monsoon-phases.toml"] {
        let to = folder.join(file);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(from.join(file), to).expect("a copy");
    }
    let row = |policy: usize| {
        format!("P{policy},monsoon-phases@1,A,2002-06-01,2002-10-31,,{} acre,hyderabad\n", 1 + policy % 400)
    };
    let rows: String = (0..policies).map(row).collect();
    let book = format!("policy,product,insured,from,to,sum_insured,units,station\n{rows}");
    std::fs::write(folder.join("book.csv"), book).expect("a file");
    folder.join("fairgauge.toml")
}

/// Every cover of every policy as known at the end: each by itself, then in one pass.
fn settlements(policies: &[Arc<Policy>], ledger: &Path) {
    let reader = Reader::open(ledger).expect("a ledger");
    let (known, as_of) = (reader.knowledge(None).expect("readable"), reader.last_instant().expect("readable"));
    let as_of = as_of.expect("something happened");
    let all = |settle: &mut dyn FnMut(&Terms<'_>) -> Settlement| {
        let mut minor = 0;
        for policy in policies {
            for cover in &policy.product.covers {
                for span in cover.window.periods(policy.cover).expect("it was bound") {
                    let period = Period::new(span, &policy.product.day);
                    let (bound_at, paid) = (period.begins, Paid::default());
                    let terms = Terms { policy, cover, period: &period, bound_at, paid };
                    minor += settle(&terms).amount.minor();
                }
            }
        }
        minor
    };
    let begun = Instant::now();
    let alone = all(&mut |terms| settle(terms, &known, as_of, Trace::off()));
    report("settled each by itself", policies.len(), begun);
    let begun = Instant::now();
    let mut pass = Pass::new(&known, as_of);
    assert_eq!(all(&mut |terms| pass.settle(terms)), alone, "the same money");
    report("settled in one pass", policies.len(), begun);
}

/// Time for each policy, and the most memory that the process had so far.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(task: &str, policies: usize, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    let microseconds = seconds * 1e6 / policies as f64;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak_kb =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok());
    let peak_mb = peak_kb.map(|kb| kb / 1024);
    println!(
        "{}",
        serde_json::json!({ "task": task, "policies": policies, "s": seconds, "us_each": microseconds, "peak_mb": peak_mb })
    );
}
