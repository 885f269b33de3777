//! Files that a term sheet names: where a table of pairs, numbers by label, days or corners stands, `{ file = "e82.csv" }`
//! may stand instead. The sheet carries them behind its own lines, so that it is one text with one hash.

use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::sync::Arc;

use crate::document::{Carried, CsvRow, Fault, Faults, Fields, Key, Node, Place, Source, Value, carried, did_you_mean};
use crate::quantity::{Fixed, Unit};

use super::formula::FORMULAS;

/// What a named file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `wind_speed[m/s],power[kW]`: pairs, the first number first.
    Pairs,
    /// `label,value[mm]`
    Labels,
    /// `date`
    Dates,
    /// `latitude[deg],longitude[deg]`
    Corners,
}

impl Form {
    /// What may be named in place of the value of a key.
    fn of_key(key: &str) -> Option<Self> {
        match key {
            "curve" => Some(Self::Pairs),
            "minus" | "percent_of" | "weigh" | "strike" | "exit" | "swap" => Some(Self::Labels),
            "only_on" => Some(Self::Dates),
            "polygon" | "line" => Some(Self::Corners),
            _ => FORMULAS.iter().any(|row| row.curve.is_some_and(|(name, ..)| name == key)).then_some(Self::Pairs),
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Pairs => "wind_speed[m/s],power[kW]",
            Self::Labels => "label,value[mm]",
            Self::Dates => "date",
            Self::Corners => "latitude[deg],longitude[deg]",
        }
    }
}

/// Whether it is a path that stays inside the folder of the product, on one line, as it is written everywhere.
fn is_file_name(name: &str) -> bool {
    let parts: Option<Vec<_>> = Path::new(name)
        .components()
        .map(|part| if let Component::Normal(part) = part { part.to_str() } else { None })
        .collect();
    let plain = !name.contains(|c: char| c.is_control() || c == '\\') && name.trim() == name;
    plain && name.ends_with(".csv") && parts.is_some_and(|parts| parts.join("/") == name)
}

/// The files that a term sheet names and does not carry yet, in the order in which they are first named. What is no name
/// of a file is left out: reading the sheet tells of it.
pub fn files_to_carry(sheet: &Arc<Source>) -> Vec<String> {
    let mut unheard = Faults::new();
    let mut root = Node::parse(sheet, &mut unheard);
    let mut names: Vec<(usize, String)> = Vec::new();
    for_each_file(&mut root, &mut |node, _| {
        if let Value::Table(entries) = &node.value {
            for (_, value) in entries.iter().filter(|(key, _)| key.name == "file") {
                if let (Value::Text(name), Place::Text(_, span)) = (&value.value, &value.place) {
                    names.push((span.start, name.clone()));
                }
            }
        }
    });
    names.sort();
    let there: Vec<_> = carried(sheet).into_iter().map(|file| file.name).collect();
    let mut wanted: Vec<String> = Vec::new();
    for (_, name) in names {
        if is_file_name(&name) && !there.contains(&name) && !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    wanted
}

/// Puts what the named files hold where they are named. Returns where that could not be done: what else is said of those
/// places is no fault of its own.
pub(super) fn put_in_files(root: &mut Node, sheet: &Arc<Source>, faults: &mut Faults) -> Vec<Place> {
    let files = carried(sheet);
    let (mut used, mut lost) = (BTreeSet::new(), Vec::new());
    for (at, file) in files.iter().enumerate() {
        if files[..at].iter().any(|other| other.name == file.name) {
            let fault = Fault::new(&file.place, format!("`{}` stands here a second time", file.name));
            faults.push(fault.hint("leave one of them out"));
        }
    }
    for_each_file(root, &mut |node, form| match read_named(node, form, &files, &mut used, faults) {
        Some(read) => *node = read,
        None => lost.push(node.place.clone()),
    });
    for file in files.iter().filter(|file| !used.contains(&file.name)) {
        let fault = Fault::new(&file.place, format!("nothing names the file `{}`", file.name));
        faults.push(fault.hint("leave it out, or name it as in curve = { file = \"e82.csv\" }"));
    }
    lost
}

/// Every place of a term sheet's covers at which a file is named.
fn for_each_file(root: &mut Node, found: &mut dyn FnMut(&mut Node, Form)) {
    let Value::Table(entries) = &mut root.value else { return };
    for (_, node) in entries.iter_mut().filter(|(key, _)| key.name == "cover") {
        walk(node, found);
    }
}

fn walk(node: &mut Node, found: &mut dyn FnMut(&mut Node, Form)) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| walk(item, found)),
        Value::Table(entries) => {
            for (key, value) in entries {
                match Form::of_key(&key.name) {
                    Some(form) if names_file(value) => found(value, form),
                    _ => walk(value, found),
                }
            }
        }
        _ => {}
    }
}

fn names_file(node: &Node) -> bool {
    matches!(&node.value, Value::Table(entries) if entries.iter().any(|(key, _)| key.name == "file"))
}

/// Reads `{ file = "e82.csv" }`.
fn read_named(
    node: &Node,
    form: Form,
    files: &[Carried],
    used: &mut BTreeSet<String>,
    faults: &mut Faults,
) -> Option<Node> {
    let mut fields = Fields::of(node, "the named file", faults)?;
    let place = fields.required("file", "\"e82.csv\"", faults).map(|node| &node.place);
    let name = fields.text("file", "\"e82.csv\"", faults);
    fields.finish(faults);
    let (name, place) = (name?, place?);
    if !is_file_name(name) {
        let fault = Fault::new(place, format!("`{name}` is no CSV file beside the product"));
        faults.push(fault.hint("its path is relative to the product's folder and stays inside: \"curves/e82.csv\""));
        return None;
    }
    let Some(file) = files.iter().find(|file| file.name == name) else {
        let fault = Fault::new(place, format!("the file `{name}` is not there"));
        faults.push(fault.hint("put it beside the product; its path is relative to the product's folder"));
        return None;
    };
    used.insert(name.to_owned());
    Table::read(&file.source, faults)?.into_node(form, faults)
}

/// A CSV file with the place of each field.
struct Table {
    header: Row,
    rows: Vec<Row>,
}

struct Row {
    at: CsvRow,
    fields: Vec<String>,
}

impl Table {
    fn read(source: &Arc<Source>, faults: &mut Faults) -> Option<Self> {
        let text = source.text().strip_prefix('\u{feff}').unwrap_or(source.text());
        let skipped = source.text().len() - text.len();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        let mut rows = Vec::new();
        loop {
            let start = skipped + usize::try_from(reader.position().byte()).expect("a file in memory");
            let at = CsvRow::from_offset(source, start);
            match reader.read_record(&mut record) {
                Ok(true) => rows.push(Row { at, fields: record.iter().map(str::to_owned).collect() }),
                Ok(false) => break,
                Err(error) => {
                    let fault = Fault::new(&at.whole(), format!("this row is no CSV: {error}"));
                    faults.push(fault.hint("save the file as CSV with commas"));
                    return None;
                }
            }
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
    fn into_node(self, form: Form, faults: &mut Faults) -> Option<Node> {
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
        let wanted: Vec<_> = form.header().split(',').map(name_and_unit).collect();
        let found: Vec<_> = self.header.fields.iter().map(|column| name_and_unit(column)).collect();
        let mut pairs = found.iter().zip(&wanted);
        let fit = pairs.all(|((found, unit), (wanted, wanted_unit))| {
            unit.is_some() == wanted_unit.is_some()
                && match form {
                    Form::Pairs => !found.is_empty(),
                    Form::Labels | Form::Dates | Form::Corners => found == wanted,
                }
        });
        if found.len() != wanted.len() || !fit {
            let message = format!("the columns are `{}`", self.header.fields.join(","));
            let hint = format!("name them with their units, as in {}", form.header());
            faults.push(Fault::new(&self.header.at.whole(), message).hint(hint));
            return None;
        }
        let units = found.iter().enumerate().map(|(at, (_, symbol))| {
            let Some(symbol) = symbol else { return Some(None) };
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

/// `power[kW]` is `power` in `kW`; `date` has no unit.
fn name_and_unit(column: &str) -> (&str, Option<&str>) {
    match column.strip_suffix(']').and_then(|column| column.rsplit_once('[')) {
        Some((name, unit)) => (name, Some(unit)),
        None => (column, None),
    }
}
