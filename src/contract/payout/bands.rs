//! A table of bands over the whole line, without gaps.

use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::{Exact, Fixed, Unit};

use super::super::literal::Scope;
use super::super::product::Product;
use super::amount::Amount;
use super::shape::Shape;

/// Which end belongs to a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// `from` belongs to it, `to` does not.
    Below,
    /// `to` belongs to it, `from` does not.
    Above,
}

impl Closed {
    /// Whether a number lies beyond the upper end of a band or step; none has an open one.
    pub fn is_beyond(self, to: Option<Fixed>, number: Exact) -> bool {
        to.is_some_and(|to| match self {
            Self::Below => number >= Exact::from(to),
            Self::Above => number > Exact::from(to),
        })
    }
}

/// One band of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its lower end; `None`: open.
    pub from: Option<Fixed>,
    /// Its upper end; `None`: open.
    pub to: Option<Fixed>,
    /// What it pays.
    pub pays: Amount,
}

/// Reads `closed` and `bands`.
pub(super) fn read_bands(fields: &mut Fields<'_>, unit: Unit, scope: &Scope<'_>, faults: &mut Faults) -> Option<Shape> {
    let closed = fields.required("closed", "\"below\"", faults).and_then(|node| {
        match node.text("\"below\" or \"above\"", faults)? {
            "below" => Some(Closed::Below),
            "above" => Some(Closed::Above),
            word => {
                let fault = Fault::new(&node.place, format!("`{word}` does not say which end belongs to a band"));
                faults.push(fault.hint("\"below\": `from` belongs to it; \"above\": `to` does"));
                None
            }
        }
    });
    const BANDS: &str = "each band begins where the one before ends; the first has no `from`, the last no `to`";
    let node = fields.required("bands", "[ { to = …, pays = … }, … ]", faults)?;
    let mut bands: Vec<Band> = Vec::new();
    let items = node.list("a list of bands", faults)?;
    for (place, item) in items.iter().enumerate() {
        let band = read_band(item, unit, scope, faults)?;
        let fault = match (bands.last(), band.from) {
            (None, Some(from)) => Some(format!("nothing is said of an index below {from} {unit}")),
            (Some(_), None) => Some("only the first band is open below".to_owned()),
            (Some(before), Some(from)) => match before.to {
                None => Some("a band stands behind one that is open above".to_owned()),
                Some(to) if to < from => Some(format!("the bands leave a gap from {to} to {from} {unit}")),
                Some(to) if to > from => Some(format!("the bands overlap from {from} to {to} {unit}")),
                Some(_) => None,
            },
            (None, None) => None,
        };
        if let Some(message) = fault {
            faults.push(Fault::new(&item.place, message).hint(BANDS));
            return None;
        }
        if let (Some(from), Some(to)) = (band.from, band.to)
            && from >= to
        {
            let fault = Fault::new(&item.place, format!("the band from {from} to {to} {unit} is empty"));
            faults.push(fault.hint("`from` lies below `to`"));
            return None;
        }
        if place + 1 == items.len()
            && let Some(to) = band.to
        {
            let fault = Fault::new(&item.place, format!("nothing is said of an index above {to} {unit}"));
            faults.push(fault.hint("the last band has no `to`"));
            return None;
        }
        bands.push(band);
    }
    if bands.is_empty() {
        faults.push(Fault::new(&node.place, "a table of bands has at least one band").hint(BANDS));
        return None;
    }
    Some(Shape::Bands { closed: closed?, bands })
}

fn read_band(node: &Node, unit: Unit, scope: &Scope<'_>, faults: &mut Faults) -> Option<Band> {
    let mut fields = Fields::of(node, "the band", faults)?;
    let example = Product::example_in(unit);
    let mut bound = |key, fields: &mut Fields<'_>| match fields.optional(key) {
        None => Some(None),
        Some(node) => Some(Some(scope.in_unit(node, unit, &example, faults)?.quantity.value)),
    };
    let (from, to) = (bound("from", &mut fields), bound("to", &mut fields));
    let pays = fields.required("pays", "\"20 %\"", faults).and_then(|node| scope.amount(node, faults));
    fields.finish(faults);
    Some(Band { from: from?, to: to?, pays: pays? })
}
