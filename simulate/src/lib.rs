//! The daemon's own loop in a world that a seed draws: its feeds, clock, disk and crashes.
//!
//! One seed is one run on one thread: what befalls it, and when, comes from the seed alone, so that it can be run
//! again. docs/simulation.md says what can go wrong here, and what cannot.

pub mod acts;
pub mod chance;
pub mod check;
pub mod class;
pub mod disk;
pub mod life;
pub mod plan;
pub mod provider;
pub mod seed;
pub mod time;
pub mod world;
