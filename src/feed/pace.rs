//! Whether a body comes fast enough to be waited for.

use std::time::Duration;

use tokio::time::Instant;

/// Bytes a second. A body that comes more slowly for a whole window would hold a poll for as long as it may last.
const LEAST: u64 = 256;

/// How fast a body comes.
pub(super) struct Pace {
    window: Duration,
    begun: Instant,
    bytes: u64,
}

impl Pace {
    /// Of a body that begins now. It is looked at over a third of the whole time, for which it may also be silent.
    pub(super) fn new(whole: Duration, now: Instant) -> Self {
        Self { window: whole / 3, begun: now, bytes: 0 }
    }

    /// Takes note of bytes; says whether all of the window that ends now was too slow.
    pub(super) fn is_too_slow(&mut self, bytes: usize, now: Instant) -> bool {
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        let passed = now.duration_since(self.begun);
        if passed < self.window {
            return false;
        }
        let slow = u128::from(self.bytes) * 1_000 < u128::from(LEAST) * passed.as_millis();
        (self.begun, self.bytes) = (now, 0);
        slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chunks of so many bytes, so many milliseconds apart; after how many seconds it is given up.
    fn given_up(chunk: usize, apart_ms: u64) -> Option<u64> {
        let begun = Instant::now();
        let mut pace = Pace::new(Duration::from_secs(30), begun);
        let at = |chunks: u64| Duration::from_millis(apart_ms * chunks);
        (1..)
            .map(at)
            .take_while(|at| at.as_secs() < 120)
            .find(|at| pace.is_too_slow(chunk, begun + *at))
            .map(|at| at.as_secs())
    }

    #[test]
    fn n03_a_byte_a_second_is_given_up_after_a_window() {
        assert_eq!(given_up(1, 1_000), Some(10), "the slow loris");
    }

    #[test]
    fn n03_the_least_rate_is_enough() {
        assert_eq!(given_up(256, 1_000), None, "exactly");
        assert_eq!(given_up(255, 1_000), Some(10), "a byte a second less");
        assert_eq!(given_up(16 << 10, 9_000), None, "in bursts");
        assert_eq!(given_up(1 << 20, 1), None, "fast");
    }

    #[test]
    fn n03_a_body_that_becomes_slow_is_given_up() {
        let begun = Instant::now();
        let mut pace = Pace::new(Duration::from_secs(30), begun);
        assert!(!pace.is_too_slow(1 << 30, begun + Duration::from_secs(10)), "a fast first window");
        assert!(!pace.is_too_slow(1, begun + Duration::from_secs(19)), "the second has not ended");
        assert!(pace.is_too_slow(1, begun + Duration::from_secs(20)), "what came before does not count");
    }
}
