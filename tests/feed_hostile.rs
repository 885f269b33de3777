//! A feed server that does everything wrong that servers are known for, asked ten thousand times: memory stays bounded,
//! nothing is taken that the weather did not do, and what was settled changes by true revisions only.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "support/feeds.rs"]
mod feeds;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::feed::{Ask, FeedSettings};
use fairgauge::observation::quality::judge;
use fairgauge::observation::{Knowledge, Vintage};
use fairgauge::quantity::Fixed;
use fault_server::{FaultServer, Reply, gzip};
use feeds::{asked, feed};

const POLLS: usize = 10_000;
/// Hours that the weather has; one more is told each hundred polls.
const HOURS: usize = 100;
/// Of ten thousand polls so many have a fault that costs a wait: reset, silent, slow, cut.
const SLOW_IN_10000: u64 = 60;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What the weather did, as the source says it in truth: tenths of mm by hour, and revisions that are true.
struct Weather {
    told: usize,
    tenths: Vec<i64>,
    /// Every value that was ever true of an hour.
    ever: Vec<Vec<i64>>,
}

fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_272_000, 0).unwrap()
}

fn now(weather: &Weather) -> DateTime<Utc> {
    begin() + TimeDelta::hours(i64::try_from(weather.told).unwrap()) + TimeDelta::minutes(30)
}

fn rows(tenths: &[i64]) -> Vec<String> {
    let row = |(hour, tenths): (i64, &i64)| {
        let at = begin() + TimeDelta::hours(hour);
        format!("here,{},{}.{}\n", at.format("%Y-%m-%d %H:%M"), tenths / 10, tenths % 10)
    };
    (0..).zip(tenths).map(row).collect()
}

fn body(rows: &[String]) -> String {
    format!("station,time,rain\n{}", rows.concat())
}

/// An answer: true three times of ten, else wrong in one of many ways.
fn answer(weather: &mut Weather, dice: &mut Dice, bomb: &[u8]) -> Reply {
    if dice.roll(10_000) < SLOW_IN_10000 {
        let text = body(&rows(&weather.tenths[..weather.told])).into_bytes();
        return match dice.roll(4) {
            0 => Reply::Reset,
            1 => Reply::Silent,
            2 => Reply::Slow { body: text, pause: Duration::from_millis(400) },
            _ => Reply::Cut { announced: text.len() + 10, body: text },
        };
    }
    let mut rows = rows(&weather.tenths[..weather.told]);
    let some = usize::try_from(dice.roll(u64::try_from(rows.len()).unwrap())).unwrap();
    match dice.roll(20) {
        0 => Reply::status(500 + u16::try_from(dice.roll(5)).unwrap()).header("retry-after", "31536000"),
        1 => Reply::status(429).header("retry-after", ["99999999999999999999", "-1", "next year", "86401"][some % 4]),
        2 => Reply::status([301, 302, 307][some % 3]).header("location", "http://169.254.169.254/latest/meta-data"),
        3 => Reply::html(),
        4 => Reply::csv(bomb).header("content-encoding", "gzip"),
        5 => Reply::Endless { bytes: 1 << 22 },
        6 => Reply::csv(body(&rows.iter().map(|row| row.replace("here,", "there,")).collect::<Vec<_>>())),
        7 => {
            rows.reverse();
            Reply::csv(body(&rows))
        }
        8 => {
            // To come: two days of a forecast.
            let ahead = now(weather) + TimeDelta::hours(1);
            rows.extend(
                (0..48)
                    .map(|hour| format!("here,{},77.7\n", (ahead + TimeDelta::hours(hour)).format("%Y-%m-%d %H:%M"))),
            );
            Reply::csv(body(&rows))
        }
        9 => {
            rows[some] = [
                "here,2026-06-01 00:00,NaN\n",
                "here,2026-13-01 00:00,1\n",
                "here,2026-06-01 00:00,1e999\n",
                "here\n",
                "here,2026-06-01 00:00,-4\n",
                "\u{0}\u{1}\n",
            ][some % 6]
                .to_owned();
            Reply::csv(body(&rows))
        }
        10 => Reply::csv(body(&rows).replace("rain", "snow")),
        11 => Reply::csv(body(&rows).into_bytes().into_iter().take(40 + some).collect::<Vec<u8>>()),
        12 => {
            // A slipped decimal point: everything ten thousand times.
            Reply::csv(body(&rows.iter().map(|row| row.trim_end().to_owned() + "e4\n").collect::<Vec<_>>()))
        }
        13 => {
            // Two things about one hour.
            let other = rows[some].trim_end().to_owned() + "9\n";
            rows.push(other);
            Reply::csv(body(&rows))
        }
        _ => {
            if dice.roll(50) == 0 {
                // A true revision.
                let tenths = i64::try_from(dice.roll(80)).unwrap();
                weather.tenths[some] = tenths;
                weather.ever[some].push(tenths);
                rows = self::rows(&weather.tenths[..weather.told]);
            }
            Reply::csv(body(&rows))
        }
    }
}

fn settings(url: &str) -> FeedSettings {
    feed(&format!(
        "kind = \"csv\"\nurl = \"{url}\"\npoll = \"1 h\"\ndelay = \"0 h\"\nvintage = \"provisional\"\ntimeout = \"1 s\"\nmax_body = \"64 KiB\"\nlook_back = \"30 d\"\n\
         columns = {{ rain = {{ variable = \"precipitation\", unit = \"mm\" }} }}\nstation.here = {{}}\n[feed.it.csv]\ndelimiter = \",\"\n\
         decimal = \".\"\nmissing = [\"\"]\nstation = {{ column = \"station\" }}\n\
         time = {{ column = \"time\", format = \"%Y-%m-%d %H:%M\", zone = \"UTC\", stamp = \"begin\", every = \"1 h\" }}\n"
    ))
}

/// The memory of this process in kB, now.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn ten_thousand_polls_of_a_hostile_server() {
    let mut dice = Dice(2026);
    let tenths: Vec<_> = (0..HOURS).map(|_| i64::try_from(dice.roll(60)).unwrap()).collect();
    let ever = tenths.iter().map(|tenths| vec![*tenths]).collect();
    let weather = Arc::new(Mutex::new(Weather { told: 1, tenths, ever }));
    let bomb = gzip(&vec![b' '; 32 << 20]);
    let server = {
        let (weather, dice) = (weather.clone(), Mutex::new(Dice(7)));
        FaultServer::start(move |_| answer(&mut weather.lock().unwrap(), &mut dice.lock().unwrap(), &bomb))
    };
    let feed_settings = settings(&server.url("/rain.csv"));
    let rules = feed_settings.quality.clone();
    let mut feed = asked(feed_settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (name, mut known) = (Arc::<str>::from("it"), Knowledge::new());
    let (mut classes, mut answers, mut refused, mut revisions) = (BTreeMap::<_, usize>::new(), 0, 0, 0);
    let mut memory_then = 0;
    for poll in 0..POLLS {
        let now = {
            let mut weather = weather.lock().unwrap();
            weather.told = (1 + poll / (POLLS / HOURS)).min(HOURS);
            now(&weather)
        };
        let known_until = BTreeMap::new();
        match runtime.block_on(feed.poll(Ask { now, known_until: &known_until, from: begin() })) {
            Err(error) => *classes.entry(error.class()).or_default() += 1,
            Ok(answer) => {
                answers += 1;
                refused += answer.refused.len();
                let judged = judge(&rules, &name, answer.readings, &known, now);
                refused += judged.flagged.len();
                revisions += judged.revisions;
                let weather = weather.lock().unwrap();
                for reading in &judged.good {
                    let hour = usize::try_from((reading.start - begin()).num_hours()).unwrap();
                    let true_once = weather.ever[hour]
                        .iter()
                        .any(|tenths| reading.value == Some(Fixed::from_micros(tenths * 100_000)));
                    assert!(true_once && hour < weather.told, "{reading:?} was never so");
                    assert_eq!((&*reading.station, reading.vintage), ("here", Vintage::Provisional));
                    known.learn(&name, reading, now, i64::try_from(poll).unwrap());
                }
            }
        }
        if poll == POLLS / 10 {
            memory_then = memory();
        }
    }
    let grown = memory().saturating_sub(memory_then);
    println!(
        "ran {POLLS} cases: {answers} answers, {refused} readings refused, {revisions} true revisions, failures {classes:?}, {grown} kB more"
    );
    assert!(grown < 32 << 10, "{grown} kB more than after a tenth of the polls");
    for class in ["status", "redirect", "html", "too_large", "decode"] {
        assert!(classes.contains_key(class), "no failure of class {class}: {classes:?}");
    }
    // What passes, a connection reset or cut, silence, slowness, was tried again inside of its poll.
    assert!(server.requests().len() > POLLS + 30, "{}", server.requests().len());
    assert!(answers > POLLS / 4 && refused > 1_000 && revisions > 20, "{answers} {refused} {revisions}");
    // In the end all that is true is known, and nothing else.
    let weather = weather.lock().unwrap();
    let (_, series) = known.of_feed("it").next().unwrap();
    let last = series.known(0, i64::MAX, begin() + TimeDelta::days(365));
    let sum = last.iter().map(|row| row.value.unwrap().micros() / 100_000).sum::<i64>();
    assert_eq!((last.len(), sum), (HOURS, weather.tenths.iter().sum()));
}
