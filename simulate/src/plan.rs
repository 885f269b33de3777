//! What befalls a run, and when: drawn before it begins.

use crate::chance::Chance;
use crate::class::{Class, Classes};
use crate::provider::Outage;
use crate::time::Step;
use crate::world::World;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How often the daemon looks for acts.
pub const LOOK_MS: i64 = 5 * MINUTE_MS;

/// What befalls the daemon as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The process is gone.
    Kill,
    /// It is asked to stop.
    Stop,
    /// It is asked to read its settings again.
    Reload,
    /// Faults are over.
    Calm,
    /// Whether everything is final is looked at.
    Look,
    /// A person acts.
    Act,
    /// Persons look for answers, and hand in again what has none.
    Ask,
    /// Persons let go what is held.
    Clear,
}

/// The plan of a run. Times are milliseconds of true time.
#[derive(Debug)]
pub struct Plan {
    /// In the order of time.
    pub events: Vec<(i64, Event)>,
    /// Steps of the clock.
    pub steps: Vec<Step>,
    /// Servers that cannot be reached.
    pub outages: Vec<Outage>,
    /// When the disk is full.
    pub full: Vec<(i64, i64)>,
    /// From when on nothing fails any more.
    pub calm_ms: i64,
    /// When it ends, whatever is open.
    pub most_ms: i64,
    /// How often feeds are asked, in hours.
    pub poll_h: u64,
    /// Whether the disk says that it has what it has not: beyond what the ledger can bear, to see that it is found.
    pub disk_lies: bool,
    /// Whether acts are acknowledged and never written, to see that it is found.
    pub forgets_acts: bool,
}

impl Plan {
    /// What befalls the run of a seed.
    pub fn of(seed: u64, world: World, classes: Classes) -> Self {
        let mut chance = Chance::of(seed, "plan");
        let (calm, least, most) = world.season.days();
        let (calm_ms, most_ms) = (calm * DAY_MS, most * DAY_MS);
        let mut some = |class: Class, most: u64| {
            let count = if classes.has(class) { 1 + chance.below(most) } else { 0 };
            (0..count).map(|_| chance.between(HOUR_MS, calm_ms - 3 * DAY_MS)).collect::<Vec<_>>()
        };
        let mut events = Vec::new();
        for (class, most, event) in
            [(Class::Kill, 5, Event::Kill), (Class::Stop, 3, Event::Stop), (Class::Reload, 3, Event::Reload)]
        {
            events.extend(some(class, most).into_iter().map(|at_ms| (at_ms, event)));
        }
        let [back, ahead] = [some(Class::ClockBack, 2), some(Class::ClockAhead, 2)];
        let (down, full) = (some(Class::Outage, 4), some(Class::FullDisk, 2));
        events.push((calm_ms, Event::Calm));
        events.extend((least..=most).map(|day| (day * DAY_MS, Event::Look)));
        if classes.has(Class::Acts) {
            events.extend(acts(&mut Chance::of(seed, "instants of acts"), classes, (calm_ms, least * DAY_MS)));
        }
        events.sort_by_key(|(at_ms, _)| *at_ms);
        let mut steps = Vec::new();
        for (at_ms, ahead) in back.into_iter().map(|at| (at, false)).chain(ahead.into_iter().map(|at| (at, true))) {
            let by_ms = if ahead {
                chance.between(MINUTE_MS, 20 * HOUR_MS)
            } else {
                -*chance.one_of(&[MINUTE_MS, HOUR_MS, 20 * HOUR_MS, 365 * DAY_MS])
            };
            steps.push(Step { at_ms, by_ms });
            steps.push(Step { at_ms: at_ms + chance.between(MINUTE_MS, 2 * DAY_MS), by_ms: -by_ms });
        }
        let hosts: Vec<_> = world.season.feeds().iter().map(|feed| feed.host).collect();
        let outages = down.into_iter().map(|from| {
            let length = chance.between(HOUR_MS, 4 * DAY_MS);
            (*chance.one_of(&hosts), from, (from + length).min(calm_ms))
        });
        let outages = outages.collect();
        let full = full.into_iter().map(|from| (from, from + chance.between(MINUTE_MS, 3 * HOUR_MS))).collect();
        let poll_h = *chance.one_of(world.season.polls());
        Self { events, steps, outages, full, calm_ms, most_ms, poll_h, disk_lies: false, forgets_acts: false }
    }

    /// The plan of a run that nothing befalls.
    pub fn quiet(world: World) -> Self {
        Self { poll_h: 24, ..Self::of(0, world, Classes::default()) }
    }
}

/// When persons act: alone and several in a row, some of it just before the process is killed. Once faults are over they
/// let go what is held.
fn acts(chance: &mut Chance, classes: Classes, (calm_ms, least_ms): (i64, i64)) -> Vec<(i64, Event)> {
    let mut events = Vec::new();
    for _ in 0..chance.between(5, 20) {
        let mut at_ms = chance.between(HOUR_MS, calm_ms - DAY_MS);
        for _ in 0..chance.between(1, 5) {
            events.push((at_ms, Event::Act));
            if classes.has(Class::Kill) && chance.happens(150) {
                events.push((at_ms + chance.between(0, 2 * LOOK_MS), Event::Kill));
            }
            events.push((at_ms + chance.between(1, 30 * MINUTE_MS), Event::Ask));
            at_ms += *chance.one_of(&[0, LOOK_MS, HOUR_MS, 20 * HOUR_MS]) + chance.between(0, 20 * MINUTE_MS);
            at_ms = at_ms.min(calm_ms - HOUR_MS);
        }
    }
    let clears = (calm_ms + HOUR_MS..least_ms).step_by(usize::try_from(6 * HOUR_MS).expect("it is small"));
    events.extend(clears.flat_map(|at_ms| [(at_ms, Event::Clear), (at_ms + HOUR_MS, Event::Ask)]));
    events
}
