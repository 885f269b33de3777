//! The table of a named file: a CSV with the place of each field, and what it says as a term sheet would.

use std::sync::Arc;

use super::Form;
use crate::document::{CsvRow, CsvRows, Fault, Faults, Key, Node, Place, Source, Value, did_you_mean};
use crate::quantity::{Fixed, Unit};

/// A CSV file with the place of each field.
pub(super) struct Table {
    header: Row,
    rows: Vec<Row>,
}

struct Row {
    at: CsvRow,
    fields: Vec<String>,
}

impl Table {
    pub fn read(source: &Arc<Source>, faults: &mut Faults) -> Option<Self> {
        let (mut lines, mut record) = (CsvRows::of(source), csv::StringRecord::new());
        let (mut rows, before) = (Vec::new(), faults.len());
        while let Some(at) = lines.read(&mut record, faults) {
            rows.push(Row { at, fields: record.iter().map(str::to_owned).collect() });
        }
        if faults.len() > before {
            return None;
        }
        if rows.is_empty() {
            let fault = Fault::new(&Place::Text(source.clone(), 0..0), "the file is empty");
            faults.push(fault.hint("begin it with the names of its columns"));
            return None;
        }
        let header = rows.remove(0);
        let width = header.fields.len();
        let mut complete = true;
        for row in rows.iter().filter(|row| row.fields.len() != width) {
            let message = format!("the row has {} fields, the header has {width}", row.fields.len());
            faults.push(Fault::new(&row.at.whole(), message).hint("write one number for each column"));
            complete = false;
        }
        complete.then_some(Self { header, rows })
    }

    /// What would stand in the term sheet in place of the file's name.
    pub fn into_node(self, form: Form, faults: &mut Faults) -> Option<Node> {
        let units = self.units(form, faults)?;
        let value = match form {
            Form::Dates => Value::List(self.rows.iter().map(|row| row.text(0, row.fields[0].clone())).collect()),
            Form::Labels => Value::Table(self.entries(units[1]?, faults)?),
            Form::Pairs | Form::Corners => Value::List(self.pairs(units[0]?, units[1]?, faults)?),
        };
        Some(Node { value, place: self.header.at.whole() })
    }

    /// The units of the columns, `None` of one that has none; all columns are those of the form.
    fn units(&self, form: Form, faults: &mut Faults) -> Option<Vec<Option<Unit>>> {
        let wanted: Vec<_> = form.header().split(',').map(Column::of).collect();
        let found: Vec<_> = self.header.fields.iter().map(|column| Column::of(column)).collect();
        if found.len() != wanted.len() || !found.iter().zip(&wanted).all(|(found, wanted)| found.fits(wanted, form)) {
            let message = format!("the columns are `{}`", self.header.fields.join(","));
            let hint = format!("name them with their units, as in {}", form.header());
            faults.push(Fault::new(&self.header.at.whole(), message).hint(hint));
            return None;
        }
        let units = found.iter().enumerate().map(|(at, column)| {
            let Some(symbol) = column.unit else { return Some(None) };
            let unit = Unit::from_symbol(symbol);
            if unit.is_none() {
                let message = format!("`{symbol}` is not a unit that Fairgauge knows");
                let hint = did_you_mean(symbol, Unit::symbols())
                    .map_or_else(|| format!("as in {}", form.header()), |near| format!("did you mean `{near}`?"));
                faults.push(Fault::new(&self.header.at.field(at), message).hint(hint));
            }
            unit.map(Some)
        });
        // Each is looked at before one of them ends it.
        units.collect::<Vec<_>>().into_iter().collect()
    }

    fn entries(&self, unit: Unit, faults: &mut Faults) -> Option<Vec<(Key, Node)>> {
        let mut entries: Option<Vec<(Key, Node)>> = Some(Vec::new());
        for (place, row) in self.rows.iter().enumerate() {
            let key = Key { name: row.fields[0].clone(), place: row.at.field(0) };
            if self.rows[..place].iter().any(|other| other.fields[0] == key.name) {
                let fault = Fault::new(&key.place, format!("`{}` stands here a second time", key.name));
                faults.push(fault.hint("leave one of them out"));
                entries = None;
            }
            let number = row.number(1, unit, faults);
            entries = entries.zip(number).map(|(mut entries, number)| {
                entries.push((key, number));
                entries
            });
        }
        entries
    }

    fn pairs(&self, x: Unit, y: Unit, faults: &mut Faults) -> Option<Vec<Node>> {
        let pairs = self.rows.iter().map(|row| {
            let (x, y) = (row.number(0, x, faults), row.number(1, y, faults));
            Some(Node { value: Value::List(vec![x?, y?]), place: row.at.whole() })
        });
        pairs.collect::<Vec<_>>().into_iter().collect()
    }
}

impl Row {
    fn text(&self, field: usize, text: String) -> Node {
        Node { value: Value::Text(text), place: self.at.field(field) }
    }

    /// A number as a term sheet would write it, with the unit of its column.
    fn number(&self, field: usize, unit: Unit, faults: &mut Faults) -> Option<Node> {
        let written = &self.fields[field];
        if let Err(error) = Fixed::parse(written) {
            let hint = format!("the column is in {unit}: write the number alone, as in 12.5");
            faults.push(Fault::new(&self.at.field(field), error.to_string()).hint(hint));
            return None;
        }
        Some(self.text(field, format!("{written} {unit}")))
    }
}

/// The name of a column with its unit: `power[kW]`; `date` has none.
struct Column<'a> {
    name: &'a str,
    unit: Option<&'a str>,
}

impl<'a> Column<'a> {
    fn of(text: &'a str) -> Self {
        match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
            Some((name, unit)) => Self { name, unit: Some(unit) },
            None => Self { name: text, unit: None },
        }
    }

    /// Whether it may stand in place of the column that is wanted; of pairs any name will do.
    fn fits(&self, wanted: &Column<'_>, form: Form) -> bool {
        let named = if form == Form::Pairs { !self.name.is_empty() } else { self.name == wanted.name };
        named && self.unit.is_some() == wanted.unit.is_some()
    }
}
