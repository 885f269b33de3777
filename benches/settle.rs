//! Benchmarks of settlement.

fn main() {}
