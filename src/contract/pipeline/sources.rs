//! Blocks that read what feeds provide: `read` and `report`.

use crate::document::{Node, did_you_mean};
use crate::quantity::{Fixed, Unit, Variable};

use super::super::block::{Block, NoReport};
use super::super::data_rules::read_sources;
use super::super::grain::Grain;
use super::super::product::SourceName;
use super::flow::{Flow, Series, Track};
use super::keys::Keys;
use super::reader::Outcome;

/// `{ read = "precipitation", every = "1 h", as = "inch", from = ["f/s"], agree_within = "2 mm" }`
pub(super) fn read(keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(node) = keys.required("read", "\"precipitation\"") else { return Outcome::LOST };
    let Some(name) = node.text("the name of a variable", keys.faults) else { return Outcome::LOST };
    let sources = own_sources(keys);
    if name == "storm_track" {
        if keys.reader.of_member {
            let hint = "put { only_where = … } behind the block of members";
            return keys
                .wrong(&node.place, "storms are read from a whole feed, not from a member", hint)
                .unwrap_or(Outcome::LOST);
        }
        let flow = Flow::Track(Track::default());
        return Outcome { block: sources.map(|sources| Block::ReadTrack { sources }), flow: Some(flow) };
    }
    let Some(variable) = variable(node, name, false, keys) else { return Outcome::LOST };
    let every = keys.required("every", "\"1 h\"");
    let grain = every.and_then(|node| grain_of(node, keys));
    let unit = unit_of(node, variable, keys);
    let agree_within = agreement(unit, keys);
    let (Some(grain), Some(unit)) = (grain, unit) else { return Outcome::LOST };
    let block = sources.zip(agree_within).map(|(sources, agree_within)| Block::Read {
        variable,
        unit,
        grain,
        sources,
        agree_within,
    });
    Outcome::series(block, Series::read(unit, grain, variable.is_never_negative()))
}

/// `{ report = "yield", as = "t/ha", from = ["f/s"], none = "undetermined", told_within = "30 d" }`
pub(super) fn report(keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(node) = keys.required("report", "\"yield\"") else { return Outcome::LOST };
    let Some(name) = node.text("the name of a variable", keys.faults) else { return Outcome::LOST };
    let sources = own_sources(keys);
    let Some(variable) = variable(node, name, true, keys) else { return Outcome::LOST };
    let unit = unit_of(node, variable, keys);
    let words = [("undetermined", NoReport::Undetermined), ("nothing", NoReport::Nothing)];
    let none = keys.word("none", &words, "does not say what no report means");
    let told_within = match keys.optional("told_within") {
        None => Some(None),
        Some(node) => keys.reader.scope.seconds(node, "\"30 d\"", keys.faults).map(Some),
    };
    let Some(unit) = unit else { return Outcome::LOST };
    let block = sources.zip(none).zip(told_within).map(|((sources, none), told_within)| Block::Report {
        variable,
        unit,
        sources,
        none,
        told_within,
    });
    Outcome::series(block, Series::read(unit, Grain::Report, variable.is_never_negative()))
}

/// `from = [ … ]`, where the sources are not the product's. A member's branch has none: the member is its source.
fn own_sources(keys: &mut Keys<'_, '_>) -> Option<Vec<SourceName>> {
    let Some(node) = keys.optional("from") else { return Some(Vec::new()) };
    if keys.reader.of_member {
        return keys.wrong(
            &node.place,
            "this is read from each member, and names sources of its own",
            "leave out `from`",
        );
    }
    read_sources(node, keys.faults)
}

/// The variable of a name. Storms' tracks are read as a whole; the rest of what is known of storms is reported.
fn variable(node: &Node, name: &str, reported: bool, keys: &mut Keys<'_, '_>) -> Option<Variable> {
    let readable = |name: &str| if reported { !is_position(name) } else { !name.starts_with("storm_") };
    if let Some(variable) = Variable::from_name(name) {
        if readable(name) {
            return Some(variable);
        }
        let hint = if is_position(name) {
            "read the tracks as they are: { read = \"storm_track\" }".to_owned()
        } else {
            format!("write {{ report = \"{name}\", none = \"undetermined\" }}, or read the tracks of a whole feed")
        };
        return keys.wrong(&node.place, format!("`{name}` is no variable that an index can read in steps"), hint);
    }
    let names = || Variable::names().filter(|name| readable(name)).chain((!reported).then_some("storm_track"));
    let near = did_you_mean(name, names());
    let hint = near.map_or_else(
        || format!("variables are: {}", names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    keys.wrong(&node.place, format!("`{name}` is no variable that an index can read"), hint)
}

fn is_position(name: &str) -> bool {
    matches!(name, "storm_latitude" | "storm_longitude")
}

/// The unit in which it is read: `as`, or the variable's own.
fn unit_of(node: &Node, variable: Variable, keys: &mut Keys<'_, '_>) -> Option<Unit> {
    let own = variable.own_unit();
    let Some(written) = keys.optional("as") else {
        if variable.is_of_many_units() {
            let message = format!("`{variable}` has no unit of its own, and it is open in which it is read");
            return keys.wrong(&node.place, message, format!("add as = \"{own}\" or the like"));
        }
        return Some(own);
    };
    let symbol = written.text("a unit", keys.faults)?;
    match Unit::from_symbol(symbol) {
        Some(unit) if variable.takes(unit) => Some(unit),
        Some(unit) => {
            let wanted = match variable {
                Variable::Price => "price",
                Variable::ModelledLoss => "a currency",
                _ => own.dimension().name(),
            };
            let message = format!("`{unit}` is a unit of {}, wanted is one of {wanted}", unit.dimension().name());
            keys.wrong(&written.place, message, format!("such as {own}"))
        }
        None => {
            let takes = Unit::symbols().filter(|symbol| Unit::from_symbol(symbol).is_some_and(|it| variable.takes(it)));
            let hint = did_you_mean(symbol, [own.symbol()])
                .or_else(|| did_you_mean(symbol, takes))
                .or_else(|| did_you_mean(symbol, Unit::symbols()))
                .map_or_else(|| format!("such as {own}"), |near| format!("did you mean `{near}`?"));
            keys.wrong(&written.place, format!("`{symbol}` is not a unit that Fairgauge knows"), hint)
        }
    }
}

/// `agree_within = "2 mm"`: how far apart sources of a consensus may be. Whether there is one, the product knows.
fn agreement(unit: Option<Unit>, keys: &mut Keys<'_, '_>) -> Option<Option<Fixed>> {
    let Some(node) = keys.optional("agree_within") else { return Some(None) };
    let within = keys.quantity_of(node, unit?)?.quantity.value;
    if within < Fixed::ZERO {
        return keys.wrong(&node.place, "sources cannot agree within less than nothing", "leave out the minus");
    }
    Some(Some(within))
}

/// `"1 h"`, `"10 min"`, `"1 d"`.
pub(super) fn grain_of(node: &Node, keys: &mut Keys<'_, '_>) -> Option<Grain> {
    match keys.reader.scope.seconds(node, "\"1 h\"", keys.faults)? {
        86_400 => Some(Grain::Day),
        seconds @ 1..3_600 if 3_600 % seconds == 0 => Some(Grain::Step(seconds)),
        seconds @ 3_600.. if 86_400 % seconds == 0 && seconds % 3_600 == 0 => Some(Grain::Step(seconds)),
        _ => keys.wrong(
            &node.place,
            "a step divides an hour, or is whole hours that divide a day, or is a day",
            "as in every = \"10 min\", \"1 h\", \"1 d\"",
        ),
    }
}
