//! The rows of a CSV file: where each stands, and each of its fields.

use std::sync::Arc;

use csv::StringRecord;

use super::{Fault, Faults, Place, Source};

/// Reads the rows of a CSV text one after another: commas, as many fields as a row has, comments behind `#`.
pub struct CsvRows<'s> {
    source: &'s Arc<Source>,
    /// Bytes of the byte order mark.
    skipped: usize,
    reader: csv::Reader<&'s [u8]>,
}

impl<'s> CsvRows<'s> {
    /// Before the first row.
    pub fn of(source: &'s Arc<Source>) -> Self {
        let text = source.text();
        let marked = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut form = csv::ReaderBuilder::new();
        let reader = form.has_headers(false).flexible(true).comment(Some(b'#')).from_reader(marked.as_bytes());
        Self { source, skipped: text.len() - marked.len(), reader }
    }

    /// Reads the next row into `record`; `None` at the end, and where a row cannot be read, which is a fault.
    pub fn read(&mut self, record: &mut StringRecord, faults: &mut Faults) -> Option<CsvRow> {
        let start = self.skipped + usize::try_from(self.reader.position().byte()).expect("a file in memory");
        let row = CsvRow::from_offset(self.source, start);
        match self.reader.read_record(record) {
            Ok(there) => there.then_some(row),
            Err(error) => {
                let fault = Fault::new(&row.whole(), format!("this row is no CSV: {error}"));
                faults.push(fault.hint("save the file as CSV with commas"));
                None
            }
        }
    }
}

/// A row of a CSV text, by its first byte.
#[derive(Clone, Debug)]
pub struct CsvRow {
    source: Arc<Source>,
    start: usize,
}

impl CsvRow {
    /// The row at `offset` or behind it: blank lines and lines that begin with `#` are passed over, as the reader does.
    pub fn from_offset(source: &Arc<Source>, mut offset: usize) -> Self {
        while let Some(line) = source.text()[offset..].split_inclusive('\n').next()
            && (line.starts_with('#') || line.trim_end_matches(['\r', '\n']).is_empty())
        {
            offset += line.len();
        }
        Self { source: source.clone(), start: offset }
    }

    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Its first byte.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The whole line.
    pub fn whole(&self) -> Place {
        let line = self.rest().find(['\r', '\n']).unwrap_or(self.rest().len());
        Place::Text(self.source.clone(), self.start..self.start + line)
    }

    /// One field, counted from 0; quotes belong to it. Behind the last field it is the end of the row.
    pub fn field(&self, wanted: usize) -> Place {
        let (mut from, mut passed, mut quoted) = (self.start, 0, false);
        for (at, c) in self.rest().char_indices() {
            let at = self.start + at;
            let ends = match c {
                '"' => {
                    quoted = !quoted;
                    false
                }
                ',' if !quoted && passed < wanted => {
                    passed += 1;
                    from = at + 1;
                    false
                }
                ',' | '\r' | '\n' => !quoted,
                _ => false,
            };
            if ends {
                return Place::Text(self.source.clone(), from..at);
            }
        }
        Place::Text(self.source.clone(), from..self.source.text().len())
    }

    fn rest(&self) -> &str {
        &self.source.text()[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_comments_quotes_and_line_ends() {
        let source = Source::new("b.csv", "# a\r\n\r\nA,\"x, y\",,é\r\nB,1");
        let text = |place: Place| match place {
            Place::Text(source, span) => source.text()[span].to_owned(),
            Place::Environment(name) | Place::File(name) => name,
        };
        let row = CsvRow::from_offset(&source, 0);
        let fields: Vec<_> = (0..5).map(|field| text(row.field(field))).collect();
        assert_eq!(fields, ["A", "\"x, y\"", "", "é", "é"], "behind the last field stands the last");
        assert_eq!(text(row.whole()), "A,\"x, y\",,é");
        let last = CsvRow::from_offset(&source, source.text().find('B').expect("it is there"));
        assert_eq!((text(last.field(1)).as_str(), text(last.whole()).as_str()), ("1", "B,1"));
    }
}
