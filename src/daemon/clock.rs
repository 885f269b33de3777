//! The clock: the system's, one that jumps, or somebody else's.

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::to_millisecond;

/// What time it is, and how to wait. Instants are whole milliseconds.
#[derive(Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// One that stands still until it is told to jump: for recorded feeds.
    Virtual(Cell<DateTime<Utc>>),
    /// One that goes, and may step, as somebody else says.
    Told(Box<dyn Time>),
}

/// Who says what time it is.
pub trait Time: std::fmt::Debug + Send {
    /// The present instant, a whole millisecond.
    fn now(&self) -> DateTime<Utc>;

    /// How long to wait before it is looked again whether the instant has come.
    fn until(&self, instant: DateTime<Utc>) -> Duration;
}

impl Clock {
    /// A virtual clock that shows this instant.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self::Virtual(Cell::new(to_millisecond(instant)))
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed in")]
            Self::System => to_millisecond(Utc::now()),
            Self::Virtual(now) => now.get(),
            Self::Told(time) => time.now(),
        }
    }

    /// Whether it jumps: then nothing is waited for, and what is under way is finished first.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(_))
    }

    /// Returns at that instant, or at once where it has passed. The system's clock is looked at again at least every
    /// minute while something is due, so that a step of it or a suspended machine delays nothing for long.
    pub async fn sleep_until(&self, instant: DateTime<Utc>) {
        match self {
            Self::Virtual(now) => now.set(now.get().max(to_millisecond(instant))),
            Self::Told(time) => tokio::time::sleep(time.until(instant)).await,
            Self::System => {
                let left = (instant - self.now()).max(TimeDelta::zero());
                let left = left.to_std().unwrap_or(Duration::ZERO).min(Duration::from_secs(60));
                tokio::time::sleep(left).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The timer's own clock stands still here and jumps to whatever is waited for: no test waits, and how long was waited
    /// is known.
    fn waited(until: TimeDelta) -> Duration {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let begun = tokio::time::Instant::now();
            Clock::System.sleep_until(Clock::System.now() + until).await;
            begun.elapsed()
        })
    }

    #[test]
    fn c08_a_wait_of_years_is_cut_into_minutes_so_that_a_step_of_the_clock_delays_nothing_for_long() {
        assert_eq!(waited(TimeDelta::days(3_650)), Duration::from_secs(60));
    }

    #[test]
    fn c08_an_instant_that_has_passed_is_not_waited_for() {
        for ago in [TimeDelta::zero(), TimeDelta::seconds(-1), TimeDelta::days(-3_650)] {
            assert!(waited(ago) <= Duration::from_millis(1), "{ago}");
        }
    }

    #[test]
    fn c08_a_short_wait_runs_on_the_timer_and_not_on_the_clock() {
        let waited = waited(TimeDelta::seconds(10));
        assert!(waited > Duration::from_secs(9) && waited <= Duration::from_millis(10_001), "{waited:?}");
    }
}
