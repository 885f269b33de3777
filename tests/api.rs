//! The HTTP API on a served season.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/client.rs"]
mod client;
#[path = "support/operators.rs"]
mod operators;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[allow(dead_code, reason = "each test uses a part of it")]
#[path = "support/season.rs"]
mod season;
#[path = "support/serving.rs"]
mod serving;
#[path = "support/signed.rs"]
mod signed;
#[path = "support/tools.rs"]
mod tools;

#[path = "api/acts.rs"]
mod acts;
#[path = "api/answers.rs"]
mod answers;
#[path = "api/events.rs"]
mod events;
#[path = "api/floods.rs"]
mod floods;
#[path = "api/outside.rs"]
mod outside;
#[path = "api/page.rs"]
mod page;
#[path = "api/readers.rs"]
mod readers;
#[path = "api/roles.rs"]
mod roles;
#[path = "api/rows.rs"]
mod rows;

use std::sync::LazyLock;

use serving::{Season, Served, serve};

/// One season for all tests that only read.
static SEASON: LazyLock<(Season, Served)> = LazyLock::new(|| {
    let season = Season::new();
    let served = serve(&season.ledger);
    (season, served)
});
