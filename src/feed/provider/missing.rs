//! What stands for no value.

use super::time::texts;
use crate::document::{Faults, Node};
use crate::feed::decode::number;
use crate::feed::settings::Column;
use crate::quantity::Fixed;

/// Texts that stand for no value; one that is a number stands for it however it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    texts: Vec<String>,
    numbers: Vec<Fixed>,
}

impl Missing {
    /// Reads the list `missing`.
    pub fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let texts = texts(node, faults)?;
        let numbers = texts.iter().filter_map(|text| Fixed::parse_rounded(text).ok()).collect();
        Some(Self { texts, numbers })
    }

    /// Whether a text, as it is written, stands for no value.
    pub fn is(&self, text: &str) -> bool {
        self.texts.iter().any(|missing| missing == text)
    }

    /// The number that a text is; none where it stands for no value.
    ///
    /// # Errors
    /// Says why it is neither.
    pub fn value(&self, column: &Column, text: &str) -> Result<Option<Fixed>, String> {
        if self.is(text) {
            return Ok(None);
        }
        match number(column, text) {
            Ok(value) if self.numbers.contains(&value) => Ok(None),
            // A mark may be a number that the variable never is.
            Err(_) if Fixed::parse_rounded(text).is_ok_and(|value| self.numbers.contains(&value)) => Ok(None),
            told => told.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;
    use crate::quantity::{Unit, Variable};

    #[test]
    fn a_mark_is_the_same_number_however_it_is_written() {
        let mut faults = Faults::new();
        let node = Node::parse(&Source::new("f.toml", "m = [\"\", \"NaN\", \"-999\"]"), &mut faults);
        let missing = Missing::read(&node.table("m", &mut faults).unwrap()[0].1, &mut faults).unwrap();
        let column = |variable, unit| Column {
            name: "c".to_owned(),
            variable: Variable::from_name(variable).unwrap(),
            unit: Unit::from_symbol(unit).unwrap(),
            counter: None,
        };
        for column in [column("precipitation", "mm"), column("air_temperature", "degC")] {
            for text in ["", "NaN", "-999", "-999.0", "-9.99e2"] {
                assert_eq!(missing.value(&column, text), Ok(None), "{text}");
            }
            assert_eq!(missing.value(&column, "0"), Ok(Some(Fixed::ZERO)));
            assert!(missing.value(&column, "nan").is_err());
        }
        assert!(missing.value(&column("precipitation", "mm"), "-999.1").is_err());
    }
}
