//! From what was written down to what was known: readings under the names by which a policy's sources mean them.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::teller::Teller;
use super::telling::{Row, STATION, Table, Telling};
use crate::contract::{Cover, Grain, Policy, Product, Read, SourceName, column_of};
use crate::document::{Fault, Faults, Place};
use crate::observation::{Knowledge, Reading};
use crate::quantity::{Unit, Variable};

/// When readings became known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Knowing<'a> {
    /// All from the beginning, and nothing more is to come.
    FromTheBeginning,
    /// Each when it is over, or when its row says; the feeds are heard at these instants, in their order.
    WhenOver(&'a [DateTime<Utc>]),
}

/// A reading of one variable with the interval that it stands for.
struct Statement<'t> {
    row: &'t Row,
    station: Arc<str>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    known_at: DateTime<Utc>,
    column: usize,
    unit: Unit,
}

/// One series that the cover reads.
struct Wanted<'a> {
    feed: &'a Arc<str>,
    /// Its station; of a whole feed, none.
    station: Option<Arc<str>>,
    variable: Variable,
    grain: Option<Grain>,
}

impl Telling {
    /// Everything that a cover of a policy reads, whatever the period: a baseline reads other years.
    ///
    /// The first source of each read must have readings, if only missing ones; later sources may have none. In a case,
    /// nothing reported and no storm is something that happens.
    pub fn learn(
        &self,
        policy: &Policy,
        cover: &Cover,
        knowing: Knowing<'_>,
        teller: &Teller<'_>,
        faults: &mut Faults,
    ) -> Option<Knowledge> {
        let before = faults.len();
        let mut known = Knowledge::new();
        let reads = policy.product.reads_behind(cover);
        for read in &reads {
            for (nth, source) in read.sources(&policy.product).iter().enumerate() {
                let station = source.station.as_deref().map(|name| station_of(name, policy));
                for variable in self.variables_of(read) {
                    let wanted = Wanted { feed: &source.feed, station: station.clone(), variable, grain: read.grain };
                    let served = !self.serving(&source.feed, station.as_deref(), variable).is_empty();
                    if served && by_steps(read, source, &reads, &policy.product) {
                        continue;
                    }
                    if served {
                        self.take(&wanted, policy, knowing, &mut known, faults)?;
                    } else if nth == 0 && self.must_be_told(read, teller) {
                        faults.push(self.untold(&wanted, read, source.station.as_deref(), teller));
                    }
                }
                hear(&mut known, &source.feed, knowing);
            }
        }
        (faults.len() == before).then_some(known)
    }

    /// What is learned for a read: its variable; of storms everything about them.
    fn variables_of(&self, read: &Read<'_>) -> Vec<Variable> {
        if !read.is_storms() {
            return vec![read.variable];
        }
        let needed = [Variable::StormLatitude, Variable::StormLongitude, Variable::StormWind];
        let more = self.variables().filter(|variable| is_of_storm(*variable) && !needed.contains(variable));
        needed.into_iter().chain(more.collect::<BTreeSet<_>>()).collect()
    }

    fn variables(&self) -> impl Iterator<Item = Variable> {
        self.tables.iter().flat_map(|table| &table.columns).map(|(variable, _)| *variable)
    }

    fn must_be_told(&self, read: &Read<'_>, teller: &Teller<'_>) -> bool {
        let of_storm = || self.variables().any(is_of_storm);
        match (teller, read.grain) {
            (Teller::Flags(_), _) => true,
            (Teller::Case { .. }, None) => of_storm(),
            (Teller::Case { .. }, grain) => grain != Some(Grain::Report),
        }
    }

    /// Why a read's first source has no readings.
    fn untold(&self, wanted: &Wanted<'_>, read: &Read<'_>, written: Option<&str>, teller: &Teller<'_>) -> Fault {
        let Wanted { feed, station, variable, .. } = wanted;
        let with_it: Vec<&Table> = self.tables.iter().filter(|table| table.column(*variable).is_some()).collect();
        let Some(first) = with_it.first() else {
            let unit = if read.is_storms() { variable.own_unit() } else { read.unit };
            let (message, hint) = match teller {
                Teller::Flags(_) => {
                    (format!("the series has no column of {variable}"), format!("add {variable}[{unit}]"))
                }
                Teller::Case { .. } => (
                    format!("the case says nothing of {variable}, which its cover reads"),
                    format!("add {variable} = {{ unit = \"{unit}\", values = \"…\" }} to [case.series]"),
                ),
            };
            return Fault::new(&self.place(teller), message).hint(hint);
        };
        let of_feed = with_it.iter().filter(|table| table.serves(feed, None));
        let named: BTreeSet<_> = of_feed.flat_map(|table| table.named()).collect();
        let names = named.iter().map(|name| &***name).collect::<Vec<_>>().join(", ");
        let station = station.as_deref().unwrap_or_default();
        if named.is_empty() {
            let message = format!("no series is meant for `{feed}/{station}`, whose {variable} the cover reads");
            return Fault::new(&first.place, message).hint("add one for it, or one for all sources");
        }
        let message = format!("the series has rows of {names}, and the cover reads `{station}`");
        let hint = match written.and_then(column_of) {
            Some(column) => teller.add(column, named.first().expect("one is named")),
            None => format!("name the rows of one of them `{station}`"),
        };
        Fault::new(&first.place, message).hint(hint)
    }

    /// Where a fault of all readings together stands.
    pub fn place(&self, teller: &Teller<'_>) -> Place {
        match (teller, self.tables.first()) {
            (Teller::Flags(_), Some(first)) => first.place.clone(),
            _ => teller.place("id"),
        }
    }

    /// Learns one series.
    fn take(
        &self,
        wanted: &Wanted<'_>,
        policy: &Policy,
        knowing: Knowing<'_>,
        known: &mut Knowledge,
        faults: &mut Faults,
    ) -> Option<()> {
        for statement in self.statements(wanted, policy, faults)? {
            let Statement { row, station, start, end, unit, .. } = statement;
            if let Some(other) = known.unit_of(wanted.feed, &station, wanted.variable).filter(|other| *other != unit) {
                let message = format!("{} of one station is told in {other} and in {unit}", wanted.variable);
                faults.push(Fault::new(&row.place, message).hint(format!("write it in {other}")));
                return None;
            }
            let value = row.values[statement.column];
            let reading = Reading { station, variable: wanted.variable, start, end, value, unit, vintage: row.vintage };
            let known_at = match knowing {
                Knowing::FromTheBeginning => DateTime::UNIX_EPOCH,
                Knowing::WhenOver(_) => statement.known_at,
            };
            known.learn(wanted.feed, &reading, known_at, 0);
        }
        Some(())
    }

    /// The readings of one series by their times, none twice.
    fn statements(&self, wanted: &Wanted<'_>, policy: &Policy, faults: &mut Faults) -> Option<Vec<Statement<'_>>> {
        let before = faults.len();
        let mut statements = Vec::new();
        for (table, column) in self.serving(wanted.feed, wanted.station.as_deref(), wanted.variable) {
            for row in table.rows_of(wanted.station.as_deref()) {
                let (start, end) = match row.time.interval(wanted.grain, &policy.product.day) {
                    Ok(interval) => interval,
                    // A row of another column's times.
                    Err(_) if row.values[column].is_none() && table.columns.len() > 1 => continue,
                    Err(misfit) => {
                        faults.push(Fault::new(&row.place, misfit.message).hint(misfit.hint));
                        return None;
                    }
                };
                if row.known_at.is_some_and(|known_at| known_at < end) {
                    let message = "this would be known before it is over: a forecast is no reading";
                    faults.push(Fault::new(&row.place, message).hint("make known_at later"));
                }
                let station = wanted.station.clone().or_else(|| row.station.clone()).unwrap_or_else(|| STATION.into());
                let (known_at, unit) = (row.known_at.unwrap_or(end), table.columns[column].1);
                statements.push(Statement { row, station, start, end, known_at, column, unit });
            }
        }
        let key = |one: &Statement<'_>| (one.start, one.end, one.known_at);
        statements.sort_by(|a, b| (&a.station, key(a)).cmp(&(&b.station, key(b))));
        let clash = statements.array_windows().find_map(|[before, next]| {
            let (fault, hint) = clash(before, next, wanted.grain)?;
            Some(Fault::new(&next.row.place, fault).hint(hint))
        });
        if let Some(fault) = clash {
            faults.push(fault);
        }
        (faults.len() == before).then_some(statements)
    }
}

/// What is wrong with two readings on end, if anything is.
fn clash(before: &Statement<'_>, next: &Statement<'_>, grain: Option<Grain>) -> Option<(String, String)> {
    if before.station != next.station {
        return None;
    }
    if (before.start, before.end) == (next.start, next.end) {
        // Known at another time it is a revision.
        let twice = before.known_at == next.known_at;
        return twice
            .then(|| ("this time stands in the series twice".to_owned(), "leave one of the two rows".to_owned()));
    }
    let grain = grain.filter(|grain| *grain != Grain::Report && next.start < before.end)?;
    Some((
        format!("this step begins before the one before it is over: the product reads steps of {grain}"),
        format!("write one row for each {grain}, or let the product read the steps of the file"),
    ))
}

/// Whether what is reported of a source is read by steps as well: then each row is learned once, with its step.
fn by_steps(read: &Read<'_>, source: &SourceName, reads: &[Read<'_>], product: &Product) -> bool {
    let step = |other: &Read<'_>| other.grain.is_some_and(|grain| grain != Grain::Report);
    let same = |other: &&Read<'_>| other.variable == read.variable && other.sources(product).contains(source);
    read.grain == Some(Grain::Report) && reads.iter().filter(same).any(step)
}

fn hear(known: &mut Knowledge, feed: &Arc<str>, knowing: Knowing<'_>) {
    match knowing {
        Knowing::FromTheBeginning => known.hear(feed, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC),
        Knowing::WhenOver(instants) => instants.iter().for_each(|at| known.hear(feed, *at, *at)),
    }
}

/// Whether it is said of a storm.
pub(super) fn is_of_storm(variable: Variable) -> bool {
    variable.name().starts_with("storm_")
}

/// Every station that a cover reads for a policy.
pub(crate) fn stations_of(policy: &Policy, cover: &Cover) -> BTreeSet<Arc<str>> {
    let reads = policy.product.reads_behind(cover);
    let sources = reads.iter().flat_map(|read| read.sources(&policy.product));
    sources.filter_map(|source| Some(station_of(source.station.as_deref()?, policy))).collect()
}

/// The station that a source's name means for a policy.
fn station_of(name: &str, policy: &Policy) -> Arc<str> {
    match column_of(name) {
        Some(column) => policy.stations.get(column).cloned().unwrap_or_else(|| STATION.into()),
        None => name.into(),
    }
}
