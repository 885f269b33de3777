//! Alerts on their way into the log: each once when it has held for a while, and once when it is over.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Daemon, DaemonError};
use crate::contract::Book;
use crate::health::{Alert, Pairs, Watermarks, compared, disagreeing, late, needed, silent};

/// How often it is looked, and how long an alert has held before it is said: what comes within a minute of a start or of
/// a reload is on its way.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// What is watched, and what was said.
#[derive(Default)]
pub(super) struct Watch {
    needed: Watermarks,
    compared: Pairs,
    looked: Option<DateTime<Utc>>,
    begun: Option<DateTime<Utc>>,
    /// By subject.
    known: BTreeMap<String, Known>,
}

/// An alert that holds.
struct Known {
    since: DateTime<Utc>,
    was_said: bool,
    /// Its kind, and the feeds that it is about.
    about: (&'static str, String),
}

/// What the log says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// This has held for a while.
    Begun(Alert),
    /// The subject of an alert that is over.
    Over(String),
}

impl Watch {
    pub(super) fn of(book: &Book, now: DateTime<Utc>) -> Self {
        Self { needed: needed(book), compared: compared(book), begun: Some(now), ..Self::default() }
    }

    /// Whether it is time to look.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.begun.is_some() && self.looked.is_none_or(|last| now - last >= EVERY)
    }

    /// Takes note of what holds now, and says what is to be said.
    fn note(&mut self, alerts: Vec<Alert>, now: DateTime<Utc>) -> Vec<Said> {
        self.looked = Some(now);
        let mut said = Vec::new();
        let subjects: Vec<_> = alerts.iter().map(Alert::subject).collect();
        self.known.retain(|subject, known| {
            let holds = subjects.contains(subject);
            if !holds && known.was_said {
                said.push(Said::Over(subject.clone()));
            }
            holds
        });
        for (alert, subject) in alerts.into_iter().zip(subjects) {
            let begun = || Known { since: now, was_said: false, about: alert.about() };
            let known = self.known.entry(subject).or_insert_with(begun);
            if !known.was_said && now - known.since >= EVERY {
                known.was_said = true;
                said.push(Said::Begun(alert));
            }
        }
        said
    }

    /// What was said and is not over, by kind and feeds, with how many there are of each.
    pub(super) fn active(&self) -> BTreeMap<(&'static str, String), i64> {
        let mut active = BTreeMap::new();
        for known in self.known.values().filter(|known| known.was_said) {
            *active.entry(known.about.clone()).or_default() += 1;
        }
        active
    }
}

impl Daemon {
    /// Looks after everything once a minute.
    pub(super) async fn watch(&mut self, now: DateTime<Utc>) -> Result<(), DaemonError> {
        if !self.watch.is_due(now) {
            return Ok(());
        }
        let series = self.watch.needed.keys().filter_map(|key| {
            let end = self.knowledge.series(key)?.watermark(now)?;
            Some((key.clone(), DateTime::from_timestamp(end, 0)?))
        });
        let marks: Watermarks = series.collect();
        let begun = self.watch.begun.unwrap_or(now);
        let mut alerts = Vec::new();
        for state in self.feeds.values() {
            alerts.extend(late(&state.settings, &self.watch.needed, &marks, now));
            let stays = state.took.1.filter(|_| state.failures == 0);
            alerts.extend(silent(&state.settings, state.last_ok, stays, begun, now));
        }
        alerts.extend(disagreeing(&self.watch.compared, &self.knowledge, now));
        self.board.put(now, alerts.clone());
        for said in self.watch.note(alerts, now) {
            match said {
                Said::Begun(alert) => {
                    tracing::warn!(id = "FG0106", alert = %alert.subject(), "{alert}");
                    self.note_silence(&alert, now).await?;
                }
                Said::Over(subject) => tracing::info!(id = "FG0107", alert = %subject, "over: {subject}"),
            }
        }
        self.count(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn silence(feed: &str, last: i64) -> Alert {
        Alert::Silent { feed: feed.to_owned(), last_answer: Some(at(last)) }
    }

    #[test]
    fn an_alert_is_said_once_when_it_has_held_for_a_minute_and_once_when_it_is_over() {
        let mut watch = Watch { begun: Some(at(0)), ..Watch::default() };
        for (now, holds, said, why) in [
            (0, vec![silence("a", -9)], vec![], "it may pass"),
            (59, vec![silence("a", -9)], vec![], "not yet a minute"),
            (60, vec![silence("a", -9), silence("b", 0)], vec![Said::Begun(silence("a", -9))], "a minute"),
            (120, vec![silence("a", -9)], vec![], "said once; b passed unsaid"),
            (180, vec![silence("b", 9)], vec![Said::Over("silent a".to_owned())], "over"),
            (240, vec![silence("a", 9), silence("b", 9)], vec![Said::Begun(silence("b", 9))], "counted anew"),
            (300, vec![], vec![Said::Over("silent b".to_owned())], "only what was said is over"),
        ] {
            assert_eq!(watch.note(holds, at(now)), said, "{why}");
            let told = watch.known.iter().filter(|(_, known)| known.was_said).map(|(subject, _)| subject.clone());
            let active = watch.active().into_keys().map(|(kind, about)| format!("{kind} {about}"));
            assert_eq!(active.collect::<Vec<_>>(), told.collect::<Vec<_>>(), "{why}: what was said and is not over");
        }
        assert!(watch.is_due(at(360)) && !watch.is_due(at(359)));
        assert!(!Watch::default().is_due(at(0)), "a replay watches nothing");
    }
}
