//! Fairgauge, an index-insurance oracle: readings come in, indices are computed as the term sheets say, and
//! what is owed, and why, is written once to a ledger that anybody can check.
//!
//! The rooms, in the order in which a number flows.

pub mod document;
pub mod ledger;
pub mod observation;
pub mod quantity;
