//! A text that was read, and places in it.

use std::ops::Range;
use std::sync::Arc;

/// A file's name, as messages show it, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// A text and the name under which messages show it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// The name that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Where a word stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes of a text.
    Text(Arc<Source>, Range<usize>),
    /// An environment variable.
    Environment(String),
    /// A file as a whole: it cannot be read, say.
    File(String),
}

impl Place {
    /// Whether another place is this one or lies inside of it.
    pub fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(source, outer), Self::Text(same, inner)) => {
                source == same && outer.start <= inner.start && inner.end <= outer.end
            }
            _ => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("x.toml", "名 = 1\n# é\nb = 2");
        let at = |needle: &str| source.line_column(source.text().find(needle).expect(needle));
        assert_eq!(at("="), (1, 3));
        assert_eq!(at("é"), (2, 3));
        assert_eq!(at("b"), (3, 1));
        assert_eq!(source.line_column(source.text().len()), (3, 6));
    }
}
