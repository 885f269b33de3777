//! Columns that count on and on: what a meter's register shows, made into what was added in each interval.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decode::{Decoded, Refused};
use super::settings::FeedSettings;
use crate::observation::Reading;
use crate::quantity::{Fixed, Variable};

/// How a register goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What it shows at most, and one more: behind it stands zero again. None where it never turns over.
    pub turns_over_at: Option<Fixed>,
}

/// Replaces the states of registers by differences. A register shows its state at the end of its interval; where
/// intervals have no length, between one and the next. A difference needs the state before in the same answer, of the
/// interval that touches; where there is none, there is no reading. One that went back was reset, and refused.
pub(super) fn differences(feed: &FeedSettings, decoded: Decoded) -> Decoded {
    if feed.columns.iter().all(|column| column.counter.is_none()) {
        return decoded;
    }
    let counter = |variable: Variable| feed.columns.iter().find(|column| column.variable == variable)?.counter;
    let Decoded { readings, mut refused } = decoded;
    let (states, mut readings): (Vec<_>, Vec<_>) =
        readings.into_iter().partition(|reading| counter(reading.variable).is_some());
    let mut registers: BTreeMap<(Arc<str>, Variable), Vec<Reading>> = BTreeMap::new();
    for state in states {
        registers.entry((state.station.clone(), state.variable)).or_default().push(state);
    }
    for ((station, variable), mut states) in registers {
        states.sort_by_key(|state| (state.end, state.start));
        states.dedup();
        let counter = counter(variable).expect("only counters are here");
        for pair in states.windows(2) {
            let [before, now] = pair else { continue };
            match added(counter, before, now) {
                Ok(added) => readings.extend(added),
                Err(reason) => {
                    let place = format!("{station} {variable} {}", now.end);
                    let mut which = Refused::row(place, reason).at(&station).within(before.end, now.end);
                    which = which.sent(&now.value.map_or(String::new(), |value| value.to_string()));
                    which.which.get_or_insert_default().variable = Some((variable, now.unit));
                    refused.push(which);
                }
            }
        }
    }
    Decoded { readings, refused }
}

/// What was added between two states; nothing where they do not touch.
fn added(counter: Counter, before: &Reading, now: &Reading) -> Result<Option<Reading>, String> {
    let touches = now.start == before.end || (now.start == now.end && before.start == before.end);
    if !touches || before.end == now.end {
        return Ok(None);
    }
    let interval = Reading { start: before.end, end: now.end, value: None, ..now.clone() };
    let (Some(first), Some(last)) = (before.value, now.value) else { return Ok(Some(interval)) };
    let difference = last.minus(first).map_err(|error| error.to_string())?;
    if difference >= Fixed::ZERO {
        return Ok(Some(Reading { value: Some(difference), ..interval }));
    }
    let back = format!("the counter went back from {first} to {last} {}", now.unit);
    let Some(end) = counter.turns_over_at else { return Err(format!("{back}: it was reset")) };
    // A register that turned over has gone less than half of its way; else it was reset.
    let around = difference.plus(end).map_err(|error| error.to_string())?;
    if around < Fixed::ZERO || around.micros() > end.micros() / 2 {
        return Err(format!("{back}: that is more than half of its {end} {}, so it was reset", now.unit));
    }
    Ok(Some(Reading { value: Some(around), ..interval }))
}

#[cfg(test)]
mod tests {
    use super::super::decode::{Raw, decode};
    use super::super::settings::tests::feed;

    const METER: &str = r#"
        kind = "csv"
        file = "meter.csv"
        poll = "1 h"
        delay = "0 h"
        vintage = "final"
        columns = { total = { variable = "energy", unit = "kWh", counter = { turns_over_at = "1000 kWh" } } }
        [csv]
        delimiter = ","
        decimal = "."
        missing = [""]
        station = { is = "park" }
        time = { column = "time", format = "%Y-%m-%d %H:%M", zone = "UTC", stamp = "end", every = "1 h" }
    "#;

    /// `from to value` of each reading by the hours of a day, and what was refused.
    fn told(settings: &str, states: &str) -> (String, String) {
        let rows = states.split_whitespace().map(|state| {
            let (hour, value) = state.split_once('=').expect(state);
            format!("2026-01-01 {hour:0>2}:00,{}\n", value.trim_matches('.'))
        });
        let text = format!("time,total\n{}", rows.collect::<String>());
        let decoded =
            decode(&feed(settings), &Raw { bytes: text.as_bytes(), name: "", asked: None, now: None }).unwrap();
        let readings = decoded.readings.iter().map(|reading| {
            let value = reading.value.map_or(".".to_owned(), |value| value.to_string());
            format!("{}-{}:{value}", reading.start.format("%-H"), reading.end.format("%-H"))
        });
        let refused = decoded.refused.iter().map(|refused| refused.reason.as_str());
        (readings.collect::<Vec<_>>().join(" "), refused.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_register_becomes_what_was_added() {
        let reset = METER.replace(", counter = { turns_over_at = \"1000 kWh\" }", ", counter = {}");
        for (settings, states, readings, refused, why) in [
            (METER, "1=10 2=12.5 3=12.5", "1-2:2.5 2-3:0", "", "nothing added is zero"),
            (METER, "1=10", "", "", "one state alone says nothing"),
            (METER, "3=13 1=10 2=12", "1-2:2 2-3:1", "", "in any order"),
            (METER, "1=10 2=12 2=12 3=13", "1-2:2 2-3:1", "", "the same state twice"),
            (METER, "1=10 3=13 4=14", "3-4:1", "", "nobody knows when it was added"),
            (METER, "1=10 2=. 3=13 4=14", "1-2:. 2-3:. 3-4:1", "", "a state is missing"),
            (METER, "1=990 2=5", "1-2:15", "", "it turned over"),
            (METER, "1=600 2=100", "1-2:500", "", "half of its way"),
            (METER, "1=600 2=100.000001", "", "more than half", "more than half of its way"),
            (METER, "1=400 2=5 3=6", "2-3:1", "it was reset", "and on from there"),
            (
                &reset,
                "1=990 2=5 3=6",
                "2-3:1",
                "the counter went back from 990 to 5 kWh: it was reset",
                "one that never turns over",
            ),
        ] {
            let (got, reasons) = told(settings, states);
            assert_eq!(got, readings, "{states}: {why}");
            assert!(reasons.contains(refused) && reasons.is_empty() == refused.is_empty(), "{states}: {reasons}");
        }
    }

    #[test]
    fn states_at_instants_are_differences_between_one_and_the_next() {
        let instants = METER.replace(", stamp = \"end\", every = \"1 h\"", ", every = \"instant\"");
        assert_eq!(told(&instants, "1=10 3=13 4=14").0, "1-3:3 3-4:1");
    }
}
