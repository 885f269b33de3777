//! Fairgauge beside a bare loop over floats, task by task, in one run: a line of JSON for each, which `peers.py` puts
//! beside what a user would pick instead. `cargo bench --bench compare`; with names of tasks behind `--` only those.

mod energy;
mod gauge;
mod indices;
mod measure;
mod payouts;
mod spi;

fn main() {
    let asked: Vec<_> = std::env::args().skip(1).collect();
    // Cargo's own tests run every bench target with `--test`; there is nothing to test here.
    if asked.iter().any(|argument| argument == "--test") {
        return;
    }
    let named: Vec<_> = asked.iter().filter(|argument| !argument.starts_with('-')).collect();
    let tasks: [(&str, fn()); 6] = [
        ("indices", indices::indices),
        ("payouts", payouts::policy_years),
        ("layers", payouts::layers),
        ("wind", energy::wind),
        ("pv", energy::pv),
        ("spi", spi::spi),
    ];
    for (_, measure) in tasks.iter().filter(|(name, _)| named.is_empty() || named.iter().any(|asked| asked == name)) {
        measure();
    }
}
