//! Reading a payout: its shape, its levels in the unit of the index, its amounts.

use chrono::NaiveDate;

use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::quantity::{Exact, Fixed, Unit};

use super::Operator;
use super::block::PointValue;
use super::literal::{Literal, Scope, both_known};
use super::pipeline::IndexKind;
use super::product::Product;

/// What a term sheet pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A share of the sum insured.
    Share(Exact),
    /// Units of the currency, for each unit of exposure where the product counts any.
    Money(Exact),
}

/// A strike or an exit, in the unit of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// The same in every period.
    Same(Fixed),
    /// By calendar month, January first; `None` where the term sheet says nothing.
    ByMonth([Option<Fixed>; 12]),
}

impl Level {
    /// The level of the period that begins on this day.
    pub fn on(&self, first_day: NaiveDate) -> Option<Fixed> {
        match self {
            Self::Same(level) => Some(*level),
            Self::ByMonth(levels) => {
                let month = usize::try_from(chrono::Datelike::month0(&first_day)).expect("a month is small");
                levels[month]
            }
        }
    }
}

/// Which end belongs to a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// `from` belongs to it, `to` does not.
    Below,
    /// `to` belongs to it, `from` does not.
    Above,
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

/// A two-way table for the points of a storm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// What decides on the row.
    pub rows: PointValue,
    /// A row begins at its number, which rises from row to row.
    pub at_least: Vec<Fixed>,
    /// What decides on the column.
    pub columns: PointValue,
    /// A column ends at its number, which rises from column to column.
    pub at_most: Vec<Fixed>,
    /// Rows of amounts.
    pub pays: Vec<Vec<Amount>>,
}

/// How an index becomes an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So much for each unit beyond the strike, to the limit.
    Tick {
        /// On which side it pays.
        when: Operator,
        /// Where it begins.
        strike: Level,
        /// Units of currency for one unit of the index.
        tick: Exact,
        /// The most.
        limit: Amount,
    },
    /// From nothing at the strike to the limit at the exit.
    Linear {
        /// On which side it pays.
        when: Operator,
        /// Where it begins.
        strike: Level,
        /// Where the limit is reached.
        exit: Level,
        /// The most.
        limit: Amount,
    },
    /// All or nothing.
    Digital {
        /// On which side it pays.
        when: Operator,
        /// The bound.
        strike: Level,
        /// What it pays.
        pays: Amount,
    },
    /// A table over the whole line, without gaps.
    Bands {
        /// Which end belongs to a band.
        closed: Closed,
        /// Bands from the lowest to the highest.
        bands: Vec<Band>,
    },
    /// The best cell that a storm's point reaches.
    Grid(Grid),
}

impl Shape {
    /// The most that it can pay.
    pub fn most(&self) -> Vec<Amount> {
        match self {
            Self::Tick { limit, .. } | Self::Linear { limit, .. } => vec![*limit],
            Self::Digital { pays, .. } => vec![*pays],
            Self::Bands { bands, .. } => bands.iter().map(|band| band.pays).collect(),
            Self::Grid(grid) => grid.pays.iter().flatten().copied().collect(),
        }
    }

    /// Whether it pays no less for a larger index.
    pub fn rises(&self) -> bool {
        match self {
            Self::Tick { when, .. } | Self::Linear { when, .. } | Self::Digital { when, .. } => when.is_upward(),
            Self::Bands { bands, .. } => bands.is_sorted_by(|a, b| no_less(b.pays, a.pays)),
            Self::Grid(_) => true,
        }
    }

    /// Whether it pays no less for a smaller index.
    pub fn falls(&self) -> bool {
        match self {
            Self::Tick { when, .. } | Self::Linear { when, .. } | Self::Digital { when, .. } => !when.is_upward(),
            Self::Bands { bands, .. } => bands.is_sorted_by(|a, b| no_less(a.pays, b.pays)),
            Self::Grid(_) => false,
        }
    }

    /// Months without a level, if levels differ by month.
    pub fn level_on(&self, first_day: NaiveDate) -> bool {
        match self {
            Self::Tick { strike, .. } | Self::Digital { strike, .. } => strike.on(first_day).is_some(),
            Self::Linear { strike, exit, .. } => strike.on(first_day).is_some() && exit.on(first_day).is_some(),
            Self::Bands { .. } | Self::Grid(_) => true,
        }
    }
}

/// Whether one amount is known to be no less than another; amounts of two kinds are not comparable here.
fn no_less(a: Amount, b: Amount) -> bool {
    match (a, b) {
        (Amount::Share(a), Amount::Share(b)) | (Amount::Money(a), Amount::Money(b)) => a >= b,
        (_, Amount::Share(b) | Amount::Money(b)) => b.is_zero(),
    }
}

/// Which of a period's storms pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPay {
    /// Each, up to the limit, which they erode in their order.
    Each {
        /// The most that they pay together.
        limit: Amount,
    },
    /// Only the one that pays most.
    Largest,
}

/// Reads `payout = { … }` for an index of this kind.
pub(super) fn read_payout(
    node: &Node,
    kind: IndexKind,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Shape> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the payout", faults)?;
    let unit = match kind {
        IndexKind::Number { unit, .. } | IndexKind::Events { unit, .. } => unit,
        IndexKind::Points { near } => {
            let grid = read_grid(&mut fields, near, scope, faults);
            fields.finish(faults);
            return grid.filter(|_| faults.len() == before).map(Shape::Grid);
        }
    };
    let shape = if fields.has("bands") {
        read_bands(&mut fields, unit, scope, faults)
    } else if fields.has("rows") {
        let fault =
            Fault::new(&node.place, "a grid needs the points of a storm, but the index is one number for each storm");
        faults.push(fault.hint("leave out the block { per = \"storm\", … }"));
        None
    } else {
        read_line(&mut fields, node, unit, monthly, scope, faults)
    };
    fields.finish(faults);
    shape.filter(|_| faults.len() == before)
}

/// The shapes with a strike.
fn read_line(
    fields: &mut Fields<'_>,
    node: &Node,
    unit: Unit,
    monthly: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Shape> {
    let when = fields.required("when", "\"<\"", faults).and_then(|node| {
        let sign = node.text("one of <, <=, >, >=", faults)?;
        let operator = Operator::from_sign(sign);
        if operator.is_none() {
            faults.push(Fault::new(&node.place, format!("`{sign}` is no comparison")).hint("one of <, <=, >, >="));
        }
        operator
    });
    let strike_node = fields.required("strike", &Product::example_in(unit), faults);
    let strike = strike_node.and_then(|node| read_level(node, unit, monthly, scope, faults));
    let (tick, exit, pays) = (fields.optional("tick"), fields.optional("exit"), fields.optional("pays"));
    if let Some(pays) = pays {
        if let Some(other) = tick.or(exit) {
            let fault = Fault::new(&other.place, "a payout with `pays` is all or nothing: it has no tick and no exit");
            faults.push(fault.hint("leave out `pays`, or this"));
        }
        let pays = scope.amount(pays, faults);
        return Some(Shape::Digital { when: when?, strike: strike?.level, pays: pays? });
    }
    let limit = fields.required("limit", "\"100 %\"", faults).and_then(|node| scope.amount(node, faults));
    match (tick, exit) {
        (Some(tick), None) => {
            let tick = scope.tick(tick, unit, faults);
            Some(Shape::Tick { when: when?, strike: strike?.level, tick: tick?, limit: limit? })
        }
        (None, Some(exit_node)) => {
            let exit = read_level(exit_node, unit, monthly, scope, faults);
            let (when, strike, exit) = (when?, strike?, exit?);
            check_exit(when, &strike, &exit, exit_node, faults)?;
            Some(Shape::Linear { when, strike: strike.level, exit: exit.level, limit: limit? })
        }
        (Some(tick), Some(_)) => {
            let fault = Fault::new(&tick.place, "both a tick and an exit: they can contradict one another");
            faults.push(fault.hint("keep one of them; the limit belongs to either"));
            None
        }
        (None, None) => {
            let fault =
                Fault::new(&node.place, "neither a tick nor an exit: it is open how much is paid beyond the strike");
            faults.push(fault.hint("add tick = \"1.2 CNY/mm\", or exit = \"100 mm\", or pays = \"30 %\""));
            None
        }
    }
}

/// A level with what is needed to compare two of them.
struct ReadLevel {
    level: Level,
    literals: Vec<Option<Literal>>,
}

fn read_level(node: &Node, unit: Unit, monthly: bool, scope: &Scope<'_>, faults: &mut Faults) -> Option<ReadLevel> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let example = Product::example_in(unit);
    if !matches!(node.value, crate::document::Value::Table(_)) {
        let literal = scope.in_unit(node, unit, &example, faults)?;
        return Some(ReadLevel { level: Level::Same(literal.quantity.value), literals: vec![Some(literal)] });
    }
    if !monthly {
        let fault = Fault::new(&node.place, "a level by month needs a cover that is settled by month");
        faults.push(fault.hint("write window = { each = \"month\" }, or one level"));
        return None;
    }
    let mut months = Fields::of(node, "the levels by month", faults)?;
    let literals: Vec<_> = MONTHS
        .iter()
        .map(|month| months.optional(month).and_then(|node| scope.in_unit(node, unit, &example, faults)))
        .collect();
    months.finish(faults);
    let mut levels = [None; 12];
    for (level, literal) in levels.iter_mut().zip(&literals) {
        *level = literal.map(|literal| literal.quantity.value);
    }
    Some(ReadLevel { level: Level::ByMonth(levels), literals })
}

fn check_exit(when: Operator, strike: &ReadLevel, exit: &ReadLevel, node: &Node, faults: &mut Faults) -> Option<()> {
    let pairs: Vec<_> = match (strike.literals.as_slice(), exit.literals.as_slice()) {
        ([strike], exits) => exits.iter().map(|exit| (*strike, *exit)).collect(),
        (strikes, [exit]) => strikes.iter().map(|strike| (*strike, *exit)).collect(),
        (strikes, exits) => strikes.iter().copied().zip(exits.iter().copied()).collect(),
    };
    for (strike, exit) in pairs.into_iter().filter_map(|(strike, exit)| Some((strike?, exit?))) {
        if !both_known(strike, exit) {
            continue;
        }
        let (strike, exit) = (strike.quantity, exit.quantity);
        if strike.value == exit.value {
            faults.push(
                Fault::new(&node.place, format!("strike and exit are equal, {exit}"))
                    .hint("for all or nothing write pays = … in place of exit and limit"),
            );
            return None;
        }
        if (exit.value > strike.value) != when.is_upward() {
            let message = format!(
                "it pays where the index is {} {strike}, but the exit {exit} lies on the other side",
                when.sign()
            );
            faults.push(Fault::new(&node.place, message).hint("turn `when` round, or exchange strike and exit"));
            return None;
        }
    }
    Some(())
}

fn read_bands(fields: &mut Fields<'_>, unit: Unit, scope: &Scope<'_>, faults: &mut Faults) -> Option<Shape> {
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

fn read_grid(fields: &mut Fields<'_>, near: bool, scope: &Scope<'_>, faults: &mut Faults) -> Option<Grid> {
    let rows = fields.required("rows", "{ of = \"storm_wind\", at_least = [\"34 kt\", \"64 kt\"] }", faults);
    let rows = rows.and_then(|node| read_axis(node, "at_least", scope, faults));
    let columns = fields.required("columns", "{ of = \"distance\", at_most = [\"30 km\", \"100 km\"] }", faults);
    let columns_node = columns;
    let columns = columns.and_then(|node| read_axis(node, "at_most", scope, faults));
    let node = fields.required("pays", "[[\"10 %\", \"5 %\"], [\"60 %\", \"30 %\"]]", faults)?;
    let ((rows, at_least), (columns, at_most)) = (rows?, columns?);
    if !near && (rows == PointValue::Distance || columns == PointValue::Distance) {
        let place = columns_node.map_or(&node.place, |node| &node.place);
        let fault = Fault::new(place, "no distance is known: the index has no circle around the site");
        faults.push(fault.hint("add { within = \"100 km\", of = \"site\" } to the index"));
        return None;
    }
    let mut pays = Vec::new();
    for row in node.list("a list of rows of amounts", faults)? {
        let cells = row.list("a row of amounts", faults)?;
        if cells.len() != at_most.len() {
            let message = format!("the row has {} amounts for {} columns", cells.len(), at_most.len());
            faults.push(Fault::new(&row.place, message).hint("write one amount for each bound of `columns`"));
            return None;
        }
        pays.push(cells.iter().map(|cell| scope.amount(cell, faults)).collect::<Option<Vec<_>>>()?);
    }
    if pays.len() != at_least.len() {
        let message = format!("the grid has {} rows of amounts for {} rows", pays.len(), at_least.len());
        faults.push(Fault::new(&node.place, message).hint("write one row of amounts for each bound of `rows`"));
        return None;
    }
    Some(Grid { rows, at_least, columns, at_most, pays })
}

fn read_axis(
    node: &Node,
    bounds: &'static str,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<(PointValue, Vec<Fixed>)> {
    let mut fields = Fields::of(node, "the axis of the grid", faults)?;
    let of_node = fields.required("of", "\"storm_wind\"", faults)?;
    let word = of_node.text("storm_wind, storm_pressure or distance", faults)?;
    let Some(of) = PointValue::from_word(word) else {
        let near = did_you_mean(word, ["storm_wind", "storm_pressure", "distance"]);
        let hint = near.map_or_else(
            || "storm_wind, storm_pressure or distance".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        faults.push(Fault::new(&of_node.place, format!("a storm's point has no `{word}`")).hint(hint));
        return None;
    };
    let node = fields.required(bounds, &format!("[{}]", Product::example_in(of.unit())), faults);
    fields.finish(faults);
    let node = node?;
    let mut values: Vec<Fixed> = Vec::new();
    for item in node.list("a list of bounds", faults)? {
        let value = scope.in_unit(item, of.unit(), &Product::example_in(of.unit()), faults)?.quantity.value;
        if values.last().is_some_and(|before| *before >= value) {
            let fault = Fault::new(&item.place, "the bounds of an axis do not rise");
            faults.push(fault.hint("put them in order, none twice"));
            return None;
        }
        values.push(value);
    }
    if values.is_empty() {
        let fault = Fault::new(&node.place, "an axis has at least one bound");
        faults.push(fault.hint(format!("as in {bounds} = [{}]", Product::example_in(of.unit()))));
        return None;
    }
    Some((of, values))
}

/// Reads `events = { … }`.
pub(super) fn read_events(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<EventPay> {
    let mut fields = Fields::of(node, "the events", faults)?;
    let pay = fields.required("pay", "\"each\"", faults)?;
    let events = match pay.text("\"each\" or \"largest\"", faults)? {
        "each" => {
            let limit = fields.required("limit", "\"100 %\"", faults).and_then(|node| scope.amount(node, faults));
            limit.map(|limit| EventPay::Each { limit })
        }
        "largest" => Some(EventPay::Largest),
        word => {
            let fault = Fault::new(&pay.place, format!("`{word}` does not say which storms pay"));
            faults.push(fault.hint("\"each\" with a limit, or \"largest\""));
            None
        }
    };
    fields.finish(faults);
    events
}
