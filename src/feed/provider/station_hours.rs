//! What the kinds of station reports share: files by year, lengths of intervals, quality codes, numbers in tenths.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};

use super::{Context, lines};
use crate::calendar::{Interval, Zone};
use crate::document::{Fault, Faults, Fields};
use crate::feed::decode::{DecodeError, number};
use crate::feed::request::{Instead, Request, Wanted};
use crate::feed::settings::Column;
use crate::quantity::Fixed;

/// Until when in January the year's file need not be there yet.
const LATE_DAYS: u32 = 31;

/// One file of a station for each year of a stretch. `path` makes a file's path of the station's name and the year.
pub(super) fn year_files(wanted: &Wanted<'_>, path: impl Fn(&str, i32) -> String) -> Vec<Request> {
    let ask = |year: i32| {
        let mut request = wanted.request(Zone::utc());
        let whole = format!("{}/{}", request.url.path().trim_end_matches('/'), path(station(wanted), year));
        request.url.set_path(&whole);
        request
    };
    (wanted.from.year()..=wanted.to.year()).map(ask).collect()
}

/// Of a year's file that is not there: in its January it may not have been begun.
pub(super) fn instead_of_year(
    wanted: &Wanted<'_>,
    request: &Request,
    status: u16,
    path: impl Fn(&str, i32) -> String,
) -> Instead {
    let newest = format!("/{}", path(station(wanted), wanted.now.year()));
    match status == 404 && wanted.now.ordinal() <= LATE_DAYS && request.url.path().ends_with(&newest) {
        true => Instead::Nothing,
        false => Instead::Fail,
    }
}

fn station<'w>(wanted: &'w Wanted<'_>) -> &'w str {
    &wanted.station.expect("each station is asked by itself").name
}

/// The columns of one feed speak for the same time: no hours for an instant, else so many.
pub(super) fn check_lengths(hours: fn(&str) -> i64, context: &Context<'_>, faults: &mut Faults) {
    let length = |name: &str| match hours(name) {
        0 => "an instant".to_owned(),
        hours => format!("{hours} h"),
    };
    let Some(((first, _), rest)) = context.columns.split_first() else { return };
    for (column, place) in rest.iter().filter(|(column, _)| hours(&column.name) != hours(&first.name)) {
        let (one, other) = (length(&first.name), length(&column.name));
        let message = format!("`{}` speaks for {one}, `{}` for {other}", first.name, column.name);
        faults.push(Fault::new(place, message).hint("a feed has one interval: make it two feeds"));
    }
}

/// The types of reports that are read, one at least.
pub(super) fn read_reports(fields: &mut Fields<'_>, example: &str, faults: &mut Faults) -> Option<Vec<String>> {
    let node = fields.required("reports", &format!("[\"{example}\"]"), faults)?;
    let items = node.list("a list of types of reports", faults)?;
    let types: Vec<_> = items.iter().filter_map(|item| item.text("a type of report", faults)).collect();
    let plain = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if types.is_empty() || !types.iter().all(plain) {
        let fault = Fault::new(&node.place, "there must be one type of report or more, each in letters and digits");
        faults.push(fault.hint(format!("write reports = [\"{example}\"]: the routine report of the station")));
        return None;
    }
    (types.len() == items.len()).then(|| types.into_iter().map(str::to_owned).collect())
}

/// The interval of so many hours up to a stamp.
pub(super) fn up_to(stamp: DateTime<Utc>, hours: i64) -> (DateTime<Utc>, DateTime<Utc>) {
    (stamp.checked_sub_signed(TimeDelta::hours(hours)).unwrap_or(stamp), stamp)
}

/// How long values of so many hours speak for.
pub(super) fn interval(hours: i64) -> Interval {
    match hours {
        0 => Interval::Instant,
        hours => Interval::Fixed(hours * 3_600),
    }
}

/// A stamp in UTC.
pub(super) fn stamp(text: &str, form: &str, place: &str) -> Result<DateTime<Utc>, DecodeError> {
    let stamp =
        NaiveDateTime::parse_from_str(text, form).ok().filter(|stamp| stamp.and_utc().timestamp_subsec_nanos() == 0);
    let stamp = stamp.ok_or_else(|| DecodeError::schema(place, format!("`{}` is no time", text.escape_debug())))?;
    Ok(stamp.and_utc())
}

/// A value whose quality code has passed; `None` where the code says that it is missing.
pub(super) fn passed(name: &str, value: &str, code: &str) -> Result<bool, String> {
    match code {
        "0" | "1" | "4" | "5" => Ok(true),
        "9" => Ok(false),
        "2" | "6" => Err(format!("`{name}`: {value} is suspect (quality {code})")),
        "3" | "7" => Err(format!("`{name}`: {value} is wrong (quality {code})")),
        "A" | "C" | "I" | "M" | "P" | "R" | "U" => Err(format!("`{name}`: {value} was edited (quality {code})")),
        other => Err(format!("`{name}`: the quality code `{}` is not known", other.escape_debug())),
    }
}

/// A number of tenths, with or without sign and leading zeros.
pub(super) fn tenths(column: &Column, text: &str) -> Result<Fixed, String> {
    let figures = text.strip_prefix('+').filter(|figures| !figures.starts_with('-')).unwrap_or(text);
    let decimal = lines::tenths(figures);
    let none = || format!("`{}`: `{}` is not a number of tenths", column.name, text.escape_debug());
    number(column, &decimal.ok_or_else(none)?)
}
