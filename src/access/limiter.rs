//! How often somebody may ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// No more of them are remembered.
const MOST: usize = 65_536;

/// A rate with a burst for each of many, by the generic cell rate algorithm.
#[derive(Debug)]
pub(super) struct Limiter<K> {
    /// Time that one request takes up.
    each: Duration,
    /// How far ahead somebody may be.
    burst: Duration,
    /// Until when what each asked takes up time.
    until: HashMap<K, Duration>,
}

impl<K: Eq + Hash> Limiter<K> {
    /// So many a minute, `burst` of them at once.
    pub fn new(a_minute: u32, burst: u32) -> Self {
        let each = Duration::from_secs(60) / a_minute;
        Self { each, burst: each * burst, until: HashMap::new() }
    }

    /// Whether somebody has asked too often by now; how long to wait then.
    pub fn wait(&self, who: &K, now: Duration) -> Option<Duration> {
        let next = self.until.get(who).copied().unwrap_or_default().max(now) + self.each;
        next.checked_sub(now + self.burst).filter(|wait| !wait.is_zero())
    }

    /// Takes note of a request.
    pub fn count(&mut self, who: K, now: Duration) {
        if self.until.len() >= MOST {
            self.until.retain(|_, until| *until > now);
        }
        // Of more than can be remembered, nobody is held back wrongly.
        if self.until.len() < MOST || self.until.contains_key(&who) {
            let until = self.until.entry(who).or_default();
            *until = (*until).max(now) + self.each;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut limiter = Limiter::new(60, 3);
        let second = Duration::from_secs;
        let mut ask = |who, now| {
            let wait = limiter.wait(&who, now);
            if wait.is_none() {
                limiter.count(who, now);
            }
            wait
        };
        for (who, now, wait, why) in [
            ("a", second(100), None, "first"),
            ("a", second(100), None, "second of the burst"),
            ("a", second(100), None, "third"),
            ("a", second(100), Some(second(1)), "the burst is used up"),
            ("b", second(100), None, "another one"),
            ("a", Duration::from_millis(100_999), Some(Duration::from_millis(1)), "nearly"),
            ("a", second(101), None, "one a second"),
            ("a", second(101), Some(second(1)), "and no more"),
            ("a", second(200), None, "rested"),
            ("a", second(200), None, "a whole burst again"),
        ] {
            assert_eq!(ask(who, now), wait, "{why}");
        }
    }

    #[test]
    fn no_more_are_remembered_than_fit() {
        let mut limiter = Limiter::new(60, 1);
        let mut now = Duration::from_secs(1);
        for who in 0..(MOST + 10) {
            limiter.count(who, now);
        }
        assert_eq!(limiter.until.len(), MOST);
        now += Duration::from_secs(2);
        limiter.count(MOST + 11, now);
        assert_eq!(limiter.until.len(), 1, "those that may ask again are forgotten");
    }
}
