//! Reading by what the amounts of a product are multiplied, and the sum insured of which percentages are shares.

use crate::document::{Fault, Faults, Fields, Node, did_you_mean};
use crate::quantity::{Exact, Overflow, Unit};

use super::literal::{Scope, rounding_mode};
use super::product::Exposure;
use super::reduce::Round;

/// What the sum insured of one unit, or of the policy, is multiplied by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SumRule {
    /// Each above zero.
    pub factors: Vec<Exact>,
    /// The rounding of what comes out.
    pub round: Option<Round>,
    /// What is multiplied where the term sheet says it: the sum insured of one unit as it is written.
    pub written: Option<Exact>,
    /// Whether the book gives a factor, and the product is read for no policy.
    pub(super) open: bool,
}

impl SumRule {
    /// The sum insured that counts, of the one that is written, in units of the currency.
    ///
    /// # Errors
    /// [`Overflow`] where it does not fit.
    pub fn apply(&self, sum: Exact) -> Result<Exact, Overflow> {
        let sum = self.factors.iter().try_fold(sum, |sum, factor| sum.times(*factor))?;
        self.round.map_or(Ok(sum), |round| round.number(sum))
    }
}

/// Reads `[exposure]`. The sum insured of one unit is the one that counts, factors and all.
pub(super) fn read_exposure(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Exposure, SumRule)> {
    let mut fields = Fields::of(node, "[exposure]", faults)?;
    let (per, sum) = (fields.optional("per"), fields.optional("sum_insured"));
    let rule = read_sum_rule(&mut fields, scope, faults);
    fields.finish(faults);
    let Some(per) = per else {
        let Some(sum) = sum else {
            let fault = Fault::new(&node.place, "[exposure] does not say what amounts are for");
            faults.push(fault.hint("sum_insured = \"policy\", or per = \"ha\" with sum_insured = \"1000 CNY\""));
            return None;
        };
        if sum.text("\"policy\"", faults)? == "policy" {
            return Some((Exposure::PerPolicy, rule?));
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
    let mut rule = rule?;
    let Some(sum) = sum else {
        if rule != SumRule::default() {
            let fault = Fault::new(&node.place, "factors of a sum insured, but no sum insured of one unit");
            faults.push(fault.hint("add sum_insured = \"1000 CNY\", or leave out factors and round_sum"));
            return None;
        }
        return Some((Exposure::PerUnit { unit, sum_insured: None }, rule));
    };
    let written = scope.sum_insured(sum, faults)?;
    rule.open |= scope.is_open(sum);
    rule.written = Some(written);
    let Ok(sum_insured) = rule.apply(written) else {
        faults.push(Fault::new(&sum.place, "the sum insured is too large").hint("write it with fewer places"));
        return None;
    };
    Some((Exposure::PerUnit { unit, sum_insured: Some(sum_insured) }, rule))
}

fn read_sum_rule(fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<SumRule> {
    let nodes = match fields.optional("factors") {
        None => &[],
        Some(node) => node.list("a list of factors such as \"90 %\"", faults)?,
    };
    let factors: Vec<_> = nodes.iter().map(|node| read_factor(node, scope, faults)).collect();
    let (step, mode) = (fields.optional("round_sum"), fields.optional("mode"));
    let round = match (step, mode) {
        (None, None) => Some(None),
        (Some(step), Some(mode)) => read_round_sum(step, mode, scope, faults).map(Some),
        (Some(step), None) => {
            let fault = Fault::new(&step.place, "the sum insured is rounded, and it is open how");
            faults.push(fault.hint("add mode = \"half_up\" to [exposure]"));
            None
        }
        (None, Some(mode)) => {
            faults.push(Fault::new(&mode.place, "nothing is rounded here").hint("leave it out, or add round_sum"));
            None
        }
    };
    let open = nodes.iter().any(|node| scope.is_open(node));
    Some(SumRule { factors: factors.into_iter().collect::<Option<_>>()?, round: round?, written: None, open })
}

fn read_factor(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Exact> {
    let one = Unit::from_symbol("1").expect("the table has 1");
    let literal = scope.literal(node, "\"90 %\"", faults)?;
    if literal.quantity.unit.dimension() != one.dimension() {
        let message =
            format!("`{}` is {}, but a factor is a number", literal.quantity, literal.quantity.unit.described());
        faults.push(Fault::new(&node.place, message).hint("write it as \"90 %\" or \"0.9 1\""));
        return None;
    }
    let factor = literal.quantity.in_unit(one).ok()?;
    if !factor.is_positive() {
        faults.push(Fault::new(&node.place, "a factor is above zero").hint("write it as \"90 %\" or \"0.9 1\""));
        return None;
    }
    Some(factor)
}

/// The step is money: `"0.01 USD"`.
fn read_round_sum(step: &Node, mode: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Round> {
    let units = scope.money(step, step.text("money, such as \"0.01 USD\"", faults)?, faults);
    let mode = rounding_mode(mode, faults);
    let (units, mode) = (units?, mode?);
    if !units.is_positive() {
        faults.push(Fault::new(&step.place, "a rounding step is above zero").hint("write it as \"0.01 USD\""));
        return None;
    }
    Some(Round { step: units, mode })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Fixed, Rounding};

    #[test]
    fn factors_multiply_the_sum_insured_and_one_rounding_follows() {
        let number = |text: &str| Exact::from(Fixed::parse(text).expect(text));
        let round = |step| Some(Round { step: number(step), mode: Rounding::HalfUp });
        for (factors, round, sum, counts, why) in [
            (vec![], None, "1000", "1000", "nothing to do"),
            (vec!["0.9", "1.5"], None, "1000", "1350", "coverage 90 %, productivity 150 %"),
            (vec!["0.333", "0.333"], round("0.01"), "100", "11.09", "11.0889 is rounded once"),
            (vec!["0.5"], round("0.01"), "0.01", "0.01", "half a cent goes up"),
            (vec!["0.49"], round("0.01"), "0.01", "0", "less does not"),
            (vec![], round("100"), "1250", "1300", "a coarse step"),
        ] {
            let factors = factors.into_iter().map(number).collect();
            let rule = SumRule { factors, round, ..SumRule::default() };
            assert_eq!(rule.apply(number(sum)), Ok(number(counts)), "{why}");
        }
    }
}
