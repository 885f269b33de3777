//! Reading what a product says about its readings, its exposure and its settlement.

use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::quantity::Unit;

use super::literal::{Scope, rounding_mode};
use super::payout::Amount;
use super::product::{Column, ColumnKind, DataRules, Exposure, Fallback, MissingRule, Settlement, SourceName};

pub(super) fn read_exposure(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Exposure> {
    let mut fields = Fields::of(node, "[exposure]", faults)?;
    let (per, sum) = (fields.optional("per"), fields.optional("sum_insured"));
    fields.finish(faults);
    let Some(per) = per else {
        let Some(sum) = sum else {
            let fault = Fault::new(&node.place, "[exposure] does not say what amounts are for");
            faults.push(fault.hint("sum_insured = \"policy\", or per = \"ha\" with sum_insured = \"1000 CNY\""));
            return None;
        };
        if sum.text("\"policy\"", faults)? == "policy" {
            return Some(Exposure::PerPolicy);
        }
        let fault = Fault::new(&sum.place, "a sum insured of one unit, but no unit");
        faults.push(fault.hint("add per = \"ha\", or write sum_insured = \"policy\""));
        return None;
    };
    let symbol = per.text("a unit", faults)?;
    let Some(unit) = Unit::from_symbol(symbol) else {
        let hint = did_you_mean(symbol, Unit::symbols())
            .map_or_else(|| "such as ha, mu, head".to_owned(), |near| format!("did you mean `{near}`?"));
        faults.push(Fault::new(&per.place, format!("`{symbol}` is not a unit that Fairgauge knows")).hint(hint));
        return None;
    };
    let sum_insured = match sum {
        None => None,
        Some(node) => Some(scope.money(node, node.text("an amount", faults)?, faults)?),
    };
    Some(Exposure::PerUnit { unit, sum_insured })
}

/// Reads `["asos/{station}", "scada/R80711", "besttrack"]`.
pub(super) fn read_sources(node: &Node, faults: &mut Faults) -> Option<Vec<SourceName>> {
    let items = node.list("a list of sources", faults)?;
    if items.is_empty() {
        faults.push(Fault::new(&node.place, "there is no source").hint("as in [\"asos/{station}\"]"));
        return None;
    }
    items
        .iter()
        .map(|item| {
            let text = item.text("a source such as \"asos/{station}\"", faults)?;
            let (feed, station) = text.split_once('/').map_or((text, None), |(feed, station)| (feed, Some(station)));
            if feed.is_empty() || station.is_some_and(str::is_empty) || station.is_some_and(|name| name.contains('/')) {
                let message = format!("`{text}` is no source");
                faults.push(Fault::new(&item.place, message).hint("write feed/station or feed/{column}"));
                return None;
            }
            Some(SourceName { feed: feed.into(), station: station.map(str::to_owned), place: item.place.clone() })
        })
        .collect()
}

pub(super) fn read_data(node: &Node, columns: &[Column], scope: &Scope<'_>, faults: &mut Faults) -> Option<DataRules> {
    let mut fields = Fields::of(node, "[data]", faults)?;
    let sources =
        fields.required("sources", "[\"asos/{station}\"]", faults).and_then(|node| read_sources(node, faults));
    let fallback_node = fields.optional("fallback");
    let missing = match fields.optional("missing") {
        None => Some(None),
        Some(node) => read_missing(node, scope, faults).map(Some),
    };
    fields.finish(faults);
    let sources = sources?;
    for source in &sources {
        let column = source.station.as_deref().and_then(|name| name.strip_prefix('{')?.strip_suffix('}'));
        if let Some(name) = column
            && !columns.iter().any(|column| column.name == name && column.kind == ColumnKind::Station)
        {
            let fault = Fault::new(&source.place, format!("the book has no column `{name}` of stations"));
            faults.push(fault.hint(format!("add {name} = \"station\" to [policy]")));
        }
    }
    let fallback = match (fallback_node, sources.len()) {
        (None, 1) => Some(Fallback::Reading),
        (None, _) => {
            let fault = Fault::new(&node.place, "several sources, and it is open how the later ones serve");
            faults.push(
                fault.hint("add fallback = \"reading\" (fills each gap) or \"window\" (serves the whole window)"),
            );
            None
        }
        (Some(node), 1) => {
            faults
                .push(Fault::new(&node.place, "a fallback, but only one source").hint("leave it out, or add a source"));
            None
        }
        (Some(node), _) => match node.text("\"reading\" or \"window\"", faults)? {
            "reading" => Some(Fallback::Reading),
            "window" => Some(Fallback::Window),
            word => {
                faults.push(
                    Fault::new(&node.place, format!("`{word}` is no fallback")).hint("\"reading\" or \"window\""),
                );
                None
            }
        },
    };
    Some(DataRules { sources, fallback: fallback?, missing: missing? })
}

fn read_missing(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<MissingRule> {
    let mut fields = Fields::of(node, "the missing rule", faults)?;
    let at_most = fields.required("at_most", "\"5 %\"", faults).and_then(|node| scope.share(node, "\"5 %\"", faults));
    let longest = fields.required("longest", "\"6 h\"", faults).and_then(|node| scope.seconds(node, "\"6 h\"", faults));
    fields.finish(faults);
    Some(MissingRule { at_most: at_most?, longest: longest? })
}

pub(super) fn read_settlement(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Settlement> {
    let mut fields = Fields::of(node, "[settlement]", faults)?;
    let lag = fields.required("lag", "\"7 d\"", faults).and_then(|node| scope.seconds(node, "\"7 d\"", faults));
    let wait_node = fields.required("longest_wait", "\"60 d\"", faults);
    let longest_wait = wait_node.and_then(|node| scope.seconds(node, "\"60 d\"", faults));
    let rounding = fields.required("rounding", "\"half_up\"", faults).and_then(|node| rounding_mode(node, faults));
    fields.finish(faults);
    let (lag, longest_wait) = (lag?, longest_wait?);
    if longest_wait < lag {
        let place = wait_node.map_or(&node.place, |node| &node.place);
        faults.push(Fault::new(place, "the longest wait is shorter than the lag").hint("make it at least as long"));
        return None;
    }
    Some(Settlement { lag, longest_wait, rounding: rounding? })
}

pub(super) fn read_limit(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Amount> {
    let mut fields = Fields::of(node, "[limit]", faults)?;
    let aggregate = fields.required("aggregate", "\"100 %\"", faults).and_then(|node| scope.amount(node, faults));
    fields.finish(faults);
    aggregate
}
