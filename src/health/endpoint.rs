//! Endpoints of webhooks that take nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::Alert;
use crate::ledger::EndpointStatus;

/// For so long an endpoint may fail before a person has to look: a deployment, a restart.
pub const FAILS_LONG: TimeDelta = TimeDelta::hours(1);

/// What deserves a look of an endpoint.
pub fn untold(status: &EndpointStatus, now: DateTime<Utc>) -> Vec<Alert> {
    let endpoint = || status.endpoint.clone();
    let failing = status.failing_since.filter(|since| now - *since >= FAILS_LONG && !status.gone);
    let parked = (status.parked > 0).then(|| Alert::Parked { endpoint: endpoint(), messages: status.parked });
    let gone = status.gone.then(|| Alert::Gone { endpoint: endpoint(), messages: status.waiting });
    let untold = failing.map(|since| Alert::Untold {
        endpoint: endpoint(),
        since,
        messages: status.waiting,
        last: status.last_detail.clone().unwrap_or_default(),
    });
    parked.into_iter().chain(gone).chain(untold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::at;

    #[test]
    fn parked_messages_gone_endpoints_and_an_hour_of_failures_deserve_a_look() {
        let now = at("2013-06-01 12:00");
        let well = EndpointStatus { endpoint: "acme".into(), waiting: 3, delivered: 9, ..EndpointStatus::default() };
        let failing = |since: &str| EndpointStatus { failing_since: Some(at(since)), failures: 4, ..well.clone() };
        for (status, words, why) in [
            (well.clone(), vec![], "messages may wait"),
            (failing("2013-06-01 11:01"), vec![], "not yet an hour"),
            (failing("2013-06-01 11:00"), vec!["taken nothing since 2013-06-01T11:00:00Z"], "an hour"),
            (EndpointStatus { parked: 2, ..well.clone() }, vec!["2 messages for acme are parked"], "parked"),
            (
                EndpointStatus { gone: true, ..failing("2013-05-01 00:00") },
                vec!["(410)"],
                "gone, and no more than that",
            ),
            (EndpointStatus { parked: 1, ..failing("2013-05-01 00:00") }, vec!["parked", "taken nothing"], "both"),
        ] {
            let alerts: Vec<_> = untold(&status, now).iter().map(ToString::to_string).collect();
            assert_eq!(alerts.len(), words.len(), "{why}: {alerts:?}");
            assert!(alerts.iter().zip(&words).all(|(alert, words)| alert.contains(words)), "{why}: {alerts:?}");
        }
    }
}
