//! When a message is tried again, and how long an endpoint that fails is left alone. Pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

/// The waits behind the first attempt, the second, and so on. Behind the last one a message is parked.
///
/// Source: Standard Webhooks 1.0.0, "Deliverability and reliability".
pub const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

/// The longest rest of an endpoint that fails.
const LONGEST_REST: TimeDelta = TimeDelta::minutes(5);

/// When a message is tried again whose attempt number `attempt`, 1 the first, failed at `now`; none where it is parked.
///
/// The wait is that of [`WAITS`] and up to a tenth more, by a hash of `spread`, so that messages spread and a test repeats;
/// where the server names a longer one in `retry_after`, that.
pub fn next_attempt(
    attempt: i64,
    spread: &str,
    retry_after: Option<Duration>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let wait = *WAITS.get(usize::try_from(attempt - 1).ok()?)?;
    let hash: [u8; 32] = Sha256::digest(format!("{spread}/{attempt}")).into();
    let share = i32::from(u16::from_be_bytes([hash[0], hash[1]])); // of 65,536
    let jitter = wait * share / (10 * 65_536);
    let asked = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
    let wait = (wait + jitter).max(asked);
    Some(now + TimeDelta::milliseconds(wait.num_milliseconds()))
}

/// How long an endpoint is left alone after so many failures in a row: a second, two, four, up to five minutes. Meanwhile
/// its messages wait, and then it is tried by one of them.
pub fn rest_after(failures: u32) -> TimeDelta {
    match failures {
        0 => TimeDelta::zero(),
        failures => TimeDelta::seconds(1 << (failures - 1).min(20)).min(LONGEST_REST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    #[test]
    fn a_message_is_tried_ten_times_in_a_little_more_than_three_days() {
        let mut at = now();
        for attempt in 1..=9 {
            let next = next_attempt(attempt, "msg_a", None, at).expect("it is tried again");
            let wait = WAITS[usize::try_from(attempt - 1).unwrap()];
            assert!(next - at >= wait && next - at <= wait * 11 / 10, "attempt {attempt}: {}", next - at);
            at = next;
        }
        assert_eq!(next_attempt(10, "msg_a", None, at), None, "parked");
        let whole = at - now();
        assert!(whole >= TimeDelta::hours(75) && whole <= TimeDelta::hours(84), "{whole}");
    }

    #[test]
    fn messages_spread_and_each_repeats() {
        let times: std::collections::BTreeSet<_> =
            (0..50).map(|n| next_attempt(4, &format!("msg_{n}"), None, now()).unwrap()).collect();
        assert!(times.len() > 45, "{} instants", times.len());
        assert_eq!(next_attempt(4, "msg_1", None, now()), next_attempt(4, "msg_1", None, now()));
        assert!(times.iter().all(|at| at.timestamp_subsec_nanos() % 1_000_000 == 0), "whole milliseconds");
    }

    #[test]
    fn a_retry_after_makes_a_wait_longer_and_never_shorter() {
        let hour = Duration::from_secs(3_600);
        for (attempt, asked, least, most, why) in [
            (1, Some(hour), 3_600, 3_600, "longer than five seconds"),
            (4, Some(hour), 7_200, 7_920, "two hours are longer"),
            (1, Some(Duration::ZERO), 5, 6, "never shorter"),
            (1, None, 5, 6, "nothing is asked"),
        ] {
            let wait = next_attempt(attempt, "msg_a", asked, now()).unwrap() - now();
            assert!((least..=most).contains(&wait.num_seconds()), "{why}: {wait}");
        }
        assert_eq!(next_attempt(10, "msg_a", Some(hour), now()), None, "the table ends all the same");
    }

    #[test]
    fn rests_double_up_to_five_minutes() {
        let rests: Vec<_> = (0..12).map(|failures| rest_after(failures).num_seconds()).collect();
        assert_eq!(rests, [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(rest_after(u32::MAX).num_seconds(), 300);
    }
}
