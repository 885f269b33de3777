//! The archive's records: control data and mandatory data of fixed width, then sections that have names.

use super::super::lines;
use super::super::station_hours::stamp;
use super::{RAIN_FIELDS, Report, Reports};
use crate::feed::decode::DecodeError;

/// Control and mandatory data.
const FIXED: usize = 105;
/// A group of rain: its name, hours, tenths of millimetres, condition, quality.
const RAIN_GROUP: usize = 11;

/// The reports of those types, by their minute.
pub(super) fn reports(text: &str, station: &str, types: &[String]) -> Result<Reports, DecodeError> {
    let mut reports = Reports::new();
    for (number, line) in lines::whole_lines(text)? {
        let place = format!("line {number}");
        let part = |from: usize, to: usize| {
            line.get(from..to)
                .ok_or_else(|| DecodeError::schema(&place, "it is too short, or has other than ASCII letters"))
        };
        let more = part(0, 4)?.parse::<usize>().ok();
        if more.is_none_or(|more| more + FIXED != line.len() && more + FIXED != line.chars().count()) {
            let what = format!("it has {} bytes, and says `{}` beyond {FIXED}", line.len(), part(0, 4)?.escape_debug());
            return Err(DecodeError::schema(place, what));
        }
        let name = format!("{}-{}", part(4, 10)?, part(10, 15)?);
        if name != station {
            return Err(DecodeError::schema(place, format!("`{}` is not the station {station}", name.escape_debug())));
        }
        let at = stamp(part(15, 27)?, "%Y%m%d%H%M", &place)?;
        let report_type = part(41, 46)?.trim();
        if !types.iter().any(|known| known == report_type) {
            continue;
        }
        let pair = |from: usize, middle: usize| Ok(format!("{},{}", part(from, middle)?, part(middle, middle + 1)?));
        let wind = format!("{},{},{},{},{}", part(60, 63)?, part(63, 64)?, part(64, 65)?, part(65, 69)?, part(69, 70)?);
        let mut fields = vec![("WND", wind), ("TMP", pair(87, 92)?), ("DEW", pair(93, 98)?), ("SLP", pair(99, 104)?)];
        // Groups stand in the order of their names, so those of rain come first.
        let mut rest = line.get(FIXED..).and_then(|rest| rest.strip_prefix("ADD")).unwrap_or_default();
        while let Some(name) = RAIN_FIELDS.iter().find(|name| rest.starts_with(**name)) {
            let group = rest.get(..RAIN_GROUP).filter(|group| group.is_ascii());
            let group = group.ok_or_else(|| DecodeError::schema(&place, format!("{name} is cut off")))?;
            fields.push((name, format!("{},{},{},{}", &group[3..5], &group[5..9], &group[9..10], &group[10..])));
            rest = &rest[RAIN_GROUP..];
        }
        reports.insert(at, Report { place, fields });
    }
    Ok(reports)
}
