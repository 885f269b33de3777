//! `/v1/determinations/{seq}`: one entry of the ledger, what each source gave to it, who did what, and its way again.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Wanted;
use super::asked::{Asked, Named, Nothing, entry};
use super::payout::{Payout, instant};
use crate::access::Caller;
use crate::audit::rederive;
use crate::index::{Disposition, Step};
use crate::ledger::{Determination, Entry, PayoutRow, Reader};
use crate::publish::app::App;
use crate::publish::problem::Problem;
use crate::publish::scope;
use crate::settle::Given;

/// What one source gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Source {
    /// The feed's name in the settings.
    feed: String,
    /// The station's name in the feed.
    station: String,
    /// What is measured.
    #[schema(example = "precipitation")]
    variable: String,
    /// The family of the feed, where the term sheet gives it one.
    family: Option<String>,
    /// What became of it as a whole.
    #[schema(example = "used")]
    disposition: String,
    /// For how many intervals it was asked.
    asked: i64,
    /// How many of them came to what: `used`, `missing`, `refused`, …
    #[schema(example = json!({ "used": 41, "missing": 0 }))]
    intervals: std::collections::BTreeMap<String, i64>,
    /// Where it was asked for one interval only, what it gave: a decimal.
    value: Option<String>,
    /// Its unit.
    unit: Option<String>,
}

/// What a person or the program did to a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Act {
    /// The number of the entry.
    seq: i64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What was handed in.
    #[schema(example = "hold")]
    act: String,
    /// What followed.
    #[schema(example = "held")]
    effect: String,
    /// Who.
    by: String,
    /// Why.
    why: String,
}

/// A determination with what it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeterminationWithSources {
    /// It.
    #[serde(flatten)]
    payout: Payout,
    /// The entries of readings that the index rests on, as ranges.
    #[schema(example = "3-41,57")]
    readings: String,
    /// What each source gave, in the order of the term sheet; null where the entry does not say it.
    sources: Option<Vec<Source>>,
    /// What was done to the period, in its order.
    acts: Vec<Act>,
    /// The program that determined it, by its version and the digest of its source.
    #[schema(example = "fairgauge 0.1.0+73c1f0a8b2d9e465")]
    engine: String,
    /// The release of the time-zone data.
    #[schema(example = "2026b")]
    tzdb: String,
}

/// One block of a term sheet, and what came out behind it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Block {
    /// The block as the term sheet has it.
    #[schema(example = "{ per = \"day\", take = \"sum\" }")]
    block: String,
    /// What came out.
    result: String,
}

/// The way of a number, computed again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// What was determined.
    determination: Payout,
    /// What each source gave.
    sources: Vec<Source>,
    /// What each block made of what flowed into it.
    steps: Vec<Block>,
    /// Where it comes out otherwise than the ledger says: nothing, unless the ledger or the program was changed.
    differences: Vec<String>,
}

impl From<&Given> for Source {
    fn from(given: &Given) -> Self {
        let intervals = Disposition::OF_SLOTS.into_iter().zip(given.slots);
        let (value, unit) = given.value.clone().unzip();
        Self {
            feed: given.feed.to_string(),
            station: given.station.to_string(),
            variable: given.variable.clone(),
            family: given.family.clone(),
            disposition: given.disposition.word().to_owned(),
            asked: given.asked(),
            intervals: intervals.map(|(disposition, count)| (disposition.word().to_owned(), count)).collect(),
            value,
            unit,
        }
    }
}

impl From<&(i64, Entry)> for Act {
    fn from((seq, entry): &(i64, Entry)) -> Self {
        let text = |name: &str| entry.text_of(name).unwrap_or_default().to_owned();
        let (act, effect, by, why) = (text("act"), text("effect"), text("by"), text("why"));
        Self { seq: *seq, at: instant(entry.at()), act, effect, by, why }
    }
}

/// What each block did.
fn steps(steps: &[Step]) -> Vec<Block> {
    steps.iter().map(|step| Block { block: step.block.clone(), result: step.result.clone() }).collect()
}

/// The determination of an entry that a caller sees, with its row.
///
/// # Errors
/// [`Problem::not_found`].
pub fn found(reader: &Reader, caller: &Caller, seq: i64) -> Result<(PayoutRow, Determination), Problem> {
    let row = scope::row(reader, caller, seq)?;
    let determination = reader.determination_of(seq)?.ok_or_else(Problem::not_found)?;
    Ok((row, determination))
}

/// The number of an entry in a path. What is none names nothing.
pub fn number(text: &str) -> Result<i64, Problem> {
    entry(text).ok_or_else(Problem::not_found)
}

/// A determination
///
/// One entry of the ledger, whether a later one has taken its place or not.
#[utoipa::path(
    get,
    path = "/determinations/{seq}",
    operation_id = "get_determination",
    tag = "determinations",
    params(("seq" = i64, Path, description = "The number of the entry", minimum = 0)),
    responses((status = 200, description = "The determination", body = DeterminationWithSources)),
    security(("token" = []))
)]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Named(seq): Named<String>,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let (seq, now) = (number(&seq)?, app.now());
    let told = move |reader: &Reader| {
        let (row, determination) = found(reader, &caller, seq)?;
        let (acts, seen) = (reader.acts_on(&row.policy, &row.cover, row.period.start)?, reader.seen()?);
        Ok(DeterminationWithSources {
            payout: Payout::of(&row, now),
            readings: determination.observations,
            sources: determination.sources.map(|sources| sources.iter().map(Source::from).collect()),
            acts: acts.iter().filter(|(seq, _)| *seq < seen).map(Act::from).collect(),
            engine: determination.engine,
            tzdb: determination.tzdb,
        })
    };
    wanted.object(&app.library().ask(told).await?)
}

/// Why it comes out so
///
/// The determination is computed again from the readings and the term sheet that the ledger keeps, and each block of the
/// term sheet says what it made of what flowed into it.
#[utoipa::path(
    get,
    path = "/determinations/{seq}/explain",
    operation_id = "explain_determination",
    tag = "determinations",
    params(("seq" = i64, Path, description = "The number of the entry", minimum = 0)),
    responses((status = 200, description = "The way of the number", body = Explanation)),
    security(("token" = []))
)]
pub async fn explain(
    State(app): State<App>,
    caller: Caller,
    Named(seq): Named<String>,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let (seq, now) = (number(&seq)?, app.now());
    let explained = move |reader: &Reader, caller: &Caller| {
        let (row, determination) = found(reader, caller, seq)?;
        let again = rederive(reader, &determination)?;
        let sources = determination.sources.as_ref().unwrap_or(&again.sources);
        Ok(Explanation {
            determination: Payout::of(&row, now),
            sources: sources.iter().map(Source::from).collect(),
            steps: steps(&again.settlement.trace),
            differences: again.differences,
        })
    };
    wanted.object(&app.library().ask_long(caller, explained).await?)
}
