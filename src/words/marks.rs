//! Numbers that only the book gives: a product that is read for no policy has them by name.
//!
//! The product is read once more with a number of its own for each column that holds one, such as the term sheet has
//! nowhere; where that number comes out again, the column is meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::contract::{ColumnKind, Product};
use crate::document::{Faults, Source};
use crate::quantity::{Exact, Fixed, Quantity, Unit};

/// The columns that give numbers, each with the number that stands for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(BTreeMap<String, Quantity>);

impl Marks {
    /// The product with a mark for each number that the book gives.
    ///
    /// # Errors
    /// The product's own faults.
    pub fn read(source: &Arc<Source>) -> Result<(Product, Self), Faults> {
        let mut faults = Faults::new();
        let Some(plain) = Product::read(source, &mut faults) else { return Err(faults) };
        let marks = Self::of(&plain);
        let product = Product::read_with_placeholders(source, &marks.0, &mut faults);
        product.map(|product| (product, marks)).ok_or(faults)
    }

    fn of(product: &Product) -> Self {
        let text = product.source.text();
        let mut marks = BTreeMap::new();
        // Counted through all columns: no two marks are the same number in any unit.
        let mut counted = 0;
        for column in &product.columns {
            let ColumnKind::Number(unit) = column.kind else { continue };
            let value = loop {
                counted += 1;
                let value = mark(unit, counted);
                if !text.contains(&value.to_string()) {
                    break value;
                }
            };
            marks.insert(column.name.clone(), Quantity { value, unit });
        }
        Self(marks)
    }

    /// The column for which a number in this unit stands.
    pub fn column(&self, value: Exact, unit: Unit) -> Option<&str> {
        let stands = |mark: &Quantity| {
            mark.unit.dimension() == unit.dimension() && mark.in_unit(unit).is_ok_and(|mark| mark == value)
        };
        self.0.iter().find(|(_, mark)| stands(mark)).map(|(name, _)| name.as_str())
    }
}

/// The mark of this number in a unit. A share lies between 0 and 1; everything else is a multiple of many numbers, so
/// that it is whole in other units too.
fn mark(unit: Unit, counted: i64) -> Fixed {
    if unit == symbol("%") {
        Fixed::from_micros((613_700 + 100 * counted) * 100)
    } else if unit.dimension() == symbol("1").dimension() {
        Fixed::from_micros(613_700 + 100 * counted)
    } else {
        Fixed::from_micros((4_320 + 720 * counted) * Fixed::MICROS)
    }
}

fn symbol(symbol: &str) -> Unit {
    Unit::from_symbol(symbol).expect("the table has it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_any_unit_and_is_no_number_of_the_term_sheet() {
        let text = include_str!("../../config/products/hot-days.toml").replace("\"8 d\"", "\"5040 d\"");
        let (_, marks) = Marks::read(&Source::new("p.toml", text)).expect("a product");
        let degc = symbol("degC");
        assert_eq!(marks.column(Exact::from(5_040), degc), None, "5040 stands in the term sheet");
        assert_eq!(marks.column(Exact::from(5_760), degc), Some("threshold"));
        assert_eq!(marks.column(Exact::from(5_760), symbol("mm")), None, "another dimension");
    }
}
