//! The modifiers of an amount: by date, deductible, franchise, minimum, in this order.

use chrono::NaiveDate;

use crate::contract::{Modifiers, Policy};
use crate::quantity::{Currency, Exact, Overflow};

/// What one modifier made of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified {
    /// Which one, and by how much, in units of the currency; of a share by date the share.
    pub by: By,
    /// What came out, in units of the currency.
    pub amount: Exact,
}

/// A modifier with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The share that is paid for the day.
    Date(Exact),
    /// What is subtracted.
    Deductible(Exact),
    /// Below this nothing is paid.
    Franchise(Exact),
    /// At least this is paid.
    Minimum(Exact),
}

/// What the modifiers make of a shape's amount, one after the other; empty where there are none. `day` is the insured
/// day of the event, or the period's first.
///
/// # Errors
/// [`Overflow`] where an amount does not fit.
pub fn modify(
    modifiers: &Modifiers,
    policy: &Policy,
    day: NaiveDate,
    mut amount: Exact,
) -> Result<Vec<Modified>, Overflow> {
    let mut steps = Vec::new();
    let mut step = |by, amount| steps.push(Modified { by, amount });
    let units = |amount| policy.amount(amount).ok_or(Overflow);
    if !modifiers.by_date.is_empty() {
        let share = modifiers.share_on(day);
        amount = amount.times(share)?;
        step(By::Date(share), amount);
    }
    if let Some(deductible) = modifiers.deductible {
        let deductible = units(deductible)?;
        amount = amount.minus(deductible)?.max(Exact::ZERO);
        step(By::Deductible(deductible), amount);
    }
    if let Some(franchise) = modifiers.franchise {
        let franchise = units(franchise)?;
        amount = if amount < franchise { Exact::ZERO } else { amount };
        step(By::Franchise(franchise), amount);
    }
    if let Some(minimum) = modifiers.minimum {
        let minimum = units(minimum)?;
        amount = if amount.is_positive() { amount.max(minimum) } else { amount };
        step(By::Minimum(minimum), amount);
    }
    Ok(steps)
}

impl Modified {
    /// `less the deductible 100 CNY: 250 CNY`.
    pub fn words(&self, currency: Currency) -> String {
        let amount = self.amount;
        let by = match self.by {
            By::Date(share) => {
                let percent = share.times(Exact::from(100)).unwrap_or(share);
                format!("by date {percent} % of it")
            }
            By::Deductible(deductible) => format!("less the deductible {deductible} {currency}"),
            By::Franchise(franchise) => format!("nothing below the franchise {franchise} {currency}"),
            By::Minimum(minimum) => format!("if anything at least {minimum} {currency}"),
        };
        format!("{by}: {amount} {currency}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{number, policy};
    use super::*;
    use crate::contract::Amount;

    fn modified(modifiers: &Modifiers, day: &str, amount: &str) -> Exact {
        let steps = modify(modifiers, &policy(), day.parse().expect(day), number(amount)).expect("small");
        steps.last().map_or_else(|| number(amount), |step| step.amount)
    }

    #[test]
    fn each_modifier_on_and_beside_its_boundary() {
        let money = |text| Some(Amount::Money(number(text)));
        let none = Modifiers::default;
        let dates = || {
            let from = |text, share| (crate::calendar::MonthDay::parse(text).expect(text), number(share));
            Modifiers { by_date: vec![from("06-01", "0.4"), from("07-01", "1")], ..none() }
        };
        for (modifiers, day, amount, paid, why) in [
            (none(), "2024-06-01", "700", "700", "none at all"),
            (dates(), "2024-05-31", "700", "0", "before the first date nothing"),
            (dates(), "2024-06-01", "700", "280", "from the first date on its share"),
            (dates(), "2024-06-30", "700", "280", "to the day before the next"),
            (dates(), "2024-07-01", "700", "700", "the next one"),
            (dates(), "2024-12-31", "700", "700", "the last one to the year's end"),
            (dates(), "2025-01-01", "700", "0", "a new year begins before the first date"),
            (Modifiers { deductible: money("100"), ..none() }, "2024-06-01", "100", "0", "all of it is deducted"),
            (Modifiers { deductible: money("100"), ..none() }, "2024-06-01", "100.01", "0.01", "a cent is left"),
            (Modifiers { deductible: money("100"), ..none() }, "2024-06-01", "99", "0", "never below nothing"),
            (Modifiers { franchise: money("100"), ..none() }, "2024-06-01", "99.99", "0", "below the franchise"),
            (Modifiers { franchise: money("100"), ..none() }, "2024-06-01", "100", "100", "at the franchise all"),
            (Modifiers { minimum: money("100"), ..none() }, "2024-06-01", "0.01", "100", "a cent pays the minimum"),
            (Modifiers { minimum: money("100"), ..none() }, "2024-06-01", "0", "0", "nothing stays nothing"),
            (Modifiers { minimum: money("100"), ..none() }, "2024-06-01", "101", "101", "above it it does nothing"),
            (
                Modifiers { deductible: money("50"), franchise: money("200"), minimum: money("250"), ..dates() },
                "2024-06-01",
                "600",
                "0",
                "240 less 50 is 190, below the franchise",
            ),
            (
                Modifiers { deductible: money("40"), franchise: money("200"), minimum: money("250"), ..dates() },
                "2024-06-01",
                "600",
                "250",
                "240 less 40 is 200, at the franchise, raised to the minimum",
            ),
        ] {
            assert_eq!(modified(&modifiers, day, amount), number(paid), "{why}");
        }
    }
}
