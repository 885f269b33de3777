//! What the limbs of a cover come to together, behind its gates.

use super::evaluated::Evaluated;
use super::gate::{Passage, passage};
use super::limb::{CoverResult, limb_result};
use super::reason::{Part, Reason};
use super::terms::Terms;
use crate::contract::Together;
use crate::index::{Trace, Undetermined};
use crate::quantity::{Exact, Overflow};

/// What a cover comes to before its limits.
///
/// # Errors
/// Where there is no index that decides.
pub(super) fn combine(
    terms: &Terms<'_>,
    evaluated: &Evaluated,
    trace: &mut Trace,
) -> Result<CoverResult, Undetermined> {
    let limbs = terms.cover.limbs.iter().zip(&evaluated.limbs);
    let results: Vec<_> = limbs
        .map(|(limb, found)| match found {
            Ok(index) => limb_result(terms, limb, index, trace),
            Err(reason @ Undetermined::NothingQualifies(_)) => Ok(CoverResult::nothing(reason)),
            Err(reason) => Err(reason.clone()),
        })
        .collect();
    let passage = passage(&terms.cover.gates, &evaluated.gates, trace)?;
    let most = terms.policy.most_of(terms.cover);
    let result = together(terms.cover.together, results, most);
    match passage {
        Passage::Open => result,
        // Whatever the index is, nothing is due.
        Passage::Closed(why) => {
            let index = result.ok().and_then(|result| result.index);
            let reason = Part::Closed(why).into();
            Ok(CoverResult { index, amount: Exact::ZERO, reason_code: "gate_closed", reason })
        }
    }
}

/// All limbs together. One without an index leaves the cover undetermined, unless the others pay already `most`, the
/// most that it can pay, or one that comes first pays.
fn together(
    rule: Together,
    results: Vec<Result<CoverResult, Undetermined>>,
    most: Option<Exact>,
) -> Result<CoverResult, Undetermined> {
    if rule == Together::First {
        return first(results);
    }
    let undetermined = results.iter().find_map(|result| result.as_ref().err().cloned());
    let known: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
    let result = match rule {
        Together::Sum => sum(known)?,
        _ => best(known),
    };
    match (result, undetermined) {
        (Some(result), None) => Ok(result),
        (Some(result), Some(_)) if most.is_some_and(|most| result.amount >= most) => Ok(result),
        (_, Some(reason)) => Err(reason),
        (None, None) => unreachable!("a cover has a limb"),
    }
}

/// The limb that pays most, the first of equal ones.
fn best(results: Vec<CoverResult>) -> Option<CoverResult> {
    results.into_iter().reduce(|best, result| if result.amount > best.amount { result } else { best })
}

/// All amounts added up, with the index of the limb that pays most.
fn sum(results: Vec<CoverResult>) -> Result<Option<CoverResult>, Overflow> {
    let amount = results.iter().try_fold(Exact::ZERO, |sum, result| sum.plus(result.amount))?;
    let paying: Vec<_> = results.iter().filter(|result| result.amount.is_positive()).collect();
    let reasons = paying.iter().map(|result| &result.reason.0[..]).collect::<Vec<_>>().join(&Part::And);
    let several = paying.len() > 1;
    Ok(best(results).map(|best| {
        let reason = if several { Reason(reasons) } else { best.reason };
        CoverResult { amount, reason, ..best }
    }))
}

/// The first limb in order that pays; where none does, the first.
fn first(results: Vec<Result<CoverResult, Undetermined>>) -> Result<CoverResult, Undetermined> {
    let mut none = None;
    for result in results {
        let result = result?;
        if result.amount.is_positive() {
            return Ok(result);
        }
        none.get_or_insert(result);
    }
    Ok(none.expect("a cover has a limb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts; `None` where a limb has no index.
    fn paid(rule: Together, amounts: &[Option<i64>], most: i64) -> Option<i64> {
        let result = |amount: &Option<i64>| match amount {
            None => Err(Undetermined::NoReadings { expected: 1 }),
            Some(amount) => Ok(CoverResult {
                index: None,
                amount: Exact::from(*amount),
                reason_code: "",
                reason: Reason::default(),
            }),
        };
        let result = together(rule, amounts.iter().map(result).collect(), Some(Exact::from(most)));
        result.ok().map(|result| i64::try_from(result.amount.parts().0).expect("small"))
    }

    #[test]
    fn limbs_are_combined_as_the_terms_say() {
        for (rule, amounts, pays, why) in [
            (Together::Best, vec![Some(3), Some(7)], Some(7), "the one that pays most"),
            (Together::Best, vec![Some(3), None], None, "another could pay more"),
            (Together::Best, vec![Some(10), None], Some(10), "none can pay more"),
            (Together::Best, vec![None, Some(9)], None, "a unit short of the most"),
            (Together::Sum, vec![Some(3), Some(7)], Some(10), "added up"),
            (Together::Sum, vec![Some(8), Some(7)], Some(15), "the limit of the period cuts later"),
            (Together::Sum, vec![Some(9), None], None, "more could come"),
            (Together::Sum, vec![Some(6), Some(4), None], Some(10), "together they reach the most"),
            (Together::First, vec![Some(3), Some(7)], Some(3), "the first that pays, though less"),
            (Together::First, vec![Some(0), Some(7)], Some(7), "the first does not pay"),
            (Together::First, vec![Some(0), Some(0)], Some(0), "none pays"),
            (Together::First, vec![Some(3), None], Some(3), "what comes behind does not matter"),
            (Together::First, vec![None, Some(10)], None, "what comes before does"),
            (Together::First, vec![Some(0), None], None, "the next one is not known"),
        ] {
            assert_eq!(paid(rule, &amounts, 10), pays, "{why}");
        }
    }

    #[test]
    fn a_sum_gives_the_reasons_of_all_that_pay() {
        let result = |amount: i64| {
            let (amount, expected) = (Exact::from(amount), usize::try_from(amount).expect("small"));
            let reason = Part::Undetermined(Undetermined::NoReadings { expected }).into();
            CoverResult { index: None, amount, reason_code: "strike_reached", reason }
        };
        let reason = |amounts: &[i64]| {
            let results = amounts.iter().map(|amount| result(*amount)).collect();
            sum(results).expect("small").expect("one at least").reason.to_string()
        };
        let one = |amount| format!("there is not one of {amount} readings");
        assert_eq!(reason(&[3, 0, 7]), format!("{}; and {}", one(3), one(7)));
        assert_eq!(reason(&[0, 7]), one(7));
        assert_eq!(reason(&[0, 0]), one(0));
    }

    /// Which limb is the first shows in its code.
    #[test]
    fn of_limbs_that_pay_alike_the_first_gives_the_index() {
        let limb = |(amount, reason_code): (i64, &'static str)| {
            let (amount, reason) = (Exact::from(amount), Reason::default());
            CoverResult { index: None, amount, reason_code, reason }
        };
        for (amounts, expected, why) in
            [([7, 7], "first", "both pay alike"), ([0, 0], "first", "neither pays"), ([3, 7], "second", "it pays more")]
        {
            let results = || amounts.into_iter().zip(["first", "second"]).map(limb).collect();
            assert_eq!(best(results()).expect("one at least").reason_code, expected, "{why}");
            assert_eq!(sum(results()).expect("small").expect("one at least").reason_code, expected, "{why}");
        }
    }
}
