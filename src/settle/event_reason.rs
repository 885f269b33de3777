//! What became of the events of a period.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::trigger::Trigger;
use super::words::shown;
use crate::payout::Modified;
use crate::quantity::{Currency, Exact, Unit};

/// Why an event that would pay bears nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// It began before the waiting was over.
    Waiting,
    /// As many as may pay have paid.
    Enough,
    /// It began too soon behind the one that paid.
    TooSoon,
    /// It is one of the first, which bear nothing.
    Skipped,
}

impl Passed {
    /// All.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Enough, Self::TooSoon, Self::Skipped];

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Waiting => "it began before the waiting was over",
            Self::Enough => "as many as may pay have paid",
            Self::TooSoon => "it began too soon behind the one that paid before",
            Self::Skipped => "it is one of the first, which bear nothing",
        }
    }
}

/// What the events of a period come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsReason {
    /// Whether they are storms.
    pub storms: bool,
    /// Where one begins to pay.
    pub trigger: Trigger,
    /// The unit of their numbers.
    pub unit: Unit,
    /// What became of them.
    pub became: Became,
}

/// What became of the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// There was none.
    None,
    /// So many would pay and none does; the first of them for this.
    PassedOver(usize, Passed),
    /// A modifier left nothing of it.
    Taken(OneEvent, Modified, Currency),
    /// Of so many none reaches it; the nearest to it.
    NotReached(usize, OneEvent),
    /// This one pays, of so many the most.
    Pays(usize, OneEvent),
    /// So many pay, this one the most.
    Each(usize, OneEvent),
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneEvent {
    /// The storm's name; none of what has no name.
    pub name: Option<String>,
    /// When it was as it pays.
    pub at: DateTime<Utc>,
    /// The insured day of that.
    pub on: NaiveDate,
    /// Its number.
    pub index: Exact,
}

impl EventsReason {
    fn noun(&self) -> &'static str {
        if self.storms { "storm" } else { "event" }
    }

    fn trigger(&self) -> String {
        match self.trigger {
            Trigger::Grid { .. } => "its cell of the grid".to_owned(),
            trigger => trigger.to_string(),
        }
    }

    /// `2024253N11148 of 2024-09-15 with 72.5 kt`, a storm by its day in UTC, all else by the insured day.
    fn named(&self, event: &OneEvent) -> String {
        let (index, unit) = (shown(event.index), self.unit);
        match &event.name {
            Some(name) => format!("{name} of {} with {index} {unit}", event.at.format("%Y-%m-%d")),
            None => format!("of {} with {index} {unit}", event.on),
        }
    }
}

impl fmt::Display for EventsReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (noun, trigger, named) = (self.noun(), self.trigger(), |event: &OneEvent| self.named(event));
        match &self.became {
            Became::None if self.storms => f.write_str("no storm came into the area"),
            Became::None => f.write_str("there was no event"),
            Became::PassedOver(1, first) => {
                write!(f, "one {noun} reaches {trigger}, but does not pay: {}", first.words())
            }
            Became::PassedOver(reached, first) => {
                let first = first.words();
                write!(f, "{reached} {noun}s reach {trigger}, but none pays; of the first of them: {first}")
            }
            Became::Taken(event, by, currency) => {
                let (event, way) = (named(event), by.words(*currency));
                write!(f, "{noun} {event} reaches {trigger}, but nothing is due: {way}")
            }
            Became::NotReached(1, event) => write!(f, "{noun} {} does not reach {trigger}", named(event)),
            Became::NotReached(many, event) => {
                let came = if self.storms { "storms came into the area" } else { "events" };
                write!(f, "{many} {came}, none reaches {trigger}; the nearest to it: {}", named(event))
            }
            Became::Pays(1, event) => write!(f, "{noun} {} pays", named(event)),
            Became::Pays(_, event) => write!(f, "{noun} {} pays most", named(event)),
            Became::Each(paying, event) => write!(f, "{paying} {noun}s pay, most of them {}", named(event)),
        }
    }
}
