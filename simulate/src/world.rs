//! What is true, and what of it is published when. A function of the world's number: nothing is kept.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fairgauge::quantity::Variable;

use crate::chance::Chance;
use crate::class::{Class, Classes};

/// How many worlds there are of each season: what a run without faults comes to is worked out once for each.
pub const WORLDS: u64 = 64;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A season: a book with its settings, and how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Season {
    /// Runs of wet days, dekads, months of a wind park, typhoons that are paid in advance.
    Summer,
    /// Two phases of rice, and a policy that pays what the other one does not.
    Rice,
    /// A consensus of three sensors, hour by hour.
    Battery,
}

impl Season {
    /// All.
    pub const ALL: [Self; 3] = [Self::Summer, Self::Rice, Self::Battery];

    /// The season of a seed: hours of three sensors cost more than days, so there are fewer of them.
    pub fn of(chance: &mut Chance) -> Self {
        match chance.below(16) {
            0 => Self::Battery,
            1..5 => Self::Rice,
            _ => Self::Summer,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Summer => "summer",
            Self::Rice => "rice",
            Self::Battery => "battery",
        }
    }

    /// The settings.
    pub fn settings(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("seasons").join(self.name()).join("fairgauge.toml")
    }

    /// The first day.
    pub fn begins(self) -> DateTime<Utc> {
        let (month, day) = match self {
            Self::Summer | Self::Battery => (5, 30),
            Self::Rice => (5, 13),
        };
        let date = NaiveDate::from_ymd_opt(2026, month, day).expect("a date");
        date.and_time(chrono::NaiveTime::MIN).and_utc()
    }

    /// Days until faults are over; at least so many days it runs; and at most, where not everything is final by then.
    pub fn days(self) -> (i64, i64, i64) {
        match self {
            Self::Summer => (78, 94, 150),
            Self::Rice => (160, 170, 230),
            Self::Battery => (128, 134, 190),
        }
    }

    /// How often its feeds are asked, in hours: one of these.
    pub fn polls(self) -> &'static [u64] {
        match self {
            Self::Summer => &[12, 24, 24, 24],
            Self::Rice => &[12, 24, 24],
            Self::Battery => &[24],
        }
    }

    /// Its policies: the most that each pays, in minor units, and the feed and station that it reads.
    pub fn policies(self) -> &'static [(&'static str, i64, &'static str, &'static str)] {
        match self {
            // 20 mu of 2000 CNY; half of 3 and of 5 ha of 150000 XOF; 80 % of 1000000 EUR; 200000000 CNY.
            Self::Summer => &[
                ("CX-1", 4_000_000, "station", "cixi"),
                ("SN-1", 225_000, "grid", "kaolack"),
                ("SN-2", 375_000, "grid", "thies"),
                ("WP-1", 80_000_000, "meter", "dornum"),
                ("ZJ-1", 20_000_000_000, "reports", "zhanjiang"),
            ],
            // 40 mu: 900 CNY with what the other one pays; 250 CNY.
            Self::Rice => &[("RT-1", 3_600_000, "station", "changfeng"), ("RZ-1", 1_000_000, "station", "changfeng")],
            // 50 MWh of 20000 CNY; all sensors.
            Self::Battery => &[("BT-1", 100_000_000, "meter", "")],
        }
    }

    /// Its feeds.
    pub fn feeds(self) -> &'static [Feed] {
        match self {
            Self::Summer => &SUMMER,
            Self::Rice => &RICE,
            Self::Battery => &BATTERY,
        }
    }
}

/// When there are readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// A day that begins so many hours before or after 00:00 UTC of the date that names it.
    Day(i64),
    /// An hour, named by its beginning.
    Hour,
    /// Now and then an instant.
    Instant,
}

/// How a feed writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines with this between columns, and this before decimals.
    Csv(char, char),
    /// A list of objects.
    Json,
}

/// A feed as its provider sees it.
#[derive(Debug)]
pub struct Feed {
    /// Its name in the settings.
    pub name: &'static str,
    /// Host and path; the path may end with the station.
    pub host: &'static str,
    /// The path.
    pub path: &'static str,
    /// Where a station asks for itself.
    pub by_station: bool,
    /// How it writes.
    pub form: Form,
    /// When there are readings.
    pub rhythm: Rhythm,
    /// The column of stations, of times and of values.
    pub columns: [&'static str; 3],
    /// What is told.
    pub variable: Variable,
    /// Its stations.
    pub stations: &'static [&'static str],
}

const SUMMER: [Feed; 4] = [
    Feed { stations: &["cixi"], ..GAUGES },
    Feed {
        name: "grid",
        host: "weather.example",
        path: "/grid.csv",
        by_station: false,
        form: Form::Csv(';', ','),
        rhythm: Rhythm::Day(0),
        columns: ["cell", "date", "rain"],
        variable: Variable::Precipitation,
        stations: &["kaolack", "thies"],
    },
    Feed {
        name: "meter",
        host: "meter.example",
        path: "/dornum.json",
        by_station: true,
        form: Form::Json,
        rhythm: Rhythm::Hour,
        columns: ["park", "time", "kwh"],
        variable: Variable::Energy,
        stations: &["dornum"],
    },
    Feed {
        name: "reports",
        host: "reports.example",
        path: "/losses.json",
        by_station: false,
        form: Form::Json,
        rhythm: Rhythm::Instant,
        columns: ["city", "time", "loss"],
        variable: Variable::ModelledLoss,
        stations: &["zhanjiang"],
    },
];

const RICE: [Feed; 1] = [Feed { stations: &["changfeng"], ..GAUGES }];

/// Gauges, read once a day.
const GAUGES: Feed = Feed {
    name: "station",
    host: "weather.example",
    path: "/station.csv",
    by_station: false,
    form: Form::Csv(',', '.'),
    rhythm: Rhythm::Day(-12),
    columns: ["station", "date", "rain"],
    variable: Variable::Precipitation,
    stations: &[],
};

const BATTERY: [Feed; 1] = [Feed {
    name: "meter",
    host: "meter.example",
    path: "/sensors.csv",
    by_station: false,
    form: Form::Csv(',', '.'),
    rhythm: Rhythm::Hour,
    columns: ["sensor", "time", "temp"],
    variable: Variable::AirTemperature,
    stations: &["north", "middle", "south"],
}];

impl Rhythm {
    /// How long an interval is, in milliseconds.
    pub fn length_ms(self) -> i64 {
        match self {
            Self::Day(_) => DAY_MS,
            Self::Hour => HOUR_MS,
            Self::Instant => 0,
        }
    }

    /// The slots whose names lie on these dates, both included: each one's number and where it begins.
    pub fn slots(self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = (i64, DateTime<Utc>)> {
        let epoch = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        let (step, shift) = match self {
            Self::Day(shift) => (DAY_MS, shift * HOUR_MS),
            Self::Hour | Self::Instant => (HOUR_MS, 0),
        };
        let slots = epoch(from) / step..(epoch(to) + DAY_MS) / step;
        slots.filter_map(move |slot| {
            Some((slot, DateTime::from_timestamp_millis(slot * step)? + TimeDelta::milliseconds(shift)))
        })
    }
}

/// Of what is never published.
pub const NEVER: i64 = i64::MAX;

/// What is published of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// In tenths.
    pub value: i64,
    /// When, milliseconds since 1970; [`NEVER`].
    pub at_ms: i64,
    /// Days behind the others.
    pub late: bool,
    /// And anew.
    pub then: Option<(i64, i64)>,
}

/// A world of a season.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct World {
    /// Its season.
    pub season: Season,
    /// Its number.
    pub number: u64,
}

impl World {
    /// The world of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed, "world");
        Self { season: Season::of(&mut chance), number: chance.below(WORLDS) }
    }

    /// What its feeds do.
    pub fn classes(self) -> Classes {
        Classes::of_world(&mut Chance::of(self.number, "feeds of a world"))
    }

    /// What is published of a slot; nothing where there is no event.
    pub fn fact(self, classes: Classes, feed: usize, station: usize, slot: i64, begins: DateTime<Utc>) -> Option<Fact> {
        let place = feed as u64 * 16 + station as u64;
        let mix = |salt: u64| Chance::mixed(self.number * 0x1_0000 + place * 0x100 + salt, slot.unsigned_abs());
        let feed = &self.season.feeds()[feed];
        let value = value(feed, &mut mix(1), self, slot)?;
        let ends_ms = begins.timestamp_millis() + feed.rhythm.length_ms();
        let mut chance = mix(2);
        let mut at_ms = ends_ms + chance.between(10, 300) * 60_000;
        // Of hours there are more, and behind the oldest gap each day's answer is longer.
        let hourly = feed.rhythm == Rhythm::Hour;
        if classes.has(Class::Missing) && chance.happens(if hourly { 1 } else { 6 }) {
            return Some(Fact { value, at_ms: NEVER, late: false, then: None });
        }
        let late = classes.has(Class::Late) && chance.happens(if hourly { 3 } else { 30 });
        if late {
            at_ms += chance.between(12, 4 * 24) * HOUR_MS;
        }
        let then = (classes.has(Class::Revised) && chance.happens(if hourly { 10 } else { 30 })).then(|| {
            let other = value + chance.between(1, 20);
            (other, at_ms + chance.between(1, 8 * 24) * HOUR_MS)
        });
        Some(Fact { value, at_ms, late, then })
    }
}

/// What is measured, in tenths; nothing where there is no event.
fn value(feed: &Feed, chance: &mut Chance, world: World, slot: i64) -> Option<i64> {
    Some(match feed.variable {
        Variable::Precipitation if feed.name == "grid" => {
            if chance.happens(700) {
                0
            } else {
                chance.between(1, 60)
            }
        }
        Variable::Precipitation => {
            if chance.happens(550) {
                0
            } else {
                chance.between(1, 250)
            }
        }
        // kWh of an hour.
        Variable::Energy => chance.between(0, 22_000) * 10,
        Variable::AirTemperature => {
            // One weather for all sensors.
            let mut weather = Chance::mixed(world.number, slot.unsigned_abs());
            weather.between(250, 460) + chance.between(0, 5)
        }
        // A report in about twenty days.
        _ => {
            if !chance.happens(2) {
                return None;
            }
            chance.between(1, 60) * 10_000_000
        }
    })
}
