//! `/v1/policies/{id}/series`: the readings that a policy's covers read, with their quality.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::accept::ROWS;
use super::answer::{Columns, Parquet, Table, Wanted, moment};
use super::asked::{Asked, FromPairs, Named, Pairs};
use super::payout::instant;
use super::words::{Grade, word};
use crate::access::Caller;
use crate::audit::bound;
use crate::calendar::Period;
use crate::health::series_read;
use crate::ledger::{Cell, Holds, Known, Reader, Stretch};
use crate::observation::SeriesKey;
use crate::publish::app::App;
use crate::publish::problem::Problem;
use crate::publish::scope;

/// What is known of one interval of one series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reading {
    /// The feed's name in the settings.
    #[schema(example = "asos")]
    feed: String,
    /// The station's name in the feed.
    #[schema(example = "JFK")]
    station: String,
    /// What is measured.
    #[schema(example = "precipitation")]
    variable: String,
    /// Its unit.
    #[schema(example = "mm")]
    unit: String,
    /// Where the interval begins.
    #[schema(format = DateTime)]
    start: String,
    /// Where it ends; not included. Of what is said of an instant, the same.
    #[schema(format = DateTime)]
    end: String,
    /// A decimal; null where the source took it back, or where all that it sent was refused.
    #[schema(example = "0.3")]
    value: Option<String>,
    /// The grade of the reading; null where there is none.
    vintage: Option<Grade>,
    /// When it became known.
    #[schema(format = DateTime)]
    known_at: String,
    /// Whether another value stood there before.
    revised: bool,
    /// Whether something that was sent for the interval was refused.
    refused: bool,
    /// The number of the entry that recorded it; null where all was refused.
    seq: Option<i64>,
}

/// A page of readings.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes what `Wanted::rows` writes")]
pub struct Series {
    /// By feed, station, variable and interval. An interval of which nothing was ever heard has no row.
    items: Vec<Reading>,
    /// What is sent as `cursor` for the next page; null behind the last row.
    next: Option<String>,
}

impl Table for Reading {
    const NAME: &'static str = "readings";
    const COLUMNS: Columns<Self> = &[
        ("feed", Holds::Text, |one| Cell::text(&one.feed)),
        ("station", Holds::Text, |one| Cell::text(&one.station)),
        ("variable", Holds::Text, |one| Cell::text(&one.variable)),
        ("unit", Holds::Text, |one| Cell::text(&one.unit)),
        ("start", Holds::Instant, |one| moment(&one.start)),
        ("end", Holds::Instant, |one| moment(&one.end)),
        ("value", Holds::Decimal, |one| one.value.as_deref().map(Cell::Decimal)),
        ("vintage", Holds::Text, |one| one.vintage.and_then(|vintage| Cell::text(word(vintage)))),
        ("known_at", Holds::Instant, |one| moment(&one.known_at)),
        ("revised", Holds::Flag, |one| Some(Cell::Flag(one.revised))),
        ("refused", Holds::Flag, |one| Some(Cell::Flag(one.refused))),
        ("seq", Holds::Whole, |one| one.seq.and_then(Cell::whole)),
    ];
}

/// A place between two readings: the how-manieth series, and the interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    series: usize,
    interval: (i64, i64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = self.interval;
        write!(f, "{}.{start}.{end}", self.series)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let [series, start, end] = text.split('.').collect::<Vec<_>>()[..] else { return Err(()) };
        let number = |text: &str| text.parse::<i64>().map_err(|_| ());
        let place = Self { series: series.parse().map_err(|_| ())?, interval: (number(start)?, number(end)?) };
        if place.to_string() == text { Ok(place) } else { Err(()) }
    }
}

/// Which readings.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Intervals that end behind this instant; where nothing is said, the beginning of the policy's cover.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<DateTime<Utc>>,
    /// Intervals that begin before this instant; where nothing is said, the end of the policy's cover.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<DateTime<Utc>>,
    /// What was known at this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<DateTime<Utc>>,
    /// How many rows, 100 where nothing is said.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 1000)]
    limit: usize,
    /// What stood under `next` in the answer before, to the same question.
    #[param(value_type = Option<String>)]
    cursor: Option<Place>,
}

impl FromPairs for Which {
    fn read(pairs: &Pairs) -> Result<Self, Problem> {
        Ok(Self {
            from: pairs.instant("from")?,
            to: pairs.instant("to")?,
            as_of: pairs.instant("as_of")?,
            limit: pairs.limit()?,
            cursor: pairs.cursor(|text| text.parse().ok())?,
        })
    }
}

/// Readings
///
/// What the sources of the policy's covers told: every interval with its value, its grade, when it became known, whether it
/// was revised, and whether something was refused.
#[utoipa::path(
    get,
    path = "/policies/{id}/series",
    operation_id = "list_readings",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id; a `/` in it is written %2F"), Which),
    responses((status = 200, description = "A page of readings", content((Series = "application/json"), (String = "text/csv"), (Parquet = "application/vnd.apache.parquet")))),
    security(("token" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<String>,
    wanted: Wanted,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let form = wanted.form(ROWS)?;
    let (rows, next) = app
        .library()
        .ask(move |reader| {
            let (_, entry) = scope::policy(reader, &caller.scope(), &id)?;
            let policy = bound(reader, &entry)?;
            let cover = Period::new(policy.cover, &policy.product.day);
            let keys: Vec<_> = series_read(&policy).into_iter().collect();
            page(reader, &keys, &which, &cover)
        })
        .await?;
    Ok(wanted.rows(form, &rows, next.map(|next| next.to_string())))
}

/// What was refused, by interval: when that was told last.
type Refused = BTreeMap<SeriesKey, BTreeMap<(i64, i64), DateTime<Utc>>>;

fn refused(reader: &Reader, keys: &[SeriesKey], as_of: DateTime<Utc>) -> Result<Refused, Problem> {
    let mut feeds: Vec<_> = keys.iter().map(|key| key.feed.clone()).collect();
    feeds.dedup();
    let mut refused = Refused::new();
    for feed in feeds {
        for row in reader.refused(Some(&feed))?.into_iter().filter(|row| row.known_at <= as_of) {
            let (Some(station), Some(variable), Some(interval)) = (row.station, row.variable, row.interval) else {
                continue;
            };
            let key = SeriesKey { feed: feed.clone(), station: station.into(), variable };
            if keys.contains(&key) {
                refused.entry(key).or_default().insert(interval, row.known_at);
            }
        }
    }
    Ok(refused)
}

fn page(
    reader: &Reader,
    keys: &[SeriesKey],
    which: &Which,
    cover: &Period,
) -> Result<(Vec<Reading>, Option<Place>), Problem> {
    let as_of = which.as_of.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let from_s = which.from.unwrap_or(cover.begins).timestamp();
    let to_s = which.to.unwrap_or(cover.ends).timestamp();
    let first = which.cursor.unwrap_or(Place { series: 0, interval: (i64::MIN, i64::MIN) });
    let refused = refused(reader, keys, as_of)?;
    let none = BTreeMap::new();
    let mut rows: Vec<(Place, Reading)> = Vec::new();
    for (series, key) in keys.iter().enumerate().skip(first.series) {
        let after = if series == first.series { first.interval } else { (i64::MIN, i64::MIN) };
        // One more than is given says whether there is a next page.
        let lacking = which.limit + 1 - rows.len();
        let most = i64::try_from(lacking).expect("few");
        let stretch = Stretch { from_s, to_s, after, as_of, most };
        let (unit, known) = reader.history(key, &stretch)?.unwrap_or((key.variable.own_unit(), Vec::new()));
        let edge = known.last().filter(|_| known.len() == lacking).map(|known| (known.start_s, known.end_s));
        let of_key = refused.get(key).unwrap_or(&none);
        let apart = of_key.iter().filter(|(interval, _)| {
            let (start, end) = **interval;
            **interval > after && start < to_s && end > from_s && edge.is_none_or(|edge| **interval <= edge)
        });
        let mut found: BTreeMap<(i64, i64), Option<Known>> = apart.map(|(interval, _)| (*interval, None)).collect();
        found.extend(known.into_iter().map(|known| ((known.start_s, known.end_s), Some(known))));
        for (interval, known) in found {
            let reading = reading(key, unit.symbol(), (interval, known.as_ref()), of_key.get(&interval).copied());
            rows.push((Place { series, interval }, reading));
        }
        if rows.len() > which.limit {
            break;
        }
    }
    let more = rows.len() > which.limit;
    rows.truncate(which.limit);
    let next = rows.last().filter(|_| more).map(|(place, _)| *place);
    Ok((rows.into_iter().map(|(_, reading)| reading).collect(), next))
}

fn reading(
    key: &SeriesKey,
    unit: &str,
    ((start, end), known): ((i64, i64), Option<&Known>),
    refused: Option<DateTime<Utc>>,
) -> Reading {
    let second = |second| instant(DateTime::from_timestamp(second, 0).expect("an instant of a reading"));
    let known_at = known.map(|known| known.known_at).or(refused).expect("it is known, or refused");
    Reading {
        feed: key.feed.to_string(),
        station: key.station.to_string(),
        variable: key.variable.name().to_owned(),
        unit: unit.to_owned(),
        start: second(start),
        end: second(end),
        value: known.and_then(|known| known.value).map(|value| value.to_string()),
        vintage: known.map(|known| known.vintage.into()),
        known_at: instant(known_at),
        revised: known.is_some_and(|known| known.revised),
        refused: refused.is_some(),
        seq: known.map(|known| known.entry),
    }
}
