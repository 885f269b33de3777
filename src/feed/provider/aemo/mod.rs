//! AEMO's NEMWEB: five-minute values of the units of Australia's east, as C/I/D files in zip files.

mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use csv::StringRecord;
use reqwest::Url;

use super::folder::{self, FOLDER};
use super::lines::{Names, short};
use super::{KeyUse, Kind, Provider};
use crate::calendar::{Interval, Zone};
use crate::feed::address::UrlTemplate;
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused, Span, is_forecast, number, told_reading};
use crate::feed::request::{Instead, Reply, Request, Wanted};
use crate::feed::settings::{Column, FeedSettings, Station};
use crate::feed::unpack::unzip;
use crate::observation::Vintage;

pub(super) static KIND: Kind = Kind {
    word: "aemo",
    table: "aemo",
    example: "{ table = \"DISPATCH.UNIT_SCADA\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| settings::read_aemo(node, context, faults).map(|form| Arc::new(form) as _),
};

/// The market's clock: UTC+10 all year, in every state.
const NEM: TimeDelta = TimeDelta::hours(10);
const FIVE_MINUTES: TimeDelta = TimeDelta::minutes(5);
/// A month's file is there by the tenth of the next.
const MONTH_IS_OUT: TimeDelta = TimeDelta::days(10);
/// A listed file that is gone has moved to the archive when it is older than this.
const KEPT: TimeDelta = TimeDelta::days(3);

/// A table of AEMO's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    /// DISPATCH.UNIT_SCADA
    Scada,
    /// DEMAND.INTERMITTENT_GEN_SCADA
    Intermittent,
}

impl Table {
    const ALL: [Self; 2] = [Self::Scada, Self::Intermittent];

    fn word(self) -> &'static str {
        match self {
            Self::Scada => "DISPATCH.UNIT_SCADA",
            Self::Intermittent => "DEMAND.INTERMITTENT_GEN_SCADA",
        }
    }

    /// How the names of its files begin in folders.
    fn prefix(self) -> &'static str {
        match self {
            Self::Scada => "PUBLIC_DISPATCHSCADA_",
            Self::Intermittent => "PUBLIC_NEXT_DAY_INTERMITTENT_GEN_SCADA_",
        }
    }

    fn stamp(self) -> &'static str {
        match self {
            Self::Scada => "SETTLEMENTDATE",
            Self::Intermittent => "RUN_DATETIME",
        }
    }
}

/// Where the files stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    /// Listed by a page.
    Folder,
    /// One for each month, by name.
    Months,
}

/// What is read of AEMO's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AemoForm {
    table: Table,
    files: Files,
}

impl Provider for AemoForm {
    fn interval(&self) -> Interval {
        Interval::Fixed(FIVE_MINUTES.num_seconds())
    }

    fn requests(&self, _: &FeedSettings, wanted: &Wanted<'_>) -> Vec<Request> {
        let mut base = wanted.request(Zone::utc());
        folder::with_slash(&mut base.url);
        match self.files {
            Files::Folder => vec![Request { role: FOLDER, ..base }],
            Files::Months => {
                let names = months(wanted.from, wanted.to).into_iter().map(name_of_month);
                let url = |name: String| base.url.join(&name).expect("names of months are parts of a path");
                names.map(|name| Request::get(url(name), None)).collect()
            }
        }
    }

    /// A page links to files anywhere on the server.
    fn leads_to(&self, home: &UrlTemplate, asked: &Url) -> bool {
        self.files == Files::Folder && home.is_server_of(asked)
    }

    fn next(&self, _: &FeedSettings, wanted: &Wanted<'_>, reply: &Reply<'_>) -> Result<Vec<Request>, DecodeError> {
        if reply.request.role != FOLDER {
            return Ok(Vec::new());
        }
        let mut listed = 0;
        let mut requests = Vec::new();
        for (name, url) in folder::files(&reply.request.url, reply.bytes)? {
            let Some((begins, ends)) = self.covers(&name).filter(|_| !url.path().contains("/DUPLICATE/")) else {
                continue;
            };
            listed += 1;
            if ends > wanted.from && begins < wanted.to {
                requests.push(Request::get(url, None));
            }
        }
        if listed == 0 {
            let what = format!("no file is listed whose name begins with {}", self.table.prefix());
            return Err(DecodeError::schema("the folder", what));
        }
        Ok(requests)
    }

    fn instead(&self, wanted: &Wanted<'_>, request: &Request, status: u16, _: &str) -> Instead {
        match status == 404 && self.may_be_absent(wanted, request) == Some(true) {
            true => Instead::DoWithout,
            false => Instead::Fail,
        }
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let mut decoded = Decoded::default();
        let stations = &feed.stations.iter().map(|station| (&*station.name, station)).collect();
        if raw.bytes.starts_with(b"PK") {
            let mut left = feed.max_body;
            for (name, bytes) in unzip(raw.bytes, left)? {
                // Archives by day hold the files of the day, packed once more.
                let inner = if bytes.starts_with(b"PK") { unzip(&bytes, left)? } else { vec![(name, bytes)] };
                for (name, bytes) in inner {
                    left = left.saturating_sub(bytes.len());
                    let raw = Raw { bytes: &bytes, ..*raw };
                    File { feed, form: *self, raw: &raw, name: &name, stations }.take(&mut decoded)?;
                }
            }
        } else {
            File { feed, form: *self, raw, name: raw.name, stations }.take(&mut decoded)?;
        }
        Ok(decoded)
    }
}

impl AemoForm {
    /// A file that is listed and gone has moved to the archive, unless it is new; that of a month is not out yet where
    /// the month is. None where it is no such file.
    fn may_be_absent(&self, wanted: &Wanted<'_>, request: &Request) -> Option<bool> {
        let name = request.url.path_segments()?.next_back()?.to_owned();
        match self.files {
            Files::Folder => Some(self.covers(&name)?.1 < wanted.now - KEPT),
            Files::Months => {
                let stamp = name.get(name.len().checked_sub("yyyymm010000.zip".len())?..)?;
                let month = NaiveDate::parse_from_str(stamp.get(..8)?, "%Y%m%d").ok()?;
                Some(begins(month + chrono::Months::new(1)) + MONTH_IS_OUT > wanted.now)
            }
        }
    }

    /// What a file of a folder speaks about, by its name; none where it is another file.
    fn covers(&self, name: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let name = name.to_ascii_uppercase();
        let rest = name.strip_suffix(".ZIP")?.strip_prefix(self.table.prefix())?;
        let stamp = rest.split('_').next()?;
        let digits = stamp.bytes().all(|byte| byte.is_ascii_digit());
        match (digits, stamp.len()) {
            // The end of five minutes.
            (true, 12) => {
                let at = NaiveDateTime::parse_from_str(stamp, "%Y%m%d%H%M").ok()?.and_utc() - NEM;
                Some((at - FIVE_MINUTES, at))
            }
            // A day, from midnight or from four o'clock.
            (true, 8) => {
                let day = NaiveDate::parse_from_str(stamp, "%Y%m%d").ok()?.and_time(chrono::NaiveTime::MIN);
                let at = day.and_utc() - NEM;
                Some((at, at + TimeDelta::hours(28)))
            }
            _ => None,
        }
    }
}

/// The months of the market's clock that a stretch touches.
fn months(from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<NaiveDate> {
    let first = (from + NEM).date_naive().with_day(1).expect("a month has a first day");
    let after = |month: &NaiveDate| Some(*month + chrono::Months::new(1));
    std::iter::successors(Some(first), after).take_while(|month| begins(*month) < to).collect()
}

fn begins(month: NaiveDate) -> DateTime<Utc> {
    month.and_time(chrono::NaiveTime::MIN).and_utc() - NEM
}

/// Where the file of a month stands in the archive.
fn name_of_month(month: NaiveDate) -> String {
    let folder = month.format("%Y/MMSDM_%Y_%m/MMSDM_Historical_Data_SQLLoader/DATA/");
    let stamp = month.format("%Y%m010000.zip");
    if (month.year(), month.month()) < (2024, 8) {
        format!("{folder}PUBLIC_DVD_DISPATCH_UNIT_SCADA_{stamp}")
    } else {
        format!("{folder}PUBLIC_ARCHIVE%23DISPATCH_UNIT_SCADA%23FILE01%23{stamp}")
    }
}

/// A file of C, I and D rows.
struct File<'a> {
    feed: &'a FeedSettings,
    form: AemoForm,
    raw: &'a Raw<'a>,
    name: &'a str,
    stations: &'a HashMap<&'a str, &'a Station>,
}

/// Where the columns of the table stand, as an I row says it.
struct Columns<'a> {
    version: String,
    width: usize,
    stamp: usize,
    unit: usize,
    values: Values<'a>,
}

enum Values<'a> {
    /// A column each.
    Named(Vec<(usize, &'a Column)>),
    /// Type, value and quality; the type names the column of the settings.
    Typed { kind: usize, value: usize, quality: usize },
}

impl<'a> File<'a> {
    fn take(&self, decoded: &mut Decoded) -> Result<(), DecodeError> {
        let text = self.raw.text()?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let (mut row, mut rows, mut vintage) = (StringRecord::new(), 0_u64, None);
        let (mut columns, mut others, mut ended): (Option<Columns<'_>>, Vec<String>, _) = (None, Vec::new(), None);
        loop {
            let more = reader.read_record(&mut row).map_err(|error| self.fault("a row", error.to_string()))?;
            if !more {
                break;
            }
            rows += 1;
            let line = row.position().map_or(rows, csv::Position::line);
            let place = || format!("line {line}");
            if ended.is_some() {
                return Err(self.fault(&place(), "something follows END OF REPORT"));
            }
            match &row[0] {
                "C" if vintage.is_none() => vintage = Some(vintage_of(&row)),
                "C" if row.get(1) == Some("END OF REPORT") => {
                    ended = Some((row.get(2).unwrap_or("").to_owned(), place()))
                }
                "C" => {}
                _ if vintage.is_none() => return Err(self.fault(&place(), "the file begins with no C row")),
                "I" if self.is_ours(&row) => columns = Some(self.columns(&row)?),
                "I" => others.push(row.iter().skip(1).take(2).collect::<Vec<_>>().join(".")),
                "D" if self.is_ours(&row) => {
                    let version = row.get(3).unwrap_or_default();
                    let columns = columns.as_ref().filter(|columns| columns.version == version);
                    let columns = columns.ok_or_else(|| self.fault(&place(), "a D row without its I row"))?;
                    self.take_row(columns, &row, &place, vintage.unwrap_or(Vintage::Provisional), decoded);
                }
                "D" => {}
                other => {
                    let what = format!("a row is C, I or D, and this begins with `{}`", short(other));
                    return Err(self.fault(&place(), what));
                }
            }
        }
        let Some((count, place)) = ended else { return Err(DecodeError::Truncated { bytes: text.len() }) };
        if columns.is_none() {
            let what = format!("there is no table {}, but: {}", self.form.table.word(), others.join(", "));
            return Err(self.fault("the file", what));
        }
        if count != rows.to_string() {
            let reason = format!("the file says that it has {} rows, and it has {rows}", short(&count));
            decoded.refused.push(Refused::other(self.place(&place), reason));
        }
        Ok(())
    }

    fn place(&self, place: &str) -> String {
        if self.name.is_empty() { place.to_owned() } else { format!("{}: {place}", self.name) }
    }

    fn fault(&self, place: &str, what: impl Into<String>) -> DecodeError {
        DecodeError::schema(self.place(place), what)
    }

    fn is_ours(&self, row: &StringRecord) -> bool {
        let (table, part) = self.form.table.word().split_once('.').expect("names have two parts");
        row.get(1) == Some(table) && row.get(2) == Some(part)
    }

    fn columns(&self, row: &StringRecord) -> Result<Columns<'a>, DecodeError> {
        // Before the names stand the kind of the row, the table in two parts and its version.
        let names = Names([""; 4].into_iter().chain(row.iter().skip(4)).collect());
        let values = match self.form.table {
            Table::Scada => Values::Named(names.places(&self.feed.columns)?),
            Table::Intermittent => Values::Typed {
                kind: names.need("SCADA_TYPE")?,
                value: names.need("SCADA_VALUE")?,
                quality: names.need("SCADA_QUALITY")?,
            },
        };
        let version = row.get(3).unwrap_or_default().to_owned();
        let (stamp, unit) = (names.need(self.form.table.stamp())?, names.need("DUID")?);
        Ok(Columns { version, width: row.len(), stamp, unit, values })
    }

    fn take_row(
        &self,
        columns: &Columns<'a>,
        row: &StringRecord,
        place: &dyn Fn() -> String,
        vintage: Vintage,
        decoded: &mut Decoded,
    ) {
        let mut refuse = |reason| decoded.refused.push(Refused::row(self.place(&place()), reason));
        if row.len() != columns.width {
            return refuse(format!("the row has {} columns, its I row {}", row.len(), columns.width));
        }
        let Some(station) = self.stations.get(&row[columns.unit]) else { return };
        let span = match span(&row[columns.stamp]) {
            Ok(span) => span,
            Err(reason) => return refuse(reason),
        };
        if is_forecast(span.told, self.raw.now) {
            let reason = format!("{} is after now: a forecast is no reading", &row[columns.stamp]);
            return decoded.refused.push(Refused::other(self.place(&place()), reason));
        }
        let of = |column: &Column, reason: String, text: &str| {
            let refused = Refused::row(self.place(&place()), reason).at(&station.name).of(column);
            refused.within(span.start, span.end).sent(text)
        };
        let mut take = |column: &Column, text: &str| match number(column, text) {
            Ok(value) => {
                let (name, now) = (&station.name, self.raw.now);
                decoded.readings.push(told_reading(self.feed, column, name, span, Some(value), now, vintage));
            }
            Err(reason) => decoded.refused.push(of(column, reason, text)),
        };
        match &columns.values {
            Values::Named(named) => named.iter().for_each(|(index, column)| take(column, &row[*index])),
            Values::Typed { kind, value, quality } => {
                let Some(column) = self.feed.columns.iter().find(|column| column.name == row[*kind]) else { return };
                if &row[*quality] == "Good" {
                    return take(column, &row[*value]);
                }
                let reason = format!("`{}` is of quality {}, not Good", column.name, short(&row[*quality]));
                decoded.refused.push(of(column, reason, &row[*value]));
            }
        }
    }
}

/// The archive by month is the final set; its first row says which report it is.
fn vintage_of(row: &StringRecord) -> Vintage {
    let by_month = row.get(2).is_some_and(|report| report.starts_with("DVD_"));
    if by_month { Vintage::Final } else { Vintage::Provisional }
}

/// The five minutes that end with a stamp of the market's clock.
fn span(stamp: &str) -> Result<Span, String> {
    let at = NaiveDateTime::parse_from_str(stamp, "%Y/%m/%d %H:%M:%S").ok().and_then(|at| at.checked_sub_signed(NEM));
    let at = at.ok_or_else(|| format!("`{}` is not a time such as 2026/05/14 04:05:00", short(stamp)))?.and_utc();
    if at.timestamp() % FIVE_MINUTES.num_seconds() != 0 {
        return Err(format!("`{stamp}` is not the end of five minutes"));
    }
    Ok(Span { start: at - FIVE_MINUTES, end: at, told: at })
}
