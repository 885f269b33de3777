//! Where a row of a CSV file stands, and each of its fields.

use std::sync::Arc;

use super::{Place, Source};

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
