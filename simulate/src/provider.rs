//! The providers: what a feed is answered, with its faults, and an account of all that was told.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Timelike as _, Utc};
use fairgauge::feed::{Answering, Told, Unanswered, Wire};

use crate::chance::Chance;
use crate::class::{Class, Classes, Struck};
use crate::time::SimTime;
use crate::world::{Feed, Form, NEVER, Rhythm, World};

/// A value in millionths, and what the clock showed when it was told first.
type Telling = (Option<i64>, DateTime<Utc>);

/// Of which interval something was told: feed, station, and when it begins, in seconds since 1970.
type Place = (usize, usize, i64);

/// A host that cannot be reached from one instant to another, milliseconds of true time.
pub type Outage = (&'static str, i64, i64);

/// All providers of a world.
pub struct Provider {
    world: World,
    classes: Classes,
    struck: Arc<Struck>,
    time: Arc<SimTime>,
    outages: Vec<Outage>,
    calm_ms: i64,
    inner: Mutex<Inner>,
}

struct Inner {
    chance: Chance,
    told: HashMap<Place, Vec<Telling>>,
    /// What was asked for and is never published.
    missed: HashSet<Place>,
    /// How often a request meets one of the faults, in a thousand.
    often: u64,
}

/// One line of an answer.
#[derive(Clone)]
struct Row {
    station: &'static str,
    begins: DateTime<Utc>,
    /// The date that names a day.
    date: NaiveDate,
    /// In tenths; none is the provider's number for none.
    value: Option<i64>,
    late: bool,
    revised: bool,
}

/// What happens to a request.
const TO_A_REQUEST: [Class; 10] = [
    Class::Slow,
    Class::ServerError,
    Class::TooMany,
    Class::Truncated,
    Class::Page,
    Class::WrongStation,
    Class::Sentinel,
    Class::Future,
    Class::Repeated,
    Class::Conflict,
];

impl Provider {
    /// The providers of a world, which fail until `calm_ms`.
    pub fn new(
        seed: u64,
        world: World,
        classes: Classes,
        struck: Arc<Struck>,
        time: Arc<SimTime>,
        (outages, calm_ms): (Vec<Outage>, i64),
    ) -> Arc<Self> {
        let mut chance = Chance::of(seed, "feeds");
        let often = *chance.one_of(&[10, 40, 100]);
        let inner = Mutex::new(Inner { chance, told: HashMap::new(), missed: HashSet::new(), often });
        Arc::new(Self { world, classes, struck, time, outages, calm_ms, inner })
    }

    /// The way to them.
    pub fn wire(self: &Arc<Self>) -> Wire {
        let provider = self.clone();
        Wire::new(move |url, _, _| {
            let date = |wanted: &str| {
                let found = url.query_pairs().find(|(name, _)| name == wanted);
                found.and_then(|(_, date)| date.parse::<NaiveDate>().ok()).expect("the URL names dates")
            };
            let feeds = provider.world.season.feeds();
            let is_of = |feed: &&Feed| url.host_str() == Some(feed.host) && url.path() == feed.path;
            let feed = feeds.iter().position(|feed| is_of(&feed)).expect("a feed of the season");
            provider.answer(feed, date("from"), date("to"))
        })
    }

    /// What was told of an interval.
    pub fn told(&self, feed: &str, station: &str, start: i64) -> Vec<Telling> {
        let feeds = self.world.season.feeds();
        let place = feeds.iter().position(|one| one.name == feed).and_then(|place| {
            let station = feeds[place].stations.iter().position(|one| *one == station)?;
            Some((place, station, start))
        });
        let inner = self.inner.lock().expect("one thread");
        place.and_then(|place| inner.told.get(&place).cloned()).unwrap_or_default()
    }

    fn answer(&self, number: usize, from: NaiveDate, to: NaiveDate) -> Answering {
        let feed = &self.world.season.feeds()[number];
        let elapsed = self.time.elapsed_ms();
        let fails = elapsed < self.calm_ms;
        let down = |(host, from, to): &Outage| *host == feed.host && (*from..*to).contains(&elapsed);
        if fails && self.outages.iter().any(down) {
            self.struck.note(Class::Outage);
            return Box::pin(async { Err(Unanswered::Refused) });
        }
        let mut inner = self.inner.lock().expect("one thread");
        let inner = &mut *inner;
        let mut drawn = Classes::default();
        if fails {
            for class in TO_A_REQUEST {
                if self.classes.has(class) && inner.chance.happens(inner.often) {
                    drawn = drawn.with(class);
                }
            }
        }
        let strikes = |class| {
            if drawn.has(class) {
                self.struck.note(class);
            }
            drawn.has(class)
        };
        if strikes(Class::Slow) {
            let seconds = inner.chance.between(31, 200).unsigned_abs();
            return Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Err(Unanswered::Late)
            });
        }
        if strikes(Class::ServerError) {
            return at_once(*inner.chance.one_of(&[500, 502, 503]), &[], String::new());
        }
        if strikes(Class::TooMany) {
            let wait = inner.chance.one_of(&["0", "30", "3600", "40000", "99999999", "soon"]);
            return at_once(429, &[("retry-after", wait)], String::new());
        }
        if strikes(Class::Page) {
            return at_once(200, &[("content-type", "text/html")], "<html>Please log in</html>".to_owned());
        }
        let mut rows = self.rows(number, from, to, &mut inner.missed);
        if !rows.is_empty() && strikes(Class::Sentinel) {
            let row = usize::try_from(inner.chance.below(rows.len() as u64)).expect("an index");
            rows[row].value = None;
        }
        if feed.rhythm != Rhythm::Instant && strikes(Class::Future) {
            self.future(number, to, &mut inner.chance, &mut rows);
        }
        if !rows.is_empty() && strikes(Class::Conflict) {
            let mut row = inner.chance.one_of(&rows).clone();
            row.value = row.value.map(|value| value + inner.chance.between(1, 9));
            rows.push(row);
        }
        if strikes(Class::Repeated) {
            rows.extend(rows.clone());
        }
        let elsewhere = strikes(Class::WrongStation);
        if !elsewhere {
            self.note(number, &rows, &mut inner.told);
        }
        let mut body = write(feed, &rows, elsewhere);
        let mut latency = 0;
        if strikes(Class::Truncated) {
            let left = usize::try_from(inner.chance.below(body.len() as u64)).expect("a length");
            body.truncate(left);
        } else if inner.chance.happens(250) {
            latency = inner.chance.below(9_000);
        }
        if latency == 0 {
            return at_once(200, &[], body);
        }
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(latency)).await;
            Ok(told(200, &[], body))
        })
    }

    /// What is published of these dates by now.
    fn rows(&self, number: usize, from: NaiveDate, to: NaiveDate, missed: &mut HashSet<Place>) -> Vec<Row> {
        let feed = &self.world.season.feeds()[number];
        let now = self.time.truth();
        let now_ms = now.timestamp_millis();
        // Nothing is published before it has happened, nor before the season.
        let (to, from) = (to.min(now.date_naive() + Days::new(1)), from.max(self.world.season.begins().date_naive()));
        let mut rows = Vec::new();
        for (station, name) in feed.stations.iter().enumerate() {
            for (slot, begins) in feed.rhythm.slots(from, to) {
                let fact = self.world.fact(self.classes, number, station, slot, begins);
                let Some(fact) = fact else { continue };
                if fact.at_ms == NEVER && begins < now && missed.insert((number, station, slot)) {
                    self.struck.note(Class::Missing);
                }
                if fact.at_ms > now_ms {
                    continue;
                }
                let then = fact.then.filter(|(_, at_ms)| *at_ms <= now_ms);
                let (value, revised) = (then.map_or(fact.value, |(value, _)| value), then.is_some());
                rows.push(Row {
                    station: name,
                    begins,
                    date: date_of(feed, slot, begins),
                    value: Some(value),
                    late: fact.late,
                    revised,
                });
            }
        }
        rows
    }

    /// Adds days, or hours, that have not come.
    fn future(&self, number: usize, to: NaiveDate, chance: &mut Chance, rows: &mut Vec<Row>) {
        let feed = &self.world.season.feeds()[number];
        let from = self.time.truth().max(self.time.shown()).date_naive() + Days::new(2);
        let to = to.max(from);
        for (slot, begins) in feed.rhythm.slots(from, to).take(3) {
            let value = Some(chance.between(1, 99));
            rows.push(Row {
                station: feed.stations[0],
                begins,
                date: date_of(feed, slot, begins),
                value,
                late: false,
                revised: false,
            });
        }
    }

    /// Takes down what is told, with the earliest instant that the clock may show when it is heard.
    fn note(&self, number: usize, rows: &[Row], all: &mut HashMap<Place, Vec<Telling>>) {
        let shown = self.time.shown_within(Duration::from_secs(300));
        let feed = &self.world.season.feeds()[number];
        for row in rows {
            let station = feed.stations.iter().position(|one| *one == row.station).expect("one of its stations");
            let tellings = all.entry((number, station, row.begins.timestamp())).or_default();
            let value = row.value.map(|tenths| tenths * 100_000);
            match tellings.iter_mut().find(|(known, _)| *known == value) {
                Some((_, first)) => *first = shown.min(*first),
                None => {
                    if row.late && tellings.is_empty() {
                        self.struck.note(Class::Late);
                    }
                    if row.revised && !tellings.is_empty() {
                        self.struck.note(Class::Revised);
                    }
                    tellings.push((value, shown));
                }
            }
        }
    }
}

fn date_of(feed: &Feed, slot: i64, begins: DateTime<Utc>) -> NaiveDate {
    match feed.rhythm {
        Rhythm::Day(_) => DateTime::from_timestamp(slot * 86_400, 0).expect("a date").date_naive(),
        Rhythm::Hour | Rhythm::Instant => begins.date_naive(),
    }
}

fn told(status: u16, headers: &[(&str, &str)], body: String) -> Told {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Told { status, headers, body: body.into_bytes() }
}

fn at_once(status: u16, headers: &[(&str, &str)], body: String) -> Answering {
    let told = told(status, headers, body);
    Box::pin(async move { Ok(told) })
}

fn write(feed: &Feed, rows: &[Row], elsewhere: bool) -> String {
    let [station, time, value] = feed.columns;
    let mut text = String::with_capacity(64 + rows.len() * 48);
    let stamp = |text: &mut String, row: &Row| {
        let (year, month, day) = (row.date.year(), row.date.month(), row.date.day());
        write!(text, "{year}-{month:02}-{day:02}")?;
        match feed.rhythm {
            Rhythm::Day(_) => Ok(()),
            Rhythm::Hour | Rhythm::Instant => write!(text, "T{:02}:00:00Z", row.begins.hour()),
        }
    };
    let name = |row: &Row| if elsewhere { "elsewhere" } else { row.station };
    let number = |text: &mut String, row: &Row, point: char| match row.value {
        Some(tenths) => write!(text, "{}{point}{}", tenths / 10, tenths % 10),
        None => write!(text, "-9999"),
    };
    let written = match feed.form {
        Form::Csv(between, point) => (|| {
            writeln!(text, "{station}{between}{time}{between}{value}")?;
            for row in rows {
                write!(text, "{}{between}", name(row))?;
                stamp(&mut text, row)?;
                text.push(between);
                number(&mut text, row, point)?;
                text.push('\n');
            }
            Ok::<_, std::fmt::Error>(())
        })(),
        Form::Json => (|| {
            text.push_str("{\"rows\":[");
            for (place, row) in rows.iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                write!(text, "{comma}{{\"{station}\":\"{}\",\"{time}\":\"", name(row))?;
                stamp(&mut text, row)?;
                write!(text, "\",\"{value}\":")?;
                number(&mut text, row, '.')?;
                text.push('}');
            }
            text.push_str("]}");
            Ok::<_, std::fmt::Error>(())
        })(),
    };
    written.expect("a text takes everything");
    text
}
