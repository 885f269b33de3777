//! What each source gave to a settlement, as the ledger keeps it.

use std::sync::Arc;

use crate::index::{Disposition, SourceUse};

/// One source of a settlement, and what became of what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The feed's name in the settings.
    pub feed: Arc<str>,
    /// The station's name in the feed; of tracks `*`.
    pub station: Arc<str>,
    /// The name of what is measured.
    pub variable: String,
    /// The family of the feed, where the term sheet gives it one.
    pub family: Option<String>,
    /// What became of it as a whole.
    pub disposition: Disposition,
    /// How many of its slots are of each of [`Disposition::OF_SLOTS`], in that order.
    pub slots: [i64; Disposition::OF_SLOTS.len()],
    /// Where it was asked for one slot only: the number that it gave, a decimal in shortest form, and its unit.
    pub value: Option<(String, String)>,
}

impl Given {
    /// How many slots it was asked for.
    pub fn asked(&self) -> i64 {
        self.slots.iter().sum()
    }

    /// How many of them are of a disposition; none of one that is of sources only.
    pub fn of(&self, disposition: Disposition) -> i64 {
        let slots = Disposition::OF_SLOTS.into_iter().zip(self.slots);
        slots.filter(|(one, _)| *one == disposition).map(|(_, slots)| slots).sum()
    }
}

/// What each source gave, in the order of feed, station and variable; what several blocks read alike stands there once.
pub(super) fn sources(uses: &[SourceUse]) -> Vec<Given> {
    let count = |slots: usize| i64::try_from(slots).expect("a period has few slots");
    let of = |used: &SourceUse| Given {
        feed: plain(&used.series.feed),
        station: plain(&used.series.station),
        variable: used.series.variable.name().to_owned(),
        family: used.family.as_ref().map(|family| plain(&family.as_str().into()).to_string()),
        disposition: used.disposition(),
        slots: used.slots().map(count),
        value: used.value.map(|(value, unit)| (value.to_string(), unit.symbol().to_owned())),
    };
    let mut sources: Vec<_> = uses.iter().map(of).collect();
    sources.sort();
    sources.dedup();
    sources
}

/// The most characters of a name in a determination.
const MOST_OF_NAME: usize = 200;

/// A name as it may stand in an entry; no feed has said anything of one that may not.
fn plain(name: &Arc<str>) -> Arc<str> {
    if name.len() <= MOST_OF_NAME && !name.chars().any(char::is_control) {
        return name.clone();
    }
    let plain = name.chars().take(MOST_OF_NAME).map(|c| if c.is_control() { '\u{fffd}' } else { c });
    plain.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_counted_by_what_became_of_them() {
        let (feed, station, variable) = ("asos".into(), "JFK".into(), "precipitation".to_owned());
        let (family, value) = (None, None);
        let slots = [1, 2, 4, 8, 16, 32];
        let given = Given { feed, station, variable, family, disposition: Disposition::Used, slots, value };
        assert_eq!(given.asked(), 63);
        assert_eq!(Disposition::OF_SLOTS.map(|one| given.of(one)), slots);
        assert_eq!(given.of(Disposition::Spare), 0, "no slot is spare by itself");
    }

    #[test]
    fn names_stand_in_an_entry_as_they_may() {
        let long = "站".repeat(MOST_OF_NAME);
        for (name, expected) in [
            ("JFK", "JFK"),
            ("a\tb", "a\u{fffd}b"),
            (&"s".repeat(MOST_OF_NAME), &*"s".repeat(MOST_OF_NAME)),
            (&"s".repeat(MOST_OF_NAME + 1), &*"s".repeat(MOST_OF_NAME)),
            (&format!("{long}站"), &long),
        ] {
            assert_eq!(&*plain(&name.into()), expected);
        }
    }
}
