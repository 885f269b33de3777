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
        let (mut whole, mut share) = (Fixed::ZERO, Fixed::ZERO);
        for column in &product.columns {
            let ColumnKind::Number(unit) = column.kind else { continue };
            let plain = unit.dimension() == symbol("1").dimension();
            let (last, first, step) = if plain {
                let hundred = if unit == symbol("%") { 100 } else { 1 };
                (&mut share, 613_700 * hundred, 100 * hundred)
            } else {
                // A multiple of many numbers, so that it is whole in other units too.
                (&mut whole, 5_040 * Fixed::MICROS, 720 * Fixed::MICROS)
            };
            let mut next = Fixed::from_micros(if *last == Fixed::ZERO { first } else { last.micros() + step });
            while text.contains(&next.to_string()) {
                next = Fixed::from_micros(next.micros() + step);
            }
            *last = next;
            marks.insert(column.name.clone(), Quantity { value: next, unit });
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
