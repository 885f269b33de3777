//! How long a feed that fails is left alone. Pure: the daemon asks by it, `fairgauge status` and `feed list` tell it.

use std::time::Duration;

use chrono::TimeDelta;

use super::poll::PollError;
use super::settings::FeedSettings;

/// After so many failures in a row the circuit is open: asking goes on at growing intervals, by one request.
pub const ENOUGH: u32 = 5;

/// Between two trials of an open circuit, unless the feed's own interval is longer.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// The longest wait after so many failures in a row; half of it is certain, the rest is spread.
///
/// Up to [`ENOUGH`] failures it is 20 s, doubled each time, at most the poll interval: it may have passed soon. From
/// then on it grows beyond the interval, up to an hour. A file costs nobody anything: its interval is never passed.
pub fn wait_after(failures: u32, feed: &FeedSettings) -> TimeDelta {
    let interval = interval(feed.poll);
    let soon = TimeDelta::seconds(10 * (1 << failures.min(8))).min(interval);
    if failures < ENOUGH || feed.host().is_none() {
        return soon;
    }
    let doubled = 1 << (failures - ENOUGH + 1).min(16);
    (interval.min(LONGEST_PAUSE) * doubled).min(LONGEST_PAUSE).max(interval)
}

/// So many failures in a row, of which the last is of this class, as they count for a wait. A fetcher that is not there is
/// soon back, and asking it costs nobody anything: it opens no circuit.
pub fn counted(failures: u32, class: &str) -> u32 {
    if PollError::OF_FETCHER.contains(&class) { failures.min(ENOUGH - 1) } else { failures }
}

/// A poll interval as a difference of instants.
pub fn interval(poll: Duration) -> TimeDelta {
    TimeDelta::from_std(poll).unwrap_or(TimeDelta::days(365))
}

impl PollError {
    /// Whether it says something of the server, for all feeds that ask it, and not of one feed's question.
    pub fn is_of_server(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Tls { .. } | Self::Timeout { .. } | Self::Truncated { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::tests::{CSV, feed};
    use super::*;

    fn polled(every: &str, origin: &str) -> FeedSettings {
        feed(&CSV.replace("file = \"asos.csv\"", origin).replace("\"6 h\"", &format!("\"{every}\"")))
    }

    #[test]
    fn waits_grow_from_the_interval_on_when_the_circuit_is_open() {
        let url = "url = \"https://host.example/\"";
        for (every, origin, waits) in [
            ("10 min", url, [20, 40, 80, 160, 1_200, 2_400, 3_600, 3_600, 3_600]),
            ("1 s", url, [1, 1, 1, 1, 2, 4, 8, 16, 32]),
            ("6 h", url, [20, 40, 80, 160, 21_600, 21_600, 21_600, 21_600, 21_600]),
            ("10 min", "file = \"a\"", [20, 40, 80, 160, 320, 600, 600, 600, 600]),
        ] {
            let feed = polled(every, origin);
            let got: Vec<_> = (1..).take(9).map(|failures| wait_after(failures, &feed).num_seconds()).collect();
            assert_eq!(got, waits, "{every} {origin}");
            assert!(wait_after(u32::MAX, &feed).num_seconds() <= 21_600);
            let fetcher = wait_after(counted(u32::MAX, "fetcher"), &feed).num_seconds();
            assert_eq!(fetcher, waits[3], "a fetcher that is away is asked on");
            assert_eq!(counted(u32::MAX, "connect"), u32::MAX);
        }
    }
}
