//! The same series of several stations or cells: one value for each slot.

use crate::contract::{MemberTake, Round};
use crate::quantity::{Exact, Fixed, Overflow, lowest_common};

use super::run::is_met;
use super::slots::{Slot, Slots};

/// How members become one.
#[derive(Clone, Copy)]
pub(super) struct Together<'a> {
    /// Mean, sum, extreme or share.
    pub take: MemberTake,
    /// The share of the members, or of their weight, that must be there.
    pub need: Exact,
    /// One for each member; empty: all the same.
    pub weights: &'a [Exact],
    /// For a mean and a share.
    pub round: Option<Round>,
}

/// One series of the members', which have the same slots. A member whose slot is out is not asked for; a slot is out
/// where all are out, and missing where less than `need` of the others is there.
///
/// # Errors
/// [`Overflow`] where a value or a weight does not fit.
pub(super) fn together(mut members: Vec<Slots>, how: Together<'_>) -> Result<Slots, Overflow> {
    let weights = whole(how.weights, members.len())?;
    let rest = members.split_off(1);
    let mut first = members.pop().expect("there is a member");
    for place in 0..first.values.len() {
        let all = std::iter::once(&first).chain(&rest).map(|slots| slots.values[place]);
        first.values[place] = one(all.zip(weights.iter().copied()), how)?;
    }
    Ok(first)
}

/// The weights as whole numbers in the same ratio.
fn whole(weights: &[Exact], members: usize) -> Result<Vec<i128>, Overflow> {
    if weights.is_empty() {
        return Ok(vec![1; members]);
    }
    let common = weights.iter().try_fold(1, |common, weight| lowest_common(common, weight.parts().1))?;
    let of = |weight: &Exact| {
        let (numerator, denominator) = weight.parts();
        numerator.checked_mul(common / denominator).ok_or(Overflow)
    };
    weights.iter().map(of).collect()
}

fn one(members: impl Iterator<Item = (Slot, i128)> + Clone, how: Together<'_>) -> Result<Slot, Overflow> {
    let (mut asked, mut there) = (0_i128, 0_i128);
    for (slot, weight) in members.clone().filter(|(slot, _)| !slot.is_out()) {
        asked += weight;
        there += if slot.is_missing() { 0 } else { weight };
    }
    if asked == 0 {
        return Ok(Slot::OUT);
    }
    let (numerator, denominator) = how.need.parts();
    let enough = there.checked_mul(denominator).ok_or(Overflow)? >= asked.checked_mul(numerator).ok_or(Overflow)?;
    if there == 0 || !enough {
        return Ok(Slot::MISSING);
    }
    let values = members.clone().filter_map(|(slot, weight)| Some((slot.value()?, weight)));
    let rounded = |part: i128, whole: i128| {
        let round = how.round.expect("a mean and a share say how they round, which was checked when they were read");
        round.value(Exact::new(part, whole)?)
    };
    let value = match how.take {
        MemberTake::Sum => values.map(|(value, _)| value).try_fold(Fixed::ZERO, Fixed::plus),
        MemberTake::Max => Ok(values.map(|(value, _)| value).max().expect("one is there")),
        MemberTake::Min => Ok(values.map(|(value, _)| value).min().expect("one is there")),
        MemberTake::Share => {
            let met: i128 = members.filter(|(slot, _)| is_met(slot)).map(|(_, weight)| weight).sum();
            rounded(met.checked_mul(100).ok_or(Overflow)?, there)
        }
        MemberTake::Mean => {
            let mut values = values;
            let micros = values.try_fold(0_i128, |sum, (value, weight)| {
                sum.checked_add(i128::from(value.micros()).checked_mul(weight)?)
            });
            rounded(micros.ok_or(Overflow)?, there.checked_mul(i128::from(Fixed::MICROS)).ok_or(Overflow)?)
        }
    };
    value.map(Slot::of)
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::quantity::Rounding;

    fn percent(percent: i128) -> Exact {
        Exact::new(percent, 100).expect("a share")
    }

    #[test]
    fn members_become_one_where_enough_of_them_are_there() {
        use MemberTake::{Max, Mean, Min, Share, Sum};
        let round = Some(Round { step: percent(10), mode: Rounding::HalfUp });
        let (none, heavy, halves) = (vec![], vec![60, 40], vec![50, 25, 25]);
        for (take, weights, need, members, expected, why) in [
            (Mean, &none, 100, vec!["1 2", "2 2"], "1.5 2", "all there"),
            (Mean, &none, 100, vec!["1", "."], ".", "one is missing of all"),
            (Mean, &none, 50, vec!["1", "."], "1", "exactly the share"),
            (Mean, &none, 51, vec!["1", "."], ".", "just below it"),
            (Mean, &none, 51, vec!["1", "x"], "1", "what is out is not asked for"),
            (Mean, &none, 1, vec!["x", "x"], "x", "nothing counts"),
            (Mean, &none, 1, vec![".", "x"], ".", "what counts is missing"),
            (Mean, &heavy, 60, vec!["1 1 .", "2 . 2"], "1.4 1 .", "by weight, and 40 % of it are not enough"),
            (Mean, &halves, 75, vec!["1", "2", "."], "1.3", "over the weight that is there: 1.333"),
            (Sum, &none, 50, vec!["1 . x", "2 2 2"], "3 2 2", "of those that are there"),
            (Max, &none, 50, vec!["1 -5 .", "2 -6 ."], "2 -5 .", "max"),
            (Min, &none, 50, vec!["1 -5 .", "2 -6 ."], "1 -6 .", "min"),
            (Share, &none, 60, vec!["1 1 0 .", "0 1 0 1", "0 1 . ."], "33.3 100 0 .", "of those that are there"),
            (Share, &halves, 60, vec!["1 1", "0 .", "0 0"], "50 66.7", "by weight"),
        ] {
            let weights: Vec<_> = weights.iter().map(|weight| percent(*weight)).collect();
            let how = Together { take, need: percent(need), weights: &weights, round };
            let got = together(members.into_iter().map(days).collect(), how).expect("small");
            assert_eq!(got.values, days(expected).values, "{why}");
        }
    }
}
