//! ENTSO-E's Transparency Platform: generation by type (A75) and by unit (A73), load (A65), as XML.

mod document;
mod settings;
#[cfg(test)]
mod tests;
mod xml;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use self::document::{Direction, Document, Period, TimeSeries};
use super::answer::check_unit;
use super::pieces::{by_length, ceiling, floor};
use super::query::{parameter, with};
use super::told::station_of;
use super::{KeyUse, Kind, Provider};
use crate::calendar::Interval;
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, number, reading};
use crate::feed::request::{Instead, Reply, Request, Role, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::feed::unpack::unzip;

pub(super) static KIND: Kind = Kind {
    word: "entsoe",
    table: "entsoe",
    example: "{ document = \"A75\", psr_type = \"B19\", direction = \"generation\", every = \"15 min\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_entsoe(node, context, faults).map(|form| Arc::new(form) as _),
};

/// `TimeSeries` in an answer; behind as many of them there are more pages.
const PAGE: usize = 100;
/// The platform has no page behind this one.
const LAST_OFFSET: usize = 4_800;
/// Readings of an answer: a year of quarter-hours of fifty series. One Period of a few bytes can stand for any number.
const MOST_READINGS: i64 = 2_000_000;
const TIME: &str = "%Y%m%d%H%M";

/// What is asked of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EntsoeForm {
    what: What,
    /// Seconds of an interval; others are refused.
    every: i64,
    /// Whether there is only one station.
    alone: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A75. Stations are zones.
    ByType { psr_type: String, direction: Direction },
    /// A73. Stations are units.
    ByUnit { domain: String, psr_type: Option<String>, direction: Direction },
    /// A65. Stations are zones.
    Load,
}

impl What {
    fn document(&self) -> &'static str {
        match self {
            Self::ByType { .. } => "A75",
            Self::ByUnit { .. } => "A73",
            Self::Load => "A65",
        }
    }

    fn direction(&self) -> Direction {
        match self {
            Self::ByType { direction, .. } | Self::ByUnit { direction, .. } => *direction,
            Self::Load => Direction::Consumption,
        }
    }

    fn psr_type(&self) -> Option<&str> {
        match self {
            Self::ByType { psr_type, .. } => Some(psr_type),
            Self::ByUnit { psr_type, .. } => psr_type.as_deref(),
            Self::Load => None,
        }
    }

    /// A year a request; of units in practice a day.
    fn longest(&self) -> TimeDelta {
        match self {
            Self::ByUnit { .. } => TimeDelta::days(1),
            Self::ByType { .. } | Self::Load => TimeDelta::days(365),
        }
    }
}

impl Provider for EntsoeForm {
    fn interval(&self) -> Interval {
        Interval::Fixed(self.every)
    }

    fn asks_by_station(&self) -> bool {
        !matches!(self.what, What::ByUnit { .. })
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let hour = TimeDelta::hours(1);
        let stretches = by_length(floor(wanted.from, hour), ceiling(wanted.to, hour), self.what.longest());
        stretches.into_iter().map(|(from, to)| self.request(feed, wanted, from, to)).collect()
    }

    fn next(&self, feed: &FeedSettings, _: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        let mut count = 0;
        for_each_document(feed, reply.bytes, |_, document| {
            if let Document::Load { series, .. } = document {
                count += series.len();
            }
            Ok(())
        })?;
        if count != PAGE || reply.request.role != Role::Data {
            return Ok(Vec::new());
        }
        let offset = parameter(reply.request, "offset").and_then(|offset| offset.parse().ok()).unwrap_or(0) + PAGE;
        if offset > LAST_OFFSET {
            return Err(DecodeError::schema("the answer", "there are more than 4,900 series: ask for fewer at once"));
        }
        Ok(vec![with(reply.request, &[("offset", offset.to_string())])])
    }

    fn instead(&self, _: &Wanted<'_>, request: &Request, _: u16, words: &str) -> Instead {
        let at = |name| {
            let text = parameter(request, name)?;
            NaiveDateTime::parse_from_str(&text, TIME).ok().map(|at| at.and_utc())
        };
        let Some((from, to)) = at("periodStart").zip(at("periodEnd")) else { return Instead::Fail };
        let middle = floor(from + (to - from) / 2, TimeDelta::hours(1));
        if !words.contains("exceeds the allowed maximum") || middle <= from {
            return Instead::Fail;
        }
        let part = |from: DateTime<Utc>, to: DateTime<Utc>| {
            let times = [from, to].map(|at| at.format(TIME).to_string());
            let [from, to] = times;
            with(request, &[("periodStart", from), ("periodEnd", to)])
        };
        Instead::Ask(vec![part(from, middle), part(middle, to)])
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let mut decoded = Decoded::default();
        let mut left = MOST_READINGS;
        for_each_document(feed, raw.bytes, |name, document| {
            Answer { feed, form: self, raw, file: name, left: &mut left }.take(document, &mut decoded)
        })?;
        Ok(decoded)
    }

    /// The text of an acknowledgement; of a page for people its words.
    fn error_reason(&self, body: &[u8]) -> Option<String> {
        match document::read(body) {
            Ok(Document::Acknowledgement(reasons)) => Some(words_of(&reasons)),
            _ => words_of_page(body),
        }
    }

    /// Too many requests are answered by a ban of about ten minutes, whatever the words.
    fn window(&self, _: &str, _: DateTime<Utc>) -> Option<Duration> {
        Some(Duration::from_secs(600))
    }
}

impl EntsoeForm {
    fn request(&self, feed: &FeedSettings, wanted: &Wanted<'_>, from: DateTime<Utc>, to: DateTime<Utc>) -> Request {
        let mut request = wanted.request(crate::calendar::Zone::utc());
        if let What::ByUnit { .. } = self.what {
            request.station = feed.stations.first().filter(|_| self.alone).cloned();
        }
        let station = request.station.as_ref().map(|station| station.name.to_string());
        let mut query = vec![("documentType", self.what.document().to_owned()), ("processType", "A16".to_owned())];
        let zone = |name| (name, station.clone().expect("each station is asked by itself"));
        match &self.what {
            What::ByType { .. } => query.push(zone("in_Domain")),
            What::Load => query.push(zone("outBiddingZone_Domain")),
            What::ByUnit { domain, .. } => {
                query.push(("in_Domain", domain.clone()));
                query.extend(station.clone().map(|unit| ("registeredResource", unit)));
            }
        }
        query.extend(self.what.psr_type().map(|psr_type| ("psrType", psr_type.to_owned())));
        query.push(("periodStart", from.format(TIME).to_string()));
        query.push(("periodEnd", to.format(TIME).to_string()));
        request.url.query_pairs_mut().extend_pairs(query);
        match wanted.key {
            Some(key) => request.query("securityToken", key.secret.reveal()),
            None => request,
        }
    }
}

/// Reads the document, or all of a zip file.
fn for_each_document(
    feed: &FeedSettings,
    bytes: &[u8],
    mut take: impl FnMut(&str, Document) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    if !bytes.starts_with(b"PK") {
        return take("", document::read(bytes)?);
    }
    for (name, bytes) in unzip(bytes, feed.max_body)? {
        take(&format!("{name}: "), document::read(&bytes)?)?;
    }
    Ok(())
}

fn words_of(reasons: &[(String, String)]) -> String {
    let texts: Vec<_> = reasons.iter().map(|(_, text)| text.as_str()).filter(|text| !text.is_empty()).collect();
    let words = if texts.is_empty() { "an acknowledgement without a reason".to_owned() } else { texts.join("; ") };
    words.chars().take(300).collect()
}

/// The words of a page without its marks.
fn words_of_page(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let words = text
        .split('<')
        .enumerate()
        .map(|(index, part)| if index == 0 { part } else { part.split_once('>').map_or("", |(_, rest)| rest) });
    let words = words.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then(|| words.chars().take(300).collect())
}

/// A document of an answer.
struct Answer<'a> {
    feed: &'a FeedSettings,
    form: &'a EntsoeForm,
    raw: &'a Raw<'a>,
    /// Of a zip file, which file of it.
    file: &'a str,
    /// How many readings there may be still.
    left: &'a mut i64,
}

impl Answer<'_> {
    fn take(&mut self, document: Document, decoded: &mut Decoded) -> Result<(), DecodeError> {
        let (kind, process, series) = match document {
            Document::Load { kind, process, series } => (kind, process, series),
            Document::Acknowledgement(reasons) => return acknowledged(&reasons),
        };
        let wanted = self.form.what.document();
        if kind != wanted {
            let what = format!("the document is of type {kind}, and the settings say {wanted}");
            return Err(DecodeError::schema(format!("{}type", self.file), what));
        }
        if let Some(process) = process.filter(|process| process != "A16") {
            let what = format!("the process is {process}, not A16: a forecast is no reading");
            return Err(DecodeError::schema(format!("{}process.processType", self.file), what));
        }
        for (index, series) in series.iter().enumerate() {
            self.take_series(&format!("{}TimeSeries[{index}]", self.file), series, decoded)?;
        }
        Ok(())
    }

    fn take_series(&mut self, place: &str, series: &TimeSeries, decoded: &mut Decoded) -> Result<(), DecodeError> {
        let what = &self.form.what;
        let other_type = what.psr_type().is_some_and(|wanted| series.psr_type.as_deref() != Some(wanted));
        if series.zone.0 != what.direction() || other_type {
            return Ok(());
        }
        let name = match what {
            What::ByUnit { .. } => {
                series.unit.as_ref().ok_or_else(|| DecodeError::schema(place, "no unit is named"))?
            }
            What::ByType { .. } | What::Load => &series.zone.1,
        };
        let Some(station) = station_of(self.feed, self.raw.asked, name)? else { return Ok(()) };
        let column = &self.feed.columns[0];
        check_unit(column, "MAW", &series.measure)?;
        let holds = match series.curve.as_str() {
            "A03" => true,
            "A01" => false,
            other => return Err(DecodeError::schema(place, format!("`{other}` is not a curve that can be read"))),
        };
        for (index, period) in series.periods.iter().enumerate() {
            let place = format!("{place}.Period[{index}]");
            let values = self.values(&place, column, period, holds, decoded)?;
            self.hand_out(&place, &station.name, column, period, values, decoded);
        }
        Ok(())
    }

    /// Values by their position from 0; of a curve that holds, the value before where there is no Point.
    fn values(
        &mut self,
        place: &str,
        column: &Column,
        period: &Period,
        holds: bool,
        decoded: &mut Decoded,
    ) -> Result<Vec<Option<crate::quantity::Fixed>>, DecodeError> {
        let mut refuse = |place: String, reason: String| decoded.refused.push(Refused::row(place, reason));
        let length = (period.end - period.start).num_seconds();
        if length <= 0 || length % period.resolution != 0 {
            return Err(DecodeError::schema(place, "the Period is no whole number of intervals"));
        }
        if period.resolution != self.form.every {
            let minutes = |seconds: i64| format!("{} min", seconds / 60);
            let (got, wanted) = (minutes(period.resolution), minutes(self.form.every));
            refuse(place.to_owned(), format!("intervals are of {got}, and the settings say every = \"{wanted}\""));
            return Ok(Vec::new());
        }
        let count = length / period.resolution;
        *self.left -= count;
        if *self.left < 0 {
            return Err(DecodeError::schema(place, format!("there are more than {MOST_READINGS} intervals in all")));
        }
        let index = |position: i64| usize::try_from(position - 1).expect("positions begin with 1");
        let mut values = vec![None; index(count + 1)];
        let mut given = 0;
        for (order, (position, quantity)) in period.points.iter().enumerate() {
            let follows = period.points.get(order + 1).map_or(count + 1, |(next, _)| *next);
            if *position > count || follows <= *position {
                return Err(DecodeError::schema(
                    place,
                    format!("position {position} is out of order or of the Period"),
                ));
            }
            given += 1;
            let until = if holds { follows } else { position + 1 };
            match number(column, quantity) {
                Ok(value) => values[index(*position)..index(until)].fill(Some(value)),
                Err(reason) => refuse(format!("{place}.Point[{position}]"), reason),
            }
        }
        if !holds && given < count {
            refuse(place.to_owned(), format!("a curve A01 has every position, and {} are absent", count - given));
        }
        Ok(values)
    }

    fn hand_out(
        &self,
        place: &str,
        station: &Arc<str>,
        column: &Column,
        period: &Period,
        values: Vec<Option<crate::quantity::Fixed>>,
        decoded: &mut Decoded,
    ) {
        let step = TimeDelta::seconds(period.resolution);
        let (mut start, mut forecasts) = (period.start, 0);
        for value in values {
            let end = start + step;
            match value {
                Some(_) if is_forecast(end, self.raw.now) => forecasts += 1,
                Some(_) => {
                    let span = Span { start, end, told: end };
                    decoded.readings.push(reading(self.feed, column, station, span, value, self.raw.now));
                }
                None => {}
            }
            start = end;
        }
        if forecasts > 0 {
            let reason = format!("{forecasts} values are after now: a forecast is no reading");
            decoded.refused.push(Refused::other(place, reason));
        }
    }
}

/// An answer without data: none yet, or a mistake of ours.
fn acknowledged(reasons: &[(String, String)]) -> Result<(), DecodeError> {
    let none_yet = |(code, text): &(String, String)| {
        code == "999" && text.starts_with("No matching data found") && !text.contains("null/null")
    };
    if !reasons.is_empty() && reasons.iter().all(none_yet) {
        return Ok(());
    }
    Err(DecodeError::Provider { reason: words_of(reasons) })
}
