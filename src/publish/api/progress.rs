//! `/v1/policies/{id}/progress`: how far the indices of a policy are from where they pay.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::answer::Wanted;
use super::asked::{Asked, FromPairs, Named, Pairs};
use super::payout::{Period, instant};
use crate::access::Caller;
use crate::audit::{AuditError, Underway, underway};
use crate::index::{self, InputPoint};
use crate::ledger::{LedgerError, Reader};
use crate::publish::app::App;
use crate::publish::problem::Problem;
use crate::publish::scope;
use crate::quantity::{Exact, Money};
use crate::settle::{self, shown};
use crate::words::{self, Language};

/// A cover's indices over a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// The policy's id.
    policy: String,
    /// The product with its version.
    product: String,
    /// The cover's id.
    cover: String,
    /// ISO 4217, of the amounts.
    currency: String,
    /// The insured days.
    period: Period,
    /// The knowledge that was used.
    #[schema(format = DateTime)]
    as_of: String,
    /// Up to where was looked.
    #[schema(format = DateTime)]
    read_to: String,
    /// Whether nothing is waited for any more.
    over: bool,
    /// Of the limbs in their order, then of the gates.
    curves: Vec<Curve>,
}

/// One index on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Curve {
    /// The limb's or the gate's name.
    id: String,
    /// `limb`, or `gate`, on which it hangs whether the cover pays at all.
    part: &'static str,
    /// The unit of the index.
    unit: String,
    /// Where it begins to pay; of a gate null.
    trigger: Option<String>,
    /// How it stands, in words of the language that is asked for.
    text: String,
    /// Its levels, for drawing, from the lowest on.
    levels: Vec<Level>,
    /// The index after each insured day; null where there is no such thing.
    course: Option<Vec<Day>>,
    /// Why there is none: `anchored`, `baseline`, `quantile`, `whole_window`.
    no_course: Option<String>,
    /// Of an index of events, those so far.
    events: Vec<Event>,
    /// What it reads.
    inputs: Vec<Input>,
}

/// A level of an index.
#[derive(Debug, Serialize, ToSchema)]
pub struct Level {
    /// What it is: `strike`, `exit`, …
    role: String,
    /// The same in words.
    label: String,
    /// A decimal in the unit of the index.
    value: String,
    /// What is paid below it, where that is one amount.
    below: Option<String>,
    /// What is paid above it, alike.
    above: Option<String>,
}

/// An index up to the end of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// The insured day.
    #[schema(format = Date)]
    day: String,
    /// Its end; of the last one how far it was read.
    #[schema(format = DateTime)]
    until: String,
    /// The index, a decimal; null where there is none.
    value: Option<String>,
    /// Why there is none.
    none: Option<String>,
    /// Whether it would pay if the period ended here, or hold as a gate.
    pays: bool,
    /// Whether no later reading can take that back.
    sure: bool,
    /// What the limb alone would pay, before limits and what other covers take.
    amount: Option<String>,
    /// The same in minor units.
    amount_minor: Option<i64>,
    /// How far it is from where it begins to pay.
    distance: Option<Distance>,
    /// How many slots or reports are lacking up to here.
    missing: usize,
    /// How many of them were revised.
    revised: usize,
}

/// How far an index is from a level.
#[derive(Debug, Serialize, ToSchema)]
pub struct Distance {
    /// The level, a decimal.
    level: String,
    /// `below`, `at`, `above`.
    side: &'static str,
    /// How far, a decimal in the unit of the index, never below zero.
    by: String,
    /// The same as a share of the level; null where that is zero.
    share: Option<String>,
}

/// One event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// The storm's name; else when it began.
    name: String,
    /// When it began.
    #[schema(format = DateTime)]
    begins: String,
    /// When it was as it pays.
    #[schema(format = DateTime)]
    at: String,
    /// Its number, a decimal.
    value: String,
    /// What it would pay by itself.
    amount: String,
    /// The same in minor units.
    amount_minor: i64,
}

/// A series that an index reads.
#[derive(Debug, Serialize, ToSchema)]
pub struct Input {
    /// What is measured.
    variable: String,
    /// The unit in which it is read.
    unit: String,
    /// What one slot stands for; null of storms.
    every: Option<String>,
    /// The sources, in order of preference, `feed/station`.
    sources: Vec<String>,
    /// The slots in their order.
    points: Vec<Point>,
}

/// One slot of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct Point {
    /// Where it begins.
    #[schema(format = DateTime)]
    start: String,
    /// Where it ends.
    #[schema(format = DateTime)]
    end: String,
    /// A decimal; null where there is none.
    value: Option<String>,
    /// `there`, `missing`, `not_final`, `refused`, `apart`, `waiting`.
    quality: String,
    /// Which of the sources gave it, from 0 on; null of what several agree on.
    source: Option<usize>,
    /// Whether its source may still change it.
    provisional: bool,
    /// What its source said before; null where it was not changed.
    revised: Option<Revised>,
}

/// How a value was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revised {
    /// What it was.
    was: Option<String>,
    /// What the source says now.
    is: Option<String>,
    /// Since when that is known.
    #[schema(format = DateTime)]
    known_at: String,
}

/// All covers, or one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progresses {
    /// In the order of the term sheet.
    items: Vec<Progress>,
}

/// Which progress.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of one cover.
    cover: Option<String>,
    /// Of the period that begins on this day; where nothing is said, of the one that has begun last.
    #[param(value_type = Option<String>, format = Date)]
    period: Option<NaiveDate>,
    /// What was known at this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<DateTime<Utc>>,
    /// The language of texts: `en`, which is so where nothing is said, or `zh`.
    #[param(value_type = Option<String>, pattern = "^(en|zh)$")]
    lang: Language,
}

impl FromPairs for Which {
    fn read(pairs: &Pairs) -> Result<Self, Problem> {
        let lang = pairs.read("lang", "en or zh", |text| match text {
            "en" => Some(Language::English),
            "zh" => Some(Language::Chinese),
            _ => None,
        })?;
        Ok(Self {
            cover: pairs.text("cover").map(str::to_owned),
            period: pairs.day("period")?,
            as_of: pairs.instant("as_of")?,
            lang: lang.unwrap_or(Language::English),
        })
    }
}

/// How far it is
///
/// Of each cover the index so far, after each insured day: its value, what is missing, how far it is from where it pays,
/// with the levels and the readings for a chart. The last value of a period that is over is the index of its settlement.
#[utoipa::path(
    get,
    path = "/policies/{id}/progress",
    operation_id = "get_progress",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id; a `/` in it is written %2F"), Which),
    responses((status = 200, description = "All covers, or the one that is asked for", body = Progresses)),
    security(("token" = []))
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<String>,
    wanted: Wanted,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let as_of = which.as_of.unwrap_or_else(|| app.now());
    let told = move |reader: &Reader, caller: &Caller| {
        scope::policy(reader, &caller.scope(), &id)?;
        let found = underway(reader, &id, (which.cover.as_deref(), which.period), as_of);
        let found = found.map_err(|error| match error {
            AuditError::NoSuch { .. } => Problem::not_found(),
            other => other.into(),
        })?;
        let items = found.iter().map(|one| Ok(progress(one, &one.progress(reader, as_of)?, which.lang)));
        Ok(Progresses { items: items.collect::<Result<_, LedgerError>>()? })
    };
    wanted.object(&app.library().ask_long(caller, told).await?)
}

fn progress(one: &Underway, progress: &settle::Progress, lang: Language) -> Progress {
    let span = progress.period.span;
    let texts = words::summary(&one.policy, progress, lang);
    Progress {
        policy: one.policy.id.to_string(),
        product: one.policy.product.reference().to_string(),
        cover: one.cover.clone(),
        currency: one.policy.product.currency.code().to_owned(),
        period: Period { start: span.first.to_string(), end: span.last.to_string() },
        as_of: instant(progress.as_of),
        read_to: instant(progress.read_to),
        over: progress.over,
        curves: progress.curves.iter().zip(texts).map(|(one, text)| curve(one, text, lang)).collect(),
    }
}

fn curve(curve: &settle::Curve, text: String, lang: Language) -> Curve {
    Curve {
        id: curve.id.clone(),
        part: curve.part(),
        unit: curve.unit.symbol().to_owned(),
        trigger: curve.trigger.map(|trigger| trigger.to_string()),
        text,
        levels: curve.levels.iter().map(|one| level(one, lang)).collect(),
        course: curve.course.as_ref().ok().map(|course| course.iter().map(day).collect()),
        no_course: curve.course.as_ref().err().map(|why| why.word().to_owned()),
        events: curve.events.iter().map(event).collect(),
        inputs: curve.inputs.iter().map(input).collect(),
    }
}

fn level(level: &settle::IndexLevel, lang: Language) -> Level {
    Level {
        role: level.role.word().to_owned(),
        label: words::level(level.role, lang).to_owned(),
        value: shown(level.value),
        below: level.below.map(Money::decimal),
        above: level.above.map(Money::decimal),
    }
}

fn day(day: &settle::SoFar) -> Day {
    let decimal = |value: Option<Exact>| value.map(shown);
    Day {
        day: day.on.to_string(),
        until: instant(day.until),
        value: decimal(day.value),
        none: day.none.map(str::to_owned),
        pays: day.pays,
        sure: day.sure,
        amount: day.amount.map(Money::decimal),
        amount_minor: day.amount.map(Money::minor),
        distance: day.distance.map(|distance| Distance {
            level: shown(distance.level),
            side: distance.side_word(),
            by: shown(distance.by),
            share: decimal(distance.share),
        }),
        missing: day.missing,
        revised: day.revised,
    }
}

fn event(event: &settle::EventSoFar) -> Event {
    Event {
        name: event.name.clone(),
        begins: instant(event.begins),
        at: instant(event.at),
        value: shown(event.value),
        amount: event.amount.decimal(),
        amount_minor: event.amount.minor(),
    }
}

fn input(input: &index::Input) -> Input {
    let text = |value: Option<crate::quantity::Fixed>| value.map(|value| value.to_string());
    let point = |point: &InputPoint| Point {
        start: instant(point.begins),
        end: instant(point.ends),
        value: text(point.value),
        quality: point.quality.word().to_owned(),
        source: point.source,
        provisional: point.provisional,
        revised: point.revised.map(|revised| Revised {
            was: text(revised.was),
            is: text(revised.is),
            known_at: instant(revised.known_at),
        }),
    };
    Input {
        variable: input.variable.name().to_owned(),
        unit: input.unit.symbol().to_owned(),
        every: input.grain.map(|grain| grain.to_string()),
        sources: input.sources.iter().map(|key| crate::health::source(&key.feed, &key.station)).collect(),
        points: input.points.iter().map(point).collect(),
    }
}
