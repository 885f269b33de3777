//! Numbers in a term sheet: quantities, durations, comparisons, amounts, and terms that a policy gives.

use crate::document::{Fault, Faults, Node, Value, did_you_mean};
use crate::quantity::{Currency, Exact, Fixed, Quantity, QuantityError, Rounding, Unit};

use super::payout::Amount;
use super::policy::Given;
use super::{Comparison, Operator, Product, Round};

/// The book's column that a text such as `{station}` stands for; none where the text stands for itself.
pub fn column_of(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

/// What a literal may refer to while a product is read.
pub(super) struct Scope<'a> {
    /// The product's currency, if it could be read.
    pub currency: Option<Currency>,
    /// Columns of the book that hold a number, with their unit, and the policy's numbers where it is read for one.
    pub given: &'a Given,
}

/// A quantity, and whether its number is a placeholder: the product is read for no policy.
#[derive(Clone, Copy)]
pub(super) struct Literal {
    pub quantity: Quantity,
    pub placeholder: bool,
}

impl Scope<'_> {
    /// `"230 mm"` or `"{threshold}"`.
    pub fn literal(&self, node: &Node, example: &str, faults: &mut Faults) -> Option<Literal> {
        let text = node.text(&format!("a number with its unit, such as {example}"), faults)?;
        self.literal_of(text, node, example, faults)
    }

    fn literal_of(&self, text: &str, node: &Node, example: &str, faults: &mut Faults) -> Option<Literal> {
        if let Some(name) = column_of(text) {
            let found = self.given.term(name);
            if found.is_none() {
                let near = did_you_mean(name, self.given.names());
                let hint = near.map_or_else(
                    || format!("add {name} = \"{}\" to [policy]", unit_of(example).map_or("mm", Unit::symbol)),
                    |near| format!("did you mean {{{near}}}?"),
                );
                faults.push(Fault::new(&node.place, format!("no term {{{name}}} is given by the book")).hint(hint));
            }
            return found;
        }
        match Quantity::parse(text) {
            Ok(quantity) => Some(Literal { quantity, placeholder: false }),
            Err(error) => {
                let hint = match &error {
                    QuantityError::UnknownUnit(symbol) => unit_of(example)
                        .and_then(|unit| did_you_mean(symbol, near(unit)))
                        .or_else(|| did_you_mean(symbol, Unit::symbols()))
                        .map_or_else(|| format!("write it as {example}"), |near| format!("did you mean `{near}`?")),
                    QuantityError::NoUnit(_) | QuantityError::Number(_) => format!("write it as {example}"),
                };
                faults.push(Fault::new(&node.place, error.to_string()).hint(hint));
                None
            }
        }
    }

    /// A number in the unit of the flow, exactly. For temperatures only that very unit will do: a difference and a
    /// point on the scale convert differently.
    pub fn in_unit(&self, node: &Node, unit: Unit, example: &str, faults: &mut Faults) -> Option<Literal> {
        let literal = self.literal(node, example, faults)?;
        self.converted(literal, node, unit, example, faults)
    }

    fn converted(
        &self,
        literal: Literal,
        node: &Node,
        unit: Unit,
        example: &str,
        faults: &mut Faults,
    ) -> Option<Literal> {
        let Quantity { unit: written, .. } = literal.quantity;
        if written.dimension() != unit.dimension() {
            let (is, wanted) = (written.dimension().with_article(), unit.described());
            let message = format!("`{}` is {is}, but the number here is {wanted}", literal.quantity);
            faults.push(Fault::new(&node.place, message).hint(format!("write it in {unit}, as in {example}")));
            return None;
        }
        if written != unit && (written.has_offset() || unit.has_offset()) {
            let message = format!("`{}` is written in {written}, but the number here is in {unit}", literal.quantity);
            let hint = format!("write it in {unit}, or read the variable with as = \"{written}\"");
            faults.push(Fault::new(&node.place, message).hint(hint));
            return None;
        }
        let exact = literal.quantity.in_unit(unit).ok().and_then(Exact::as_fixed);
        if exact.is_none() {
            let message = format!("`{}` is no decimal number of six places in {unit}", literal.quantity);
            faults.push(Fault::new(&node.place, message).hint(format!("write it in {unit}")));
        }
        exact.map(|value| Literal { quantity: Quantity { value, unit }, placeholder: literal.placeholder })
    }

    /// A duration in whole seconds, above zero.
    pub fn seconds(&self, node: &Node, example: &str, faults: &mut Faults) -> Option<i64> {
        let second = Unit::from_symbol("s").expect("the table has s");
        let literal = self.in_unit(node, second, example, faults)?;
        let micros = literal.quantity.value.micros();
        if micros < 0 || micros % Fixed::MICROS != 0 {
            let message = format!("`{}` is no whole number of seconds", literal.quantity);
            faults.push(Fault::new(&node.place, message).hint(format!("write it as {example}")));
            return None;
        }
        Some(micros / Fixed::MICROS)
    }

    /// A share such as `"90 %"`, from 0 to 1.
    pub fn share(&self, node: &Node, example: &str, faults: &mut Faults) -> Option<Exact> {
        let one = Unit::from_symbol("1").expect("the table has 1");
        let literal = self.in_unit(node, one, example, faults)?;
        let value = Exact::from(literal.quantity.value);
        if value < Exact::ZERO || value > Exact::from(1) {
            let message = format!("`{}` is not between 0 % and 100 %", literal.quantity);
            faults.push(Fault::new(&node.place, message).hint(format!("write it as {example}")));
            return None;
        }
        Some(value)
    }

    /// `">= 40 mm"` with its number in the unit of the flow.
    pub fn comparison(&self, node: &Node, unit: Unit, example: &str, faults: &mut Faults) -> Option<Comparison> {
        let text = node.text(&format!("a comparison such as {example}"), faults)?;
        let sign = text.split(' ').next().and_then(Operator::from_sign);
        let (Some(operator), Some((_, number))) = (sign, text.split_once(' ')) else {
            let message = if text.starts_with(['<', '>']) {
                format!("`{text}` is no comparison")
            } else {
                format!("`{text}` leaves open on which side of it the index has to be")
            };
            let hint = format!("begin with <, <=, > or >= and a space: {example}");
            faults.push(Fault::new(&node.place, message).hint(hint));
            return None;
        };
        let literal = self.literal_of(number, node, example, faults)?;
        let bound = self.converted(literal, node, unit, example, faults)?.quantity.value;
        Some(Comparison { operator, bound })
    }

    /// `"150 CNY"`, or `"20 %"` of the sum insured. Not below zero.
    pub fn amount(&self, node: &Node, faults: &mut Faults) -> Option<Amount> {
        let example = "\"20 %\" or \"150 CNY\"";
        let text = node.text(&format!("an amount such as {example}"), faults)?;
        if text.starts_with('{') {
            return self.amount_of_column(node, faults);
        }
        if text.ends_with(" %") {
            let literal = self.literal(node, example, faults)?;
            let one = Unit::from_symbol("1").expect("the table has 1");
            let share = literal.quantity.in_unit(one).ok()?;
            return self.not_negative(share, node, faults).map(Amount::Share);
        }
        let units = self.money(node, text, faults)?;
        self.not_negative(units, node, faults).map(Amount::Money)
    }

    pub(super) fn not_negative(&self, value: Exact, node: &Node, faults: &mut Faults) -> Option<Exact> {
        if value < Exact::ZERO {
            faults.push(Fault::new(&node.place, "an amount is not below zero").hint("leave out the minus"));
            return None;
        }
        Some(value)
    }

    /// The sum insured of one unit, `"22.00 USD"` or a column of the currency.
    pub fn sum_insured(&self, node: &Node, faults: &mut Faults) -> Option<Exact> {
        let text = node.text("an amount", faults)?;
        if !text.starts_with('{') {
            return self.money(node, text, faults);
        }
        match self.amount_of_column(node, faults)? {
            Amount::Money(units) => Some(units),
            Amount::Share(_) => {
                let fault =
                    Fault::new(&node.place, "a sum insured is an amount, but this column of the book holds a share");
                faults.push(fault.hint("make it a column of the currency in [policy]"));
                None
            }
        }
    }

    /// `"80000 TWD"` as units of the product's currency.
    pub fn money(&self, node: &Node, text: &str, faults: &mut Faults) -> Option<Exact> {
        let Some((number, code)) = text.split_once(' ') else {
            let message = format!("`{text}` has no currency");
            faults.push(Fault::new(&node.place, message).hint("write it as \"150 CNY\""));
            return None;
        };
        self.currency_is(node, code, faults)?;
        match Fixed::parse(number) {
            Ok(value) => Some(Exact::from(value)),
            Err(error) => {
                faults.push(Fault::new(&node.place, error.to_string()).hint("write it as \"150 CNY\""));
                None
            }
        }
    }

    fn currency_is(&self, node: &Node, code: &str, faults: &mut Faults) -> Option<()> {
        let currency = self.currency?;
        if currency.code() == code {
            return Some(());
        }
        let fault = match Currency::from_code(code) {
            Some(_) => Fault::new(&node.place, format!("this is in {code}, but the product pays in {currency}"))
                .hint(format!("write it in {currency}")),
            None => {
                Fault::new(&node.place, format!("`{code}` is no currency")).hint("use a code of ISO 4217, such as CNY")
            }
        };
        faults.push(fault);
        None
    }

    /// `"1.2 CNY/mm"` as units of currency for one `unit` of the index.
    pub fn tick(&self, node: &Node, unit: Unit, faults: &mut Faults) -> Option<Exact> {
        let example = format!("\"1.2 {}/{unit}\"", self.currency.map_or_else(|| "CNY".to_owned(), |c| c.to_string()));
        let text = node.text(&format!("money for each unit of the index, such as {example}"), faults)?;
        let parts = text.split_once(' ').and_then(|(number, rate)| Some((number, rate.split_once('/')?)));
        let fault = |message: String| Fault::new(&node.place, message).hint(format!("write it as {example}"));
        let Some((number, (code, symbol))) = parts else {
            faults.push(fault(format!("`{text}` is no tick: money for each unit of the index")));
            return None;
        };
        self.currency_is(node, code, faults)?;
        let value = Fixed::parse(number).map_err(|error| faults.push(fault(error.to_string()))).ok()?;
        let Some(per) = Unit::from_symbol(symbol) else {
            let hint =
                did_you_mean(symbol, near(unit)).map_or(example.clone(), |near| format!("did you mean `{near}`?"));
            faults.push(Fault::new(&node.place, format!("`{symbol}` is not a unit that Fairgauge knows")).hint(hint));
            return None;
        };
        if per.dimension() != unit.dimension() || (per != unit && unit.has_offset()) {
            let message = format!("the tick is for each {per}, but the index is in {unit}");
            faults.push(fault(message));
            return None;
        }
        if value <= Fixed::ZERO {
            let fault = Fault::new(&node.place, "a tick is above zero");
            faults.push(fault.hint("`when` says on which side of the strike it pays"));
            return None;
        }
        let units_in_one = if per == unit { Ok(Exact::from(1)) } else { unit.convert(Exact::from(1), per) };
        units_in_one.and_then(|units| units.times(value.into())).ok()
    }

    /// `round = "0.1 mm"` (the step, in the unit of the flow) and its mode, from two nodes.
    pub fn rounding(&self, step: &Node, mode: &Node, unit: Unit, places: Places, faults: &mut Faults) -> Option<Round> {
        let fine = (places == Places::Number).then(|| fine_step(step, unit)).flatten();
        let value = fine.or_else(|| {
            let literal = self.in_unit(step, unit, &format!("\"0.1 {unit}\""), faults)?;
            Some(Exact::from(literal.quantity.value))
        });
        if value.is_some_and(|value| !value.is_positive()) {
            let fault = Fault::new(&step.place, "a rounding step is above zero");
            faults.push(fault.hint(format!("write it as \"0.1 {unit}\"")));
            return None;
        }
        let mode = rounding_mode(mode, faults);
        Some(Round { step: value?, mode: mode? })
    }

    /// The unit in which a step is written; the flow's where that cannot be read, which is a fault elsewhere.
    pub fn step_unit(&self, step: &Node, unit: Unit) -> Unit {
        let Value::Text(text) = &step.value else { return unit };
        text.split_once(' ').and_then(|(_, symbol)| Unit::from_symbol(symbol)).unwrap_or(unit)
    }
}

/// How fine a rounding may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// Six places: that of a series.
    Series,
    /// Twelve: that of a number.
    Number,
}

/// A step of seven to twelve places, `"0.000000001 %"`, in `unit`.
fn fine_step(node: &Node, unit: Unit) -> Option<Exact> {
    let Value::Text(text) = &node.value else { return None };
    let (number, symbol) = text.split_once(' ')?;
    let places = number.strip_prefix("0.").filter(|places| (7..=12).contains(&places.len()))?;
    let written = Unit::from_symbol(symbol).filter(|written| written.dimension() == unit.dimension())?;
    if !places.bytes().all(|digit| digit.is_ascii_digit()) || (written != unit && written.has_offset()) {
        return None;
    }
    let step = Exact::new(places.parse().ok()?, 10_i128.pow(u32::try_from(places.len()).ok()?)).ok()?;
    if written == unit { Some(step) } else { written.convert(step, unit).ok() }
}

/// A rounding mode by its word.
pub(super) fn rounding_mode(node: &Node, faults: &mut Faults) -> Option<Rounding> {
    let text = node.text("a rounding mode such as \"half_up\"", faults)?;
    let mode = Rounding::from_word(text);
    if mode.is_none() {
        let message = format!("`{text}` is no rounding mode");
        let hint = format!("one of {}", Rounding::WORDS.join(", "));
        faults.push(Fault::new(&node.place, message).hint(hint));
    }
    mode
}

/// The unit that an example such as `"230 mm"` or `"< 230 mm"` shows.
fn unit_of(example: &str) -> Option<Unit> {
    example.trim_matches('"').rsplit_once(' ').and_then(|(_, unit)| Unit::from_symbol(unit))
}

/// Units that may stand where this one may: one of them is meant by a misspelt word.
fn near(unit: Unit) -> impl Iterator<Item = &'static str> {
    Unit::symbols()
        .filter(move |symbol| Unit::from_symbol(symbol).is_some_and(|other| other.dimension() == unit.dimension()))
}

/// Whether two numbers may be compared with one another already: neither waits for a policy.
pub(super) fn both_known(a: Literal, b: Literal) -> bool {
    !a.placeholder && !b.placeholder
}

impl Product {
    /// The example of a quantity that messages show for a unit.
    pub(super) fn example_in(unit: Unit) -> String {
        format!("\"100 {unit}\"")
    }
}
