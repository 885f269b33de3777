//! Elexon Insights: metered half-hours of the units of Great Britain, B1610.

mod settings;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::answer::inside;
use super::pieces::{by_length, ceiling, floor};
use super::told::station_of;
use super::words::{words, words_of_body};
use super::{KeyUse, Kind, Provider};
use crate::calendar::{DayRule, Interval};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, number, told_reading};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::FeedSettings;
use crate::observation::Vintage;
use crate::quantity::Fixed;

pub(super) static KIND: Kind = Kind {
    word: "elexon",
    table: "elexon",
    example: "{ final_from = \"RF\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| settings::read_elexon(node, context, faults).map(|form| Arc::new(form) as _),
};

const HALF_HOUR: TimeDelta = TimeDelta::minutes(30);
/// So many days of one unit came whole; for more nobody vouches.
const LONGEST: TimeDelta = TimeDelta::days(92);
/// Where an error says what is wrong.
const WORDS: [&str; 5] = ["detail", "message", "errorMessage", "errors", "title"];

/// A settlement run, in the order of their publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Run {
    Interim,
    Initial,
    First,
    Second,
    Third,
    Final,
    Dispute,
}

impl Run {
    const ALL: [Self; 7] =
        [Self::Interim, Self::Initial, Self::First, Self::Second, Self::Third, Self::Final, Self::Dispute];

    /// Elexon's word.
    fn word(self) -> &'static str {
        match self {
            Self::Interim => "II",
            Self::Initial => "SF",
            Self::First => "R1",
            Self::Second => "R2",
            Self::Third => "R3",
            Self::Final => "RF",
            Self::Dispute => "DF",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|run| run.word() == word)
    }
}

/// Which runs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunRule {
    /// All; from this one on they are final.
    FinalFrom(Run),
    /// This one and no other.
    Only(Run),
}

/// What is asked of Elexon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ElexonForm {
    rule: RunRule,
}

impl Provider for ElexonForm {
    fn interval(&self) -> Interval {
        Interval::Fixed(HALF_HOUR.num_seconds())
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let stretches = by_length(floor(wanted.from, HALF_HOUR), ceiling(wanted.to, HALF_HOUR), LONGEST);
        let request = |(from, to): (DateTime<Utc>, DateTime<Utc>)| {
            let request = wanted.request(crate::calendar::Zone::utc());
            let unit = wanted.station.expect("each station is asked by itself").name.to_string();
            let [from, to] = [from, to].map(|at| at.format("%FT%RZ").to_string());
            let request = request.query("from", &from).query("to", &to).query("bmUnit", &unit);
            match self.rule {
                RunRule::Only(run) => request.query("settlementRunType", run.word()),
                RunRule::FinalFrom(_) => request,
            }
        };
        stretches.into_iter().map(request).collect()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        let rows: Vec<&RawValue> = if text.trim_start().starts_with('[') {
            parse(text, "the answer")?
        } else {
            let members: Members<'_> = parse(text, "the answer")?;
            match (members.get("data"), words(&members, &WORDS)) {
                (None, Some(reason)) => return Err(DecodeError::Provider { reason }),
                _ => members.read("data")?,
            }
        };
        let mut decoded = Decoded::default();
        let mut known = BTreeMap::new();
        for (index, row) in rows.into_iter().enumerate() {
            let place = format!("[{index}]");
            match self.row(feed, raw, &place, &parse(row.get(), &place)?)? {
                Ok(Some(row)) => keep(row, &mut known),
                Ok(None) => {}
                Err(reason) => decoded.refused.push(Refused::row(place, reason)),
            }
        }
        for ((end, station), row) in
            known.into_iter().flat_map(|(key, rows)| rows.into_iter().map(move |row| (key.clone(), row)))
        {
            let span = Span { start: end - HALF_HOUR, end, told: end };
            let (column, value) = (&feed.columns[0], Some(row.value));
            decoded.readings.push(told_reading(feed, column, &station, span, value, raw.now, self.vintage(row.run)));
        }
        Ok(decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words_of_body(body, &WORDS)
    }
}

/// A half-hour of a unit.
struct Row {
    station: Arc<str>,
    end: DateTime<Utc>,
    run: Option<Run>,
    value: Fixed,
}

/// Keeps of each half-hour what the latest run says; where that says several things, all of them.
fn keep(row: Row, known: &mut BTreeMap<(DateTime<Utc>, Arc<str>), Vec<Row>>) {
    let rows = known.entry((row.end, row.station.clone())).or_default();
    match rows.first().map(|other| row.run.cmp(&other.run)) {
        Some(Ordering::Less) => {}
        Some(Ordering::Greater) => *rows = vec![row],
        None | Some(Ordering::Equal) => rows.push(row),
    }
}

impl ElexonForm {
    fn vintage(&self, run: Option<Run>) -> Vintage {
        let is_final = match self.rule {
            RunRule::Only(_) => true,
            RunRule::FinalFrom(first) => run.is_some_and(|run| run >= first),
        };
        if is_final { Vintage::Final } else { Vintage::Provisional }
    }

    /// A row; none where it is of a unit that the settings do not list; or why it cannot be used.
    ///
    /// # Errors
    /// Where the answer is of another form.
    fn row(
        &self,
        feed: &FeedSettings,
        raw: &Raw<'_>,
        place: &str,
        members: &Members<'_>,
    ) -> Result<Result<Option<Row>, String>, DecodeError> {
        let inside = |error| inside(place, error);
        let text = |name: &str| members.read::<Cow<'_, str>>(name).map_err(inside);
        let dataset = text("dataset")?;
        if dataset != "B1610" {
            let what = format!("the data are {dataset}, not B1610: they are no metered energy");
            return Err(DecodeError::schema(format!("{place}.dataset"), what));
        }
        let unit = members.read::<Option<Cow<'_, str>>>("bmUnit").map_err(inside)?;
        let Some(unit) = unit else { return Ok(Err("the row names no unit".to_owned())) };
        let Some(station) = station_of(feed, raw.asked, &unit)? else { return Ok(Ok(None)) };
        let (date, end) = (text("settlementDate")?, text("halfHourEndTime")?);
        let period = members.read::<u8>("settlementPeriod").map_err(inside)?;
        let end = match end_of(&date, period, &end) {
            Ok(end) => end,
            Err(reason) => return Ok(Err(reason)),
        };
        if is_forecast(end, raw.now) {
            return Ok(Err(format!("{end} is after now: a forecast is no reading")));
        }
        let run = match members.get("settlementRunType").map(RawValue::get) {
            None | Some("null") => None,
            Some(_) => {
                let word = text("settlementRunType")?;
                match Run::from_word(&word) {
                    Some(run) => Some(run),
                    None => return Ok(Err(format!("`{word}` is not a settlement run that we know"))),
                }
            }
        };
        if let RunRule::Only(only) = self.rule
            && run != Some(only)
        {
            let got = run.map_or("of an untold run", Run::word);
            return Ok(Err(format!("this is {got}, and the settings say only = \"{}\"", only.word())));
        }
        let quantity = members.read::<&RawValue>("quantity").map_err(inside)?.get();
        let value = match number(&feed.columns[0], quantity) {
            Ok(value) => value,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(Ok(Some(Row { station: station.name.clone(), end, run, value })))
    }
}

/// The end of a half-hour: UTC without a mark. It must be that of the period of the British day, of which there are
/// 46 or 50 when the clocks change.
fn end_of(date: &str, period: u8, end: &str) -> Result<DateTime<Utc>, String> {
    let at = NaiveDateTime::parse_from_str(end.strip_suffix('Z').unwrap_or(end), "%Y-%m-%dT%H:%M:%S");
    let at = at.map_err(|_| format!("`{end}` is not a time such as 2026-08-01T00:30:00"))?.and_utc();
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok().filter(|day| (1990..2200).contains(&day.year()));
    let day = day.ok_or_else(|| format!("`{date}` is not a date such as 2026-08-01"))?;
    let (begins, ends) = DayRule::new("Europe/London", "00:00").expect("the zone is known").interval(day);
    let of_period = begins + HALF_HOUR * i32::from(period);
    if period == 0 || of_period > ends || of_period != at {
        return Err(format!("`{end}` is not the end of period {period} of {date}"));
    }
    Ok(at)
}
