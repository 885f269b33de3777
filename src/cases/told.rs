//! What a case says was read: `[case.series]` and `[[case.reading]]`.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::literal::{AT, Step, read_address, read_step, read_time, read_value, read_variable, read_vintage};
use super::notation::read_values;
use crate::by_hand::{Kind, Row, Table, Time, read_series, unit_of};
use crate::calendar::{DayRule, Span};
use crate::document::{Fault, Faults, Fields, Node, Place, Value};
use crate::quantity::{Fixed, Unit, Variable};
use crate::settings::read_text;

/// What readings are read with.
pub(super) struct Reader<'a> {
    /// The product's insured day.
    pub day: &'a DayRule,
    /// The folder of the cases, to which files are relative.
    pub folder: &'a Path,
}

impl Reader<'_> {
    /// One or several series.
    pub fn series(&self, node: &Node, tables: &mut Vec<Table>, faults: &mut Faults) {
        match &node.value {
            Value::List(items) => tables.extend(items.iter().filter_map(|item| self.one_series(item, faults))),
            _ => tables.extend(self.one_series(node, faults)),
        }
    }

    fn one_series(&self, node: &Node, faults: &mut Faults) -> Option<Table> {
        let before = faults.len();
        let mut fields = Fields::of(node, "[case.series]", faults)?;
        let address = read_address(&mut fields, faults);
        if let Some(file) = fields.optional("file") {
            let path = file.text("a file such as \"rain.csv\"", faults).map(|name| self.folder.join(name));
            fields.finish(faults);
            let source = read_text(&path?, "name a file beside the cases", faults)?;
            return read_series(&source, address, faults).filter(|_| faults.len() == before);
        }
        let begins = fields.required("begins", AT, faults);
        let begins = begins.and_then(|node| Some((read_time(node, faults)?, &node.place)));
        let every = fields.required("every", "\"1 d\"", faults).and_then(|node| read_step(node, faults));
        let (vintage, known_at) = (read_vintage(&mut fields, faults), self.known_at(&mut fields, faults));
        let mut columns = Vec::new();
        for name in Variable::names() {
            if let Some(node) = fields.optional(name) {
                let variable = Variable::from_name(name).expect("it is a variable's name");
                columns.extend(read_column(node, variable, faults));
            }
        }
        let place = fields.place().clone();
        fields.finish(faults);
        if columns.is_empty() && faults.len() == before {
            let fault = Fault::new(&place, "the series has no variable");
            faults.push(fault.hint("add precipitation = { unit = \"mm\", values = \"0*20 12.4 . 3\" }"));
        }
        check_lengths(&columns, faults);
        let (vintage, known_at, begins, every) = (vintage?, known_at?, begins?, every?);
        let count = columns.first().map_or(0, |column| column.values.len());
        let times = self.times(begins, every, count, faults)?;
        let rows = times.into_iter().enumerate().map(|(at, time)| Row {
            place: place.clone(),
            time,
            station: None,
            vintage,
            known_at,
            values: columns.iter().map(|column| column.values.get(at).copied().flatten()).collect(),
        });
        let rows = rows.collect();
        let columns = columns.iter().map(|column| (column.variable, column.unit)).collect();
        (faults.len() == before).then(|| Table::new(place, Kind::Series, address, columns, rows))
    }

    /// The times of a series, one behind the other.
    fn times(
        &self,
        (begins, place): (Time, &Place),
        every: Step,
        count: usize,
        faults: &mut Faults,
    ) -> Option<Vec<Time>> {
        let mut times = Vec::with_capacity(count);
        match (begins, every) {
            (Time::Date(first), Step::Days(1)) => times.extend(first.iter_days().take(count).map(Time::Date)),
            (Time::Date(first), Step::Days(days)) => {
                let step = usize::try_from(days).expect("a few days");
                let last = |first| first + TimeDelta::days(i64::from(days) - 1);
                let firsts = first.iter_days().step_by(step).take(count);
                times.extend(firsts.map(|first| Time::Days(Span { first, last: last(first) })));
            }
            (begins, Step::Seconds(seconds)) => {
                // A date is the beginning of its insured day.
                let first = match begins {
                    Time::Date(date) => self.day.begin(date),
                    other => other.over(self.day),
                };
                times.extend((0..).take(count).map(|at| Time::Instant(first + TimeDelta::seconds(seconds * at))));
            }
            _ => {
                let fault = Fault::new(place, "a series of days begins with a date");
                faults.push(fault.hint("write it as \"2024-06-01\", or every = \"24 h\""));
                return None;
            }
        }
        Some(times)
    }

    /// One reading.
    pub fn reading(&self, node: &Node, faults: &mut Faults) -> Option<Table> {
        let before = faults.len();
        let mut fields = Fields::of(node, "[[case.reading]]", faults)?;
        let address = read_address(&mut fields, faults);
        let variable = fields.required("variable", "\"yield\"", faults).and_then(|node| read_variable(node, faults));
        let time = self.time(&mut fields, faults);
        let value = fields.required("value", "\"1.2 mm\"", faults);
        let value = value.zip(variable).and_then(|(node, variable)| read_value(node, variable, faults));
        let (vintage, known_at) = (read_vintage(&mut fields, faults), self.known_at(&mut fields, faults));
        let place = fields.place().clone();
        fields.finish(faults);
        let (time, (value, unit)) = (time?, value?);
        let row = Row {
            place: place.clone(),
            time,
            station: None,
            vintage: vintage?,
            known_at: known_at?,
            values: vec![value],
        };
        let table = Table::new(place, Kind::Single, address, vec![(variable?, unit)], vec![row]);
        (faults.len() == before).then_some(table)
    }

    /// `at`, or `from` and `to`.
    fn time(&self, fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Time> {
        let (from, to) = (fields.optional("from"), fields.optional("to"));
        let (Some(from), Some(to)) = (from, to) else {
            if let Some(alone) = from.or(to) {
                let fault = Fault::new(&alone.place, "`from` and `to` go together");
                faults.push(fault.hint("add the other one, or write at = \"2024-06-01\""));
                fields.has("at");
                return None;
            }
            return fields.required("at", AT, faults).and_then(|node| read_time(node, faults));
        };
        if let Some(at) = fields.optional("at") {
            faults.push(Fault::new(&at.place, "`at` beside `from` and `to`").hint("leave it out"));
        }
        let (from, to_time) = (read_time(from, faults), read_time(to, faults));
        let time = match (from?, to_time?) {
            (Time::Date(first), Time::Date(last)) if first <= last => Time::Days(Span { first, last }),
            (Time::Instant(from), Time::Instant(to)) if from < to => Time::Between(from, to),
            (Time::Date(_), Time::Date(_)) | (Time::Instant(_), Time::Instant(_)) => {
                faults.push(Fault::new(&to.place, "it ends before it begins").hint("make `to` later"));
                return None;
            }
            _ => {
                let fault = Fault::new(&to.place, "a date and an instant are no interval");
                faults.push(fault.hint("write two dates, both included, or two instants"));
                return None;
            }
        };
        Some(time)
    }

    /// When it became known, where that is said.
    fn known_at(&self, fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Option<DateTime<Utc>>> {
        match fields.optional("known_at") {
            None => Some(None),
            Some(node) => read_time(node, faults).map(|time| Some(time.over(self.day))),
        }
    }
}

/// A variable's values.
struct Column {
    variable: Variable,
    unit: Unit,
    values: Vec<Option<Fixed>>,
    place: Place,
}

fn read_column(node: &Node, variable: Variable, faults: &mut Faults) -> Option<Column> {
    let mut fields = Fields::of(node, variable.name(), faults)?;
    let unit = fields.required("unit", "\"mm\"", faults).and_then(|node| {
        let symbol = node.text("a unit such as \"mm\"", faults)?;
        let unit = unit_of(variable, symbol);
        unit.map_err(|hint| faults.push(Fault::new(&node.place, format!("`{symbol}` is no unit here")).hint(hint))).ok()
    });
    let values = fields.required("values", "\"0*20 12.4 . 3\"", faults);
    let values = values.and_then(|node| Some((read_values(node, variable, faults)?, node.place.clone())));
    fields.finish(faults);
    let (values, place) = values?;
    Some(Column { variable, unit: unit?, values, place })
}

/// All variables of one series have as many values.
fn check_lengths(columns: &[Column], faults: &mut Faults) {
    let Some(first) = columns.first() else { return };
    for other in columns.iter().filter(|other| other.values.len() != first.values.len()) {
        let (many, wanted) = (other.values.len(), first.values.len());
        let message = format!("these are {many} values, those of {} are {wanted}", first.variable);
        faults.push(Fault::new(&other.place, message).hint("a missing value is written `.`"));
    }
}
