//! EIA v2: hourly energy of the US balancing authorities, as JSON in pages.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::answer::{check_unit, written};
use super::query::{parameter, with};
use super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, choice, sent};
use super::station_hours::{stamp, up_to};
use super::told::Told;
use super::words;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, number, text};
use crate::feed::json::{Members, parse};
use crate::feed::request::{Reply, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings};
use crate::quantity::Variable;

pub(super) static KIND: Kind = Kind {
    word: "eia",
    table: "eia",
    example: "{ data = \"fuel-type-data\", of = \"WND\" }",
    key: KeyUse::Required,
    tells_vintage: false,
    read: |node, context, faults| read_eia(node, context, faults).map(|form| Arc::new(form) as _),
};

static SENT: [Sent; 1] = [sent("value", &[Variable::Energy], &["MWh"])];

/// How its answers name the unit.
const UNIT: &str = "megawatthours";
const DATE_FORMAT: &str = "YYYY-MM-DD\"T\"HH24";
const PERIOD: &str = "%Y-%m-%dT%H";
/// Rows of a page, as many as it gives.
const PAGE: usize = 5_000;

/// A table of its grid data, with the facets that make a series of it: whose, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Data {
    word: &'static str,
    whose: &'static str,
    what: &'static str,
}

const FUELS: Data = Data { word: "fuel-type-data", whose: "respondent", what: "fueltype" };
const REGIONS: Data = Data { word: "region-data", whose: "respondent", what: "type" };
const INTERCHANGE: Data = Data { word: "interchange-data", whose: "fromba", what: "toba" };

#[derive(Clone, Debug)]
struct Eia {
    data: Data,
    /// The fuel, the type, or the other balancing authority.
    of: String,
}

fn read_eia(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Eia> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the EIA form", faults)?;
    let words = [FUELS, REGIONS, INTERCHANGE].map(|data| (data.word, data));
    let data = choice(&mut fields, "data", &words, faults);
    let of = fields.required("of", "\"WND\"", faults).and_then(|node| {
        let text = node.text("a code such as \"WND\"", faults)?;
        if !is_code(text) {
            let fault = Fault::new(&node.place, format!("`{text}` is not a code of EIA"));
            faults.push(fault.hint("write \"WND\" (fuel), \"NG\" (type) or the other balancing authority"));
            return None;
        }
        if data == Some(REGIONS) && text == "DF" {
            let fault = Fault::new(&node.place, "`DF` is the forecast of demand");
            faults.push(fault.hint("nothing is settled on a forecast: write \"D\", \"NG\" or \"TI\""));
            return None;
        }
        Some(text.to_owned())
    });
    fields.finish(faults);
    check_columns(context.columns, &SENT, "EIA", faults);
    check_no_placeholders(context, "eia", "https://api.eia.gov/v2/electricity/rto", faults);
    check_stations_apart(context, "the code of a balancing authority", "ERCO", is_code, faults)?;
    (faults.len() == before).then_some(Eia { data: data?, of: of? })
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl Provider for Eia {
    fn interval(&self) -> Interval {
        Interval::Fixed(3_600)
    }

    fn asks_by_station(&self) -> bool {
        true
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let station = &wanted.station.expect("each station is asked by itself").name;
        let mut request = wanted.request(Zone::utc());
        let path = format!("{}/{}/data/", request.url.path().trim_end_matches('/'), self.data.word);
        request.url.set_path(&path);
        request.url.query_pairs_mut().extend_pairs([
            ("data[]", "value"),
            (&format!("facets[{}][]", self.data.whose), station),
            (&format!("facets[{}][]", self.data.what), &self.of),
            ("frequency", "hourly"),
            ("start", &wanted.from.format(PERIOD).to_string()),
            ("end", &wanted.to.format(PERIOD).to_string()),
            // Without an order pages may overlap or leave rows out.
            ("sort[0][column]", "period"),
            ("sort[0][direction]", "asc"),
            ("offset", "0"),
            ("length", &PAGE.to_string()),
        ]);
        match wanted.key {
            Some(key) => vec![request.header("X-Api-Key", key.secret.reveal())],
            None => vec![request],
        }
    }

    /// The next page, where this one is not all.
    fn next(&self, _: &FeedSettings, _: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        let page = read_page(text(reply.bytes)?)?;
        let offset = parameter(reply.request, "offset").and_then(|offset| offset.parse::<usize>().ok());
        let next = offset.unwrap_or(0).saturating_add(page.rows.len());
        if next >= page.total {
            return Ok(Vec::new());
        }
        if page.rows.is_empty() {
            let what = format!("the page from row {next} on is empty, and there are {} rows", page.total);
            return Err(DecodeError::schema("response.data", what));
        }
        Ok(vec![with(reply.request, &[("offset", next.to_string())])])
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let page = read_page(raw.text()?)?;
        for (name, got, wanted) in
            [("frequency", &page.frequency, "hourly"), ("dateFormat", &page.date_format, DATE_FORMAT)]
        {
            if got != wanted {
                let what = format!("it is `{}`, and was to be `{wanted}`", got.escape_debug());
                return Err(DecodeError::schema(format!("response.{name}"), what));
            }
        }
        let mut told = Told::new(feed, raw);
        let column = feed.columns.first().expect("the settings have one");
        let mut last = None;
        for (index, row) in page.rows.into_iter().enumerate() {
            let place = format!("response.data[{index}]");
            let row: Members<'_> = parse(row.get(), &place)?;
            let at = self.check(&row, told.station, column, &place)?;
            if last.is_some_and(|last| at <= last) {
                return Err(DecodeError::schema(place, "its period is not after the one before"));
            }
            last = Some(at);
            let value = written(row.read(&column.name)?, || format!("{place}.{}", column.name))?;
            let value = value.map(|text| number(column, &text)).transpose();
            told.take(column, up_to(at, 1), value, || place);
        }
        Ok(told.decoded)
    }

    fn error_reason(&self, body: &[u8]) -> Option<String> {
        words::words_of_body(body, &["error"])
    }
}

impl Eia {
    /// The end of a row's hour, where the row is of the series that was asked for.
    fn check(
        &self,
        row: &Members<'_>,
        station: &str,
        column: &Column,
        place: &str,
    ) -> Result<DateTime<Utc>, DecodeError> {
        for (facet, wanted) in [(self.data.whose, station), (self.data.what, &self.of)] {
            let got = row.read::<Cow<'_, str>>(facet)?;
            if got != wanted {
                let what = format!("`{facet}` is `{}`, and was to be `{wanted}`", got.escape_debug());
                return Err(DecodeError::schema(place, what));
            }
        }
        check_unit(column, UNIT, &row.read::<Cow<'_, str>>(&format!("{}-units", column.name))?)?;
        let period = row.read::<Cow<'_, str>>("period")?;
        stamp(&format!("{period}:00"), "%Y-%m-%dT%H:%M", place)
    }
}

struct Page<'t> {
    /// Of all pages.
    total: usize,
    frequency: String,
    date_format: String,
    rows: Vec<&'t RawValue>,
}

fn read_page(text: &str) -> Result<Page<'_>, DecodeError> {
    let members: Members<'_> = parse(text, "the answer")?;
    if let Some(reason) = words::words(&members, &["error"]) {
        return Err(DecodeError::Provider { reason });
    }
    let response: Members<'_> = members.read("response")?;
    // A number, or the same as a text.
    let total = response.read::<&RawValue>("total")?.get().trim_matches('"').parse();
    Ok(Page {
        total: total.map_err(|_| DecodeError::schema("response.total", "this is no number of rows"))?,
        frequency: response.read("frequency")?,
        date_format: response.read("dateFormat")?,
        rows: response.read("data")?,
    })
}

#[cfg(test)]
mod tests;
