//! Division of wide integers, in 64 bits where both fit, as nearly all do: that takes a fraction of the time.

/// Quotient, cut towards zero, and remainder, which has the sign of `a`. `b` is not zero.
pub(super) fn div_rem(a: i128, b: i128) -> (i128, i128) {
    match (i64::try_from(a), i64::try_from(b)) {
        // `i64::MIN / -1` is the one quotient that does not fit.
        (Ok(a), Ok(b)) if b != -1 => (i128::from(a / b), i128::from(a % b)),
        _ => (a / b, a % b),
    }
}

/// The same of numbers that are not below zero.
pub(super) fn div_rem_unsigned(a: u128, b: u128) -> (u128, u128) {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => (u128::from(a / b), u128::from(a % b)),
        _ => (a / b, a % b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_plain_division() {
        let (narrow, wide) = (i128::from(i64::MIN), i128::from(u64::MAX));
        let numbers =
            [0, 1, -1, 7, -7, 10, narrow, narrow - 1, -narrow, -narrow - 1, wide, wide + 1, i128::MAX, -i128::MAX];
        for a in numbers {
            for b in numbers.into_iter().filter(|b| *b != 0) {
                assert_eq!(div_rem(a, b), (a / b, a % b), "{a} by {b}");
                let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
                assert_eq!(div_rem_unsigned(a, b), (a / b, a % b), "{a} by {b}");
            }
        }
    }
}
