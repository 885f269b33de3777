//! IBTrACS: the tracks of all storms, each agency's winds and pressures in columns of its own.

use std::sync::Arc;

use csv::StringRecord;

use super::lines::{Names, is_cut, place, read};
use super::sent::{check_column, check_no_placeholders, choice, unknown_column};
use super::storm::{self, Fixes};
use super::time::rule;
use super::{Context, KeyUse, Kind, Provider};
use crate::calendar::{Edge, Interval, TimeRule, Zone};
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::decode::{DecodeError, Decoded, Raw, Refused};
use crate::feed::settings::{Column, FeedSettings};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Variable};

pub(super) static KIND: Kind = Kind {
    word: "ibtracs",
    table: "ibtracs",
    example: "{ version = \"v4\", spurs = \"pass over\", interpolated = \"use\" }",
    key: KeyUse::Never,
    tells_vintage: true,
    read: |node, context, faults| read_ibtracs(node, context, faults).map(|form| Arc::new(form) as _),
};

/// How an IBTrACS file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct IbtracsForm {
    version: Version,
    /// Whether short tracks beside a storm's own are storms too.
    spurs: bool,
    /// Whether fixes count that the archive put between those of the agency.
    interpolated: bool,
    /// Where in the flags of interpolation the agencies of the columns stand.
    flags: Vec<usize>,
}

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// A title, names, units; -999 is none.
    V3,
    /// Names, units; a blank is none.
    V4,
}

/// In the order of the flags of interpolation, which say nothing of others.
const FLAGGED: [&str; 14] = [
    "USA",
    "TOKYO",
    "CMA",
    "HKO",
    "NEWDELHI",
    "REUNION",
    "BOM",
    "NADI",
    "WELLINGTON",
    "DS824",
    "TD9636",
    "TD9635",
    "NEUMANN",
    "MLC",
];

const AGENCIES_V3: [&str; 26] = [
    "hurdat_atl",
    "td9636",
    "reunion",
    "atcf",
    "mlc_natl",
    "ds824_sh",
    "ds824_ni",
    "bom",
    "ds824_au",
    "jtwc_sh",
    "jtwc_wp",
    "td9635",
    "ds824_wp",
    "jtwc_io",
    "cma",
    "hurdat_epa",
    "jtwc_ep",
    "ds824_ep",
    "jtwc_cp",
    "tokyo",
    "neumann",
    "hko",
    "cphc",
    "wellington",
    "newdelhi",
    "nadi",
];

/// What an agency says, by the end of the column's name.
const PARTS: [(&str, Variable); 4] = [
    ("_LAT", Variable::StormLatitude),
    ("_LON", Variable::StormLongitude),
    ("_WIND", Variable::StormWind),
    ("_PRES", Variable::StormPressure),
];

/// Every column that can be read, with what it says.
fn columns(version: Version) -> Vec<(String, Variable)> {
    let of = |agency: &str| PARTS.map(|(part, variable)| (format!("{agency}{part}"), variable));
    let named = |names: &[(&str, Variable)]| names.iter().map(|(name, of)| ((*name).to_owned(), *of)).collect();
    let mut all: Vec<(String, Variable)> = match version {
        Version::V4 => named(&[
            ("LAT", Variable::StormLatitude),
            ("LON", Variable::StormLongitude),
            ("WMO_WIND", Variable::StormWind),
            ("WMO_PRES", Variable::StormPressure),
        ]),
        Version::V3 => named(&[
            ("Latitude", Variable::StormLatitude),
            ("Longitude", Variable::StormLongitude),
            ("Latitude_for_mapping", Variable::StormLatitude),
            ("Longitude_for_mapping", Variable::StormLongitude),
            ("Wind(WMO)", Variable::StormWind),
            ("Pres(WMO)", Variable::StormPressure),
        ]),
    };
    match version {
        Version::V4 => all.extend(FLAGGED.iter().chain(&["KMA"]).flat_map(|agency| of(agency))),
        Version::V3 => all.extend(
            AGENCIES_V3
                .iter()
                .flat_map(|agency| of(agency))
                .map(|(name, variable)| (name.to_ascii_lowercase(), variable)),
        ),
    }
    all
}

/// The units of a variable: ours, and the archive's names of them.
fn units(variable: Variable) -> (&'static [&'static str], &'static [&'static str]) {
    match variable {
        Variable::StormLatitude => (&["deg"], &["degrees_north", "deg_north"]),
        Variable::StormLongitude => (&["deg"], &["degrees_east", "deg_east"]),
        Variable::StormWind => (&["kt"], &["kts", "kt"]),
        _ => (&["mbar", "hPa"], &["mb"]),
    }
}

fn read_ibtracs(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<IbtracsForm> {
    let mut fields = Fields::of(node, "the IBTrACS form", faults)?;
    let version = choice(&mut fields, "version", &[("v4", Version::V4), ("v3", Version::V3)], faults);
    let words = [("use", true), ("pass over", false)];
    let spurs = choice(&mut fields, "spurs", &words, faults);
    let interpolated = choice(&mut fields, "interpolated", &words, faults);
    fields.finish(faults);
    check_no_placeholders(context, "ibtracs", "https://www.ncei.noaa.gov/…/ibtracs.last3years.list.v04r01.csv", faults);
    let (version, interpolated) = (version?, interpolated?);
    let known = columns(version);
    for (column, place) in context.columns {
        match known.iter().find(|(name, _)| *name == column.name) {
            Some((_, variable)) => {
                check_column(column, place, &[*variable], units(*variable).0, "IBTrACS", faults);
            }
            None => {
                let names = known.iter().map(|(name, _)| name.as_str());
                faults.push(unknown_column(&column.name, place, names, "IBTrACS"));
            }
        }
    }
    let agency = |(column, _): &(Column, _)| {
        let (agency, _) = column.name.rsplit_once('_')?;
        FLAGGED.iter().position(|known| *known == agency)
    };
    let flags: Vec<_> = context.columns.iter().filter_map(agency).collect();
    if !interpolated && (version == Version::V3 || flags.is_empty()) {
        let fault = Fault::new(&node.place, "nothing says which fixes of these columns are interpolated");
        faults.push(fault.hint("write interpolated = \"use\", or read version 4 and the columns of an agency"));
        return None;
    }
    Some(IbtracsForm { version, spurs: spurs?, interpolated, flags })
}

impl Provider for IbtracsForm {
    fn interval(&self) -> Interval {
        Interval::Instant
    }

    fn decode(&self, feed: &FeedSettings, raw: &Raw<'_>) -> Result<Decoded, DecodeError> {
        let text = raw.text()?;
        let mut lines = csv::ReaderBuilder::new();
        let lines = lines.has_headers(false).flexible(true).quoting(false).trim(csv::Trim::All);
        let mut lines = lines.from_reader(text.as_bytes());
        let (mut names, mut units, mut line) = (StringRecord::new(), StringRecord::new(), StringRecord::new());
        if self.version == Version::V3 {
            read(&mut lines, &mut line)?;
            if !line.get(0).is_some_and(|title| title.starts_with("IBTrACS")) {
                return Err(DecodeError::schema("line 1", "this is no title of IBTrACS version 3"));
            }
        }
        read(&mut lines, &mut names)?;
        read(&mut lines, &mut units)?;
        let table = Table::new(feed, self, &Names(names), &units)?;
        let mut fixes = Fixes::new(feed, raw.now, |line| format!("line {line}"));
        let mut refused = Vec::new();
        while read(&mut lines, &mut line)? {
            let number = line.position().map_or(0, csv::Position::line);
            if let Err(reason) = table.take(&line, number, is_cut(text, &lines), &mut fixes) {
                refused.push(Refused::row(place(&line), reason));
            }
        }
        Ok(fixes.finish(refused))
    }
}

/// A header that has been understood.
struct Table<'a> {
    form: &'a IbtracsForm,
    width: usize,
    storm: usize,
    time: usize,
    track: usize,
    flags: Option<usize>,
    columns: Vec<(usize, &'a Column)>,
    rule: TimeRule,
}

impl<'a> Table<'a> {
    fn new(
        feed: &'a FeedSettings,
        form: &'a IbtracsForm,
        names: &Names,
        units_row: &StringRecord,
    ) -> Result<Self, DecodeError> {
        let [storm, time, track] = match form.version {
            Version::V3 => ["Serial_Num", "ISO_time", "Track_type"],
            Version::V4 => ["SID", "ISO_TIME", "TRACK_TYPE"],
        };
        let columns = names.places(&feed.columns)?;
        for (index, column) in &columns {
            let (ours, theirs) = units(column.variable);
            let got = units_row.get(*index).unwrap_or_default();
            if !theirs.contains(&got) {
                let (column, got) = (column.name.clone(), got.to_owned());
                return Err(DecodeError::Unit { column, wanted: ours[0].to_owned(), got });
            }
        }
        let rule = rule("%Y-%m-%d %H:%M:%S", Zone::utc(), Edge::Begin, Interval::Instant);
        let flags = if form.interpolated { None } else { Some(names.need("IFLAG")?) };
        let (storm, time, track) = (names.need(storm)?, names.need(time)?, names.need(track)?);
        Ok(Self { form, width: names.0.len(), storm, time, track, flags, columns, rule })
    }

    fn take(&self, line: &StringRecord, number: u64, cut: bool, fixes: &mut Fixes<'_>) -> Result<(), String> {
        if cut {
            return Err("the line has no end: the file is cut off".to_owned());
        }
        if line.len() != self.width {
            return Err(format!("the line has {} columns, the header {}", line.len(), self.width));
        }
        let track = &line[self.track];
        let spur = track.contains("spur");
        if spur && !self.form.spurs {
            return Ok(());
        }
        if let Some(flags) = self.flags.map(|index| line[index].as_bytes()) {
            let of = |place: &usize| flags.get(*place).ok_or_else(|| "IFLAG is too short".to_owned());
            let letters = self.form.flags.iter().map(of).collect::<Result<Vec<_>, _>>()?;
            if let Some(other) = letters.iter().find(|letter| !b"_OPIV".contains(letter)) {
                return Err(format!("IFLAG holds `{}`, which nobody knows", char::from(**other)));
            }
            if letters.iter().any(|letter| b"PI".contains(letter)) {
                return Ok(());
            }
        }
        let storm = &line[self.storm];
        if storm.is_empty() || track.is_empty() {
            return Err("the line names no storm or no type of track".to_owned());
        }
        // A spur may stand under the number of the storm beside which it runs.
        let storm = if spur { format!("{storm}-spur") } else { storm.to_owned() };
        let (at, _) = self.rule.interval(&line[self.time])?;
        let value = |(index, column): &(usize, &Column)| self.value(column, &line[*index]);
        let vintage = if track == "main" { Vintage::Final } else { Vintage::Provisional };
        fixes.take(number, &storm, at, self.columns.iter().map(value).collect(), vintage);
        Ok(())
    }

    fn value(&self, column: &Column, text: &str) -> Result<Option<Fixed>, String> {
        match self.form.version {
            Version::V4 if text.is_empty() => Ok(None),
            Version::V4 => storm::value(column, text),
            Version::V3 => {
                let text = text.strip_suffix('.').unwrap_or(text);
                if Fixed::parse(text) == Ok(Fixed::from_micros(-999 * Fixed::MICROS)) {
                    return Ok(None);
                }
                storm::value(column, text)
            }
        }
    }
}

#[cfg(test)]
mod tests;
