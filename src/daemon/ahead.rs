//! A clock that goes ahead by far: after a machine slept, after a long stop, or because it is wrong. Which of them it is,
//! readings say: nothing binds before a feed has told of a time near what the clock shows.

use chrono::{DateTime, TimeDelta, Utc};

use crate::observation::Knowledge;

/// Steps up to this are no news.
const STEP: TimeDelta = TimeDelta::days(1);
/// Feeds are late by so much and are believed all the same.
const NEAR: TimeDelta = TimeDelta::days(10);

/// What is known of the clock.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    last: Option<DateTime<Utc>>,
    /// When the clock had gone ahead, where no reading has borne it out yet.
    woke: Option<DateTime<Utc>>,
}

impl Ahead {
    /// Notes what the clock shows.
    pub(super) fn turn(&mut self, now: DateTime<Utc>) {
        if let Some(last) = self.last.filter(|last| now - *last > STEP) {
            tracing::warn!(id = "FG0403", %last, %now, "the clock went ahead by more than a day: nothing binds until a feed has told of a time near it");
            self.woke = Some(now);
        }
        self.last = Some(now);
    }

    /// Looks whether a reading bears the clock out.
    pub(super) fn look(&mut self, knowledge: &Knowledge, now: DateTime<Utc>) {
        let Some(woke) = self.woke else { return };
        let newest = knowledge.newest_end(now);
        if newest.is_some_and(|newest| newest >= woke - NEAR) {
            tracing::info!(id = "FG0404", "a feed has told of a time near what the clock shows");
            self.woke = None;
        }
    }

    /// Whether the clock went ahead and nothing has borne it out yet.
    pub(super) fn is_ahead(&self) -> bool {
        self.woke.is_some()
    }

    /// Whether nothing may bind yet that waits for readings for so long.
    pub(super) fn holds(&self, now: DateTime<Utc>, wait: TimeDelta) -> bool {
        self.woke.is_some_and(|woke| now < woke + wait.max(STEP))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::feed::at;
    use crate::observation::{Reading, Vintage};
    use crate::quantity::{Fixed, Unit, Variable};

    fn known(end: &str) -> Knowledge {
        let mut knowledge = Knowledge::new();
        let reading = Reading {
            station: Arc::from("s"),
            variable: Variable::Precipitation,
            start: at(end) - TimeDelta::hours(1),
            end: at(end),
            value: Some(Fixed::ZERO),
            unit: Unit::from_symbol("mm").unwrap(),
            vintage: Vintage::Final,
        };
        knowledge.learn(&Arc::from("asos"), &reading, at(end), 1);
        knowledge
    }

    #[test]
    fn c02_a_step_of_more_than_a_day_is_borne_out_by_a_reading_or_by_as_long_a_wait() {
        for (shows, newest, holds, why) in [
            ("2024-04-02 00:00", "2024-03-01 00:00", false, "a day, exactly"),
            ("2024-04-02 00:01", "2024-03-20 00:00", true, "more, and the newest reading is twelve days old"),
            ("2024-04-02 00:01", "2024-03-23 00:01", false, "ten days old, exactly"),
            ("2034-04-01 00:00", "2024-04-01 00:00", true, "ten years ahead"),
            ("2034-04-01 00:00", "2034-03-31 00:00", false, "ten years later"),
        ] {
            let mut ahead = Ahead::default();
            ahead.turn(at("2024-04-01 00:00"));
            ahead.turn(at(shows));
            ahead.look(&known(newest), at(shows));
            assert_eq!(ahead.holds(at(shows), TimeDelta::days(60)), holds, "{why}");
            assert!(!ahead.holds(at(shows) + TimeDelta::days(60), TimeDelta::days(60)), "{why}: waited as long");
        }
    }
}
