//! Fairgauge, an index-insurance oracle: readings come in, indices are computed as the term sheets say, and
//! what is owed, and why, is written once to a ledger that anybody can check.
//!
//! The rooms, in the order in which they build on one another; each may use those above it, none below.

pub mod quantity;

pub mod calendar;
pub mod document;

pub mod contract;
pub mod observation;

pub mod index;
pub mod payout;
pub mod settle;

pub mod counts;

pub mod feed;
pub mod ledger;

pub mod operator;

pub mod access;

pub mod words;

pub mod settings;

pub mod sheets;

pub mod by_hand;
pub mod cases;

pub mod setup;

pub mod health;
pub mod snapshots;

pub mod audit;
pub mod webhook;

pub mod publish;

pub mod daemon;
pub mod doctor;
pub mod fetcher;
pub mod replay;
pub mod schema;
