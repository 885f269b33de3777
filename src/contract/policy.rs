//! A policy: one row of the book, bound to its product.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::calendar::Span;
use crate::document::{CsvRow, Place};
use crate::quantity::{Exact, Fixed, Quantity, Unit};

use super::Product;
use super::literal::Literal;

/// The terms that the book gives: each column's unit, and the policy's numbers once there is a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    units: BTreeMap<String, Unit>,
    values: Option<BTreeMap<String, Quantity>>,
    /// What stands for a number where there is no policy; one where nothing is said.
    placeholders: BTreeMap<String, Quantity>,
}

impl Given {
    /// Columns with their units, for no policy.
    pub fn columns(units: BTreeMap<String, Unit>) -> Self {
        Self { units, values: None, placeholders: BTreeMap::new() }
    }

    /// The same with a number of one's own for each.
    pub fn placeholders(placeholders: BTreeMap<String, Quantity>) -> Self {
        let units = placeholders.iter().map(|(name, quantity)| (name.clone(), quantity.unit)).collect();
        Self { units, values: None, placeholders }
    }

    /// The numbers of one policy.
    pub fn of_policy(values: BTreeMap<String, Quantity>) -> Self {
        let units = values.iter().map(|(name, quantity)| (name.clone(), quantity.unit)).collect();
        Self { units, values: Some(values), placeholders: BTreeMap::new() }
    }

    pub(super) fn term(&self, name: &str) -> Option<Literal> {
        let unit = *self.units.get(name)?;
        match &self.values {
            Some(values) => values.get(name).map(|quantity| Literal { quantity: *quantity, placeholder: false }),
            None => {
                let quantity = self.placeholders.get(name).copied().unwrap_or(Quantity { value: Fixed::ONE, unit });
                Some(Literal { quantity, placeholder: true })
            }
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }
}

/// A policy with everything that its settlement needs.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The policy's number.
    pub id: Arc<str>,
    /// The product, read with this policy's terms.
    pub product: Arc<Product>,
    /// The insured, as the book names them. Never logged.
    pub insured: String,
    /// The insurer's book or treaty, where the row names one.
    pub book: Option<Arc<str>>,
    /// First and last insured day.
    pub cover: Span,
    /// The sum insured in units of the currency: the policy's own, or units times the sum for each.
    pub sum_insured: Option<Exact>,
    /// By what amounts of money are multiplied.
    pub units: Exact,
    /// Stations by column.
    pub stations: BTreeMap<String, Arc<str>>,
    /// Numbers by column.
    pub terms: BTreeMap<String, Quantity>,
    /// Days by column.
    pub dates: BTreeMap<String, NaiveDate>,
    /// Other policies by column.
    pub policies: BTreeMap<String, Arc<str>>,
    /// The row as it was written, column by column, for the ledger; without the book, and without the insured's name, which
    /// can be corrected and erased where the ledger cannot.
    pub row: Vec<(String, String)>,
    /// Where it stands.
    pub place: RowPlace,
}

/// Where a row of the book stands.
#[derive(Clone)]
pub struct RowPlace {
    pub(super) row: CsvRow,
    pub(super) header: Arc<[String]>,
}

impl RowPlace {
    /// The place of the field in a column; of the first field where there is no such column.
    pub fn of(&self, column: &str) -> Place {
        let field = self.header.iter().position(|name| name == column).unwrap_or(0);
        self.row.field(field)
    }
}

impl std::fmt::Debug for RowPlace {
    /// Without the file, which names the insured.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} from byte {}", self.row.source().name(), self.row.start())
    }
}
