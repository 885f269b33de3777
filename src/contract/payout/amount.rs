//! What is paid: a share of the sum insured, or money; written out, or given by a column of the book.

use crate::document::{Fault, Faults, Node, Value};
use crate::quantity::{Exact, Unit};

use super::super::literal::{Scope, column_of};

/// What a term sheet pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A share of the sum insured.
    Share(Exact),
    /// Units of the currency, for each unit of exposure where the product counts any.
    Money(Exact),
}

impl Amount {
    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        let (Self::Share(value) | Self::Money(value)) = self;
        value.is_zero()
    }

    /// How it compares with another; none where one is a share, the other money, and neither is zero.
    pub(in crate::contract) fn compared(self, other: Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Share(a), Self::Share(b)) | (Self::Money(a), Self::Money(b)) => Some(a.cmp(&b)),
            (Self::Share(a), Self::Money(b)) | (Self::Money(a), Self::Share(b)) if a.is_zero() || b.is_zero() => {
                Some(a.cmp(&b))
            }
            _ => None,
        }
    }

    /// Whether it is known to be no less than another.
    pub(super) fn no_less(self, other: Self) -> bool {
        self.compared(other).is_some_and(std::cmp::Ordering::is_ge)
    }
}

impl Scope<'_> {
    /// `"{limit}"`: an amount that the book gives, in a column in % or in the product's currency.
    pub(in crate::contract) fn amount_of_column(&self, node: &Node, faults: &mut Faults) -> Option<Amount> {
        let literal = self.literal(node, "\"20 %\"", faults)?;
        let (quantity, one) = (literal.quantity, Unit::from_symbol("1").expect("the table has 1"));
        if quantity.unit.dimension() == one.dimension() {
            let share = quantity.in_unit(one).ok()?;
            return self.not_negative(share, node, faults).map(Amount::Share);
        }
        let currency = self.currency?;
        if quantity.unit.symbol() == currency.code() {
            return self.not_negative(Exact::from(quantity.value), node, faults).map(Amount::Money);
        }
        let message = format!("the column is in {}, but this is an amount", quantity.unit);
        faults.push(Fault::new(&node.place, message).hint(format!("give the column the unit % or {currency}")));
        None
    }

    /// Whether a number stands open: the book gives it, and the product is read for no policy.
    pub(in crate::contract) fn is_open(&self, node: &Node) -> bool {
        let Value::Text(text) = &node.value else { return false };
        column_of(text).and_then(|name| self.given.term(name)).is_some_and(|literal| literal.placeholder)
    }

    /// Whether any amount of a cover stands open: what its payouts, events and limits say, not what its indices do.
    pub(in crate::contract) fn any_open_amount(&self, cover: &Node) -> bool {
        self.any_open_but(cover, &["index", "gate", "window"])
    }

    /// Whether any text of a table or a list stands open.
    pub(in crate::contract) fn any_open(&self, node: &Node) -> bool {
        self.any_open_but(node, &[])
    }

    /// The same, without what stands under keys of these names.
    fn any_open_but(&self, node: &Node, left_out: &[&str]) -> bool {
        match &node.value {
            Value::Table(entries) => entries
                .iter()
                .filter(|(key, _)| !left_out.contains(&key.name.as_str()))
                .any(|(_, node)| self.any_open_but(node, left_out)),
            Value::List(items) => items.iter().any(|node| self.any_open_but(node, left_out)),
            _ => self.is_open(node),
        }
    }
}
