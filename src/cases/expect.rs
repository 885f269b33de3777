//! What a case expects, held against a settlement.

use chrono::NaiveDate;

use super::course::Told;
use super::literal::read_time;
use crate::by_hand::Time;
use crate::contract::Product;
use crate::document::{Fault, Faults, Fields, Node, Value, did_you_mean};
use crate::ledger::State;
use crate::quantity::{Currency, Fixed, Money, Unit};
use crate::settle::{Outcome, Settlement};

/// What is to come out; what is left out may be anything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expectation {
    index: Option<ExpectedIndex>,
    outcome: Option<Outcome>,
    reason: Option<String>,
    amount: Option<Money>,
    state: Option<State>,
    delta: Option<Money>,
    trace: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExpectedIndex {
    /// There is none, and nothing comes out.
    Undetermined,
    /// There is none, and nothing is due: no storm came.
    None,
    /// A decimal as it prints, and its unit.
    Number(String, Unit),
}

/// Something that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// The key of the case: `amount`.
    pub what: &'static str,
    /// What the case says.
    pub expected: String,
    /// What came out.
    pub got: String,
}

impl std::fmt::Display for Difference {
    /// `index: expected 131.2 mm, got 130 mm`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, got {}", self.what, self.expected, self.got)
    }
}

/// What may be said of a cover at the end of a day.
const STATES: [State; 4] = [State::Provisional, State::Preliminary, State::Final, State::Restated];

impl Expectation {
    /// What differs, in the order in which it is documented.
    pub(super) fn differences(&self, told: &Told) -> Vec<Difference> {
        let settlement = &told.settlement;
        let mut found = Vec::new();
        let mut hold = |what, expected: String, got: String| {
            if expected != got {
                found.push(Difference { what, expected, got });
            }
        };
        if let Some(index) = &self.index {
            hold("index", index.shown(), shown_index(settlement));
        }
        if let Some(outcome) = self.outcome {
            hold("outcome", outcome.word().to_owned(), settlement.outcome.word().to_owned());
        }
        if let Some(reason) = &self.reason {
            hold("reason", reason.clone(), settlement.reason_code.to_owned());
        }
        if let Some(amount) = self.amount {
            hold("amount", amount.to_string(), settlement.amount.to_string());
        }
        if let Some(expected) = self.state {
            hold("state", expected.word().to_owned(), told.state.word().to_owned());
        }
        if let Some(expected) = self.delta {
            let got = told.delta.map_or_else(|| "no correction".to_owned(), |delta| delta.to_string());
            hold("delta", expected.to_string(), got);
        }
        for text in &self.trace {
            let holds = |step: &crate::index::Step| step.block.contains(text) || step.result.contains(text);
            if !settlement.trace.iter().any(holds) {
                hold("trace_contains", text.clone(), "a way of the number without it".to_owned());
            }
        }
        found
    }
}

impl ExpectedIndex {
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Undetermined => Outcome::Undetermined.word().to_owned(),
            Self::None => "none".to_owned(),
            Self::Number(number, unit) => format!("{number} {unit}"),
        }
    }
}

pub(super) fn shown_index(settlement: &Settlement) -> String {
    match &settlement.index {
        Some((value, unit)) => format!("{} {unit}", plain(value)),
        None if settlement.outcome == Outcome::Undetermined => settlement.outcome.word().to_owned(),
        None => "none".to_owned(),
    }
}

/// A decimal as it prints: without zeros that say nothing.
fn plain(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let (whole, places) = (if whole.is_empty() { "0" } else { whole }, places.trim_end_matches('0'));
    match (whole, places) {
        ("0", "") => "0".to_owned(),
        (_, "") => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{places}"),
    }
}

/// `[case.expect]`.
pub(super) fn read_expectation(node: &Node, product: &Product, faults: &mut Faults) -> Option<Expectation> {
    let fields = Fields::of(node, "[case.expect]", faults)?;
    read(fields, (None, None), product, faults)
}

/// `[[case.expect_on]]`.
pub(super) fn read_on(node: &Node, product: &Product, faults: &mut Faults) -> Option<(NaiveDate, Expectation)> {
    let mut fields = Fields::of(node, "[[case.expect_on]]", faults)?;
    let date = read_date(&mut fields, faults);
    let state = fields
        .optional("state")
        .and_then(|node| read_word(node, "state", &STATES.map(State::word), faults).and_then(State::from_word));
    let delta = fields.optional("delta").and_then(|node| read_amount(node, product.currency, faults));
    Some(date)
        .zip(read(fields, (state, delta), product, faults))
        .and_then(|(date, expectation)| Some((date?, expectation)))
}

/// The date of an insured day at whose end something is known.
pub(super) fn read_date(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<NaiveDate> {
    let node = fields.required("date", "\"2024-06-20\"", faults)?;
    match read_time(node, faults)? {
        Time::Date(date) => Some(date),
        _ => {
            let fault = Fault::new(&node.place, "this is an instant");
            faults.push(fault.hint("write a date: it stands for what is known at the end of that insured day"));
            None
        }
    }
}

fn read(
    mut fields: Fields<'_>,
    (state, delta): (Option<State>, Option<Money>),
    product: &Product,
    faults: &mut Faults,
) -> Option<Expectation> {
    let before = faults.len();
    let place = fields.place();
    let index = fields.optional("index").and_then(|node| read_index(node, faults));
    let outcome = fields.optional("outcome").and_then(|node| {
        let word = read_word(node, "outcome", &Outcome::ALL.map(Outcome::word), faults)?;
        Outcome::from_word(word)
    });
    let reason = fields.optional("reason").and_then(|node| node.text("a code such as \"strike_reached\"", faults));
    let amount = fields.optional("amount").and_then(|node| read_amount(node, product.currency, faults));
    let trace = fields.optional("trace_contains").map_or(Vec::new(), |node| read_texts(node, faults));
    fields.finish(faults);
    let expectation = Expectation { index, outcome, reason: reason.map(str::to_owned), amount, state, delta, trace };
    if faults.len() == before && expectation == Expectation::default() {
        let fault = Fault::new(place, "nothing is expected here");
        faults.push(fault.hint("add outcome = \"pays\", index = \"131.2 mm\" or amount = \"1234.50\""));
    }
    (faults.len() == before).then_some(expectation)
}

/// One of a few words.
fn read_word<'n>(node: &'n Node, what: &str, words: &[&str], faults: &mut Faults) -> Option<&'n str> {
    let all = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let word = node.text(&format!("one of {all}"), faults)?;
    if words.contains(&word) {
        return Some(word);
    }
    let hint = did_you_mean(word, words.iter().copied())
        .map_or_else(|| format!("one of {all}"), |near| format!("did you mean `{near}`?"));
    faults.push(Fault::new(&node.place, format!("`{word}` is no {what}")).hint(hint));
    None
}

/// `"131.2 mm"`, `"undetermined"`, or `"none"` where no storm came.
pub(super) fn read_index(node: &Node, faults: &mut Faults) -> Option<ExpectedIndex> {
    let text = node.text("an index such as \"131.2 mm\", or \"undetermined\"", faults)?;
    match text {
        "undetermined" => return Some(ExpectedIndex::Undetermined),
        "none" => return Some(ExpectedIndex::None),
        _ => {}
    }
    let (number, symbol) = text.split_once(' ').unwrap_or((text, ""));
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = [whole, places].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let (message, hint) = match Unit::from_symbol(symbol) {
        Some(unit) if is_number => return Some(ExpectedIndex::Number(plain(number), unit)),
        Some(_) => (format!("`{number}` is not a decimal number such as 12.5"), None),
        None if symbol.is_empty() => (format!("`{text}` has no unit"), None),
        None => (
            format!("`{symbol}` is not a unit that Fairgauge knows"),
            did_you_mean(symbol, Unit::symbols()).map(|near| format!("did you mean `{near}`?")),
        ),
    };
    let hint = hint.unwrap_or_else(|| "write it as \"131.2 mm\", or \"undetermined\"".to_owned());
    faults.push(Fault::new(&node.place, message).hint(hint));
    None
}

/// `"1234.50"`, to the minor unit, with its currency or without.
pub(super) fn read_amount(node: &Node, currency: Currency, faults: &mut Faults) -> Option<Money> {
    let text = node.text("an amount such as \"1234.50\"", faults)?;
    let number = text.strip_suffix(currency.code()).map_or(text, str::trim_end);
    let micros = Fixed::parse(number).ok().map(|amount| i128::from(amount.micros()));
    let parts = micros.map(|micros| micros * i128::from(currency.minor_per_unit()));
    let whole = parts.filter(|parts| parts % i128::from(Fixed::MICROS) == 0);
    let minor = whole.and_then(|parts| i64::try_from(parts / i128::from(Fixed::MICROS)).ok());
    let money = minor.and_then(|minor| Money::from_minor(minor, currency).ok());
    if money.is_none() {
        let message = format!("`{text}` is no amount in {currency}, to its minor unit");
        let example = Money::from_minor(123_450, currency).map_or_else(|_| String::new(), Money::decimal);
        faults.push(Fault::new(&node.place, message).hint(format!("write it as \"{example}\"")));
    }
    money
}

/// A text, or several.
fn read_texts(node: &Node, faults: &mut Faults) -> Vec<String> {
    let wanted = "a text that some step holds, or a list of such";
    match &node.value {
        Value::List(items) => items.iter().filter_map(|item| item.text(wanted, faults)).map(str::to_owned).collect(),
        _ => node.text(wanted, faults).map(str::to_owned).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_compared_as_they_print() {
        for (written, printed) in [
            ("131.20", "131.2"),
            ("0131", "131"),
            ("0", "0"),
            ("-0.0", "0"),
            ("-0.50", "-0.5"),
            ("0.000000000001", "0.000000000001"),
            ("100", "100"),
        ] {
            assert_eq!(plain(written), printed, "{written}");
        }
    }
}
