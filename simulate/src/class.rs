//! The classes of faults, which of them a seed switches on, and how often each one struck.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::chance::Chance;

/// A class of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// The process is killed between two turns.
    Kill,
    /// The process is killed in the midst of writing to the disk.
    KillInWrite,
    /// The power fails in the midst of writing to the disk, or of bringing it there.
    PowerCut,
    /// After a power cut a write that was not brought to the disk is gone.
    LostWrite,
    /// After a power cut some sectors of a write are there, others not.
    TornWrite,
    /// A sync fails, and whether what it was to bring to the disk is there shows later.
    FailedSync,
    /// No more room on the disk for a while.
    FullDisk,
    /// A read fails.
    FailedRead,
    /// A write fails, with a part of it written.
    ShortWrite,
    /// The daemon is asked to stop, and started again.
    Stop,
    /// The daemon is asked to read its settings again.
    Reload,
    /// The clock goes back for a while.
    ClockBack,
    /// The clock goes ahead for a while.
    ClockAhead,
    /// A server cannot be reached for hours or days.
    Outage,
    /// A server does not answer in time.
    Slow,
    /// A server says 5xx.
    ServerError,
    /// A server says 429, and until when it wants to be left alone.
    TooMany,
    /// A body ends in its midst.
    Truncated,
    /// A page for people instead of data.
    Page,
    /// The rows of another station.
    WrongStation,
    /// A number that stands for none.
    Sentinel,
    /// Rows of days that have not come.
    Future,
    /// Rows twice.
    Repeated,
    /// Two values for one interval.
    Conflict,
    /// A reading is published days later than the others.
    Late,
    /// A reading is never published.
    Missing,
    /// A reading is published anew with another value.
    Revised,
    /// Persons act: what is no fault by itself goes wrong around faults.
    Acts,
}

impl Class {
    /// All with their names.
    pub const ALL: [(Self, &'static str); 28] = [
        (Self::Kill, "kill"),
        (Self::KillInWrite, "kill-in-write"),
        (Self::PowerCut, "power-cut"),
        (Self::LostWrite, "lost-write"),
        (Self::TornWrite, "torn-write"),
        (Self::FailedSync, "failed-sync"),
        (Self::FullDisk, "full-disk"),
        (Self::FailedRead, "failed-read"),
        (Self::ShortWrite, "short-write"),
        (Self::Stop, "stop"),
        (Self::Reload, "reload"),
        (Self::ClockBack, "clock-back"),
        (Self::ClockAhead, "clock-ahead"),
        (Self::Outage, "outage"),
        (Self::Slow, "slow"),
        (Self::ServerError, "server-error"),
        (Self::TooMany, "too-many"),
        (Self::Truncated, "truncated"),
        (Self::Page, "page"),
        (Self::WrongStation, "wrong-station"),
        (Self::Sentinel, "sentinel"),
        (Self::Future, "future"),
        (Self::Repeated, "repeated"),
        (Self::Conflict, "conflict"),
        (Self::Late, "late"),
        (Self::Missing, "missing"),
        (Self::Revised, "revised"),
        (Self::Acts, "acts"),
    ];

    /// Faults of what is published, whoever asks: they belong to the world, not to the run.
    const OF_THE_WORLD: [Self; 3] = [Self::Late, Self::Missing, Self::Revised];

    fn bit(self) -> u32 {
        1 << (self as u8)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes(u32);

impl Classes {
    /// What a seed switches on of the run's own: each class by chance, in some seeds few and in some nearly all.
    pub fn of_run(chance: &mut Chance) -> Self {
        let often = *chance.one_of(&[150, 300, 500, 800]);
        let is_own = |class: &Class| !Class::OF_THE_WORLD.contains(class) && *class != Class::Acts;
        let drawn = Class::ALL.iter().filter(|(class, _)| is_own(class));
        let mut set = Self(drawn.filter(|_| chance.happens(often)).fold(0, |bits, (class, _)| bits | class.bit()));
        // What a power cut does to writes is part of it.
        if !set.has(Class::PowerCut) {
            set.0 &= !(Class::LostWrite.bit() | Class::TornWrite.bit());
        }
        set
    }

    /// What a world's feeds do.
    pub fn of_world(chance: &mut Chance) -> Self {
        let drawn = Class::OF_THE_WORLD.iter().filter(|_| chance.happens(400));
        Self(drawn.fold(0, |bits, class| bits | class.bit()))
    }

    /// Whether persons act: in half of the seeds.
    pub fn of_persons(chance: &mut Chance) -> Self {
        if chance.happens(500) { Self::default().with(Class::Acts) } else { Self::default() }
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// With one more.
    pub fn with(self, class: Class) -> Self {
        Self(self.0 | class.bit())
    }

    /// Whether a class is in it.
    pub fn has(self, class: Class) -> bool {
        self.0 & class.bit() != 0
    }

    /// The names, with commas.
    pub fn names(self) -> String {
        let on = Class::ALL.iter().filter(|(class, _)| self.has(*class)).map(|(_, name)| *name);
        on.collect::<Vec<_>>().join(", ")
    }
}

/// How often each class struck, and what came of acts.
#[derive(Debug, Default)]
pub struct Struck {
    classes: [AtomicU64; Class::ALL.len()],
    acts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Struck {
    /// Once more.
    pub fn note(&self, class: Class) {
        self.classes[class as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// What came of an act, once more.
    pub fn note_act(&self, came: &'static str) {
        *self.acts.lock().expect("nothing panics while it is held").entry(came).or_default() += 1;
    }

    /// What came of acts, and how often.
    pub fn acts(&self) -> BTreeMap<&'static str, u64> {
        self.acts.lock().expect("nothing panics while it is held").clone()
    }

    /// The counts, in the order of [`Class::ALL`].
    pub fn counts(&self) -> [u64; Class::ALL.len()] {
        std::array::from_fn(|place| self.classes[place].load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stand_in_their_own_order() {
        for (place, (class, name)) in Class::ALL.iter().enumerate() {
            assert_eq!((*class as usize, class.name()), (place, *name));
        }
    }

    #[test]
    fn every_class_is_on_in_some_seeds_and_off_in_others() {
        let sets: Vec<_> = (0..200)
            .map(|seed| {
                let mut chance = Chance::of(seed, "classes");
                Classes::of_run(&mut chance).and(Classes::of_world(&mut chance)).and(Classes::of_persons(&mut chance))
            })
            .collect();
        for (class, name) in Class::ALL {
            let on = sets.iter().filter(|set| set.has(class)).count();
            assert!((20..180).contains(&on), "{name} in {on} of 200");
        }
    }
}
