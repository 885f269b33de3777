//! What a provider sends, by its own names, and what settings may want of it.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::Context;
use crate::document::{Fault, Faults, Fields, did_you_mean};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, reading};
use crate::feed::json::Members;
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::quantity::{Fixed, Variable};

/// One column that a provider sends.
#[derive(Debug)]
pub(super) struct Sent {
    /// The provider's name.
    pub name: &'static str,
    /// What it may stand for.
    pub variables: &'static [Variable],
    /// The units in which it is to be had.
    pub units: &'static [&'static str],
}

/// One column, of one variable in one unit.
pub(super) const fn sent(name: &'static str, variables: &'static [Variable], units: &'static [&'static str]) -> Sent {
    Sent { name, variables, units }
}

/// The row of a name.
pub(super) fn find<'s>(all: &'s [Sent], name: &str) -> Option<&'s Sent> {
    all.iter().find(|sent| sent.name == name)
}

/// Each column is one that the provider, `who`, sends, stands for what it says, and has its unit.
pub(super) fn check_columns(who: &str, all: &[Sent], context: &Context<'_>, faults: &mut Faults) {
    for (column, place) in context.columns {
        if column.counter.is_some() {
            let fault = Fault::new(place, format!("`{}` of {who} is no register that counts on", column.name));
            faults.push(fault.hint("leave counter out"));
        }
        let Some(sent) = find(all, &column.name) else {
            let names = || all.iter().map(|sent| sent.name);
            let near = did_you_mean(&column.name, names());
            let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
            let fault = Fault::new(place, format!("{who} has no column `{}` that is read here", column.name));
            faults.push(fault.hint(format!("{near}columns are: {}", names().collect::<Vec<_>>().join(", "))));
            continue;
        };
        if !sent.variables.contains(&column.variable) {
            let names: Vec<_> = sent.variables.iter().map(|variable| variable.name()).collect();
            let message = format!("`{}` of {who} is not {}", sent.name, column.variable);
            faults.push(Fault::new(place, message).hint(format!("it is {}", names.join(" or "))));
        } else if !sent.units.contains(&column.unit.symbol()) {
            let message = format!("{who} does not send `{}` in {}", sent.name, column.unit);
            faults.push(Fault::new(place, message).hint(format!("it sends: {}", sent.units.join(", "))));
        }
    }
}

/// One of a few words of a kind's table.
pub(super) fn word<T: Copy>(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[(&'static str, T)],
    faults: &mut Faults,
) -> Option<T> {
    let node = fields.required(key, &format!("\"{}\"", words[0].0), faults)?;
    let all = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
    let text = node.text(&all, faults)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        faults.push(Fault::new(&node.place, format!("`{text}` is not a word for {key}")).hint(format!("write {all}")));
    }
    found
}

/// The URL is a plain one: the kind adds what is asked.
pub(super) fn check_url(kind: &str, example: &str, context: &Context<'_>, faults: &mut Faults) {
    let Some(url) = context.url else { return };
    if crate::feed::address::PLACEHOLDERS.iter().any(|name| url.has(name)) {
        let fault = Fault::new(context.place, format!("the URL of a feed of kind {kind} has no placeholders"));
        faults.push(fault.hint(format!("write url = \"{example}\": what is asked is made from the settings")));
    }
}

/// The stations, which must be listed, one where the origin is a file; each name is right for the provider.
pub(super) fn check_stations(
    what: &str,
    example: &str,
    is_right: fn(&str) -> bool,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<()> {
    let before = faults.len();
    let stations = context.stations?;
    if stations.is_empty() {
        let fault = Fault::new(context.place, "no station is listed");
        faults.push(fault.hint(format!("add [feed.NAME.station.{example}]: a station is named by {what}")));
    } else if context.url.is_none() && stations.len() > 1 {
        let fault = Fault::new(context.place, format!("{} stations are listed for one file", stations.len()));
        faults.push(fault.hint("a file is about one station: make each a feed"));
    }
    for station in stations.iter().filter(|station| !is_right(&station.name)) {
        let fault = Fault::new(context.place, format!("the station `{}` is not {what}", station.name));
        faults.push(fault.hint(format!("write it as {example}")));
    }
    (faults.len() == before).then_some(())
}

/// The station whose answer or file this is; the settings list at least one, and one alone for a file.
pub(super) fn station<'a>(feed: &'a FeedSettings, raw: &Raw<'a>) -> &'a Station {
    raw.asked.unwrap_or_else(|| feed.stations.first().expect("the settings demand a station"))
}

/// Readings of one station as they are told, and what is refused.
pub(super) struct Told<'a> {
    pub feed: &'a FeedSettings,
    pub station: &'a Arc<str>,
    pub now: Option<DateTime<Utc>>,
    pub decoded: Decoded,
}

impl<'a> Told<'a> {
    /// Nothing yet.
    pub fn new(feed: &'a FeedSettings, raw: &Raw<'a>) -> Self {
        Self { feed, station: &station(feed, raw).name, now: raw.now, decoded: Decoded::default() }
    }

    /// What cannot be used.
    pub fn refuse(&mut self, place: impl Into<String>, reason: String) {
        self.decoded.refused.push(Refused { place: place.into(), reason });
    }

    /// Takes what a column says of an interval when it has ended, or why it says nothing.
    pub fn take(
        &mut self,
        column: &Column,
        interval: (DateTime<Utc>, DateTime<Utc>),
        value: Result<Option<Fixed>, String>,
        place: impl FnOnce() -> String,
    ) {
        self.take_told(column, interval, interval.1, value, place);
    }

    /// The same of what can be known at `told` already. No value for a time to come is nothing.
    pub fn take_told(
        &mut self,
        column: &Column,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        told: DateTime<Utc>,
        value: Result<Option<Fixed>, String>,
        place: impl FnOnce() -> String,
    ) {
        let reason = match (value, is_forecast(told, self.now)) {
            (Ok(None), true) => return,
            (Ok(value), false) => {
                let span = Span { start, end, told };
                let reading = reading(self.feed, column, self.station, span, value, self.now);
                return self.decoded.readings.push(reading);
            }
            (Ok(Some(_)), true) => format!("`{}` is after now: a forecast is no reading", column.name),
            (Err(reason), _) => reason,
        };
        self.refuse(place(), reason);
    }
}

/// The names over the columns of lines.
pub(super) struct Names(pub csv::StringRecord);

impl Names {
    /// Where a column is; none where it is not.
    ///
    /// # Errors
    /// Where it is there twice.
    pub fn find(&self, name: &str) -> Result<Option<usize>, DecodeError> {
        let mut found = self.0.iter().enumerate().filter(|(_, known)| *known == name).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(DecodeError::DoubleColumn { column: name.to_owned() }),
            (found, _) => Ok(found),
        }
    }

    /// Where a column is that must be there once.
    ///
    /// # Errors
    /// Where it is not, or twice.
    pub fn need(&self, name: &str) -> Result<usize, DecodeError> {
        self.find(name)?.ok_or_else(|| missing(name, &self.0))
    }
}

/// A column of the settings that an answer does not have.
pub(super) fn missing<'n>(column: &str, names: impl IntoIterator<Item = &'n str>) -> DecodeError {
    DecodeError::MissingColumn { column: column.to_owned(), near: did_you_mean(column, names).map(str::to_owned) }
}

/// The provider's own words in the members of these names: texts, or texts somewhere inside of lists and objects.
pub(super) fn words(members: &Members<'_>, names: &[&str]) -> Option<String> {
    fn collect(value: &serde_json::Value, told: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => told.push(text.clone()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, told)),
            serde_json::Value::Object(items) => items.values().for_each(|item| collect(item, told)),
            _ => {}
        }
    }
    let mut told = Vec::new();
    names.iter().filter_map(|name| members.read(name).ok()).for_each(|value| collect(&value, &mut told));
    (!told.is_empty()).then(|| told.join("; ").chars().take(300).collect())
}

/// Where NCEI's services write what is wrong.
pub(super) const NCEI_ERRORS: [&str; 3] = ["errorMessage", "errors", "message"];

/// An answer of NCEI's data service that is an object and no list of rows.
pub(super) fn ncei_error(members: &Members<'_>) -> DecodeError {
    match words(members, &NCEI_ERRORS) {
        Some(reason) => DecodeError::Provider { reason },
        None => DecodeError::schema("the answer", "this is no list of rows"),
    }
}

/// Whether a name is a station's id in the GHCN, country, network and number: `CHM00058362`.
pub(super) fn is_ghcn_id(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    name.len() == 11 && name.bytes().all(plain)
}

/// Whose forecast this is, where it is one by its form.
pub(super) fn forecast(members: &Members<'_>) -> Option<&'static str> {
    let series = members.read::<Members<'_>>("properties").ok().and_then(|properties| properties.get("timeseries"));
    if series.is_some() {
        return Some("this is a forecast of MET Norway: nothing is settled on it");
    }
    let is_caiyun = ["api_version", "server_time", "result"].iter().all(|name| members.get(name).is_some());
    is_caiyun.then_some("this is a forecast of Caiyun: nothing is settled on it")
}

/// The lines of a text with their numbers, from 1; a last one that no line break ends is cut off.
///
/// # Errors
/// Where the last line is cut off.
pub(super) fn whole_lines(text: &str) -> Result<impl Iterator<Item = (usize, &str)>, DecodeError> {
    if !text.ends_with('\n') {
        return Err(DecodeError::Truncated { bytes: text.len() });
    }
    Ok(text.lines().enumerate().map(|(index, line)| (index + 1, line)))
}

/// First and last day of the pieces, each in one month, of a stretch of days.
pub(super) fn by_month(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    pieces(from, to, |day| day.with_day(1)?.checked_add_months(chrono::Months::new(1)))
}

/// First and last day of the pieces, each in one year, of a stretch of days.
pub(super) fn by_year(from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    pieces(from, to, |day| NaiveDate::from_ymd_opt(day.year() + 1, 1, 1))
}

fn pieces(from: NaiveDate, to: NaiveDate, next: fn(NaiveDate) -> Option<NaiveDate>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut pieces = Vec::new();
    let mut first = from;
    while first <= to {
        let after = next(first).filter(|after| *after <= to);
        pieces.push((first, after.and_then(|after| after.pred_opt()).unwrap_or(to)));
        match after {
            Some(after) => first = after,
            None => break,
        }
    }
    pieces
}

/// What is broken must not be misread.
#[cfg(test)]
pub(super) mod broken {
    use super::super::super::decode::{Decoded, Raw, decode};
    use crate::feed::settings::FeedSettings;

    fn read(feed: &FeedSettings, bytes: &[u8]) -> Option<Decoded> {
        decode(feed, &Raw { bytes, name: "", asked: None, now: None }).ok()
    }

    /// Cuts the bytes at each place: what is read then is part of what the whole says. Changes each byte:
    /// nothing panics.
    pub(crate) fn never_misread(feed: &FeedSettings, whole: &[u8]) {
        let told = read(feed, whole).expect("the whole is right").readings;
        assert!(!told.is_empty());
        for length in 0..whole.len() {
            for reading in read(feed, &whole[..length]).map(|decoded| decoded.readings).unwrap_or_default() {
                assert!(told.contains(&reading), "cut after {length} bytes: {reading:?}");
            }
        }
        let mut seed: u64 = 20_260_601;
        for at in 0..whole.len() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut changed = whole.to_vec();
            changed[at] = seed.to_be_bytes()[0];
            let _ = read(feed, &changed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_cut_at_months_and_years_and_nowhere_else() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%F").unwrap();
        let shown = |pieces: Vec<(NaiveDate, NaiveDate)>| {
            pieces.iter().map(|(from, to)| format!("{from}..{to}")).collect::<Vec<_>>().join(" ")
        };
        for (from, to, months, years) in [
            ("2026-06-05", "2026-06-05", "2026-06-05..2026-06-05", "2026-06-05..2026-06-05"),
            ("2026-06-30", "2026-07-01", "2026-06-30..2026-06-30 2026-07-01..2026-07-01", "2026-06-30..2026-07-01"),
            (
                "2025-12-31",
                "2026-01-31",
                "2025-12-31..2025-12-31 2026-01-01..2026-01-31",
                "2025-12-31..2025-12-31 2026-01-01..2026-01-31",
            ),
            ("2026-06-06", "2026-06-05", "", ""),
        ] {
            assert_eq!(shown(by_month(day(from), day(to))), months);
            assert_eq!(shown(by_year(day(from), day(to))), years);
        }
    }
}
