//! Readings as somebody wrote them down: the files of `index`, the series and the single readings of a case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Time;
use super::learn::is_of_storm;
use crate::calendar::{DayRule, Span};
use crate::contract::{Cover, Product, Read, SourceName};
use crate::document::{Fault, Faults, Place, did_you_mean};
use crate::observation::Vintage;
use crate::quantity::{Fixed, Unit, Variable};

/// The station of readings that name none.
pub(crate) const STATION: &str = "series";

/// For whom a table is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    /// Only for sources of this feed.
    pub feed: Option<Arc<str>>,
    /// Only for sources of this station.
    pub station: Option<Arc<str>>,
}

/// What a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file, of which only what is read matters. It serves a source only where no other table is meant for that source
    /// more closely.
    File,
    /// The same, written out in a case.
    Series,
    /// One reading: it is added to whatever else serves the source, as news or as a revision.
    Single,
}

/// Readings with the same columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Where it stands.
    pub place: Place,
    pub kind: Kind,
    pub address: Address,
    /// What its columns hold.
    pub columns: Vec<(Variable, Unit)>,
    pub rows: Vec<Row>,
    /// The rows of each station that they name; none where it serves every station.
    stations: Option<BTreeMap<Arc<str>, Vec<usize>>>,
}

/// One time and what was read.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub place: Place,
    pub time: Time,
    pub station: Option<Arc<str>>,
    pub vintage: Vintage,
    /// When it became known; none: when it is over.
    pub known_at: Option<DateTime<Utc>>,
    /// Shape `[columns]`; none where it is missing.
    pub values: Vec<Option<Fixed>>,
}

impl Table {
    /// A station in the address is that of all rows.
    pub fn new(place: Place, kind: Kind, address: Address, columns: Vec<(Variable, Unit)>, mut rows: Vec<Row>) -> Self {
        let mut stations: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter_mut().enumerate() {
            row.station = row.station.take().or_else(|| address.station.clone());
            if let Some(station) = &row.station {
                stations.entry(station.clone()).or_default().push(at);
            }
        }
        let stations = Some(stations).filter(|stations| !stations.is_empty());
        Self { place, kind, address, columns, rows, stations }
    }

    /// The rows of a station; all where none is asked for, or none is named.
    pub fn rows_of(&self, station: Option<&str>) -> Vec<&Row> {
        match (&self.stations, station) {
            (Some(stations), Some(station)) => {
                stations.get(station).into_iter().flatten().map(|at| &self.rows[*at]).collect()
            }
            _ => self.rows.iter().collect(),
        }
    }

    /// The stations that its rows name.
    pub fn named(&self) -> impl Iterator<Item = &Arc<str>> {
        self.stations.iter().flat_map(BTreeMap::keys)
    }

    /// The column of a variable.
    pub fn column(&self, variable: Variable) -> Option<usize> {
        self.columns.iter().position(|(column, _)| *column == variable)
    }

    /// Whether it has readings for a source: of its feed and its station; of a whole feed, any station's.
    pub fn serves(&self, feed: &str, station: Option<&str>) -> bool {
        let of_station = |station| self.stations.as_ref().is_none_or(|named| named.contains_key(station));
        self.address.feed.as_deref().is_none_or(|own| own == feed) && station.is_none_or(of_station)
    }

    /// How closely it is meant for the sources that it serves: for feed and station, for the feed, for the station.
    pub fn closeness(&self) -> (bool, bool) {
        (self.address.feed.is_some(), self.stations.is_some())
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telling {
    pub tables: Vec<Table>,
}

impl Telling {
    /// First and last insured day.
    pub fn span(&self, day: &DayRule) -> Option<Span> {
        let spans = self.tables.iter().flat_map(|table| &table.rows).map(|row| row.time.days(day));
        spans.reduce(|all, one| Span { first: all.first.min(one.first), last: all.last.max(one.last) })
    }

    /// The tables with a variable that serve a source, of the series only those that are meant for it most closely;
    /// with the variable's column.
    pub fn serving(&self, feed: &str, station: Option<&str>, variable: Variable) -> Vec<(&Table, usize)> {
        let all = self.tables.iter().filter(|table| table.serves(feed, station));
        let mut all: Vec<_> = all.filter_map(|table| Some((table, table.column(variable)?))).collect();
        let series = all.iter().filter(|(table, _)| table.kind != Kind::Single);
        let closest = series.map(|(table, _)| table.closeness()).max();
        all.retain(|(table, _)| table.kind == Kind::Single || Some(table.closeness()) == closest);
        all
    }

    /// The station that a column of the book means where nobody gave one: the only one that the readings of the
    /// cover's variables name.
    ///
    /// # Errors
    /// The stations, where they name several.
    pub fn only_station(&self, reads: &[Read<'_>]) -> Result<Arc<str>, BTreeSet<Arc<str>>> {
        let read = |table: &&Table| reads.iter().any(|read| !read.is_storms() && table.column(read.variable).is_some());
        let tables: Vec<_> = self.tables.iter().filter(read).collect();
        let open = tables.iter().any(|table| table.kind != Kind::Single && table.stations.is_none());
        let named: BTreeSet<_> = tables.iter().flat_map(|table| table.named()).cloned().collect();
        match named.first() {
            Some(only) if !open && named.len() == 1 => Ok(only.clone()),
            Some(_) if !open => Err(named),
            _ => Ok(STATION.into()),
        }
    }

    /// Every table that is meant for a feed finds a source of it in the covers.
    pub fn check_feeds(&self, product: &Product, covers: &[&Cover], faults: &mut Faults) {
        let reads: Vec<_> = covers.iter().flat_map(|cover| product.reads_behind(cover)).collect();
        let sources: Vec<&SourceName> = reads.iter().flat_map(|read| read.sources(product)).collect();
        for table in &self.tables {
            let Some(feed) = &table.address.feed else { continue };
            if sources.iter().any(|source| source.feed == *feed) {
                continue;
            }
            let names: BTreeSet<_> = sources.iter().map(|source| &*source.feed).collect();
            let hint = did_you_mean(feed, names.iter().copied()).map_or_else(
                || format!("it reads: {}", names.iter().copied().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            faults.push(Fault::new(&table.place, format!("the product reads no feed `{feed}`")).hint(hint));
        }
    }

    /// What is written out, a cover reads: a variable that it does not read would be silently without effect.
    pub fn check_variables(&self, product: &Product, cover: &Cover, faults: &mut Faults) {
        let reads = product.reads_behind(cover);
        let read = |variable| {
            reads.iter().any(|read| read.variable == variable || (read.is_storms() && is_of_storm(variable)))
        };
        for table in self.tables.iter().filter(|table| table.kind != Kind::File) {
            for (variable, _) in table.columns.iter().filter(|(variable, _)| !read(*variable)) {
                let fault = Fault::new(&table.place, format!("cover {} reads no {variable}", cover.id));
                faults.push(fault.hint("leave it out"));
            }
        }
    }

    /// Every table that is meant for a station finds it among those that the covers read. Storms come as they come.
    pub fn check_stations(&self, read: &BTreeSet<Arc<str>>, faults: &mut Faults) {
        for table in &self.tables {
            let of_storms = table.columns.iter().all(|(variable, _)| is_of_storm(*variable));
            let unread = table.address.station.as_ref().filter(|station| !of_storms && !read.contains(*station));
            let Some(station) = unread else { continue };
            let hint = did_you_mean(station, read.iter().map(|name| &**name)).map_or_else(
                || format!("stations are: {}", read.iter().map(|name| &**name).collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            faults.push(Fault::new(&table.place, format!("nothing reads a station `{station}`")).hint(hint));
        }
    }
}
