//! How much may be missing.

use crate::contract::MissingRule;
use crate::quantity::Exact;

use super::slots::{Slots, many};
use super::undetermined::Undetermined;

/// Whether no more is missing than the terms allow. Exactly as much is allowed. Slots that are out are not asked for.
///
/// # Errors
/// Says what is missing.
pub(super) fn check(slots: &Slots, rule: &MissingRule) -> Result<(), Undetermined> {
    let missing = slots.missing();
    if missing == 0 && !slots.values.is_empty() {
        return Ok(());
    }
    let expected = slots.expected();
    if missing == expected {
        return Err(Undetermined::NoReadings { expected });
    }
    if Exact::new(many(missing), many(expected))? > rule.at_most {
        return Err(Undetermined::TooManyMissing { missing, expected, allowed: rule.at_most });
    }
    let (first, length) = slots.longest_gap();
    let seconds = slots.bounds.length(first, length);
    if seconds > rule.longest {
        return Err(Undetermined::GapTooLong { seconds, from: slots.bounds.instant(first), allowed: rule.longest });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;

    #[test]
    fn as_much_as_the_terms_allow_may_be_missing_and_no_more() {
        let rule = |percent, longest_days: i64| MissingRule {
            at_most: Exact::new(percent, 100).expect("small"),
            longest: longest_days * 86_400,
        };
        for (slots, rule, code, why) in [
            ("1 . 1 1 1 1 1 1 1 1", rule(10, 1), None, "exactly the share"),
            ("1 . 1 . 1 1 1 1 1 1", rule(10, 1), Some("too_many_missing"), "one more"),
            ("1 . 1 1 1 1 1 1 1 x", rule(10, 1), Some("too_many_missing"), "one of nine: what is out is not asked for"),
            ("1 . . 1 1 1 1 1 1 1", rule(20, 1), Some("gap_too_long"), "two on end"),
            ("1 . . 1 1 1 1 1 1 1", rule(20, 2), None, "exactly the stretch"),
            ("1 . x . 1 1 1 1 1 1", rule(30, 1), None, "what is out ends a stretch"),
            (". . .", rule(100, 9), Some("no_readings"), "nothing at all is never enough"),
            (". x .", rule(100, 9), Some("no_readings"), "nothing of what is asked for"),
            ("", rule(100, 9), Some("no_readings"), "no slot at all"),
            ("1 x x", rule(0, 0), None, "what is out is not missing"),
            ("x x", rule(0, 0), None, "nothing is asked for"),
        ] {
            let got = check(&days(slots), &rule).map_err(|reason| reason.code());
            assert_eq!(got.err(), code, "{why}");
        }
    }
}
