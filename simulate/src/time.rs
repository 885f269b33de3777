//! Time: the true one, which goes on evenly, and what the machine's clock shows of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::daemon::Time;
use tokio::time::Instant;

/// A step of the clock.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// When, in milliseconds of true time.
    pub at_ms: i64,
    /// By how much, ahead or back.
    pub by_ms: i64,
}

/// True time since the beginning, and the clock.
#[derive(Debug)]
pub struct SimTime {
    begun: Instant,
    first: DateTime<Utc>,
    /// In the order of time.
    steps: Vec<Step>,
}

impl SimTime {
    /// Time that begins now, inside of a runtime whose time is paused, and shows `first`.
    pub fn new(first: DateTime<Utc>, mut steps: Vec<Step>) -> Arc<Self> {
        steps.sort_by_key(|step| step.at_ms);
        Arc::new(Self { begun: Instant::now(), first, steps })
    }

    /// Milliseconds since the beginning.
    pub fn elapsed_ms(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_millis()).expect("not so long")
    }

    /// The true time.
    pub fn truth(&self) -> DateTime<Utc> {
        self.first + TimeDelta::milliseconds(self.elapsed_ms())
    }

    /// What the clock shows.
    pub fn shown(&self) -> DateTime<Utc> {
        self.shown_at(self.elapsed_ms())
    }

    fn shown_at(&self, elapsed: i64) -> DateTime<Utc> {
        let stepped: i64 = self.steps.iter().take_while(|step| step.at_ms <= elapsed).map(|step| step.by_ms).sum();
        self.first + TimeDelta::milliseconds(elapsed + stepped)
    }

    /// The earliest instant that the clock shows from now on for so long.
    pub fn shown_within(&self, span: Duration) -> DateTime<Utc> {
        let elapsed = self.elapsed_ms();
        let until = elapsed + i64::try_from(span.as_millis()).expect("not so long");
        let soon = self.steps.iter().map(|step| step.at_ms).filter(|at| (elapsed..=until).contains(at));
        soon.map(|at| self.shown_at(at)).chain([self.shown_at(elapsed)]).min().expect("now is one")
    }

    /// Whether the clock has been right for so long.
    pub fn is_right_since(&self, ms: i64) -> bool {
        let elapsed = self.elapsed_ms();
        self.shown() == self.truth() && !self.steps.iter().any(|step| (elapsed - ms..=elapsed).contains(&step.at_ms))
    }
}

/// The clock that the daemon looks at.
#[derive(Debug)]
pub struct SimClock(pub Arc<SimTime>);

impl Time for SimClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.shown()
    }

    /// The system's clock is looked at again each minute. Here nothing is to be seen before it steps, so that it is
    /// looked at again in the minute behind the next step.
    fn until(&self, instant: DateTime<Utc>) -> Duration {
        const MINUTE_MS: i64 = 60_000;
        let left = (instant - self.0.shown()).num_milliseconds().max(0);
        let elapsed = self.0.elapsed_ms();
        let next = self.0.steps.iter().map(|step| step.at_ms - elapsed).find(|until| *until > 0);
        let left = match next {
            Some(until) if until < left => left.min((until / MINUTE_MS + 1) * MINUTE_MS),
            _ => left,
        };
        Duration::from_millis(left.unsigned_abs())
    }
}
