//! What feeds cost. `cargo bench --bench feeds`: a line of JSON for each figure.
//!
//! - decoding, in MB/s, beside plain `serde_json` or `csv` into typed rows of floats on the same bytes;
//! - ten thousand stations asked once over loopback: CPU, memory, time from an answer to its stored readings, growth of
//!   the ledger. `-- stations` for this alone, with another number behind it.

#[path = "../../tests/support/fault_server.rs"]
mod fault_server;
#[path = "../../tests/support/feeds.rs"]
mod feeds;

mod decoding;
mod stations;

fn main() {
    let asked: Vec<_> = std::env::args().skip(1).collect();
    // Cargo's own tests run every bench target with `--test`; there is nothing to measure here.
    if asked.iter().any(|argument| argument == "--test") {
        return;
    }
    let wants = |name: &str| {
        asked.iter().all(|argument| argument.starts_with('-') || argument.parse::<u32>().is_ok())
            || asked.iter().any(|asked| asked == name)
    };
    if wants("decoding") {
        decoding::measure();
    }
    if wants("stations") {
        stations::measure(asked.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000));
    }
}
