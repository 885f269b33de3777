//! OpenElectricity: Australian generation by unit, or by fuel and region, as JSON.

mod settings;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::answer::{check_unit, inside, number_or_null};
use super::lines::{missing, short};
use super::pieces::{by_length, ceiling, floor};
use super::query::below;
use super::told::station_of;
use super::words::{words, words_of_body};
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, reading};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};

pub(super) static KIND: Kind = Kind {
    word: "openelectricity",
    table: "openelectricity",
    example: "{ network = \"NEM\", facility = \"BAYSW\", interval = \"1h\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| settings::read_openelectricity(node, context, faults).map(|form| Arc::new(form) as _),
};

/// Where an error says what is wrong.
const WORDS: [&str; 4] = ["detail", "error", "message", "title"];

/// A market, with a clock of its own that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Nem,
    Wem,
}

impl Network {
    const ALL: [Self; 2] = [Self::Nem, Self::Wem];

    fn word(self) -> &'static str {
        match self {
            Self::Nem => "NEM",
            Self::Wem => "WEM",
        }
    }

    fn offset(self) -> &'static str {
        match self {
            Self::Nem => "+10:00",
            Self::Wem => "+08:00",
        }
    }

    fn ahead(self) -> TimeDelta {
        match self {
            Self::Nem => TimeDelta::hours(10),
            Self::Wem => TimeDelta::hours(8),
        }
    }
}

/// How long a value speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    FiveMinutes,
    Hour,
    Day,
}

impl Every {
    const ALL: [Self; 3] = [Self::FiveMinutes, Self::Hour, Self::Day];

    fn word(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    fn step(self) -> TimeDelta {
        match self {
            Self::FiveMinutes => TimeDelta::minutes(5),
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The longest span of a request.
    fn longest(self) -> TimeDelta {
        match self {
            Self::FiveMinutes => TimeDelta::days(8),
            Self::Hour => TimeDelta::days(32),
            Self::Day => TimeDelta::days(366),
        }
    }
}

/// Of what there are series.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    /// The units of a facility: they are the stations.
    Facility(String),
    /// A fuel: the stations are regions.
    Fueltech(String),
}

/// What is asked of OpenElectricity.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OpenElectricityForm {
    network: Network,
    of: Of,
    every: Every,
}

impl Provider for OpenElectricityForm {
    fn interval(&self) -> Interval {
        match self.every {
            Every::Day => Interval::Day { zone: self.network.offset().into(), starts_min: 0 },
            shorter => Interval::Fixed(shorter.step().num_seconds()),
        }
    }

    fn asks_by_station(&self) -> bool {
        matches!(self.of, Of::Fueltech(_))
    }

    fn requests(&self, feed: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let (ahead, step) = (self.network.ahead(), self.every.step());
        // On the market's clock, on which days begin at midnight.
        let (from, to) = (floor(wanted.from + ahead, step), ceiling(wanted.to + ahead, step));
        by_length(from, to, self.every.longest())
            .into_iter()
            .map(|(from, to)| {
                let mut request = wanted.request(Zone::utc());
                let parts = match self.of {
                    Of::Facility(_) => ["data", "facilities", self.network.word()],
                    Of::Fueltech(_) => ["data", "network", self.network.word()],
                };
                below(&mut request.url, parts);
                if let Of::Facility(facility) = &self.of {
                    request = request.query("facility_code", facility);
                }
                for column in &feed.columns {
                    request = request.query("metrics", &column.name);
                }
                let [from, to] = [from, to].map(|at| at.format("%FT%T").to_string());
                request = request.query("interval", self.every.word());
                request = request.query("date_start", &from).query("date_end", &to);
                if let (Of::Fueltech(_), Some(region)) = (&self.of, wanted.station) {
                    request = request.query("primary_grouping", "network_region");
                    request = request.query("secondary_grouping", "fueltech").query("network_region", &region.name);
                }
                match wanted.key {
                    Some(key) => request.header("authorization", format!("Bearer {}", key.secret.reveal())),
                    None => request,
                }
            })
            .collect()
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let members: Members<'_> = parse(raw.text()?, "the answer")?;
        let failed = members.get("success").map(RawValue::get) == Some("false");
        if failed || members.get("data").is_none() {
            if let Some(reason) = words(&members, &WORDS) {
                return Err(DecodeError::Provider { reason });
            }
            if failed {
                return Err(DecodeError::Provider { reason: "an error without a reason".to_owned() });
            }
        }
        let blocks: Vec<&RawValue> = members.read("data")?;
        let blocks = blocks.into_iter().enumerate().map(|(index, block)| {
            let place = format!("data[{index}]");
            let members: Members<'_> = parse(block.get(), &place)?;
            let metric = members.read::<Cow<'_, str>>("metric").map_err(|error| inside(&place, error))?;
            Ok((place, metric, members))
        });
        let blocks = blocks.collect::<Result<Vec<_>, DecodeError>>()?;
        let mut decoded = Decoded::default();
        for column in feed.columns.iter().filter(|_| !blocks.is_empty()) {
            let mut found = blocks.iter().filter(|(_, metric, _)| *metric == column.name);
            let Some((place, _, block)) = found.next() else {
                return Err(missing(&column.name, blocks.iter().map(|(_, metric, _)| &**metric)));
            };
            if found.next().is_some() {
                return Err(DecodeError::DoubleColumn { column: column.name.clone() });
            }
            Block { feed, form: self, raw, column, place }
                .take(block, &mut decoded)
                .map_err(|error| inside(place, error))?;
        }
        Ok(decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words_of_body(body, &WORDS)
    }
}

/// The series of one metric.
struct Block<'a> {
    feed: &'a FeedSettings,
    form: &'a OpenElectricityForm,
    raw: &'a Raw<'a>,
    column: &'a Column,
    place: &'a str,
}

impl Block<'_> {
    fn take(&self, members: &Members<'_>, decoded: &mut Decoded) -> Result<(), DecodeError> {
        let says = |name: &str, wanted: &str| {
            let got = members.read::<Cow<'_, str>>(name)?;
            if got == wanted {
                Ok(())
            } else {
                Err(DecodeError::schema(name, format!("this is `{got}`, not `{wanted}`")))
            }
        };
        says("network_code", self.form.network.word())?;
        says("interval", self.form.every.word())?;
        // Not every version says it; every stamp does.
        if members.get("network_timezone_offset").is_some() {
            says("network_timezone_offset", self.form.network.offset())?;
        }
        check_unit(self.column, self.column.unit.symbol(), &members.read::<Cow<'_, str>>("unit")?)?;
        for (index, series) in members.read::<Vec<&RawValue>>("results")?.into_iter().enumerate() {
            let part = format!("results[{index}]");
            let members: Members<'_> = parse(series.get(), &part)?;
            let place = format!("{}.{part}", self.place);
            self.take_series(&place, &members, decoded).map_err(|error| inside(&part, error))?;
        }
        Ok(())
    }

    fn take_series(&self, place: &str, members: &Members<'_>, decoded: &mut Decoded) -> Result<(), DecodeError> {
        let columns: Members<'_> = members.read("columns")?;
        let name = match &self.form.of {
            Of::Facility(_) => columns.read::<Cow<'_, str>>("unit_code")?,
            Of::Fueltech(wanted) => {
                if !columns.read::<Cow<'_, str>>("fueltech")?.eq_ignore_ascii_case(wanted) {
                    return Ok(());
                }
                columns.read::<Cow<'_, str>>("region")?
            }
        };
        let asked = self.raw.asked.filter(|_| self.form.asks_by_station());
        let Some(station) = station_of(self.feed, asked, &name)? else { return Ok(()) };
        let mut forecasts = 0;
        for (index, point) in members.read::<Vec<(Cow<'_, str>, &RawValue)>>("data")?.into_iter().enumerate() {
            let part = || format!("data[{index}]");
            let mut refuse = |reason| decoded.refused.push(Refused::row(format!("{place}.{}", part()), reason));
            let start = match self.start(&point.0) {
                Ok(start) => start,
                Err(reason) => {
                    refuse(reason);
                    continue;
                }
            };
            let end = start + self.form.every.step();
            let value = match number_or_null(self.column, point.1, part)? {
                Ok(value) => value,
                Err(reason) => {
                    let refused = Refused::row(format!("{place}.{}", part()), reason).at(&station.name).of(self.column);
                    decoded.refused.push(refused.within(start, end).sent(point.1.get()));
                    continue;
                }
            };
            match (is_forecast(end, self.raw.now), value) {
                // The last interval has not ended.
                (true, None) => {}
                (true, Some(_)) => forecasts += 1,
                (false, value) => {
                    let span = Span { start, end, told: end };
                    decoded.readings.push(reading(self.feed, self.column, &station.name, span, value, self.raw.now));
                }
            }
        }
        if forecasts > 0 {
            let reason = format!("{forecasts} values are of intervals that have not ended: a forecast is no reading");
            decoded.refused.push(Refused::other(format!("{place}.data"), reason));
        }
        Ok(())
    }

    /// The beginning of an interval, on the market's clock.
    fn start(&self, text: &str) -> Result<DateTime<Utc>, String> {
        let network = self.form.network;
        let read = DateTime::parse_from_rfc3339(text).ok().filter(|_| text.ends_with(network.offset()));
        let at = read.ok_or_else(|| {
            format!("`{}` is not a time such as 2025-07-23T01:45:00{}", short(text), network.offset())
        })?;
        let at = at.to_utc();
        if floor(at + network.ahead(), self.form.every.step()) != at + network.ahead() {
            return Err(format!("`{text}` does not begin an interval of {}", self.form.every.word()));
        }
        Ok(at)
    }
}
