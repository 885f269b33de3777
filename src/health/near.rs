//! Indices that are close to their strike.

use super::Alert;
use crate::ledger::PayoutRow;
use crate::quantity::Fixed;

/// An alert for a determination that may still change and whose index is within a tenth of its strike, on either side.
/// Where the trigger is no one comparison, or in another unit, it tells nothing.
pub fn near_trigger(row: &PayoutRow) -> Option<Alert> {
    if !row.state.is_open() {
        return None;
    }
    let index = row.index.as_ref().filter(|index| is_near(&index.value, &index.unit, &row.trigger))?;
    Some(Alert::NearTrigger {
        id: row.id.clone(),
        index: format!("{} {}", index.value, index.unit),
        trigger: row.trigger.clone(),
    })
}

/// Whether an index is within a tenth of the strike in a trigger such as `< 50 mm`.
pub fn is_near(index: &str, index_unit: &str, trigger: &str) -> bool {
    let [_, strike, unit] = trigger.split(' ').collect::<Vec<_>>()[..] else { return false };
    let micros = |text| Fixed::parse_rounded(text).ok().map(|fixed| i128::from(fixed.micros()));
    let Some((value, strike)) = micros(index).zip(micros(strike)) else { return false };
    unit == index_unit && strike != 0 && (value - strike).abs() * 10 <= strike.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::at;
    use crate::ledger::{IndexValue, Period, State};
    use crate::settle::Outcome;

    fn row(value: &str, trigger: &str, state: State) -> PayoutRow {
        let day = at("2013-06-01 00:00").date_naive();
        PayoutRow {
            id: "NY-1/rain/2013-06-01".into(),
            policy: "NY-1".into(),
            product: "rain@1".into(),
            cover: "rain".into(),
            period: Period { start: day, end: day },
            outcome: Outcome::NothingDue,
            state,
            index: Some(IndexValue { value: value.into(), unit: "mm".into() }),
            amount: "0.00".into(),
            currency: "USD".into(),
            reason: String::new(),
            as_of: at("2013-06-01 00:00"),
            determined_at: at("2013-06-01 00:00"),
            reason_code: String::new(),
            trigger: trigger.into(),
            amount_minor: 0,
            payable: None,
            paid_in_advance: None,
            life: Default::default(),
            payable_minor: 0,
            advance_minor: 0,
            overpaid_minor: 0,
            terms: String::new(),
            seq: 1,
        }
    }

    #[test]
    fn an_index_within_a_tenth_of_its_strike_is_near() {
        let provisional = State::Provisional;
        for (value, trigger, state, near, why) in [
            ("55", "< 50 mm", provisional, true, "a tenth above"),
            ("55.001", "< 50 mm", provisional, false, "a little more"),
            ("45", "< 50 mm", provisional, true, "a tenth below: it pays so far"),
            ("44.999", "< 50 mm", provisional, false, "well below"),
            ("-19", ">= -20 mm", provisional, true, "below zero"),
            ("50", "< 50 mm", State::Final, false, "nothing changes any more"),
            ("0", "> 0 mm", provisional, false, "of nothing there is no tenth"),
            ("50", "< 50 d", provisional, false, "another unit"),
            ("50", "bands up to 50 mm", provisional, false, "no one comparison"),
        ] {
            assert_eq!(near_trigger(&row(value, trigger, state)).is_some(), near, "{why}");
        }
        let none = PayoutRow { index: None, ..row("50", "< 50 mm", provisional) };
        assert!(near_trigger(&none).is_none());
    }
}
