//! How the loop does: the clock, what is not final, alerts.

use std::collections::BTreeMap;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Way {
    way: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alerting {
    kind: &'static str,
    about: String,
}

/// The loop.
#[derive(Clone, Debug, Default)]
pub struct CourseCounts {
    at_work: Gauge,
    clock: Family<Way, Gauge>,
    open: Gauge,
    held: Gauge,
    overdue: Gauge,
    correctable: Gauge,
    alerts: Family<Alerting, Gauge>,
}

const BACK: Way = Way { way: "back" };
const AHEAD: Way = Way { way: "ahead" };

impl CourseCounts {
    /// The book is bound and the loop turns.
    pub fn at_work(&self) {
        self.at_work.set(1);
    }

    /// Whether it turns.
    pub fn is_at_work(&self) -> bool {
        self.at_work.get() == 1
    }

    /// Whether the clock shows a time before the ledger's last entry, or has gone ahead and nothing bears it out.
    pub fn clock(&self, back: bool, ahead: bool) {
        self.clock.get_or_create(&BACK).set(back.into());
        self.clock.get_or_create(&AHEAD).set(ahead.into());
    }

    /// Whether the clock shows a time before the ledger's last entry.
    pub fn clock_is_back(&self) -> bool {
        self.clock.get(&BACK).is_some_and(|wrong| wrong.get() == 1)
    }

    /// Whether it went ahead and nothing has borne it out yet.
    pub fn clock_is_ahead(&self) -> bool {
        self.clock.get(&AHEAD).is_some_and(|wrong| wrong.get() == 1)
    }

    /// Settlements that are not final, those of them that are held, those that wait for nothing any more, and final ones that
    /// may still be corrected.
    pub fn settlements(&self, open: usize, held: usize, overdue: usize, correctable: usize) {
        let all = [(&self.open, open), (&self.held, held), (&self.overdue, overdue), (&self.correctable, correctable)];
        all.into_iter().for_each(|(gauge, number)| _ = gauge.set(number.try_into().unwrap_or(i64::MAX)));
    }

    /// What is alerted now: kind and what it is about, with how many of them. What is over is not there any more.
    pub fn alerts(&self, active: BTreeMap<(&'static str, String), i64>) {
        self.alerts.clear();
        for ((kind, about), number) in active {
            self.alerts.get_or_create(&Alerting { kind, about }).set(number);
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("at_work", "1 once the book is bound and the loop turns", self.at_work.clone());
        registry.register(
            "clock_wrong",
            "1 where the clock shows a time before the ledger's last entry (back), or went ahead by more than a day and no \
             reading bears it out (ahead)",
            self.clock.clone(),
        );
        for (name, help, gauge) in [
            ("settlements_open", "Settlements that are not final", &self.open),
            ("settlements_held", "Of these, those that are held until persons let them go", &self.held),
            ("settlements_overdue", "Of these, those that wait for nothing any more by their terms", &self.overdue),
            ("settlements_correctable", "Final settlements that later readings may correct", &self.correctable),
        ] {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "alerts",
            "Alerts that have held for a minute, by kind and by the feed or the two feeds that they are about",
            self.alerts.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is over is told no more, and the clock is well until it is not.
    #[test]
    fn what_is_over_is_gone() {
        let counts = CourseCounts::default();
        let mut registry = Registry::default();
        counts.register(&mut registry);
        let text = || {
            let mut text = String::new();
            prometheus_client::encoding::text::encode(&mut text, &registry).expect("a string");
            text
        };
        counts.alerts([(("silent", "asos".to_owned()), 1), (("late", "era5".to_owned()), 1)].into());
        assert!(text().contains("alerts{kind=\"silent\",about=\"asos\"} 1"), "{}", text());
        counts.alerts([(("late", "era5".to_owned()), 1)].into());
        assert!(!text().contains("silent") && text().contains("about=\"era5\""), "{}", text());
        assert!(!counts.clock_is_back() && !counts.clock_is_ahead());
        counts.clock(true, false);
        assert!(counts.clock_is_back() && !counts.clock_is_ahead());
        assert!(text().contains("clock_wrong{way=\"back\"} 1"), "{}", text());
    }
}
