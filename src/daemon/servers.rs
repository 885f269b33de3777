//! Servers that several feeds ask: what one of them finds out, the others need not.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::feed::patience::ENOUGH;

/// Servers by host and port.
#[derive(Debug, Default)]
pub(super) struct Servers(BTreeMap<String, Server>);

#[derive(Debug, Default)]
struct Server {
    /// Failures in a row that say something of the server, of all feeds together.
    failures: u32,
    /// Until when it is left alone: it wants to be, or its circuit is open.
    until: Option<DateTime<Utc>>,
    /// Whether a request is under way that tries it.
    on_trial: bool,
}

/// How a server's circuit has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is left alone from now on.
    Opened,
    /// It is asked as usual again.
    Closed,
}

impl Server {
    fn is_open(&self) -> bool {
        self.failures >= ENOUGH
    }
}

impl Servers {
    /// When a feed that is due may ask; none while another one tries the server.
    pub(super) fn may_be_asked(&self, host: Option<&str>, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Some(server) = host.and_then(|host| self.0.get(host)) else { return Some(due) };
        if server.on_trial { None } else { Some(server.until.map_or(due, |until| due.max(until))) }
    }

    /// A feed asks; whether that is the trial of a server that has failed for long.
    pub(super) fn ask(&mut self, host: Option<&str>) -> bool {
        let Some(server) = host.and_then(|host| self.0.get_mut(host)) else { return false };
        server.on_trial = server.is_open();
        server.on_trial
    }

    /// A server answered, be it well or with a fault of the question.
    pub(super) fn answered(&mut self, host: Option<&str>) -> Option<Turn> {
        let server = host.and_then(|host| self.0.remove(host))?;
        server.is_open().then_some(Turn::Closed)
    }

    /// A feed that was to ask did not.
    pub(super) fn not_asked(&mut self, host: Option<&str>) -> Option<Turn> {
        if let Some(server) = host.and_then(|host| self.0.get_mut(host)) {
            server.on_trial = false;
        }
        None
    }

    /// A server failed. The feed that asked waits for `wait`; where the server wants to be left alone, or has failed
    /// often enough, so do all others.
    pub(super) fn failed(
        &mut self,
        host: Option<&str>,
        now: DateTime<Utc>,
        wait: TimeDelta,
        left_alone: bool,
    ) -> Option<Turn> {
        let server = self.0.entry(host?.to_owned()).or_default();
        let was_open = server.is_open();
        server.failures = server.failures.saturating_add(1);
        server.on_trial = false;
        server.until = (server.is_open() || left_alone).then(|| now + wait);
        (server.is_open() && !was_open).then_some(Turn::Opened)
    }

    /// Nobody is under way any more.
    pub(super) fn forget_trials(&mut self) {
        self.0.values_mut().for_each(|server| server.on_trial = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Option<&str> = Some("host.example");

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// A server that has failed so often, each time left alone for a minute.
    fn failed(times: i64) -> Servers {
        let mut servers = Servers::default();
        for time in 0..times {
            assert!(!servers.ask(HOST));
            let turn = servers.failed(HOST, at(time), TimeDelta::minutes(1), false);
            assert_eq!(turn, (time + 1 == i64::from(ENOUGH)).then_some(Turn::Opened));
        }
        servers
    }

    #[test]
    fn a_server_that_fails_is_left_alone_by_all_feeds() {
        let servers = failed(4);
        assert_eq!(servers.may_be_asked(HOST, at(5)), Some(at(5)), "four failures are not enough");
        let servers = failed(5);
        assert_eq!(servers.may_be_asked(HOST, at(5)), Some(at(64)), "a minute from the fifth one");
        assert_eq!(servers.may_be_asked(HOST, at(100)), Some(at(100)));
        assert_eq!(servers.may_be_asked(Some("other.example"), at(5)), Some(at(5)), "another server");
        assert_eq!(servers.may_be_asked(None, at(5)), Some(at(5)), "a file");
    }

    #[test]
    fn one_feed_tries_it_for_all() {
        let mut servers = failed(5);
        assert!(servers.ask(HOST), "the first one that may is the trial");
        assert_eq!(servers.may_be_asked(HOST, at(100)), None, "the others wait for it");
        assert_eq!(servers.failed(HOST, at(100), TimeDelta::minutes(2), false), None, "it was open");
        assert_eq!(servers.may_be_asked(HOST, at(100)), Some(at(220)));
        assert!(servers.ask(HOST));
        assert_eq!(servers.answered(HOST), Some(Turn::Closed));
        assert_eq!((servers.may_be_asked(HOST, at(221)), servers.ask(HOST)), (Some(at(221)), false));
        assert_eq!(servers.answered(HOST), None, "it was closed");
    }

    #[test]
    fn n08_what_one_feed_is_told_holds_for_all_of_its_server() {
        let mut servers = Servers::default();
        assert_eq!(servers.failed(HOST, at(0), TimeDelta::days(1), true), None);
        assert_eq!(servers.may_be_asked(HOST, at(5)), Some(at(86_400)));
        assert!(!servers.ask(HOST), "one failure opens no circuit");
    }

    #[test]
    fn a_trial_that_was_cut_off_is_forgotten() {
        let mut servers = failed(5);
        assert!(servers.ask(HOST));
        servers.forget_trials();
        assert_eq!(servers.may_be_asked(HOST, at(100)), Some(at(100)));
    }
}
