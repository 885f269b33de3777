//! Sums of an export, by currency.

use std::collections::BTreeMap;

use super::Cells;
use super::layout::Layout;
use crate::ledger::{Cell, PayoutRow};
use crate::quantity::Currency;
use crate::settings::CellsFrom;

/// The sums so far.
pub(super) struct Totals<'l> {
    layout: &'l Layout,
    by_currency: BTreeMap<String, Vec<i128>>,
}

impl<'l> Totals<'l> {
    pub(super) fn new(layout: &'l Layout) -> Self {
        Self { layout, by_currency: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, row: &PayoutRow, cells: &Cells<'_>) {
        if !self.layout.totals {
            return;
        }
        let sums = match self.by_currency.get_mut(&row.currency) {
            Some(sums) => sums,
            None => self.by_currency.entry(row.currency.clone()).or_insert_with(|| vec![0; cells.len()]),
        };
        for (sum, cell) in sums.iter_mut().zip(cells) {
            // The sum of a column that does not add up is not looked at.
            if let Some(Cell::Money(minor, _) | Cell::Whole(minor)) = cell {
                *sum += minor;
            }
        }
    }

    /// A line for each currency: its code where the currency stands, `total CNY` in the first column that is free.
    pub(super) fn lines(&self) -> impl Iterator<Item = Vec<Option<Cell<'static>>>> {
        self.by_currency.iter().map(|(code, sums)| {
            let currency = Currency::from_code(code).expect("it was one when the row was read");
            let mut named = false;
            let columns = self.layout.columns.iter().zip(sums);
            let cells = columns.map(|(column, sum)| match &column.from {
                CellsFrom::Log(column) if column.name == "currency" => Some(Cell::Text(code.clone().into())),
                CellsFrom::Log(column) if column.holds == crate::ledger::Holds::Money => {
                    Some(Cell::Money(*sum, currency))
                }
                CellsFrom::Log(column) if column.holds.adds_up() => Some(Cell::Whole(*sum)),
                _ if named => None,
                _ => {
                    named = true;
                    Some(Cell::Text(format!("total {code}").into()))
                }
            });
            cells.collect()
        })
    }
}
